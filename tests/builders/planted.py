"""People with identifiers found nowhere else, and the search for these in whatever should not hold them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from html import unescape
from urllib.parse import quote

from enrollment.rules.identity_document import Identity
from enrollment.rules.identity_number import is_taiwan_number
from enrollment.rules.identity_text import written_dates
from tests.builders.identities import person

_SIGNS = "鱻麤龘靐爨"
# Shorter ones would be found by chance, in a hash or another date.
_SHORTEST_DATE = 8


def planted(number: int) -> Identity:
    """The person of that number, from 0 on: nothing of it is like anything of another, or of the product."""
    sign = _SIGNS[number % len(_SIGNS)]
    return person(
        full_name=f"聞人{sign}{number}",
        latin_name=f"Wenrenplanted Xx{number}yy",
        number=_national_number(number),
        born_on=date(1937, 7, 23) + timedelta(days=37 * number),
        phone=f"0987-60{number}-413",
        email=f"planted.mail{number}@hidden.example",
        address=f"花蓮縣埋藏鄉深處路 {4410 + number} 號",
        contact_name=f"東方{sign}{number}",
        contact_phone=f"0976-31{number}-508",
        record_number=f"PLANTED-{number}-66012",
    )


def _national_number(number: int) -> str:
    front = f"U1{7310200 + number}"
    return next(f"{front}{digit}" for digit in "0123456789" if is_taiwan_number(f"{front}{digit}"))


def days_of_birth(days: Iterable[date]) -> tuple[str, ...]:
    """Each day as people write it, with its whole year."""
    return tuple(
        text
        for day in days
        for text in written_dates(day)
        if str(day.year) in text and len(text) >= _SHORTEST_DATE and not text.startswith(str(day.year - 1911))
    )


@dataclass(frozen=True)
class Needles:
    """What must not be found. Text is searched as it stands, and as HTML, JSON, addresses and bytes write it."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, identities: Iterable[Identity]) -> Needles:
        words: list[str] = []
        for identity in identities:
            texts = identity.as_texts()
            words += [value for name, value in texts.items() if name not in ("number_kind", "born_on")]
            words += [texts[name].replace("-", "") for name in ("phone", "contact_phone")]
            words += days_of_birth([identity.born_on])
        return cls(tuple(words))

    @cached_property
    def _forms(self) -> tuple[str, ...]:
        forms = {
            form for word in self.words for form in (word, json.dumps(word)[1:-1], quote(word), word.encode().hex())
        }
        return tuple(sorted(form.casefold() for form in forms))

    def found_in(self, text: str) -> set[str]:
        plain = unescape(text).casefold()
        return {form for form in self._forms if form in plain}

    def found_in_bytes(self, content: bytes) -> set[str]:
        return self.found_in(content.decode("utf-8", "replace"))
