"""What every gesture, key and menu of the canvas works with."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QPoint, QPointF, Qt, Signal

from engine.spec import LinkSpec, NetworkSpec, ProjectSpec
from gui.canvas.camera import Camera
from gui.canvas.geometry import snapped
from gui.canvas.intents import Intents
from gui.canvas.scene import NetworkScene


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the mouse is, on the canvas and in the view, with the keys that are held."""

    scene: QPointF
    screen: QPoint
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    @property
    def adds(self) -> bool:
        """Shift or Ctrl: add to the selection."""
        return bool(self.keys & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new layer is wanted: on the canvas, in an arrow, behind `source`, or with `append` where it belongs."""

    x: float = 0.0
    y: float = 0.0
    link: LinkSpec | None = None
    source: str = ""
    append: bool = False


class Desk(QObject):
    """Scene, camera, intents and the selection. It edits nothing."""

    said = Signal(str)
    """A line to show over the canvas; "" takes it away."""
    layerWanted = Signal(object, object)
    """(Place, QPoint on the screen or None): let people pick a layer."""
    selectionChanged = Signal()

    def __init__(self, scene: NetworkScene, camera: Camera, intents: Intents, parent: QObject) -> None:
        super().__init__(parent)
        self.scene = scene
        self.camera = camera
        self.intents = intents
        self.selection: tuple[str, ...] = ()
        self.link: LinkSpec | None = None

    @property
    def project(self) -> ProjectSpec:
        assert self.scene.project is not None, "the canvas is used before it was given a project"
        return self.scene.project

    @property
    def network(self) -> NetworkSpec:
        return self.project.network

    def select(self, ids: tuple[str, ...]) -> None:
        """Ask for another selection of layers, of a folded block all of them; a selected arrow is left."""
        self.link = None
        self.intents.selectionRequested.emit(self.scene.groups.whole(ids))
        self._show()

    def select_link(self, link: LinkSpec | None) -> None:
        """Select an arrow; only the canvas knows of it."""
        self.intents.selectionRequested.emit(())
        self.link = link
        self._show()

    def show_selection(self, ids: tuple[str, ...]) -> None:
        """The selection that all panels share is this now."""
        self.selection = ids
        if ids:
            self.link = None
        self._show()

    def project_changed(self) -> None:
        """Forget what is no longer there."""
        self.selection = tuple(node_id for node_id in self.selection if node_id in self.scene.nodes)
        if self.link is not None and self.link not in self.network.links:
            self.link = None
        self._show()

    def add(self, kind: str, place: Place) -> None:
        """Ask for a new layer at a place."""
        x, y = snapped(place.x), snapped(place.y)
        if place.append:
            self.intents.appendRequested.emit(kind)
        elif place.link is not None:
            self.intents.insertRequested.emit(kind, place.link, x, y)
        elif place.source:
            self.intents.growRequested.emit(kind, place.source, x, y)
        else:
            self.intents.addRequested.emit(kind, x, y)

    def say(self, text: str) -> None:
        self.said.emit(text)

    def _show(self) -> None:
        self.scene.show_selection(self.selection, self.link)
        self.selectionChanged.emit()
