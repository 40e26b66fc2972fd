"""What a layout engine gets and gives: boxes with sizes, arrows, places. Points, y downwards."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]
Line = tuple[Point, ...]
Arrow = tuple[str, str]


class LayoutError(Exception):
    """This engine cannot place this graph (not installed, out of time, crashed); another one may."""


@dataclass(frozen=True, slots=True)
class Box:
    """A node's id (letters, digits and underscores) and the size of its picture."""

    id: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The centre of every box, and for every arrow, in the order they were given, a line from box to box.

    All lies within (0, 0) and (width, height). `engine` names who placed it.
    """

    positions: dict[str, Point]
    lines: tuple[Line, ...]
    width: float
    height: float
    engine: str


def finished(
    boxes: tuple[Box, ...], arrows: tuple[Arrow, ...], centres: dict[str, Point], bends: list[Line], engine: str
) -> Layout:
    """The layout from an engine's raw places: moved to a margin, every line from border to border of its boxes."""
    sizes = {box.id: box for box in boxes}
    lines = [
        _attached(line, sizes[source], centres[source], sizes[target], centres[target])
        for (source, target), line in zip(arrows, bends, strict=True)
    ]
    lefts = [centres[box.id][0] - box.width / 2 for box in boxes] + [x for line in lines for x, _ in line]
    tops = [centres[box.id][1] - box.height / 2 for box in boxes] + [y for line in lines for _, y in line]
    rights = [centres[box.id][0] + box.width / 2 for box in boxes] + [x for line in lines for x, _ in line]
    bottoms = [centres[box.id][1] + box.height / 2 for box in boxes] + [y for line in lines for _, y in line]
    left, top = min(lefts, default=0.0) - MARGIN, min(tops, default=0.0) - MARGIN
    return Layout(
        positions={name: (x - left, y - top) for name, (x, y) in centres.items()},
        lines=tuple(tuple((x - left, y - top) for x, y in line) for line in lines),
        width=max(rights, default=0.0) - left + MARGIN,
        height=max(bottoms, default=0.0) - top + MARGIN,
        engine=engine,
    )


MARGIN = 12.0
"""Free border around the whole graph."""


def _attached(line: Line, source: Box, start: Point, target: Box, end: Point) -> Line:
    """The line with both ends exactly on the borders: engines round their coordinates to five digits."""
    inner = line or (start, end)
    return (_on_border(inner[0], source, start), *inner[1:-1], _on_border(inner[-1], target, end))


def _on_border(point: Point, box: Box, centre: Point) -> Point:
    """The nearest point on the lower or upper border of the box: arrows run downwards from operand to result."""
    x = min(max(point[0], centre[0] - box.width / 2), centre[0] + box.width / 2)
    below = point[1] >= centre[1]
    return (x, centre[1] + box.height / 2 if below else centre[1] - box.height / 2)
