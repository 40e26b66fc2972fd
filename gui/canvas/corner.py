"""The buttons in the corner of the canvas: zoom, fit, arrange."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from gui.canvas.camera import Camera
from gui.canvas.commands import Commands
from gui.theme.icons import icon
from gui.theme.tokens import GRID, Theme


class CornerBar(QFrame):
    """Small and always there; each button has a key as well."""

    def __init__(self, camera: Camera, commands: Commands, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName("View of the canvas")
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(GRID // 2, GRID // 2, GRID // 2, GRID // 2)
        self._layout.setSpacing(2)
        self._buttons: dict[str, QToolButton] = {}
        self._add("zoom-out", "Zoom out", "Ctrl+−, or the mouse wheel", camera.zoom_out)
        self._scale = self._add("", "Natural size", "Ctrl+0", camera.actual)
        self._add("zoom-in", "Zoom in", "Ctrl++, or the mouse wheel", camera.zoom_in)
        self._add("fit", "Fit the network into the view", "F", commands.fit)
        self._add("arrange", "Arrange the layers in columns along the arrows", "Ctrl+L", commands.arrange)
        camera.zoomed.connect(self.show_scale)
        self.show_scale(camera.scale)
        self.show_theme(theme)

    def show_theme(self, theme: Theme) -> None:
        for name, button in self._buttons.items():
            button.setIcon(icon(name, theme))

    def show_scale(self, scale: float) -> None:
        self._scale.setText(f"{scale:.0%}")

    def _add(self, name: str, text: str, keys: str, slot: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("role", "quiet")
        button.setAccessibleName(text)
        button.setToolTip(f"{text} ({keys})" if keys else text)
        button.setIconSize(QSize(2 * GRID, 2 * GRID))
        button.clicked.connect(slot)
        self._layout.addWidget(button)
        if name:
            self._buttons[name] = button
        else:
            button.setFixedWidth(7 * GRID)
        return button
