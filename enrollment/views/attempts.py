"""Attempts at screening: how one was judged when it was closed, its end without a failing criterion, the next one."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from enrollment.forms.attempts import DiscontinuationForm, RescreeningForm
from enrollment.models import Screening, Subject
from enrollment.rules.frozen_verdict import frozen_verdict
from enrollment.rules.rescreening import carried_facts, may_rescreen
from enrollment.rules.screening_changes import may_discontinue
from enrollment.rules.states import NotContinued, SubjectState
from enrollment.selectors.attempts import attempt_with_failure, attempts_of, rescreening_facts
from enrollment.selectors.birth_dates import facts_for
from enrollment.selectors.eligibility import current_screening, evaluate_screening
from enrollment.selectors.interviews import known_from_interviews
from enrollment.selectors.subjects import subject_or_404
from enrollment.services import attempts, closing
from enrollment.views.attempt_rows import attempt_items, attempt_row
from enrollment.views.criteria import difference_rows, verdict_page
from enrollment.views.crumbs import subject_head
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.decision import Reason

_EDIT = Permission.SCREENING_EDIT
# An attempt is counted in single digits; larger numbers are nobody's.
_MOST = 1000


@requires(Permission.SUBJECT_VIEW)
def screening_attempts(request: HttpRequest, code: str) -> HttpResponse:
    """Every attempt with what became of it."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    decision = trial.check(_EDIT, site=subject.site) + may_rescreen(rescreening_facts(subject, reason="asked"))
    context = subject_head(trial, subject, here="screening", label=_("Attempts")) | {
        "table": {
            "caption": _("Attempts at screening"),
            "caption_hidden": True,
            "columns": [
                {"label": _("Screening number")},
                {"label": _("Attempt")},
                {"label": _("Begun")},
                {"label": _("Outcome")},
                {"label": _("Closed")},
            ],
            "rows": [attempt_row(each, subject) for each in attempts_of(subject)],
        },
        "again_reasons": decision.reasons,
        "is_closed": subject.state == SubjectState.SCREEN_FAILED,
        "may_end": trial.may(_EDIT, site=subject.site)
        and subject.state in (SubjectState.SCREENING, SubjectState.ELIGIBLE),
    }
    return render(request, "enrollment/attempts.html", context)


@requires(Permission.SUBJECT_VIEW)
def screening_attempt(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """A closed attempt as it was judged when it was closed. An open one is the screening page."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    screening = attempt_with_failure(subject, number) if number < _MOST else None
    if screening is None:
        raise Http404
    if screening.failed_at is None:
        return redirect("screening", code=code)
    context = subject_head(trial, subject, here="screening-sign", label=screening.screening_number) | {
        "screening": screening,
        "items": attempt_items(screening, subject),
        **_frozen(trial, screening, subject),
    }
    return render(request, "enrollment/attempt.html", context)


@requires(Permission.SUBJECT_VIEW, post=_EDIT)
def discontinue(request: HttpRequest, code: str) -> HttpResponse:
    """The end of a screening in which no criterion failed, and why."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    screening = current_screening(subject)
    form = DiscontinuationForm(request.POST if request.method == "POST" else None)
    refusal: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        because, note = NotContinued(form.cleaned_data["because"]), form.cleaned_data["note"]
        outcome = attempt(
            lambda: closing.discontinue(screening=screening, because=because, note=note, by=trial.user, at=trial.at)
        )
        if not outcome.refused:
            messages.success(request, _("The screening of %(code)s is closed.") % {"code": subject.code})
            return redirect("screening-attempts", code=code)
        refusal, status = outcome.reasons, outcome.status
    verdict = evaluate_screening(screening, at=trial.at).verdict
    possible = may_discontinue(SubjectState(subject.state), verdict, note="asked")
    context = subject_head(trial, subject, here="screening", label=_("End the screening")) | {
        "form": form,
        "refusal": refusal,
        "blocked": (trial.check(_EDIT, site=subject.site) + possible).reasons,
    }
    return render(request, "enrollment/discontinue.html", context, status=status)


@requires(Permission.SUBJECT_VIEW, post=_EDIT)
def rescreen(request: HttpRequest, code: str) -> HttpResponse:
    """What another attempt begins with, and its reason."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    form = RescreeningForm(request.POST if request.method == "POST" else None)
    refusal: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        why = form.cleaned_data["reason"]
        outcome = attempt(lambda: attempts.rescreen(subject=subject, reason=why, by=trial.user, at=trial.at))
        if outcome.result is not None:
            values = {"code": subject.code, "number": outcome.result.screening_number}
            messages.success(request, _("%(code)s is screened again under %(number)s.") % values)
            return redirect("screening", code=code)
        refusal, status = outcome.reasons, outcome.status
    facts = rescreening_facts(subject, reason="asked")
    saved = facts_for(trial, subject, current_screening(subject).facts)
    carried = carried_facts(saved, interviews=known_from_interviews(subject))
    context = subject_head(trial, subject, here="screening", label=_("Re-screening")) | {
        "form": form,
        "refusal": refusal,
        "blocked": (trial.check(_EDIT, site=subject.site) + may_rescreen(facts)).reasons,
        "left": facts.left,
        "carried": difference_rows(sorted(carried), columns=[carried]),
    }
    return render(request, "enrollment/rescreen.html", context, status=status)


def _frozen(trial: TrialContext, screening: Screening, subject: Subject) -> dict[str, Any]:
    """The document of the failure: its verdict, its values and its hash. Empty for one from before it was kept."""
    failure = getattr(screening, "failure", None)
    if failure is None:
        return {}
    content = json.loads(failure.content)
    # Consent, age and the like follow from other records, and stand beside their criteria.
    values = facts_for(trial, subject, content["entered"])
    return {
        "verdict": verdict_page(frozen_verdict(content["result"]), definition=subject.protocol_version.definition),
        "values": difference_rows(sorted(values), columns=[values]),
        "protocol": content["protocol_version"],
        "content_hash": failure.content_sha256,
    }
