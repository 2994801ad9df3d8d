"""Exact limits against the printed table; ids are its rows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from safety.rules.confidence import lower_limit, upper_limit, upper_limits

TWO_SIDED = Decimal("0.025")


@pytest.mark.parametrize(
    ("subjects", "one_sided", "two_sided"),
    [(3, "63.2", "70.8"), (4, "52.7", "60.2"), (7, "34.8", "41.0"), (10, "25.9", "30.8"), (0, "100.0", "100.0")],
    ids=["0/3", "0/4", "0/7", "0/10", "0/0"],
)
def test_upper_limits_without_events(subjects: int, one_sided: str, two_sided: str) -> None:
    limits = upper_limits(events=0, subjects=subjects)
    assert (limits.one_sided, limits.two_sided, limits.level) == (Decimal(one_sided), Decimal(two_sided), 95)


@pytest.mark.parametrize(
    ("events", "subjects", "lower", "upper"),
    [
        (1, 3, "0.84", "90.57"),
        (1, 4, "0.63", "80.59"),
        (1, 7, "0.36", "57.87"),
        (2, 10, "2.52", "55.61"),
        (3, 3, "29.24", "100.00"),
        (0, 3, "0.00", "70.76"),
    ],
    ids=["1/3", "1/4", "1/7", "2/10", "3/3", "0/3"],
)
def test_two_sided_limits(events: int, subjects: int, lower: str, upper: str) -> None:
    found = (
        lower_limit(events=events, subjects=subjects, alpha=TWO_SIDED),
        upper_limit(events=events, subjects=subjects, alpha=TWO_SIDED),
    )
    assert [f"{100 * limit:.2f}" for limit in found] == [lower, upper]


@pytest.mark.parametrize(("events", "subjects", "alpha"), [(4, 3, "0.05"), (-1, 3, "0.05"), (0, 3, "0"), (0, 3, "1")])
def test_impossible_counts_are_refused(events: int, subjects: int, alpha: str) -> None:
    with pytest.raises(ValueError):
        upper_limit(events=events, subjects=subjects, alpha=Decimal(alpha))
