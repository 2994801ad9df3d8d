"""How much of a participant's date of birth is shown to whom: the day at the site, elsewhere the year.

A day of birth together with sex and site can tell who somebody is; the year serves every question of the trial that is
asked outside the site. Source: ICH E6(R3) sponsor data (t); Personal Data Protection Act, article 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KEY = "birth_date"
_YEAR = 4


def year_of(written: object) -> object:
    """``1968`` of ``1968-05-14``; what is not known stays so."""
    return written[:_YEAR] if isinstance(written, str) else None


def as_shown(facts: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """Screening facts for somebody who may know the day (``whole``), or may not."""
    shown = dict(facts)
    if not whole and KEY in shown:
        shown[KEY] = year_of(shown[KEY])
    return shown
