"""Attacks on reviews, votes, grades and holds with the application's own credentials."""

import json

import psycopg2
import pytest

from safety.models import GateReview
from tests.builders.observed_cohort import ObservedCohort
from trial.models import CohortClearance, ElectronicSignature


def attack(connect, statement, *parameters):
    """A statement of somebody who has the application's password and gives a context, as history demands."""
    with connect() as session, session.cursor() as cursor:
        context = json.dumps({"actor": "mallory", "act": "attack"})
        cursor.execute("SELECT set_config('stepwise.context', %s, true)", [context])
        cursor.execute(statement, parameters)
        return cursor.rowcount


@pytest.fixture
def voted(committed_db):
    cohort = ObservedCohort().endorsed()
    cohort.vote(cohort.convene(), "investigator")
    return cohort


def refused(connect, code, statement, *parameters):
    with pytest.raises(psycopg2.Error) as refusal:
        attack(connect, statement, *parameters)
    assert code in str(refusal.value)


def test_nobody_opens_a_cohort_or_decides_a_review_past_the_signatures(voted, app_connection):
    review = GateReview.objects.get()
    signature = ElectronicSignature.objects.get(meaning="gate_decision")
    refused(
        app_connection,
        "CLR-UNSIGNED",
        "INSERT INTO trial_cohortclearance (cohort_id, basis, opened_at, opened_by_id, decision_sha256, signatures,"
        " revoked_reason) VALUES (%s, 'GATE_DECISION', trial_now(), %s, %s, ARRAY[%s, %s]::bigint[], '')",
        voted.cohort_number(2).pk,
        voted.people["investigator"].pk,
        review.dossier_sha256,
        signature.pk,
        signature.pk,
    )
    refused(
        app_connection,
        "GTE-UNSIGNED",
        "UPDATE safety_gatereview SET decision = 'STOP', decided_at = trial_now() WHERE id = %s",
        review.pk,
    )
    refused(
        app_connection,
        "GTE-UNSIGNED",
        "INSERT INTO safety_gatevote (review_id, signer_id, role, vote, rationale, voted_at, signature_id)"
        " VALUES (%s, %s, 'medical_monitor', 'PROCEED', 'sure', trial_now(), %s)",
        review.pk,
        voted.people["medicalmonitor"].pk,
        signature.pk,
    )
    assert not CohortClearance.objects.filter(cohort=voted.cohort_number(2)).exists()


def test_a_frozen_dossier_a_vote_and_a_grade_are_never_changed(voted, app_connection):
    review = GateReview.objects.get()
    refused(app_connection, "GTE-HASH", "UPDATE safety_gatereview SET dossier = '{}' WHERE id = %s", review.pk)
    refused(
        app_connection,
        "GTE-FROZEN",
        "UPDATE safety_gatereview SET dossier = '{}', dossier_sha256 = encode(sha256('{}'::bytea), 'hex')"
        " WHERE id = %s",
        review.pk,
    )
    refused(app_connection, "permission denied", "UPDATE safety_gatevote SET vote = 'HOLD'")
    refused(app_connection, "permission denied", "DELETE FROM safety_gatevote")
    subject = voted.subjects[0]
    event = voted.report(subject, onset=voted.onset(subject, days=2))
    refused(app_connection, "permission denied", "UPDATE safety_gradeentry SET grade = 1")
    refused(app_connection, "permission denied", "DELETE FROM safety_adverseevent WHERE id = %s", event.pk)


def test_a_hold_is_not_lifted_by_sql(voted, app_connection):
    subject = voted.subjects[0]
    voted.report(subject, onset=voted.onset(subject, days=2))
    refused(app_connection, "HLD-UNSIGNED", "UPDATE trial_dosinghold SET lifted_at = trial_now()")
