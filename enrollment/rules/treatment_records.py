"""Records of treatment with steroids and immunosuppressants: what each drug counts as, and on which days it was given.

A record may know its dates to the month or the year only. It was then given on some days for certain, and on others
possibly; a rule decides only where both give the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from trial.protocol.schema import EligibilityParameters
from trial.rules.partial_dates import PartialDate

LONG_AGO = date(1900, 1, 1)
"""The first day of a treatment of which nobody knows when it began."""

REFERENCE_STEROID = "prednisolone"
"""Equivalents are stated as mg of each drug with the effect of a certain amount of this one."""


class DrugClass(StrEnum):
    STEROID = "steroid"
    IMMUNOSUPPRESSANT = "immunosuppressant"


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentRecord:
    """One drug at one daily dose over one period. ``drug_class`` is said for a drug of no list of the protocol only.

    ``ended_on`` is the last day; None with ``ongoing`` means that it goes on, None without it that nobody knows.
    ``attested``: the principal investigator attests that this immunosuppressant is a potent one, or denies it.
    """

    drug: str
    drug_class: DrugClass | None = None
    daily_dose_mg: Decimal | None = None
    started_on: PartialDate | None = None
    ended_on: PartialDate | None = None
    ongoing: bool = False
    attested: bool | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """Days in a row, both ends included."""

    first: date
    last: date


def name_of(drug: str) -> str:
    """The name as the lists of the protocol write it."""
    return drug.strip().casefold()


def class_of(record: TreatmentRecord, *, parameters: EligibilityParameters) -> DrugClass | None:
    """By the lists of the protocol; for a drug of none of them as the record says."""
    name = name_of(record.drug)
    if name in parameters.prednisolone_equivalents_mg:
        return DrugClass.STEROID
    if name in (*parameters.listed_immunosuppressants, *parameters.attested_immunosuppressants):
        return DrugClass.IMMUNOSUPPRESSANT
    return record.drug_class


def is_potent(record: TreatmentRecord, *, parameters: EligibilityParameters) -> bool | None:
    """Whether an immunosuppressant counts as potent. None: this drug waits for the investigator's attestation.

    Source: Protocol inclusion 2, PC-17; section 2.2 of the reading of the criteria (drugs of no list).
    """
    return True if name_of(record.drug) in parameters.listed_immunosuppressants else record.attested


def prednisolone_per_mg(drug: str, *, parameters: EligibilityParameters) -> Fraction | None:
    """Milligrams of prednisolone with the effect of one milligram of this steroid; None where none is defined."""
    equivalents = parameters.prednisolone_equivalents_mg
    name = name_of(drug)
    if name not in equivalents or REFERENCE_STEROID not in equivalents:
        return None
    return Fraction(equivalents[REFERENCE_STEROID]) / Fraction(equivalents[name])


def certain_days(record: TreatmentRecord, *, until: date) -> Days | None:
    """Days of treatment whatever the dates turn out to be, no later than ``until``."""
    if record.started_on is None:
        return None
    first = record.started_on.latest
    if record.ongoing:
        last = until
    else:
        last = first if record.ended_on is None else record.ended_on.earliest
    return _within(first, min(last, until))


def possible_days(record: TreatmentRecord, *, until: date) -> Days | None:
    """Days on which treatment is possible, no later than ``until``."""
    first = LONG_AGO if record.started_on is None else record.started_on.earliest
    last = until if record.ended_on is None else record.ended_on.latest
    return _within(first, min(last, until))


def _within(first: date, last: date) -> Days | None:
    return Days(first, last) if first <= last else None


def record_problems(record: TreatmentRecord, *, parameters: EligibilityParameters) -> Iterator[tuple[str, str]]:
    """What a record cannot say: the part of it, and why."""
    by_list = class_of(record, parameters=parameters)
    if by_list is None:
        yield "drug_class", f"{record.drug} stands in no list of the protocol: say which class of drug it is"
    elif record.drug_class not in (None, by_list):
        yield "drug_class", f"the protocol lists {record.drug} as {by_list}"
    if record.ongoing and record.ended_on is not None:
        yield "ended_on", "it cannot have ended and go on"
    if record.started_on and record.ended_on and record.ended_on.latest < record.started_on.earliest:
        yield "ended_on", f"lies before the beginning, {record.started_on}"
