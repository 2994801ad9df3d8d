"""Replacement through page and API: who is replaced, who is not, and what the gate says of it. G23-G26, G35."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.demonstration import bedside
from dosing.rules.states import StopReason
from dosing.services import infusion_course
from dosing.services.infusion_course import Volumes
from enrollment.models import Allocation, Subject
from enrollment.rules.states import WithdrawalScope
from enrollment.services import subjects
from followup.services import losses
from safety.rules.outcome import Verdict
from safety.selectors.replacements import replacement_of
from safety.services import replacements
from tests.builders.observed_cohort import ObservedCohort
from trial.errors import NotPermitted, RuleViolation
from trial.models import DueItem, Notification
from trial.rules.site_time import site_date

pytestmark = pytest.mark.django_db
REASON = "Cannot become evaluable any more"


def withdraw(cohort: ObservedCohort, subject: Subject, scope: WithdrawalScope = WithdrawalScope.ALL) -> None:
    subjects.withdraw(subject=subject, scope=scope, reason="moved", by=cohort.people["coordinator"], at=cohort.at)


def lose(cohort: ObservedCohort, subject: Subject) -> None:
    today = site_date(cohort.at, timezone=cohort.scenario.timezone)
    attempts = "Called on three days, wrote a letter; nobody answered"
    losses.record(subject=subject, lost_on=today, attempts=attempts, by=cohort.people["coordinator"], at=cohort.at)


def vacate(cohort: ObservedCohort, subject: Subject, who: str = "coordinator") -> Allocation:
    return replacements.vacate_slot(
        subject=Subject.objects.get(pk=subject.pk), reason=REASON, by=cohort.people[who], at=cohort.at
    )


def refused(cohort: ObservedCohort, subject: Subject) -> tuple[str, ...]:
    with pytest.raises(RuleViolation) as refusal:
        vacate(cohort, subject)
    assert Allocation.objects.get(subject=subject).vacated_at is None
    return refusal.value.decision.codes


def test_g23_who_withdraws_without_an_event_is_replaced_and_the_clock_starts_again() -> None:
    cohort = ObservedCohort().dosed()
    third = cohort.subjects[2]
    before = cohort.assess().result.earliest_review_at
    cohort.morning(days=12)
    withdraw(cohort, third)
    assert cohort.assess().result.result is Verdict.NOT_READY
    assert vacate(cohort, third).vacated_reason == REASON
    replacement = cohort.dose(wait_days=1)
    allocation = Allocation.objects.get(subject=replacement)
    assert (allocation.slot.label, allocation.subject_number) == ("C1-3", 11)
    after = cohort.assess().result.earliest_review_at
    assert before is not None
    assert after == before + timedelta(days=13), "of the replacement's last infusion"
    assert DueItem.objects.get(kind="gate_review", cancelled_at__isnull=True, done_at__isnull=True).due_at == after
    assert [s.replaced_by for s in cohort.assess().facts.subjects] == [None, None, 11, None]


def test_g24_who_withdraws_after_an_event_is_evaluable_and_stays() -> None:
    cohort = ObservedCohort().dosed()
    third = cohort.subjects[2]
    cohort.morning(days=12)
    cohort.report(third, onset=cohort.onset(third, days=10))
    withdraw(cohort, third)
    assert cohort.assess().result.result is Verdict.NOT_PASSED
    assert refused(cohort, third) == ("RPL-EVALUABLE",)


def test_g25_who_is_lost_without_safety_data_of_the_last_day_is_replaced() -> None:
    cohort = ObservedCohort().dosed()
    third = cohort.subjects[2]
    assert refused(cohort, third) == ("RPL-EVALUABLE",), "still observed"
    cohort.morning(days=30)
    lose(cohort, third)
    found = replacement_of(third, at=cohort.at).evaluability
    assert found is not None
    assert "lost to follow-up" in found.why
    vacate(cohort, third)


def test_g26_what_was_observed_counts_after_all_consent_is_withdrawn() -> None:
    cohort = ObservedCohort().dosed()
    third = cohort.subjects[2]
    cohort.morning(days=5)
    withdraw(cohort, third, WithdrawalScope.ALL)
    vacate(cohort, third)
    cohort.report(third, onset=cohort.onset(third, days=3))
    result = cohort.assess().result
    assert (result.result, len(result.qualifying_events)) == (Verdict.NOT_PASSED, 1)
    assert [s.evaluable for s in result.subjects] == [False, False, True]


def test_g35_who_received_half_a_dose_for_a_technical_reason_is_replaced() -> None:
    cohort = ObservedCohort()
    infusion = cohort.scenario.running(cohort.allocated())
    cohort.scenario.wait(minutes=20)
    infusion_course.stop(
        infusion=infusion,
        volumes=Volumes(infused_ml=(infusion.planned_volume_ml or Decimal(0)) / 2),
        reason=StopReason.TECHNICAL,
        note="the pump failed",
        by=cohort.people["nurse"],
        at=cohort.at,
    )
    found = replacement_of(infusion.subject, at=cohort.at)
    assert found.evaluability is not None
    assert "less than 0.8" in found.evaluability.why
    vacate(cohort, infusion.subject)


def test_who_left_before_a_dose_is_replaced() -> None:
    cohort = ObservedCohort()
    subject = cohort.allocated()
    withdraw(cohort, subject)
    vacate(cohort, subject)


def test_two_of_a_cohort_are_replaced_and_a_third_is_not() -> None:
    cohort = ObservedCohort()
    left = [cohort.allocated() for _ in range(3)]
    for subject in left:
        withdraw(cohort, subject)
    vacate(cohort, left[0])
    vacate(cohort, left[1])
    assert refused(cohort, left[2]) == ("RPL-MOST",)


def test_a_slot_is_given_back_once() -> None:
    cohort = ObservedCohort()
    subject = cohort.allocated()
    withdraw(cohort, subject)
    vacate(cohort, subject)
    with pytest.raises(RuleViolation) as refusal:
        vacate(cohort, subject)
    assert refusal.value.decision.codes == ("RPL-SLOT",)


@pytest.mark.parametrize("username", ["nurse", "pharmacist", "monitor", "sponsor", "medicalmonitor"])
def test_nobody_else_replaces(username: str) -> None:
    cohort = ObservedCohort()
    subject = cohort.allocated()
    withdraw(cohort, subject)
    with pytest.raises(NotPermitted):
        vacate(cohort, subject, username)


# ------------------------------------------------------------------------------------------------------ page and API


@pytest.fixture
def cohort(scenario) -> ObservedCohort:
    return ObservedCohort(scenario)


def address(subject: Subject) -> str:
    return reverse("replace", args=[subject.code])


def test_the_page_says_why_and_gives_the_slot_back(cohort, browser_of) -> None:
    subject = cohort.allocated()
    withdraw(cohort, subject)
    client = browser_of("coordinator")
    page = client.get(address(subject)).content.decode()
    for part in ("not evaluable", "withdrew on", "C1-1", "0 of 2", "0 of 6"):
        assert part in page
    assert client.post(address(subject), {"reason": ""}).status_code == 200, "an error at the field"
    assert Allocation.objects.get().vacated_at is None
    answer = client.post(address(subject), {"reason": REASON}, follow=True)
    assert "gave back slot C1-1" in answer.content.decode()
    assert "nobody yet" in answer.content.decode()
    assert Allocation.objects.get().vacated_reason == REASON


def test_the_page_lists_every_reason_against_it(cohort, browser_of) -> None:
    subject = cohort.allocated()
    page = browser_of("nurse").get(address(subject)).content.decode()
    assert {code for code in ("PER-ROLE", "RPL-EVALUABLE") if code in page} == {"PER-ROLE", "RPL-EVALUABLE"}
    answer = browser_of("coordinator").post(address(subject), {"reason": REASON})
    assert (answer.status_code, "RPL-EVALUABLE" in answer.content.decode()) == (409, True)


def test_who_has_no_slot_is_told_so(scenario, browser_of) -> None:
    page = browser_of("coordinator").get(address(scenario.eligible())).content.decode()
    assert "RPL-SLOT" in page


def test_the_gate_leads_to_it(cohort, browser_of) -> None:
    subject = cohort.dose()
    cohort.morning(days=3)
    gate = reverse("gate", args=[1])
    client = browser_of("investigator")
    assert address(subject) not in client.get(gate).content.decode()
    withdraw(cohort, subject)
    assert address(subject) in client.get(gate).content.decode()
    vacate(cohort, subject)
    assert "The slot is vacant" in client.get(gate).content.decode()
    cohort.dose(wait_days=14)
    assert "replaced by no. 11" in client.get(gate).content.decode()
    assert (
        address(cohort.subjects[1]) in client.get(reverse("subject", args=[cohort.subjects[1].code])).content.decode()
    )


def test_the_api_does_the_same(cohort, browser_of) -> None:
    subject = cohort.allocated()
    client = browser_of("coordinator")
    url = f"/api/v1/subjects/{subject.code}/replacement/"
    found = client.get(url).json()
    assert (found["allowed"], found["standing"]) == (False, "pending")
    assert [reason["code"] for reason in found["reasons"]] == ["RPL-EVALUABLE"]
    refused = client.post(url, {"reason": REASON}, content_type="application/json")
    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (409, "RPL-EVALUABLE")
    withdraw(cohort, subject)
    assert client.post(url, {}, content_type="application/json").status_code == 400
    given = client.post(url, {"reason": REASON}, content_type="application/json").json()
    assert (given["slot"], given["standing"], given["in_cohort"]) == ("C1-1", None, {"used": 1, "most": 2})
    assert browser_of("nurse").post(url, {"reason": REASON}, content_type="application/json").status_code == 403


def test_more_subjects_cost_no_more_queries(cohort, browser_of) -> None:
    subject = cohort.dose()
    client = browser_of("coordinator")

    def queries() -> int:
        client.get(address(subject))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address(subject)).status_code == 200
        return len(captured)

    before = queries()
    cohort.dose(wait_days=14)
    cohort.report(subject, onset=cohort.onset(subject, days=2))
    assert queries() == before <= 20


def test_a_vacated_slot_is_told_to_those_who_allocate(cohort) -> None:
    waiting = cohort.scenario.eligible()
    subject = cohort.allocated()
    withdraw(cohort, subject)
    vacated = vacate(cohort, subject)
    told = Notification.objects.filter(key=f"waiting:vacated:{vacated.pk}:{waiting.pk}")
    assert {row.user.username for row in told} == {"coordinator", "investigator", "subinvestigator"}


def test_the_next_in_line_receives_the_slot_and_the_next_number(cohort) -> None:
    subject = cohort.allocated()
    withdraw(cohort, subject)
    vacate(cohort, subject)
    other = cohort.scenario.eligible()
    bedside.allocate(other, cohort.people, at=cohort.at)
    found = replacement_of(subject, at=cohort.at)
    assert found.successor is not None
    assert (found.successor.slot.label, found.successor.subject_number) == ("C1-1", 11)
