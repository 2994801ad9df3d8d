"""YAML without its surprises: no key twice, no float, no yes/no for true, no aliases, dates left as text.

Plain YAML keeps the last of two equal keys and reads ``0.1`` as a binary fraction. Either could change a dose without
anybody seeing it, so here both are errors.
"""

from __future__ import annotations

import re

import yaml

from trial.protocol.paths import Plain

_NULL, _BOOL, _INT, _FLOAT = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float"))
_TEXT = "tag:yaml.org,2002:str"


class _StrictLoader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # PyYAML's stub leaves it bare
            raise yaml.MarkedYAMLError(problem="an alias is not allowed here", problem_mark=mark)
        return super().compose_node(parent, index)  # type: ignore[arg-type]  # the stub narrows index to int


_StrictLoader.add_implicit_resolver(_NULL, re.compile(r"^(null|~|)$"), ["n", "~", ""])
_StrictLoader.add_implicit_resolver(_BOOL, re.compile(r"^(true|false)$"), ["t", "f"])
_StrictLoader.add_implicit_resolver(_INT, re.compile(r"^-?(0|[1-9][0-9]*)$"), list("-0123456789"))
_StrictLoader.add_implicit_resolver(
    _FLOAT, re.compile(r"^[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?$"), list("-+.0123456789")
)


def read(text: str) -> tuple[Plain, list[str]]:
    """The content of one document, and its problems as "<dotted.path>: <what>"."""
    try:
        node = yaml.compose(text, Loader=_StrictLoader)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}" if error.problem_mark else "file"
        return None, [f"{line}: {error.problem}"]
    except yaml.YAMLError as error:
        return None, [f"file: {error}"]
    problems: list[str] = []
    return (None if node is None else _value(node, "", problems)), problems


def _value(node: yaml.Node, path: str, problems: list[str]) -> Plain:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, problems)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, f"{path}.{index}", problems) for index, item in enumerate(node.value)]
    return _scalar(node, path, problems)


def _mapping(node: yaml.MappingNode, path: str, problems: list[str]) -> Plain:
    content: dict[str, Plain] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        place = f"{path}.{key}" if path else key
        if key in content:
            problems.append(f"{place}: given twice (line {key_node.start_mark.line + 1})")
            continue
        content[key] = _value(value_node, place, problems)
    return content


def _scalar(node: yaml.Node, path: str, problems: list[str]) -> Plain:
    text = str(node.value)
    if node.tag == _NULL:
        return None
    if node.tag == _BOOL:
        return text == "true"
    if node.tag == _INT:
        return int(text)
    if node.tag == _TEXT:
        return text
    what = "write the decimal number in quotes" if node.tag == _FLOAT else f"the tag {node.tag} is not allowed"
    problems.append(f"{path}: {what} ({text})")
    return text
