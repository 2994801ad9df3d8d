"""The page of an infusion once it has started: the clock, the acts that are possible, what happened and was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dosing.forms.infusion import CompleteForm, PauseForm, StopForm
from dosing.models import Infusion, Interruption
from dosing.rules.dose_judgement import judge_given
from dosing.rules.states import InfusionState, NotGivenBecause, PauseReason
from dosing.selectors.course import is_going_on, running_time_of
from dosing.selectors.infusions import what_happened
from dosing.selectors.series import Series, plan_of
from dosing.services.doses import given_dose
from dosing.views.breach_shown import breach_shown
from dosing.views.dose_steps import dose_shown
from dosing.views.infusion_facts import clock_shown, given_facts, happened
from dosing.views.vital_chart import chart_of
from dosing.views.vitals_shown import event_url
from trial.edge.context import TrialContext

if TYPE_CHECKING:
    from dosing.views.bedside import Answered

_MEDICATION_ERROR = "Medication error: overdose of the study product"


def running_context(
    trial: TrialContext, infusion: Infusion, series: Series, interruptions: list[Interruption], answered: Answered
) -> dict[str, Any]:
    zone = infusion.subject.site.timezone
    running = running_time_of(infusion, interruptions, at=trial.at)
    return {
        "is_running": is_going_on(infusion),
        "clock": clock_shown(infusion, running, pauses=len(interruptions)) if running else None,
        "breach": breach_shown(infusion),
        "given": given_facts(infusion, zone=zone, running=running),
        "dose": dose_shown(infusion, infusion.unit) if infusion.started_at else None,
        "happened": happened(what_happened(infusion), interruptions, infusion),
        "pause_form": answered.form_of("pause") or PauseForm(),
        "vital_signs_reason": PauseReason.VITAL_SIGNS.value,
        "complete_form": answered.form_of("complete") or CompleteForm(planned_volume_ml=infusion.planned_volume_ml),
        "stop_form": answered.form_of("stop") or StopForm(),
        "chart": chart_of(infusion, series.entries, interruptions, plan=plan_of(infusion), at=trial.at),
        "offered_event": _offered_event(infusion),
    }


def _offered_event(infusion: Infusion) -> dict[str, str] | None:
    """An adverse event that the course itself suggests: an overdose (G37), an infusion withheld for one (G28)."""
    if infusion.state == InfusionState.NOT_GIVEN and infusion.not_given_because == NotGivenBecause.ADVERSE_EVENT:
        return {"why": "withheld", "url": event_url(infusion, reaction=False)}
    if infusion.ended_at is None:
        return None
    gate = infusion.subject.protocol_version.definition.gate
    finding = judge_given(given_dose(infusion), evaluable_fraction=gate.evaluable_dose_fraction)
    if finding.is_high:
        return {
            "why": "overdose",
            "url": event_url(infusion, term=_MEDICATION_ERROR, onset=infusion.started_at, reaction=False),
        }
    return {"why": "low", "url": ""} if finding.is_low else None
