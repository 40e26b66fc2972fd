"""Layout by the `dot` program, when the system has it (reliability.md 4.10)."""

from __future__ import annotations

import shutil
import subprocess
import time

from engine.layout.boxes import Arrow, Box, Layout, LayoutError
from engine.layout.graphviz_text import Quality, dot_source, layout_from_plain

MOST_OUTPUT = 20_000_000
"""Bytes; a longer answer is not read."""


def place(boxes: tuple[Box, ...], arrows: tuple[Arrow, ...], seconds: float) -> Layout:
    """Ask `dot`, first at its best, then for a quick answer.

    Raises:
        LayoutError: there is no `dot`, or it failed, or it took longer than `seconds` twice.
    """
    program = shutil.which("dot")
    if program is None:
        raise LayoutError("there is no `dot` on this computer")
    problem = LayoutError("`dot` was not asked")
    qualities: tuple[Quality, ...] = ("best", "quick")
    for quality in qualities:
        try:
            answer = _ask(program, dot_source(boxes, arrows, quality), seconds)
            return layout_from_plain(answer, boxes, arrows, "dot")
        except LayoutError as error:
            problem = error
    raise problem


def _ask(program: str, source: str, seconds: float) -> str:
    """Run `dot -Tplain`; it is killed at the end of its time."""
    start = time.monotonic()
    try:
        with subprocess.Popen(
            [program, "-Tplain"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            try:
                output, _ = process.communicate(source.encode(), timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                raise LayoutError(f"`dot` was stopped after {time.monotonic() - start:.1f} s") from None
    except OSError as error:
        raise LayoutError(f"`dot` could not be started: {error}") from error
    if process.returncode != 0 or len(output) > MOST_OUTPUT:
        raise LayoutError(f"`dot` ended with code {process.returncode} and {len(output)} bytes")
    return output.decode("utf-8", "replace")
