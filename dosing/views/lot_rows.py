"""Lots, release tests and units as rows and facts. Reads nothing but what the selectors brought."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dosing.models import ProductLot, ProductUnit
from dosing.rules.release import TestOutcome, failed_tests, limits, pending_tests
from dosing.rules.states import LotState
from dosing.rules.unit_handling import Volumes
from dosing.selectors.lots import CriterionLine, infusions_of, lot_results
from dosing.views.unit_steps import next_step
from trial.edge.context import TrialContext
from trial.models import ElectronicSignature
from trial.protocol.schema import ProductPlan
from trial.rules.roles import ROLE_LABELS, Role
from trial.rules.states import MEANING_LABELS, Meaning
from trial.templatetags.look import quantity, trial_date, trial_time

_OUTCOMES = {
    TestOutcome.PASSED: ("PASSED", ""),
    TestOutcome.FAILED: ("FAILED", ""),
    TestOutcome.MISSING: ("NOT_STARTED", gettext_lazy("Missing")),
    TestOutcome.PENDING_LATE: ("DUE", gettext_lazy("Pending, may follow")),
}


def lot_columns() -> list[dict[str, object]]:
    return [
        {"label": _("Lot")},
        {"label": _("State")},
        {"label": _("Donor code")},
        {"label": _("Expires")},
        {"label": _("Release tests")},
        {"label": _("In stock"), "numeric": True},
        {"label": _("Under way"), "numeric": True},
        {"label": _("Infused"), "numeric": True},
        {"label": _("Units"), "numeric": True},
    ]


def lot_row(lot: Any, *, plan: ProductPlan, at: datetime, zone: str) -> dict[str, object]:
    """``lot`` carries the counts of ``visible_lots``."""
    url = reverse("lot", args=[lot.number])
    counts = (lot.units_in_stock, lot.units_under_way, lot.units_infused, lot.units_all)
    expired = lot.expires_at <= at
    return {
        "cells": [
            {"value": lot.number, "url": url},
            {"state": lot.state},
            {"value": lot.donor_code},
            {"value": trial_time(lot.expires_at, zone), "note": _("expired") if expired else "", "when": True},
            {"value": _tests(lot, plan)},
            *({"value": count, "url": f"{url}#units", "numeric": True} for count in counts),
        ],
        "tone": "stop" if expired or lot.state == LotState.REJECTED else "",
    }


def _tests(lot: ProductLot, plan: ProductPlan) -> str:
    results = lot_results(lot)
    failed = failed_tests(results, plan=plan)
    recorded = sum(criterion.code in results for criterion in plan.release_criteria)
    words = _("%(recorded)s of %(all)s recorded") % {"recorded": recorded, "all": len(plan.release_criteria)}
    return _("%(words)s, %(failed)s failed") % {"words": words, "failed": len(failed)} if failed else words


def lot_facts(lot: ProductLot, *, zone: str) -> list[dict[str, object]]:
    facts: list[dict[str, object]] = [
        {"label": _("Donor code"), "value": lot.donor_code},
        {"label": _("Received"), "value": trial_time(lot.received_at, zone), "note": lot.received_by.printed_name},
        {"label": _("Expires"), "value": trial_time(lot.expires_at, zone)},
    ]
    if lot.conditional_signature is not None:
        signed_at = trial_time(lot.conditional_signature.signed_at, zone)
        note = _signer(lot.conditional_signature)
        facts.append({"label": _("Conditional release"), "value": signed_at, "note": note})
    if lot.released_at:
        note = _signer(lot.release_signature)
        facts.append({"label": _("Released"), "value": trial_time(lot.released_at, zone), "note": note})
    if lot.rejected_reason:
        facts.append({"label": _("Rejected because"), "value": lot.rejected_reason})
    return facts


def _signer(signature: ElectronicSignature | None) -> str:
    """Who signed, in which role, and what the signature meant. Source: 21 CFR 11.50."""
    if signature is None:
        return ""
    role, meaning = _(ROLE_LABELS[Role(signature.role)]), _(MEANING_LABELS[Meaning(signature.meaning)])
    return f"{signature.printed_name}, {role}: {meaning}"


def pending_facts(lot: ProductLot, *, plan: ProductPlan) -> list[dict[str, object]]:
    """The late tests without a result, and when each is due after a release."""
    return [
        {
            "label": criterion.label,
            "value": _("pending"),
            "note": _("due %(days)s days after the release") % {"days": criterion.late_days or 0},
        }
        for criterion in pending_tests(lot_results(lot), plan=plan)
    ]


def criterion_row(line: CriterionLine) -> dict[str, object]:
    state, word = _OUTCOMES[line.outcome]
    test = line.test
    return {
        "label": line.criterion.label,
        "limits": limits(line.criterion),
        "result": "" if test is None else _result(line),
        "state": state,
        "word": word,
        "tested_on": test.tested_on if test else None,
        "recorded_by": test.recorded_by.printed_name if test else "",
    }


def _result(line: CriterionLine) -> str:
    test = line.test
    if test is None:
        return ""
    value = "" if test.value is None else quantity(plain(test.value), line.criterion.unit or "")
    return " ".join(part for part in (value, test.result) if part)


def unit_rows(units: list[ProductUnit], *, trial: TrialContext) -> list[dict[str, object]]:
    """Where these units went. One query, whatever their number."""
    infusions = infusions_of(units)
    return [_unit_row(unit, infusions, trial=trial) for unit in units]


def _unit_row(
    unit: ProductUnit, infusions: dict[tuple[int | None, int | None], int], *, trial: TrialContext
) -> dict[str, object]:
    infusion = infusions.get((unit.assigned_subject_id, unit.assigned_infusion_number))
    subject = getattr(unit, "subject_code", None)
    return {
        "unit": unit,
        "url": reverse("unit", args=[unit.pk]),
        "subject": subject,
        "infusion_url": reverse("infusion", args=[infusion]) if infusion and subject else "",
        "viability_percent": viability_percent(unit),
        "is_past": unit.use_by_at is not None and unit.use_by_at <= trial.at,
        "next": next_step(trial, unit),
    }


def viability_percent(unit: ProductUnit) -> str:
    return "" if unit.viability is None else quantity(plain(unit.viability * 100), "%")


def plain(value: Decimal) -> Decimal:
    """Without the zeros that only its column has: 88, not 88.0000."""
    whole = value.to_integral_value()
    return whole if whole == value else value.normalize()


def unit_facts_shown(unit: ProductUnit, *, zone: str) -> list[dict[str, object]]:
    lot_url = reverse("lot", args=[unit.lot.number])
    issued_by = unit.issued_by.printed_name if unit.issued_by else ""
    return [
        {"label": _("Lot"), "value": unit.lot.number, "url": lot_url, "note": _("donor %s") % unit.lot.donor_code},
        {"label": _("Lot expires"), "value": trial_date(unit.lot.expires_at, zone)},
        {"label": _("Cells, viable and dead"), "value": quantity(unit.total_cells)},
        {"label": _("Volume"), "value": quantity(unit.volume_ml, "mL")},
        {"label": _("Place"), "value": unit.place},
        {"label": _("Identifier"), "value": str(unit.uuid), "note": _("as its label's code says")},
        {"label": _("Thawed"), "value": trial_time(unit.thawed_at, zone) if unit.thawed_at else None},
        {"label": _("Use by"), "value": trial_time(unit.use_by_at, zone) if unit.use_by_at else None},
        {"label": _("Viability after thawing"), "value": viability_percent(unit)},
        {
            "label": _("Issued"),
            "value": trial_time(unit.issued_at, zone) if unit.issued_at else None,
            "note": issued_by,
        },
    ]


def volume_facts(volumes: Volumes) -> list[dict[str, object]]:
    """Where the suspension went, for a unit of which something ran in, came back or was destroyed; else nothing."""
    if volumes.infused is None and not volumes.returned and not volumes.destroyed:
        return []
    return [
        {"label": _("Held"), "value": quantity(plain(volumes.held), "mL")},
        {"label": _("Ran in"), "value": quantity(plain(volumes.infused or Decimal(0)), "mL")},
        {"label": _("Came back"), "value": quantity(plain(volumes.returned), "mL")},
        {"label": _("Destroyed"), "value": quantity(plain(volumes.destroyed), "mL")},
        {"label": _("Not accounted for"), "value": quantity(plain(volumes.unaccounted), "mL")},
    ]
