"""A layered layout of our own, for when there is no Graphviz and for graphs too large for it.

The usual four steps (Sugiyama, Tagawa and Toda 1981): rows by the longest way to a sink; invisible stand-ins where an
arrow passes a row; few crossings by sorting each row by the mean place of its neighbours; straight arrows by moving
each row as near to its neighbours as the gaps allow. All loops, no recursion; about a second for 3,000 nodes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from engine.layout.boxes import Arrow, Box, Layout, LayoutError, Line, Point, finished
from engine.layout.rows import crossings, nearest_places

GAP_X, GAP_Y = 18.0, 26.0
"""Free space between neighbours in a row, and between rows, in points."""
THIN = 4.0
"""Width of a stand-in: the lane of one passing arrow."""
MOST_STAND_INS = 20_000
"""Beyond so many, long arrows are drawn straight: a stand-in per row and arrow would cost more than it shows."""
ORDER_SWEEPS, PLACE_SWEEPS = 8, 8
_STRAIGHT = 8.0
"""How much more the straightness of a long arrow counts than that of a short one."""


@dataclass(slots=True, eq=False)
class _Grid:
    """Boxes and stand-ins by number, in rows from top to bottom."""

    widths: list[float]
    rows: list[list[int]]
    row_of: list[int]
    above: list[list[int]]
    below: list[list[int]]
    chains: list[list[int]] = field(default_factory=list)
    """For each arrow: source, stand-ins, target."""
    real: int = 0

    def stands_in(self, number: int) -> bool:
        return number >= self.real


def place(boxes: tuple[Box, ...], arrows: tuple[Arrow, ...], seconds: float = 0.0) -> Layout:
    """Place any graph without cycles; an autograd graph has none. `seconds` is not needed: the work is bounded.

    Raises:
        LayoutError: the arrows form a cycle.
    """
    numbers = {box.id: number for number, box in enumerate(boxes)}
    pairs = [(numbers[source], numbers[target]) for source, target in arrows]
    grid = _grid([box.width for box in boxes], pairs, _rows(len(boxes), pairs))
    _order(grid)
    xs = _places(grid)
    tops, bottoms = _heights(grid, [box.height for box in boxes])
    centres: dict[str, Point] = {
        box.id: (xs[number], (tops[grid.row_of[number]] + bottoms[grid.row_of[number]]) / 2)
        for number, box in enumerate(boxes)
    }
    lines = [_line(chain, grid, xs, tops, bottoms) for chain in grid.chains]
    return finished(boxes, arrows, centres, lines, "built-in")


def _rows(count: int, pairs: list[tuple[int, int]]) -> list[int]:
    """The row of each box: sinks in the last one, every other one row above the highest of its targets."""
    targets: list[list[int]] = [[] for _ in range(count)]
    sources: list[list[int]] = [[] for _ in range(count)]
    for source, target in pairs:
        targets[source].append(target)
        sources[target].append(source)
    open_targets = [len(each) for each in targets]
    ready = [number for number in range(count) if not open_targets[number]]
    distance = [0] * count
    for number in ready:
        distance[number] = max((distance[target] + 1 for target in targets[number]), default=0)
        for source in sources[number]:
            open_targets[source] -= 1
            if not open_targets[source]:
                ready.append(source)
    if len(ready) < count:
        raise LayoutError("the arrows form a cycle")
    last = max(distance, default=0)
    return [last - each for each in distance]


def _grid(widths: list[float], pairs: list[tuple[int, int]], row_of: list[int]) -> _Grid:
    """Rows in the order in which the boxes came, with stand-ins where an arrow passes a row."""
    real = len(widths)
    rows: list[list[int]] = [[] for _ in range(max(row_of, default=-1) + 1)]
    for number, row in enumerate(row_of):
        rows[row].append(number)
    grid = _Grid(list(widths), rows, list(row_of), [[] for _ in widths], [[] for _ in widths], real=real)
    lanes = sum(max(0, row_of[target] - row_of[source] - 1) for source, target in pairs) <= MOST_STAND_INS
    for source, target in pairs:
        chain = [source]
        for row in range(row_of[source] + 1, row_of[target]) if lanes else ():
            chain.append(_stand_in(grid, row))
        chain.append(target)
        grid.chains.append(chain)
        for upper, lower in pairwise(chain):
            grid.below[upper].append(lower)
            grid.above[lower].append(upper)
    return grid


def _stand_in(grid: _Grid, row: int) -> int:
    grid.widths.append(THIN)
    grid.row_of.append(row)
    grid.above.append([])
    grid.below.append([])
    number = len(grid.widths) - 1
    grid.rows[row].append(number)
    return number


def _order(grid: _Grid) -> None:
    """Sort the rows down and up by the mean place of their neighbours; keep the order with the fewest crossings."""
    best, fewest = [list(row) for row in grid.rows], _all_crossings(grid)
    for sweep in range(ORDER_SWEEPS):
        if fewest == 0:
            break
        down = sweep % 2 == 0
        neighbours = grid.above if down else grid.below
        rows = grid.rows if down else grid.rows[::-1]
        place = {number: float(i) for i, number in enumerate(rows[0])}
        for row in rows[1:]:
            means = _means(row, neighbours, place)
            row.sort(key=means.__getitem__)
            place |= {number: float(i) for i, number in enumerate(row)}
        now = _all_crossings(grid)
        if now < fewest:
            best, fewest = [list(row) for row in grid.rows], now
    grid.rows = best


def _means(row: list[int], neighbours: list[list[int]], place: dict[int, float]) -> dict[int, float]:
    """The mean place of each one's neighbours in the rows already sorted; who has none stays where it is."""
    means = {}
    for i, number in enumerate(row):
        known = [place[each] for each in neighbours[number] if each in place]
        means[number] = sum(known) / len(known) if known else float(i)
    return means


def _all_crossings(grid: _Grid) -> int:
    place = [0] * len(grid.widths)
    for row in grid.rows:
        for i, number in enumerate(row):
            place[number] = i
    total = 0
    for row in grid.rows:
        ends = [sorted(place[lower] for lower in grid.below[upper]) for upper in row]
        total += crossings([end for group in ends for end in group])
    return total


def _places(grid: _Grid) -> list[float]:
    """The x of every box and stand-in: rows follow their neighbours, down and up in turn."""
    xs = [0.0] * len(grid.widths)
    for row in grid.rows:
        x = 0.0
        for number in row:
            xs[number] = x + grid.widths[number] / 2
            x += grid.widths[number] + GAP_X
    for sweep in range(PLACE_SWEEPS):
        down = sweep % 2 == 0
        last = sweep == PLACE_SWEEPS - 1
        for row in grid.rows if down else grid.rows[::-1]:
            _follow(grid, xs, row, up=down or last, down=not down or last)
    return xs


def _follow(grid: _Grid, xs: list[float], row: list[int], up: bool, down: bool) -> None:
    wishes, weights = [], []
    for number in row:
        near = (grid.above[number] if up else []) + (grid.below[number] if down else [])
        pulls = [_STRAIGHT if grid.stands_in(number) and grid.stands_in(each) else 1.0 for each in near]
        weight = sum(pulls)
        wish = sum(pull * xs[each] for pull, each in zip(pulls, near, strict=True)) / weight if near else xs[number]
        wishes.append(wish)
        weights.append(weight or 0.1)
    gaps = [(grid.widths[left] + grid.widths[right]) / 2 + GAP_X for left, right in pairwise(row)]
    for number, x in zip(row, nearest_places(wishes, weights, gaps), strict=True):
        xs[number] = x


def _heights(grid: _Grid, heights: list[float]) -> tuple[list[float], list[float]]:
    """Top and bottom of every row."""
    tops, bottoms, y = [], [], 0.0
    for row in grid.rows:
        tall = max((heights[number] for number in row if not grid.stands_in(number)), default=0.0)
        tops.append(y)
        bottoms.append(y + tall)
        y += tall + GAP_Y
    return tops, bottoms


def _line(chain: list[int], grid: _Grid, xs: list[float], tops: list[float], bottoms: list[float]) -> Line:
    """Straight down through every lane that it passes, slanted only between the rows: it never cuts a box."""
    source, target = chain[0], chain[-1]
    lanes: list[Point] = []
    for number in chain[1:-1]:
        row = grid.row_of[number]
        lanes += [(xs[number], tops[row]), (xs[number], bottoms[row])]
    after, before = (lanes[0][0], lanes[-1][0]) if lanes else (xs[target], xs[source])
    start = (_port(xs[source], after, grid.widths[source]), bottoms[grid.row_of[source]])
    end = (_port(xs[target], before, grid.widths[target]), tops[grid.row_of[target]])
    return (start, *lanes, end)


def _port(centre: float, other: float, width: float) -> float:
    """Where on a border an arrow starts or ends: towards its other end, so that several arrows do not share one point."""
    reach = 0.35 * width
    return centre + max(-reach, min(reach, 0.5 * (other - centre)))
