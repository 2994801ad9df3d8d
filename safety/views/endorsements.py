"""The investigator endorses a subject's data for the gate: what is endorsed, and which endorsements still stand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from enrollment.models import Subject
from enrollment.selectors.subjects import subject_or_404
from followup.views.addresses import address
from followup.views.rows import answer_words
from safety.forms.labels import OUTCOMES, RELATIONSHIPS
from safety.models import Endorsement
from safety.selectors.endorsements import EndorsementPage, endorsement_page
from safety.selectors.past_endorsements import endorsements_of
from safety.services import endorsements
from safety.views.answering import see
from safety.views.event_rows import written
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.edge.signing import SigningForm
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.roles import ROLE_LABELS, Role
from trial.rules.states import MEANING_LABELS, Meaning


@requires(Permission.GATE_VIEW, post=Permission.ENDORSE)
def endorse(request: HttpRequest, code: str) -> HttpResponse:
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    page = endorsement_page(subject)
    if request.method != "POST" or page is None:
        return _page(request, trial, subject, page)
    form = SigningForm(request.POST, meaning=Meaning.ENDORSEMENT, content_hash=page.content_sha256)
    if not form.is_valid():
        return _page(request, trial, subject, page, form=form)
    outcome = attempt(
        lambda: endorsements.endorse(subject=subject, proof=form.proof(request, expected=trial.user), at=trial.at)
    )
    if outcome.refused:
        return _page(request, trial, subject, page, form=form, reasons=outcome.reasons, status=outcome.status)
    messages.success(request, _("The data of %(code)s are endorsed.") % {"code": code})
    return see("endorse", code)


def _page(
    request: HttpRequest,
    trial: TrialContext,
    subject: Subject,
    page: EndorsementPage | None,
    *,
    form: SigningForm | None = None,
    reasons: tuple[Reason, ...] = (),
    status: int = 200,
) -> HttpResponse:
    against = trial.check(Permission.ENDORSE, site=subject.site).reasons + endorsements.decision(page).reasons
    context = {
        "subject": subject,
        "subject_url": address("subject", subject.code),
        "zone": subject.site.timezone,
        "page": page,
        "stands": page is not None and page.stands,
        "content": None if page is None else _shown(page.content),
        "form": form or (page and SigningForm(meaning=Meaning.ENDORSEMENT, content_hash=page.content_sha256)),
        "against": against,
        "reasons": reasons,
        "given": [_signature(each, page) for each in endorsements_of(subject)],
        "breadcrumbs": [{"label": subject.code, "url": address("subject", subject.code)}, {"label": _("Endorse")}],
    }
    return render(request, "safety/endorse.html", context, status=status)


def _shown(content: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """What is signed, in words; the values are those of the content."""
    return {
        "infusions": list(content["infusions"]),
        "visits": [visit | {"answer": answer_words(visit["adverse_events_asked"])} for visit in content["visits"]],
        "contacts": [
            contact | {"answer": answer_words(contact["adverse_events_asked"])}
            for contact in content.get("contacts", ())
        ],
        "events": [
            event
            | {
                "began": written(event["onset"]),
                "grade": event["grades"][-1]["grade"] if event["grades"] else None,
                "relationship_words": RELATIONSHIPS[event["relationship"]],
                "outcome_words": OUTCOMES[event["outcome"]],
            }
            for event in content["events"]
        ],
    }


def _signature(given: Endorsement, page: EndorsementPage | None) -> dict[str, str | datetime | bool]:
    """An endorsement is broken once the data are not those that it covers."""
    signature = given.signature
    return {
        "printed_name": signature.printed_name,
        "role": ROLE_LABELS[Role(signature.role)],
        "meaning": MEANING_LABELS[Meaning(signature.meaning)],
        "signed_at": signature.signed_at,
        "method": signature.method,
        "content_hash": given.content_sha256,
        "is_valid": page is not None and given.content_sha256 == page.content_sha256,
    }
