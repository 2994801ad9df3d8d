"""A rejected lot cannot come back, and no signature releases twice: raw SQL with the application's credentials."""

import json
from datetime import timedelta

import psycopg2
import pytest

from dosing.services import lots
from tests.builders.scenario import TrialScenario

CONTEXT = json.dumps({"actor": "attacker", "act": "attack"})


def execute(connect, statement, *values):
    with connect() as session, session.cursor() as cursor:
        cursor.execute("SELECT set_config('stepwise.context', %s, true)", [CONTEXT])
        cursor.execute(statement, values)


@pytest.fixture
def lot(committed_db):
    return TrialScenario().lot


def test_a_rejected_lot_stays_rejected(lot, app_connection):
    quality = lot.release_signature.signer
    rejected = lots.reject(lot=lot, reason="Late culture positive", by=quality, at=lot.released_at)
    for statement in (
        "UPDATE dosing_productlot SET state = 'RELEASED' WHERE id = %s",
        "UPDATE dosing_productlot SET state = 'QUARANTINED', release_signature_id = NULL WHERE id = %s",
    ):
        with pytest.raises(psycopg2.DatabaseError, match="PRD-"):
            execute(app_connection, statement, rejected.pk)


def test_a_release_signature_is_used_once(lot, app_connection):
    execute(app_connection, "UPDATE dosing_productlot SET state = 'QUARANTINED' WHERE id = %s", lot.pk)
    for statement in (
        "UPDATE dosing_productlot SET release_signature_id = NULL WHERE id = %s",
        "UPDATE dosing_productlot SET state = 'RELEASED' WHERE id = %s",
    ):
        with pytest.raises(psycopg2.DatabaseError, match="PRD-"):
            execute(app_connection, statement, lot.pk)


def test_what_was_signed_includes_the_expiry(committed_db, app_connection):
    scenario = TrialScenario()
    lot = scenario.lot
    with pytest.raises(psycopg2.DatabaseError, match="PRD-"):
        execute(
            app_connection,
            "UPDATE dosing_productlot SET expires_at = %s WHERE id = %s",
            lot.expires_at + timedelta(days=400),
            lot.pk,
        )
