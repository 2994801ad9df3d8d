"""What a form sends of itself while somebody types: names and texts, and nothing is read into them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StrictStr, ValidationError

from trial.documents.parsing import InputModel, read_json
from trial.documents.problems import InputProblems

LARGEST_BYTES = 64 * 1024
"""Of one draft. It is also the most that a browser sends for a page that is being closed."""

WINDOW_PATTERN = r"^[A-Za-z0-9_-]{8,40}$"


def _storable(text: str) -> str:
    text.encode("utf-8")  # half of a surrogate pair is refused, as a ValueError
    if "\0" in text:
        raise ValueError("holds a character that cannot be kept")
    return text


_Text = Annotated[StrictStr, AfterValidator(_storable)]
_Name = Annotated[_Text, Field(min_length=1, max_length=100)]


class DraftDocument(InputModel):
    """``window`` tells two tabs with the same form apart; ``over`` is the draft that this one knowingly replaces."""

    window: Annotated[StrictStr, Field(pattern=WINDOW_PATTERN)]
    title: Annotated[_Text, Field(max_length=200)] = ""
    seen: Annotated[_Text, Field(max_length=64)] = ""
    over: Annotated[_Text, Field(max_length=40)] = ""
    fields: dict[_Name, list[_Text]]


def read_draft(body: bytes) -> DraftDocument:
    """Raises ``InputProblems`` for what is not a draft."""
    try:
        return DraftDocument.model_validate(read_json(body.decode("utf-8")))
    except (UnicodeDecodeError, ValidationError) as error:
        raise InputProblems.single("document", "is no draft of a form") from error
