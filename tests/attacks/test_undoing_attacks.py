"""What has happened is not undone by a statement: copied signatures, revocations put off, deaths and consents taken
back."""

from __future__ import annotations

import json

import psycopg2
import pytest

from enrollment.rules.states import WithdrawalScope
from enrollment.services import subjects
from tests.builders.scenario import TrialScenario

CONTEXT = json.dumps({"actor": "attacker", "act": "attack"})
COLUMNS = "study_id, signer_id, printed_name, role, meaning, signed_at, method, content, content_sha256, mac"


@pytest.fixture
def scenario(committed_db):
    return TrialScenario()


@pytest.fixture
def execute(app_connection):
    def run(statement, *values):
        with app_connection() as session, session.cursor() as cursor:
            cursor.execute("SELECT set_config('stepwise.context', %s, true)", [CONTEXT])
            cursor.execute(statement, values)

    return run


def refused(execute, code, statement, *values):
    with pytest.raises(psycopg2.DatabaseError, match=code):
        execute(statement, *values)


def test_a_genuine_signature_cannot_be_copied(scenario, execute):
    refused(
        execute,
        "signature_once",
        f"INSERT INTO trial_electronicsignature ({COLUMNS}) "
        f"SELECT {COLUMNS} FROM trial_electronicsignature ORDER BY id LIMIT 1",
    )


def test_a_revocation_is_not_put_off(scenario, execute):
    refused(
        execute,
        "CLR-TIME",
        "UPDATE trial_cohortclearance SET revoked_at = '9999-01-01', revoked_reason = 'x'",
    )
    execute("UPDATE trial_delegation SET revoked_on = '2026-01-01'")
    refused(execute, "DEL-REVOKED", "UPDATE trial_delegation SET revoked_on = '9999-01-01'")
    refused(execute, "DEL-REVOKED", "UPDATE trial_delegation SET revoked_on = NULL")


@pytest.mark.parametrize(
    "change", ["code = 'X-1'", "site_id = site_id + 1", "registered_at = registered_at - interval '1 day'"]
)
def test_a_subject_keeps_what_it_was_registered_with(scenario, execute, change):
    subject = scenario.consented()
    refused(execute, "SUB-FIXED", f"UPDATE enrollment_subject SET {change} WHERE id = %s", subject.pk)


def test_a_death_and_a_withdrawal_stay(scenario, execute):
    subject = scenario.consented()
    execute(
        "UPDATE enrollment_subject SET died_at = trial_now(), withdrawn_on = '2026-01-01' WHERE id = %s", subject.pk
    )
    for change in ("died_at = NULL", "withdrawn_on = NULL", "withdrawn_on = '9999-01-01'"):
        refused(execute, "SUB-ENDED", f"UPDATE enrollment_subject SET {change} WHERE id = %s", subject.pk)


def test_a_withdrawn_or_refused_consent_stays_so(scenario, execute):
    subject = scenario.consented()
    subjects.withdraw(
        subject=subject,
        scope=WithdrawalScope.ALL,
        reason="Wish of the participant",
        by=scenario.people["coordinator"],
        at=scenario.at,
    )
    for change in (
        "withdrawn_at = NULL, withdrawal_scope = ''",
        "withdrawn_at = '9999-01-01'",
        "status = 'REFUSED'",
        "given_at = given_at - interval '1 day'",
    ):
        refused(
            execute, "CON-FIXED", f"UPDATE enrollment_informedconsent SET {change} WHERE subject_id = %s", subject.pk
        )
    refused(execute, "CON-VERSION-FIXED", "UPDATE enrollment_consentversion SET approved_on = '2000-01-01'")


@pytest.mark.parametrize(
    ("spoilt", "made_good"),
    [
        ("state = 'RETURNED'", "state = 'ISSUED'"),
        ("issued_by_id = issued_by_id", "use_by_at = '9999-01-01'"),
        ("issued_by_id = issued_by_id", "viability = 0.99"),
        ("issued_by_id = issued_by_id", "total_cells = total_cells * 2"),
        ("issued_by_id = issued_by_id", "assigned_infusion_number = 2"),
    ],
)
def test_a_unit_is_not_made_good(scenario, execute, spoilt, made_good):
    unit = scenario.prepared().unit_id or scenario.lot.units.get(state="ISSUED").pk
    execute(f"UPDATE dosing_productunit SET {spoilt} WHERE id = %s", unit)
    refused(execute, "UNT-", f"UPDATE dosing_productunit SET {made_good} WHERE id = %s", unit)


def test_no_more_is_planned_than_the_unit_holds(scenario, execute):
    infusion = scenario.prepared()
    refused(
        execute,
        "DOS-VOLUME",
        "UPDATE dosing_infusion SET state = 'RUNNING', started_at = trial_now(), performed_by_id = %s, "
        "planned_volume_ml = 999 WHERE id = %s",
        scenario.people["nurse"].pk,
        infusion.pk,
    )
