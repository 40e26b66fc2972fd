"""Small drawn pictures of a project: its points when they lie in a plane, its digits, else its network."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap

from engine.catalog import LAYERS
from engine.datasets.registry import load
from engine.edits import topological_order
from engine.spec import INPUT_ID, OUTPUT_ID, NetworkSpec, ProjectSpec
from gui.theme.tokens import Theme

PLANE = ("moons", "circles", "xor", "spiral", "blobs")
"""Data sets of two features that are made in a moment without torch."""
MOST_POINTS = 160
MOST_DOTS = 6


def thumbnail(project: ProjectSpec, theme: Theme, size: QSize, scale: float = 1.0) -> QPixmap:
    """The picture, `size` at 100 %, for a screen of this scale."""
    picture = QPixmap(size * scale)
    picture.setDevicePixelRatio(scale)
    picture.fill(QColor(theme.raised))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    frame = QRectF(0, 0, size.width(), size.height()).adjusted(12, 10, -12, -10)
    kind = project.data.source.kind
    if len(project.network.nodes) == 2:
        _draw_plus(painter, theme, frame)
    elif kind in PLANE:
        _draw_points(painter, project, theme, frame)
    elif kind == "digits":
        _draw_digits(painter, project, theme, frame)
    else:
        _draw_network(painter, project.network, theme, frame)
    painter.end()
    return picture


def _draw_plus(painter: QPainter, theme: Theme, frame: QRectF) -> None:
    painter.setPen(QPen(QColor(theme.accent), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    for dx, dy in ((14, 0), (0, 14)):
        painter.drawLine(frame.center() - QPointF(dx, dy), frame.center() + QPointF(dx, dy))


def _draw_points(painter: QPainter, project: ProjectSpec, theme: Theme, frame: QRectF) -> None:
    data = load(project.data.source)
    step = max(1, len(data.features) // MOST_POINTS)
    points = np.asarray(data.features[::step], dtype=float)
    low, high = points.min(axis=0), points.max(axis=0)
    unit = (points - low) / np.where(high > low, high - low, 1.0)
    colours = [QColor(colour) for colour in (theme.train, theme.validation, theme.good, theme.parameter)]
    painter.setPen(Qt.PenStyle.NoPen)
    for (x, y), label in zip(unit, np.asarray(data.targets[::step]).ravel(), strict=True):
        painter.setBrush(colours[int(label) % len(colours)])
        painter.drawEllipse(QPointF(frame.left() + x * frame.width(), frame.bottom() - y * frame.height()), 2.2, 2.2)


def _draw_digits(painter: QPainter, project: ProjectSpec, theme: Theme, frame: QRectF) -> None:
    features = np.asarray(load(project.data.source).features[:3], dtype=float).reshape(3, 8, 8)
    ink, paper = QColor(theme.text), QColor(theme.raised)
    side = min(frame.height(), frame.width() / 3.4)
    left = frame.center().x() - 1.6 * side
    for index, digit in enumerate(features):
        image = QImage(8, 8, QImage.Format.Format_RGB32)
        for y in range(8):
            for x in range(8):
                image.setPixelColor(x, y, _between(paper, ink, float(digit[y, x]) / 16))
        painter.drawImage(QRectF(left + index * 1.1 * side, frame.center().y() - side / 2, side, side), image)


def _draw_network(painter: QPainter, network: NetworkSpec, theme: Theme, frame: QRectF) -> None:
    columns = [_dots(network, node_id) for node_id in topological_order(network)]
    columns = [(count, kind) for count, kind in columns if count]
    gap = frame.width() / max(1, len(columns) - 1)
    rows = [
        [
            QPointF(
                frame.left() + index * gap, frame.center().y() + (dot - (count - 1) / 2) * frame.height() / MOST_DOTS
            )
            for dot in range(count)
        ]
        for index, (count, _) in enumerate(columns)
    ]
    pen = QPen(QColor(theme.muted), 0.8)
    painter.setPen(pen)
    for left, right in pairwise(rows):
        for start in left:
            for end in right:
                painter.drawLine(start, end)
    painter.setPen(Qt.PenStyle.NoPen)
    for dots, (_, kind) in zip(rows, columns, strict=True):
        ends = {INPUT_ID: theme.data, OUTPUT_ID: theme.problem}
        painter.setBrush(QColor(ends.get(kind, theme.parameter if kind == "linear" else theme.forward)))
        for dot in dots:
            painter.drawEllipse(dot, 4, 4)


def _dots(network: NetworkSpec, node_id: str) -> tuple[int, str]:
    """How many dots a layer gets in the small picture: those with a width as many, capped, the ends one."""
    node = network.node(node_id)
    if node_id in (INPUT_ID, OUTPUT_ID):
        return 1, node_id
    for name in ("out_features", "out_channels"):
        if node.layer.has(name):
            return min(MOST_DOTS, int(node.layer.number(name))), node.kind
    return (1 if LAYERS[node.kind].ports is None else 0), node.kind


def _between(first: QColor, second: QColor, share: float) -> QColor:
    part = min(1.0, max(0.0, share))
    red = first.red() + (second.red() - first.red()) * part
    green = first.green() + (second.green() - first.green()) * part
    blue = first.blue() + (second.blue() - first.blue()) * part
    return QColor(round(red), round(green), round(blue))
