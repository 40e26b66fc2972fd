"""Every way to write the scene of an exported picture, by the ending of the file."""

from __future__ import annotations

from collections.abc import Callable

from engine.exporters.drawing import Scene, to_png, to_svg
from engine.exporters.pdf import to_pdf

WRITERS: dict[str, Callable[[Scene], bytes]] = {".svg": to_svg, ".png": to_png, ".pdf": to_pdf}
