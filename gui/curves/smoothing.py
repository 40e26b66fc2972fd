"""A moving mean for eyes that want the trend: drawn beside the raw curve, never instead of it, and off unless it is asked for."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from gui.curves.pyramid import Floats
from gui.theme.icons import icon
from gui.theme.tokens import Theme

CHOICES = (0.0, 0.6, 0.9, 0.99)
"""Weights of the past; 0: no smoothing."""
_CHUNK = 256


class MovingMean:
    """Exponential moving mean with bias correction, as Adam's m̂: mₜ = w·mₜ₋₁ + (1 − w)·xₜ, shown mₜ / (1 − wᵗ).

    Kingma and Ba 2015, section 3. What is appended costs only its own points. Values that are not finite are left out of the mean.
    """

    def __init__(self, weight: float) -> None:
        self.weight = weight
        self._means = np.empty(256)
        self._count = 0
        self._seen = 0
        """Finite values so far."""
        self._last = 0.0
        powers = weight ** np.arange(_CHUNK + 1)
        lags = np.subtract.outer(np.arange(_CHUNK), np.arange(_CHUNK))
        self._powers = powers
        self._kernel = np.where(lags >= 0, (1 - weight) * powers[np.maximum(lags, 0)], 0.0)

    def update(self, values: Floats) -> Floats:
        """The means of the whole series, of which all that was given before is unchanged."""
        if len(values) > len(self._means):
            grown = np.empty(max(len(values), 2 * len(self._means)))
            grown[: self._count] = self._means[: self._count]
            self._means = grown
        while self._count < len(values):
            self._take(values[self._count : self._count + _CHUNK])
        return self._means[: self._count]

    def _take(self, values: Floats) -> None:
        finite = np.isfinite(values)
        part, count = values[finite], int(finite.sum())
        raw = self._kernel[:count, :count] @ part + self._powers[1 : count + 1] * self._last
        numbers = self._seen + 1 + np.arange(count)
        means = np.full(len(values), np.nan)
        means[finite] = raw / (1 - self.weight**numbers)
        self._means[self._count : self._count + len(values)] = means
        self._count += len(values)
        self._seen += count
        self._last = float(raw[-1]) if count else self._last


class SmoothingButton(QToolButton):
    """Off, or how strong."""

    weightPicked = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "quiet")
        self.setToolTip("Smoothing: a moving mean of the loss of every step, beside the raw line")
        self.setAccessibleName("Smoothing of the loss of every step")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        group = QActionGroup(menu)
        for weight in CHOICES:
            action = QAction(f"Smoothing {weight:g}" if weight else "No smoothing", menu)
            action.setCheckable(True)
            action.setChecked(weight == 0.0)
            action.setData(weight)
            group.addAction(action)
            menu.addAction(action)
        menu.triggered.connect(self._picked)
        self.setMenu(menu)

    def show_theme(self, theme: Theme) -> None:
        self.setIcon(icon("curves", theme))

    def _picked(self, action: QAction) -> None:
        self.weightPicked.emit(float(action.data()))
