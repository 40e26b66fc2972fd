"""Rows that the network gets wrong: as images where they are images, else with their numbers."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from engine.views import Array, DataView, PredictionView

SIDE = 56
SURE_SIDE = 16
"""A row of numbers is taken for a square image from this width on; a smaller one if its columns are called pixels."""
SHOWN_NUMBERS = 4


class MistakesList(QListWidget):
    """The surest mistakes first; the tool tip has the exact numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Rows that the network gets wrong")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setMovement(QListWidget.Movement.Static)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setSpacing(4)

    def show_view(self, view: PredictionView, data: DataView) -> None:
        pictures = images(np.asarray(view.x), data.feature_names)
        self.setViewMode(QListWidget.ViewMode.IconMode if pictures is not None else QListWidget.ViewMode.ListMode)
        self.setUniformItemSizes(pictures is not None)
        self.clear()
        for number, (true, said) in enumerate(np.asarray(view.z).tolist()):
            sure = float(view.p[number]) if view.p is not None else 0.0
            names = data.class_names
            text = f"{names[said]}, not {names[true]}"
            row = int(view.y[number])
            values = np.asarray(view.x[number]).reshape(-1)
            if pictures is None:
                numbers = ", ".join(
                    f"{name} {value:.4g}"
                    for name, value in zip(data.feature_names[:SHOWN_NUMBERS], values[:SHOWN_NUMBERS], strict=False)
                )
                text = f"row {row}: {text}  ({sure:.0%} sure; {numbers}{' …' if len(values) > SHOWN_NUMBERS else ''})"
            item = QListWidgetItem(text, self)
            item.setToolTip(f"Row {row}: predicted {names[said]}, truly {names[true]}; the network is {sure:.2%} sure.")
            if pictures is not None:
                item.setIcon(QIcon(pixmap(pictures[number])))
                item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)


def images(rows: Array, names: tuple[str, ...]) -> Array | None:
    """Rows (n, C, H, W), or (n, H·W) of square images, as (n, H, W) or (n, H, W, 3) grey or colour values 0–255; None for others."""
    if rows.ndim == 4 and rows.shape[1] in (1, 3):
        pictures = rows[:, 0] if rows.shape[1] == 1 else np.moveaxis(rows, 1, 3)
    elif rows.ndim == 2 and (side := round(rows.shape[1] ** 0.5)) ** 2 == rows.shape[1]:
        if side < SURE_SIDE and not all("pixel" in name.lower() for name in names[:2]):
            return None
        pictures = rows.reshape(len(rows), side, side)
    else:
        return None
    if not len(pictures):
        return pictures.astype(np.uint8)
    values = np.asarray(pictures, dtype=np.float64)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    shares = np.nan_to_num((values - low) / (high - low or 1.0))
    return np.asarray(np.clip(255 * shares, 0, 255), dtype=np.uint8)


def pixmap(picture: Array) -> QPixmap:
    """One image, enlarged without blurring its pixels."""
    height, width = picture.shape[:2]
    kind = QImage.Format.Format_Grayscale8 if picture.ndim == 2 else QImage.Format.Format_RGB888
    data = np.ascontiguousarray(picture)
    image = QImage(data.data, width, height, data.strides[0], kind).copy()
    ratio, fast = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.FastTransformation
    return QPixmap.fromImage(image.scaled(SIDE, SIDE, ratio, fast))
