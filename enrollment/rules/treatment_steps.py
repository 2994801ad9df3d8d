"""The way from treatment records to facts, in sentences: what each record counts as, and what follows from all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from enrollment.rules.finding import shown
from enrollment.rules.treatment_days import Stretch
from enrollment.rules.treatment_records import (
    Days,
    DrugClass,
    TreatmentRecord,
    class_of,
    is_potent,
    prednisolone_per_mg,
)
from enrollment.rules.verdict import Verdict
from trial.protocol.schema import EligibilityParameters
from trial.rules.decision import Reason

_OVERLAP = "Protocol inclusion 2, PC-17"
_DOSE = "Protocol inclusion 2, PC-18"


def record_steps(records: Sequence[TreatmentRecord], *, parameters: EligibilityParameters) -> Iterator[Reason]:
    """What each record counts as."""
    for each in records:
        if class_of(each, parameters=parameters) is DrugClass.STEROID:
            yield Reason("TRT-STEROID", f"{_named(each)}: steroid{_equivalent(each, parameters)}.", _DOSE)
            continue
        potent = is_potent(each, parameters=parameters)
        counts = {
            True: "counts as a potent immunosuppressant",
            False: "does not count: the investigator does not attest it as potent",
            None: "counts only if the investigator attests it as potent",
        }[potent]
        yield Reason("TRT-IMMUNOSUPPRESSANT", f"{_named(each)}: {counts}.", _OVERLAP)


def overlap_steps(
    sure: Stretch | None,
    answers: tuple[Verdict, Verdict],
    *,
    complete: bool,
    on: date,
    parameters: EligibilityParameters,
) -> Iterator[Reason]:
    """``sure``: the longest stretch that the records show for certain; ``answers``: long enough for A, for B."""
    if sure is None:
        yield Reason("TRT-NONE", "The records show no day on which both were given for certain.", _OVERLAP)
    else:
        last = "today" if sure.last == on else f"{sure.last}"
        days = (sure.last - sure.first).days + 1
        yield Reason("TRT-TOGETHER", f"Both from {sure.first} to {last}, {days} days: the longest stretch.", _OVERLAP)
        for gap in sure.gaps:
            length = (gap.last - gap.first).days + 1
            allowed = parameters.overlap_gap_days
            text = f"Bridged: {length} day(s) without both from {gap.first} to {gap.last}; up to {allowed} are bridged."
            yield Reason("TRT-GAP", text, _OVERLAP)
    asked = (("A", parameters.a_overlap_months), ("B", parameters.b_overlap_months))
    for (pathway, months), answer in zip(asked, answers, strict=True):
        said = {
            Verdict.MET: "longer than",
            Verdict.NOT_MET: "not longer than",
            Verdict.UNKNOWN: "not decided, whether longer than",
        }[answer]
        yield Reason(f"TRT-{pathway}", f"Pathway {pathway}: {said} {months} months.", _OVERLAP)
    if Verdict.UNKNOWN in answers:
        yield Reason("TRT-OPEN", _open(complete), _OVERLAP)


def attestation_steps(
    records: Sequence[TreatmentRecord], *, attested: bool, parameters: EligibilityParameters
) -> Iterator[Reason]:
    waiting = [
        each.drug
        for each in records
        if class_of(each, parameters=parameters) is DrugClass.IMMUNOSUPPRESSANT
        and is_potent(each, parameters=parameters) is None
    ]
    if waiting and not attested:
        names = ", ".join(dict.fromkeys(waiting))
        text = f"The principal investigator must attest whether {names} counts as potent: the answer depends on it."
        yield Reason("TRT-ATTEST", text, _OVERLAP)


def dose_steps(
    sustained: tuple[Fraction, Days] | None, stated: Decimal | None, *, parameters: EligibilityParameters
) -> Iterator[Reason]:
    """``sustained``: the highest dose that is sure, with its days; ``stated``: what goes to the criteria."""
    asked = f"{parameters.steroid_sustained_days} days in a row"
    if sustained is None:
        yield Reason("TRT-DOSE", f"No steroid dose is sure on {asked}.", _DOSE)
    else:
        dose, days = sustained
        text = f"Highest dose on {asked}: {shown(dose)} mg/day of prednisolone or its equivalent, from {days.first}."
        yield Reason("TRT-DOSE", text, _DOSE)
    if stated is None:
        text = "Whether a dose above the limit was sustained is open: dates, doses, weight or complete records lack."
        yield Reason("TRT-DOSE-OPEN", text, _DOSE)


def _open(complete: bool) -> str:
    if complete:
        return "The dates are not exact enough, or an attestation lacks."
    return "An earlier or later treatment may be missing: say when the records are complete, or add it."


def _named(each: TreatmentRecord) -> str:
    started = each.started_on or "?"
    ended = "today" if each.ongoing else each.ended_on or "?"
    dose = "" if each.daily_dose_mg is None else f" {shown(each.daily_dose_mg)} mg/day"
    return f"{each.drug}{dose}, {started} to {ended}"


def _equivalent(each: TreatmentRecord, parameters: EligibilityParameters) -> str:
    factor = prednisolone_per_mg(each.drug, parameters=parameters)
    if factor is None:
        return ", without a prednisolone equivalent in the protocol"
    if each.daily_dose_mg is None:
        return ", dose not recorded"
    return f", {shown(Fraction(each.daily_dose_mg) * factor)} mg/day of prednisolone"
