"""Raw SQL with the application's credentials neither moves an identity nor hides or invents who looked at one."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg2
import pytest
from psycopg2.extensions import cursor

from enrollment.rules.states import OpeningPurpose
from enrollment.services import identities
from tests.builders.identities import person, recorded
from tests.builders.raw_sql import refused_with
from tests.builders.scenario import TrialScenario
from tests.databases import Clone

OTHER = {"number": "A123456789", "full_name": "另一人"}
MARK = "repeat('a', 64)"


@pytest.fixture(scope="module")
def vault(databases, django_db_blocker) -> Iterator[Clone]:
    """Two subjects with an identity, one opened by the nurse; a third without."""
    from django.db import connections

    clone = databases.clone()
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        connections.close_all()
        patch.setitem(connections.settings["default"], "NAME", clone.name)
        scenario = TrialScenario()
        first, second, _third = scenario.consented(), scenario.consented(), scenario.consented()
        recorded(scenario, first)
        recorded(scenario, second, person(**OTHER))
        identities.open_identity(
            subject=first, purpose=OpeningPurpose.CONTACT, note="", by=scenario.people["nurse"], at=scenario.at
        )
        connections.close_all()
    yield clone
    databases.drop(clone)


@pytest.fixture
def attack(vault: Clone) -> Iterator[cursor]:
    """A session of the application role that says it is the nurse, with a reason. What it does is rolled back."""
    session = psycopg2.connect(vault.app_url)
    with session.cursor() as cursor:
        act_as(cursor, "nurse")
        yield cursor
    session.rollback()
    session.close()


def act_as(attack: cursor, username: str, *, reason: str = "because") -> None:
    attack.execute("SELECT id FROM trial_user WHERE username = %s", [username])
    context = {"actor_id": attack.fetchone()[0], "actor": username, "act": "attack", "reason": reason}
    attack.execute("SELECT set_config('stepwise.context', %s, true)", [json.dumps(context)])


def refusal_of(attack: cursor, statement: str) -> set[str]:
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(statement)
    return refused_with(refusal)


# ------------------------------------------------------------------------------------------------------- identities

FIRST = "(SELECT min(id) FROM enrollment_subjectidentity)"
SECOND = "(SELECT max(id) FROM enrollment_subjectidentity)"
NURSE = "(SELECT id FROM trial_user WHERE username = 'nurse')"


@pytest.mark.parametrize(
    "assignment",
    [
        "subject_id = (SELECT max(id) FROM enrollment_subject)",
        "key_id = (SELECT max(id) FROM enrollment_vaultkey)",
        "study_id = study_id + 1",
    ],
)
def test_an_identity_stays_with_its_subject_and_its_key(attack, assignment):
    statement = f"UPDATE enrollment_subjectidentity SET {assignment} WHERE id = {FIRST}"
    assert refusal_of(attack, statement) == {"IDV-FIXED"}


def test_an_identity_is_not_changed_without_a_reason(attack):
    act_as(attack, "nurse", reason="")
    statement = f"UPDATE enrollment_subjectidentity SET sealed = 'x', recorded_by_id = {NURSE} WHERE id = {FIRST}"
    assert refusal_of(attack, statement) == {"IDV-REASON"}


@pytest.mark.parametrize(
    "change",
    [
        "sealed = 'x'",  # recorded by the coordinator, changed by the nurse
        f"sealed = 'x', recorded_by_id = {NURSE}, recorded_at = trial_now() + interval '1 minute'",
    ],
)
def test_who_changed_it_and_when_is_not_forged(attack, change):
    assert refusal_of(attack, f"UPDATE enrollment_subjectidentity SET {change} WHERE id = {FIRST}") == {"IDV-FORGED"}


@pytest.mark.parametrize("change", ["person_mark = ''", f"person_mark = {MARK}"])
def test_a_person_does_not_become_unknown(attack, change):
    """Whoever blanks a mark could take part a second time."""
    statement = f"UPDATE enrollment_subjectidentity SET {change}, recorded_by_id = {NURSE} WHERE id = {FIRST}"
    assert refusal_of(attack, statement) == {"IDV-MARK"}


INSERT = (
    "INSERT INTO enrollment_subjectidentity (study_id, subject_id, key_id, sealed, person_mark, recorded_at,"
    " recorded_by_id) SELECT {study}, s.id, {key}, 'x', {mark}, trial_now(), {by} FROM enrollment_subject s"
    " WHERE s.id = (SELECT max(id) FROM enrollment_subject)"
)


NEW_KEY = "INSERT INTO enrollment_vaultkey (use, wrapped, key_id, wrapped_at) VALUES ('CONTENT', 'x', 'y', trial_now())"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": "(SELECT id FROM enrollment_vaultkey WHERE use = 'PERSON_MARK')"}, "IDV-FIXED"),
        ({"study": "s.study_id + 1"}, "IDV-FIXED"),
        ({"by": "(SELECT id FROM trial_user WHERE username = 'coordinator')"}, "IDV-FORGED"),
        ({"mark": "''"}, "IDV-MARK"),
    ],
)
def test_no_identity_is_invented(attack, change, code):
    attack.execute(f"{NEW_KEY} RETURNING id")
    values = {"study": "s.study_id", "key": str(attack.fetchone()[0]), "mark": MARK, "by": NURSE} | change
    assert refusal_of(attack, INSERT.format(**values)) == {code}


def test_no_identity_without_a_signed_consent(vault):
    """As its owner would leave it: the application itself cannot change the answer of a participant."""
    owner = psycopg2.connect(vault.owner_url)
    with owner.cursor() as cursor:
        act_as(cursor, "nurse")
        cursor.execute("ALTER TABLE enrollment_informedconsent DISABLE TRIGGER b_consent")
        cursor.execute("UPDATE enrollment_informedconsent SET status = 'REFUSED'")
        cursor.execute(f"{NEW_KEY} RETURNING id")
        values = {"study": "s.study_id", "key": str(cursor.fetchone()[0]), "mark": MARK, "by": NURSE}
        assert refusal_of(cursor, INSERT.format(**values)) == {"IDV-CONSENT"}
    owner.rollback()
    owner.close()


def test_the_mark_of_one_person_stands_once_in_a_study(attack):
    with pytest.raises(psycopg2.errors.UniqueViolation, match="person_once"):
        attack.execute(
            "UPDATE enrollment_subjectidentity SET sealed = 'x', person_mark ="
            f" (SELECT person_mark FROM enrollment_subjectidentity WHERE id = {SECOND}), recorded_by_id = {NURSE}"
            f" WHERE id = {FIRST}"
        )


# --------------------------------------------------------------------------------------------------- openings, keys


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM enrollment_identityopening",
        "UPDATE enrollment_identityopening SET purpose = 'INSPECTION'",
        "UPDATE enrollment_identityopening SET opened_by_id = opened_by_id + 1",
        "TRUNCATE enrollment_identityopening",
        "DELETE FROM enrollment_subjectidentity",
        "DELETE FROM enrollment_vaultkey",
        "TRUNCATE enrollment_subjectidentity CASCADE",
    ],
)
def test_the_application_may_not_even_ask_to_remove_or_change_it(attack, statement):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        attack.execute(statement)


OPENING = (
    "INSERT INTO enrollment_identityopening (identity_id, opened_by_id, opened_at, role, purpose, note)"
    f" VALUES ({FIRST}, (SELECT id FROM trial_user WHERE username = '{{who}}'), {{when}}, '{{role}}', 'CONTACT', '')"
)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"who": "coordinator", "role": "coordinator"}, "IDV-FORGED"),
        ({"when": "trial_now() + interval '1 minute'"}, "IDV-FORGED"),
        ({"when": "trial_now() - interval '11 minutes'"}, "IDV-FORGED"),
        ({"role": "principal_investigator"}, "IDV-ROLE"),
        ({"role": "sponsor"}, "IDV-ROLE"),
    ],
)
def test_an_opening_names_who_opened_when_and_in_which_role(attack, change, code):
    values = {"who": "nurse", "when": "trial_now() - interval '9 minutes'", "role": "nurse"} | change
    assert refusal_of(attack, OPENING.format(**values)) == {code}


@pytest.mark.parametrize("who", ["sponsor", "auditor", "dsmb"])
def test_r30_no_opening_in_a_role_that_never_opens(attack, who):
    act_as(attack, who)
    role = {"dsmb": "dsmb_member"}.get(who, who)
    assert refusal_of(attack, OPENING.format(who=who, when="trial_now()", role=role)) == {"IDV-ROLE"}


@pytest.mark.parametrize("change", ["use = 'PERSON_MARK'", "wrapped_at = wrapped_at - interval '1 day'"])
def test_of_a_key_only_the_wrapping_is_renewed(attack, change):
    statement = f"UPDATE enrollment_vaultkey SET {change} WHERE id = (SELECT max(id) FROM enrollment_vaultkey)"
    assert refusal_of(attack, statement) == {"IDV-FIXED"}


def test_there_is_one_key_of_marks(attack):
    with pytest.raises(psycopg2.errors.UniqueViolation, match="one_key_of_marks"):
        attack.execute(
            "INSERT INTO enrollment_vaultkey (use, wrapped, key_id, wrapped_at)"
            " VALUES ('PERSON_MARK', 'x', 'y', trial_now())"
        )
