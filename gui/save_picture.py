"""A panel's picture as a file: PNG with the pixels doubled, SVG and PDF drawn anew, so that text stays text."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPoint, QSize, QSizeF, Signal
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter, QPixmap
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QToolButton, QWidget

from engine.errors import FileProblem
from engine.files import atomic_write
from engine.views import Failure, Notice
from gui.theme.icons import icon
from gui.theme.tokens import Theme

SUFFIXES = (".png", ".svg", ".pdf")
FILTER = "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)"
_SHARPER = 2
_DOTS_PER_INCH = 96


def picture_of(widget: QWidget, suffix: str) -> bytes:
    """The widget as it is seen, in one of `SUFFIXES`.

    Raises:
        ValueError: another suffix.
    """
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    size = widget.size()
    if suffix == ".png":
        pixmap = QPixmap(size * _SHARPER)
        pixmap.setDevicePixelRatio(_SHARPER)
        widget.render(pixmap)
        pixmap.save(buffer, "PNG")
    elif suffix == ".svg":
        _draw_svg(widget, buffer, size)
    elif suffix == ".pdf":
        _draw_pdf(widget, buffer, size)
    else:
        raise ValueError(f"A picture is saved as {', '.join(SUFFIXES)}, not as “{suffix}”.")
    buffer.close()
    return bytes(data.data())


def _draw_svg(widget: QWidget, buffer: QBuffer, size: QSize) -> None:
    drawing = QSvgGenerator()
    drawing.setOutputDevice(buffer)
    drawing.setSize(size)
    drawing.setViewBox(widget.rect())
    drawing.setTitle(widget.accessibleName())
    drawing.setResolution(_DOTS_PER_INCH)
    painter = QPainter(drawing)
    widget.render(painter, QPoint())
    painter.end()


def _draw_pdf(widget: QWidget, buffer: QBuffer, size: QSize) -> None:
    drawing = QPdfWriter(buffer)
    drawing.setResolution(_DOTS_PER_INCH)
    points = QSizeF(size.width() * 72 / _DOTS_PER_INCH, size.height() * 72 / _DOTS_PER_INCH)
    drawing.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    drawing.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Point)
    drawing.setTitle(widget.accessibleName())
    painter = QPainter(drawing)
    widget.render(painter, QPoint())
    painter.end()


class SaveButton(QToolButton):
    """Beside a picture: asks for a file and writes what the picture shows now."""

    told = Signal(object)
    """(Notice or Failure): how it went."""

    def __init__(self, picture: QWidget, stem: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture, self._stem = picture, stem
        self.setProperty("role", "quiet")
        self.setToolTip("Save this picture as PNG, SVG or PDF")
        self.setAccessibleName(f"Save the picture of the {stem}")
        self.clicked.connect(self._ask)

    def show_theme(self, theme: Theme) -> None:
        self.setIcon(icon("save", theme))

    def _ask(self) -> None:
        usual = str(Path.home() / f"{self._stem}.png")
        path, chosen = QFileDialog.getSaveFileName(self, "Save the picture", usual, FILTER)
        if path:
            self.save(path if Path(path).suffix else path + next((s for s in SUFFIXES if s in chosen), ".png"))

    def save(self, path: str) -> None:
        """Write the file, and say how it went."""
        try:
            atomic_write(path, picture_of(self._picture, Path(path).suffix.lower()))
        except FileProblem as problem:
            self.told.emit(problem.failure)
        except ValueError as problem:
            self.told.emit(Failure("The picture was not saved.", str(problem), "Choose another name for the file."))
        else:
            self.told.emit(Notice(f"Saved the picture to {path}"))
