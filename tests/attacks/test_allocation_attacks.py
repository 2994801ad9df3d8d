"""Raw SQL as the application role: no slot out of order, past a cap, for somebody who may not have it, or unsaid."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import connection, cursor

from tests.builders.raw_sql import forge, refused_with
from tests.databases import Clone, Databases

INSERT = (
    "INSERT INTO enrollment_allocation (study_id, subject_id, slot_id, subject_number, allocated_at, allocated_by_id,"
    " passed_over, order_reason, vacated_at, vacated_reason) VALUES (%(study)s, %(subject)s,"
    " (SELECT id FROM trial_slot WHERE label = %(slot)s), %(number)s, trial_now() + %(after)s::interval, %(person)s,"
    " %(passed_over)s, %(order_reason)s, NULL, '')"
)
VACATE = (
    "UPDATE enrollment_allocation SET vacated_at = trial_now(), vacated_reason = 'x' WHERE subject_id = %(subject)s"
)


@dataclass(frozen=True, slots=True)
class Line:
    """C1-1 is held, C1-2 was given back; two wait, one is only screened, one refused consent; C1-2 comes next."""

    database: Clone
    study: int
    person: int
    held: int
    vacated: int
    first: int
    second: int
    codes: tuple[str, str]
    screened: int
    refused: int


@pytest.fixture(scope="module")
def line(databases: Databases, django_db_blocker: Any) -> Iterator[Line]:
    from django.db import connections

    clone = databases.clone()
    try:
        with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
            connections.close_all()
            patch.setitem(connections.settings["default"], "NAME", clone.name)
            yield _build(clone)
            connections.close_all()
    finally:
        databases.drop(clone)


def _build(clone: Clone) -> Line:
    from config.demonstration import bedside
    from enrollment.rules.states import WithdrawalScope
    from enrollment.services import subjects
    from safety.services import replacements
    from tests.builders.scenario import TrialScenario

    scenario = TrialScenario()
    people = scenario.people
    held, left = scenario.allocated(), scenario.allocated()
    subjects.withdraw(subject=left, scope=WithdrawalScope.ALL, reason="moved", by=people["coordinator"], at=scenario.at)
    replacements.vacate_slot(subject=left, reason="Left before a dose", by=people["coordinator"], at=scenario.at)
    first, second, screened = scenario.eligible(), scenario.eligible(), scenario.screened()
    refused = bedside.register(scenario.study, people, version=scenario.consent_version, at=scenario.at, refused=True)
    return Line(
        database=clone,
        study=scenario.study.pk,
        person=people["coordinator"].pk,
        held=held.pk,
        vacated=left.pk,
        first=first.pk,
        second=second.pk,
        codes=(first.code, second.code),
        screened=screened.pk,
        refused=refused.pk,
    )


@pytest.fixture
def session(line: Line) -> Iterator[connection]:
    """Whatever it does is rolled back."""
    opened = psycopg2.connect(line.database.app_url)
    yield opened
    opened.rollback()
    opened.close()


@pytest.fixture
def attack(session: connection) -> Iterator[cursor]:
    with session.cursor() as attack:
        forge(attack)
        yield attack


def row(line: Line, **changes: object) -> dict[str, object]:
    """What the service would write for the first in line: the next slot, under the next number."""
    known: dict[str, object] = {
        "study": line.study,
        "subject": line.first,
        "slot": "C1-2",
        "number": 11,
        "after": "0",
        "person": line.person,
        "passed_over": [],
        "order_reason": "",
    }
    return known | changes


def test_what_the_service_would_write_is_accepted(attack: cursor, line: Line) -> None:
    attack.execute(INSERT, row(line))
    assert attack.rowcount == 1


def test_who_is_passed_over_by_name_and_with_a_reason_is_passed_over(attack: cursor, line: Line) -> None:
    reason = {"passed_over": [line.codes[0]], "order_reason": "Away until May."}
    attack.execute(INSERT, row(line, subject=line.second, **reason))
    assert attack.rowcount == 1


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        (lambda line: {"slot": "C1-3", "number": 3}, {"ALC-SLOT-ORDER"}),
        (lambda line: {"slot": "C2-1", "number": 4}, {"ALC-SLOT-ORDER", "ALC-COHORT-CLOSED"}),
        (lambda line: {"number": 2}, {"ALC-NUMBER"}),
        (lambda line: {"number": 12}, {"ALC-NUMBER"}),
        (lambda line: {"after": "1 minute"}, {"ALC-TIME"}),
        (lambda line: {"subject": line.screened}, {"ALC-STATE", "ALC-ELIGIBILITY-UNSIGNED"}),
        (lambda line: {"subject": line.refused}, {"ALC-STATE", "ALC-CONSENT", "ALC-ELIGIBILITY-UNSIGNED"}),
        (lambda line: {"subject": line.second}, {"ALC-ORDER"}),
        (lambda line: {"subject": line.second, "order_reason": "Away."}, {"ALC-ORDER"}),
        (lambda line: {"subject": line.second, "passed_over": [line.codes[0]]}, {"ALC-ORDER"}),
        (lambda line: {"passed_over": [line.codes[1]], "order_reason": "Away."}, {"ALC-ORDER"}),
    ],
)
def test_every_other_row_is_refused(
    attack: cursor, line: Line, changes: Callable[[Line], dict[str, object]], codes: set[str]
) -> None:
    with pytest.raises(psycopg2.Error) as error:
        attack.execute(INSERT, row(line, **changes(line)))
    assert refused_with(error) == codes


def test_a_slot_that_is_held_is_not_given_again(attack: cursor, line: Line) -> None:
    with pytest.raises(psycopg2.Error) as error:
        attack.execute(INSERT, row(line, slot="C1-1"))
    assert refused_with(error) == {"ALC-SLOT-ORDER"}


def test_an_eligible_state_without_its_signature_is_not_enough(attack: cursor, line: Line) -> None:
    attack.execute("UPDATE enrollment_subject SET state = 'ELIGIBLE' WHERE id = %s", [line.screened])
    with pytest.raises(psycopg2.Error) as error:
        attack.execute(INSERT, row(line, subject=line.screened))
    assert refused_with(error) == {"ALC-ELIGIBILITY-UNSIGNED"}


def test_facts_changed_under_the_signature_break_it(attack: cursor, line: Line) -> None:
    changed = json.dumps({"got_u_l": "500"})
    attack.execute(
        "UPDATE enrollment_screening SET facts = facts || %s::jsonb WHERE subject_id = %s", [changed, line.first]
    )
    with pytest.raises(psycopg2.Error) as error:
        attack.execute(INSERT, row(line))
    assert refused_with(error) == {"ALC-ELIGIBILITY-BROKEN"}


def test_nothing_is_allocated_in_a_transaction_that_sees_an_old_state(session: connection, line: Line) -> None:
    session.set_session(isolation_level="REPEATABLE READ")
    with session.cursor() as attack:
        forge(attack)
        with pytest.raises(psycopg2.Error) as error:
            attack.execute(INSERT, row(line))
    assert refused_with(error) == {"ALC-ISOLATION"}


def test_a_slot_given_back_is_not_taken_back(attack: cursor, line: Line) -> None:
    with pytest.raises(psycopg2.Error) as error:
        attack.execute(
            "UPDATE enrollment_allocation SET vacated_at = NULL, vacated_reason = '' WHERE subject_id = %s",
            [line.vacated],
        )
    assert refused_with(error) == {"ALC-FIXED"}


@pytest.mark.parametrize("column", ["passed_over = '{X}', order_reason = 'x'", "subject_number = 9"])
def test_what_was_allocated_is_not_rewritten(attack: cursor, line: Line, column: str) -> None:
    with pytest.raises(psycopg2.Error) as error:
        attack.execute(f"UPDATE enrollment_allocation SET {column} WHERE subject_id = %s", [line.held])
    assert refused_with(error) == {"ALC-FIXED"}


# ------------------------------------------------------------------------------------------------------------ caps

# Rows of the past that no service could have made, written by the owner without the guard.
PAST = (
    "WITH made AS (INSERT INTO enrollment_subject (study_id, site_id, protocol_version_id, code, state, registered_at,"
    " registered_by_id) SELECT u.study_id, u.site_id, u.protocol_version_id, 'OLD-' || n, 'WITHDRAWN', u.registered_at,"
    " u.registered_by_id FROM enrollment_subject u CROSS JOIN generate_series(%(from)s, %(to)s) AS n"
    " WHERE u.id = %(subject)s RETURNING id, substr(code, 5)::int AS n)"
    " INSERT INTO enrollment_allocation (study_id, subject_id, slot_id, subject_number, allocated_at, allocated_by_id,"
    " passed_over, order_reason, vacated_at, vacated_reason)"
    " SELECT %(study)s, made.id, s.id, made.n, trial_now(), %(person)s, '{}', '', trial_now(), 'x'"
    " FROM made CROSS JOIN trial_slot s WHERE s.label = %(slot)s"
)
FIRST_NUMBER = 100


@pytest.fixture
def past(line: Line) -> Iterator[tuple[connection, Callable[[str, int], None]]]:
    """The owner, who writes so many vacated rows into a slot and then lets the guard judge; rolled back."""
    owner = psycopg2.connect(line.database.owner_url)
    written = 0

    def write(slot: str, number: int) -> None:
        nonlocal written
        known = {"study": line.study, "person": line.person, "subject": line.first, "slot": slot}
        numbers = {"from": FIRST_NUMBER + written, "to": FIRST_NUMBER + written + number - 1}
        with owner.cursor() as rows:
            forge(rows)
            rows.execute("ALTER TABLE enrollment_allocation DISABLE TRIGGER b_allocation")
            rows.execute(PAST, known | numbers)
            rows.execute("SET CONSTRAINTS ALL IMMEDIATE")
            rows.execute("ALTER TABLE enrollment_allocation ENABLE TRIGGER b_allocation")
        written += number

    yield owner, write
    owner.rollback()
    owner.close()


def next_number(owner: connection) -> int:
    with owner.cursor() as rows:
        rows.execute("SELECT max(subject_number) + 1 FROM enrollment_allocation")
        (number,) = rows.fetchone() or (0,)
    return int(number)


def judged(owner: connection, statement: str, values: dict[str, object]) -> set[str]:
    with owner.cursor() as rows, pytest.raises(psycopg2.Error) as error:
        rows.execute(statement, values)
    return refused_with(error)


def test_the_third_replacement_of_a_cohort_is_refused(past, line: Line) -> None:
    owner, write = past
    write("C1-2", 2)
    assert judged(owner, INSERT, row(line, number=next_number(owner))) == {"ALC-REPLACEMENTS"}


def test_the_sixth_subject_of_a_cohort_of_three_is_refused(past, line: Line) -> None:
    owner, write = past
    write("C1-2", 3)
    codes = judged(owner, INSERT, row(line, number=next_number(owner)))
    assert codes == {"ALC-REPLACEMENTS", "ALC-COHORT-CAP"}


def test_the_seventh_replacement_of_the_study_is_refused(past, line: Line) -> None:
    owner, write = past
    write("C2-1", 7)
    assert judged(owner, INSERT, row(line, number=next_number(owner))) == {"ALC-REPLACEMENTS-TOTAL"}


def test_the_seventeenth_subject_of_the_study_is_refused(past, line: Line) -> None:
    owner, write = past
    for label in ("C2-1", "C2-2", "C2-3", "C2-4", "C3-1", "C3-2", "C3-3"):
        write(label, 2)
    codes = judged(owner, INSERT, row(line, number=next_number(owner)))
    assert codes == {"ALC-CAP", "ALC-REPLACEMENTS-TOTAL"}


def test_no_more_slots_are_given_back_than_are_replaced(past, line: Line) -> None:
    owner, write = past
    write("C1-2", 1)
    assert judged(owner, VACATE, {"subject": line.held}) == {"RPL-MOST"}


def test_no_more_slots_of_the_study_are_given_back_than_are_replaced(past, line: Line) -> None:
    owner, write = past
    write("C2-1", 5)
    assert judged(owner, VACATE, {"subject": line.held}) == {"RPL-TOTAL"}
