"""From YAML files to one checked, immutable definition, and from there to the text that is hashed and stored."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from trial.protocol.checks import provenance_for, shortcomings
from trial.protocol.paths import Plain, named
from trial.protocol.schema import ProtocolDefinition, Provenance
from trial.protocol.strict_yaml import read
from trial.rules.canonical import canonical_json, sha256_hex

__all__ = [
    "DefinitionError",
    "definition_json",
    "definition_sha256",
    "from_json",
    "load_definition",
    "provenance_of",
    "shipped",
    "shipped_definition",
]

_DEFINITIONS = Path(__file__).parent / "definitions"


class DefinitionError(ValueError):
    """A definition cannot be used. ``problems`` has every reason, each as "<file>: <dotted.path>: <what>"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def load_definition(folder: Path) -> ProtocolDefinition:
    """Read all YAML files of a folder as one definition. Raises ``DefinitionError`` with every problem found."""
    content, home, problems = _merged(folder)
    if problems:
        raise DefinitionError(problems)
    return checked(content, home=home, elsewhere=folder.name)


def checked(content: dict[str, Plain], *, home: dict[str, str], elsewhere: str) -> ProtocolDefinition:
    """A definition from plain content, after all checks. ``home`` names the file of each top-level key."""

    def at_home(path: str, what: str) -> str:
        return f"{home.get(path.split('.')[0], elsewhere)}: {path}: {what}"

    try:
        definition = _validated(json.dumps(content, ensure_ascii=False))
    except ValidationError as error:
        found = [(named(content, item["loc"]) or "definition", item["msg"]) for item in error.errors()]
        raise DefinitionError([at_home(path, what) for path, what in found]) from error
    found = shortcomings(definition, plain(definition))
    if found:
        raise DefinitionError([at_home(path, what) for path, what in found])
    return definition


def _validated(text: str) -> ProtocolDefinition:
    # Strict: a number in quotes is not a day count, and 1 is not true.
    return ProtocolDefinition.model_validate_json(text, strict=True)


def _merged(folder: Path) -> tuple[dict[str, Plain], dict[str, str], list[str]]:
    """The top-level keys of all files, the file of each key, and the problems. Only ``provenance`` adds up."""
    content: dict[str, Plain] = {}
    home: dict[str, str] = {}
    provenance: list[Plain] = []
    problems: list[str] = []
    files = sorted(folder.glob("*.yaml"))
    if not files:
        problems.append(f"{folder.name}: definition: no YAML file in this folder")
    for file in files:
        part, found = _read(file)
        problems += found
        for key, value in part.items():
            if key == "provenance":
                problems += _strangers(value, part, file.name)
                provenance += value if isinstance(value, list) else [value]
            elif key in content:
                problems.append(f"{file.name}: {key}: already given in {home[key]}")
            else:
                content[key], home[key] = value, file.name
    content["provenance"] = provenance
    return content, home, problems


def _read(file: Path) -> tuple[dict[str, Plain], list[str]]:
    try:
        value, found = read(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        return {}, [f"{file.name}: file: not UTF-8"]
    problems = [f"{file.name}: {problem}" for problem in found]
    if isinstance(value, dict):
        return value, problems
    return {}, problems or [f"{file.name}: file: a mapping of keys is needed"]


def _strangers(provenance: Plain, part: dict[str, Plain], file: str) -> list[str]:
    """Provenance stands beside what it speaks of: a path that begins in another file is a slip."""
    rows = provenance if isinstance(provenance, list) else []
    paths = [str(row["path"]) for row in rows if isinstance(row, dict) and "path" in row]
    return [
        f"{file}: provenance.{path}: {path.split('.')[0]} is not given in this file"
        for path in paths
        if path.split(".")[0] not in part
    ]


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


def provenance_of(definition: ProtocolDefinition, path: str) -> Provenance:
    """Where the value at ``path`` comes from: the entry of the path itself or of its nearest ancestor.

    Raises ``DefinitionError`` when nothing covers the path.
    """
    found = provenance_for(definition.provenance, path)
    if found is None:
        raise DefinitionError([f"definition: {path}: no provenance"])
    return found


def shipped(registry_id: str = "nct06574581", version: str = "1.0") -> Path:
    """The folder of a definition that comes with the software."""
    return _DEFINITIONS / registry_id.lower() / f"v{version}"


@lru_cache(maxsize=8)
def shipped_definition(registry_id: str = "nct06574581", version: str = "1.0") -> ProtocolDefinition:
    return load_definition(shipped(registry_id, version))
