"""Scenarios of dosing that the protocol names by number, through the services and the guard. Source: domain 3.7."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dosing.models import Infusion
from dosing.rules.guard import can_infuse
from dosing.rules.pregnancy_report import Whose
from dosing.rules.states import NotGivenBecause
from dosing.selectors.guard import decision, guard_facts, infusion_for_guard
from dosing.services import infusions, pre_dose, pregnancies
from dosing.services.infusions import StartEntry
from dosing.services.pregnancies import PregnancyReport
from safety.models import AdverseEvent
from safety.rules.gate import GateResult
from safety.rules.outcome import Verdict
from safety.selectors.gate import gate_result
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.prepared import allocated, open_cohort
from tests.builders.scenario import TrialScenario
from trial.errors import RuleViolation
from trial.models import Cohort, Deviation, DosingHold, Notification
from trial.rules.site_time import site_date
from trial.services.signatures import content_hash

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial(db) -> ObservedCohort:
    """Cohort 2 is open, its first subject (the sentinel) has a slot."""
    scenario = TrialScenario()
    trial = ObservedCohort(scenario)
    for _ in range(3):
        allocated(scenario)
    open_cohort(scenario, number=2)
    trial.subjects = [allocated(scenario), allocated(scenario)]
    return trial


def codes(trial: ObservedCohort, infusion: Infusion) -> tuple[str, ...]:
    fresh = infusion_for_guard(infusion.pk)
    return decision(fresh, performer=trial.people["nurse"], at=trial.at).codes


def start(trial: ObservedCohort, infusion: Infusion, **entry: str) -> Infusion:
    return infusions.start(infusion=infusion, entry=StartEntry(**entry), by=trial.people["nurse"], at=trial.at)


def refusal(trial: ObservedCohort, infusion: Infusion) -> tuple[str, ...]:
    with pytest.raises(RuleViolation) as refused:
        start(trial, infusion)
    assert Infusion.objects.get(pk=infusion.pk).started_at is None
    return refused.value.decision.codes


def planned(trial: ObservedCohort, number: int) -> Infusion:
    day = site_date(trial.at, timezone=trial.scenario.timezone)
    return infusions.plan(
        subject=trial.subjects[0], number=number, planned_on=day, by=trial.people["nurse"], at=trial.at
    )


def gate_of(trial: ObservedCohort, number: int) -> GateResult:
    return gate_result(Cohort.objects.get(study=trial.scenario.study, number=number), at=trial.at)


def test_g28_an_infusion_withheld_because_of_an_event_counts_by_that_event(trial):
    first = trial.subjects[0]
    trial.scenario.dosed(first)
    trial.morning(days=5)
    trial.report(first, onset=trial.onset(first, days=4))
    second = planned(trial, 2)
    infusions.not_given(
        infusion=second,
        because=NotGivenBecause.ADVERSE_EVENT,
        reason="The headache of day 4",
        by=trial.people["nurse"],
        at=trial.at,
    )
    assert gate_of(trial, 2).result is Verdict.NOT_PASSED
    # Withheld for safety it is no departure from the protocol.
    assert not Deviation.objects.filter(reference=f"infusion:{second.pk}", category="MISSED").exists()


def test_g29_a_second_infusion_on_day_37_asks_why_and_is_a_deviation(trial):
    first = trial.subjects[0]
    trial.scenario.dosed(first)
    trial.morning(days=37)
    second = trial.scenario.prepared(first, number=2)
    assert refusal(trial, second) == ("DOS-INTERVAL-REASON",)
    given = start(trial, second, interval_reason="The ward was closed")
    deviation = Deviation.objects.get(reference=f"infusion:{given.pk}", category="INTERVAL")
    assert (deviation.code, deviation.occurred_at) == ("DOS-INTERVAL-OVERDUE", given.started_at)


@pytest.mark.parametrize(
    ("days", "expected"), [(27, "DOS-INTERVAL"), (28, None), (35, None), (36, "DOS-INTERVAL-REASON")]
)
def test_g29_the_bounds_of_the_interval(trial, days, expected):
    first = trial.subjects[0]
    trial.scenario.dosed(first)
    trial.morning(days=days)
    second = trial.scenario.prepared(first, number=2)
    assert codes(trial, second) == ((expected,) if expected else ())


def test_g30_chills_after_the_first_infusion_stop_the_cohort(trial):
    """Grade 1 counts under the literal policy: no sign-off, and nobody else of the cohort, until a decision."""
    first, other = trial.subjects
    trial.scenario.dosed(first)
    trial.morning(days=1)
    trial.report(first, onset=trial.onset(first, days=0, clock="20:00"), reported_term="Chills", ctcae_term="Chills")
    trial.morning(days=27)
    second = planned(trial, 2)
    seen = content_hash(pre_dose.signoff_content(second))
    with pytest.raises(RuleViolation):
        pre_dose.sign_off(infusion=second, proof=trial.proof("investigator", seen), at=trial.at)
    assert {"DOS-SIGNOFF", "DOS-COHORT-HOLD"} <= set(codes(trial, second))
    prepared = trial.scenario.prepared(other)
    assert "DOS-COHORT-HOLD" in refusal(trial, prepared)


@pytest.mark.parametrize(("days", "blocked"), [(10, True), (13, True), (14, False)])
def test_g31_the_sentinel_is_observed_first(trial, days, blocked):
    sentinel, other = trial.subjects
    trial.scenario.dosed(sentinel)
    trial.morning(days=days)
    prepared = trial.scenario.prepared(other)
    if blocked:
        assert refusal(trial, prepared) == ("DOS-SENTINEL",)
    else:
        assert start(trial, prepared).started_at is not None


def test_g44_two_on_one_day_only_if_nothing_lies_between_them(trial):
    """Under the protocol neither after the sentinel nor among the others; with the parameters at zero it may be."""
    sentinel, other = trial.subjects
    trial.scenario.dosed(sentinel)
    prepared = trial.scenario.prepared(other)
    assert refusal(trial, prepared) == ("DOS-SENTINEL", "DOS-STAGGER")
    fresh = infusion_for_guard(prepared.pk)
    definition = fresh.subject.protocol_version.definition
    facts = guard_facts(fresh, performer=trial.people["nurse"], at=trial.at)
    for days, expected in (
        ({"sentinel_days": 0}, ("DOS-STAGGER",)),
        ({"stagger_days": 0}, ("DOS-SENTINEL",)),
        ({"sentinel_days": 0, "stagger_days": 0}, ()),
    ):
        regimen = definition.regimen.model_copy(update=days)
        assert can_infuse(facts, regimen=regimen, product=definition.product, at=trial.at).codes == expected


@pytest.mark.parametrize("whose", list(Whose))
def test_g46_a_pregnancy_blocks_the_further_infusions_of_the_participant_alone(trial, whose):
    """Of the participant or of a partner: no adverse event by itself, but a report that people are told of."""
    first, other = trial.subjects
    trial.scenario.dosed(first)
    trial.morning(days=20)
    report = PregnancyReport(
        whose=whose, known_on=site_date(trial.at, timezone=trial.scenario.timezone), note="Told at the visit"
    )
    hold = pregnancies.report(subject=first, report=report, by=trial.people["coordinator"], at=trial.at)
    assert (hold.subject_code, hold.lifted_at) == (first.code, None)
    assert not AdverseEvent.objects.exists()
    told = Notification.objects.filter(key=f"hold:{hold.pk}").values_list("user__username", flat=True)
    assert {"investigator", "medicalmonitor", "sponsor"} <= set(told)
    trial.morning(days=8)
    second = planned(trial, 2)
    assert "DOS-SUBJECT-HOLD" in codes(trial, second)
    seen = content_hash(pre_dose.signoff_content(second))
    with pytest.raises(RuleViolation):
        pre_dose.sign_off(infusion=second, proof=trial.proof("investigator", seen), at=trial.at)
    assert start(trial, trial.scenario.prepared(other)).started_at is not None
    # Reported again, it is the same one.
    again = pregnancies.report(subject=first, report=report, by=trial.people["nurse"], at=trial.at)
    assert again.pk == hold.pk


def test_g46_a_positive_test_before_an_infusion_is_a_report_of_its_own(trial):
    infusion = trial.scenario.prepared(trial.subjects[0])
    entry = pre_dose.DayEntry(
        pregnancy_result=pre_dose.PregnancyResult.POSITIVE, pregnancy_collected_at=trial.at - timedelta(hours=1)
    )
    pre_dose.record(infusion=infusion, entry=entry, reason="The result came", by=trial.people["nurse"], at=trial.at)
    hold = DosingHold.objects.get(subject_code=trial.subjects[0].code)
    assert hold.cause == f"pregnancy:{trial.subjects[0].code}"
    # A later negative test does not take it back: the hold ends by signatures.
    negative = pre_dose.DayEntry(pregnancy_result=pre_dose.PregnancyResult.NEGATIVE, pregnancy_collected_at=trial.at)
    pre_dose.record(infusion=infusion, entry=negative, reason="Repeated", by=trial.people["nurse"], at=trial.at)
    assert "DOS-SUBJECT-HOLD" in refusal(trial, infusion)
