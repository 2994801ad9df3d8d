"""What a page of an infusion shows in words: values beside the conditions, people, times, what was given."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dosing.forms.day import PREGNANCY_LABELS
from dosing.forms.infusion import NOT_GIVEN_LABELS, PAUSE_LABELS, STOP_LABELS
from dosing.models import Infusion, Interruption, ProductUnit
from dosing.rules.exposure import Exposure
from dosing.rules.guard_facts import GuardFacts
from dosing.rules.guard_intervals import previous_on
from dosing.rules.planning import GivingWindow, giving_window
from dosing.rules.running_time import RunningTime
from dosing.rules.states import InfusionState, NotGivenBecause, PauseReason, PregnancyResult, StopReason
from dosing.selectors.checklist import ChecklistPart, GuardView
from dosing.services.doses import given_dose
from dosing.views.lot_rows import viability_percent
from trial.models import AuditEvent, User
from trial.templatetags.look import quantity, trial_date, trial_time

_ACTS = {
    "infusions.start": (gettext_lazy("Started"), "player-play-filled", "active"),
    "breaches.record": (gettext_lazy("Reported as given in spite of the guard"), "alert-triangle-filled", "stop"),
    "infusions.end": (gettext_lazy("Ended"), "check", "done"),
    "infusions.not_given": (gettext_lazy("Not given"), "ban", "done"),
}


def check_values(
    part: ChecklistPart, view: GuardView, infusion: Infusion, *, performer: str
) -> list[dict[str, object]]:
    """The lines of a part for the checklist: what stands behind a condition that is met."""
    values = _values(view, infusion) | {"DOS-PERFORMER": performer}
    return [
        {
            "label": _(line.condition.label),
            "is_met": line.is_met,
            "value": values.get(line.condition.codes[0], ""),
            "reason": line.reason,
        }
        for line in part.lines
    ]


def _values(view: GuardView, infusion: Infusion) -> dict[str, str]:
    """By the first code of the condition."""
    facts, zone, unit = view.facts, infusion.subject.site.timezone, infusion.unit
    day, first, signature = facts.day, infusion.first_identity_signature, infusion.identity_signature
    values = {
        "DOS-SLOT": _("cohort %(number)s") % {"number": facts.cohort_number} if facts.cohort_number else "",
        "DOS-VERSION": infusion.subject.protocol_version.version,
        "DOS-NUMBER": f"{facts.infusion_number} / {facts.cohort_infusions or '?'}",
        "DOS-IDENTITY-FIRST": first.printed_name if first and facts.first_check else "",
        "DOS-VERIFIER": signature.printed_name if signature and facts.verifier else "",
        "DOS-WEIGHT": _at(quantity(day.weight_kg, "kg") if day.weight_kg else "", day.weight_measured_at, zone),
        "DOS-LABORATORY": _at("", day.laboratory_collected_at, zone),
        "DOS-SIGNOFF": _at("", day.signed_off_at, zone),
    }
    if day.pregnancy_result:
        tested_at = None if day.pregnancy_result is PregnancyResult.NOT_APPLICABLE else day.pregnancy_collected_at
        values["DOS-PREGNANCY"] = _at(str(PREGNANCY_LABELS[day.pregnancy_result]), tested_at, zone)
    if unit:
        values |= {
            "DOS-PRODUCT-MISSING": str(unit),
            "DOS-PRODUCT-EXPIRED": _at(_("use by") if unit.use_by_at else "", unit.use_by_at, zone),
            "DOS-PRODUCT-VIABILITY": viability_percent(unit),
            "DOS-PRODUCT-NOT-ISSUED": _at("", unit.issued_at, zone),
        }
    return values


def _at(value: str, at: datetime | None, zone: str) -> str:
    return " ".join(part for part in (value, trial_time(at, zone) if at else "") if part)


def identity_summary(infusion: Infusion, unit: ProductUnit) -> list[dict[str, object]]:
    """What the second person compares with the wristband and the label."""
    return [
        {"label": _("Subject"), "value": infusion.subject.code},
        {"label": _("Infusion"), "value": infusion.number},
        {"label": _("Unit"), "value": str(unit)},
        {"label": _("Donor code"), "value": unit.lot.donor_code},
    ]


def clock_shown(infusion: Infusion, running: RunningTime, *, pauses: int) -> dict[str, object]:
    """Seconds in which it ran, without its pauses; from rows alone, so that it goes on after any restart."""
    paused = int(running.paused.total_seconds() // 60)
    return {
        "elapsed_s": int(running.running.total_seconds()),
        "is_running": infusion.state == InfusionState.RUNNING,
        "pauses": pauses,
        "paused_min": paused,
    }


def giving_days(facts: GuardFacts, infusion: Infusion) -> GivingWindow | None:
    """In which days this infusion is due after the one before it; None for the first."""
    previous = previous_on(facts) if infusion.number > 1 else None
    if previous is None:
        return None
    return giving_window(previous, regimen=infusion.subject.protocol_version.definition.regimen)


def premedication_rows(infusion: Infusion) -> list[dict[str, object]]:
    """Drugs given before, void ones included. One query."""
    zone = infusion.subject.site.timezone
    return [
        {
            "pk": row.pk,
            "what": f"{row.drug}, {quantity(row.dose.normalize(), row.unit)}, {row.route}",
            "given": trial_time(row.given_at, zone),
            "by": row.given_by.printed_name,
            "is_void": row.voided_at is not None,
            "why_void": row.voided_reason,
        }
        for row in infusion.premedications.select_related("given_by")
    ]


def exposure_facts(found: Exposure) -> list[dict[str, object]]:
    """What the participant has received so far, and how that compares with the plan."""
    intensity = found.relative_dose_intensity
    return [
        {"label": _("Infusions received"), "value": str(found.infusions)},
        {"label": _("Cells received so far"), "value": quantity(found.given_million_per_kg, "× 10⁶/kg")},
        {"label": _("Planned for the same infusions"), "value": quantity(found.planned_million_per_kg, "× 10⁶/kg")},
        {
            "label": _("Relative dose intensity"),
            "value": quantity((intensity * 100).quantize(Decimal("0.01")), "%") if intensity is not None else None,
        },
    ]


def given_facts(infusion: Infusion, *, zone: str, running: RunningTime | None) -> list[dict[str, object]]:
    """Who, when, what: as it was, never changed afterwards."""
    first, second = infusion.first_identity_signature, infusion.identity_signature
    facts: list[dict[str, object]] = [
        {"label": _("Planned for"), "value": trial_date(infusion.planned_on)},
        {"label": _("Started"), "value": trial_time(infusion.started_at, zone) if infusion.started_at else None},
        {"label": _("Infused by"), "value": infusion.performed_by.printed_name if infusion.performed_by else None},
        {
            "label": _("Identity checked by"),
            "value": ", ".join(each.printed_name for each in (first, second) if each) or None,
        },
        {"label": _("Unit"), "value": str(infusion.unit) if infusion.unit else None},
        {"label": _("Volume planned"), "value": quantity(infusion.planned_volume_ml, "mL")},
    ]
    facts += [
        {"label": _("Access"), "value": infusion.access_site},
        {"label": _("Line and filter"), "value": infusion.line_filter},
        {
            "label": _("Emergency equipment checked"),
            "value": trial_time(infusion.emergency_equipment_checked_at, zone)
            if infusion.emergency_equipment_checked_at
            else None,
        },
        {"label": _("Thaw to start"), "value": _thaw_to_start(infusion)},
    ]
    if infusion.ended_at:
        facts += _ended(infusion, zone=zone, running=running)
    optional = (
        (_("Entered late because"), infusion.late_entry_reason),
        (_("Interval overdue because"), infusion.interval_reason),
        (_("Not given because"), _not_given(infusion)),
    )
    return facts + [{"label": label, "value": value} for label, value in optional if value]


def _thaw_to_start(infusion: Infusion) -> str | None:
    unit = infusion.unit
    if unit is None or unit.thawed_at is None or infusion.started_at is None:
        return None
    return quantity(int((infusion.started_at - unit.thawed_at).total_seconds() // 60), "min")


def _not_given(infusion: Infusion) -> str:
    if not infusion.not_given_because:
        return infusion.not_given_reason
    label = NOT_GIVEN_LABELS[NotGivenBecause(infusion.not_given_because)]
    return f"{label}: {infusion.not_given_reason}"


def _ended(infusion: Infusion, *, zone: str, running: RunningTime | None) -> list[dict[str, object]]:
    dose = given_dose(infusion)
    within = _("within tolerance") if dose.within_tolerance else _("outside tolerance")
    facts: list[dict[str, object]] = [
        {"label": _("Ended"), "value": trial_time(infusion.ended_at, zone)},
        {
            "label": _("Running time"),
            "value": quantity(int(running.running.total_seconds() // 60), "min") if running else None,
            "note": _("without %(n)s min of pauses") % {"n": int(running.paused.total_seconds() // 60)}
            if running and running.paused
            else "",
        },
        {"label": _("Rate"), "value": _rate(infusion, running), "note": _planned_rate(infusion)},
        {"label": _("Volume that ran in"), "value": quantity(infusion.infused_volume_ml, "mL")},
        {"label": _("Left in the unit"), "value": _volume(infusion.residual_volume_ml)},
        {"label": _("Flush"), "value": _volume(infusion.flush_ml)},
        {"label": _("Dose given"), "value": quantity(infusion.given_million_per_kg, "× 10⁶ viable cells/kg")},
        {"label": _("Deviation from target"), "value": quantity(dose.deviation_percent, "%"), "note": within},
    ]
    for name, ended_at in (
        (_("Observation ended"), infusion.observation_ended_at),
        (_("Discharged"), infusion.discharged_at),
    ):
        facts.append({"label": name, "value": trial_time(ended_at, zone) if ended_at else None})
    if infusion.stop_reason:
        label = str(STOP_LABELS[StopReason(infusion.stop_reason)])
        facts.append({"label": _("Stopped for"), "value": label, "note": infusion.stop_note})
    return facts


def _rate(infusion: Infusion, running: RunningTime | None) -> str | None:
    """The volume over the time in which it ran, mL/h, one decimal half up."""
    if running is None or infusion.infused_volume_ml is None or not running.running:
        return None
    hours = Decimal(int(running.running.total_seconds())) / 3600
    return (
        quantity((infusion.infused_volume_ml / hours).quantize(Decimal("0.1"), ROUND_HALF_UP), "mL/h")
        if hours
        else None
    )


def _planned_rate(infusion: Infusion) -> str:
    return _("planned %(rate)s") % {"rate": quantity(infusion.rate_ml_per_h, "mL/h")} if infusion.rate_ml_per_h else ""


def _volume(volume: Decimal | None) -> str | None:
    return None if volume is None else quantity(volume, "mL")


def happened(
    events: Iterable[AuditEvent], interruptions: Iterable[Interruption], infusion: Infusion
) -> list[dict[str, object]]:
    """Start, interruptions and end on one axis of the time at which they happened, with who did it. One query."""
    rows = list(events)
    names = dict(User.objects.filter(pk__in={row.actor_id for row in rows}).values_list("id", "printed_name"))
    times = {
        "infusions.start": infusion.started_at,
        "breaches.record": infusion.started_at,
        "infusions.end": infusion.ended_at,
    }
    shown = [
        {
            "at": times.get(row.act) or row.trial_at,
            "kind": str(kind),
            "label": names.get(row.actor_id or 0, row.actor),
            "icon": icon,
            "tone": tone,
            "detail": row.reason,
        }
        for row in rows
        for kind, icon, tone in [_ACTS[row.act]]
    ]
    for interruption in interruptions:
        shown += _interruption(interruption)
    return sorted(shown, key=lambda event: str(event["at"]))


def _interruption(row: Interruption) -> list[dict[str, object]]:
    why = f"{PAUSE_LABELS[PauseReason(row.reason)]}. {row.note}".strip()
    paused: dict[str, object] = {
        "at": row.paused_at,
        "kind": _("Paused"),
        "label": row.paused_by.printed_name,
        "icon": "player-pause-filled",
        "tone": "wait",
        "detail": why,
    }
    if row.resumed_at is None or row.resumed_by is None:
        return [paused]
    resumed: dict[str, object] = {
        "at": row.resumed_at,
        "kind": _("Resumed"),
        "label": row.resumed_by.printed_name,
        "icon": "player-play-filled",
        "tone": "active",
        "detail": "",
    }
    return [paused, resumed]
