"""How an answer to the consent stands among the others of its participant."""

from __future__ import annotations

from enum import StrEnum

from enrollment.rules.states import ConsentStatus


class Standing(StrEnum):
    """SUPERSEDED: signed and not taken back, but a newer version was signed; it stays readable."""

    IN_FORCE = "IN_FORCE"
    SUPERSEDED = "SUPERSEDED"
    WITHDRAWN = "WITHDRAWN"
    REFUSED = "REFUSED"


def standing_of(status: ConsentStatus, *, is_withdrawn: bool, is_newest: bool) -> Standing:
    """``is_newest``: of all that are signed and not withdrawn, the one on the version approved last."""
    if status is ConsentStatus.REFUSED:
        return Standing.REFUSED
    if is_withdrawn:
        return Standing.WITHDRAWN
    return Standing.IN_FORCE if is_newest else Standing.SUPERSEDED
