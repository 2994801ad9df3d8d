"""Steps of two people: the second one signs, is somebody else, and may; without them nothing is written."""

from __future__ import annotations

import pytest
from django.urls import reverse

from config.demonstration import bedside
from config.demonstration.people import proof
from dosing.models import CustodyEvent, Infusion, ProductUnit
from dosing.rules.states import CustodyStep
from dosing.selectors.units import unit_for_handling
from dosing.services import custody, infusions, returns, units
from tests.builders.prepared import open_cohort
from tests.builders.scenario import TrialScenario
from tests.builders.signing import PASSWORD, signed_in
from trial.errors import NotPermitted, RuleViolation, StaleRecord
from trial.models import CohortClearance
from trial.rules.site_time import site_date
from trial.services import readings
from trial.services.signatures import content_hash

pytestmark = pytest.mark.django_db


@pytest.fixture
def scenario() -> TrialScenario:
    return TrialScenario()


def first_unit(scenario: TrialScenario) -> ProductUnit:
    return scenario.lot.units.select_related("lot__study").order_by("number")[0]


def waiting(scenario: TrialScenario) -> Infusion:
    on = site_date(scenario.at, timezone=scenario.timezone)
    subject = scenario.allocated()
    return infusions.plan(subject=subject, number=1, planned_on=on, by=scenario.people["nurse"], at=scenario.at)


def assign_with(scenario: TrialScenario, person: str, *, seen: str | None = None) -> ProductUnit:
    unit, infusion = first_unit(scenario), waiting(scenario)
    content = custody.step_content(
        unit_for_handling(unit.pk), CustodyStep.ASSIGNED, subject=infusion.subject.code, infusion=1
    )
    return units.assign(
        unit=unit,
        subject=infusion.subject,
        infusion_number=1,
        second=proof(scenario.people[person], seen or content_hash(content)),
        by=scenario.people["pharmacist"],
        at=scenario.at,
    )


@pytest.mark.parametrize(
    ("person", "seen", "refusal", "code"),
    [
        ("pharmacist", None, RuleViolation, "CST-SAME-PERSON"),
        ("nurse", None, NotPermitted, "PER-ROLE"),
        ("pharmacist2", "0" * 64, StaleRecord, "Reload"),
    ],
)
def test_the_second_person_is_another_one_who_may_and_saw_what_is_signed(scenario, person, seen, refusal, code):
    with pytest.raises(refusal, match=code):
        assign_with(scenario, person, seen=seen)
    assert first_unit(scenario).state == "IN_STOCK"
    assert not CustodyEvent.objects.filter(step="ASSIGNED").exists()


def test_quality_assurance_may_be_the_second_person(scenario):
    unit = assign_with(scenario, "qualityassurance")
    event = unit.custody.get(step="ASSIGNED")
    assert (unit.state, event.by.username, event.second_signature.signer.username) == (
        "ASSIGNED",
        "pharmacist",
        "qualityassurance",
    )


@pytest.mark.parametrize(
    ("username", "password", "status", "code"),
    [
        ("pharmacist", PASSWORD, 409, "CST-SAME-PERSON"),
        ("nurse", PASSWORD, 403, "PER-ROLE"),
        ("pharmacist2", "not it", 403, "reauthentication"),
    ],
)
def test_on_the_page_the_reason_stands_beside_the_box(scenario, username, password, status, code):
    unit, infusion = first_unit(scenario), waiting(scenario)
    client = signed_in(scenario.people["pharmacist"])
    address = f"{reverse('unit-assign', args=[unit.pk])}?infusion={infusion.pk}"
    seen = client.get(address).context["content_hash"]
    body = {"meaning": "second_person", "username": username, "password": password, "content_hash": seen}
    answer = client.post(address, body)
    assert (answer.status_code, [reason.code for reason in answer.context["reasons"]]) == (status, [code])
    assert first_unit(scenario).state == "IN_STOCK"


def test_a_unit_is_not_issued_before_two_people_have_passed_and_labelled_it(scenario):
    unit, infusion = first_unit(scenario), waiting(scenario)
    people, at = scenario.people, scenario.at
    bedside.assign(unit, infusion.subject, people, number=1, at=at)
    bedside.thaw(unit, people, at=at)
    for step, act in ((CustodyStep.QC_RELEASED, units.check_quality), (CustodyStep.LABELLED, units.label)):
        with pytest.raises(RuleViolation, match="CST-MISSING"):
            units.issue(unit=unit, by=people["pharmacist"], at=at)
        act(unit=unit, second=bedside.witness(unit, step, people), by=people["pharmacist"], at=at)
    assert units.issue(unit=unit, by=people["pharmacist"], at=at).state == "ISSUED"


def test_a_frozen_assignment_is_taken_back_and_the_unit_goes_to_another(scenario):
    unit, infusion = first_unit(scenario), waiting(scenario)
    people, at = scenario.people, scenario.at
    bedside.assign(unit, infusion.subject, people, number=1, at=at)
    units.unassign(unit=unit, reason="Infusion put off", by=people["pharmacist"], at=at)
    issued = bedside.hand_out(unit, infusion.subject, people, number=1, at=scenario.wait(minutes=1))
    assert (issued.state, unit.custody.filter(step="ASSIGNED").count()) == ("ISSUED", 2)


def test_an_unused_unit_comes_back_is_destroyed_before_a_witness_and_accounted_for(scenario):
    unit, infusion = first_unit(scenario), waiting(scenario)
    people, at = scenario.people, scenario.at
    unit = bedside.hand_out(unit, infusion.subject, people, number=1, at=at)
    pharmacist = people["pharmacist"]
    with pytest.raises(RuleViolation, match="UNT-VOLUME"):
        returns.take_back(unit=unit, volume_ml=unit.volume_ml + 1, place="", note="", by=pharmacist, at=at)
    back = returns.take_back(unit=unit, volume_ml=unit.volume_ml, place="Bench", note="", by=pharmacist, at=at)
    assert (back.state, back.place) == ("RETURNED", "Bench")
    second = bedside.witness(unit, CustodyStep.DESTROYED, people)
    gone = returns.destroy(
        unit=unit, volume_ml=unit.volume_ml, reason="Past its use-by time", second=second, by=pharmacist, at=at
    )
    assert gone.state == "DESTROYED"
    returns.reconcile(unit=unit, note="", by=pharmacist, at=at)
    steps = list(unit.custody.order_by("happened_at", "id").values_list("step", flat=True))
    assert steps[-3:] == ["RETURNED", "DESTROYED", "RECONCILED"]


def test_the_rest_of_an_infused_unit_is_destroyed_and_the_unit_stays_infused(scenario):
    unit = ProductUnit.objects.select_related("lot__study").get(pk=scenario.dosed().unit_id)
    people, at = scenario.people, scenario.at
    pharmacist = people["pharmacist"]
    rest = unit.volume_ml - unit.infusions.get().infused_volume_ml
    returns.take_back(unit=unit, volume_ml=rest, place="", note="", by=pharmacist, at=at)
    with pytest.raises(RuleViolation, match="UNT-REST"):
        returns.reconcile(unit=unit, note="", by=pharmacist, at=at)
    second = bedside.witness(unit, CustodyStep.DESTROYED, people)
    returns.destroy(unit=unit, volume_ml=rest, reason="Rest", second=second, by=pharmacist, at=at)
    returns.reconcile(unit=unit, note="", by=pharmacist, at=at)
    unit.refresh_from_db()
    assert unit.state == "INFUSED"


def test_product_behind_a_gate_is_issued_after_pharmacist_and_nurse_have_read_the_decision(scenario):
    for _ in range(3):
        scenario.allocated()
    open_cohort(scenario, number=2)
    unit, infusion = first_unit(scenario), waiting(scenario)
    people, at = scenario.people, scenario.at
    bedside.assign(unit, infusion.subject, people, number=1, at=at)
    bedside.thaw(unit, people, at=at)
    for step, act in ((CustodyStep.QC_RELEASED, units.check_quality), (CustodyStep.LABELLED, units.label)):
        act(unit=unit, second=bedside.witness(unit, step, people), by=people["pharmacist"], at=at)
    clearance = CohortClearance.objects.get(cohort__number=2, revoked_at__isnull=True)
    for reader in (None, "pharmacist2", "pharmacist"):
        if reader:
            readings.confirm(clearance=clearance, by=people[reader], at=at)
        with pytest.raises(RuleViolation, match="UNT-DECISION-UNREAD"):
            units.issue(unit=unit, by=people["pharmacist"], at=at)
    page = signed_in(people["pharmacist"]).get(reverse("unit", args=[unit.pk]))
    assert [reason.code for reason in page.context["acts"]["issue"]] == ["UNT-DECISION-UNREAD"]
    readings.confirm(clearance=clearance, by=people["nurse"], at=at)
    assert units.issue(unit=unit, by=people["pharmacist"], at=at).state == "ISSUED"
