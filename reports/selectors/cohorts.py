"""All cohorts side by side: how far each dose level has come."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dosing.selectors.exposure import exposure_in
from enrollment.selectors.allocation import is_open
from reports.selectors.gates import assessments_of
from safety.selectors.gate import Assessment
from trial.edge.context import TrialContext


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortLine:
    """``subjects``: everybody who ever had a slot. ``given``: infusions begun; ``planned``: of those in a slot.

    ``given_million_per_kg``: the sum over all its subjects; ``per_subject_million_per_kg``: planned for each.
    """

    gate: Assessment
    filled: int
    slots: int
    subjects: int
    replaced: int
    dosed: int
    given: int
    planned: int
    given_million_per_kg: Decimal
    per_subject_million_per_kg: Decimal
    is_open: bool

    @property
    def number(self) -> int:
        return self.gate.rows.cohort.number


def cohort_lines(trial: TrialContext) -> tuple[CohortLine, ...]:
    """The number of queries depends on the number of cohorts alone."""
    gates = assessments_of(trial.study, at=trial.at)
    return tuple(_line(gate, is_open=is_open(gate.rows.cohort.pk, at=trial.at)) for gate in gates)


def _line(gate: Assessment, *, is_open: bool) -> CohortLine:
    rows, cohort = gate.rows, gate.rows.cohort
    per_infusion = Decimal(rows.definition.regimen.dose_million_per_kg)
    held = [row for row in rows.subjects if row.allocation.vacated_at is None]
    return CohortLine(
        gate=gate,
        filled=len(held),
        slots=rows.plan.size,
        subjects=len(rows.subjects),
        replaced=len({row.allocation.slot_id for row in rows.subjects if row.replaced_by is not None}),
        dosed=sum(bool(row.started) for row in rows.subjects),
        given=sum(len(row.started) for row in rows.subjects),
        planned=len(held) * cohort.infusions,
        given_million_per_kg=sum(
            (exposure_in(row.infusions, planned=per_infusion).given_million_per_kg for row in rows.subjects), Decimal(0)
        ),
        per_subject_million_per_kg=per_infusion * cohort.infusions,
        is_open=is_open,
    )
