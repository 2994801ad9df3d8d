"""Signed pages that are filed, as a person may see that they are there, and what their opening is judged by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from django.http import Http404

from enrollment.models import ConsentDocument, InformedConsent, Subject
from enrollment.rules.identity import VaultFacts
from enrollment.rules.states import ConsentStatus
from enrollment.selectors.consents import withdrawn_scopes
from enrollment.selectors.subjects import subject_or_404
from trial.edge.context import TrialContext


def documents_of(subject: Subject) -> Mapping[int, tuple[ConsentDocument, ...]]:
    """The signed pages of a subject by the id of the answer they belong to. One query."""
    found: dict[int, list[ConsentDocument]] = defaultdict(list)
    rows = ConsentDocument.objects.filter(consent__subject=subject).select_related("uploaded_by").order_by("id")
    for document in rows:
        found[document.consent_id].append(document)
    return {pk: tuple(documents) for pk, documents in found.items()}


def consent_or_404(trial: TrialContext, *, code: str, pk: int) -> InformedConsent:
    """An answer of a visible subject."""
    subject = subject_or_404(trial, code=code)
    consent = subject.consents.select_related("consent_version").filter(pk=pk).first()
    if consent is None:
        raise Http404
    consent.subject = subject
    return consent


def document_or_404(trial: TrialContext, *, code: str, pk: int) -> ConsentDocument:
    """A signed page of a visible subject, with its answer."""
    subject = subject_or_404(trial, code=code)
    related = ("key", "consent__consent_version", "uploaded_by")
    document = ConsentDocument.objects.select_related(*related).filter(pk=pk, consent__subject=subject).first()
    if document is None:
        raise Http404
    document.consent.subject = subject
    return document


def document_facts(subject: Subject) -> VaultFacts:
    """What the vault's rule asks, for a page that is there: it is opened under the same conditions as an identity."""
    return VaultFacts(
        consent_signed=subject.consents.filter(status=ConsentStatus.SIGNED).exists(),
        withdrawn=withdrawn_scopes(subject),
        is_recorded=True,
    )
