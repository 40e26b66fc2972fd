"""The scene of an exported picture as a PDF of one page: lines stay lines, and text stays text that can be searched and copied."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import ExportError
from engine.exporters.drawing import BOLD_FONTS, FONTS, Box, Item, Line, Polygon, Scene, visible
from engine.views import Failure

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

POINTS = 0.75
"""Points of a page in a pixel of the scene: 72 to 96 in an inch."""
LONGEST = 14_400.0
"""The longest side that readers of PDF must accept, in points; larger scenes are drawn smaller."""


def to_pdf(scene: Scene) -> bytes:
    """The scene as a PDF document with its fonts embedded; its table of contents is read back before it is returned.

    The same scene gives the same bytes.

    Raises:
        engine.errors.ExportError: what was written does not read back.
    """
    from reportlab.pdfgen.canvas import Canvas

    scale = min(POINTS, LONGEST / max(scene.width, scene.height))
    size = (scene.width * scale, scene.height * scale)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=size, invariant=1, pageCompression=1)
    canvas.setTitle(scene.title)
    canvas.setSubject(scene.text)
    canvas.setCreator("Chainrule")
    canvas.setFillColor(scene.background)
    canvas.rect(0, 0, *size, stroke=0, fill=1)
    canvas.setLineJoin(1)
    canvas.setLineCap(1)
    for item in scene.items:
        _draw(canvas, item, scale, size[1])
    canvas.showPage()
    canvas.save()
    data = buffer.getvalue()
    _read_back(data)
    return data


def _draw(canvas: Canvas, item: Item, scale: float, height: float) -> None:
    if isinstance(item, Box):
        _draw_box(canvas, item, scale, height)
    elif isinstance(item, Line):
        canvas.setStrokeColor(item.stroke)
        canvas.setLineWidth(item.thickness * scale)
        canvas.drawPath(_path(canvas, item.points, scale, height), stroke=1, fill=0)
    elif isinstance(item, Polygon):
        canvas.setFillColor(item.fill)
        path = _path(canvas, item.points, scale, height)
        path.close()
        canvas.drawPath(path, stroke=0, fill=1)
    else:
        font = font_name(item.bold)
        text = visible(item.text) if _is_embedded(font) else _latin(visible(item.text))
        canvas.setFillColor(item.fill)
        canvas.setFont(font, item.size * scale)
        x, y = item.x * scale, height - item.y * scale
        {"start": canvas.drawString, "middle": canvas.drawCentredString, "end": canvas.drawRightString}[item.anchor](
            x, y, text
        )


def _draw_box(canvas: Canvas, box: Box, scale: float, height: float) -> None:
    if box.fill:
        canvas.setFillColor(box.fill)
    if box.stroke:
        canvas.setStrokeColor(box.stroke)
        canvas.setLineWidth(box.thickness * scale)
    left, bottom = box.x * scale, height - (box.y + box.height) * scale
    wide, high = box.width * scale, box.height * scale
    radius = min(box.radius * scale, wide / 2, high / 2)
    canvas.roundRect(left, bottom, wide, high, radius, stroke=int(bool(box.stroke)), fill=int(bool(box.fill)))


def _path(canvas: Canvas, points: tuple[tuple[float, float], ...], scale: float, height: float) -> Any:
    path = canvas.beginPath()
    (x, y), *rest = points
    path.moveTo(x * scale, height - y * scale)
    for x, y in rest:
        path.lineTo(x * scale, height - y * scale)
    return path


@lru_cache(maxsize=2)
def font_name(bold: bool) -> str:
    """The name under which a font of this system was taken in, or the plain one that every reader of PDF has."""
    from PIL import ImageFont
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    for file in BOLD_FONTS if bold else FONTS:
        try:
            name = f"Chainrule-{Path(file).stem}"
            registerFont(TTFont(name, str(ImageFont.truetype(file, 12).path)))
        except (OSError, TTFError):
            continue  # this system does not have it, or its outlines cannot be embedded
        return name
    return "Helvetica-Bold" if bold else "Helvetica"


def _is_embedded(font: str) -> bool:
    return font.startswith("Chainrule-")


def _latin(text: str) -> str:
    """Only signs that the fonts built into every reader have."""
    return text.replace("ŷ", "y^").encode("cp1252", "replace").decode("cp1252")


def _read_back(data: bytes) -> None:
    """The end says where the table of the parts is, the table where each part begins."""
    end = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", data)
    table = data[int(end[1]) :] if end else b""
    places = [int(place) for place in re.findall(rb"(\d{10}) \d{5} n", table)]
    whole = data.startswith(b"%PDF-") and table.startswith(b"xref") and b"/Root" in table
    if not whole or not places or not all(re.match(rb"\d+ \d+ obj", data[place : place + 24]) for place in places):
        raise ExportError(Failure("The picture could not be written: its PDF does not read back."))
