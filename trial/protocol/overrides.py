"""A definition with some parameters set otherwise, for asking "what would be decided if". Never stored."""

from __future__ import annotations

import json
from collections.abc import Mapping

from trial.protocol.definition_text import DefinitionError, checked, plain
from trial.protocol.paths import Place, Plain, find, leaves
from trial.protocol.schema import GatePolicy, ProtocolDefinition, Trigger

_PARAMETER_SECTIONS = ("eligibility", "regimen", "gate")
_TRIGGER = "gate.trigger"
_ASKED = "Set for this question only"
_WORDS: dict[str, Plain] = {"true": True, "false": False, "null": None, "none": None}


def under_preset(definition: ProtocolDefinition, trigger: Trigger) -> GatePolicy:
    """The gate policy as the preset ``trigger`` has it; the policy itself when that preset is in force already."""
    if trigger == definition.gate.trigger:
        return definition.gate
    settled = definition.gate_preset_values[trigger].model_dump()
    return definition.gate.model_copy(update={"trigger": trigger, **settled})


def with_overrides(definition: ProtocolDefinition, settings: Mapping[str, str]) -> ProtocolDefinition:
    """The definition with parameters set to the given texts.

    A name is a parameter of eligibility, regimen or gate, or a dotted path. Setting the gate's trigger also sets what
    that preset settles, unless the same parameter is set beside it. Lists are written with commas, "null" means none.
    A changed value counts as a default: the registry is not the source of what was only asked.

    Raises ``DefinitionError`` with every unknown name and every value that cannot stand there.
    """
    if not settings:
        return definition
    content = plain(definition)
    paths, problems = _resolved(content, settings)
    for path, text in _with_preset(definition, paths).items():
        place = find(content, path)
        if place is not None:
            place.write(_value(text, place))
    if problems:
        raise DefinitionError(problems)
    after = dict(leaves(content))
    changed = [path for path, before in leaves(plain(definition)) if after[path] != before]
    content["provenance"] = _provenance(content["provenance"], changed)
    return checked(content, home={}, elsewhere="--set", for_question=True)


def _resolved(content: dict[str, Plain], settings: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    paths: dict[str, str] = {}
    problems: list[str] = []
    for name, text in settings.items():
        found = _candidates(content, name)
        if len(found) != 1:
            what = f"could be {' or '.join(found)}" if found else "no such parameter"
            problems.append(f"--set: {name}: {what}")
        elif found[0] in paths:
            problems.append(f"--set: {name}: {found[0]} is set twice")
        else:
            paths[found[0]] = text
    return paths, problems


def _candidates(content: dict[str, Plain], name: str) -> list[str]:
    known = {path for path, _ in leaves(content) if not path.startswith("provenance.")}
    if name in known:
        return [name]
    return [path for section in _PARAMETER_SECTIONS if (path := f"{section}.{name}") in known]


def _with_preset(definition: ProtocolDefinition, paths: Mapping[str, str]) -> dict[str, str]:
    trigger = next((item for item in Trigger if item == paths.get(_TRIGGER)), None)
    if trigger is None or trigger == definition.gate.trigger:
        return dict(paths)
    settled = definition.gate_preset_values[trigger].model_dump()
    return {f"gate.{name}": json.dumps(value) for name, value in settled.items()} | dict(paths)


def _value(text: str, place: Place) -> Plain:
    """The text in the kind of the value it replaces; what does not fit is left for the schema to refuse."""
    before = place.read()
    if isinstance(before, list):
        return [_scalar(item.strip()) for item in text.split(",")] if text.strip() else []
    return text if isinstance(before, str) else _scalar(text.strip())


def _scalar(text: str) -> Plain:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    return int(text) if text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() else text


def _provenance(rows: Plain, changed: list[str]) -> Plain:
    kept = (
        [row for row in rows if isinstance(row, dict) and row["path"] not in changed] if isinstance(rows, list) else []
    )
    asked: list[Plain] = [{"path": path, "source": "default", "reference": _ASKED} for path in changed]
    return [*kept, *asked]
