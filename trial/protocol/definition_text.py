"""The plain content of a definition: checked into one value, and written as the text that is hashed and stored."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from trial.protocol.checks import disagreements, shortcomings
from trial.protocol.paths import Plain, named
from trial.protocol.schema import ProtocolDefinition
from trial.rules.canonical import canonical_json, sha256_hex


class DefinitionError(ValueError):
    """A definition cannot be used. ``problems`` has every reason, each as "<file>: <dotted.path>: <what>"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def checked(
    content: dict[str, Plain], *, home: Mapping[str, str], elsewhere: str, for_question: bool = False
) -> ProtocolDefinition:
    """A definition from plain content, after all checks. ``home`` names the file of each top-level key.

    ``for_question``: gate and schedule need not agree, because nobody is treated by this definition.
    """

    def at_home(path: str, what: str) -> str:
        section = path.removeprefix("provenance.").split(".")[0]
        return f"{home.get(section, elsewhere)}: {path}: {what}"

    try:
        definition = _validated(json.dumps(content, ensure_ascii=False))
    except ValidationError as error:
        found = [_placed(content, item) for item in error.errors()]
        raise DefinitionError([at_home(path, what) for path, what in found]) from error
    found = shortcomings(definition, plain(definition))
    if not for_question:
        found += disagreements(definition)
    if found:
        raise DefinitionError([at_home(path, what) for path, what in found])
    return definition


def _placed(content: dict[str, Plain], item: ErrorDetails) -> tuple[str, str]:
    """Path and text of a validator's error. A check of the whole definition names the path itself, "path: what"."""
    what = item["msg"].removeprefix("Value error, ")
    if item["loc"]:
        return named(content, item["loc"]), what
    path, _, rest = what.partition(": ")
    return path, rest


def _validated(text: str) -> ProtocolDefinition:
    # Strict: a number in quotes is not a day count, and 1 is not true.
    return ProtocolDefinition.model_validate_json(text, strict=True)


def definition_json(definition: ProtocolDefinition) -> str:
    """The canonical text of a definition: what is stored, hashed and signed."""
    return canonical_json(definition.model_dump())


def definition_sha256(definition: ProtocolDefinition) -> str:
    return sha256_hex(definition_json(definition))


def from_json(text: str) -> ProtocolDefinition:
    """A stored definition, exactly as it was. Its cross-checks were made before it was stored."""
    try:
        return _validated(text)
    except ValidationError as error:
        problems = [f"stored definition: {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        raise DefinitionError(problems) from error


def plain(definition: ProtocolDefinition) -> dict[str, Plain]:
    """A definition as plain JSON values, for paths, differences and overrides."""
    content: dict[str, Plain] = json.loads(definition_json(definition))
    return content
