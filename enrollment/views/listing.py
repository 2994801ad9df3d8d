"""What long lists share at the edge: the place in an address, and the file of all their rows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpRequest, StreamingHttpResponse

from enrollment.selectors.keyset import Place
from trial.edge.context import TrialContext
from trial.rules.site_time import site_date

CHUNK = 2000
# A cell that begins so is a formula to a spreadsheet, and would be carried out on opening.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """A file of one line: the CSV writer's line goes straight to the browser."""

    def write(self, text: str) -> str:
        return text


def place_in(request: HttpRequest) -> Place:
    """Where a page begins. Keys that cannot be anybody's, unprintable ones among them, are no place."""
    for name, backwards in (("after", False), ("before", True)):
        key = request.GET.get(name, "")
        if key.isprintable() and key:
            return Place(key=key, backwards=backwards)
    return Place()


def csv_file(
    trial: TrialContext, *, name: str, head: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """The rows as a file, sent as they are read. Its name ends with the day at the site."""
    day = site_date(trial.at, timezone=trial.access.timezone)
    response = StreamingHttpResponse(_lines(head, rows), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="{name}-{day.isoformat()}.csv"'
    return response


def _lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(head)
    for row in rows:
        yield writer.writerow([_text(cell) for cell in row])


def _text(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
