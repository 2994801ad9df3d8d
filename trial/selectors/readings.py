"""Decisions that opened cohorts, and who has confirmed having read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trial.models import ClearanceReading, CohortClearance, Study, User
from trial.permissions import TABLE, Permission
from trial.rules.states import ClearanceBasis
from trial.services.notifications import holders


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """``missing``: people who dose, on the day it is asked for, and have not confirmed yet."""

    clearance: CohortClearance
    readings: tuple[ClearanceReading, ...]
    missing: tuple[User, ...]

    @property
    def gate_number(self) -> int:
        """The gate that opened the cohort stands after the one before."""
        return self.clearance.cohort.number - 1

    def is_read_by(self, user: User) -> bool:
        return any(reading.user_id == user.pk for reading in self.readings)


def decisions(study: Study, *, at: datetime) -> tuple[DecisionLine, ...]:
    """Every decision that opened a cohort, the latest first. Four queries."""
    rows = CohortClearance.objects.filter(cohort__study=study, basis=ClearanceBasis.GATE_DECISION)
    readers = ClearanceReading.objects.select_related("user").order_by("read_at", "id")
    found = rows.select_related("cohort").order_by("-opened_at", "-id")
    of_clearance: dict[int, list[ClearanceReading]] = {}
    for reading in readers.filter(clearance__cohort__study=study):
        of_clearance.setdefault(reading.clearance_id, []).append(reading)
    people = holders(study=study, roles=TABLE[Permission.DECISION_READ].roles, on=at)
    return tuple(_line(clearance, of_clearance.get(clearance.pk, []), people) for clearance in found)


def _line(clearance: CohortClearance, readings: list[ClearanceReading], people: list[User]) -> DecisionLine:
    read = {reading.user_id for reading in readings}
    missing = () if clearance.revoked_at else tuple(user for user in people if user.pk not in read)
    return DecisionLine(clearance, tuple(readings), missing)
