"""The installation's keys: names, what each is needed for, which may go."""

from __future__ import annotations

import hashlib

import pytest

from enrollment.rules.identity_keys import KeyUse, key_id, uses_of_keys


def test_a_key_is_named_by_its_hash() -> None:
    assert key_id("abc=") == hashlib.sha256(b"abc=").hexdigest()[:12]


@pytest.mark.parametrize(
    ("held", "rows", "uses"),
    [
        ([], {}, ()),
        (["new"], {}, (KeyUse("new", rows=0, is_held=True, is_newest=True),)),
        (
            ["new", "old"],
            {"new": 1, "old": 2, "lost": 3},
            (
                KeyUse("new", rows=1, is_held=True, is_newest=True),
                KeyUse("old", rows=2, is_held=True, is_newest=False),
                KeyUse("lost", rows=3, is_held=False, is_newest=False),
            ),
        ),
    ],
)
def test_every_key_that_is_held_or_needed_is_listed(
    held: list[str], rows: dict[str, int], uses: tuple[KeyUse, ...]
) -> None:
    assert uses_of_keys(held, rows) == uses


@pytest.mark.parametrize(
    ("use", "may_be_removed", "is_missed"),
    [
        (KeyUse("a", rows=0, is_held=True, is_newest=True), False, False),
        (KeyUse("a", rows=0, is_held=True, is_newest=False), True, False),
        (KeyUse("a", rows=1, is_held=True, is_newest=False), False, False),
        (KeyUse("a", rows=1, is_held=False, is_newest=False), False, True),
        (KeyUse("a", rows=0, is_held=False, is_newest=False), False, False),
    ],
)
def test_which_key_may_go_and_which_is_missed(use: KeyUse, may_be_removed: bool, is_missed: bool) -> None:
    assert (use.may_be_removed, use.is_missed) == (may_be_removed, is_missed)
