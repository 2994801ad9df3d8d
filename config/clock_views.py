"""The page on which a visitor of a demonstration lets time pass. A real deployment has no such page."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from config import clock as demonstration_clock
from config.demonstration import chapter_two
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.selectors.account import notifications_of

STEPS = {"day": timedelta(days=1), "week": timedelta(days=7)}
_COMING_SHOWN = 8
_FIRED_SHOWN = 40
# After so much waiting the page stops asking and says where to look.
PATIENCE_S = 15
_NOTHING = Reason(
    "CLK-NOTHING", "Nothing is planned: there is no next due thing.", "House rule: time in a demonstration"
)


@requires(Permission.CLOCK_MOVE)
def clock(request: HttpRequest) -> HttpResponse:
    """A POST moves the clock; the page then asks, again and again, whether the worker has caught up."""
    trial = _demonstration(request)
    reasons: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST":
        to_next = demonstration_clock.step_to_next(trial.study, at=trial.at)
        step = _chosen(request.POST.get("step", ""), to_next=to_next)
        if step is None:
            reasons, status = (_NOTHING,), 409
        else:
            # What the sweep carries out between these two readings is what "fired" will show.
            before = trial.at
            outcome = attempt(lambda: demonstration_clock.move(step=step, by=trial.user))
            if outcome.result is not None:
                request.session["clock"] = {"from": before.isoformat(), "to": outcome.result.isoformat()}
                return redirect("clock")
            reasons, status = outcome.reasons, outcome.status
    return _page(request, trial, reasons=reasons, status=status)


@require_POST
@requires(Permission.CLOCK_MOVE)
def story(request: HttpRequest) -> HttpResponse:
    """The story goes on by a chapter, and leads to the infusion that is running then."""
    trial = _demonstration(request)
    outcome = attempt(lambda: chapter_two.tell(trial.study))
    if outcome.result is None:
        return _page(request, trial, reasons=outcome.reasons, status=outcome.status)
    return redirect("infusion", pk=outcome.result.pk)


def _page(request: HttpRequest, trial: TrialContext, *, reasons: tuple[Reason, ...], status: int) -> HttpResponse:
    to_next = demonstration_clock.step_to_next(trial.study, at=trial.at)
    context = _progress(request, trial, waited_s=0) | {
        "coming": demonstration_clock.coming(trial.study, most=_COMING_SHOWN),
        "next_reasons": () if to_next else (_NOTHING,),
        "story_reasons": chapter_two.may_tell(trial.study).reasons,
        "reasons": reasons,
    }
    return render(request, "reports/clock.html", context, status=status)


@require_GET
@requires(Permission.CLOCK_MOVE)
def clock_progress(request: HttpRequest) -> HttpResponse:
    """The fragment that asks again by itself until the sweep has looked at the new time."""
    trial = _demonstration(request)
    waited = request.GET.get("waited", "0")
    context = _progress(request, trial, waited_s=int(waited) if waited.isdecimal() else 0)
    return render(request, "reports/_clock_progress.html", context | {"site_zone": trial.access.timezone})


def _progress(request: HttpRequest, trial: TrialContext, *, waited_s: int) -> dict[str, object]:
    moved = request.session.get("clock")
    if not moved:
        return {"moved": None}
    since, until = datetime.fromisoformat(moved["from"]), datetime.fromisoformat(moved["to"])
    done = demonstration_clock.caught_up(until=until)
    return {
        "moved": {"since": since, "until": until},
        "caught_up": done,
        "waited_next_s": waited_s + 1,
        "is_waiting": not done and waited_s < PATIENCE_S,
        "fired": demonstration_clock.fired(trial.study, since=since, most=_FIRED_SHOWN),
        "told": notifications_of(trial.user, study=trial.study).filter(created_at__gte=since)[:_FIRED_SHOWN],
    }


def _chosen(name: str, *, to_next: timedelta | None) -> timedelta | None:
    if name == "next":
        return to_next
    if name not in STEPS:
        raise BadRequest("The clock moves by a day, by a week, or to the next due thing.")
    return STEPS[name]


def _demonstration(request: HttpRequest) -> TrialContext:
    trial = trial_of(request)
    if not trial.surroundings.is_demonstration:
        raise Http404
    return trial
