"""The participant flow: numbers that add up, and a figure in which nothing covers anything else."""

from __future__ import annotations

import pytest

from reports.rules.flow_figure import FlowBox, FlowRow, PlacedBox, flow_figure
from reports.rules.participant_flow import CohortFlow, Ending, FailedFor, Participant, ScreeningFlow, Standing


def cohort(*participants: Participant, infusions: int = 2) -> CohortFlow:
    return CohortFlow(number=2, infusions=infusions, slots=4, required=4, events=0, participants=participants)


def participant(given: int, standing: Standing, ending: Ending | None = None) -> Participant:
    return Participant(given=given, standing=standing, ending=ending)


def test_a_dose_level_counts_subjects_and_infusions() -> None:
    flow = cohort(
        participant(2, Standing.EVALUABLE),
        participant(1, Standing.REPLACED, Ending.WITHDRAWN),
        participant(0, Standing.REPLACED, Ending.DIED),
        participant(1, Standing.NOT_EVALUABLE, Ending.LOST),
        participant(0, Standing.PENDING),
    )
    assert (flow.allocated, flow.dosed) == (5, 3)
    assert (flow.infusions_given, flow.infusions_planned) == (4, 10)
    assert [flow.standing(each) for each in Standing] == [1, 1, 1, 2]
    assert sum(flow.standing(each) for each in Standing) == flow.allocated
    assert [flow.ended(each) for each in Ending] == [1, 1, 1]


def test_nobody_is_a_row_of_zeros() -> None:
    flow = cohort()
    assert (flow.allocated, flow.dosed, flow.infusions_given, flow.infusions_planned) == (0, 0, 0, 0)


def screening(**changes: int) -> ScreeningFlow:
    known = {"participants": 9, "attempts": 10, "left": 1, "in_screening": 1, "waiting": 2, "allocated": 3}
    return ScreeningFlow(failed_for=(FailedFor("", 1), FailedFor("X4", 1)), **(known | changes))


@pytest.mark.parametrize(("participants", "consistent"), [(8, False), (9, True), (10, False)])
def test_everybody_screened_stands_at_one_place(participants: int, consistent: bool) -> None:
    assert screening().failed == 2
    assert screening(participants=participants).is_consistent is consistent


def box(rows: int) -> FlowBox:
    return FlowBox("Title", tuple(FlowRow(f"row {n}", "1") for n in range(rows)))


@pytest.mark.parametrize("cohorts", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("reasons", [1, 12])
def test_no_box_covers_another_and_all_stand_inside(cohorts: int, reasons: int) -> None:
    figure = flow_figure(
        top=box(2),
        aside=(box(reasons), box(2)),
        enrolled=box(3),
        columns=[(box(2), box(2), box(4 + number)) for number in range(cohorts)],
    )
    boxes = figure.boxes
    assert len(boxes) == 4 + 3 * cohorts
    for place, one in enumerate(boxes):
        assert 0 <= one.x <= one.x + one.width <= figure.width
        assert 0 <= one.y < one.bottom < figure.height
        assert all(one.y < row.y < one.bottom for row in one.rows)
        assert not [other for other in boxes[place + 1 :] if _overlap(one, other)]
    for line in figure.lines:
        assert line.x1 == line.x2 or line.y1 == line.y2, "lines are straight"
        assert 0 <= min(line.x1, line.x2) <= max(line.x1, line.x2) <= figure.width
        assert 0 <= line.y1 <= line.y2 <= figure.height or line.y1 == line.y2


def _overlap(one: PlacedBox, other: PlacedBox) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not (beside or one.bottom <= other.y or other.bottom <= one.y)
