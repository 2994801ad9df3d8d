"""What a page of an infusion shows in words: values beside the conditions, people, times, what was given."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dosing.forms.day import PREGNANCY_LABELS
from dosing.forms.infusion import STOP_LABELS
from dosing.models import Infusion, ProductUnit
from dosing.rules.states import InfusionState, PregnancyResult, StopReason
from dosing.selectors.checklist import ChecklistPart, GuardView
from dosing.services.infusions import given_dose
from dosing.views.lot_rows import viability_percent
from trial.models import AuditEvent, User
from trial.templatetags.look import quantity, trial_date, trial_time

_ACTS = {
    "infusions.start": (gettext_lazy("Started"), "player-play-filled", "active"),
    "infusions.pause": (gettext_lazy("Paused"), "player-pause-filled", "wait"),
    "infusions.resume": (gettext_lazy("Resumed"), "player-play-filled", "active"),
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
    day, signature = facts.day, infusion.identity_signature
    values = {
        "DOS-SLOT": _("cohort %(number)s") % {"number": facts.cohort_number} if facts.cohort_number else "",
        "DOS-VERSION": infusion.subject.protocol_version.version,
        "DOS-NUMBER": f"{facts.infusion_number} / {facts.cohort_infusions or '?'}",
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


def clock_shown(infusion: Infusion, *, at: datetime) -> dict[str, object]:
    """Seconds since the start; after the end, how long it took."""
    until = infusion.ended_at or at
    elapsed = int((until - infusion.started_at).total_seconds()) if infusion.started_at else 0
    return {"elapsed_s": max(0, elapsed), "is_running": infusion.state == InfusionState.RUNNING}


def given_facts(infusion: Infusion, *, zone: str) -> list[dict[str, object]]:
    """Who, when, what: as it was, never changed afterwards."""
    signature = infusion.identity_signature
    facts: list[dict[str, object]] = [
        {"label": _("Planned for"), "value": trial_date(infusion.planned_on)},
        {"label": _("Started"), "value": trial_time(infusion.started_at, zone) if infusion.started_at else None},
        {"label": _("Infused by"), "value": infusion.performed_by.printed_name if infusion.performed_by else None},
        {"label": _("Identity checked by"), "value": signature.printed_name if signature else None},
        {"label": _("Unit"), "value": str(infusion.unit) if infusion.unit else None},
        {"label": _("Volume planned"), "value": quantity(infusion.planned_volume_ml, "mL")},
    ]
    if infusion.ended_at:
        facts += _ended(infusion, zone=zone)
    optional = (
        (_("Entered late because"), infusion.late_entry_reason),
        (_("Interval overdue because"), infusion.interval_reason),
        (_("Not given because"), infusion.not_given_reason),
    )
    return facts + [{"label": label, "value": value} for label, value in optional if value]


def _ended(infusion: Infusion, *, zone: str) -> list[dict[str, object]]:
    dose = given_dose(infusion)
    within = _("within tolerance") if dose.within_tolerance else _("outside tolerance")
    facts: list[dict[str, object]] = [
        {"label": _("Ended"), "value": trial_time(infusion.ended_at, zone)},
        {"label": _("Volume that ran in"), "value": quantity(infusion.infused_volume_ml, "mL")},
        {"label": _("Dose given"), "value": quantity(infusion.given_million_per_kg, "× 10⁶ viable cells/kg")},
        {"label": _("Deviation from target"), "value": quantity(dose.deviation_percent, "%"), "note": within},
    ]
    if infusion.stop_reason:
        label = str(STOP_LABELS[StopReason(infusion.stop_reason)])
        facts.append({"label": _("Stopped for"), "value": label, "note": infusion.stop_note})
    return facts


def happened(events: Iterable[AuditEvent]) -> list[dict[str, object]]:
    """Start, interruptions and end on one axis, with who did it. One query for the names."""
    rows = list(events)
    names = dict(User.objects.filter(pk__in={row.actor_id for row in rows}).values_list("id", "printed_name"))
    return [
        {
            "at": row.trial_at,
            "kind": str(kind),
            "label": names.get(row.actor_id or 0, row.actor),
            "icon": icon,
            "tone": tone,
            "detail": row.reason,
        }
        for row in rows
        for kind, icon, tone in [_ACTS[row.act]]
    ]
