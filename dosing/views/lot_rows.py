"""Lots, release tests and units as rows and facts. Reads nothing but what the selectors brought."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dosing.models import ProductLot, ProductUnit
from dosing.rules.release import TestOutcome, failed_tests, limits
from dosing.rules.states import LotState
from dosing.selectors.lots import CriterionLine, infusions_of, lot_results, visible_units
from dosing.views.unit_steps import next_step
from trial.edge.context import TrialContext
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
            {"value": trial_time(lot.expires_at, zone), "note": _("expired") if expired else ""},
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
    if lot.released_at:
        facts.append({"label": _("Released"), "value": trial_time(lot.released_at, zone), "note": _signer(lot)})
    if lot.rejected_reason:
        facts.append({"label": _("Rejected because"), "value": lot.rejected_reason})
    return facts


def _signer(lot: ProductLot) -> str:
    """Who signed the release, in which role, and what the signature meant. Source: 21 CFR 11.50."""
    signature = lot.release_signature
    if signature is None:
        return ""
    role, meaning = _(ROLE_LABELS[Role(signature.role)]), _(MEANING_LABELS[Meaning(signature.meaning)])
    return f"{signature.printed_name}, {role}: {meaning}"


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


def unit_rows(lot: ProductLot, *, trial: TrialContext) -> list[dict[str, object]]:
    """Where every unit went. Two queries, whatever their number."""
    units = list(visible_units(trial).filter(lot=lot))
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
        {"label": _("Thawed"), "value": trial_time(unit.thawed_at, zone) if unit.thawed_at else None},
        {"label": _("Use by"), "value": trial_time(unit.use_by_at, zone) if unit.use_by_at else None},
        {"label": _("Viability after thawing"), "value": viability_percent(unit)},
        {
            "label": _("Issued"),
            "value": trial_time(unit.issued_at, zone) if unit.issued_at else None,
            "note": issued_by,
        },
    ]
