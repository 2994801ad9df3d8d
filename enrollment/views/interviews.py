"""The interviews on family support: each interviewer records, signs and withdraws the own one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.forms.interview import InterviewForm, InterviewSigningForm, InterviewWithdrawalForm
from enrollment.models import Subject, SupportInterview
from enrollment.rules.interviews import INTERVIEWER, InterviewFacts, may_hold, may_withdraw
from enrollment.rules.states import InterviewKind, SubjectState
from enrollment.selectors.interviews import held_kind, interview_facts, interviews_of
from enrollment.selectors.subjects import subject_or_404
from enrollment.services import interviews
from enrollment.services.interviews import InterviewEntry, interview_content
from enrollment.views.crumbs import subject_head
from enrollment.views.eligibility import shown_signature
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.decision import Decision, Reason
from trial.rules.site_time import site_date
from trial.rules.states import Meaning
from trial.services.signatures import content_hash
from trial.templatetags.look import trial_date

_SIGN = Permission.INTERVIEW_SIGN
KIND_LABELS: dict[InterviewKind, str | Promise] = {
    InterviewKind.INVESTIGATOR: gettext_lazy("Principal investigator"),
    InterviewKind.SOCIAL_WORKER: gettext_lazy("Social worker"),
}


@requires(Permission.SUBJECT_VIEW)
def subject_interviews(request: HttpRequest, code: str) -> HttpResponse:
    """Both interviews as they stand, what was withdrawn, and the form for the own one."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    own = held_kind(trial, subject.site) if trial.may(_SIGN, site=subject.site) else None
    today = site_date(trial.at, timezone=subject.site.timezone)
    form = None if own is None else InterviewForm(initial={"held_on": today})
    return _page(request, trial, subject, form, own=own)


@requires(_SIGN)
def interview_sign(request: HttpRequest, code: str) -> HttpResponse:
    """First the interview, shown whole with the signature below; then the signature. The first changes nothing.

    Whoever comes here without a form, after signing in again for instance, begins at the interviews.
    """
    if request.method != "POST":
        return redirect("interviews", code=code)
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    kind = held_kind(trial, subject.site)
    form = InterviewForm(request.POST)
    if not form.is_valid():
        return _page(request, trial, subject, form, own=kind)
    entry = form.entry(kind)
    is_signed = "content_hash" in request.POST
    signing = InterviewSigningForm(
        request.POST if is_signed else None,
        meaning=Meaning.SUPPORT_INTERVIEW,
        content_hash=content_hash(interview_content(subject, entry)),
        interview=form.data,
    )
    if not is_signed or not signing.is_valid():
        return _signing_page(request, trial, subject, entry, signing)
    outcome = attempt(
        lambda: interviews.hold(
            subject=subject, entry=entry, proof=signing.proof(request, expected=trial.user), at=trial.at
        )
    )
    if outcome.refused:
        return _signing_page(request, trial, subject, entry, signing, refused=outcome.reasons, status=outcome.status)
    messages.success(request, _("The interview of %(code)s is signed.") % {"code": subject.code})
    return redirect("interviews", code=code)


@requires(Permission.SUBJECT_VIEW, post=_SIGN)
def interview_withdraw(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """What withdrawing means, and its reason."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    interview = get_object_or_404(subject.interviews.select_related("signature", "withdrawn_by"), pk=pk)
    form = InterviewWithdrawalForm(request.POST if request.method == "POST" else None)
    reasons: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        why = form.cleaned_data["reason"]
        outcome = attempt(lambda: interviews.withdraw(interview=interview, reason=why, by=trial.user, at=trial.at))
        if not outcome.refused:
            messages.success(request, _("The interview no longer counts. It stays readable."))
            return redirect("interviews", code=code)
        reasons, status = outcome.reasons, outcome.status
    context = subject_head(trial, subject, here="interviews", label=_("Withdraw an interview")) | {
        "form": form,
        "refusal": reasons,
        "blocked": _against_withdrawing(trial, interview, subject).reasons,
        "interview": _shown(interview),
    }
    return render(request, "enrollment/interview_withdraw.html", context, status=status)


def _page(
    request: HttpRequest,
    trial: TrialContext,
    subject: Subject,
    form: InterviewForm | None,
    *,
    own: InterviewKind | None,
) -> HttpResponse:
    held = interviews_of(subject)
    in_force = {each.kind: each for each in held if each.withdrawn_at is None}
    context = subject_head(trial, subject, here="interviews", label=_("Interviews")) | {
        "places": [_place(trial, subject, kind, in_force.get(kind)) for kind in InterviewKind],
        "withdrawn": [_shown(each) for each in held if each.withdrawn_at is not None],
        "form": form,
        "own": "" if own is None else KIND_LABELS[own],
        "blocked": _against_holding(trial, subject, own).reasons,
        "is_held": own in in_force,
    }
    return render(request, "enrollment/interviews.html", context)


def _signing_page(
    request: HttpRequest,
    trial: TrialContext,
    subject: Subject,
    entry: InterviewEntry,
    form: InterviewSigningForm,
    *,
    refused: Sequence[Reason] = (),
    status: int = 200,
) -> HttpResponse:
    context = subject_head(trial, subject, here="interviews", label=_("Sign an interview")) | {
        "form": form,
        "refusal": refused,
        "blocked": () if refused else may_hold(_facts(trial, subject, entry)).reasons,
        "summary": _summary(subject, entry),
        "content_hash": content_hash(interview_content(subject, entry)),
    }
    return render(request, "enrollment/interview_sign.html", context, status=status)


def _facts(trial: TrialContext, subject: Subject, entry: InterviewEntry) -> InterviewFacts:
    return interview_facts(
        subject,
        kind=entry.kind,
        role=INTERVIEWER[entry.kind],
        held_on=entry.held_on,
        by=trial.user,
        at=trial.at,
    )


def _against_holding(trial: TrialContext, subject: Subject, own: InterviewKind | None) -> Decision:
    """Every reason against recording an interview of today: who may not sees by whom it is done."""
    if own is None:
        return trial.check(_SIGN, site=subject.site)
    today = site_date(trial.at, timezone=subject.site.timezone)
    return may_hold(_facts(trial, subject, InterviewEntry(kind=own, held_on=today, supported=True)))


def _against_withdrawing(trial: TrialContext, interview: SupportInterview, subject: Subject) -> Decision:
    """``reason="asked"``: what the form asks for does not stand in the way of showing it."""
    permitted = trial.check(_SIGN, site=subject.site)
    if not permitted.allowed:
        return permitted
    return may_withdraw(
        kind=InterviewKind(interview.kind),
        role=trial.access.role_for(_SIGN, at=trial.at, site=subject.site),
        state=SubjectState(subject.state),
        is_withdrawn=interview.withdrawn_at is not None,
        reason="asked",
    )


def _place(
    trial: TrialContext, subject: Subject, kind: InterviewKind, interview: SupportInterview | None
) -> dict[str, Any]:
    return {
        "label": KIND_LABELS[kind],
        "interview": None if interview is None else _shown(interview),
        "may_withdraw": interview is not None and _against_withdrawing(trial, interview, subject).allowed,
    }


def _shown(interview: SupportInterview) -> dict[str, Any]:
    """An interview, its state by word and shape, and its signature."""
    state = "WITHDRAWN" if interview.withdrawn_at else "MET" if interview.supported else "NOT_MET"
    return {
        "pk": interview.pk,
        "label": KIND_LABELS[InterviewKind(interview.kind)],
        "state": state,
        "word": "" if interview.withdrawn_at else _("Confirmed") if interview.supported else _("Not confirmed"),
        "facts": [
            {"label": _("Held on"), "value": trial_date(interview.held_on)},
            {"label": _("Family support well established"), "value": _("yes") if interview.supported else _("no")},
            {"label": _("Note"), "value": interview.note or _("none")},
        ],
        # What was signed is never changed: the signature stands, also under an interview that no longer counts.
        "signature": shown_signature(interview.signature, is_valid=True),
        "withdrawn_at": interview.withdrawn_at,
        "withdrawn_by": interview.withdrawn_by.printed_name if interview.withdrawn_by else "",
        "withdrawn_reason": interview.withdrawn_reason,
    }


def _summary(subject: Subject, entry: InterviewEntry) -> list[dict[str, object]]:
    return [
        {"label": _("Subject"), "value": subject.code},
        {"label": _("Interview of the"), "value": KIND_LABELS[entry.kind]},
        {"label": _("Held on"), "value": trial_date(entry.held_on)},
        {"label": _("Family support well established"), "value": _("yes") if entry.supported else _("no")},
        {"label": _("Note"), "value": entry.note or _("none")},
    ]
