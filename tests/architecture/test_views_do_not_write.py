"""Views, API and forms parse, authorise, call one service and render. They never write: that is the services' part."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("trial", "enrollment", "dosing", "followup", "safety", "reports", "config")
EDGE = ("views", "api", "forms")
WRITES = {
    "save",
    "create",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "set_password",
    "raw",
}


def edge_files() -> list[Path]:
    folders = [ROOT / app / layer for app in APPS for layer in EDGE]
    files = [file for folder in folders for file in folder.rglob("*.py")]
    return sorted(files + [ROOT / "config" / name for name in ("views.py", "clock_views.py", "clock_api.py")])


def writes_in(source: str) -> list[str]:
    """Calls that write, and ``update`` on anything that was built from ``objects`` or a filter."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, on = node.func.attr, ast.unparse(node.func.value)
        queryset = ".objects" in on or ".filter(" in on or ".exclude(" in on or on.endswith(("rows", "qs"))
        if name in WRITES or (name == "update" and queryset) or name == "select_for_update":
            found.append(f"line {node.lineno}: {on}.{name}()")
    return found


@pytest.mark.parametrize("file", edge_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_the_edge_does_not_write(file: Path) -> None:
    assert writes_in(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "subject.save()",
        "Subject.objects.create(code='1')",
        "Subject.objects.filter(pk=1).update(state='X')",
        "Subject.objects.get_or_create(code='1')",
        "rows.delete()",
    ],
)
def test_a_write_would_be_found(line: str) -> None:
    assert writes_in(line)


def test_a_dictionary_may_be_updated() -> None:
    assert writes_in("context.update(form=form)") == []
