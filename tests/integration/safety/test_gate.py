"""The gate from real rows: time, windows, checklist, dossier; in a fixed number of queries."""

import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followup.models import Visit
from followup.rules.states import AdverseEventAnswer
from followup.services import visits
from safety.rules.outcome import Verdict
from safety.selectors.dossier import dossier
from safety.selectors.gate import cohort_facts, gate_result
from safety.selectors.gate_facts import event_reference
from safety.services import adverse_events
from tests.builders.observed_cohort import ObservedCohort
from trial.rules.canonical import canonical_json

pytestmark = pytest.mark.django_db


def test_g02_on_day_28_the_window_is_open_and_at_midnight_it_is_over():
    cohort = ObservedCohort().dosed()
    cohort.morning(days=28)
    result = cohort.assess().result
    assert result.result is Verdict.NOT_READY
    assert any("closes on" in r.message and "24:00" in r.message for r in result.reasons if r.code == "GATE-WINDOW")
    assert result.earliest_review_at is not None
    cohort.move_to(result.earliest_review_at)
    assert "GATE-WINDOW" not in [reason.code for reason in cohort.assess().result.reasons]


@pytest.mark.parametrize(
    ("days", "clock", "verdict"),
    [
        (28, "23:00", Verdict.NOT_PASSED),
        (28, "23:59", Verdict.NOT_PASSED),
        (29, "00:00", Verdict.PASSED),
        (29, "00:30", Verdict.PASSED),
    ],
)
def test_g06_g07_the_window_ends_at_midnight_after_day_28(days, clock, verdict):
    cohort = ObservedCohort().endorsed()
    first = cohort.subjects[0]
    cohort.report(first, onset=cohort.onset(first, days=days, clock=clock))
    result = cohort.assess().result
    assert result.result is verdict
    assert len(result.other_events) == (1 if verdict is Verdict.PASSED else 0)


def test_g09_an_event_before_the_first_infusion_does_not_count():
    cohort = ObservedCohort().endorsed()
    first = cohort.subjects[0]
    cohort.report(first, onset=cohort.onset(first, days=-1))
    assert not cohort.assess().result.qualifying_events


def test_g10_worsening_of_a_baseline_condition_counts():
    cohort = ObservedCohort().endorsed()
    first = cohort.subjects[0]
    event = cohort.report(
        first,
        onset=cohort.onset(first, days=-3),
        reported_term="Dyspnea",
        ctcae_term="Dyspnea",
        graded_on=date.fromisoformat(cohort.onset(first, days=5)),
        baseline_present=True,
        baseline_grade=1,
    )
    assert not cohort.assess().result.qualifying_events
    adverse_events.regrade(
        event=event,
        grade=2,
        graded_on=date.fromisoformat(cohort.onset(first, days=10)),
        reason="worse on the stairs",
        by=cohort.people["investigator"],
        at=cohort.at,
    )
    assert [e.id for e in cohort.assess().result.qualifying_events] == [event_reference(event)]


def test_g40_an_open_item_is_not_ready_and_a_formally_missed_visit_is_settled():
    cohort = ObservedCohort().dosed()
    cohort.morning(days=29)
    first, *others = cohort.subjects
    cohort.attend_all(first, but=["I1D14"])
    for subject in others:
        cohort.attend_all(subject)
    open_items = [(i.kind, i.target) for i in cohort.assess().checklist if not i.is_met and i.kind != "endorsement"]
    assert open_items == [("visit", "I1D14")]
    visits.mark_missed(
        visit=Visit.objects.get(subject=first, code="I1D14"),
        reason="typhoon",
        by=cohort.people["coordinator"],
        at=cohort.at,
    )
    for subject in cohort.subjects:
        cohort.endorse(subject)
    assert cohort.assess().result.result is Verdict.PASSED


def test_the_answer_yes_asks_for_an_event():
    cohort = ObservedCohort()
    subject = cohort.dose()
    cohort.morning(days=7)
    cohort.attend(Visit.objects.get(subject=subject, code="I1D7"), answer=AdverseEventAnswer.YES)

    def answer():
        return next(i for i in cohort.assess().checklist if i.kind == "answer" and i.target == "I1D7")

    assert not answer().is_met
    assert "no event is recorded" in answer().lacks
    cohort.report(subject, onset=cohort.onset(subject, days=2))
    assert answer().is_met


def test_the_facts_take_at_most_ten_queries_however_much_there_is():
    cohort = ObservedCohort()
    cohort.dose()

    def queries():
        target, at = cohort.cohort, cohort.at
        with CaptureQueriesContext(connection) as captured:
            cohort_facts(target, at=at)
        return len(captured)

    small = queries()
    cohort.dose(wait_days=14)
    for days in (1, 2, 3):
        cohort.report(cohort.subjects[0], onset=cohort.onset(cohort.subjects[0], days=days))
    assert queries() == small <= 10


def test_the_dossier_holds_everything_that_is_decided_about():
    cohort = ObservedCohort().endorsed()
    first = cohort.subjects[0]
    event = cohort.report(first, onset=cohort.onset(first, days=5))
    adverse_events.void(
        event=event, reason="entered for another participant", by=cohort.people["investigator"], at=cohort.at
    )
    found = json.loads(canonical_json(dossier(cohort.cohort, at=cohort.at)))
    assert (found["study"], found["cohort"], found["review"]) == ("NCT06574581", 1, 1)
    assert found["policy"]["trigger"] == "ANY_TEAE"
    assert "any grade" in found["policy"]["in_words"]
    assert found["policy"]["parameters"]["required_evaluable"] == [3, 4, 3]
    assert [s["evaluable"] for s in found["subjects"]] == [True, True, True]
    assert found["subjects"][0]["infusions"][0]["given_million_per_kg"] == "0.99541"
    (voided,) = found["events"]
    assert (voided["voided"], voided["qualifies"]) == (True, False)
    assert "voided" in voided["why"]
    assert set(found["result"]["under"]) == {"ANY_TEAE", "ANY_RELATED_TEAE", "DLT"}
    assert found["result"]["upper_confidence_limit_percent"]["one_sided"] == "63.2"
    assert found["as_of"].endswith("+08:00")


def test_what_is_recorded_later_is_not_known_before():
    cohort = ObservedCohort().endorsed()
    before = cohort.at
    cohort.morning()
    cohort.report(cohort.subjects[0], onset=cohort.onset(cohort.subjects[0], days=5))
    assert gate_result(cohort.cohort, at=cohort.at).result is Verdict.NOT_PASSED
    assert not gate_result(cohort.cohort, at=before).qualifying_events
