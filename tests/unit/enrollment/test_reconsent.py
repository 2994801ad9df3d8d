"""Who has to sign again: by the day of approval, across languages."""

from __future__ import annotations

from datetime import date

import pytest

from enrollment.rules.reconsent import TAKES_PART, ReconsentDue, RequiredConsent, reconsent_due
from enrollment.rules.states import SubjectState

MARCH_1, MARCH_5, TODAY = date(2026, 3, 1), date(2026, 3, 5), date(2026, 3, 12)


def required(version: str, approved_on: date, by: date | None = date(2026, 4, 1)) -> RequiredConsent:
    return RequiredConsent(version=version, approved_on=approved_on, by=by)


@pytest.mark.parametrize(
    ("signed", "asked", "version"),
    [
        pytest.param([], [required("2.0", MARCH_1)], None, id="2.7-nothing signed, nothing again"),
        pytest.param([date(2026, 1, 1)], [], None, id="2.7-nothing asked for"),
        pytest.param([date(2026, 2, 28)], [required("2.0", MARCH_1)], "2.0", id="2.7-signed one approved a day before"),
        pytest.param([MARCH_1], [required("2.0", MARCH_1)], None, id="2.7-signed one approved on that day"),
        pytest.param([date(2026, 1, 1)], [required("2.0", TODAY)], "2.0", id="2.7-approved today"),
        pytest.param([date(2026, 1, 1)], [required("2.0", date(2026, 3, 13))], None, id="2.7-approved tomorrow"),
        pytest.param([date(2026, 1, 1), MARCH_5], [required("2.0", MARCH_1)], None, id="2.7-the newest signed counts"),
        pytest.param(
            [date(2026, 1, 1)],
            [required("2.0", MARCH_1), required("3.0", MARCH_5)],
            "3.0",
            id="2.7-the newest is asked",
        ),
        pytest.param([MARCH_1], [required("2.0", MARCH_1), required("3.0", MARCH_5)], "3.0", id="2.7-one is signed"),
    ],
)
def test_what_has_to_be_signed_again(signed: list[date], asked: list[RequiredConsent], version: str | None):
    due = reconsent_due(signed=signed, required=asked, today=TODAY)
    assert (due.version if due else None) == version


@pytest.mark.parametrize(
    ("bys", "earliest"),
    [
        ((date(2026, 4, 1), date(2026, 3, 20)), date(2026, 3, 20)),
        ((None, date(2026, 3, 20)), date(2026, 3, 20)),
        ((None, None), None),
    ],
)
def test_the_earliest_last_day_of_what_was_not_signed_holds(bys: tuple[date | None, ...], earliest: date | None):
    asked = [required("2.0", MARCH_1, bys[0]), required("3.0", MARCH_5, bys[1])]
    due = reconsent_due(signed=[date(2026, 1, 1)], required=asked, today=TODAY)
    assert due == ReconsentDue(version="3.0", by=earliest)


@pytest.mark.parametrize(
    ("by", "overdue"), [(date(2026, 3, 11), True), (TODAY, False), (date(2026, 3, 13), False), (None, False)]
)
def test_the_last_day_itself_is_in_time(by: date | None, overdue: bool):
    assert ReconsentDue(version="2.0", by=by).is_overdue(today=TODAY) is overdue


def test_only_who_takes_part_is_asked_again():
    ended = {SubjectState.SCREEN_FAILED, SubjectState.COMPLETED, SubjectState.WITHDRAWN, SubjectState.DIED}
    assert set(SubjectState) - TAKES_PART == ended
