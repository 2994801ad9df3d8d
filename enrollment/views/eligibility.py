"""The investigator's signature under the frozen verdict, and the end of a screening that failed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.models import Subject
from enrollment.rules.notices import before_signing
from enrollment.rules.screening_changes import may_fail, may_sign
from enrollment.rules.states import SubjectState
from enrollment.selectors.birth_dates import facts_for
from enrollment.selectors.eligibility import Evaluation, current_screening, evaluate_screening
from enrollment.selectors.screening import SignedEligibility, signed_eligibility
from enrollment.selectors.subjects import subject_or_404
from enrollment.services import screenings
from enrollment.views.beside import beside
from enrollment.views.criteria import difference_rows, in_words, verdict_page
from enrollment.views.crumbs import subject_head
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.edge.signing import SigningForm
from trial.models import ElectronicSignature
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.roles import ROLE_LABELS, Role
from trial.rules.states import MEANING_LABELS, Meaning
from trial.templatetags.look import trial_date


@requires(Permission.SUBJECT_VIEW, post=Permission.ELIGIBILITY_SIGN)
def sign(request: HttpRequest, code: str) -> HttpResponse:
    """The verdict on what is saved, and the signature under exactly that. Of a closed screening, what was frozen."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    screening = current_screening(subject)
    if screening.failed_at is not None and request.method != "POST":
        return redirect("screening-attempt", code=code, number=screening.attempt)
    evaluation = evaluate_screening(screening, at=trial.at)
    if request.method != "POST":
        return _sign_page(request, trial, evaluation, _form(evaluation))
    form = _form(evaluation, request.POST)
    if not form.is_valid():
        return _sign_page(request, trial, evaluation, form)
    outcome = attempt(
        lambda: screenings.sign_eligibility(
            screening=evaluation.screening, proof=form.proof(request, expected=trial.user), at=trial.at
        )
    )
    if outcome.refused:
        return _sign_page(request, trial, evaluation, _form(evaluation), outcome.reasons, outcome.status)
    messages.success(request, _("Eligibility of %(code)s is signed.") % {"code": subject.code})
    return redirect("allocate", code=subject.code)


@requires(Permission.SUBJECT_VIEW, post=Permission.SCREENING_EDIT)
def fail(request: HttpRequest, code: str) -> HttpResponse:
    """The summary before a screening is closed as failed, with every failing criterion."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    evaluation = evaluate_screening(current_screening(subject), at=trial.at)
    decision = trial.check(Permission.SCREENING_EDIT, site=subject.site) + may_fail(
        SubjectState(subject.state), evaluation.verdict
    )
    reasons, status = decision.reasons, 200
    if request.method == "POST":
        outcome = attempt(lambda: screenings.fail(screening=evaluation.screening, by=trial.user, at=trial.at))
        if not outcome.refused:
            messages.success(request, _("The screening of %(code)s is closed as failed.") % {"code": subject.code})
            return redirect("subject", code=subject.code)
        reasons, status = outcome.reasons, outcome.status
    context = _shared(trial, evaluation, subject, _("Screening failure")) | {"reasons": reasons}
    return render(request, "enrollment/screening_fail.html", context, status=status)


def _sign_page(
    request: HttpRequest,
    trial: TrialContext,
    evaluation: Evaluation,
    form: SigningForm,
    refusal: tuple[Reason, ...] = (),
    status: int = 200,
) -> HttpResponse:
    screening = evaluation.screening
    subject = screening.subject
    signed = signed_eligibility(screening)
    decision = trial.check(Permission.ELIGIBILITY_SIGN, site=subject.site) + may_sign(
        SubjectState(subject.state),
        evaluation.verdict,
        undocumented=before_signing(evaluation.assessment.notices),
    )
    context = _shared(trial, evaluation, subject, _("Sign eligibility")) | {
        "form": form,
        "refusal": in_words(refusal, evaluation.verdict),
        "reasons": in_words(decision.reasons, evaluation.verdict),
        "content_hash": evaluation.content_sha256,
        "summary": _summary(evaluation),
        "signed": signed,
        "signature": shown_signature(signed.snapshot.signature, is_valid=signed.intact) if signed else None,
        "signed_changes": _changed(trial, signed, evaluation),
        "is_signed": signed is not None and signed.intact,
    }
    return render(request, "enrollment/screening_sign.html", context, status=status)


def _shared(trial: TrialContext, evaluation: Evaluation, subject: Subject, label: str) -> dict[str, Any]:
    return (
        subject_head(trial, subject, here="screening-sign", label=label)
        | beside(evaluation.assessment)
        | {
            "verdict": verdict_page(evaluation.verdict, definition=subject.protocol_version.definition),
            "screening_url": reverse("screening", args=[subject.code]),
        }
    )


def _form(evaluation: Evaluation, data: object = None) -> SigningForm:
    return SigningForm(data, meaning=Meaning.ELIGIBILITY, content_hash=evaluation.content_sha256)


def _summary(evaluation: Evaluation) -> list[dict[str, object]]:
    content = evaluation.content
    return [
        {"label": _("Subject"), "value": content["subject"]},
        {"label": _("Screening attempt"), "value": content["attempt"]},
        {"label": _("Evaluated for"), "value": trial_date(content["facts"]["evaluated_on"])},
        {"label": _("Protocol version"), "value": content["protocol_version"]},
        {"label": _("Result"), "value": content["overall"]},
    ]


def _changed(trial: TrialContext, signed: SignedEligibility | None, evaluation: Evaluation) -> object:
    if signed is None or signed.intact:
        return ()
    screening = evaluation.screening
    columns = [facts_for(trial, screening.subject, each) for each in (signed.signed_facts, screening.facts)]
    return difference_rows(signed.changed, columns=columns)


def shown_signature(signature: ElectronicSignature, *, is_valid: bool) -> dict[str, object]:
    """A signature as ``components/signature_shown.html`` wants it."""
    return {
        "printed_name": signature.printed_name,
        "role": ROLE_LABELS[Role(signature.role)],
        "meaning": MEANING_LABELS[Meaning(signature.meaning)],
        "signed_at": signature.signed_at,
        "method": signature.method,
        "content_hash": signature.content_sha256,
        "is_valid": is_valid,
    }
