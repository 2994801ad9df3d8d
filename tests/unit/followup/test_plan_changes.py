"""From the visits that are there to the visits the plan asks for."""

from datetime import date

import pytest

from followup.rules.plan_changes import ExistingVisit, plan_changes
from followup.rules.states import VisitState
from followup.rules.visit_codes import codes_before, observation_visit, visit_order, visit_plan_of
from followup.rules.windows import plan_visits
from trial.protocol.loading import shipped_definition

DEFINITION = shipped_definition()


def plan(*infusions, cohort=2):
    return plan_visits(
        schedule=DEFINITION.schedule,
        cohort=DEFINITION.cohort(cohort),
        regimen=DEFINITION.regimen,
        timezone="Asia/Taipei",
        consent_on=date(2025, 2, 1),
        infusions=infusions,
    )


def existing(*codes, **states):
    return [ExistingVisit(code=code, state=VisitState(states.get(code, "PLANNED"))) for code in codes]


def test_what_was_done_or_missed_is_not_planned_again():
    changes = plan_changes(existing("SCR", "BASE", SCR="DONE", BASE="MISSED"), planned=plan(date(2025, 3, 3)))
    codes = [visit.code for visit in changes.wanted]
    assert "SCR" not in codes
    assert "BASE" not in codes
    assert changes.cancelled == ()


def test_a_late_second_infusion_parts_the_merged_visit_and_brings_the_cancelled_one_back():
    merged = plan(date(2025, 3, 3))
    assert [v.merged_with for v in merged if v.code == "I2D0"] == ["I1D28"]
    parted = plan_changes(
        existing("I2D0", "I1D28", I1D28="CANCELLED"), planned=plan(date(2025, 3, 3), date(2025, 4, 9))
    )
    wanted = {visit.code: visit.merged_with for visit in parted.wanted}
    assert wanted["I1D28"] is None
    assert wanted["I2D0"] is None


def test_a_done_merged_visit_keeps_standing_for_the_other():
    done = [ExistingVisit(code="I2D0", state=VisitState.DONE, merged_with="I1D28")]
    changes = plan_changes(done, planned=plan(date(2025, 3, 3), date(2025, 4, 9)))
    assert not {"I1D28", "I2D0"} & {visit.code for visit in changes.wanted}


def test_a_visit_does_not_stand_for_one_that_took_place_by_itself():
    changes = plan_changes(existing("I1D28", I1D28="DONE"), planned=plan(date(2025, 3, 3)))
    assert {v.code: v.merged_with for v in changes.wanted}["I2D0"] is None


def test_visits_that_the_plan_no_longer_knows_are_cancelled_while_open():
    changes = plan_changes(existing("I3D7", "I3D14", I3D14="DONE"), planned=plan(date(2025, 3, 3)))
    assert changes.cancelled == ("I3D7",)


def test_every_planned_code_has_its_place_and_its_row_in_the_schedule():
    order = visit_order(schedule=DEFINITION.schedule, infusions=3)
    planned = [visit.code for visit in plan(date(2025, 3, 3), cohort=3)]
    assert [code for code in order if code in planned] == planned
    assert all(visit_plan_of(code, schedule=DEFINITION.schedule) for code in order)
    assert visit_plan_of("I1X", schedule=DEFINITION.schedule) is None
    assert observation_visit(2, schedule=DEFINITION.schedule, window_days=28) == "I2D28"
    assert observation_visit(2, schedule=DEFINITION.schedule, window_days=27) is None


@pytest.mark.parametrize(
    ("code", "row"),
    [
        ("SCR", "SCR"),
        ("SCR2", "SCR"),
        ("SCR10", "SCR"),
        ("BASE3", "BASE"),
        ("M3", "M3"),
        ("M32", None),
        ("SCR1", None),
        ("I1D0", "D0"),
        ("I2D28", "D28"),
        ("ET2", None),
        ("D0", None),
    ],
)
def test_a_code_stands_for_a_row_of_the_schedule(code, row):
    plan = visit_plan_of(code, schedule=DEFINITION.schedule)
    assert (plan.code if plan else None) == row


def test_the_visits_of_a_rescreening_follow_those_of_the_attempt_before():
    order = visit_order(schedule=DEFINITION.schedule, infusions=1, attempts=2)
    assert order[:5] == ("SCR", "BASE", "SCR2", "BASE2", "I1D0")
    assert codes_before(schedule=DEFINITION.schedule) == {"SCR": "SCR", "BASE": "BASE"}
