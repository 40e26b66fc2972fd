"""One small scene for every exported picture: boxes, lines, polygons and texts, written as SVG or drawn as PNG (and PDF: pdf.py).

Coordinates are pixels of a screen at normal scale, y downwards. A PNG is drawn at twice that scale; shapes are drawn larger
still and averaged down, which smooths their edges, and texts at their final size, which keeps them crisp.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from engine.errors import ExportError
from engine.views import Failure

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]

SCALE = 2.0
MAX_PIXELS = 40_000_000
_SMOOTH = 2
_FAMILY = "DejaVu Sans, Segoe UI, Helvetica, Arial, sans-serif"
FONTS = ("DejaVuSans.ttf", "segoeui.ttf", "Helvetica.ttc", "Arial.ttf")
BOLD_FONTS = ("DejaVuSans-Bold.ttf", "segoeuib.ttf", "Arial Bold.ttf", "Arial_Bold.ttf")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with its top left corner at (x, y)."""

    x: float
    y: float
    width: float
    height: float
    fill: str = ""
    stroke: str = ""
    radius: float = 0.0
    thickness: float = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    points: tuple[Point, ...]
    stroke: str
    thickness: float = 1.0


@dataclass(frozen=True, slots=True)
class Polygon:
    points: tuple[Point, ...]
    fill: str


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; (x, y) is on its baseline."""

    x: float
    y: float
    text: str
    fill: str
    size: float = 12.0
    anchor: Anchor = "start"
    bold: bool = False


Item = Box | Line | Polygon | Text


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture. `title` and `text` are what a screen reader says of it."""

    width: float
    height: float
    items: tuple[Item, ...]
    background: str = "#ffffff"
    title: str = ""
    text: str = ""


def to_svg(scene: Scene) -> bytes:
    """The scene as an SVG document, read back as XML before it is returned."""
    width, height = f"{scene.width:g}", f"{scene.height:g}"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" font-family="{_FAMILY}">',
        f"<title>{escape(scene.title)}</title>",
        f"<desc>{escape(scene.text)}</desc>",
        f'<rect width="{width}" height="{height}" fill="{scene.background}"/>',
        *(_svg_item(item) for item in scene.items),
        "</svg>",
    ]
    data = "\n".join(lines).encode("utf-8")
    if len(ElementTree.fromstring(data)) != len(scene.items) + 3:
        raise ExportError(Failure("The picture could not be written: its SVG does not read back."))
    return data


def to_png(scene: Scene, scale: float = SCALE) -> bytes:
    """The scene as a PNG at `scale`, or smaller when it would pass 40 million pixels; decoded again before it is returned."""
    from PIL import Image

    scale = min(scale, (MAX_PIXELS / (scene.width * scene.height)) ** 0.5)
    size = (max(1, round(scene.width * scale)), max(1, round(scene.height * scale)))
    picture = _draw(scene, scale, size)
    buffer = io.BytesIO()
    dots = 96 * scale
    picture.save(buffer, "PNG", dpi=(dots, dots), optimize=True)
    with Image.open(io.BytesIO(buffer.getvalue())) as again:
        again.load()
        if again.size != size or again.convert("RGB").tobytes() != picture.tobytes():
            raise ExportError(Failure("The picture could not be written: its PNG does not read back."))
    return buffer.getvalue()


def _points(points: tuple[Point, ...]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)


def _svg_item(item: Item) -> str:
    if isinstance(item, Box):
        return (
            f'<rect x="{item.x:.2f}" y="{item.y:.2f}" width="{item.width:.2f}" height="{item.height:.2f}" '
            f'rx="{item.radius:g}" fill="{item.fill or "none"}" stroke="{item.stroke or "none"}" '
            f'stroke-width="{item.thickness:g}"/>'
        )
    if isinstance(item, Line):
        return (
            f'<polyline points="{_points(item.points)}" fill="none" stroke="{item.stroke}" '
            f'stroke-width="{item.thickness:g}" stroke-linejoin="round" stroke-linecap="round"/>'
        )
    if isinstance(item, Polygon):
        return f'<polygon points="{_points(item.points)}" fill="{item.fill}"/>'
    weight = ' font-weight="bold"' if item.bold else ""
    return (
        f'<text x="{item.x:.2f}" y="{item.y:.2f}" font-size="{item.size:g}" text-anchor={quoteattr(item.anchor)} '
        f'fill="{item.fill}"{weight}>{escape(visible(item.text))}</text>'
    )


def visible(text: str) -> str:
    """Without signs that XML forbids."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _draw(scene: Scene, scale: float, size: tuple[int, int]) -> Image.Image:
    """Shapes first, then texts: in our pictures no shape covers a text."""
    from PIL import Image, ImageDraw

    large = Image.new("RGB", (size[0] * _SMOOTH, size[1] * _SMOOTH), scene.background)
    pen = ImageDraw.Draw(large)
    for item in scene.items:
        if not isinstance(item, Text):
            _draw_shape(pen, item, scale * _SMOOTH)
    picture = large.resize(size, Image.Resampling.BOX)
    pen = ImageDraw.Draw(picture)
    anchors = {"start": "ls", "middle": "ms", "end": "rs"}
    for item in scene.items:
        if isinstance(item, Text):
            place = (item.x * scale, item.y * scale)
            font = _font(round(item.size * scale), item.bold)
            pen.text(place, visible(item.text), fill=item.fill, font=font, anchor=anchors[item.anchor])
    return picture


def _draw_shape(pen: ImageDraw.ImageDraw, item: Box | Line | Polygon, scale: float) -> None:
    if isinstance(item, Box):
        corners = (item.x * scale, item.y * scale, (item.x + item.width) * scale, (item.y + item.height) * scale)
        thickness = max(1, round(item.thickness * scale)) if item.stroke else 0
        pen.rounded_rectangle(corners, item.radius * scale, item.fill or None, item.stroke or None, thickness)
        return
    points = [(x * scale, y * scale) for x, y in item.points]
    if isinstance(item, Polygon):
        pen.polygon(points, item.fill)
    else:
        pen.line(points, item.stroke, max(1, round(item.thickness * scale)), joint="curve")


@lru_cache(maxsize=32)
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A system font with many signs, else the one that Pillow carries."""
    from PIL import ImageFont

    for name in BOLD_FONTS if bold else FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue  # this system does not have it
    return ImageFont.load_default(size)
