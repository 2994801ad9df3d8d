"""A reason or a note stays readable for ever: what repeats something of a sealed identity is found, the rest is not."""

from __future__ import annotations

from datetime import date

import pytest

from enrollment.rules.identity_text import repeats, written_dates
from tests.builders.identities import person

NOBODY = person()


@pytest.mark.parametrize(
    "text",
    [
        "歐陽無名 called",
        "The name is 歐陽 無名",
        "Ou-Yang Wu-Ming asked",
        "ou yang wu ming",
        "Wu-Ming Ou-Yang",
        "wrong: OUYANGWUMING",
        "B187654324",
        "was b1876-54324 before",
        "Ｂ１８７６５４３２４",
        "0955731946",
        "call 0955 731 946",
        "mail wuming.ouyang@mailbox.example",
        "lives at 臺中市北區無此路987號6樓",
        "司徒不在 is the sister",
        "0966-284-517",
        "record MRN-7719305",
        "record mrn 7719305",
        "born 1948-03-29",
        "born 29.3.1948",
        "born 29 March 1948",
        "born on March 29, 1948",
        "民國37年3月29日",
        "370329",
    ],
)
def test_what_repeats_is_found(text: str) -> None:
    assert repeats(text, NOBODY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The card was read wrongly",
        "two digits of the telephone were interchanged",
        "born in 1948",
        "room 987, floor 6",
        "moved to 臺中市",
        "Ming",
        "the example of a mailbox",
        "2026-03-29",
    ],
)
def test_what_does_not_repeat_is_left(text: str) -> None:
    assert not repeats(text, NOBODY)


def test_an_empty_field_is_repeated_by_nothing() -> None:
    bare = person(latin_name="", phone="", email="", address="", contact_name="", contact_phone="", record_number="")
    assert not repeats("nothing to see", bare)


@pytest.mark.parametrize(("record", "found"), [("12345", False), ("123456", True)])
def test_a_short_number_is_no_number(record: str, found: bool) -> None:
    assert repeats(f"see {record}", person(record_number=record)) is found


@pytest.mark.parametrize("text", ["1948-03-29", "1948/3/29", "29031948", "29/03/1948", "37/3/29", "29 Mar 1948"])
def test_a_day_is_written_in_many_ways(text: str) -> None:
    assert text in written_dates(date(1948, 3, 29))
