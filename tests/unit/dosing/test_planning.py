"""Which infusion may be planned, for which day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from dosing.rules.planning import PlanningFacts, may_plan, next_number

TODAY = date(2026, 3, 12)
SECOND_OF_TWO = PlanningFacts(cohort_infusions=2, planned=(1,), number=2, planned_on=TODAY)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({}, ()),
        ({"planned": (), "number": 1}, ()),
        ({"planned": (), "number": 2}, ("DOS-SEQUENCE",)),
        ({"number": 1}, ("DOS-PLANNED",)),
        ({"planned": (1, 2), "number": 3}, ("DOS-NUMBER",)),
        ({"cohort_infusions": 1}, ("DOS-NUMBER",)),
        ({"cohort_infusions": None}, ("DOS-SLOT",)),
        ({"planned_on": TODAY + timedelta(days=400)}, ()),
        ({"planned_on": TODAY - timedelta(days=1)}, ("DOS-PLANNED-PAST",)),
        (
            {"planned": (), "number": 3, "planned_on": TODAY - timedelta(days=1)},
            ("DOS-NUMBER", "DOS-SEQUENCE", "DOS-PLANNED-PAST"),
        ),
        ({"number": 0, "planned": ()}, ("DOS-NUMBER",)),
    ],
)
def test_planning(wrong, expected):
    assert may_plan(replace(SECOND_OF_TWO, **wrong), today=TODAY).codes == expected


@pytest.mark.parametrize(("planned", "number"), [((), 1), ((1,), 2), ((1, 2), 3), ((2,), 1)])
def test_the_next_number_is_the_first_that_is_not_planned(planned, number):
    assert next_number(planned) == number
