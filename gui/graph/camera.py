"""Which part of the graph is seen, and how large."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView

FORMS_FROM = 0.22
"""Zoom below which boxes are plain and lines not smoothed."""
LEAST, MOST, STEP = 0.02, 4.0, 1.25
READABLE = 0.9
"""Zoom at which the texts of the boxes can be read from some way off."""
BORDER = 40
"""Free scene units around the graph, so that its edge can be pulled inwards."""
_MARGIN = 12


class Camera(QObject):
    """Zoom of a graphics view. `untouched` until somebody zooms or pans."""

    zoomed = Signal(float)

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self._view = view
        self.untouched = True

    def begin(self, item: QGraphicsItem | None) -> None:
        """The whole graph when its texts can then be read, else as much as can be read around an item."""
        self.untouched = True
        self._set(max(self._whole(), READABLE))
        self._view.centerOn(self._bounds().center())
        if item is not None:
            self.keep_in_sight(item)

    def keep_in_sight(self, item: QGraphicsItem) -> None:
        """Put an item that is not wholly in sight into the middle; else nothing moves, so that the eye keeps its place."""
        shown = self._view.mapFromScene(item.sceneBoundingRect()).boundingRect()
        if not self._view.viewport().rect().contains(shown):
            self._view.centerOn(item)

    def fit(self) -> None:
        """The whole graph in sight, at most a little larger than drawn."""
        self.untouched = False
        self._set(self._whole())
        self._view.centerOn(self._bounds().center())

    def zoom_by(self, factor: float) -> None:
        """Larger or smaller; the view keeps the point under the mouse where it is."""
        self.untouched = False
        self._set(self._view.transform().m11() * factor)

    def zoom_in(self) -> None:
        self.zoom_by(STEP)

    def zoom_out(self) -> None:
        self.zoom_by(1 / STEP)

    def _bounds(self) -> QRectF:
        return self._view.sceneRect().adjusted(BORDER, BORDER, -BORDER, -BORDER)

    def _whole(self) -> float:
        """The zoom at which all of it is in sight."""
        rect, port = self._bounds(), self._view.viewport().rect()
        wide = (port.width() - 2 * _MARGIN) / max(rect.width(), 1.0)
        return min(wide, (port.height() - 2 * _MARGIN) / max(rect.height(), 1.0), 1.25)

    def _set(self, zoom: float) -> None:
        zoom = max(min(LEAST, self._whole()), min(MOST, zoom))
        self._view.setTransform(QTransform.fromScale(zoom, zoom))
        self.zoomed.emit(zoom)
