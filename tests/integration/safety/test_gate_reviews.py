"""A gate review: the dossier is frozen, signatories vote over one hash, and only PROCEED of all opens a cohort."""

import json

import pytest

from safety.models import GateReview, GateVote
from safety.rules.cohort_state import CohortState
from safety.rules.outcome import Verdict
from safety.rules.states import GateDecision
from safety.selectors.reviews import review_page
from safety.services import gate_reviews
from tests.builders.observed_cohort import ObservedCohort
from trial.errors import NotPermitted, RuleViolation, StaleRecord
from trial.models import AuditEvent, CohortClearance, ElectronicSignature, Notification
from trial.rules.canonical import sha256_hex
from trial.services import people

pytestmark = pytest.mark.django_db


def is_open(cohort, number=2):
    clearances = CohortClearance.objects.filter(cohort=cohort.cohort_number(number), revoked_at__isnull=True)
    return clearances.exists()


def test_g01_cohort_2_opens_only_after_the_last_required_signature():
    cohort = ObservedCohort().endorsed()
    assert cohort.assess().result.result is Verdict.PASSED
    review = cohort.convene()
    cohort.vote(review, "investigator")
    assert not is_open(cohort)
    assert cohort.assess().result.state is CohortState.UNDER_REVIEW
    cohort.vote(review, "medicalmonitor")
    review.refresh_from_db()
    assert review.decision == GateDecision.PROCEED
    assert is_open(cohort)
    assert cohort.assess().result.state is CohortState.PASSED_PROCEED
    clearance = CohortClearance.objects.get(cohort=cohort.cohort_number(2))
    assert clearance.decision_sha256 == review.dossier_sha256
    assert len(clearance.signatures) == 2
    event = AuditEvent.objects.filter(table_name="trial_cohortclearance").latest("id")
    assert (event.act, event.actor) == ("gate_reviews.vote", "medicalmonitor")
    assert Notification.objects.filter(key=f"review:{review.pk}:decided").count() >= 5


def test_what_is_signed_is_the_hash_of_the_dossier_with_decision_and_policy():
    cohort = ObservedCohort().endorsed()
    review = cohort.vote(cohort.convene(), "medicalmonitor")
    vote = GateVote.objects.get(review=review)
    content = json.loads(vote.signature.content)
    assert content["dossier_sha256"] == review.dossier_sha256 == sha256_hex(review.dossier)
    assert (content["decision"], content["cohort"], content["policy"]) == ("PROCEED", 1, "ANY_TEAE")
    assert vote.role == "medical_monitor"


@pytest.mark.parametrize("against", [GateDecision.HOLD, GateDecision.STOP])
def test_g41_one_vote_against_keeps_the_next_cohort_closed(against):
    cohort = ObservedCohort().endorsed()
    review = cohort.convene()
    cohort.vote(review, "investigator")
    cohort.vote(review, "medicalmonitor", against)
    review.refresh_from_db()
    assert review.decision == against
    assert not is_open(cohort)
    assert cohort.assess().result.state is CohortState.HELD


def test_an_adviser_s_vote_against_holds_though_both_signatories_proceed():
    cohort = ObservedCohort().endorsed()
    review = cohort.convene()
    cohort.vote(review, "dsmb", GateDecision.HOLD)
    cohort.vote(review, "investigator")
    cohort.vote(review, "medicalmonitor")
    review.refresh_from_db()
    assert review.decision == GateDecision.HOLD
    assert not is_open(cohort)


def test_a_later_hold_closes_a_cohort_that_an_earlier_decision_opened():
    cohort = ObservedCohort().opened()
    review = cohort.convene()
    cohort.vote(review, "investigator", GateDecision.HOLD)
    cohort.vote(review, "medicalmonitor", GateDecision.HOLD)
    assert not is_open(cohort)
    assert "HOLD" in CohortClearance.objects.get(cohort=cohort.cohort_number(2)).revoked_reason


def test_proceed_is_refused_with_what_the_gate_lacks_and_nothing_is_signed():
    cohort = ObservedCohort().observed()
    review = cohort.convene()
    with pytest.raises(RuleViolation) as refusal:
        cohort.vote(review, "investigator")
    assert refusal.value.decision.codes[0] == "GTE-NOT-PASSED"
    assert set(refusal.value.decision.codes[1:]) == {"GATE-CHECKLIST"}
    assert not GateVote.objects.exists()
    assert not ElectronicSignature.objects.filter(meaning="gate_decision").exists()


def test_hold_is_possible_as_soon_as_anybody_was_dosed_and_a_review_not_before():
    cohort = ObservedCohort()
    with pytest.raises(RuleViolation) as refusal:
        cohort.convene()
    assert refusal.value.decision.codes == ("GTE-NOT-DOSED",)
    cohort.dose()
    review = cohort.convene()
    cohort.vote(review, "investigator", GateDecision.HOLD)
    cohort.vote(review, "medicalmonitor", GateDecision.HOLD)
    assert GateReview.objects.get().decision == GateDecision.HOLD


def test_nobody_votes_twice_nor_without_a_rationale_nor_outside_their_role():
    cohort = ObservedCohort().endorsed()
    review = cohort.convene()
    cohort.vote(review, "investigator")
    with pytest.raises(RuleViolation) as refusal:
        cohort.vote(review, "investigator")
    assert refusal.value.decision.codes == ("GTE-VOTED", "GTE-ROLE-VOTED")
    with pytest.raises(RuleViolation) as refusal:
        gate_reviews.vote(
            review=review,
            decision=GateDecision.PROCEED,
            rationale=" ",
            proof=cohort.proof("medicalmonitor", review.dossier_sha256),
            at=cohort.at,
        )
    assert refusal.value.decision.codes == ("GTE-RATIONALE",)
    with pytest.raises(NotPermitted):
        cohort.vote(review, "sponsor")
    with pytest.raises(NotPermitted):
        gate_reviews.convene(cohort=cohort.cohort, by=cohort.people["coordinator"], at=cohort.at)
    assert GateVote.objects.count() == 1


def test_who_saw_another_dossier_signs_nothing():
    cohort = ObservedCohort().endorsed()
    review = cohort.convene()
    with pytest.raises(StaleRecord):
        gate_reviews.vote(
            review=review,
            decision=GateDecision.PROCEED,
            rationale="read",
            proof=cohort.proof("investigator", "0" * 64),
            at=cohort.at,
        )
    assert not GateVote.objects.exists()


def test_a_dossier_that_no_longer_says_what_is_known_is_superseded_and_not_signed():
    cohort = ObservedCohort().endorsed()
    review = cohort.convene()
    cohort.vote(review, "investigator")
    cohort.report(cohort.subjects[1], onset=cohort.onset(cohort.subjects[1], days=5))
    with pytest.raises(StaleRecord):
        cohort.vote(review, "medicalmonitor")
    review.refresh_from_db()
    assert review.superseded_at is not None
    assert not is_open(cohort)
    again = cohort.convene()
    assert again.number == 2
    assert again.dossier_sha256 != review.dossier_sha256
    with pytest.raises(RuleViolation) as refusal:
        cohort.vote(again, "medicalmonitor")
    assert "GTE-NOT-PASSED" in refusal.value.decision.codes


def test_one_review_is_open_at_a_time_unless_its_facts_have_changed():
    cohort = ObservedCohort().endorsed()
    first = cohort.convene()
    with pytest.raises(RuleViolation) as refusal:
        cohort.convene()
    assert refusal.value.decision.codes == ("GTE-OPEN",)
    cohort.report(cohort.subjects[0], onset=cohort.onset(cohort.subjects[0], days=3))
    assert cohort.convene().number == 2
    first.refresh_from_db()
    assert first.superseded_at is not None


def test_votes_stay_hidden_from_others_until_all_of_them_are_in():
    cohort = ObservedCohort().endorsed()
    review = cohort.convene()
    cohort.vote(review, "investigator")
    review.refresh_from_db()
    seen = review_page(review, seen_by=cohort.people["medicalmonitor"])
    assert (seen.votes, seen.voted, seen.missing) == ((), ("principal_investigator",), ("medical_monitor",))
    assert len(review_page(review, seen_by=cohort.people["investigator"]).votes) == 1
    cohort.vote(review, "medicalmonitor")
    review.refresh_from_db()
    assert len(review_page(review, seen_by=cohort.people["auditor"]).votes) == 2


def test_g42_the_vote_of_an_account_that_was_closed_stays_in_force():
    cohort = ObservedCohort().opened()
    user = cohort.people["medicalmonitor"]
    people.deactivate(
        user=user, study=cohort.scenario.study, reason="left the sponsor", by=cohort.people["admin"], at=cohort.at
    )
    assert is_open(cohort)
    assert cohort.assess().result.next_cohort_open
