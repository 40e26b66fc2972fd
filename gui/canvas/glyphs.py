"""A small drawing per kind of layer, in a unit square: what it does, seen at a glance and without colour."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

from gui.canvas.look import faint, layer_colour
from gui.theme.tokens import Theme

Drawing = Callable[[QPainterPath], None]


def paint_glyph(painter: QPainter, kind: str, rect: QRectF, colour: QColor) -> None:
    """Draw the glyph of a layer on a tinted tile."""
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(faint(colour, 36))
    painter.drawRoundedRect(rect, rect.width() / 5, rect.width() / 5)
    painter.translate(rect.topLeft())
    painter.scale(rect.width(), rect.height())
    pen = QPen(colour, 0.075)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(glyph(kind))
    painter.restore()


def glyph_icon(kind: str, theme: Theme, side: int = 20) -> QIcon:
    """The glyph as an icon for lists and menus."""
    icon = QIcon()
    for scale in (1, 2):
        picture = QPixmap(side * scale, side * scale)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_glyph(painter, kind, QRectF(0, 0, side * scale, side * scale), layer_colour(kind, theme))
        painter.end()
        picture.setDevicePixelRatio(scale)
        icon.addPixmap(picture)
    return icon


@lru_cache(maxsize=64)
def glyph(kind: str) -> QPainterPath:
    """The drawing of a kind; a layer without one of its own gets a plain box."""
    path = QPainterPath()
    _DRAWINGS.get(kind, _box)(path)
    return path


def _line(path: QPainterPath, *points: tuple[float, float]) -> None:
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)


def _dot(path: QPainterPath, x: float, y: float, radius: float = 0.06) -> None:
    path.addEllipse(QPointF(x, y), radius, radius)


def _curve(function: Callable[[float], float]) -> Drawing:
    """The graph of an activation, -1…1 in both axes, with the axis it bends at."""

    def draw(path: QPainterPath) -> None:
        xs = [index / 12 - 1 for index in range(25)]
        _line(path, *((0.5 + 0.32 * x, 0.5 - 0.32 * function(x)) for x in xs))

    return draw


def _box(path: QPainterPath) -> None:
    path.addRect(0.25, 0.25, 0.5, 0.5)


def _data(path: QPainterPath) -> None:
    path.addEllipse(QRectF(0.24, 0.18, 0.52, 0.2))
    for y in (0.5, 0.72):
        path.moveTo(0.24, y)
        path.cubicTo(0.24, y + 0.14, 0.76, y + 0.14, 0.76, y)
    _line(path, (0.24, 0.28), (0.24, 0.72))
    _line(path, (0.76, 0.28), (0.76, 0.72))


def _loss(path: QPainterPath) -> None:
    path.addEllipse(QPointF(0.5, 0.5), 0.3, 0.3)
    path.addEllipse(QPointF(0.5, 0.5), 0.13, 0.13)


def _linear(path: QPainterPath) -> None:
    for y in (0.28, 0.72):
        for end in (0.22, 0.5, 0.78):
            _line(path, (0.3, y), (0.7, end))
        _dot(path, 0.24, y)
    for end in (0.22, 0.5, 0.78):
        _dot(path, 0.76, end)


def _grid(path: QPainterPath) -> None:
    path.addRect(0.22, 0.22, 0.56, 0.56)
    for at in (0.41, 0.59):
        _line(path, (0.22, at), (0.78, at))
        _line(path, (at, 0.22), (at, 0.78))


def _pool(path: QPainterPath) -> None:
    path.addRect(0.18, 0.18, 0.38, 0.38)
    path.addRect(0.66, 0.66, 0.18, 0.18)
    _line(path, (0.56, 0.56), (0.66, 0.66))
    _line(path, (0.37, 0.18), (0.37, 0.56))
    _line(path, (0.18, 0.37), (0.56, 0.37))


def _bars(path: QPainterPath) -> None:
    for x, top in ((0.24, 0.62), (0.41, 0.24), (0.59, 0.5), (0.76, 0.7)):
        _line(path, (x, 0.78), (x, top))


def _bell(path: QPainterPath) -> None:
    _line(path, *((0.5 + 0.32 * x, 0.72 - 0.44 * math.exp(-5 * x * x)) for x in (i / 10 - 1 for i in range(21))))


def _dropout(path: QPainterPath) -> None:
    for x, y in ((0.3, 0.3), (0.7, 0.7)):
        _dot(path, x, y, 0.09)
    for x, y in ((0.7, 0.3), (0.3, 0.7)):
        _line(path, (x - 0.08, y - 0.08), (x + 0.08, y + 0.08))
        _line(path, (x - 0.08, y + 0.08), (x + 0.08, y - 0.08))


def _flatten(path: QPainterPath) -> None:
    path.addRect(0.2, 0.18, 0.28, 0.28)
    path.addRect(0.2, 0.66, 0.6, 0.16)
    _line(path, (0.4, 0.66), (0.4, 0.82))
    _line(path, (0.6, 0.66), (0.6, 0.82))
    _line(path, (0.66, 0.26), (0.66, 0.52))
    _line(path, (0.58, 0.44), (0.66, 0.52), (0.74, 0.44))


def _add(path: QPainterPath) -> None:
    _line(path, (0.5, 0.26), (0.5, 0.74))
    _line(path, (0.26, 0.5), (0.74, 0.5))


def _concat(path: QPainterPath) -> None:
    path.addRect(0.2, 0.24, 0.27, 0.52)
    path.addRect(0.53, 0.24, 0.27, 0.52)


def _waves(path: QPainterPath) -> None:
    """A signal under a window."""
    _line(path, *((0.16 + 0.68 * i / 24, 0.5 - 0.16 * math.sin(i / 24 * 4 * math.pi)) for i in range(25)))
    path.addRect(0.36, 0.24, 0.28, 0.52)


def _pool_line(path: QPainterPath) -> None:
    path.addRect(0.16, 0.26, 0.68, 0.18)
    for x in (0.33, 0.5, 0.67):
        _line(path, (x, 0.26), (x, 0.44))
    path.addRect(0.33, 0.64, 0.34, 0.16)
    _line(path, (0.5, 0.64), (0.5, 0.8))


def _adaptive(path: QPainterPath) -> None:
    """Whatever comes, so many parts."""
    path.addRect(0.18, 0.18, 0.64, 0.64)
    _line(path, (0.5, 0.18), (0.5, 0.82))
    _line(path, (0.18, 0.5), (0.82, 0.5))
    for x in (0.34, 0.66):
        for y in (0.34, 0.66):
            _dot(path, x, y, 0.035)


def _table(path: QPainterPath) -> None:
    path.addRect(0.42, 0.18, 0.4, 0.64)
    for y in (0.34, 0.5, 0.66):
        _line(path, (0.42, y), (0.82, y))
    _line(path, (0.14, 0.42), (0.34, 0.42))
    _line(path, (0.27, 0.35), (0.34, 0.42), (0.27, 0.49))


def _loop(path: QPainterPath) -> None:
    """A box that reads itself."""
    path.addRect(0.32, 0.44, 0.36, 0.32)
    _line(path, (0.68, 0.6), (0.84, 0.6), (0.84, 0.24), (0.16, 0.24), (0.16, 0.6), (0.32, 0.6))
    _line(path, (0.25, 0.53), (0.32, 0.6), (0.25, 0.67))


def _gates(path: QPainterPath) -> None:
    """The loop, with gates in the box."""
    _loop(path)
    for x in (0.42, 0.5, 0.58):
        _line(path, (x, 0.53), (x, 0.67))


def _two_gates(path: QPainterPath) -> None:
    _loop(path)
    for x in (0.45, 0.55):
        _line(path, (x, 0.53), (x, 0.67))


def _log_bars(path: QPainterPath) -> None:
    """Bars that hang: logarithms of shares are negative."""
    _line(path, (0.18, 0.24), (0.82, 0.24))
    for x, low in ((0.26, 0.5), (0.42, 0.36), (0.58, 0.62), (0.74, 0.78)):
        _line(path, (x, 0.24), (x, low))


def _reshape(path: QPainterPath) -> None:
    path.addRect(0.14, 0.2, 0.72, 0.14)
    _line(path, (0.5, 0.4), (0.5, 0.52))
    _line(path, (0.43, 0.46), (0.5, 0.53), (0.57, 0.46))
    path.addRect(0.34, 0.58, 0.32, 0.28)
    _line(path, (0.34, 0.72), (0.66, 0.72))


def _arrow(path: QPainterPath) -> None:
    _line(path, (0.2, 0.5), (0.8, 0.5))
    _line(path, (0.66, 0.36), (0.8, 0.5), (0.66, 0.64))


def _block(path: QPainterPath) -> None:
    """Cards in a pile."""
    path.addRect(0.2, 0.36, 0.42, 0.42)
    _line(path, (0.3, 0.36), (0.3, 0.27), (0.71, 0.27), (0.71, 0.68), (0.62, 0.68))
    _line(path, (0.4, 0.27), (0.4, 0.18), (0.8, 0.18), (0.8, 0.58), (0.71, 0.58))


def _sigmoid(x: float) -> float:
    return 2 / (1 + math.exp(-6 * x)) - 1


_DRAWINGS: dict[str, Drawing] = {
    "input": _data,
    "block": _block,
    "output": _loss,
    "linear": _linear,
    "conv2d": _grid,
    "max_pool2d": _pool,
    "avg_pool2d": _pool,
    "relu": _curve(lambda x: max(0.0, x) * 1.5 - 0.5),
    "leaky_relu": _curve(lambda x: (x if x > 0 else 0.2 * x) * 1.3 - 0.4),
    "gelu": _curve(lambda x: 1.5 * x * 0.5 * (1 + math.erf(2.4 * x)) - 0.5),
    "tanh": _curve(lambda x: math.tanh(3.5 * x)),
    "sigmoid": _curve(lambda x: 0.8 * _sigmoid(x)),
    "softmax": _bars,
    "batch_norm1d": _bell,
    "batch_norm2d": _bell,
    "layer_norm": _bell,
    "dropout": _dropout,
    "flatten": _flatten,
    "add": _add,
    "concat": _concat,
    "conv1d": _waves,
    "max_pool1d": _pool_line,
    "avg_pool1d": _pool_line,
    "adaptive_avg_pool1d": _adaptive,
    "adaptive_avg_pool2d": _adaptive,
    "embedding": _table,
    "rnn": _loop,
    "lstm": _gates,
    "gru": _two_gates,
    "elu": _curve(lambda x: (x if x > 0 else 0.45 * (math.exp(4 * x) - 1)) * 1.3 - 0.3),
    "silu": _curve(lambda x: 1.6 * x / (1 + math.exp(-5 * x)) - 0.5),
    "log_softmax": _log_bars,
    "reshape": _reshape,
    "identity": _arrow,
}
