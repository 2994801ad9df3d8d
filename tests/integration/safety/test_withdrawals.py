"""Permission is withdrawn by facts, at once, in the transaction that records them; and never given back by itself."""

from decimal import Decimal

import pytest

from config import tasks
from dosing.models import Infusion
from dosing.rules.states import InfusionState, StopReason
from dosing.services import infusion_course
from dosing.services.infusion_course import Volumes
from enrollment.rules.states import WithdrawalScope
from enrollment.services import subjects
from safety.models import GateReview
from safety.rules.cohort_state import CohortState
from safety.rules.outcome import Verdict
from safety.services import adverse_events
from tests.builders.observed_cohort import ObservedCohort
from trial.errors import RuleViolation
from trial.models import CohortClearance, DosingHold, Notification
from trial.rules.states import HoldKind
from trial.services import holds

pytestmark = pytest.mark.django_db


def told(key):
    return set(Notification.objects.filter(key=key).values_list("user__username", flat=True))


def test_g32_an_event_inside_a_cohort_holds_its_further_dosing_at_once():
    cohort = ObservedCohort()
    subject = cohort.dose()
    cohort.morning(days=3)
    cohort.report(subject, onset=cohort.onset(subject, days=3))
    (hold,) = DosingHold.objects.all()
    assert (hold.kind, hold.cohort.number, hold.lifted_at) == ("QUALIFYING_EVENT", 1, None)
    assert {"investigator", "medicalmonitor", "nurse", "pharmacist"} <= told(f"hold:{hold.pk}")
    second = cohort.scenario.allocated()
    cohort.morning(days=15)
    with pytest.raises(RuleViolation) as refusal:
        cohort.scenario.dosed(second)
    assert "DOS-COHORT-HOLD" in refusal.value.decision.codes


def test_the_same_event_holds_once_and_a_second_event_holds_again():
    cohort = ObservedCohort()
    subject = cohort.dose()
    cohort.morning(days=3)
    cohort.report(subject, onset=cohort.onset(subject, days=2))
    tasks.run()
    tasks.run()
    assert DosingHold.objects.count() == 1
    cohort.report(subject, onset=cohort.onset(subject, days=3))
    assert DosingHold.objects.count() == 2


def test_g18_a_late_report_closes_the_cohort_that_was_opened():
    cohort = ObservedCohort().opened()
    cohort.morning()
    second = cohort.subjects[1]
    cohort.report(second, onset=cohort.onset(second, days=20))
    clearance = CohortClearance.objects.get(cohort=cohort.cohort_number(2))
    assert clearance.revoked_at is not None
    assert "GATE-EVENT" in clearance.revoked_reason
    result = cohort.assess().result
    assert (result.result, result.state) == (Verdict.NOT_PASSED, CohortState.RE_REVIEW)
    assert {"investigator", "medicalmonitor", "nurse", "pharmacist"} <= told(f"revoked:{clearance.pk}")
    assert GateReview.objects.get().decision == "PROCEED"
    with pytest.raises(RuleViolation) as refusal:
        cohort.scenario.allocated()
    assert any("closed" in r.message or "open" in r.message for r in refusal.value.reasons)


def test_g19_a_running_infusion_is_not_stopped_and_the_investigator_is_told():
    cohort = ObservedCohort().opened()
    running = cohort.scenario.running(cohort.allocated())
    second = cohort.subjects[1]
    cohort.report(second, onset=cohort.onset(second, days=20))
    running.refresh_from_db()
    assert running.state == InfusionState.RUNNING
    clearance = CohortClearance.objects.get(cohort=cohort.cohort_number(2))
    alert = Notification.objects.get(key=f"revoked:{clearance.pk}:running")
    assert alert.user.username == "investigator"
    assert running.subject.code in alert.body
    volumes = Volumes(infused_ml=running.planned_volume_ml)
    ended = infusion_course.complete(infusion=running, volumes=volumes, by=cohort.people["nurse"], at=cohort.at)
    assert ended.state == InfusionState.COMPLETED


def test_g20_voiding_the_event_gives_nothing_back_by_itself():
    cohort = ObservedCohort().opened()
    first = cohort.subjects[0]
    event = cohort.report(first, onset=cohort.onset(first, days=9))
    adverse_events.void(event=event, reason="other participant", by=cohort.people["investigator"], at=cohort.at)
    assert not cohort.assess().result.qualifying_events
    assert CohortClearance.objects.get(cohort=cohort.cohort_number(2)).revoked_at is not None
    assert DosingHold.objects.get().lifted_at is None


def test_a_new_signed_decision_opens_again_what_was_revoked():
    cohort = ObservedCohort().opened()
    first = cohort.subjects[0]
    event = cohort.report(first, onset=cohort.onset(first, days=9))
    adverse_events.void(event=event, reason="other participant", by=cohort.people["investigator"], at=cohort.at)
    cohort.endorse(first)
    cohort.morning()
    review = cohort.convene()
    assert review.number == 2
    cohort.vote(review, "investigator")
    cohort.vote(review, "medicalmonitor")
    states = CohortClearance.objects.filter(cohort=cohort.cohort_number(2)).order_by("id")
    assert [clearance.revoked_at is None for clearance in states] == [False, True]


def test_g07_an_event_after_the_window_revokes_nothing():
    cohort = ObservedCohort().opened()
    first = cohort.subjects[0]
    cohort.report(first, onset=cohort.onset(first, days=29, clock="00:30"))
    assert CohortClearance.objects.get(cohort=cohort.cohort_number(2)).revoked_at is None
    assert not DosingHold.objects.exists()
    assert cohort.assess().result.next_cohort_open


def test_a_reopened_checklist_is_drift_and_revokes_nothing():
    cohort = ObservedCohort().opened()
    first = cohort.subjects[0]
    cohort.report(first, onset=cohort.onset(first, days=-2))
    tasks.run()
    assert cohort.assess().result.result is Verdict.NOT_READY
    assert CohortClearance.objects.get(cohort=cohort.cohort_number(2)).revoked_at is None


def test_an_infusion_stopped_for_a_reaction_is_an_event_that_holds():
    cohort = ObservedCohort()
    infusion = cohort.scenario.running(cohort.allocated())
    infusion_course.stop(
        infusion=Infusion.objects.get(pk=infusion.pk),
        volumes=Volumes(infused_ml=Decimal("2.0")),
        reason=StopReason.REACTION,
        note="urticaria",
        by=cohort.people["nurse"],
        at=cohort.scenario.wait(minutes=10),
    )
    assert DosingHold.objects.get().cause.startswith("event:reaction-")


def test_g23_who_withdraws_inside_the_window_is_no_evidence():
    cohort = ObservedCohort()
    subject = cohort.dose()
    cohort.morning(days=12)
    subjects.withdraw(
        subject=subject, scope=WithdrawalScope.ALL, reason="moved", by=cohort.people["coordinator"], at=cohort.at
    )
    (found,) = cohort.assess().result.subjects
    assert not found.evaluable
    assert "withdrew" in found.why


def test_a_hold_on_the_whole_study_suspends_every_gate_and_revokes_none():
    cohort = ObservedCohort().opened()
    holds.place(
        study=cohort.scenario.study,
        kind=HoldKind.MANUAL,
        reason="freezer alarm",
        by=cohort.people["pharmacist"],
        at=cohort.at,
    )
    tasks.run()
    assert cohort.assess().result.result is Verdict.SUSPENDED
    assert CohortClearance.objects.get(cohort=cohort.cohort_number(2)).revoked_at is None
