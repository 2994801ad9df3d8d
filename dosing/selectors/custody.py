"""The chain of custody, quarantines, temperatures and follow-ups, as pages and the API read them."""

from __future__ import annotations

from django.db.models import F, QuerySet
from django.shortcuts import get_object_or_404

from dosing.models import (
    CustodyEvent,
    ProductUnit,
    Quarantine,
    RecipientFollowUp,
    TemperatureExcursion,
    TemperatureLog,
)
from dosing.rules.states import UnitState
from dosing.rules.unit_code import read_unit_code
from dosing.rules.unit_handling import other_donors
from dosing.selectors.lots import visible_units
from trial.edge.context import TrialContext

_MEANT = (UnitState.ASSIGNED, UnitState.ISSUED, UnitState.INFUSED)


def chain_events(unit: ProductUnit) -> QuerySet[CustodyEvent]:
    """The chain of a unit in its order. One query."""
    return unit.custody.select_related("by", "second_signature").order_by("id")


def donors_before(unit: ProductUnit) -> tuple[tuple[int, str], ...]:
    """Other infusions (number, donor) of the subject of this unit that were of another donor. One query."""
    if unit.assigned_subject_id is None:
        return ()
    others = ProductUnit.objects.filter(
        assigned_subject=unit.assigned_subject_id, state__in=_MEANT, assigned_infusion_number__isnull=False
    ).exclude(pk=unit.pk)
    donors = others.values_list("assigned_infusion_number", "lot__donor_code")
    return other_donors(unit.lot.donor_code, earlier=[(number or 0, donor) for number, donor in donors])


def found_unit(trial: TrialContext, code: str) -> ProductUnit | None:
    """The unit whose label says this: its own identifier, or lot and number."""
    said = read_unit_code(code)
    if said is None:
        return None
    units = visible_units(trial)
    if said.identifier is not None:
        return units.filter(uuid=said.identifier).first()
    return units.filter(lot__number=said.lot, number=said.number).first()


def visible_quarantines(trial: TrialContext) -> QuerySet[Quarantine]:
    """Open ones first, the latest first. One query."""
    rows = Quarantine.objects.filter(unit__lot__study=trial.study)
    related = ("unit__lot__study", "excursion", "began_by", "decision_signature")
    return rows.select_related(*related).order_by(F("decided_at").desc(nulls_first=True), "-began_at", "-id")


def quarantine_or_404(trial: TrialContext, pk: int) -> Quarantine:
    return get_object_or_404(visible_quarantines(trial), pk=pk)


def visible_logs(trial: TrialContext) -> QuerySet[TemperatureLog]:
    return (
        TemperatureLog.objects.filter(study=trial.study).select_related("imported_by").order_by("-imported_at", "-id")
    )


def visible_excursions(trial: TrialContext) -> QuerySet[TemperatureExcursion]:
    """Those that go on first, then the latest."""
    rows = TemperatureExcursion.objects.filter(study=trial.study).select_related("log", "recorded_by", "study")
    return rows.order_by(F("ended_at").desc(nulls_first=True), "-began_at", "-id")


def excursion_or_404(trial: TrialContext, pk: int) -> TemperatureExcursion:
    return get_object_or_404(visible_excursions(trial), pk=pk)


def visible_follow_ups(trial: TrialContext) -> QuerySet[RecipientFollowUp]:
    """Of the subjects whom this person may see; open ones first. One query."""
    rows = RecipientFollowUp.objects.filter(lot__study=trial.study)
    sites = trial.access.sites(at=trial.at)
    if sites is not None:
        rows = rows.filter(infusion__subject__site__in=sites)
    related = ("lot", "infusion__subject__site", "infusion__subject__study", "closed_by")
    return rows.select_related(*related).order_by(F("closed_at").desc(nulls_first=True), "opened_at", "id")


def follow_up_or_404(trial: TrialContext, pk: int) -> RecipientFollowUp:
    return get_object_or_404(visible_follow_ups(trial), pk=pk)
