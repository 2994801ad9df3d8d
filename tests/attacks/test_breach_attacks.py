"""A start against the guard needs a signed breach that lists every condition, its deviation and its hold: all of them.

Raw SQL with the application's own credentials brings the combination about with one thing wrong at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg2
import pytest
from psycopg2.extensions import cursor

from tests.builders.broken_rows import COHORT
from tests.builders.prepared import REPORT, Scene
from tests.builders.raw_sql import parameters, refused_with


@dataclass(frozen=True, slots=True)
class Report:
    """The combination as the service writes it, for the infusion ``close``."""

    violated: tuple[str, ...] | None = None
    signature: str = "whole"
    has_breach: bool = True
    category: str = "GUARD"
    reference: str = "'infusion:' || %(infusion)s"
    hold_cohort: str = COHORT
    hold_subject: str = "''"
    hold_cause: str = "'breach:' || %(infusion)s"
    started_at: str = "%(scene_at)s"
    performed_by: str = "nurse"
    unit: str = "unit"
    reason: str = REPORT["reason"]


def values_of(attack: cursor, scene: Scene, report: Report) -> dict[str, object]:
    signatures = {
        "whole": scene.breach.signed_whole,
        "part": scene.breach.signed_in_part,
        "another meaning": scene.signed_off_elsewhere,
    }
    values = parameters(attack, scene, scene.close)
    violated = scene.breach.violated if report.violated is None else report.violated
    return values | {
        "scene_at": scene.at,
        "violated": list(violated),
        "signature": signatures[report.signature],
        "performer": scene.people[report.performed_by],
        "given_unit": values["unit"] if report.unit == "unit" else scene.spare_unit,
        "reported_by": REPORT["reported_by"],
        "reason": report.reason,
        "category": report.category,
    }


def write_report(attack: cursor, scene: Scene, report: Report) -> dict[str, object]:
    values = values_of(attack, scene, report)
    attack.execute(
        "INSERT INTO trial_deviation (study_id, subject_code, category, code, key, reference, description, occurred_at,"
        " raised_at, raised_by_id, classification, assessment, corrective_action)"
        " SELECT study_id, code, %(category)s, 'DOS-BREACH', 'attack', " + report.reference + ", 'x', %(at)s, %(at)s,"
        " %(nurse)s, '', '', '' FROM enrollment_subject WHERE id = %(subject)s RETURNING id",
        values,
    )
    values["deviation"] = attack.fetchone()[0]
    attack.execute(
        "INSERT INTO trial_dosinghold (study_id, cohort_id, subject_code, kind, reason, cause, placed_at, placed_by_id,"
        f" lift_signatures) VALUES (%(study)s, {report.hold_cohort}, {report.hold_subject}, 'MANUAL', 'x',"
        f" {report.hold_cause}, %(at)s, %(nurse)s, '{{}}') RETURNING id",
        values,
    )
    values["hold"] = attack.fetchone()[0]
    if report.has_breach:
        attack.execute(
            "INSERT INTO dosing_guardbreach (infusion_id, reported_by, reason, violated, deviation_id, hold_id,"
            " signature_id, recorded_at, recorded_by_id) VALUES (%(infusion)s, %(reported_by)s, %(reason)s,"
            " %(violated)s, %(deviation)s, %(hold)s, %(signature)s, %(at)s, %(nurse)s)",
            values,
        )
    return values


def start(attack: cursor, scene: Scene, report: Report) -> None:
    values = write_report(attack, scene, report)
    attack.execute(
        f"UPDATE dosing_infusion SET state = 'RUNNING', started_at = {report.started_at}, late_entry_reason = 'Down',"
        " performed_by_id = %(performer)s, unit_id = %(given_unit)s WHERE id = %(infusion)s",
        values,
    )


def test_the_whole_combination_starts_it(attack, scene):
    """The control. Rolled back."""
    start(attack, scene, Report())
    attack.execute("SET CONSTRAINTS ALL IMMEDIATE")
    attack.execute("SELECT state FROM dosing_infusion WHERE id = %s", [scene.close])
    assert attack.fetchone() == ("RUNNING",)


WRONG = {
    "no breach": Report(has_breach=False),
    "a condition is not listed": Report(violated=("DOS-ELIGIBILITY-EXPIRED",), signature="part"),
    "a list that nobody signed": Report(signature="part"),
    "a signature of another meaning": Report(signature="another meaning"),
    "a reason that nobody signed": Report(reason="Another one"),
    "a deviation of another kind": Report(category="OTHER"),
    "a deviation of another record": Report(reference="'infusion:1'"),
    "a hold for another cause": Report(hold_cause="'something'"),
    "a hold of this subject alone": Report(
        hold_cohort="NULL", hold_subject="(SELECT code FROM enrollment_subject WHERE id = %(subject)s)"
    ),
    "a hold of another cohort": Report(hold_cohort="(SELECT min(id) FROM trial_cohort WHERE study_id = %(study)s)"),
    "another time": Report(started_at="%(scene_at)s - interval '1 second'"),
    "another person": Report(performed_by="nurse2"),
    "another unit": Report(unit="spare_unit"),
}


@pytest.mark.parametrize("report", WRONG.values(), ids=WRONG)
def test_one_thing_wrong_and_it_does_not_start(attack, scene, report):
    with pytest.raises(psycopg2.Error) as refusal:
        start(attack, scene, report)
    assert {"DOS-SENTINEL", "DOS-STAGGER"} <= refused_with(refusal)


def test_a_breach_covers_no_start_in_the_future(attack, scene):
    with pytest.raises(psycopg2.Error) as refusal:
        start(attack, scene, Report(started_at="trial_now() + interval '1 minute'"))
    assert "DOS-FUTURE" in refused_with(refusal)


def test_another_hold_of_the_cohort_is_listed_as_well(attack, scene):
    """Only the hold that the breach itself places is no condition of it."""
    values = parameters(attack, scene, scene.close) | {"at": scene.at}
    attack.execute(
        "INSERT INTO trial_dosinghold (study_id, cohort_id, subject_code, kind, reason, cause, placed_at, placed_by_id,"
        f" lift_signatures) VALUES (%(study)s, {COHORT}, '', 'MANUAL', 'x', '', %(at)s, %(nurse)s, '{{}}')",
        values,
    )
    with pytest.raises(psycopg2.Error) as refusal:
        start(attack, scene, Report())
    assert "DOS-COHORT-HOLD" in refused_with(refusal)


def test_no_breach_is_kept_in_stock(attack, scene):
    """One without its start does not outlive its transaction."""
    write_report(attack, scene, Report())
    with pytest.raises(psycopg2.Error, match="BRC-START"):
        attack.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_no_breach_is_added_to_a_start_that_was_in_order(attack, scene):
    values = values_of(attack, scene, Report()) | {"hold": 1, "deviation": 1}
    attack.execute("SELECT min(id) FROM dosing_infusion WHERE started_at IS NOT NULL")
    values["infusion"] = attack.fetchone()[0]
    with pytest.raises(psycopg2.Error, match="BRC-STARTED"):
        attack.execute(
            "INSERT INTO dosing_guardbreach (infusion_id, reported_by, reason, violated, deviation_id, hold_id,"
            " signature_id, recorded_at, recorded_by_id) VALUES (%(infusion)s, 'x', 'x', '{}', %(deviation)s, %(hold)s,"
            " %(signature)s, %(at)s, %(nurse)s)",
            values,
        )


@pytest.mark.parametrize("statement", ["UPDATE dosing_guardbreach SET reason = 'x'", "DELETE FROM dosing_guardbreach"])
def test_a_breach_is_never_changed(attack, statement):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        attack.execute(statement)
