"""Turns what people do on the canvas and in the palette into edits of the project."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from engine import clip, code_reader, edits, placing
from engine.catalog import LAYERS
from engine.edits import EditError
from engine.fields import FieldError
from engine.spec import LinkSpec, ProjectSpec
from gui.canvas.palette import PalettePanel
from gui.canvas.panel import CanvasPanel
from gui.store import Store

Grown = tuple[ProjectSpec, str | tuple[str, ...]]


class EditingController(QObject):
    """One wish, one undoable edit. What cannot be done is told in a sentence by `refused`."""

    refused = Signal(str)

    def __init__(self, store: Store, canvas: CanvasPanel, palette: PalettePanel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        wishes = canvas.intents
        wishes.addRequested.connect(self.add)
        wishes.growRequested.connect(self.grow)
        wishes.appendRequested.connect(self.append)
        wishes.insertRequested.connect(self.insert)
        wishes.connectRequested.connect(self.connect_nodes)
        wishes.reconnectRequested.connect(self.reconnect)
        wishes.disconnectRequested.connect(self.disconnect_link)
        wishes.isolateRequested.connect(self.isolate)
        wishes.moveRequested.connect(self.move)
        wishes.removeRequested.connect(self.remove)
        wishes.reorderRequested.connect(self.reorder)
        wishes.shiftRequested.connect(self.shift)
        wishes.duplicateRequested.connect(self.duplicate)
        wishes.renameRequested.connect(self.rename)
        wishes.copyRequested.connect(self.copy)
        wishes.pasteRequested.connect(self.paste)
        wishes.selectionRequested.connect(store.select)
        wishes.arrangeRequested.connect(self.arrange)
        palette.appendRequested.connect(self.append)

    def add(self, kind: str, x: float, y: float) -> None:
        """A new layer that is not connected yet."""
        self._grow(lambda project: edits.add_node(project, kind, x, y), f"Add {LAYERS[kind].title}")

    def grow(self, kind: str, source: str, x: float, y: float) -> None:
        """A new layer with an arrow from `source`."""
        self._grow(lambda project: placing.grow(project, kind, source, x, y), f"Add {LAYERS[kind].title}")

    def append(self, kind: str) -> None:
        """A new layer behind the selected one, or before the loss."""
        selection = self._store.selection
        self._grow(lambda project: placing.append(project, kind, selection), f"Add {LAYERS[kind].title}")

    def insert(self, kind: str, link: LinkSpec, x: float, y: float) -> None:
        """A new layer into an arrow."""
        self._grow(lambda project: placing.insert(project, kind, link, x, y), f"Insert {LAYERS[kind].title}")

    def connect_nodes(self, source: str, target: str, port: int | None) -> None:
        self._edit(lambda project: edits.connect(project, source, target, port), f"Connect {source} → {target}")

    def reconnect(self, link: LinkSpec, target: str, port: int | None) -> None:
        """The end of an arrow goes to another layer."""
        name = f"Connect {link.source} → {target}"
        self._edit(lambda project: placing.reconnect(project, link, target, port), name)

    def disconnect_link(self, link: LinkSpec) -> None:
        name = f"Disconnect {link.source} → {link.target}"
        self._edit(lambda project: edits.disconnect(project, link), name)

    def isolate(self, ids: tuple[str, ...]) -> None:
        """Remove every arrow of these layers."""
        self._edit(lambda project: placing.isolate(project, ids), f"Disconnect {_names(ids)}")

    def move(self, places: dict[str, tuple[float, float]]) -> None:
        self._edit(lambda project: edits.move_nodes(project, places), f"Move {_names(places)}")

    def remove(self, ids: tuple[str, ...]) -> None:
        self._edit(lambda project: edits.remove_nodes(project, ids), f"Delete {_names(ids)}")

    def reorder(self, link: LinkSpec, node_id: str) -> None:
        """Put a layer that is there already into an arrow."""
        name = f"Move {node_id} between {link.source} and {link.target}"
        self._edit(lambda project: placing.reorder(project, link, node_id), name)

    def shift(self, node_id: str, step: int) -> None:
        """One place earlier (−1) or later (1) in its chain."""
        name = f"Move {node_id} {'earlier' if step < 0 else 'later'}"
        self._edit(lambda project: placing.shift(project, node_id, step), name)

    def duplicate(self, ids: tuple[str, ...]) -> None:
        self._grow(lambda project: edits.duplicate_nodes(project, ids), f"Duplicate {_names(ids)}")

    def rename(self, node_id: str, name: str) -> None:
        if self._edit(lambda project: edits.rename_node(project, node_id, name), f"Rename {node_id}"):
            self._store.select((name,))

    def copy(self, ids: tuple[str, ...]) -> None:
        QGuiApplication.clipboard().setText(clip.copy_text(self._store.project.network, ids))

    def paste(self, x: float, y: float) -> None:
        """The clipboard's layers around (x, y); from code with an nn.Sequential, the network that it describes."""
        text = QGuiApplication.clipboard().text()
        if clip.FORMAT not in text and code_reader.is_code(text):
            self._edit(lambda project: code_reader.build(project, text), "Build from code")
            return
        self._grow(lambda project: clip.paste(project, text, x, y), "Paste")

    def arrange(self) -> None:
        self._edit(placing.tidy, "Arrange")

    def _grow(self, edit: Callable[[ProjectSpec], Grown], name: str) -> None:
        """Make an edit that brings new layers, and select them."""
        new: str | tuple[str, ...] = ()

        def grown(project: ProjectSpec) -> ProjectSpec:
            nonlocal new
            larger, new = edit(project)
            return larger

        if self._edit(grown, name):
            self._store.select((new,) if isinstance(new, str) else new)

    def _edit(self, edit: Callable[[ProjectSpec], ProjectSpec], name: str) -> bool:
        try:
            project = edit(self._store.project)
        except (EditError, FieldError) as error:
            self.refused.emit(str(error))
            return False
        self._store.commit(project, name)
        return True


def _names(ids: Iterable[str]) -> str:
    """A few layers by name, many by number."""
    named = tuple(ids)
    return ", ".join(named) if len(named) <= 3 else f"{len(named)} layers"
