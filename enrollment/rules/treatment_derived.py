"""From records of treatment to the facts that inclusion 2 is judged on, step by step.

What dates known in part leave open stays open: a fact is stated only where every day that the dates can be gives the
same answer, and where the investigator's attestation of a drug does not matter or was given. A list that is not said
to be complete shows that a treatment was given long enough or high enough, never that it was not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction

from enrollment.rules.calendar_months import months_later
from enrollment.rules.treatment_days import Stretch, highest_sustained, longest_together
from enrollment.rules.treatment_records import (
    LONG_AGO,
    REFERENCE_STEROID,
    Days,
    DrugClass,
    TreatmentRecord,
    certain_days,
    class_of,
    is_potent,
    possible_days,
    prednisolone_per_mg,
)
from enrollment.rules.treatment_steps import attestation_steps, dose_steps, overlap_steps, record_steps
from enrollment.rules.verdict import Verdict
from trial.protocol.schema import EligibilityParameters
from trial.rules.decision import Reason

_DOSE_STEP = Decimal("0.000001")
_EXACT = Context(prec=60, rounding=ROUND_DOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentFacts:
    """The facts of the outside contract that the records decide, None where they leave one open; and the way there."""

    overlap_started_on: date | None = None
    overlap_ended_on: date | None = None
    pathway_b_overlap_started_on: date | None = None
    steroid_drug: str | None = None
    steroid_mg_per_day: Decimal | None = None
    immunosuppressant_attested: bool = True
    steps: tuple[Reason, ...] = ()


DERIVED_FROM_TREATMENTS = frozenset(TreatmentFacts.__dataclass_fields__) - {"steps"}


@dataclass(frozen=True, slots=True)
class _Overlap:
    """``sure``: the longest stretch whatever the dates are. ``answers``: whether it is long enough for A and for B."""

    sure: Stretch | None
    answers: tuple[Verdict, Verdict]


def treatment_facts(
    records: Sequence[TreatmentRecord],
    *,
    complete: bool,
    on: date,
    weight_kg: Decimal | None,
    parameters: EligibilityParameters,
) -> TreatmentFacts:
    """Overlap of steroid and potent immunosuppressant, and the highest sustained dose, as known on the day ``on``.

    ``complete``: the list holds every such treatment there was. Overlap: both on the same days, gaps of at most
    ``overlap_gap_days`` bridged, the longest stretch. Dose: prednisolone equivalents of all steroids of a day together,
    kept up for ``steroid_sustained_days``; given exact, or rounded down at the sixth decimal where it has no end.
    Source: Protocol inclusion 2, PC-17, PC-18.
    """
    counted = [each for each in records if is_potent(each, parameters=parameters)]
    possible = [each for each in records if is_potent(each, parameters=parameters) is not False]
    as_attested = _overlap(records, counted, complete=complete, on=on, parameters=parameters)
    if_all_count = _overlap(records, possible, complete=complete, on=on, parameters=parameters)
    started_a, started_b, ended, attested = _stated(as_attested, if_all_count, on=on)
    used = as_attested if attested else if_all_count
    dose = _dose(records, complete=complete, on=on, weight_kg=weight_kg, parameters=parameters)
    return TreatmentFacts(
        overlap_started_on=started_a,
        overlap_ended_on=ended,
        pathway_b_overlap_started_on=None if started_b == started_a else started_b,
        steroid_drug=None if dose is None else REFERENCE_STEROID,
        steroid_mg_per_day=dose,
        immunosuppressant_attested=attested,
        steps=(
            *record_steps(records, parameters=parameters),
            *overlap_steps(used.sure, used.answers, complete=complete, on=on, parameters=parameters),
            *attestation_steps(records, attested=attested, parameters=parameters),
            *dose_steps(_lowest(records, on=on, parameters=parameters), dose, parameters=parameters),
        ),
    )


def _overlap(
    records: Sequence[TreatmentRecord],
    immunosuppressants: Sequence[TreatmentRecord],
    *,
    complete: bool,
    on: date,
    parameters: EligibilityParameters,
) -> _Overlap:
    steroids = [each for each in records if class_of(each, parameters=parameters) is DrugClass.STEROID]
    others = [e for e in immunosuppressants if class_of(e, parameters=parameters) is DrugClass.IMMUNOSUPPRESSANT]
    gap = parameters.overlap_gap_days
    sure = longest_together(_certain(steroids, on), _certain(others, on), gap_days=gap)
    # What an unfinished list leaves out may have lasted for ever.
    ever = Stretch(LONG_AGO, on)
    at_most = longest_together(_possible(steroids, on), _possible(others, on), gap_days=gap) if complete else ever
    answers = tuple(
        _agreed(_longer(sure, months=months), _longer(at_most, months=months))
        for months in (parameters.a_overlap_months, parameters.b_overlap_months)
    )
    return _Overlap(sure, (answers[0], answers[1]))


def _stated(counted: _Overlap, possible: _Overlap, *, on: date) -> tuple[date | None, date | None, date | None, bool]:
    """Starts for pathways A and B, end, and whether no attestation is waited for: together they say what is known.

    One statement on attestation serves both pathways, and B falls back on the start for A. Where the two together
    cannot say it, the start for A is left open, which never lets anybody in.
    """
    waits = [one is not other for one, other in zip(counted.answers, possible.answers, strict=True)]
    needs_attestation = any(waits) and not any(
        answer is Verdict.MET and not wait for answer, wait in zip(counted.answers, waits, strict=True)
    )
    used = possible if needs_attestation else counted
    first, last = (on, on) if used.sure is None else (used.sure.first, used.sure.last)
    starts = [
        None if answer is Verdict.UNKNOWN or (wait and not needs_attestation) else first
        for answer, wait in zip(used.answers, waits, strict=True)
    ]
    started_a, started_b = starts if starts[1] is not None else (None, None)
    ended = last if started_b is not None and (last < on or used.sure is None) else None
    return started_a, started_b, ended, not needs_attestation


def _dose(
    records: Sequence[TreatmentRecord],
    *,
    complete: bool,
    on: date,
    weight_kg: Decimal | None,
    parameters: EligibilityParameters,
) -> Decimal | None:
    """The dose of which it is sure that it was sustained, where nothing that is open could change the answer."""
    sustained = _lowest(records, on=on, parameters=parameters)
    lowest = Fraction() if sustained is None else sustained[0]
    highest = _highest(records, on=on, parameters=parameters) if complete else None
    limit = None if weight_kg is None else Fraction(parameters.b_steroid_mg_per_kg) * Fraction(weight_kg)
    if highest is not None and (highest == lowest or (limit is not None and highest <= limit)):
        return _decimal(lowest)
    return _decimal(lowest) if limit is not None and lowest > limit else None


def _lowest(
    records: Sequence[TreatmentRecord], *, on: date, parameters: EligibilityParameters
) -> tuple[Fraction, Days] | None:
    doses = []
    for each in records:
        days, factor = certain_days(each, until=on), prednisolone_per_mg(each.drug, parameters=parameters)
        if days is not None and factor is not None and each.daily_dose_mg is not None:
            doses.append((days, Fraction(each.daily_dose_mg) * factor))
    found = highest_sustained(doses, days=parameters.steroid_sustained_days)
    return None if found is None else (found.mg_per_day, found.days)


def _highest(records: Sequence[TreatmentRecord], *, on: date, parameters: EligibilityParameters) -> Fraction | None:
    """None: there is a steroid whose dose, or whose equivalent, is not known."""
    doses = []
    for each in records:
        if class_of(each, parameters=parameters) is not DrugClass.STEROID:
            continue
        days, factor = possible_days(each, until=on), prednisolone_per_mg(each.drug, parameters=parameters)
        if days is None:
            continue
        if factor is None or each.daily_dose_mg is None:
            return None
        doses.append((days, Fraction(each.daily_dose_mg) * factor))
    found = highest_sustained(doses, days=parameters.steroid_sustained_days)
    return Fraction() if found is None else found.mg_per_day


def _certain(records: Iterable[TreatmentRecord], on: date) -> list[Days]:
    return [days for each in records if (days := certain_days(each, until=on)) is not None]


def _possible(records: Iterable[TreatmentRecord], on: date) -> list[Days]:
    return [days for each in records if (days := possible_days(each, until=on)) is not None]


def _longer(stretch: Stretch | None, *, months: int) -> bool:
    return stretch is not None and stretch.last > months_later(stretch.first, months)


def _agreed(at_least: bool, at_most: bool) -> Verdict:
    if at_least:
        return Verdict.MET
    return Verdict.UNKNOWN if at_most else Verdict.NOT_MET


def _decimal(value: Fraction) -> Decimal:
    """Rounded down where it has no end, so that conversion alone never lifts anybody over the limit."""
    found = _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    if Fraction(found) != value:
        found = found.quantize(_DOSE_STEP, context=_EXACT)
    return Decimal(f"{found.normalize(_EXACT):f}")
