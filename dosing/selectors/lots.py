"""Lots, their release tests and their units, as pages, the API and the guard read them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.db.models import Case, Count, F, Q, QuerySet, When
from django.http import Http404
from django.shortcuts import get_object_or_404

from dosing.models import Infusion, ProductLot, ProductUnit, ReleaseTest
from dosing.rules.release import TestOutcome, TestResult, judge
from dosing.rules.states import UnitState
from trial.edge.context import TrialContext
from trial.protocol.schema import ProductPlan, ReleaseCriterion


def lot_results(lot: ProductLot) -> dict[str, TestResult]:
    """Recorded release tests by the code of their criterion."""
    return {test.code: TestResult(value=test.value, result=test.result) for test in lot.release_tests.all()}


def accepted_pending(lot: ProductLot) -> frozenset[str]:
    """Codes of the late tests without which quality assurance has signed that the lot may be released."""
    if lot.conditional_signature is None:
        return frozenset()
    return frozenset(json.loads(lot.conditional_signature.content).get("pending", ()))


def visible_lots(trial: TrialContext) -> QuerySet[ProductLot]:
    """All lots of the study with the number of units by what became of them. One query."""
    counts = {
        "units_all": Count("units"),
        "units_in_stock": Count("units", filter=Q(units__state=UnitState.IN_STOCK)),
        "units_under_way": Count("units", filter=Q(units__state__in=[UnitState.ASSIGNED, UnitState.ISSUED])),
        "units_infused": Count("units", filter=Q(units__state=UnitState.INFUSED)),
    }
    lots = ProductLot.objects.filter(study=trial.study).select_related(
        "study", "received_by", "release_signature", "conditional_signature"
    )
    return lots.prefetch_related("release_tests__recorded_by").annotate(**counts).order_by("expires_at", "number")


def lot_or_404(trial: TrialContext, number: str) -> ProductLot:
    """The lot with this number. A number with characters that no number has is nobody's."""
    if not number.isprintable():
        raise Http404
    return get_object_or_404(visible_lots(trial), number=number)


def visible_units(trial: TrialContext) -> QuerySet[ProductUnit]:
    """All units of the study, with ``subject_code`` where this person may see the subject.

    Product is the study's; of a subject of another site nobody learns more than that there is one.
    """
    related = ("lot__study", "assigned_subject__site", "issued_by")
    sites = trial.access.sites(at=trial.at)
    code = F("assigned_subject__code")
    named = code if sites is None else Case(When(assigned_subject__site__in=sites, then=code))
    units = ProductUnit.objects.filter(lot__study=trial.study).select_related(*related).annotate(subject_code=named)
    return units.order_by("lot__number", "number")


def unit_or_404(trial: TrialContext, pk: int) -> ProductUnit:
    return get_object_or_404(visible_units(trial), pk=pk)


def infusions_of(units: list[ProductUnit]) -> dict[tuple[int | None, int | None], int]:
    """The ids of the infusions that units were meant for, by subject and number. One query."""
    subjects = {unit.assigned_subject_id for unit in units if unit.assigned_subject_id}
    rows = Infusion.objects.filter(subject__in=subjects).values_list("subject_id", "number", "id")
    return {(subject, number): pk for subject, number, pk in rows}


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """A release criterion with its recorded test, if there is one."""

    criterion: ReleaseCriterion
    test: ReleaseTest | None
    outcome: TestOutcome


def criterion_lines(lot: ProductLot, *, plan: ProductPlan) -> list[CriterionLine]:
    """Every criterion of the protocol in its order, whether it was tested or not."""
    recorded = {test.code: test for test in lot.release_tests.all()}
    results = lot_results(lot)
    return [CriterionLine(c, recorded.get(c.code), judge(c, results.get(c.code))) for c in plan.release_criteria]
