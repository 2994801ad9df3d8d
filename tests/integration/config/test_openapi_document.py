"""The OpenAPI document is made without a warning, so that a generated client gets the names that were meant."""

from __future__ import annotations

import re

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from config.openapi_enums import ENUM_NAMES


def test_the_document_is_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    GENERATOR_STATS.reset()
    document = SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS, capsys.readouterr().err
    assert capsys.readouterr().err == ""
    validate_schema(document)
    lists = {name: schema["enum"] for name, schema in document["components"]["schemas"].items() if "enum" in schema}
    assert {name: lists.get(name) for name in ENUM_NAMES} == ENUM_NAMES
    assert [name for name in lists if re.search(r"[0-9]", name)] == []
