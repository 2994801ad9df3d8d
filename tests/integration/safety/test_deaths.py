"""A death suspends the whole study at once, and only signatures lead on."""

import pytest

from enrollment.rules.states import SubjectState
from followup.models import Visit
from safety.models import AdverseEvent
from safety.rules.outcome import Verdict
from safety.rules.states import Outcome, SeriousnessCriterion
from safety.selectors.holds import lift_page
from safety.services import adverse_events, resumption
from tests.builders.observed_cohort import ObservedCohort
from trial.errors import NotPermitted, RuleViolation, StaleRecord
from trial.models import CohortClearance, DosingHold, Notification

pytestmark = pytest.mark.django_db


def died(cohort, subject, *, days=20, **fields):
    fatal = {"reported_term": "Sudden death", "ctcae_term": "Sudden death NOS", "grade": 5}
    return cohort.report(subject, onset=cohort.onset(subject, days=days), **(fatal | fields))


def test_g21_a_death_of_any_cause_holds_the_study_at_once():
    cohort = ObservedCohort()
    first = cohort.dose()
    cohort.dose(wait_days=14)
    cohort.morning(days=20)
    died(cohort, cohort.subjects[1], days=19)
    subject = cohort.subjects[1]
    subject.refresh_from_db()
    assert subject.state == SubjectState.DIED
    assert subject.died_at is not None
    event = AdverseEvent.objects.get()
    assert (event.serious, event.outcome) == (True, Outcome.FATAL)
    assert event.seriousness_criteria == [SeriousnessCriterion.DEATH]
    hold = DosingHold.objects.get(kind="DEATH")
    assert (hold.cohort, hold.subject_code, hold.lifted_at) == (None, "", None)
    assert cohort.assess().result.result is Verdict.SUSPENDED
    assert not Visit.objects.filter(subject=subject, state="PLANNED").exists()
    assert Visit.objects.filter(subject=first, state="PLANNED").exists()
    assert Notification.objects.filter(key=f"hold:{hold.pk}", user__username="dsmb").exists()
    next_subject = cohort.scenario.allocated()
    cohort.morning(days=7)
    with pytest.raises(RuleViolation) as refusal:
        cohort.scenario.dosed(next_subject)
    assert "DOS-STUDY-HOLD" in refusal.value.decision.codes


def test_a_death_in_an_opened_gate_s_cohort_revokes_for_good_also_after_its_review():
    cohort = ObservedCohort().opened()
    died(cohort, cohort.subjects[0], days=20)
    assert CohortClearance.objects.get(cohort=cohort.cohort_number(2)).revoked_at is not None
    cohort.morning()
    hold = DosingHold.objects.get(kind="DEATH")
    cohort.sign_lift(hold, "investigator")
    lifted = cohort.sign_lift(hold, "medicalmonitor")
    assert lifted.lifted_at is not None
    assert len(lifted.lift_signatures) == 2
    assert CohortClearance.objects.get(cohort=cohort.cohort_number(2)).revoked_at is not None
    result = cohort.assess().result
    assert "GATE-DEATH" not in [reason.code for reason in result.reasons]
    assert result.result is Verdict.NOT_PASSED


@pytest.mark.parametrize(
    "statement",
    [
        {"outcome": Outcome.FATAL},
        {"serious": True, "seriousness_criteria": (SeriousnessCriterion.DEATH,)},
    ],
)
def test_an_amendment_that_states_a_death_makes_grade_5_and_holds(statement):
    cohort = ObservedCohort()
    subject = cohort.dose()
    cohort.morning(days=5)
    event = cohort.report(
        subject, onset=cohort.onset(subject, days=2), reported_term="Sepsis", ctcae_term="Sepsis", grade=4
    )
    cohort.morning()
    adverse_events.amend(
        event=event, changes=statement, reason="letter of the hospital", by=cohort.people["investigator"], at=cohort.at
    )
    assert list(event.grades.values_list("grade", flat=True)) == [4, 5]
    subject.refresh_from_db()
    assert subject.state == SubjectState.DIED
    assert DosingHold.objects.filter(kind="DEATH").count() == 1


def test_a_regrade_to_5_is_a_death():
    cohort = ObservedCohort()
    subject = cohort.dose()
    cohort.morning(days=5)
    event = cohort.report(
        subject, onset=cohort.onset(subject, days=2), reported_term="Sepsis", ctcae_term="Sepsis", grade=4
    )
    adverse_events.regrade(
        event=event,
        grade=5,
        graded_on=cohort.at.date(),
        reason="died",
        by=cohort.people["investigator"],
        at=cohort.at,
    )
    event.refresh_from_db()
    assert event.outcome == Outcome.FATAL
    assert DosingHold.objects.filter(kind="DEATH").exists()


def test_a_hold_needs_every_signature_by_different_people_with_a_rationale():
    cohort = ObservedCohort()
    died(cohort, cohort.dose(), days=0)
    hold = DosingHold.objects.get(kind="DEATH")
    with pytest.raises(NotPermitted):
        cohort.sign_lift(hold, "nurse")
    with pytest.raises(RuleViolation) as refusal:
        cohort.sign_lift(hold, "dsmb")
    assert refusal.value.decision.codes == ("LFT-ROLE",)
    with pytest.raises(RuleViolation) as refusal:
        cohort.sign_lift(hold, "investigator", rationale=" ")
    assert refusal.value.decision.codes == ("LFT-RATIONALE",)
    with pytest.raises(StaleRecord):
        resumption.sign_lift(hold=hold, rationale="r", proof=cohort.proof("investigator", "0" * 64), at=cohort.at)
    cohort.sign_lift(hold, "investigator")
    with pytest.raises(RuleViolation) as refusal:
        cohort.sign_lift(hold, "investigator")
    assert refusal.value.decision.codes == ("LFT-SIGNED",)
    hold.refresh_from_db()
    assert hold.lifted_at is None
    cohort.sign_lift(hold, "medicalmonitor")
    with pytest.raises(RuleViolation) as refusal:
        cohort.sign_lift(hold, "investigator")
    assert "LFT-LIFTED" in refusal.value.decision.codes


def test_under_the_literal_policy_an_event_that_counts_cannot_be_passed_over():
    cohort = ObservedCohort()
    subject = cohort.dose()
    cohort.morning(days=3)
    event = cohort.report(subject, onset=cohort.onset(subject, days=1))
    hold = DosingHold.objects.get()
    with pytest.raises(RuleViolation) as refusal:
        cohort.sign_lift(hold, "investigator")
    (reason,) = refusal.value.reasons
    assert reason.code == "LFT-CONTINUE"
    assert "no decision can continue dosing of this cohort" in reason.message
    adverse_events.void(event=event, reason="other participant", by=cohort.people["investigator"], at=cohort.at)
    cohort.sign_lift(hold, "investigator")
    assert cohort.sign_lift(hold, "medicalmonitor").lifted_at is not None


def test_signatures_over_other_facts_do_not_add_up():
    cohort = ObservedCohort()
    subject = cohort.dose()
    cohort.morning(days=3)
    event = cohort.report(subject, onset=cohort.onset(subject, days=1))
    hold = DosingHold.objects.get()
    adverse_events.void(event=event, reason="other participant", by=cohort.people["investigator"], at=cohort.at)
    cohort.sign_lift(hold, "investigator")
    second = cohort.report(subject, onset=cohort.onset(subject, days=2))
    assert lift_page(hold, at=cohort.at).missing == ("principal_investigator", "medical_monitor")
    adverse_events.void(event=second, reason="typed twice", by=cohort.people["investigator"], at=cohort.at)
    assert lift_page(hold, at=cohort.at).missing == ("medical_monitor",)


def test_a_stopping_rule_holds_the_study_once_for_each_cause():
    cohort = ObservedCohort()
    subject = cohort.dose()
    cohort.morning(days=3)
    event = cohort.report(
        subject, onset=cohort.onset(subject, days=1), reported_term="Anaphylaxis", ctcae_term="Anaphylaxis", grade=3
    )
    holds = DosingHold.objects.filter(kind="STOPPING_RULE")
    assert holds.count() == 1
    assert cohort.assess().result.result is Verdict.SUSPENDED
    adverse_events.amend(
        event=event, changes={"narrative": "tryptase pending"}, reason="more", by=cohort.people["nurse"], at=cohort.at
    )
    assert holds.count() == 1
    cohort.sign_lift(holds.get(), "investigator")
    cohort.sign_lift(holds.get(), "medicalmonitor")
    adverse_events.amend(
        event=event, changes={"narrative": "tryptase normal"}, reason="more", by=cohort.people["nurse"], at=cohort.at
    )
    assert [hold.lifted_at is None for hold in holds] == [False]
