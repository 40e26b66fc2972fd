"""Where things are on the canvas, in scene units: cards, ports, and the way an arrow takes. No Qt, no drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.edits import NODE_STEP
from engine.spec import LinkSpec

WIDTH, HEIGHT = 120.0, 72.0
PORT_GAP = 22.0
SNAP = 8.0
LANE = 22.0
"""Distance of an arrow from the cards that it passes."""
LANE_GAP = 18.0
"""Distance of two arrows that pass the same cards."""
BEND = NODE_STEP - WIDTH
"""Width in which an arrow rises to its lane: the gap between two columns."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A card: its edges."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, point: Point, margin: float = 0.0) -> bool:
        x, y = point
        inside = self.left - margin < x < self.right + margin
        return inside and self.top - margin < y < self.bottom + margin


@dataclass(frozen=True, slots=True)
class Route:
    """The way of an arrow. With a `lane` it leaves its line and runs at that height past the cards between."""

    start: Point
    end: Point
    lane: float | None = None

    def curves(self) -> tuple[tuple[Point, Point, Point], ...]:
        """Cubic pieces from `start` on: two control points and the end of each; a straight lane is a piece too."""
        (x1, y1), (x2, y2) = self.start, self.end
        if self.lane is None:
            reach = max(24.0, min(abs(x2 - x1) / 2, 96.0)) if x2 >= x1 else 96.0
            return (((x1 + reach, y1), (x2 - reach, y2), self.end),)
        left, right, y = x1 + BEND, x2 - BEND, self.lane
        return (
            ((x1 + 0.6 * BEND, y1), (x1 + 0.4 * BEND, y), (left, y)),
            ((left, y), (right, y), (right, y)),
            ((x2 - 0.4 * BEND, y), (x2 - 0.6 * BEND, y2), self.end),
        )

    def points(self, pieces: int = 12) -> list[Point]:
        """The way as a chain of points."""
        result = [self.start]
        for first, second, end in self.curves():
            begin = result[-1]
            for step in range(1, pieces + 1):
                result.append(_on_curve(begin, first, second, end, step / pieces))
        return result

    @property
    def middle(self) -> Point:
        (x1, y1), (x2, y2) = self.start, self.end
        return ((x1 + x2) / 2, (y1 + y2) / 2 if self.lane is None else self.lane)


def _on_curve(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    s = 1 - t
    weights = (s**3, 3 * s * s * t, 3 * s * t * t, t**3)
    x, y = (sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) for axis in (0, 1))
    return x, y


def card_height(ports: int) -> float:
    """A card grows with its input ports."""
    return max(HEIGHT, PORT_GAP * ports + 16.0)


def card_box(x: float, y: float, ports: int) -> Box:
    """The card around its centre."""
    half = card_height(ports) / 2
    return Box(x - WIDTH / 2, y - half, x + WIDTH / 2, y + half)


def input_port(x: float, y: float, index: int, ports: int) -> Point:
    """Centre of an input port: on the left edge, from top to bottom."""
    return x - WIDTH / 2, y + (index - (ports - 1) / 2) * PORT_GAP


def output_port(x: float, y: float) -> Point:
    return x + WIDTH / 2, y


def snapped(value: float) -> float:
    return round(value / SNAP) * SNAP


def distance(point: Point, line: Sequence[Point]) -> float:
    """Least distance of a point from a chain of points."""
    return min(_to_segment(point, a, b) for a, b in pairwise(line))


def _to_segment(point: Point, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    t = 0.0 if length == 0 else max(0.0, min(1.0, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length))
    x, y = point[0] - a[0] - t * dx, point[1] - a[1] - t * dy
    return float((x * x + y * y) ** 0.5)


def routes(
    ends: Mapping[LinkSpec, tuple[Point, Point]], boxes: Mapping[str, Box], key: Callable[[str], str] = str
) -> dict[LinkSpec, Route]:
    """A way for every arrow: straight where nothing stands between, else on a lane of its own past the cards.

    `key` says under which key of `boxes` the card of a layer is.
    """
    result = {link: Route(start, end) for link, (start, end) in ends.items()}
    long = [link for link, (start, end) in ends.items() if end[0] - start[0] > NODE_STEP]
    long.sort(key=lambda link: (ends[link][1][0] - ends[link][0][0], ends[link]))
    lanes: list[tuple[float, float, float]] = []
    for link in long:
        (x1, y1), (x2, y2) = ends[link]
        own = key(link.source), key(link.target)
        between = [box for node_id, box in boxes.items() if node_id not in own and box.left < x2 and box.right > x1]
        if not any(box.holds(point, 3.0) for point in result[link].points() for box in between):
            continue
        lane = _free_lane(x1, x2, min(y1, y2), between, lanes)
        lanes.append((x1, x2, lane))
        result[link] = Route((x1, y1), (x2, y2), lane)
    return result


def _free_lane(x1: float, x2: float, y: float, between: list[Box], lanes: list[tuple[float, float, float]]) -> float:
    """The lowest height above the line at which no card stands and no other arrow runs."""
    while True:
        cards = [box.top for box in between if box.top - LANE < y < box.bottom + LANE]
        others = [lane for a, b, lane in lanes if a < x2 and b > x1 and abs(lane - y) < LANE_GAP]
        if not cards and not others:
            return y
        y = min([top - LANE for top in cards] + [lane - LANE_GAP for lane in others])
