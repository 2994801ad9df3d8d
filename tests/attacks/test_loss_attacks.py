"""Raw SQL with the application's own credentials: a loss to follow-up has its record, and a call stays what it was."""

from __future__ import annotations

import json
from collections.abc import Callable

import psycopg2
import pytest

from enrollment.models import Subject
from followup.rules.states import AdverseEventAnswer
from followup.services import contacts, losses
from tests.builders.scenario import TrialScenario
from trial.rules.site_time import site_date

Execute = Callable[..., None]
LOSS = (
    "INSERT INTO followup_losstofollowup"
    " (subject_id, lost_on, attempts, recorded_at, recorded_by_id, found_reason)"
    " SELECT s.id, {day}, 'x', trial_now(), s.registered_by_id, '' FROM enrollment_subject s WHERE s.code = %s"
)
TODAY = "(trial_now() AT TIME ZONE 'Asia/Taipei')::date"


@pytest.fixture
def scenario(committed_db) -> TrialScenario:
    return TrialScenario()


@pytest.fixture
def execute(app_connection, scenario) -> Execute:
    def run(statement: str, *values: object) -> None:
        context = json.dumps({"actor_id": scenario.people["nurse"].pk, "actor": "nurse", "act": "a", "reason": "a"})
        with app_connection() as session, session.cursor() as cursor:
            cursor.execute("SELECT set_config('stepwise.context', %s, true)", [context])
            cursor.execute(statement, values)

    return run


def refused(execute: Execute, code: str, statement: str, *values: object) -> None:
    with pytest.raises(psycopg2.DatabaseError, match=code):
        execute(statement, *values)


def test_the_day_is_that_of_a_record_which_keeps_its_bounds(scenario, execute) -> None:
    screened = scenario.consented().code
    subject = scenario.allocated()
    scenario.wait(days=1)
    scenario.dosed(subject)
    scenario.wait(days=3)
    refused(execute, "LST-RECORD", f"UPDATE enrollment_subject SET lost_on = {TODAY} WHERE code = %s", subject.code)
    refused(execute, "LST-STATE", LOSS.format(day=TODAY), screened)
    refused(execute, "LST-FUTURE", LOSS.format(day=f"{TODAY} + 1"), subject.code)
    refused(execute, "LST-SEEN", LOSS.format(day=f"{TODAY} - 4"), subject.code)
    refused(execute, "LST-EARLY", LOSS.format(day=f"{TODAY} - 5"), subject.code)
    execute(LOSS.format(day=f"{TODAY} - 3"), subject.code)
    refused(execute, "LST-RECORD", f"UPDATE enrollment_subject SET lost_on = {TODAY} WHERE code = %s", subject.code)


def test_a_loss_ends_only_by_being_found(scenario, execute) -> None:
    subject = scenario.allocated()
    today = site_date(scenario.at, timezone=scenario.timezone)
    losses.record(subject=subject, lost_on=today, attempts="x", by=scenario.people["nurse"], at=scenario.at)
    refused(execute, "LST-RECORD", "UPDATE enrollment_subject SET lost_on = NULL WHERE code = %s", subject.code)
    for changed in ("lost_on = lost_on - 1", "attempts = 'y'", "recorded_at = recorded_at - interval '1 day'"):
        refused(execute, "LST-FIXED", f"UPDATE followup_losstofollowup SET {changed}")
    refused(execute, "permission denied", "DELETE FROM followup_losstofollowup")
    found = "UPDATE followup_losstofollowup SET found_at = {at}, found_by_id = recorded_by_id, found_reason = 'x'"
    refused(execute, "LST-FUTURE", found.format(at="trial_now() + interval '1 hour'"))
    losses.record_found(subject=subject, reason="x", by=scenario.people["nurse"], at=scenario.at)
    refused(execute, "LST-FIXED", found.format(at="trial_now()"))
    assert Subject.objects.get(pk=subject.pk).lost_on is None


def test_what_was_said_is_kept(scenario, execute) -> None:
    contact = contacts.record(
        subject=scenario.consented(),
        contacted_at=scenario.at,
        asked=AdverseEventAnswer.NONE,
        note="",
        by=scenario.people["investigator"],
        at=scenario.at,
    )
    table = "followup_telephonecontact"
    for changed in ("adverse_events_asked = 'yes'", "contacted_at = contacted_at - interval '9 days'", "note = 'y'"):
        refused(execute, "PHN-FIXED", f"UPDATE {table} SET {changed} WHERE id = %s", contact.pk)
    refused(execute, "permission denied", f"DELETE FROM {table}")
    contacts.void(contact=contact, reason="x", by=scenario.people["investigator"], at=scenario.at)
    unvoided = "voided_at = NULL, voided_by_id = NULL, voided_reason = ''"
    refused(execute, "PHN-FIXED", f"UPDATE {table} SET {unvoided} WHERE id = %s", contact.pk)
