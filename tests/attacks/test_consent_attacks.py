"""Raw SQL with the application's own credentials: consents, forms, signed pages and openings stay what they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

from enrollment.models import ConsentDocument
from enrollment.rules.states import OpeningPurpose, WithdrawalScope
from enrollment.services import consent_documents, subjects
from tests.builders.consent import approved, sealed_folder
from tests.builders.scenario import TrialScenario
from tests.unit.enrollment.signed_pages import pdf, png

Execute = Callable[..., None]
NEW_PAGE = (
    "INSERT INTO enrollment_consentdocument"
    " (consent_id, key_id, stored_as, media_type, size, sha256, uploaded_at, uploaded_by_id)"
    " SELECT {consent}, {key}, {name}, {media_type}, {size}, {sha256}, {uploaded_at}, {by}"
    " FROM enrollment_consentdocument d ORDER BY d.id LIMIT 1"
)
NEW_OPENING = (
    "INSERT INTO enrollment_documentopening (document_id, opened_by_id, opened_at, role, purpose, note)"
    " SELECT d.id, {by}, {at}, {role}, 'CONTACT', '' FROM enrollment_consentdocument d ORDER BY d.id LIMIT 1"
)


@pytest.fixture(autouse=True)
def _folder():
    yield from sealed_folder(Path(settings.DATA_DIR))


@pytest.fixture
def scenario(committed_db) -> TrialScenario:
    return TrialScenario()


@pytest.fixture
def document(scenario) -> ConsentDocument:
    consent = scenario.consented().consents.select_related("subject__study", "subject__site").get()
    coordinator = scenario.people["coordinator"]
    consent_documents.file_page(consent=consent, content=png(), by=coordinator, at=scenario.at)
    document = consent_documents.file_page(consent=consent, content=pdf(), by=coordinator, at=scenario.at)
    consent_documents.open_page(document=document, purpose=OpeningPurpose.CONTACT, by=coordinator, at=scenario.at)
    return document


@pytest.fixture
def execute(app_connection, scenario) -> Execute:
    """As the application role, in the name of the coordinator, as an attacker would forge it."""

    def run(statement: str, *values: object) -> None:
        coordinator = scenario.people["coordinator"].pk
        context = json.dumps({"actor_id": coordinator, "actor": "coordinator", "act": "attack", "reason": "attack"})
        with app_connection() as session, session.cursor() as cursor:
            cursor.execute("SELECT set_config('stepwise.context', %s, true)", [context])
            cursor.execute(statement, values)

    return run


def refused(execute: Execute, code: str, statement: str, *values: object) -> None:
    with pytest.raises(psycopg2.DatabaseError, match=code):
        execute(statement, *values)


@pytest.mark.parametrize("table", ["enrollment_consentdocument", "enrollment_documentopening"])
def test_pages_and_openings_are_neither_changed_nor_removed(document, execute, table):
    column = "sha256 = repeat('0', 64)" if table.endswith("document") else "purpose = 'INSPECTION'"
    for statement in (f"UPDATE {table} SET {column}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        refused(execute, "permission denied", statement)


PAGE = {
    "consent": "d.consent_id",
    "key": "(SELECT max(id) FROM enrollment_vaultkey)",
    "name": "repeat('ab', 16)",
    "media_type": "'application/pdf'",
    "size": "5",
    "sha256": "repeat('0', 64)",
    "uploaded_at": "trial_now()",
    "by": "d.uploaded_by_id",
}


def free_key(execute: Execute) -> None:
    execute(
        "INSERT INTO enrollment_vaultkey (wrapped, key_id, wrapped_at, use) VALUES ('x', 'y', trial_now(), 'CONTENT')"
    )


def test_a_page_that_is_right_can_be_written(document, execute):
    free_key(execute)
    execute(NEW_PAGE.format(**PAGE))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"size": "0"}, "10 MiB"),
        ({"size": "10485761"}, "10 MiB"),
        ({"media_type": "'text/html'"}, "10 MiB"),
        ({"sha256": "'abc'"}, "10 MiB"),
        ({"name": "'../../secret'"}, "10 MiB"),
        ({"uploaded_at": "trial_now() + interval '1 second'"}, "whoever acts"),
        ({"uploaded_at": "timestamptz '2000-01-01 00:00+00'"}, "signed answer"),
        ({"by": "d.uploaded_by_id + 1"}, "whoever acts"),
        ({"name": "d.stored_as"}, "stored_as"),
        ({"sha256": "d.sha256"}, "consent_document_once"),
        ({"key": "d.key_id"}, "key_id"),
    ],
)
def test_a_page_that_was_not_uploaded_is_not_written(document, execute, change, code):
    free_key(execute)
    refused(execute, code, NEW_PAGE.format(**PAGE | change))


def test_a_page_is_not_filed_with_a_refusal(scenario, document, execute):
    free_key(execute)
    approved(scenario, "2.0", again=False)
    execute(
        "INSERT INTO enrollment_informedconsent (subject_id, consent_version_id, status, given_at, explained_by_id,"
        " copy_given, before_procedures, recorded_at, recorded_by_id, withdrawal_scope, withdrawal_reason)"
        " SELECT subject_id, (SELECT max(id) FROM enrollment_consentversion), 'REFUSED', given_at, explained_by_id,"
        " copy_given, before_procedures, recorded_at, recorded_by_id, '', '' FROM enrollment_informedconsent"
    )
    refusal = "(SELECT max(id) FROM enrollment_informedconsent WHERE status = 'REFUSED')"
    refused(execute, "signed answer", NEW_PAGE.format(**PAGE | {"consent": refusal}))


OPENING = {"by": "d.uploaded_by_id", "at": "trial_now()", "role": "'coordinator'"}


def test_an_opening_that_is_right_can_be_written(document, execute):
    execute(NEW_OPENING.format(**OPENING))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"by": "d.uploaded_by_id + 1"}, "whoever opens"),
        ({"at": "trial_now() + interval '1 second'"}, "when they open"),
        ({"at": "trial_now() - interval '11 minutes'"}, "when they open"),
        ({"role": "'principal_investigator'"}, "role at its site"),
        ({"role": "'sponsor'"}, "role at its site"),
        ({"role": "''"}, "role at its site"),
    ],
)
def test_an_opening_names_who_acts_now_in_a_role_of_theirs(document, execute, change, code):
    refused(execute, code, NEW_OPENING.format(**OPENING | change))


def test_a_withdrawal_is_not_narrowed_or_put_off(scenario, execute):
    subject = scenario.consented()
    coordinator = scenario.people["coordinator"]
    for scope in (WithdrawalScope.TREATMENT, WithdrawalScope.FOLLOW_UP):
        subjects.withdraw(subject=subject, scope=scope, reason="own wish", by=coordinator, at=scenario.at)
    for change in (
        "withdrawal_scope = 'TREATMENT'",
        "withdrawal_scope = 'SOME'",
        "widened_at = NULL",
        "widened_at = widened_at - interval '1 minute'",
        "widened_at = trial_now() + interval '1 minute'",
        "withdrawn_at = withdrawn_at - interval '1 minute'",
    ):
        refused(
            execute,
            "CON-FIXED|it can only be withdrawn|null value",
            f"UPDATE enrollment_informedconsent SET {change} WHERE subject_id = %s",
            subject.pk,
        )
    execute("UPDATE enrollment_informedconsent SET withdrawal_scope = 'ALL' WHERE subject_id = %s", subject.pk)


def test_what_has_to_be_signed_again_is_not_taken_back_or_put_off(scenario, execute):
    scenario.wait(days=1)
    version = approved(scenario, "2.0")
    for change in (
        "reconsent_required = false, reconsent_by = NULL",
        "reconsent_by = reconsent_by + 30",
        "reconsent_by = NULL",
        "approved_on = approved_on - 1",
        "label = '1.9'",
        "entered_by_id = entered_by_id + 1",
    ):
        refused(
            execute,
            "never changed",
            f"UPDATE enrollment_consentversion SET {change} WHERE id = %s",
            version.pk,
        )
    refused(
        execute,
        "never changed",
        "UPDATE enrollment_consentversion SET reconsent_by = '2030-01-01' WHERE NOT reconsent_required",
    )
    execute(
        "UPDATE enrollment_consentversion SET reconsent_required = true, reconsent_by = '2030-01-01'"
        " WHERE NOT reconsent_required"
    )
