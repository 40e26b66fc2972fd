"""The autograd graph as an SVG text of our own: self-contained, no script, no style sheet, readable by any viewer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from engine.graph_boxes import CAPTION_PX, KIND_TITLES, TITLE_PX, caption
from engine.views import GraphEdge, GraphNode, GraphView

LEGEND_HEIGHT = 40.0
_FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
_HEAD_LENGTH, _HEAD_WIDTH = 7.0, 6.0


@dataclass(frozen=True, slots=True)
class GraphColours:
    """Hex colours; `kinds` maps a kind of node to fill and border."""

    background: str
    text: str
    muted: str
    arrow: str
    kinds: dict[str, tuple[str, str]]


LIGHT = GraphColours(
    background="#ffffff",
    text="#1b222c",
    muted="#5a6675",
    arrow="#8a95a3",
    kinds={
        "operation": ("#fdf0e6", "#b3470a"),
        "accumulate": ("#ffffff", "#7a4fa3"),
        "parameter": ("#efe6f8", "#7a4fa3"),
        "output": ("#e3f4ee", "#00795c"),
    },
)
DARK = GraphColours(
    background="#1d2127",
    text="#e7ebf0",
    muted="#9ba7b6",
    arrow="#6d7988",
    kinds={
        "operation": ("#3a2a1f", "#f28e4b"),
        "accumulate": ("#1d2127", "#c39be8"),
        "parameter": ("#33294a", "#c39be8"),
        "output": ("#1d3a33", "#35c79c"),
    },
)
_THEMES = {"light": LIGHT, "dark": DARK}


def graph_svg(view: GraphView, theme: Literal["light", "dark"] = "light") -> str:
    """The picture of a graph with a legend that explains its colours. One point of the layout is one pixel at 100 %.

    Every text is escaped. What a node saved, its layer and its shape are in its tool tip (`<title>`).
    """
    colours = _THEMES[theme]
    width, height = max(view.width, _legend_width()), view.height + LEGEND_HEIGHT
    body = [*_legend(colours), f'<g transform="translate({_n((width - view.width) / 2)},{_n(LEGEND_HEIGHT)})">']
    for edge in view.edges:
        body.extend(_arrow(edge, colours))
    for node in view.nodes:
        body.extend(_box(node, colours))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(height)}" '
            f'viewBox="0 0 {_n(width)} {_n(height)}" font-family="{_FONT}">',
            "<title>Autograd graph of the loss</title>",
            f'<rect width="{_n(width)}" height="{_n(height)}" fill="{colours.background}"/>',
            *body,
            "</g>",
            "</svg>",
            "",
        ]
    )


def _arrow(edge: GraphEdge, colours: GraphColours) -> Iterator[str]:
    """A line with a head of its own: not every viewer knows SVG's markers."""
    if len(edge.points) < 2:
        return
    (x0, y0), (x1, y1) = edge.points[-2:]
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    base = (x1 - dx * _HEAD_LENGTH, y1 - dy * _HEAD_LENGTH)
    line = " ".join(f"{_n(x)},{_n(y)}" for x, y in edge.points[:-1])
    sides = [(base[0] + sign * dy * _HEAD_WIDTH / 2, base[1] - sign * dx * _HEAD_WIDTH / 2) for sign in (1, -1)]
    head = " ".join(f"{_n(x)},{_n(y)}" for x, y in ((x1, y1), *sides))
    yield (
        f'<polyline points="{line} {_n(base[0])},{_n(base[1])}" fill="none" stroke="{colours.arrow}" '
        'stroke-width="1.3" stroke-linejoin="round"/>'
    )
    yield f'<polygon points="{head}" fill="{colours.arrow}"/>'


def _box(node: GraphNode, colours: GraphColours) -> Iterator[str]:
    fill, border = colours.kinds[node.kind]
    left, top = node.x - node.width / 2, node.y - node.height / 2
    tip = "\n".join(part for part in (node.title, caption(node), *(f"saved {name}" for name in node.saved)) if part)
    yield f"<g id={quoteattr(node.id)}><title>{escape(tip)}</title>"
    yield (
        f'<rect x="{_n(left)}" y="{_n(top)}" width="{_n(node.width)}" height="{_n(node.height)}" rx="6" '
        f'fill="{fill}" stroke="{border}" stroke-width="1.4"/>'
    )
    second = caption(node)
    yield _text(node.x, node.y + (-3 if second else 4), node.title, TITLE_PX, colours.text, bold=True)
    if second:
        yield _text(node.x, node.y + 13, second, CAPTION_PX, colours.muted)
    yield "</g>"


def _text(x: float, y: float, text: str, size: float, colour: str, *, bold: bool = False, middle: bool = True) -> str:
    weight = ' font-weight="bold"' if bold else ""
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{colour}"{weight}{anchor}>{escape(text)}</text>'


def _entry_width(title: str) -> float:
    return 34 + len(title) * CAPTION_PX * 0.58


def _legend_width() -> float:
    return 24 + sum(_entry_width(title) for title in KIND_TITLES.values())


def _legend(colours: GraphColours) -> Iterator[str]:
    x = 12.0
    for kind, title in KIND_TITLES.items():
        fill, border = colours.kinds[kind]
        yield f'<rect x="{_n(x)}" y="13" width="18" height="13" rx="3" fill="{fill}" stroke="{border}" stroke-width="1.4"/>'
        yield _text(x + 24, 23.5, title, CAPTION_PX, colours.muted, middle=False)
        x += _entry_width(title)


def _n(number: float) -> str:
    """A coordinate with at most two decimals."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
