"""Identity numbers: the form and the check digit, on both sides of each boundary."""

from __future__ import annotations

import pytest

from enrollment.rules.identity_number import against_number, is_taiwan_number, written_plainly
from enrollment.rules.states import NumberKind

# Worked by hand: for I, which is 34, 3 + 9*4 + 8*1 = 47, and 3 makes it 50.
RIGHT = [
    "A123456789",
    "B187654324",
    "H223344550",  # 2: a woman's
    "N298765438",
    "I100000003",  # I and O stand at the end of the list of letters
    "O100000004",
    "W100000001",
    "Z100000002",
    "A800000014",  # 8 and 9: residence numbers since 2021
    "AC01234567",  # a letter: residence numbers until then
    "AD12345671",
]


@pytest.mark.parametrize("number", RIGHT)
def test_a_right_number_is_one(number: str) -> None:
    assert is_taiwan_number(number)


@pytest.mark.parametrize("number", RIGHT)
def test_every_other_check_digit_is_wrong(number: str) -> None:
    others = [f"{number[:-1]}{digit}" for digit in "0123456789" if digit != number[-1]]
    assert not [other for other in others if is_taiwan_number(other)]


@pytest.mark.parametrize(
    "number", ["A12345678", "A1234567890", "a123456789", "AE01234567", "A323456789", "1123456789", "", "A12345678X"]
)
def test_another_form_is_no_number(number: str) -> None:
    assert not is_taiwan_number(number)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (" a123456789 ", "A123456789"),
        ("A12-345 6789", "A123456789"),
        ("Ａ１２３４５６７８９", "A123456789"),
        ("x/123.456", "X123456"),
        ("", ""),
    ],
)
def test_one_number_has_one_writing(written: str, plain: str) -> None:
    assert written_plainly(written) == plain


@pytest.mark.parametrize(
    ("kind", "number", "refused"),
    [
        (NumberKind.TAIWAN_ID, "A123456789", False),
        (NumberKind.TAIWAN_ID, "A123456788", True),
        (NumberKind.OTHER, "A123456788", False),
        (NumberKind.OTHER, "X123", False),
        (NumberKind.OTHER, "X12", True),
        (NumberKind.OTHER, "X" * 20, False),
        (NumberKind.OTHER, "X" * 21, True),
        (NumberKind.OTHER, "護照1234", True),
        (NumberKind.OTHER, "", True),
    ],
)
def test_a_number_fits_its_document(kind: NumberKind, number: str, refused: bool) -> None:
    reason = against_number(kind, number)
    assert (reason is not None) is refused
    assert reason is None or (reason.code, bool(reason.source)) == ("IDV-NUMBER", True)
