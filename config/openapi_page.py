"""The OpenAPI document as a page to read: operations by tag, with parameters, bodies and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

_METHODS = ("get", "post", "put", "patch", "delete")
_MOST_LEVELS = 3

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a body, or a parameter. ``name`` of a nested member is its path: ``signature.username``."""

    name: str
    type: str
    is_required: bool
    note: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    note: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class OperationGroup:
    name: str
    operations: tuple[Operation, ...]


@cache
def openapi_document() -> Document:
    """The whole document, addresses of all apps included."""
    # The framework's views read settings that name classes of the apps: they can be imported once those are complete.
    from drf_spectacular.generators import SchemaGenerator

    document: Document = SchemaGenerator().get_schema(request=None, public=True)
    return document


@cache
def documented_operations() -> tuple[OperationGroup, ...]:
    """The addresses do not change while a process lives, so the document is made once in each."""
    document = openapi_document()
    groups: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method in (m for m in _METHODS if m in methods):
            operation = methods[method]
            groups.setdefault(operation["tags"][0], []).append(_operation(method, path, operation, document))
    return tuple(OperationGroup(name, tuple(operations)) for name, operations in sorted(groups.items()))


def _operation(method: str, path: str, operation: Document, document: Document) -> Operation:
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("description", ""),
        parameters=tuple(_parameter(parameter) for parameter in operation.get("parameters", ())),
        body=tuple(_content_fields(operation.get("requestBody", {}), document)),
        answers=tuple(
            Answer(status, answer.get("description", ""), tuple(_content_fields(answer, document)))
            for status, answer in operation.get("responses", {}).items()
        ),
    )


def _parameter(parameter: Document) -> Field:
    return Field(
        name=parameter["name"],
        type=f"{_type_of(parameter.get('schema', {}))} in {parameter['in']}",
        is_required=parameter.get("required", False),
        note=parameter.get("description", ""),
    )


def _content_fields(holder: Document, document: Document) -> Iterator[Field]:
    for content in list(holder.get("content", {}).values())[:1]:
        yield from _fields(content.get("schema", {}), document, prefix="", level=0)


def _fields(schema: Document, document: Document, *, prefix: str, level: int) -> Iterator[Field]:
    schema = _resolved(schema, document)
    if schema.get("type") == "array":
        yield from _fields(schema["items"], document, prefix=f"{prefix}[]", level=level)
        return
    required = set(schema.get("required", ()))
    for name, member in schema.get("properties", {}).items():
        whole = _resolved(member, document)
        path = f"{prefix}.{name}" if prefix else name
        yield Field(path, _type_of(whole), name in required, member.get("description") or whole.get("description", ""))
        if level < _MOST_LEVELS:
            yield from _fields(whole, document, prefix=path, level=level + 1)


def _resolved(schema: Document, document: Document) -> Document:
    """Follow one reference; ``allOf`` with one member is how a described reference is written."""
    if len(schema.get("allOf", ())) == 1:
        schema = schema["allOf"][0]
    reference = schema.get("$ref")
    if reference is None:
        return schema
    resolved: Document = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
    return resolved


def _type_of(schema: Document) -> str:
    kind = schema.get("format") or schema.get("type") or "object"
    if schema.get("enum"):
        return " | ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type_of(schema.get('items', {}))}"
    return str(kind)
