"""Under which consent an attempt at screening was made, of all that a participant ever answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from enrollment.rules.states import ConsentStatus


class Answer(Protocol):
    """An answer to the informed consent, and when it was given."""

    @property
    def status(self) -> str: ...

    @property
    def given_at(self) -> datetime: ...


Given = TypeVar("Given", bound=Answer)


def consent_of_attempt(answers: Sequence[Given], *, begun_at: datetime) -> Given | None:
    """The answer that screening is judged on: the age is that of its day, and it came before any procedure, or not.

    The signed one that the attempt began with; where it began without one, the first that followed. Signing a newer
    version later on asks neither question again. A refusal that nothing followed counts against all before it.
    ``answers``: those in force, the earliest first. None: nobody answered. Source: Protocol inclusion 1, exclusion 1.
    """
    if not answers or answers[-1].status == ConsentStatus.REFUSED:
        return answers[-1] if answers else None
    signed = [each for each in answers if each.status == ConsentStatus.SIGNED]
    by_then = [each for each in signed if each.given_at <= begun_at]
    return by_then[-1] if by_then else signed[0]
