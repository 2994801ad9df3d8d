"""Explain: every decision of the product can be asked for, with the same rules and without a database.

Each subject of explanation is a module of this package that offers ``KEYS_HELP`` and ``explain(document, definition)``.
Modules are imported only when asked for, so that one explanation never depends on the health of another.
"""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import Protocol, cast

from trial.protocol.schema import ProtocolDefinition


class What(StrEnum):
    """What can be explained. The value is the word of the command and the name of the module."""

    ELIGIBILITY = "eligibility"
    GATE = "gate"
    INFUSION = "infusion"
    ALLOCATION = "allocation"
    LUNGFUNCTION = "lungfunction"
    DOSE = "dose"
    CLOCKS = "clocks"
    DESIGN = "design"
    WINDOWS = "windows"


class Explainer(Protocol):
    """What every module of this package offers."""

    KEYS_HELP: str

    def explain(self, document: object, definition: ProtocolDefinition) -> dict[str, object]: ...


def explainer(what: What) -> Explainer:
    """The module that explains ``what``."""
    return cast("Explainer", import_module(f"{__name__}.{what.value}"))
