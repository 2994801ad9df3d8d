"""The day of birth is for the site; elsewhere the year is shown, and nothing else changes."""

from __future__ import annotations

import pytest

from enrollment.rules.birth_date import as_shown


@pytest.mark.parametrize(
    ("written", "year"), [("1968-05-14", "1968"), ("1968-05", "1968"), ("1968", "1968"), (None, None), (1968, None)]
)
def test_outside_the_site_the_year_is_shown(written: object, year: object) -> None:
    facts = {"birth_date": written, "sex": "F", "last_menses_on": "2018-02"}
    assert as_shown(facts, whole=False) == facts | {"birth_date": year}
    assert as_shown(facts, whole=True) == facts
    assert facts["birth_date"] is written


def test_what_is_not_recorded_does_not_appear() -> None:
    assert as_shown({"sex": "F"}, whole=False) == {"sex": "F"}
