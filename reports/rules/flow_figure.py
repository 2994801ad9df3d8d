"""Where the boxes of the participant flow stand, and the lines between them. Lengths in units of the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH = 960
ROW = 26
_HEAD = 30
_PADDING = 10
_GAP = 36
_BETWEEN = 24
_STEM = 400


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A number with its words. ``value`` is text: "3", or "3 of 4". ``url`` empty: no list counts the same."""

    label: str
    value: str
    url: str = ""
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class FlowBox:
    title: str
    rows: tuple[FlowRow, ...]


@dataclass(frozen=True, slots=True)
class PlacedRow:
    row: FlowRow
    label_x: int
    value_x: int
    y: int


@dataclass(frozen=True, slots=True)
class PlacedBox:
    title: str
    x: int
    y: int
    width: int
    height: int
    title_y: int
    rows: tuple[PlacedRow, ...]

    @property
    def centre(self) -> int:
        return self.x + self.width // 2

    @property
    def bottom(self) -> int:
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class FlowLine:
    """From point to point, horizontally or vertically; ``is_arrow``: with a head at its end."""

    x1: int
    y1: int
    x2: int
    y2: int
    is_arrow: bool = False


@dataclass(frozen=True, slots=True)
class FlowFigure:
    width: int
    height: int
    boxes: tuple[PlacedBox, ...]
    lines: tuple[FlowLine, ...]


def flow_figure(
    *, top: FlowBox, aside: Sequence[FlowBox], enrolled: FlowBox, columns: Sequence[Sequence[FlowBox]]
) -> FlowFigure:
    """The stem goes down on the left, those who did not go on stand at its right; below, one column per dose level."""
    first = _placed(top, x=0, y=0, width=_STEM)
    right, y = [], first.bottom + _GAP // 2
    for box in aside:
        right.append(_placed(box, x=WIDTH - _STEM, y=y, width=_STEM))
        y = right[-1].bottom + _GAP // 2
    second = _placed(enrolled, x=0, y=max(y, first.bottom + _GAP), width=_STEM)
    stem = first.centre
    lines = [FlowLine(stem, first.bottom, stem, second.y, is_arrow=True)]
    lines += [FlowLine(stem, _middle(box), box.x, _middle(box), is_arrow=True) for box in right]
    placed = _columns(columns, y=second.bottom + _GAP)
    return FlowFigure(
        width=WIDTH,
        height=max([second.bottom, *(column[-1].bottom for column in placed)]) + 1,
        boxes=(first, *right, second, *(box for column in placed for box in column)),
        lines=(*lines, *_branches(second, placed)),
    )


def _columns(columns: Sequence[Sequence[FlowBox]], *, y: int) -> list[list[PlacedBox]]:
    """Boxes of one stage stand at one height, as high as the highest of them."""
    if not columns:
        return []
    width = (WIDTH - _BETWEEN * (len(columns) - 1)) // len(columns)
    placed: list[list[PlacedBox]] = [[] for _ in columns]
    for stage in zip(*columns, strict=True):
        height = max(_height(box) for box in stage)
        for place, box in enumerate(stage):
            placed[place].append(_placed(box, x=place * (width + _BETWEEN), y=y, width=width, height=height))
        y += height + _GAP
    return placed


def _branches(above: PlacedBox, columns: Sequence[Sequence[PlacedBox]]) -> list[FlowLine]:
    if not columns:
        return []
    rail = above.bottom + _GAP // 2
    centres = [column[0].centre for column in columns]
    ends = [*centres, above.centre]
    lines = [FlowLine(above.centre, above.bottom, above.centre, rail), FlowLine(min(ends), rail, max(ends), rail)]
    for column in columns:
        lines.append(FlowLine(column[0].centre, rail, column[0].centre, column[0].y, is_arrow=True))
        for upper, lower in pairwise(column):
            lines.append(FlowLine(upper.centre, upper.bottom, lower.centre, lower.y, is_arrow=True))
    return lines


def _placed(box: FlowBox, *, x: int, y: int, width: int, height: int = 0) -> PlacedBox:
    rows = tuple(
        PlacedRow(
            row=row,
            label_x=x + _PADDING + (_PADDING * 2 if row.is_part else 0),
            value_x=x + width - _PADDING,
            y=y + _HEAD + ROW * place + ROW * 2 // 3,
        )
        for place, row in enumerate(box.rows)
    )
    return PlacedBox(
        title=box.title,
        x=x,
        y=y,
        width=width,
        height=height or _height(box),
        title_y=y + _HEAD * 2 // 3,
        rows=rows,
    )


def _height(box: FlowBox) -> int:
    return _HEAD + ROW * len(box.rows) + _PADDING


def _middle(box: PlacedBox) -> int:
    return box.y + box.height // 2
