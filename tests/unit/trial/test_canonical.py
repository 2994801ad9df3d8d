"""Canonical JSON: the text that is hashed and signed."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from trial.rules.canonical import canonical_json, sha256_hex


def test_keys_are_sorted_and_no_space_is_wasted():
    assert canonical_json({"b": 1, "a": [True, None, "é"]}) == '{"a":[true,null,"é"],"b":1}'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.10"), '{"v":"1.10"}'),
        (Decimal("1E+2"), '{"v":"100"}'),
        (date(2025, 3, 31), '{"v":"2025-03-31"}'),
        (datetime(2025, 3, 31, 16, tzinfo=UTC), '{"v":"2025-03-31T16:00:00+00:00"}'),
    ],
)
def test_values_have_one_form(value, text):
    assert canonical_json({"v": value}) == text


@pytest.mark.parametrize("value", [1.5, float("nan")])
def test_floats_have_none(value):
    with pytest.raises(TypeError):
        canonical_json({"v": value})


def test_a_time_without_a_zone_has_none():
    with pytest.raises(ValueError):
        canonical_json({"v": datetime(2025, 3, 31)})


def test_the_hash_is_that_of_the_utf8_text():
    assert sha256_hex("臺中") == "71ab2b984cbdee79e996b195ae04661126ea42b3c9cf6001d10f0a8f00b4f859"
