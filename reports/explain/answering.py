"""From the text of a document to the text of its explanation: what the command does, without the command."""

from __future__ import annotations

from collections.abc import Sequence

from reports.explain import What, explainer
from trial.documents.parsing import read_json
from trial.documents.problems import InputProblems, Problem
from trial.documents.rendering import json_text
from trial.protocol.loading import DefinitionError, shipped_definition, with_overrides
from trial.protocol.schema import ProtocolDefinition


def answer(what: What, *, text: str, overrides: Sequence[str]) -> str:
    """One JSON document. ``overrides``: ``NAME=VALUE`` for each protocol parameter to change. Raises InputProblems."""
    definition = _definition(overrides)
    explanation = explainer(what).explain(read_json(text), definition)
    return json_text(explanation, timezone=definition.timezone)


def _definition(overrides: Sequence[str]) -> ProtocolDefinition:
    values: dict[str, str] = {}
    for override in overrides:
        name, equals, value = override.partition("=")
        if not (name and equals):
            raise InputProblems.single("--set", f"{override} is not NAME=VALUE")
        if name in values:
            raise InputProblems.single("--set", f"{name} is given twice")
        values[name] = value
    try:
        return with_overrides(shipped_definition(), values)
    except DefinitionError as error:
        raise InputProblems(Problem("--set", text.removeprefix("--set: ")) for text in error.problems) from error
