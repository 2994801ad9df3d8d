"""G26: after a withdrawal from the use of data only what safety law asks for is collected; what was there counts."""

from __future__ import annotations

import pytest

from enrollment.rules.states import WithdrawalScope
from enrollment.selectors.eligibility import current_screening
from enrollment.services import screenings, subjects
from safety.models import AdverseEvent
from safety.rules.outcome import Verdict
from safety.selectors.gate import assess
from tests.builders.observed_cohort import ObservedCohort
from trial.errors import RuleViolation
from trial.models import DosingHold
from trial.rules.site_time import at_site, site_date


@pytest.fixture
def cohort(db) -> ObservedCohort:
    return ObservedCohort()


def day_of(cohort) -> str:
    return site_date(cohort.at, timezone=cohort.scenario.timezone).isoformat()


def withdraw(cohort, subject, scope=WithdrawalScope.DATA_USE) -> None:
    subjects.withdraw(subject=subject, scope=scope, reason="none given", by=cohort.people["coordinator"], at=cohort.at)
    subject.refresh_from_db()


def test_g26_what_was_collected_is_kept_and_counts_at_the_gate(cohort):
    subject = cohort.dose()
    cohort.morning(days=3)
    event = cohort.report(subject, onset=day_of(cohort))
    held = DosingHold.objects.filter(cohort=cohort.cohort, lifted_at=None).count()
    counted = [item.event.id for item in assess(cohort.cohort, at=cohort.at).outcome.evidence.events]
    withdraw(cohort, subject)
    assert AdverseEvent.objects.get(pk=event.pk).voided_at is None
    after = assess(cohort.cohort, at=cohort.at)
    assert [item.event.id for item in after.outcome.evidence.events] == counted
    assert after.result.result is Verdict.NOT_PASSED
    assert DosingHold.objects.filter(cohort=cohort.cohort, lifted_at=None).count() == held == 1


@pytest.mark.parametrize("scope", list(WithdrawalScope), ids=lambda scope: f"G26-{scope}")
def test_g26_a_mild_event_of_afterwards_is_collected_only_while_data_may_be_used(cohort, scope):
    subject = cohort.dose()
    cohort.morning(days=1)
    withdraw(cohort, subject, scope)
    cohort.morning(days=1)
    if scope in (WithdrawalScope.TREATMENT, WithdrawalScope.FOLLOW_UP):
        assert cohort.report(subject, onset=day_of(cohort)).pk
        return
    with pytest.raises(RuleViolation) as refusal:
        cohort.report(subject, onset=day_of(cohort))
    assert refusal.value.decision.codes == ("AEV-DATA-USE",)
    assert cohort.report(subject, onset=day_of(cohort), grade=3).pk


def test_g26_an_event_of_before_the_withdrawal_is_recorded_late_and_counts(cohort):
    subject = cohort.dose()
    cohort.morning(days=2)
    began = at_site(cohort.at, timezone=cohort.scenario.timezone).strftime("%Y-%m-%dT%H:%M")
    cohort.scenario.wait(hours=3)
    withdraw(cohort, subject, WithdrawalScope.ALL)
    cohort.morning(days=1)
    cohort.report(subject, onset=began)
    assert assess(cohort.cohort, at=cohort.at).result.result is Verdict.NOT_PASSED


@pytest.mark.parametrize("scope", list(WithdrawalScope))
def test_a_participant_in_screening_withdraws_and_nothing_more_is_entered(cohort, scope):
    scenario = cohort.scenario
    subject = scenario.consented()
    withdraw(cohort, subject, scope)
    assert subject.state == "WITHDRAWN"
    screening = current_screening(subject)
    with pytest.raises(RuleViolation) as refusal:
        screenings.save_facts(
            screening=screening,
            facts={"sex": "F"},
            seen_sha256=screening.facts_sha256,
            reason="",
            by=cohort.people["coordinator"],
            at=cohort.at,
        )
    assert "SCR-CLOSED" in refusal.value.decision.codes
