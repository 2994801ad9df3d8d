"""In which of its waiting states an infusion stands, as its acts leave it."""

from __future__ import annotations

from collections.abc import Iterable

from dosing.rules.states import InfusionState

# What the pharmacy and the two people at the bedside add when the participant is cleared already.
_OF_THE_BEDSIDE = (
    "DOS-PRODUCT",
    "DOS-PERFORMER",
    "DOS-VERIFIER",
    "DOS-IDENTITY",
    "DOS-PEOPLE",
    "DOS-DOSE",
    "DOS-VOLUME",
    "DOS-DECISION-UNREAD",
)


def waiting_state(*, issued: bool, reasons: Iterable[str]) -> InfusionState:
    """Issued product, else a participant against whom no reason of the guard stands, else planned.

    ``reasons``: codes of the guard; those about product and people do not keep a participant from being cleared.
    Source: domain 6.4, states.
    """
    if issued:
        return InfusionState.PRODUCT_ISSUED
    against = [code for code in reasons if not code.startswith(_OF_THE_BEDSIDE)]
    return InfusionState.PLANNED if against else InfusionState.CLEARED
