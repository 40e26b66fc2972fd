"""Graphviz's language, both ways: our boxes as DOT text, and the answer in its "plain" form back to points.

Only our own ids go in, never a text of the user's.
"""

from __future__ import annotations

import shlex
from typing import Literal

from engine.layout.boxes import Arrow, Box, Layout, LayoutError, Line, Point, finished

INCH = 72.0
Quality = Literal["best", "quick"]
_SETTINGS = {"best": "", "quick": "nslimit=1 mclimit=0.2 splines=line"}
_PIECES = 8
"""Straight pieces that a curved stretch of an arrow is drawn with."""


def dot_source(boxes: tuple[Box, ...], arrows: tuple[Arrow, ...], quality: Quality) -> str:
    """The graph for `dot -Tplain`: boxes of fixed size, no labels."""
    lines = [f"digraph {{ graph [rankdir=TB ranksep=0.35 nodesep=0.25 {_SETTINGS[quality]}]"]
    lines.append('node [shape=box fixedsize=true label=""] edge [arrowsize=0.7]')
    for box in boxes:
        lines.append(f"{box.id} [width={box.width / INCH:.5f} height={box.height / INCH:.5f}]")
    lines.extend(f"{source} -> {target}" for source, target in arrows)
    return "\n".join([*lines, "}"])


def layout_from_plain(text: str, boxes: tuple[Box, ...], arrows: tuple[Arrow, ...], engine: str) -> Layout:
    """Read the answer: "node name x y …" and "edge tail head n x1 y1 …", in inches, y upwards.

    Raises:
        LayoutError: the answer is not about this graph.
    """
    centres: dict[str, Point] = {}
    curves: dict[Arrow, list[list[Point]]] = {}
    try:
        for line in text.splitlines():
            words = shlex.split(line) if '"' in line else line.split()
            if words[:1] == ["node"]:
                centres[words[1]] = _point(words[2], words[3])
            elif words[:1] == ["edge"]:
                count = int(words[3])
                numbers = words[4 : 4 + 2 * count]
                controls = [_point(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
                curves.setdefault((words[1], words[2]), []).append(controls)
        bends = [_flattened(curves[arrow].pop(0)) for arrow in arrows]
        return finished(boxes, arrows, {box.id: centres[box.id] for box in boxes}, bends, engine)
    except (KeyError, IndexError, ValueError) as error:
        raise LayoutError(f"the answer of Graphviz could not be read: {error!r}") from error


def _point(x: str, y: str) -> Point:
    return float(x) * INCH, -float(y) * INCH


def _flattened(controls: list[Point]) -> Line:
    """A chain of cubic Bézier curves (3n + 1 control points) as straight pieces; a straight stretch stays one piece."""
    line = [controls[0]]
    for first in range(0, len(controls) - 3, 3):
        p0, p1, p2, p3 = controls[first : first + 4]
        if _straight(p0, p1, p3) and _straight(p0, p2, p3):
            line.append(p3)
            continue
        for piece in range(1, _PIECES + 1):
            t = piece / _PIECES
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            line.append((a * p0[0] + b * p1[0] + c * p2[0] + d * p3[0], a * p0[1] + b * p1[1] + c * p2[1] + d * p3[1]))
    return tuple(line)


def _straight(start: Point, middle: Point, end: Point) -> bool:
    """Whether the middle lies within half a point of the line from start to end."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    away = abs(dx * (middle[1] - start[1]) - dy * (middle[0] - start[0]))
    return bool(away <= 0.5 * max((dx * dx + dy * dy) ** 0.5, 1e-9))
