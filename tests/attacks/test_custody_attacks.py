"""Chain of custody, quarantine and the second person, by raw SQL with the application's credentials."""

from __future__ import annotations

import json

import psycopg2
import pytest

from config.demonstration import bedside
from config.demonstration.people import proof
from dosing.models import ProductUnit
from dosing.rules.states import ExcursionDecision
from dosing.services import infusions, lots, quarantines
from tests.builders.scenario import TrialScenario
from trial.rules.roles import Role
from trial.rules.site_time import site_date
from trial.rules.states import Meaning
from trial.services.regulated import regulated
from trial.services.signatures import content_hash, sign

CONTEXT = json.dumps({"actor": "attacker", "act": "attack"})
LINK = (
    "INSERT INTO dosing_custodyevent (lot_id, unit_id, step, happened_at, place, note, by_id, second_signature_id,"
    " recorded_at) SELECT lot_id, id, %s, trial_now(), '', '', %s, %s, trial_now()"
    " FROM dosing_productunit WHERE id = %s"
)


@pytest.fixture
def scenario(committed_db):
    return TrialScenario()


@pytest.fixture
def execute(app_connection):
    def run(*statements):
        """Statements with their values, in one transaction."""
        with app_connection() as session, session.cursor() as cursor:
            cursor.execute("SELECT set_config('stepwise.context', %s, true)", [CONTEXT])
            for statement, *values in statements:
                cursor.execute(statement, values)

    return run


def refused(execute, code, *statements):
    with pytest.raises(psycopg2.DatabaseError, match=code):
        execute(*statements)


def unit_of(scenario) -> ProductUnit:
    return scenario.lot.units.select_related("lot__study").order_by("number")[0]


def assigned(scenario) -> ProductUnit:
    unit, subject = unit_of(scenario), scenario.allocated()
    on = site_date(scenario.at, timezone=scenario.timezone)
    infusions.plan(subject=subject, number=1, planned_on=on, by=scenario.people["nurse"], at=scenario.at)
    return bedside.assign(unit, subject, scenario.people, number=1, at=scenario.at)


@pytest.mark.parametrize("statement", ["UPDATE dosing_custodyevent SET note = 'x'", "DELETE FROM dosing_custodyevent"])
def test_the_chain_is_append_only(scenario, execute, statement):
    unit_of(scenario)
    refused(execute, "denied|append", (statement,))


@pytest.mark.parametrize("step", ["ASSIGNED", "QC_RELEASED", "LABELLED", "DESTROYED", "IDENTITY_CHECKED"])
def test_a_step_of_two_people_takes_the_signature_of_the_other_over_this_very_step(scenario, execute, step):
    unit = assigned(scenario)
    spent = unit.custody.get(step="ASSIGNED").second_signature_id
    pharmacist, pharmacist2 = (scenario.people[name].pk for name in ("pharmacist", "pharmacist2"))
    refused(execute, "CST-SECOND", (LINK, step, pharmacist, None, unit.pk))
    refused(execute, "CST-SECOND|second_signature", (LINK, step, pharmacist, spent, unit.pk))
    refused(execute, "CST-SECOND", (LINK, step, pharmacist2, spent, unit.pk))
    other = scenario.lot.units.order_by("number")[1]
    refused(execute, "CST-SECOND", (LINK, step, pharmacist, spent, other.pk))


def test_a_link_is_of_its_units_lot_and_not_of_the_future(scenario, execute):
    unit, by = unit_of(scenario), scenario.people["pharmacist"].pk
    other = bedside.receive_lot(scenario.study, scenario.people, number="L-02", at=scenario.at, units_of_lot=1)
    into = (
        "INSERT INTO dosing_custodyevent (lot_id, unit_id, step, happened_at, place, note, by_id, recorded_at)"
        " VALUES (%s, %s, 'MOVED', trial_now() + %s::interval, '', '', %s, trial_now())"
    )
    refused(execute, "CST-LOT", (into, other.pk, unit.pk, "0", by))
    refused(execute, "CST-FUTURE", (into, unit.lot_id, unit.pk, "1 minute", by))


def test_a_unit_is_not_issued_past_its_chain(scenario, execute):
    unit = bedside.thaw(assigned(scenario), scenario.people, at=scenario.at)
    issue = "UPDATE dosing_productunit SET state = 'ISSUED', issued_at = trial_now(), issued_by_id = %s WHERE id = %s"
    refused(execute, "UNT-CHAIN", (issue, scenario.people["pharmacist"].pk, unit.pk))


def test_a_unit_is_not_destroyed_without_a_witness(scenario, execute):
    unit = unit_of(scenario)
    refused(execute, "UNT-CHAIN", ("UPDATE dosing_productunit SET state = 'DESTROYED' WHERE id = %s", unit.pk))


def test_the_code_of_a_label_stays(scenario, execute):
    unit = unit_of(scenario)
    refused(execute, "UNT-FIXED", ("UPDATE dosing_productunit SET uuid = gen_random_uuid() WHERE id = %s", unit.pk))


@pytest.mark.parametrize("state", ["IN_STOCK", "ASSIGNED", "ISSUED", "RETURNED", "DESTROYED"])
def test_nothing_leaves_quarantine_without_a_signed_decision(scenario, execute, state):
    unit = unit_of(scenario)
    people, at = scenario.people, scenario.at
    quarantine = quarantines.set_aside(unit=unit, reason="Leaks", by=people["pharmacist"], at=at)
    back = ("UPDATE dosing_productunit SET state = %s WHERE id = %s", state, unit.pk)
    decided = (
        "UPDATE dosing_quarantine SET decision = 'USABLE', rationale = 'x', decided_at = trial_now(),"
        " decision_signature_id = %s WHERE id = %s"
    )
    refused(execute, "UNT-", back)
    refused(execute, "UNT-QUARANTINE", (decided, scenario.lot.release_signature_id, quarantine.pk), back)
    refused(execute, "DOS-FIXED", ("UPDATE dosing_quarantine SET state_before = 'ISSUED'",), back)


def test_a_decision_frees_its_unit_once_and_into_its_old_state_alone(scenario, execute):
    unit = unit_of(scenario)
    people, at = scenario.people, scenario.at
    quarantine = quarantines.set_aside(unit=unit, reason="Leaks", by=people["pharmacist"], at=at)
    seen = content_hash(quarantines.shown_content(quarantine))
    quarantines.decide(
        quarantine=quarantine,
        decision=ExcursionDecision.USABLE,
        rationale="It does not",
        proof=proof(people["qualityassurance"], seen),
        at=at,
    )
    aside = ("UPDATE dosing_productunit SET state = 'QUARANTINED' WHERE id = %s", unit.pk)
    refused(execute, "UNT-QUARANTINE", aside)
    refused(execute, "DOS-FIXED", ("UPDATE dosing_quarantine SET decision = 'DESTROY'",))


def test_a_quarantine_does_not_begin_decided_nor_from_another_state(scenario, execute):
    unit, by = unit_of(scenario), scenario.people["pharmacist"].pk
    begin = (
        "INSERT INTO dosing_quarantine (unit_id, reason, state_before, began_at, began_by_id, decision, rationale,"
        " decided_at, decision_signature_id) VALUES (%s, 'x', %s, trial_now(), %s, %s, 'x', {decided}, {signed})"
    )
    signed = str(scenario.lot.release_signature_id)
    undecided = begin.format(decided="NULL", signed="NULL")
    refused(execute, "UNT-QUARANTINE", (undecided, unit.pk, "ISSUED", by, ""))
    refused(
        execute,
        "UNT-QUARANTINE",
        (begin.format(decided="trial_now()", signed=signed), unit.pk, "IN_STOCK", by, "USABLE"),
    )


def test_a_lot_is_not_released_past_a_pending_result(scenario, execute):
    lot = bedside.receive_lot(scenario.study, scenario.people, number="L-03", at=scenario.at, units_of_lot=1)
    bedside.test_lot(scenario.study, scenario.people, lot, at=scenario.at)
    elsewhere = scenario.lot
    content = lots.release_content(lot)
    signature = signed_release(scenario, content)
    release = (
        "UPDATE dosing_productlot SET state = 'RELEASED', released_at = trial_now(), release_signature_id = %s,"
        " conditional_signature_id = {conditional} WHERE id = %s"
    )
    refused(execute, "PRD-CONDITIONAL", (release.format(conditional="NULL"), signature, lot.pk))
    stolen = "(SELECT max(id) FROM trial_electronicsignature WHERE meaning = 'product_release')"
    refused(execute, "PRD-CONDITIONAL", (release.format(conditional=stolen), signature, lot.pk))
    used = str(elsewhere.conditional_signature_id)
    refused(execute, "PRD-CONDITIONAL|conditional_signature", (release.format(conditional=used), signature, lot.pk))


def signed_release(scenario, content) -> int:
    quality = scenario.people["qualityassurance"]
    with regulated(by=quality, act="tests.sign"):
        return sign(
            proof=proof(quality, content_hash(content)),
            study=scenario.study,
            role=Role.QUALITY_ASSURANCE,
            meaning=Meaning.PRODUCT_RELEASE,
            content=content,
            seen_sha256=content_hash(content),
            at=scenario.at,
        ).pk
