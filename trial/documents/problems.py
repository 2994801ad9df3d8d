"""What is wrong with a document that was handed to explain: every problem, each with the key it concerns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

WHOLE_DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Problem:
    """``key`` is the path as one would write it (``events[0].onset_at``); ``text`` says what is expected instead."""

    key: str
    text: str

    def line(self) -> str:
        """One line, whatever characters a key or a value was written with."""
        text = f"{self.key}: {self.text}"
        return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


class InputProblems(Exception):
    """The document cannot be evaluated. The command answers with one line per problem and exit code 2."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.lines()))

    @classmethod
    def single(cls, key: str, text: str) -> InputProblems:
        return cls([Problem(key, text)])

    def lines(self) -> tuple[str, ...]:
        return tuple(problem.line() for problem in self.problems)


def key_of(location: Iterable[int | str]) -> str:
    """``("events", 0, "onset_at")`` as ``events[0].onset_at``."""
    key = ""
    for part in location:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else part
    return key or WHOLE_DOCUMENT
