"""A panel whose contents scroll when the window is small."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QVBoxLayout, QWidget


def scrolled(panel: QWidget, contents: QLayout) -> QScrollArea:
    """Fill `panel` with `contents` in a vertical scroll area with the usual margins."""
    inside = QWidget()
    inside.setObjectName("panelContents")
    contents.setContentsMargins(16, 16, 16, 16)
    inside.setLayout(contents)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    outer = QVBoxLayout(panel)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.addWidget(area)
    return area
