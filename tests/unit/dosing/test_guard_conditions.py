"""The checklist of the bedside: every reason of the guard belongs to exactly one condition."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from dosing.rules.guard_conditions import CONDITIONS, PART_LABELS, Part

START_ONLY = {"DOS-FUTURE", "DOS-LATE-REASON"}


def test_every_reason_belongs_to_exactly_one_condition():
    rules = Path(__file__).parents[3] / "dosing" / "rules"
    names = ("permission", "subject", "intervals", "day", "product", "dose", "people")
    written = "".join((rules / f"guard_{name}.py").read_text() for name in names)
    known = {"DOS-" + word.split('"')[0] for word in written.split('"DOS-')[1:]}
    counted = Counter(code for condition in CONDITIONS for code in condition.codes)
    assert set(counted) == known - START_ONLY
    assert set(counted.values()) == {1}


def test_every_part_has_its_name():
    assert set(PART_LABELS) == set(Part)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_condition_stands_for_the_infusions_it_concerns(number):
    labels = [condition.label for condition in CONDITIONS if condition.concerns(number)]
    assert ("Sentinel subject observed" in labels) == (number == 1)
    assert ("Previous infusion ended" in labels) == (number > 1)
    assert "Body weight" in labels


def test_what_cannot_be_answered_is_not_met():
    unit = next(condition for condition in CONDITIONS if "DOS-PRODUCT-EXPIRED" in condition.codes)
    assert unit.is_met(())
    assert not unit.is_met({"DOS-PRODUCT-EXPIRED"})
    assert not unit.is_met({"DOS-PRODUCT-MISSING"})
