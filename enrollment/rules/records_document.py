"""The document form of what is kept of a screening: the keys of the contract, and the records behind its facts."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from enrollment.rules.criteria_sets import CriteriaSet
from enrollment.rules.facts_document import (
    AboveZero,
    CtdInput,
    EligibilityInput,
    Named,
    NotNegative,
    PregnancyTestInput,
)
from enrollment.rules.oxygen import Oxygen
from enrollment.rules.treatment_records import DrugClass, TreatmentRecord
from trial.documents.parsing import Day, Flag, InputModel, Number, PartialDay, Text

_LONGEST_TEXT = 500
_MOST_ROWS = 100

Said = Annotated[Text, Field(max_length=_LONGEST_TEXT)]


class PregnancyTestKind(StrEnum):
    URINE = "urine"
    SERUM = "serum"


class CtReader(StrEnum):
    RADIOLOGIST = "radiologist"
    INVESTIGATOR = "investigator"


class TreatmentInput(InputModel):
    drug: Named
    drug_class: DrugClass | None = None
    daily_dose_mg: NotNegative | None = None
    started_on: PartialDay | None = None
    ended_on: PartialDay | None = None
    ongoing: Flag | None = None
    attested: Flag | None = None

    def record(self) -> TreatmentRecord:
        return TreatmentRecord(**dict(self) | {"ongoing": self.ongoing is True})


class TreatedInput(EligibilityInput):
    """The contract with the records from which its treatment facts can be worked out."""

    treatments: Annotated[tuple[TreatmentInput, ...], Field(max_length=_MOST_ROWS)] | None = None
    treatments_complete: Flag | None = None

    @property
    def records(self) -> tuple[TreatmentRecord, ...]:
        return tuple(each.record() for each in self.treatments or ())

    @property
    def has_records(self) -> bool:
        """An empty list that is complete is a record too: there never was such a treatment."""
        return bool(self.treatments) or self.treatments_complete is True


class DiagnosisInput(CtdInput):
    """``attestation``: the investigator's words on why a disease that is not named falls under the protocol."""

    criteria_set: CriteriaSet | None = None
    attestation: Said | None = None


class PregnancyTestRecordInput(PregnancyTestInput):
    kind: PregnancyTestKind | None = None
    sensitivity_miu_ml: AboveZero | None = None


class CtReadingInput(InputModel):
    read_by: CtReader | None = None
    improved: Flag | None = None


class OxygenInput(InputModel):
    spo2_percent: NotNegative | None = None
    spo2_before_percent: NotNegative | None = None
    pao2_mmhg: NotNegative | None = None
    new_need: Flag | None = None

    def measured(self) -> Oxygen:
        return Oxygen(**dict(self))


class ScreeningInput(TreatedInput):
    """All that is kept. ``confirmed``: implausible values that somebody confirmed, as they were when confirmed."""

    ctd: Annotated[tuple[DiagnosisInput, ...], Field(max_length=_MOST_ROWS)] | None = None
    pregnancy_test: PregnancyTestRecordInput | None = None
    ct_reading: CtReadingInput | None = None
    oxygen: OxygenInput | None = None
    infection_screen_on: Day | None = None
    latent_tuberculosis: Flag | None = None
    chronic_hepatitis_b: Flag | None = None
    confirmed: Mapping[str, Number] | None = None


RECORD_KEYS = frozenset(ScreeningInput.model_fields) - frozenset(EligibilityInput.model_fields)
"""Keys that are kept and are none of the contract's."""
