"""The page of one infusion, at the bedside and afterwards: what it shows, for every act that ends on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dosing.forms.day import DayForm
from dosing.forms.infusion import CompleteForm, LateStartForm, NotGivenForm, StartForm, StopForm
from dosing.models import Infusion, ProductUnit
from dosing.rules.guard_permission import HOLD_CODES
from dosing.rules.states import NOT_STARTED, InfusionState
from dosing.selectors.checklist import GuardView, checklist, guard_view
from dosing.selectors.infusions import what_happened
from dosing.services.infusions import identity_content, may_verify
from dosing.services.pre_dose import signoff_decision
from dosing.views.answering import subject_crumbs
from dosing.views.dose_steps import dose_shown
from dosing.views.infusion_facts import check_values, clock_shown, given_facts, happened, identity_summary
from trial.edge.acting import Outcome
from trial.edge.context import TrialContext
from trial.edge.signing import SigningForm
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.states import Meaning
from trial.services.signatures import content_hash

_INFUSES, _CHECKS = Permission.INFUSION_ADMINISTER, Permission.INFUSION_VERIFY
_OVERDUE = "DOS-INTERVAL-REASON"
_UNLIKELY_WEIGHT = "DOS-WEIGHT-CONFIRM"


@dataclass(frozen=True, slots=True)
class Answered:
    """What an act that did not succeed left behind: the form as typed, and why it was refused."""

    section: str = ""
    form: forms.Form | None = None
    outcome: Outcome[Any] = field(default_factory=lambda: Outcome(None))

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
    context = _shown_always(trial, infusion, view, answered)
    context |= _before(trial, infusion, view, answered) if waiting else _after(trial, infusion, answered)
    return render(request, "dosing/infusion.html", context, status=answered.outcome.status)


def _shown_always(trial: TrialContext, infusion: Infusion, view: GuardView, answered: Answered) -> dict[str, Any]:
    site = infusion.subject.site
    sections = ("day", "identity", "start", "late", "run", "complete", "stop", "not_given")
    return {
        "infusion": infusion,
        "subject": infusion.subject,
        "zone": site.timezone,
        "waiting": InfusionState(infusion.state) in NOT_STARTED,
        "holds": [reason for reason in view.decision.reasons if reason.code in HOLD_CODES.values()],
        "refused": {section: answered.reasons_of(section) for section in sections},
        "may_prepare": trial.check(Permission.INFUSION_PREPARE, site=site),
        "may_infuse": trial.check(Permission.INFUSION_ADMINISTER, site=site),
        # Two people stand at one screen: the one signed in infuses or checks. On anybody else's nothing is signed.
        "is_ward": any(trial.may(each, site=site) for each in (_INFUSES, _CHECKS)),
        "may_hold": trial.may(Permission.HOLD_PLACE, site=site),
        "may_record_event": trial.may(Permission.EVENT_RECORD, site=site),
        "breadcrumbs": subject_crumbs(infusion.subject.code, _("Infusion %(number)s") % {"number": infusion.number}),
    }


def _before(trial: TrialContext, infusion: Infusion, view: GuardView, answered: Answered) -> dict[str, Any]:
    subject = infusion.subject
    unit = infusion.unit
    codes = view.decision.codes
    overdue = _OVERDUE in codes
    administering = trial.check(Permission.INFUSION_ADMINISTER, site=subject.site)
    # The reason for an overdue interval is typed beside the button: it does not lock it.
    blocked = tuple(reason for reason in view.decision.reasons if reason.code != _OVERDUE)
    check = getattr(infusion, "pre_dose_check", None)
    parts = checklist(view)
    return {
        "parts": [
            {
                "label": part.label,
                "open": part.open,
                "items": check_values(part, view, infusion, performer=trial.user.printed_name),
            }
            for part in parts
        ],
        "open_count": sum(part.open for part in parts),
        "earliest_at": view.earliest_at,
        "unit": unit,
        "dose": dose_shown(infusion, unit),
        "day_form": answered.form_of("day") or DayForm(check=check, timezone=subject.site.timezone),
        "ask_weight_again": any(reason.code == _UNLIKELY_WEIGHT for reason in answered.outcome.reasons),
        "day_is_complete": not {"DOS-WEIGHT", "DOS-PREGNANCY", "DOS-LABORATORY"} & set(codes),
        "signoff": signoff_decision(infusion) if infusion.number > 1 else None,
        "is_signed_off": "DOS-SIGNOFF" not in codes,
        "start_form": answered.form_of("start") or StartForm(overdue=overdue),
        "start_blocked": (*administering.reasons, *blocked),
        "late_form": answered.form_of("late") or LateStartForm(),
        "not_given_form": answered.form_of("not_given") or NotGivenForm(),
        "verified": view.facts.verifier,
        **_identity(infusion, unit, answered),
    }


def _identity(infusion: Infusion, unit: ProductUnit | None, answered: Answered) -> dict[str, Any]:
    """The box in which the second person signs, while there is a unit at the bedside to check."""
    if unit is None:
        return {"identity_form": None, "identity_summary": [], "identity_blocked": ()}
    seen = content_hash(identity_content(infusion, unit))
    return {
        "identity_form": answered.form_of("identity") or identity_form(infusion, unit),
        "identity_hash": seen,
        "identity_summary": identity_summary(infusion, unit),
        "identity_blocked": may_verify(infusion, unit).reasons,
    }


def identity_form(infusion: Infusion, unit: ProductUnit, data: object = None) -> SigningForm:
    seen = content_hash(identity_content(infusion, unit))
    return SigningForm(data, meaning=Meaning.IDENTITY_CHECK, content_hash=seen, auto_id="identity-%s")


def _after(trial: TrialContext, infusion: Infusion, answered: Answered) -> dict[str, Any]:
    zone = infusion.subject.site.timezone
    is_running = infusion.state in (InfusionState.RUNNING, InfusionState.PAUSED)
    planned: Mapping[str, Any] = {"planned_volume_ml": infusion.planned_volume_ml}
    return {
        "is_running": is_running,
        "clock": clock_shown(infusion, at=trial.at) if infusion.started_at else None,
        "given": given_facts(infusion, zone=zone),
        "dose": dose_shown(infusion, infusion.unit) if infusion.started_at else None,
        "happened": happened(what_happened(infusion)),
        "complete_form": answered.form_of("complete") or CompleteForm(**planned),
        "stop_form": answered.form_of("stop") or StopForm(),
    }
