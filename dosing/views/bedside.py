"""The page of one infusion, at the bedside and afterwards: what it shows, for every act that ends on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dosing.forms.preparation import VoidForm
from dosing.models import Infusion
from dosing.rules.guard_permission import HOLD_CODES
from dosing.rules.states import NOT_STARTED, InfusionState
from dosing.selectors.checklist import GuardView, guard_view
from dosing.selectors.course import interruptions_of, is_going_on
from dosing.selectors.exposure import exposure_of
from dosing.selectors.series import plan_of, series_of
from dosing.selectors.stamp import stamp_of
from dosing.views.answering import subject_crumbs
from dosing.views.bedside_after import running_context
from dosing.views.bedside_before import waiting_context
from dosing.views.bedside_vitals import vitals_context
from dosing.views.infusion_facts import exposure_facts, premedication_rows
from trial.edge.acting import Outcome
from trial.edge.context import TrialContext
from trial.permissions import Permission
from trial.rules.decision import Reason

_INFUSES, _CHECKS = Permission.INFUSION_ADMINISTER, Permission.INFUSION_VERIFY
_OF_PREPARING = ("day", "prepare", "premedication", "void", "first", "identity", "start", "late", "not_given")
_OF_RUNNING = ("pause", "run", "complete", "stop")
_ALWAYS = ("vitals", "not_done", "correct", "answer", "observation")


@dataclass(frozen=True, slots=True)
class Answered:
    """What an act that did not succeed left behind: the form as typed, and why it was refused.

    ``about``: the id of the row it was about, where a section stands for several.
    """

    section: str = ""
    form: forms.Form | None = None
    outcome: Outcome[Any] = field(default_factory=lambda: Outcome(None))
    about: int | None = None

    def form_of(self, section: str) -> Any:
        return self.form if section == self.section else None

    def reasons_of(self, section: str) -> tuple[Reason, ...]:
        return self.outcome.reasons if section == self.section else ()


def bedside_page(
    request: HttpRequest, trial: TrialContext, infusion: Infusion, answered: Answered | None = None
) -> HttpResponse:
    """Never writes. Everything that stands against the next act is on the page, beside its control."""
    answered = answered or Answered()
    performer = infusion.performed_by or trial.user
    view = guard_view(infusion, performer=performer, at=trial.at)
    waiting = InfusionState(infusion.state) in NOT_STARTED
    interruptions = interruptions_of(infusion)
    series = series_of(infusion, at=trial.at)
    context = _shown_always(trial, infusion, view, answered)
    context |= vitals_context(request, infusion, series, answered, at=trial.at)
    if waiting:
        context |= waiting_context(trial, infusion, view, answered)
    else:
        context |= running_context(trial, infusion, series, interruptions, answered)
    return render(request, "dosing/infusion.html", context, status=answered.outcome.status)


def _shown_always(trial: TrialContext, infusion: Infusion, view: GuardView, answered: Answered) -> dict[str, Any]:
    site = infusion.subject.site
    plan = plan_of(infusion)
    return {
        "infusion": infusion,
        "subject": infusion.subject,
        "zone": site.timezone,
        "now": trial.at,
        "waiting": InfusionState(infusion.state) in NOT_STARTED,
        "stamp": stamp_of(infusion.pk),
        "monitoring": plan,
        "holds": [reason for reason in view.decision.reasons if reason.code in HOLD_CODES.values()],
        "refused": {name: answered.reasons_of(name) for name in (*_OF_PREPARING, *_OF_RUNNING, *_ALWAYS)},
        "too_late": _too_late(infusion, answered),
        "may_prepare": trial.check(Permission.INFUSION_PREPARE, site=site),
        "may_infuse": trial.check(Permission.INFUSION_ADMINISTER, site=site),
        # Two people stand at one screen: the one signed in infuses or checks. On anybody else's nothing is signed.
        "is_ward": any(trial.may(each, site=site) for each in (_INFUSES, _CHECKS)),
        "may_hold": trial.may(Permission.HOLD_PLACE, site=site),
        "may_record_event": trial.may(Permission.EVENT_RECORD, site=site),
        "premedication": [
            row | {"form": _void_form(int(str(row["pk"])), answered)} for row in premedication_rows(infusion)
        ],
        "exposure": exposure_facts(exposure_of(infusion.subject)),
        "breadcrumbs": subject_crumbs(infusion.subject.code, _("Infusion %(number)s") % {"number": infusion.number}),
    }


def _void_form(row: int, answered: Answered) -> Any:
    return (answered.about == row and answered.form_of("void")) or VoidForm(row=row)


def _too_late(infusion: Infusion, answered: Answered) -> tuple[Reason, ...]:
    """Why an act was refused whose control is not on the page any more: somebody else was faster."""
    state = InfusionState(infusion.state)
    controls = _OF_PREPARING if state in NOT_STARTED else _OF_RUNNING if is_going_on(infusion) else ()
    gone = answered.section not in (*controls, *_ALWAYS)
    return answered.outcome.reasons if gone else ()
