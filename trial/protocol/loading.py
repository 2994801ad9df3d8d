"""From YAML files to one checked, immutable definition. The rest of the door to definitions is re-exported here."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from trial.protocol.checks import provenance_for
from trial.protocol.definition_text import (
    DefinitionError,
    checked,
    definition_json,
    definition_sha256,
    from_json,
    plain,
)
from trial.protocol.overrides import under_preset, with_overrides
from trial.protocol.paths import Plain
from trial.protocol.schema import ProtocolDefinition, Provenance
from trial.protocol.strict_yaml import read

__all__ = [
    "DefinitionError",
    "definition_json",
    "definition_sha256",
    "from_json",
    "load_definition",
    "plain",
    "provenance_of",
    "shipped",
    "shipped_definition",
    "under_preset",
    "with_overrides",
]

_DEFINITIONS = Path(__file__).parent / "definitions"


def load_definition(folder: Path) -> ProtocolDefinition:
    """Read all YAML files of a folder as one definition. Raises ``DefinitionError`` with every problem found."""
    content, home, problems = _merged(folder)
    if problems:
        raise DefinitionError(problems)
    return checked(content, home=home, elsewhere=folder.name)


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
