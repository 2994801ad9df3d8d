"""The one error of a start: a sentence for the person at the terminal."""

from __future__ import annotations


class CannotStart(Exception):
    """The start is refused. The message says what happened and what to do next."""
