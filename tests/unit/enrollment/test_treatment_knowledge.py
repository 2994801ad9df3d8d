"""Records known better never turn a decision round; their order does not matter; dates lie within what was known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from enrollment.rules.eligibility import Overall, evaluate
from enrollment.rules.treatment_derived import DERIVED_FROM_TREATMENTS, TreatmentFacts, treatment_facts
from enrollment.rules.treatment_records import TreatmentRecord, record_problems
from enrollment.rules.verdict import Verdict
from tests.unit.enrollment.screening_facts import EVALUATED_ON, PARAMETERS, ok_screening_facts
from trial.rules.partial_dates import PartialDate

DRUGS = ("prednisolone", "methylprednisolone", "mycophenolate mofetil", "tacrolimus", "methotrexate")

days = st.integers(-1100, 5).map(lambda offset: EVALUATED_ON + timedelta(days=offset))


def rounded(day: date, parts: int) -> PartialDate:
    """A day of which the year, the month or all is known."""
    return PartialDate(day.year, day.month if parts > 1 else None, day.day if parts == 3 else None)


@st.composite
def exact_records(draw: st.DrawFn) -> TreatmentRecord:
    first, last = sorted((draw(days), draw(days)))
    ongoing = draw(st.booleans())
    return TreatmentRecord(
        drug=draw(st.sampled_from(DRUGS)),
        daily_dose_mg=draw(st.sampled_from([Decimal(10), Decimal("37.5"), Decimal(48), Decimal(60)])),
        started_on=PartialDate.of(first),
        ended_on=None if ongoing else PartialDate.of(last),
        ongoing=ongoing,
        attested=draw(st.booleans()),
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[TreatmentRecord], list[TreatmentRecord]]:
    """What happened, and what is known of it."""
    exact = draw(st.lists(exact_records(), min_size=1, max_size=5))
    known = []
    for each in exact:
        start, end = each.started_on, each.ended_on
        known.append(
            replace(
                each,
                started_on=None if start is None else rounded(start.earliest, draw(st.integers(1, 3))),
                ended_on=None if end is None else rounded(end.earliest, draw(st.integers(1, 3))),
                daily_dose_mg=draw(st.sampled_from([each.daily_dose_mg, each.daily_dose_mg, None])),
                attested=draw(st.sampled_from([each.attested, None])),
            )
        )
    kept = draw(st.lists(st.booleans(), min_size=len(exact), max_size=len(exact)))
    return exact, [each for each, is_kept in zip(known, kept, strict=True) if is_kept]


def facts_of(records: list[TreatmentRecord], *, complete: bool) -> TreatmentFacts:
    return treatment_facts(records, complete=complete, on=EVALUATED_ON, weight_kg=Decimal(60), parameters=PARAMETERS)


def pathways(found: TreatmentFacts) -> dict[str, Verdict]:
    facts = ok_screening_facts(**{key: getattr(found, key) for key in DERIVED_FROM_TREATMENTS})
    return dict(evaluate(facts, parameters=PARAMETERS).pathways)


@settings(max_examples=300, deadline=None)
@given(histories())
def test_what_is_known_in_part_never_says_other_than_what_happened(
    history: tuple[list[TreatmentRecord], list[TreatmentRecord]],
) -> None:
    exact, known = history
    truth, guess = pathways(facts_of(exact, complete=True)), pathways(facts_of(known, complete=False))
    for pathway in "AB":
        assert guess[pathway] in (Verdict.UNKNOWN, truth[pathway])


@settings(max_examples=200, deadline=None)
@given(st.lists(exact_records(), min_size=1, max_size=5))
def test_exact_and_complete_records_leave_nothing_open(records: list[TreatmentRecord]) -> None:
    assert not any(problem for each in records for problem in record_problems(each, parameters=PARAMETERS))
    assert Verdict.UNKNOWN not in [pathways(facts_of(records, complete=True))[each] for each in "AB"]


@settings(max_examples=200, deadline=None)
@given(histories(), st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_records_does_not_matter(history, shuffle, complete) -> None:  # type: ignore[no-untyped-def]
    _exact, known = history
    other = list(known)
    shuffle.shuffle(other)
    one, two = facts_of(known, complete=complete), facts_of(other, complete=complete)
    for key in DERIVED_FROM_TREATMENTS:
        assert getattr(one, key) == getattr(two, key)


@settings(max_examples=200, deadline=None)
@given(histories(), exact_records())
def test_one_more_record_never_takes_an_eligible_participant_out(history, more) -> None:  # type: ignore[no-untyped-def]
    """Of a list that is not complete: it can only show that more was given."""
    _exact, known = history
    before = ok_screening_facts(**as_facts(facts_of(known, complete=False)))
    after = ok_screening_facts(**as_facts(facts_of([*known, more], complete=False)))
    if evaluate(before, parameters=PARAMETERS).overall is Overall.ELIGIBLE:
        assert evaluate(after, parameters=PARAMETERS).overall is Overall.ELIGIBLE


def as_facts(found: TreatmentFacts) -> dict[str, object]:
    return {key: getattr(found, key) for key in DERIVED_FROM_TREATMENTS}
