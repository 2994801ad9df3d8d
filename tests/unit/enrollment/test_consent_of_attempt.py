"""Under which of several answers a screening was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from enrollment.rules.consent_of_attempt import consent_of_attempt
from enrollment.rules.states import ConsentStatus

BEGUN = datetime(2024, 8, 20, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Given:
    status: str
    given_at: datetime


def given(*answers: str) -> list[Given]:
    """``+1``: signed one day after the beginning; ``-1!``: refused one day before it; ``0``: at its very instant."""
    return [
        Given(ConsentStatus.REFUSED if each.endswith("!") else ConsentStatus.SIGNED, BEGUN.replace(day=20 + int(day)))
        for each in answers
        for day in [each.rstrip("!")]
    ]


@pytest.mark.parametrize(
    ("answers", "counts"),
    [
        pytest.param([], None, id="nobody answered"),
        pytest.param(["0"], 0, id="the bound is included"),
        pytest.param(["-1", "+5"], 0, id="signed again later"),
        pytest.param(["-9", "-1", "+5"], 1, id="screened again under a newer version"),
        pytest.param(["-1!", "+1", "+5"], 1, id="refused, then signed"),
        pytest.param(["-1", "+5!"], 1, id="the newer version refused"),
        pytest.param(["-1", "+5!", "+6"], 0, id="refused, then signed again"),
        pytest.param(["-1!"], 0, id="refused"),
    ],
)
def test_the_answer_that_screening_is_judged_on(answers: list[str], counts: int | None) -> None:
    rows = given(*answers)
    assert consent_of_attempt(rows, begun_at=BEGUN) == (None if counts is None else rows[counts])
