"""Whether a signed page may be filed with an answer."""

from __future__ import annotations

from dataclasses import dataclass

from enrollment.rules.signed_page import SignedPage
from enrollment.rules.states import ConsentStatus
from trial.rules.decision import Decision, Reason

_SOURCE = "ICH E6(R3) 2.8 and Appendix C (essential records: signed consent)"

DAMAGED = Reason(
    "DOC-DAMAGED",
    "The stored file is missing or is not the one that was uploaded. Nothing is shown; restore it from the backup.",
    "ALCOA: enduring; ICH E6(R3) 4.2",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingFacts:
    """``is_filed``: this very file is filed with this answer already."""

    status: ConsentStatus
    page: SignedPage
    is_filed: bool


def may_file(facts: FilingFacts) -> Decision:
    """Every reason against filing. A withdrawal is none: the page proves the consent that there was."""
    refused = Reason("DOC-REFUSED", "A participant who refused signed nothing that could be filed here.", _SOURCE)
    twice = Reason("DOC-TWICE", "This file is filed with this answer already.", _SOURCE)
    return Decision.of(
        [
            facts.page.reason,
            refused if facts.status is ConsentStatus.REFUSED else None,
            twice if facts.is_filed else None,
        ]
    )
