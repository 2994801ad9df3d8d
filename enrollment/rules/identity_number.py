"""Numbers that name a person: how they are written, and whether one can be right.

Source: the check digit of the national identity card and of the residence certificate of Taiwan.
"""

from __future__ import annotations

import re
import unicodedata

from enrollment.rules.states import NumberKind
from trial.rules.decision import Reason

_SOURCE = "Taiwan national identification number, check digit; ICH E6(R3) Annex 1 (participant identification)"
# The letters of the places that issue cards, in the order of their numbers from 10 on.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_FIRST_LETTER = 10
_TEN = 10
# A citizen's second sign is 1 or 2, a resident's 8 or 9, on older residence certificates a letter from A to D.
_TAIWAN = re.compile(r"[A-Z][1289A-D][0-9]{8}")
_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
_DOCUMENT = re.compile(r"[A-Z0-9]{4,20}")


def written_plainly(number: str) -> str:
    """The number as it is compared: capital letters and digits, without spaces, hyphens or wide characters."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", number).upper() if sign.isalnum())


def is_taiwan_number(number: str) -> bool:
    """Whether a number has the form of a Taiwan identity or residence number and its check digit is right."""
    if not _TAIWAN.fullmatch(number):
        return False
    area = _value(number[0])
    second = int(number[1]) if number[1].isdecimal() else _value(number[1]) % _TEN
    digits = (area // _TEN, area % _TEN, second, *(int(digit) for digit in number[2:]))
    return sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=True)) % _TEN == 0


def against_number(kind: NumberKind, number: str) -> Reason | None:
    """Why a number, written plainly, cannot be the one of this document."""
    if kind is NumberKind.TAIWAN_ID and not is_taiwan_number(number):
        message = (
            "This is not a Taiwan identity or residence number: its check digit does not fit. Compare with the card."
        )
        return Reason("IDV-NUMBER", message, _SOURCE)
    if kind is NumberKind.OTHER and not _DOCUMENT.fullmatch(number):
        return Reason("IDV-NUMBER", "A document number has 4 to 20 letters and digits.", _SOURCE)
    return None


def _value(letter: str) -> int:
    return _LETTERS.index(letter) + _FIRST_LETTER
