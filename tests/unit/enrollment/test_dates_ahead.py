"""What happened is not of a day to come: both sides of today, for every fact that names such a day."""

from datetime import date
from typing import Any

import pytest

from enrollment.rules.dates_ahead import HAPPENED, dates_ahead
from enrollment.rules.stored_facts import read_entry, stored_facts
from tests.builders.policy import shipped_definition
from trial.documents.problems import InputProblems

TODAY = date(2024, 8, 20)


def document(key: str, value: str) -> dict[str, Any]:
    outer, _, inner = key.partition(".")
    return {outer: {inner: value} if inner else value}


def keys(entered: dict[str, Any]) -> list[str]:
    given = read_entry(entered, definition=shipped_definition())
    return [problem.key for problem in dates_ahead(given, on=TODAY)]


@pytest.mark.parametrize("key", HAPPENED)
def test_today_has_come_and_tomorrow_has_not(key: str) -> None:
    assert keys(document(key, "2024-08-20")) == []
    assert keys(document(key, "2024-08-21")) == [key]


@pytest.mark.parametrize(("written", "ahead"), [("2024", False), ("2024-08", False), ("2024-09", True), ("2025", True)])
def test_a_partial_date_is_ahead_only_if_all_of_it_is(written: str, ahead: bool) -> None:
    assert keys(document("birth_date", written)) == (["birth_date"] if ahead else [])


def test_a_planned_infusion_may_lie_ahead() -> None:
    assert keys({"planned_first_infusion_on": "2024-09-20"}) == []


def test_nothing_of_a_document_with_a_day_to_come_is_kept() -> None:
    with pytest.raises(InputProblems, match="hiv_on: 2024-08-21 has not come yet: it is 2024-08-20 at the site"):
        stored_facts({"hiv_on": "2024-08-21"}, definition=shipped_definition(), on=TODAY)
