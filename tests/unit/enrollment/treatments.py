"""Treatment records of a participant, from which a test changes one thing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from enrollment.rules.treatment_derived import TreatmentFacts, treatment_facts
from enrollment.rules.treatment_records import TreatmentRecord
from tests.unit.enrollment.screening_facts import EVALUATED_ON, PARAMETERS
from trial.rules.partial_dates import PartialDate


def record(
    drug: str, started: str | None, ended: str | None = "today", mg: str | None = "10", **more: Any
) -> TreatmentRecord:
    """``ended`` "today": it goes on; None: nobody knows."""
    return TreatmentRecord(
        drug=drug,
        daily_dose_mg=None if mg is None else Decimal(mg),
        started_on=None if started is None else PartialDate.parse(started),
        ended_on=None if ended in (None, "today") else PartialDate.parse(str(ended)),
        ongoing=ended == "today",
        **more,
    )


def derived(
    *records: TreatmentRecord,
    complete: bool = True,
    on: date = EVALUATED_ON,
    weight_kg: str | None = "60",
    **parameters: object,
) -> TreatmentFacts:
    return treatment_facts(
        records,
        complete=complete,
        on=on,
        weight_kg=None if weight_kg is None else Decimal(weight_kg),
        parameters=PARAMETERS.model_copy(update=parameters),
    )
