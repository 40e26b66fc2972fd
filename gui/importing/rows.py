"""The first rows of a file as they stand there, or its first pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QLabel, QTableWidget, QTableWidgetItem, QWidget

from engine.datasets.importing import Preview

MOST_COLUMNS = 60
"""Columns of the preview: it is a look, all of them are in the table below."""
WIDTH = 900
"""Pixels of the window that pictures side by side may take."""


class FirstRows(QTableWidget):
    """The first rows, as text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("First rows of the file")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setWordWrap(False)
        self.verticalHeader().setDefaultSectionSize(22)
        self.setTabKeyNavigation(False)

    def show_preview(self, preview: Preview) -> None:
        names = [column.name for column in preview.columns[:MOST_COLUMNS]]
        self.clear()
        self.setColumnCount(len(names))
        self.setRowCount(len(preview.sample))
        self.setHorizontalHeaderLabels(names)
        for row, cells in enumerate(preview.sample):
            for column, cell in enumerate(cells[: len(names)]):
                self.setItem(row, column, QTableWidgetItem(" ".join(cell.split())))
        self.resizeColumnsToContents()
        for column in range(len(names)):
            self.setColumnWidth(column, min(180, self.columnWidth(column)))


class FirstPictures(QLabel):
    """The first pictures of a file, side by side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("First pictures of the file")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumHeight(120)

    def show_pictures(self, pictures: NDArray[np.generic] | None) -> None:
        if pictures is None:
            self.setText("No pictures: the samples are rows of numbers.")
            return
        side = pictures.shape[2] + 1
        scale = max(1, min(4, 64 // side))
        sheet = contact_sheet(pictures, max(1, WIDTH // (side * scale)))
        height, width = sheet.shape
        image = QImage(sheet.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
        picture = QPixmap.fromImage(image.copy())
        self.setPixmap(picture.scaledToWidth(min(WIDTH, width * scale), Qt.TransformationMode.FastTransformation))


def contact_sheet(pictures: NDArray[np.generic], columns: int) -> NDArray[np.uint8]:
    """Pictures (n, height, width) of any numbers → one grey picture, dark to bright from the least to the greatest number."""
    count, height, width = pictures.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    values = np.nan_to_num(pictures.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    grey = ((values - low) / ((high - low) or 1.0) * 255).astype(np.uint8)
    sheet = np.zeros((rows * (height + 1), columns * (width + 1)), np.uint8)
    for index, picture in enumerate(grey):
        y, x = divmod(index, columns)
        sheet[y * (height + 1) : y * (height + 1) + height, x * (width + 1) : x * (width + 1) + width] = picture
    return sheet
