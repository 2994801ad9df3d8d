"""The consents of a participant: the one in force, those before it, and the form for another answer."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.forms.consent import SCOPE_LABELS, RegistrationForm
from enrollment.models import ConsentDocument, InformedConsent
from enrollment.rules.consent_standing import Standing, standing_of
from enrollment.rules.states import ConsentStatus, WithdrawalScope
from enrollment.selectors.consent_documents import documents_of
from enrollment.selectors.consents import consents_of, explainers, in_force, versions_at
from enrollment.selectors.reconsent import reconsent_of
from enrollment.selectors.subjects import subject_or_404
from enrollment.services import consents
from enrollment.views.crumbs import subject_head
from trial.edge.acting import attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.site_time import site_date


@requires(Permission.SUBJECT_VIEW, post=Permission.CONSENT_RECORD)
def subject_consents(request: HttpRequest, code: str) -> HttpResponse:
    """All answers of a participant, and the form for another one (a new version, for instance)."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    editing = trial.check(Permission.CONSENT_RECORD, site=subject.site)
    form = RegistrationForm(
        request.POST if request.method == "POST" else None,
        versions=versions_at([subject.site]),
        explainers=explainers(trial.study, at=trial.at, sites=[subject.site]),
    )
    context: dict[str, object] = {"reasons": ()}
    status = 200
    if request.method == "POST" and form.is_valid():
        entry = form.entry()
        outcome = attempt(lambda: consents.record(subject=subject, entry=entry, by=trial.user, at=trial.at))
        if not outcome.refused:
            messages.success(request, _("The answer of %(code)s is recorded.") % {"code": subject.code})
            return redirect("consent", code=subject.code)
        context["reasons"], status = outcome.reasons, outcome.status
    answers = consents_of(subject)
    due = reconsent_of(subject, answers, at=trial.at)
    documents = documents_of(subject)
    may_open = trial.may(Permission.IDENTITY_OPEN, site=subject.site)
    shown = [
        _with_documents(item, documents.get(answer.pk, ()), code=code, may_file=editing.allowed, may_open=may_open)
        for item, answer in zip(consent_items(answers), answers, strict=True)
    ]
    today = site_date(trial.at, timezone=subject.site.timezone)
    context |= subject_head(trial, subject, here="consent", label=_("Consent")) | {
        "in_force": [item for item in shown if item["standing"] is Standing.IN_FORCE],
        "earlier": [item for item in shown if item["standing"] is not Standing.IN_FORCE],
        "due": due,
        "is_overdue": due is not None and due.is_overdue(today=today),
        "form": form,
        "may_edit": editing.allowed,
        "edit_reasons": editing.reasons,
    }
    return render(request, "enrollment/consents.html", context, status=status)


def consent_items(answers: Sequence[InformedConsent]) -> list[dict[str, object]]:
    """All answers of a participant, each with how it stands; nothing of the signed pages."""
    current = in_force(answers)
    return [_item(each, current=current) for each in answers]


def _with_documents(
    item: dict[str, object], documents: Sequence[ConsentDocument], *, code: str, may_file: bool, may_open: bool
) -> dict[str, object]:
    return item | {
        "documents": [_document_item(each, code=code, may_open=may_open) for each in documents],
        "file_url": reverse("consent-document-file", args=[code, item["id"]])
        if may_file and not item["is_refusal"]
        else None,
    }


def _item(consent: InformedConsent, *, current: InformedConsent | None) -> dict[str, object]:
    """One answer: its state by word and shape, and everything that was written down with it."""
    scope = consent.withdrawal_scope
    standing = standing_of(
        ConsentStatus(consent.status),
        is_withdrawn=consent.withdrawn_at is not None,
        is_newest=current is not None and consent.pk == current.pk,
    )
    return {
        "id": consent.pk,
        "title": str(consent.consent_version),
        "standing": standing,
        "state": standing.value,
        "approved_on": consent.consent_version.approved_on,
        "given_at": consent.given_at,
        "explained_by": consent.explained_by.printed_name,
        "copy_given": consent.copy_given,
        "before_procedures": consent.before_procedures,
        "recorded_at": consent.recorded_at,
        "recorded_by": consent.recorded_by.printed_name,
        "is_refusal": consent.status == ConsentStatus.REFUSED,
        "withdrawn_at": consent.withdrawn_at,
        "widened_at": consent.widened_at,
        "scope": SCOPE_LABELS[WithdrawalScope(scope)] if scope else "",
        "withdrawal_reason": consent.withdrawal_reason,
    }


def _document_item(document: ConsentDocument, *, code: str, may_open: bool) -> dict[str, object]:
    """That a page is filed is no secret; what stands on it is."""
    kind = document.media_type.rpartition("/")[2].upper()
    return {
        "label": _("Signed page (%(kind)s)") % {"kind": kind},
        "size": document.size,
        "uploaded_at": document.uploaded_at,
        "uploaded_by": document.uploaded_by.printed_name,
        "url": reverse("consent-document-open", args=[code, document.pk]) if may_open else None,
    }
