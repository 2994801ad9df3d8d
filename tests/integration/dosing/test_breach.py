"""An infusion given in spite of the guard: recorded whole, or not at all. Decision 13."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from config.demonstration import bedside
from config.demonstration.people import proof
from dosing.models import GuardBreach, Infusion, PreDoseCheck, ProductUnit
from dosing.services import breaches, infusions
from dosing.services.breaches import BreachEntry
from followup.models import Visit
from safety.selectors.gate import cohort_facts
from tests.builders.prepared import open_cohort
from tests.builders.scenario import TrialScenario
from tests.builders.ward import waiting
from trial.errors import NotPermitted, RuleViolation, StaleRecord
from trial.models import Deviation, DosingHold, ElectronicSignature, Notification
from trial.rules.site_time import site_date
from trial.services import holds
from trial.services.signatures import content_hash

pytestmark = pytest.mark.django_db


@pytest.fixture
def scenario(db) -> TrialScenario:
    return TrialScenario()


def reported(scenario: TrialScenario, infusion: Infusion, **changed: object) -> BreachEntry:
    """An hour ago, by the nurse, out of the unit that the pharmacy meant."""
    entry = BreachEntry(
        started_at=scenario.at - timedelta(hours=1),
        unit=ProductUnit.objects.get(assigned_subject=infusion.subject, assigned_infusion_number=infusion.number),
        performed_by=scenario.people["nurse"],
        reported_by="The nurse on duty",
        reason="The network was down, and the ward went on by the paper form.",
        weight_kg=Decimal("61.0"),
    )
    return replace(entry, **changed)


def record(scenario: TrialScenario, infusion: Infusion, entry: BreachEntry, *, by: str = "investigator") -> Infusion:
    content = breaches.breach_of(infusion, entry, at=scenario.at).content
    signed = proof(scenario.people[by], content_hash(content))
    given = breaches.record(infusion=infusion, entry=entry, proof=signed, at=scenario.at)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return given


def counts() -> tuple[int, ...]:
    models = (GuardBreach, Deviation, DosingHold, ElectronicSignature, PreDoseCheck)
    return tuple(model.objects.count() for model in models)


def test_everything_is_recorded_at_once(scenario):
    infusion = waiting(scenario)
    scenario.wait(hours=1)
    given = record(scenario, infusion, reported(scenario, infusion))

    breach = GuardBreach.objects.get(infusion=given)
    assert set(breach.violated) >= {"DOS-WEIGHT", "DOS-LABORATORY", "DOS-VERIFIER", "DOS-IDENTITY-FIRST"}
    assert (given.state, given.performed_by.username) == ("RUNNING", "nurse")
    assert (breach.deviation.category, breach.deviation.code) == ("GUARD", "DOS-BREACH")
    assert breach.deviation.reference == f"infusion:{infusion.pk}"
    assert (breach.hold.cohort.number, breach.hold.lifted_at) == (1, None)
    assert breach.signature.meaning == "guard_breach"
    assert ProductUnit.objects.get(pk=given.unit_id).state == "INFUSED"
    told = Notification.objects.filter(key=f"infusion:{infusion.pk}:breach").values_list("user__username", flat=True)
    assert set(told) == {"investigator", "medicalmonitor"}


def test_it_counts_as_any_other_infusion_does(scenario):
    """The dose counts, the clock counts: visits are planned, and the gate sees it."""
    infusion = waiting(scenario)
    scenario.wait(hours=1)
    given = record(scenario, infusion, reported(scenario, infusion))
    given = bedside.complete(given, scenario.people, at=scenario.at)
    assert given.state == "COMPLETED"
    assert Visit.objects.filter(subject=given.subject, code="I1D28").exists()
    seen = cohort_facts(given.subject.allocation.slot.cohort, at=scenario.at)
    assert [i.started_at for subject in seen.subjects for i in subject.infusions] == [given.started_at]


def test_two_infusions_on_one_day_go_on_record_and_hold_dosing(scenario):
    for _ in range(3):
        scenario.allocated()
    open_cohort(scenario, number=2)
    subject = scenario.dosed(scenario.allocated()).subject
    infusion = waiting(scenario, subject, number=2)
    given = record(scenario, infusion, reported(scenario, infusion, started_at=scenario.at))
    breach = GuardBreach.objects.get(infusion=given)
    assert ("DOS-INTERVAL" in breach.violated, breach.hold.cohort.number) == (True, 2)
    days = dict(Visit.objects.filter(subject=subject).values_list("code", "nominal_on"))
    assert days["I1D0"] == days["I2D0"] == site_date(scenario.at, timezone=scenario.timezone)


def test_a_unit_that_was_never_thawed_or_issued_was_given_all_the_same(scenario):
    subject = scenario.allocated()
    day = site_date(scenario.at, timezone=scenario.timezone)
    infusion = infusions.plan(subject=subject, number=1, planned_on=day, by=scenario.people["nurse"], at=scenario.at)
    unit = ProductUnit.objects.filter(lot=scenario.lot, state="IN_STOCK").order_by("number")[0]
    scenario.wait(hours=2)
    entry = BreachEntry(
        started_at=scenario.at - timedelta(hours=1),
        unit=unit,
        performed_by=None,
        reported_by="A physician of the night",
        reason="Nobody knew of the trial",
        weight_kg=Decimal("90.0"),
        viability=Decimal("0.5"),
    )
    given = record(scenario, infusion, entry, by="nurse")
    violated = set(GuardBreach.objects.get(infusion=given).violated)
    assert violated >= {
        "DOS-PERFORMER",
        "DOS-PRODUCT-ASSIGNED",
        "DOS-PRODUCT-NOT-ISSUED",
        "DOS-PRODUCT-EXPIRED",
        "DOS-PRODUCT-VIABILITY",
        "DOS-VOLUME",
    }
    unit.refresh_from_db()
    assert (unit.state, unit.viability) == ("INFUSED", Decimal("0.5"))


def test_a_hold_that_stood_is_among_the_conditions(scenario):
    infusion = waiting(scenario)
    people = scenario.people
    cohort = infusion.subject.allocation.slot.cohort
    holds.place(
        study=scenario.study,
        kind="MANUAL",
        reason="A question",
        by=people["investigator"],
        at=scenario.at,
        cohort=cohort,
    )
    scenario.wait(hours=2)
    given = record(scenario, infusion, reported(scenario, infusion))
    assert "DOS-COHORT-HOLD" in GuardBreach.objects.get(infusion=given).violated


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("DOS-FUTURE", {"started_at": timedelta(minutes=1)}),
        ("BRC-REPORTER", {"reported_by": "  "}),
        ("BRC-REASON", {"reason": " "}),
        ("BRC-DOSE", {"weight_kg": None}),
    ],
)
def test_what_is_missing_is_said_and_nothing_changes(scenario, code, changed):
    infusion = waiting(scenario)
    scenario.wait(hours=1)
    if isinstance(changed.get("started_at"), timedelta):
        changed = {"started_at": scenario.at + changed["started_at"]}
    before = counts()
    with pytest.raises(RuleViolation) as refused:
        record(scenario, infusion, reported(scenario, infusion, **changed))
    assert code in refused.value.decision.codes
    assert counts() == before
    assert Infusion.objects.get(pk=infusion.pk).started_at is None


def test_nothing_stood_against_it(scenario):
    """Then it is a late entry, and no breach."""
    infusion = scenario.prepared()
    entry = reported(scenario, infusion, started_at=scenario.at)
    with pytest.raises(RuleViolation) as refused:
        record(scenario, infusion, entry)
    assert refused.value.decision.codes == ("BRC-NONE",)


def test_it_is_on_record_once(scenario):
    infusion = waiting(scenario)
    scenario.wait(hours=1)
    entry = reported(scenario, infusion)
    record(scenario, infusion, entry)
    with pytest.raises(RuleViolation) as refused:
        record(scenario, infusion, entry)
    assert "DOS-STARTED" in refused.value.decision.codes


def test_the_unit_of_another_infusion_is_not_given_twice(scenario):
    given = scenario.dosed()
    infusion = waiting(scenario)
    scenario.wait(hours=1)
    with pytest.raises(RuleViolation) as refused:
        record(scenario, infusion, reported(scenario, infusion, unit=given.unit))
    assert "BRC-UNIT" in refused.value.decision.codes


def test_what_is_signed_is_what_was_seen(scenario):
    """The conditions are judged again under the lock: a list that has become longer is read again first."""
    infusion = waiting(scenario)
    scenario.wait(hours=1)
    entry = reported(scenario, infusion)
    seen = content_hash(breaches.breach_of(infusion, entry, at=scenario.at).content)
    bedside.record_day(infusion, scenario.people, at=scenario.at, weight_kg="62.0")
    with pytest.raises(StaleRecord):
        breaches.record(infusion=infusion, entry=entry, proof=proof(scenario.people["nurse"], seen), at=scenario.at)
    assert not GuardBreach.objects.exists()


@pytest.mark.parametrize("person", ["pharmacist", "monitor", "sponsor", "medicalmonitor", "admin"])
def test_who_was_not_at_the_ward_does_not_report_it(scenario, person):
    infusion = waiting(scenario)
    scenario.wait(hours=1)
    with pytest.raises(NotPermitted):
        record(scenario, infusion, reported(scenario, infusion), by=person)
