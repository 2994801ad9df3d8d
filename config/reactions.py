"""Who reacts to what, in order, in the same transaction; and what happens when something falls due.

This is the only place where an event of a lower app meets the apps above it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from safety.services import opening
from trial import events
from trial.study_events import SiteActivated

REACTIONS: Mapping[type, Sequence[Callable[[Any], None]]] = {SiteActivated: (opening.open_first_cohort,)}

DUE: Mapping[str, Callable[..., None]] = {}


def connect() -> None:
    events.connect(REACTIONS)
