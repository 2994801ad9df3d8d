"""``python -m tests.bench [NAME ...]``: measure, print, write ``var/bench.json``; answers 1 over a limit."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tests import servers  # the settings read the environment that it prepares: before Django

if TYPE_CHECKING:
    from tests.bench.figure import Figure
    from tests.databases import Databases

OUTPUT = servers.ROOT / "var" / "bench.json"


def main(chosen: list[str]) -> int:
    import django

    warnings.filterwarnings("ignore", message="No directory at", module="django")  # of collected static files
    django.setup()
    from tests.databases import Databases

    parts = _parts()
    unknown = set(chosen) - parts.keys()
    if unknown:
        print(f"Unknown: {', '.join(sorted(unknown))}. There are: {', '.join(parts)}.", file=sys.stderr)
        return 2
    databases = Databases()
    figures: list[Figure] = []
    try:
        for name in chosen or parts:
            figures += _measured(name, parts[name], databases)
    finally:
        databases.close()
    _write(figures, OUTPUT)
    return 0 if all(figure.passed for figure in figures) else 1


def _parts() -> Mapping[str, Callable[[Databases], list[Figure]]]:
    from tests.bench import adverse_event, start_up, subject_list, subject_page, tracked_write

    return {
        "subject_list": subject_list.measure,
        "subject_page": subject_page.measure,
        "adverse_event": adverse_event.measure,
        "tracked_write": tracked_write.measure,
        "start_up": start_up.measure,
    }


def _measured(name: str, measure: Callable[[Databases], list[Figure]], databases: Databases) -> list[Figure]:
    figures = measure(databases)
    width = 62
    for figure in figures:
        print(figure.as_line(width), flush=True)
    return figures


def _write(figures: list[Figure], path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([figure.as_dict() for figure in figures], indent=2) + "\n", encoding="utf-8")
    print(f"Written to {path.relative_to(servers.ROOT)}.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
