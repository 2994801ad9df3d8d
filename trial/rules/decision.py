"""The two words every rule answers with: a Reason, and a Decision that collects them.

A rule never answers with a bare boolean, because a refusal without its reasons cannot be
acted on at the bedside, nor be reconstructed by an inspector.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something may not be done now.

    ``code`` is stable and shown in the API and in reports ("DOS-HOLD"); ``message`` is a sentence
    for the clinician, in English, translated at the edge; ``source`` names the protocol section,
    the standard or the house rule, and is never empty.
    """

    code: str
    message: str
    source: str

    def __post_init__(self) -> None:
        if not (self.code and self.message and self.source):
            raise ValueError("A reason needs a code, a message and a source.")

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message, "source": self.source}


@dataclass(frozen=True, slots=True)
class Decision:
    """Every reason against an act. No reason means that it is allowed."""

    reasons: tuple[Reason, ...] = ()

    @property
    def allowed(self) -> bool:
        return not self.reasons

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(reason.code for reason in self.reasons)

    def __add__(self, other: Decision) -> Decision:
        return Decision(self.reasons + other.reasons)

    @classmethod
    def of(cls, reasons: Iterable[Reason | None]) -> Decision:
        """Collect the reasons that stand; ``None`` stands for a condition that is fulfilled."""
        return cls(tuple(reason for reason in reasons if reason is not None))


ALLOWED = Decision()
