"""G25 through the services: lost on day 15, a call on day 30 "well", under the shipped policy and one that takes it.

Source: gate policy, definition of evaluable, ``phone_contact_suffices``; a revocation is latched.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from enrollment.models import Subject
from followup.models import Visit
from followup.rules.states import AdverseEventAnswer
from followup.services import contacts, losses, visits
from safety.rules.gate import WeighedSubject
from safety.rules.outcome import Verdict
from safety.selectors.loss_preview import if_lost
from safety.selectors.replacements import replacement_of
from tests.builders.amendment import amend_gate
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.policy import gate_policy
from trial.models import AuditEvent, CohortClearance, DueItem
from trial.rules.site_time import site_date

ATTEMPTS = "Called on 1, 3 and 5 March; a letter on 7 March came back"


def lose(cohort: ObservedCohort, subject: Subject) -> None:
    today = site_date(cohort.at, timezone=cohort.scenario.timezone)
    losses.record(subject=subject, lost_on=today, attempts=ATTEMPTS, by=cohort.people["nurse"], at=cohort.at)


def call(cohort: ObservedCohort, subject: Subject, answer: AdverseEventAnswer = AdverseEventAnswer.NONE):
    return contacts.record(
        subject=subject,
        contacted_at=cohort.at,
        asked=answer,
        note="well",
        by=cohort.people["investigator"],
        at=cohort.at,
    )


def lost_on_day_15(*, called_on_day: int = 30) -> tuple[ObservedCohort, Subject]:
    """All windows over; the third subject was lost on day 15, and everything else is there and endorsed."""
    cohort = ObservedCohort().dosed()
    third = cohort.subjects[2]
    cohort.morning(days=12)
    cohort.attend_all(third)
    cohort.morning(days=3)
    lose(cohort, third)
    cohort.morning(days=called_on_day - 15)
    call(cohort, third)
    cohort.morning(days=40 - called_on_day)
    for subject in cohort.subjects[:2]:
        cohort.attend_all(subject)
    for visit in Visit.objects.filter(subject=third, state="PLANNED", closes_at__lt=cohort.at):
        visits.mark_missed(visit=visit, reason="not reached", by=cohort.people["nurse"], at=cohort.at)
    for subject in cohort.subjects:
        cohort.endorse(subject)
    return cohort, Subject.objects.get(pk=third.pk)


def third_of(cohort: ObservedCohort) -> WeighedSubject:
    return next(s for s in cohort.assess().result.subjects if s.number == 3)


def codes(cohort: ObservedCohort) -> set[str]:
    return {reason.code for reason in cohort.assess().result.reasons}


@pytest.mark.django_db
def test_g25_a_call_does_not_stand_for_the_visit_under_the_shipped_policy() -> None:
    cohort, third = lost_on_day_15()
    found = third_of(cohort)
    assert (cohort.assess().result.result, found.evaluable) == (Verdict.NOT_READY, False)
    assert found.why.startswith(f"was lost to follow-up on {third.lost_on}; safety data of the last day are missing")
    assert "does not stand for the visit" in found.why
    assert "GATE-EVALUABLE" in codes(cohort)
    assert replacement_of(third, at=cohort.at).against().allowed


def test_g25_a_call_stands_for_the_visit_where_the_policy_takes_it(committed_db, owner_connection) -> None:
    amend_gate(owner_connection, gate_policy(phone_contact_suffices=True))
    cohort, third = lost_on_day_15()
    found = third_of(cohort)
    assert (found.evaluable, codes(cohort)) == (True, set()), found.why
    assert "telephone contact on" in found.why
    assert cohort.assess().result.result is Verdict.PASSED
    assert replacement_of(third, at=cohort.at).against().codes == ("RPL-EVALUABLE",)
    review = cohort.convene()
    cohort.vote(review, "investigator")
    cohort.vote(review, "medicalmonitor")
    clearance = CohortClearance.objects.get(cohort__number=2)
    assert clearance.revoked_at is None
    contact = third.telephone_contacts.get()
    investigator = cohort.people["investigator"]
    contacts.void(contact=contact, reason="It was another participant", by=investigator, at=cohort.at)
    clearance.refresh_from_db()
    assert clearance.revoked_at is not None
    call(cohort, third)
    assert codes(cohort) == {"GATE-CHECKLIST"}, "the call is endorsed as well"
    cohort.endorse(third)
    losses.record_found(subject=third, reason="Came to the clinic", by=investigator, at=cohort.at)
    clearance.refresh_from_db()
    assert clearance.revoked_at is not None, "latched until a new signed decision"
    assert cohort.assess().result.result is Verdict.PASSED


def test_g25_a_call_before_the_last_day_stands_for_nothing(committed_db, owner_connection) -> None:
    amend_gate(owner_connection, gate_policy(phone_contact_suffices=True))
    cohort, _third = lost_on_day_15(called_on_day=27)
    found = third_of(cohort)
    assert (found.evaluable, "was before" in found.why) == (False, True)


def test_g25_a_call_that_told_of_an_event_waits_for_its_record(committed_db, owner_connection) -> None:
    amend_gate(owner_connection, gate_policy(phone_contact_suffices=True))
    cohort = ObservedCohort().dosed()
    third = cohort.subjects[2]
    cohort.morning(days=30)
    lose(cohort, third)
    call(cohort, third, AdverseEventAnswer.YES)
    assert third_of(cohort).evaluable is False
    assert "telephone" not in third_of(cohort).why
    cohort.report(third, onset=cohort.onset(third, days=29))
    assert "telephone contact on" in third_of(cohort).why


@pytest.mark.django_db
def test_found_again_is_followed_as_before_and_the_review_is_planned_anew() -> None:
    cohort = ObservedCohort().dosed()
    third = cohort.subjects[2]
    planned = cohort.assess().result.earliest_review_at
    cohort.morning(days=12)
    today = site_date(cohort.at, timezone=cohort.scenario.timezone)
    preview = if_lost(third, lost_on=today, at=cohort.at)
    assert preview is not None
    lose(cohort, third)
    assert preview.then.why == third_of(cohort).why
    assert third_of(cohort).evaluable is False
    assert not DueItem.objects.filter(kind="gate_review", cancelled_at__isnull=True, done_at__isnull=True).exists()
    lost = Subject.objects.get(pk=third.pk)
    assert if_lost(lost, lost_on=None, at=cohort.at).then.why == preview.now.why
    losses.record_found(subject=lost, reason="Was abroad", by=cohort.people["nurse"], at=cohort.at)
    due = DueItem.objects.get(kind="gate_review", cancelled_at__isnull=True, done_at__isnull=True)
    assert (due.due_at, cohort.assess().result.earliest_review_at) == (planned, planned)
    loss = third.losses.get()
    assert (loss.attempts, loss.found_reason, Subject.objects.get(pk=third.pk).lost_on) == (
        ATTEMPTS,
        "Was abroad",
        None,
    )
    written = AuditEvent.objects.filter(table_name="enrollment_subject", act__startswith="losses.")
    assert list(written.order_by("id").values_list("act", "reason")) == [
        ("losses.record", ATTEMPTS),
        ("losses.record_found", "Was abroad"),
    ]
    cohort.morning()
    losses.record(
        subject=third,
        lost_on=today + timedelta(days=1),
        attempts="Again nobody",
        by=cohort.people["nurse"],
        at=cohort.at,
    )
    assert third.losses.count() == 2
