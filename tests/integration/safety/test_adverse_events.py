"""Recording, grading, amending and voiding adverse events."""

from datetime import date, timedelta

import pytest

from safety.models import AdverseEvent, GradeEntry
from safety.rules.states import Relationship, SeriousnessCriterion
from safety.services import adverse_events
from tests.builders.observed_cohort import ObservedCohort
from trial.errors import NotPermitted, RuleViolation
from trial.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort():
    cohort = ObservedCohort()
    cohort.dose()
    cohort.morning(days=10)
    return cohort


@pytest.fixture
def event(cohort):
    subject = cohort.subjects[0]
    return cohort.report(subject, onset=cohort.onset(subject, days=2))


def test_an_event_gets_the_next_number_of_its_subject_and_its_first_grade(cohort, event):
    subject = cohort.subjects[0]
    second = cohort.report(subject, onset=cohort.onset(subject, days=3), ctcae_term="Fever", reported_term="發燒")
    assert (event.number, second.number) == (1, 2)
    assert second.special_interest
    assert not event.special_interest
    grade = GradeEntry.objects.get(event=second)
    assert (grade.grade, grade.graded_on) == (1, date.fromisoformat(cohort.onset(subject, days=3)))
    audit = AuditEvent.objects.filter(table_name="safety_adverseevent", row_id=str(second.pk)).latest("id")
    assert (audit.act, audit.actor) == ("adverse_events.record", "investigator")


def test_a_refused_entry_changes_nothing_and_tells_every_reason(cohort):
    subject = cohort.subjects[0]
    tomorrow = (cohort.at + timedelta(days=2)).date().isoformat()
    with pytest.raises(RuleViolation) as refusal:
        cohort.report(subject, onset=tomorrow, grade=4, serious=True, visit_code="I9D1")
    codes = refusal.value.decision.codes
    assert codes == ("AEV-ONSET-FUTURE", "AEV-GRADE", "AEV-SERIOUS", "AEV-VISIT")
    assert not AdverseEvent.objects.exists()


def test_a_coordinator_records_and_leaves_causality_to_an_investigator(cohort):
    subject = cohort.subjects[0]
    onset = cohort.onset(subject, days=2)
    event = cohort.report(subject, onset=onset, by="coordinator")
    assert event.relationship == Relationship.NOT_ASSESSED
    with pytest.raises(NotPermitted):
        cohort.report(subject, onset=onset, by="coordinator", relationship=Relationship.UNRELATED)
    with pytest.raises(NotPermitted):
        adverse_events.amend(
            event=event,
            changes={"relationship": Relationship.UNRELATED},
            reason="thought so",
            by=cohort.people["coordinator"],
            at=cohort.at,
        )
    with pytest.raises(NotPermitted):
        adverse_events.void(event=event, reason="typed twice", by=cohort.people["coordinator"], at=cohort.at)
    with pytest.raises(NotPermitted):
        cohort.report(subject, onset=onset, by="monitor")


def test_every_grade_stays_readable(cohort, event):
    subject = cohort.subjects[0]
    for grade, day in ((3, 4), (2, 5)):
        adverse_events.regrade(
            event=event,
            grade=grade,
            graded_on=date.fromisoformat(cohort.onset(subject, days=day)),
            reason="course",
            by=cohort.people["subinvestigator"],
            at=cohort.at,
        )
    assert list(event.grades.values_list("grade", flat=True)) == [1, 3, 2]
    with pytest.raises(RuleViolation) as refusal:
        adverse_events.regrade(
            event=event,
            grade=4,
            graded_on=date.fromisoformat(cohort.onset(subject, days=6)),
            reason="worse",
            by=cohort.people["investigator"],
            at=cohort.at,
        )
    assert refusal.value.decision.codes == ("AEV-GRADE",)


def test_an_amendment_keeps_the_old_value_and_the_reason_in_the_history(cohort, event):
    adverse_events.amend(
        event=event,
        changes={
            "relationship": Relationship.POSSIBLE,
            "serious": True,
            "seriousness_criteria": (SeriousnessCriterion.HOSPITALISATION,),
        },
        reason="discharge letter",
        by=cohort.people["investigator"],
        at=cohort.at,
    )
    audit = AuditEvent.objects.filter(table_name="safety_adverseevent", row_id=str(event.pk)).latest("id")
    assert audit.before["relationship"] == "not_assessed"
    assert audit.after["relationship"] == "possible"
    assert audit.reason == "discharge letter"
    event.refresh_from_db()
    assert event.seriousness_criteria == ["hospitalisation"]


def test_a_voided_event_stays_and_is_not_changed_any_more(cohort, event):
    adverse_events.void(event=event, reason="other participant", by=cohort.people["investigator"], at=cohort.at)
    event.refresh_from_db()
    assert event.voided_by == cohort.people["investigator"]
    with pytest.raises(RuleViolation) as refusal:
        adverse_events.amend(
            event=event, changes={"narrative": "x"}, reason="", by=cohort.people["investigator"], at=cohort.at
        )
    assert refusal.value.decision.codes == ("AEV-VOIDED", "AEV-REASON")
    assert cohort.report(cohort.subjects[0], onset=event.onset).number == 2


def test_an_event_of_a_subject_without_a_slot_is_recorded(cohort):
    subject = cohort.scenario.consented()
    entry_day = cohort.at.date().isoformat()
    assert cohort.report(subject, onset=entry_day).number == 1
