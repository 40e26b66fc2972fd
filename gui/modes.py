"""The modes and which panels each of them shows where: a table, and the object that arranges the docks by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from gui.accessible import name_tab_bars
from gui.settings import Settings

Area = Literal["left", "right", "bottom"]
AREAS: dict[Area, Qt.DockWidgetArea] = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}
LAYOUT_VERSION = 5
"""Raise it when panels are added or renamed: arrangements saved before are then not used."""


@dataclass(frozen=True, slots=True)
class DockSpec:
    """A panel's dock. `width` is its usual size when it stands at a side, `height` when it lies at the bottom."""

    name: str
    title: str
    icon: str


DOCKS: tuple[DockSpec, ...] = (
    DockSpec("palette", "Layers", "layers"),
    DockSpec("layer", "Layer", "layer"),
    DockSpec("training", "Training", "training"),
    DockSpec("data", "Data", "data"),
    DockSpec("problems", "Problems", "problems"),
    DockSpec("code", "Code", "edit"),
    DockSpec("spread", "Initialisation", "dice"),
    DockSpec("weights", "Weights", "numbers"),
    DockSpec("neurons", "Neurons", "graph"),
    DockSpec("curves", "Curves", "curves"),
    DockSpec("predictions", "Predictions", "predictions"),
    DockSpec("diagnosis", "Diagnosis", "eye"),
    DockSpec("graph", "Autograd graph", "graph"),
    DockSpec("tape", "Tape of one step", "tape"),
    DockSpec("workbench", "Step by hand", "step"),
    DockSpec("lens", "Optimizer", "search"),
    DockSpec("landscape", "Loss surface", "curves"),
    DockSpec("dropout", "Dropout", "layers"),
    DockSpec("ledger", "Gradients", "gradients"),
    DockSpec("proof", "Proof", "proof"),
    DockSpec("jacobian", "Jacobian", "jacobian"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A dock in a mode. `size` is a share of the window: of its width at the sides, of its height at the bottom.

    `most`: more pixels than this are of no use to it. `tab`: lies behind the dock before it as a tab. `share`: its part among the docks of the same area.
    """

    dock: str
    area: Area
    size: float
    most: int = 10_000
    tab: bool = False
    share: int = 1


@dataclass(frozen=True, slots=True)
class Mode:
    """One arrangement of the same panels."""

    name: str
    places: tuple[Place, ...] = ()

    def has(self, dock: str) -> bool:
        """Whether it has a place for this dock."""
        return any(place.dock == dock for place in self.places)


MODES: dict[str, Mode] = {
    mode.name: mode
    for mode in (
        Mode("start"),
        Mode(
            "build",
            (
                Place("palette", "left", 0.18, 240),
                Place("layer", "right", 0.25, 344),
                Place("training", "right", 0.25, 344, tab=True),
                Place("data", "right", 0.25, 344, tab=True),
                Place("problems", "bottom", 0.28, 280, share=2),
                Place("code", "bottom", 0.28, 280, share=3),
                Place("spread", "bottom", 0.28, 280, tab=True),
                Place("weights", "bottom", 0.28, 280, tab=True),
                Place("neurons", "bottom", 0.28, 280, tab=True),
            ),
        ),
        Mode(
            "train",
            (
                Place("training", "right", 0.25, 344),
                Place("layer", "right", 0.25, 344, tab=True),
                Place("data", "right", 0.25, 344, tab=True),
                Place("curves", "bottom", 0.56, share=3),
                Place("diagnosis", "bottom", 0.56, tab=True),
                Place("predictions", "bottom", 0.56, share=2),
                Place("neurons", "bottom", 0.56, tab=True),
                Place("weights", "bottom", 0.56, tab=True),
            ),
        ),
        Mode(
            "step",
            (
                Place("graph", "right", 0.38, share=3),
                Place("workbench", "right", 0.38),
                Place("ledger", "right", 0.38, share=2),
                Place("tape", "bottom", 0.62),
                Place("code", "bottom", 0.62, tab=True),
                Place("proof", "bottom", 0.62, tab=True),
                Place("jacobian", "bottom", 0.62, tab=True),
                Place("lens", "bottom", 0.62, tab=True),
                Place("landscape", "bottom", 0.62, tab=True),
                Place("dropout", "bottom", 0.62, tab=True),
            ),
        ),
        Mode(
            "lab",
            (
                Place("graph", "right", 0.26, 460),
                Place("ledger", "right", 0.26, 460, tab=True),
                Place("tape", "bottom", 0.37),
            ),
        ),
    )
}


class Modes(QObject):
    """Shows one mode at a time and remembers, per mode, how people moved the panels."""

    changed = Signal(str)

    def __init__(self, window: QMainWindow, docks: dict[str, QDockWidget], settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._docks = docks
        self._settings = settings
        self._mode = ""
        self._heads = QTimer(self)
        self._heads.setSingleShot(True)
        self._heads.setInterval(0)
        self._heads.timeout.connect(self._dress_heads)
        for dock in docks.values():
            for signal in (dock.dockLocationChanged, dock.topLevelChanged, dock.visibilityChanged):
                signal.connect(self._heads.start)

    @property
    def mode(self) -> str:
        return self._mode

    def show(self, name: str) -> None:
        """Arrange the panels as this mode has them.

        Raises:
            KeyError: there is no such mode.
        """
        mode = MODES[name]
        if name != self._mode:
            self.remember()
            self._mode = name
            self._arrange(mode, fresh=False)
        self.changed.emit(name)

    def start(self) -> None:
        self.show("start")

    def build(self) -> None:
        self.show("build")

    def train(self) -> None:
        self.show("train")

    def step(self) -> None:
        self.show("step")

    def lab(self) -> None:
        self.show("lab")

    def reset(self) -> None:
        """Forget how the panels of this mode were moved."""
        self._settings.forget(self._key(self._mode))
        self._arrange(MODES[self._mode], fresh=True)

    def reveal(self, dock: str) -> None:
        """Bring a panel to the front. When this mode has no place for it, the first one that has is shown."""
        if not MODES[self._mode].has(dock):
            self.show(next(mode.name for mode in MODES.values() if mode.has(dock)))
        self._docks[dock].show()
        self._docks[dock].raise_()

    def remember(self) -> None:
        """Keep the present arrangement for this mode."""
        if self._mode and MODES[self._mode].places:
            self._settings.set(self._key(self._mode), self._window.saveState(LAYOUT_VERSION))

    def _arrange(self, mode: Mode, fresh: bool) -> None:
        self._window.setUpdatesEnabled(False)
        try:
            saved = self._settings.blob(self._key(mode.name))
            if fresh or not mode.places or saved.isEmpty() or not self._window.restoreState(saved, LAYOUT_VERSION):
                self._place(mode)
        finally:
            self._window.setUpdatesEnabled(True)

    def _place(self, mode: Mode) -> None:
        for dock in self._docks.values():
            dock.hide()
            dock.setFloating(False)
        before: dict[Area, QDockWidget] = {}
        for place in mode.places:
            dock = self._docks[place.dock]
            self._window.addDockWidget(AREAS[place.area], dock)
            if place.tab:
                self._window.tabifyDockWidget(before[place.area], dock)
            before[place.area] = dock
            dock.show()
        self._size(mode)

    def _size(self, mode: Mode) -> None:
        across, along = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        width, height = self._window.width(), self._window.height()
        sides = {place.area: _pixels(place, width) for place in mode.places if place.area != "bottom"}
        middle = width - sum(sides.values())
        for area in AREAS:
            places = [place for place in mode.places if place.area == area and not place.tab]
            docks = [self._docks[place.dock] for place in places]
            total = sum(place.share for place in places)
            if area == "bottom":
                self._window.resizeDocks(docks, [_pixels(place, height) for place in places], along)
                self._window.resizeDocks(docks, [round(place.share * middle / total) for place in places], across)
            else:
                self._window.resizeDocks(docks, [_pixels(place, width) for place in places], across)
                self._window.resizeDocks(docks, [round(place.share * height / total) for place in places], along)
            if docks:
                docks[0].raise_()

    def _dress_heads(self) -> None:
        """A panel behind a tab needs no title of its own: the tab says it."""
        name_tab_bars(self._window)
        for dock in self._docks.values():
            tabbed = bool(self._window.tabifiedDockWidgets(dock)) and not dock.isFloating()
            if tabbed and dock.titleBarWidget() is None:
                dock.setTitleBarWidget(QWidget())
            elif not tabbed and dock.titleBarWidget() is not None:
                dock.setTitleBarWidget(None)  # type: ignore[arg-type]

    @staticmethod
    def _key(mode: str) -> str:
        return f"layout/{mode}"


def _pixels(place: Place, whole: int) -> int:
    return min(place.most, round(place.size * whole))
