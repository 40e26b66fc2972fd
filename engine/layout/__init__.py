"""A graph's boxes get places: by Graphviz where there is one, else by layers of our own. No torch, no Qt.

The chain: `dot` on PATH, Graphviz as WebAssembly inside the process, our own layered layout, which never fails.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

from engine.layout.boxes import Arrow, Box, Layout, LayoutError, Line, Point
from engine.layout.graphviz_dot import place as place_by_dot
from engine.layout.layered import place as place_by_layers
from engine.layout.wasi import place as place_by_wasi

__all__ = ["ENGINES", "Arrow", "Box", "Engine", "Layout", "LayoutError", "Line", "Point", "lay_out", "warm_up"]

Engine = Literal["dot", "wasi", "own"]
ENGINES: tuple[Engine, ...] = ("dot", "wasi", "own")
SECONDS = 1.5
"""Time that one engine may take for one try."""
MANY = 2_000
"""With more boxes and arrows than this our own layout is asked at once: Graphviz took 1 s for 6,000, more than linear."""

_log = logging.getLogger(__name__)

_PLACERS: dict[Engine, Callable[[tuple[Box, ...], tuple[Arrow, ...], float], Layout]] = {
    "dot": place_by_dot,
    "wasi": place_by_wasi,
    "own": place_by_layers,
}


@lru_cache(maxsize=16)
def lay_out(
    boxes: tuple[Box, ...], arrows: tuple[Arrow, ...], engines: tuple[Engine, ...] = ENGINES, seconds: float = SECONDS
) -> Layout:
    """Place the boxes in rows from the leaves at the top to the loss at the bottom. The same graph gets the same places.

    `engines` are asked in turn until one succeeds; each may take `seconds` per try.

    Raises:
        LayoutError: none of the engines could place the graph; cannot happen while "own" is among them.
        KeyError: an arrow names a box that is not there.
    """
    known = {box.id for box in boxes}
    for name in (end for arrow in arrows for end in arrow):
        if name not in known:
            raise KeyError(name)
    problem = LayoutError("no layout engine was named")
    for engine in engines:
        if engine != "own" and len(boxes) + len(arrows) > MANY and "own" in engines:
            continue
        try:
            return _PLACERS[engine](boxes, arrows, seconds)
        except LayoutError as error:
            _log.info("layout by %s: %s", engine, error)
            problem = error
    raise problem


def warm_up() -> None:
    """Let the engines load and compile what they need, so that the first graph does not wait for it (0.7–1.9 s)."""
    lay_out((Box("a", 10.0, 10.0), Box("b", 10.0, 10.0)), (("a", "b"),))
