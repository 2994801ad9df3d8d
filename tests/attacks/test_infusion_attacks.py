"""Raw SQL with the application's own credentials cannot start an infusion that must not start.

Every session forges its own context, as an attacker would. What the guard says is in the HINT of SQLSTATE SW409.
"""

from __future__ import annotations

import json

import psycopg2
import pytest
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ, ISOLATION_LEVEL_SERIALIZABLE, cursor

from tests.builders.broken_rows import BREAKS, Break, hold
from tests.builders.prepared import Scene
from tests.builders.raw_sql import forge, parameters, refused_with


def starting_row(scene: Scene, broken: Break) -> dict[str, object]:
    row: dict[str, object] = {"performed_by_id": "nurse"} | broken.row
    named = {**scene.people, "spare_unit": scene.spare_unit, "signed_off_elsewhere": scene.signed_off_elsewhere}
    return {key: named.get(value, value) if isinstance(value, str) else value for key, value in row.items()}


def break_rows(attack: cursor, scene: Scene, broken: Break) -> None:
    values = parameters(attack, scene, scene.named[broken.infusion])
    for statement in broken.statements:
        attack.execute(statement, values)


def start_by_update(attack: cursor, scene: Scene, broken: Break, *, started_at: str = "trial_now()") -> None:
    row = starting_row(scene, broken) | {"id": scene.named[broken.infusion]}
    assignments = ", ".join(f"{key} = %({key})s" for key in row if key != "id")
    attack.execute(
        f"UPDATE dosing_infusion SET state = 'RUNNING', started_at = {started_at}, {assignments} WHERE id = %(id)s", row
    )


def start_by_insert(attack: cursor, scene: Scene, broken: Break) -> None:
    """A new row for the same infusion, with the facts of the day and the signatures of the prepared one."""
    prepared = scene.named[broken.infusion]
    new = 1_000_000
    copy_row(attack, "dosing_predosecheck", "infusion_id", prepared, {"id": new, "infusion_id": new})
    row = {"id": new, "state": "RUNNING"} | starting_row(scene, broken)
    copy_row(attack, "dosing_infusion", "id", prepared, row, starts=True)


SIGNATURES = {
    "dosing_predosecheck": ("signoff_signature_id",),
    "dosing_infusion": ("first_identity_signature_id", "identity_signature_id"),
}


def copy_row(
    attack: cursor, table: str, key: str, value: int, changed: dict[str, object], *, starts: bool = False
) -> None:
    """The row once more, with what is changed in it. A signature stands under one row alone: it moves."""
    attack.execute(
        f"SELECT to_jsonb(r) || jsonb_build_object('now', trial_now()) FROM {table} r WHERE {key} = %s", [value]
    )
    row = attack.fetchone()
    if row is None:
        return
    copied = row[0] | ({"started_at": row[0]["now"]} if starts else {}) | changed
    cleared = ", ".join(f"{column} = NULL" for column in SIGNATURES[table])
    attack.execute(f"UPDATE {table} SET {cleared} WHERE {key} = %s", [value])
    attack.execute(
        f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, %s::jsonb)).*", [json.dumps(copied)]
    )


# ------------------------------------------------------------------------------------------------------- every reason


@pytest.mark.parametrize("infusion", ["first", "second"])
def test_nothing_stands_against_what_is_prepared(attack, scene, infusion):
    """The control: without a break the same statement starts it. Rolled back."""
    start_by_update(attack, scene, Break("", infusion=infusion))
    assert attack.rowcount == 1


def test_the_insert_too_is_refused_for_nothing_but_being_the_second_row(attack, scene):
    with pytest.raises(psycopg2.errors.UniqueViolation, match="infusion_number_once"):
        start_by_insert(attack, scene, Break(""))


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.id)
def test_no_update_starts_an_infusion_against_a_reason(attack, scene, broken: Break):
    break_rows(attack, scene, broken)
    with pytest.raises(psycopg2.Error) as refusal:
        start_by_update(attack, scene, broken)
    assert broken.code in refused_with(refusal)


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.id)
def test_no_insert_starts_an_infusion_against_a_reason(attack, scene, broken: Break):
    break_rows(attack, scene, broken)
    with pytest.raises(psycopg2.Error) as refusal:
        start_by_insert(attack, scene, broken)
    assert broken.code in refused_with(refusal)


@pytest.mark.parametrize(
    ("code", "started_at"),
    [
        ("DOS-FUTURE", "trial_now() + interval '1 minute'"),
        ("DOS-LATE-REASON", "trial_now() - interval '6 minutes'"),
        ("DOS-SLOT", "trial_now() - interval '50 days'"),
        ("DOS-VERIFIER", "trial_now() - interval '1 day'"),
    ],
)
def test_no_start_time_helps(attack, scene, code, started_at):
    with pytest.raises(psycopg2.Error) as refusal:
        start_by_update(attack, scene, Break(""), started_at=started_at)
    assert code in refused_with(refusal)


@pytest.mark.parametrize(("volume_ml", "code"), [("6.2", "DOS-DOSE-TOLERANCE"), ("7.7", "DOS-VOLUME")])
def test_no_other_volume_is_planned_than_that_of_the_dose(attack, scene, volume_ml, code):
    """61.0 kg of 8.8 million living cells per mL: 6.2 mL are 0.894 million per kg."""
    with pytest.raises(psycopg2.Error) as refusal:
        start_by_update(attack, scene, Break("", row={"planned_volume_ml": volume_ml}))
    assert code in refused_with(refusal)


def test_a_start_is_not_dated_back_behind_a_hold(attack, scene):
    """Within the tolerance of a start at the bedside the conditions of now count as well."""
    values = parameters(attack, scene, scene.first)
    attack.execute(hold("study"), values)
    with pytest.raises(psycopg2.Error) as refusal:
        start_by_update(attack, scene, Break(""), started_at="trial_now() - interval '2 seconds'")
    assert "DOS-STUDY-HOLD" in refused_with(refusal)


@pytest.mark.parametrize("level", [ISOLATION_LEVEL_REPEATABLE_READ, ISOLATION_LEVEL_SERIALIZABLE])
def test_an_old_snapshot_hides_no_hold(scene, session, level):
    """A transaction that looked before a hold was committed would not see it afterwards: it may start nothing."""
    session.set_session(isolation_level=level)
    with session.cursor() as attack:
        forge(attack)
        with pytest.raises(psycopg2.Error) as refusal:
            start_by_update(attack, scene, Break(""))
    assert refused_with(refusal) == {"DOS-ISOLATION"}


@pytest.mark.parametrize("state", ["COMPLETED", "PAUSED", "STOPPED_EARLY"])
def test_no_infusion_begins_with_its_end(attack, scene, state):
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(
            "UPDATE dosing_infusion SET state = %s, started_at = trial_now(), ended_at = trial_now(),"
            " performed_by_id = %s, infused_volume_ml = 1, given_million_per_kg = 1, stop_reason = 'technical'"
            " WHERE id = %s",
            [state, scene.people["nurse"], scene.first],
        )
    assert refused_with(refusal) & {"DOS-STARTED", "DOS-STATE"}


def test_a_unit_is_infused_once(attack, scene):
    """The unit of a given infusion, made to look new again, cannot be given to another."""
    attack.execute(
        "SELECT unit_id FROM dosing_infusion WHERE started_at IS NOT NULL AND ended_at IS NOT NULL ORDER BY id LIMIT 1"
    )
    used = attack.fetchone()[0]
    attack.execute(
        "UPDATE dosing_productunit u SET state = 'ISSUED', issued_at = trial_now(),"
        " use_by_at = trial_now() + interval '1 hour', thawed_at = trial_now(), assigned_infusion_number = 1,"
        " assigned_subject_id = i.subject_id"
        " FROM dosing_infusion i WHERE u.id = %s AND i.id = %s",
        [used, scene.first],
    )
    with pytest.raises(psycopg2.Error) as refusal:
        start_by_update(attack, scene, Break("", row={"unit_id": used}))
    assert "DOS-VERIFIER" in refused_with(refusal)


# ------------------------------------------------------------------------------------- around the guard, not through it

FORBIDDEN = [
    ("temporary table", "CREATE TEMP TABLE trial_dosinghold (LIKE public.trial_dosinghold)"),
    ("schema", "CREATE SCHEMA shadow"),
    ("table in public", "CREATE TABLE public.shadow (id int)"),
    ("function in public", "CREATE FUNCTION public.trial_now(x int) RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    (
        "the guard itself",
        "CREATE OR REPLACE FUNCTION public.trial_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
    ),
    ("replication role", "SET session_replication_role = 'replica'"),
    ("replication role by function", "SELECT set_config('session_replication_role', 'replica', false)"),
    ("the owner", "SET ROLE stepwise_owner"),
    ("the owner's session", "SET SESSION AUTHORIZATION stepwise_owner"),
    ("triggers off", "ALTER TABLE dosing_infusion DISABLE TRIGGER ALL"),
    ("one trigger off", "ALTER TABLE dosing_infusion DISABLE TRIGGER b_infusion"),
    ("user triggers off", "ALTER TABLE trial_auditevent DISABLE TRIGGER USER"),
    ("trigger dropped", "DROP TRIGGER b_infusion ON dosing_infusion"),
    ("trigger of one's own", "CREATE TRIGGER x BEFORE UPDATE ON dosing_infusion EXECUTE FUNCTION stepwise_infusion()"),
    ("rule", "CREATE RULE x AS ON UPDATE TO dosing_infusion DO INSTEAD NOTHING"),
    ("constraint dropped", "ALTER TABLE dosing_infusion DROP CONSTRAINT infusion_number_once"),
    ("table dropped", "DROP TABLE dosing_infusion CASCADE"),
    ("function dropped", "DROP FUNCTION stepwise_infusion() CASCADE"),
    ("function altered", "ALTER FUNCTION stepwise_infusion() SECURITY INVOKER"),
    ("the secret", "SELECT * FROM stepwise_secret"),
    ("the secret's hash", "SELECT stepwise_hmac('x', 'y')"),
    ("truncated infusions", "TRUNCATE dosing_infusion CASCADE"),
    ("truncated history", "TRUNCATE trial_auditevent"),
    ("truncated signatures", "TRUNCATE trial_electronicsignature CASCADE"),
    ("truncated holds", "TRUNCATE trial_dosinghold"),
    ("deleted infusion", "DELETE FROM dosing_infusion"),
    ("deleted facts", "DELETE FROM dosing_predosecheck"),
    ("deleted history", "DELETE FROM trial_auditevent"),
    ("deleted signature", "DELETE FROM trial_electronicsignature"),
    ("deleted hold", "DELETE FROM trial_dosinghold"),
    ("deleted unit", "DELETE FROM dosing_productunit"),
    ("deleted release test", "DELETE FROM dosing_releasetest"),
    ("changed history", "UPDATE trial_auditevent SET actor = 'somebody else'"),
    ("forged history", "INSERT INTO trial_auditevent SELECT * FROM trial_auditevent LIMIT 1"),
    ("changed signature", "UPDATE trial_electronicsignature SET signer_id = 1"),
    ("changed release test", "UPDATE dosing_releasetest SET value = 99"),
    ("changed verdict", "UPDATE enrollment_eligibilitysnapshot SET overall = 'eligible'"),
    ("changed protocol", "UPDATE trial_protocolversion SET canonical = '{}'"),
    (
        "another protocol",
        "INSERT INTO trial_protocolversion (study_id, version, canonical, sha256, state) VALUES (1, '', '{}', '', '')",
    ),
    ("moved site", "UPDATE trial_site SET timezone = 'Pacific/Kiritimati'"),
    ("more infusions", "UPDATE trial_cohort SET infusions = 9"),
    ("the server's files", "COPY trial_user TO '/tmp/users'"),
    ("a program", "COPY trial_user TO PROGRAM 'cat'"),
]


@pytest.mark.parametrize("statement", [pytest.param(sql, id=name.replace(" ", "-")) for name, sql in FORBIDDEN])
def test_the_application_has_no_right_to(attack, statement):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        attack.execute(statement)


def test_nobody_grants_what_is_not_theirs(attack):
    """PostgreSQL warns instead of refusing, and grants nothing."""
    attack.execute("GRANT ALL ON trial_auditevent TO stepwise_app")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        attack.execute("UPDATE trial_auditevent SET actor = 'somebody else'")


def test_a_search_path_shadows_nothing(attack, scene):
    attack.execute("SET LOCAL search_path = pg_temp, information_schema, pg_catalog")
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(
            "UPDATE public.dosing_infusion SET state = 'RUNNING', started_at = public.trial_now(), performed_by_id = %s"
            " WHERE id = %s",
            [scene.people["nurse"], scene.sequel],
        )
    assert {"DOS-PRODUCT-MISSING", "DOS-WEIGHT"} <= refused_with(refusal)


@pytest.mark.parametrize("setting", ["pgtrigger.ignore", "stepwise.ignore", "stepwise.guard"])
def test_no_setting_switches_the_guard_off(attack, scene, setting):
    attack.execute("SELECT set_config(%s, 'dosing_infusion:*,*', true)", [setting])
    with pytest.raises(psycopg2.Error) as refusal:
        start_by_update(attack, scene, Break("", infusion="sequel"))
    assert "DOS-PRODUCT-MISSING" in refused_with(refusal)


@pytest.mark.parametrize(
    "context", ["", "{}", '{"actor": "nurse"}', '{"act": "infusions.start"}', '{"actor": "", "act": "x"}']
)
def test_nothing_is_written_without_a_name(attack, scene, context):
    attack.execute("SELECT set_config('stepwise.context', %s, true)", [context])
    with pytest.raises(psycopg2.Error) as refusal:
        start_by_update(attack, scene, Break(""))
    assert refusal.value.pgcode == "SW401"


def test_history_says_who_wrote_whatever_the_session_claims(attack, scene):
    start_by_update(attack, scene, Break(""))
    attack.execute("SELECT database_role, operation FROM trial_auditevent ORDER BY id DESC LIMIT 1")
    assert attack.fetchone() == ("stepwise_app", "U")
