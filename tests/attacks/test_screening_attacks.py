"""Raw SQL with the application's credentials makes no interview, and rewrites no screening that was closed."""

from __future__ import annotations

import psycopg2
import pytest

from tests.builders.raw_sql import refused_with

# Values of an interview as it is in force, each of which an attack replaces.
OWN = {
    "subject_id": "i.subject_id",
    "kind": "i.kind",
    "held_on": "i.held_on",
    "supported": "i.supported",
    "note": "i.note",
    "signature_id": "i.signature_id",
    "recorded_at": "i.recorded_at",
    "withdrawn_reason": "''",
}
LATEST = "(SELECT max(id) FROM enrollment_supportinterview WHERE kind = 'SOCIAL_WORKER')"
WITHDRAWN = (
    "UPDATE enrollment_supportinterview SET withdrawn_at = trial_now(), withdrawn_reason = 'x', withdrawn_by_id ="
    f" (SELECT id FROM trial_user WHERE username = 'socialworker') WHERE id = {LATEST}"
)


def insert(**changes: str) -> str:
    values = OWN | changes
    return (
        f"INSERT INTO enrollment_supportinterview ({', '.join(values)})"
        f" SELECT {', '.join(values.values())} FROM enrollment_supportinterview i WHERE i.id = {LATEST}"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"supported": "NOT i.supported"},
        {"held_on": "i.held_on - 30"},
        {"note": "'Another one'"},
        {"recorded_at": "i.recorded_at + interval '1 second'"},
        {"kind": "'INVESTIGATOR'"},
        {"subject_id": "(SELECT min(id) FROM enrollment_subject)"},
        {"signature_id": "(SELECT max(id) FROM trial_electronicsignature WHERE meaning = 'eligibility')"},
        {
            "signature_id": "(SELECT max(signature_id) FROM enrollment_supportinterview WHERE kind = 'INVESTIGATOR')",
            "recorded_at": "(SELECT max(recorded_at) FROM enrollment_supportinterview WHERE kind = 'INVESTIGATOR')",
        },
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_no_interview_is_made_by_sql(attack, changes):
    attack.execute(WITHDRAWN)
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(insert(**changes))
    assert refused_with(refusal) == {"INT-UNSIGNED"}


def test_a_withdrawn_interview_is_not_put_in_again_with_its_signature(attack):
    attack.execute(WITHDRAWN)
    with pytest.raises(psycopg2.errors.UniqueViolation, match="signature_id"):
        attack.execute(insert())


@pytest.mark.parametrize(
    "assignment",
    [
        "supported = NOT supported",
        "held_on = held_on - 1",
        "note = 'x'",
        "kind = 'INVESTIGATOR'",
        "signature_id = 1",
        "subject_id = 1",
        "withdrawn_at = trial_now() + interval '1 day', withdrawn_reason = 'x', withdrawn_by_id = 1",
    ],
)
def test_a_signed_interview_is_never_changed(attack, assignment):
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(f"UPDATE enrollment_supportinterview SET {assignment} WHERE id = {LATEST}")
    assert refused_with(refusal) == {"INT-FIXED"}


def test_a_withdrawal_is_not_undone(attack):
    attack.execute(WITHDRAWN)
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(
            "UPDATE enrollment_supportinterview SET withdrawn_at = NULL, withdrawn_by_id = NULL,"
            f" withdrawn_reason = '' WHERE id = {LATEST}"
        )
    assert refused_with(refusal) == {"INT-FIXED"}


@pytest.mark.parametrize(
    "facts",
    [
        "facts || '{\"family_support_social_worker\": false}'",
        "facts - 'family_support_social_worker'",
        'facts || \'{"family_support_investigator": "yes"}\'',
    ],
    ids=["otherwise", "silent", "another type"],
)
def test_screening_does_not_say_what_no_interview_found(attack, facts):
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(f"UPDATE enrollment_screening SET facts = {facts}")
    assert refused_with(refusal) == {"INT-FACT"}


def test_a_new_attempt_does_not_say_it_either(attack):
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(
            "INSERT INTO enrollment_screening (study_id, number, subject_id, attempt, facts, facts_sha256, started_at,"
            " rescreened_because, failure_codes) SELECT c.study_id, 9999, c.subject_id, c.attempt + 1,"
            " c.facts || '{\"family_support_social_worker\": false}', '', trial_now(), 'x', '[]'"
            " FROM enrollment_screening c WHERE c.id = (SELECT min(id) FROM enrollment_screening)"
        )
    assert refused_with(refusal) == {"INT-FACT"}


def test_an_interview_is_not_withdrawn_behind_the_back_of_screening(session, attack):
    attack.execute(WITHDRAWN)
    with pytest.raises(psycopg2.Error) as refusal:
        session.commit()
    assert refused_with(refusal) == {"INT-FACT"}


# ---------------------------------------------------------------------------------------------------- closed screenings

ONE = "(SELECT max(id) FROM enrollment_screening)"
CLOSED = f"UPDATE enrollment_screening SET failed_at = trial_now(), failure_codes = '[\"X4\"]' WHERE id = {ONE}"
TOLD = (
    "jsonb_build_object('type', 'screening_failure', 'subject', u.code, 'attempt', c.attempt,"
    " 'facts_sha256', c.facts_sha256, 'failing', c.failure_codes)"
)


def failure(*, content: str = TOLD, first: str = "'X4'", at: str = "c.failed_at", sha256: str = "") -> str:
    digest = sha256 or f"encode(sha256(convert_to(({content})::text, 'UTF8')), 'hex')"
    return (
        "INSERT INTO enrollment_screeningfailure (screening_id, first_code, not_continued, note, content,"
        f" content_sha256, recorded_at, recorded_by_id) SELECT c.id, {first}, '', '', ({content})::text, {digest},"
        f" {at}, 1 FROM enrollment_screening c JOIN enrollment_subject u ON u.id = c.subject_id"
        f" WHERE c.id = {ONE}"
    )


@pytest.mark.parametrize(
    "assignment",
    ["number = 9999", "attempt = 3", "subject_id = 1", "started_at = started_at - interval '1 day'",
     "rescreened_because = 'x'"],
)  # fmt: skip
def test_an_attempt_keeps_what_it_was_begun_with(attack, assignment):
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(f"UPDATE enrollment_screening SET {assignment} WHERE id = {ONE}")
    assert refused_with(refusal) == {"SCR-FIXED"}


@pytest.mark.parametrize(
    "assignment",
    ["failed_at = NULL, failure_codes = '[]'", "failure_codes = '[\"X5\"]'", "facts = '{}'", "number = 9999"],
    ids=["reopened", "other criteria", "other facts", "another number"],
)
def test_a_closed_screening_is_never_changed(attack, assignment):
    attack.execute(CLOSED)
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(f"UPDATE enrollment_screening SET {assignment} WHERE id = {ONE}")
    assert refused_with(refusal) == {"SCR-CLOSED"}


@pytest.mark.parametrize(
    "changes",
    [
        {"first": "'X5'"},
        {"sha256": "repeat('0', 64)"},
        {"at": "c.failed_at - interval '1 day'"},
        {"content": f'{TOLD} || \'{{"subject": "nobody"}}\''},
        {"content": f'{TOLD} || \'{{"facts_sha256": ""}}\''},
        {"content": f"{TOLD} || '{{\"failing\": []}}'"},
        {"content": f'{TOLD} || \'{{"type": "eligibility"}}\''},
    ],
    ids=["first code", "hash", "time", "subject", "facts", "criteria", "type"],
)
def test_the_evaluation_of_a_failure_is_not_forged(attack, changes):
    attack.execute(CLOSED)
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(failure(**changes))
    assert refused_with(refusal) == {"SCR-FAILURE"}


def test_an_open_screening_has_no_failure(attack):
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(failure(first="''", at="trial_now()"))
    assert refused_with(refusal) == {"SCR-FAILURE"}


@pytest.mark.parametrize("statement", ["UPDATE {} SET note = 'x'", "DELETE FROM {}"])
def test_a_failure_is_neither_changed_nor_deleted(attack, statement):
    attack.execute(CLOSED)
    attack.execute(failure())
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        attack.execute(statement.format("enrollment_screeningfailure"))
