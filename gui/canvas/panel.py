"""The network canvas: the central widget in every mode."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from engine.blocks import MAX_NAME
from engine.catalog import LAYERS
from engine.edits import ENDS
from engine.spec import INPUT_ID, NodeSpec, ProjectSpec
from gui.canvas.commands import Commands
from gui.canvas.corner import CornerBar
from gui.canvas.desk import Place
from gui.canvas.edit_popup import EditPopup
from gui.canvas.first_steps import FirstSteps
from gui.canvas.geometry import HEIGHT, WIDTH
from gui.canvas.intents import Intents
from gui.canvas.minimap import Minimap
from gui.canvas.quick_add import QuickAdd
from gui.canvas.scene import NetworkScene
from gui.canvas.view import NetworkView
from gui.pump import Update
from gui.theme.tokens import GRID, LIGHT, Theme

_TOP = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter


class CanvasPanel(QWidget):
    """Shows the project's network and says in signals what people want of it (`intents`)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = NetworkScene(LIGHT, self)
        self._intents = Intents(self)
        self.view = NetworkView(self._scene, self._intents, self)
        desk = self.view.desk
        self._corner = CornerBar(self.view.camera, self.commands, LIGHT, self)
        self._map = Minimap(self._scene, self.view, self)
        self._said = QLabel(self)
        self._said.setProperty("role", "card")
        self._said.setMargin(GRID)
        self._said.setWordWrap(True)
        self._said.setMinimumWidth(1)
        self._said.hide()
        self.hint = FirstSteps(self)
        self.hint.button.clicked.connect(self._add_first)
        self.popup = QuickAdd(LIGHT, self)
        self.popup.picked.connect(desk.add)
        self.editor = EditPopup(self)
        self.editor.valueEdited.connect(self._intents.valueRequested)
        self.editor.renameRequested.connect(self._intents.renameRequested)
        self.editor.panelRequested.connect(self._intents.panelRequested)
        self.commands.editWanted.connect(self._edit)
        self.name_edit = _NameEdit(self.view.viewport())
        desk.said.connect(self._say)
        desk.layerWanted.connect(self._ask_layer)
        desk.selectionChanged.connect(self._describe)
        self.commands.renameWanted.connect(self._ask_name)
        self.commands.blocks.renameWanted.connect(self._ask_block_name)
        self.name_edit.returnPressed.connect(self._named)
        self.name_edit.left.connect(self.view.setFocus)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.view, 0, 0, 3, 3)
        for edge in (0, 2):  # what lies over the view keeps off its edges
            layout.setRowMinimumHeight(edge, GRID)
            layout.setColumnMinimumWidth(edge, GRID)
        layout.setRowStretch(1, 1)
        layout.setColumnStretch(1, 1)
        layout.addWidget(self._corner, 1, 1, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self._map, 1, 1, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self.hint, 1, 1, _TOP)
        layout.addWidget(self._said, 1, 1, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft)
        self.setFocusProxy(self.view)
        self.setAccessibleName("Network")

    @property
    def intents(self) -> Intents:
        """Every signal of the canvas."""
        return self._intents

    @property
    def scene(self) -> NetworkScene:
        return self._scene

    @property
    def commands(self) -> Commands:
        """Delete, duplicate, copy, paste … on what is selected, for the window's menus."""
        return self.view.commands

    def show_theme(self, theme: Theme) -> None:
        self._scene.show_theme(theme)
        self._corner.show_theme(theme)
        self.popup.show_theme(theme)
        self.view.resetCachedContent()

    def show_project(self, old: ProjectSpec | None, new: ProjectSpec) -> None:
        """Draw what differs. Another project is fitted into the view, an edit keeps the view where it is."""
        if self._scene.project is new:
            return
        self.view.end_gesture()
        self.name_edit.leave()
        other = old is None or self._scene.project is None or _another(old, new)
        self._scene.show_project(new)
        self.view.desk.project_changed()
        self.hint.setVisible(all(node.id in ENDS for node in new.network.nodes))
        self.hint.show_project(new)
        if other:
            self.fit()
        else:
            self.view.camera.follow(self._scene.content())
        self._map.follow()
        self._refresh_editor()

    def show_update(self, update: Update) -> None:
        if "report" in update.changed:
            self._scene.show_report(update.report)
            self._refresh_editor()

    def show_selection(self, ids: tuple[str, ...]) -> None:
        self.view.desk.show_selection(tuple(node_id for node_id in ids if node_id in self._scene.nodes))

    def highlight(self, node_id: str, direction: str) -> None:
        """Light up a layer: "forward", "backward" or "parameter"; "" as direction or id puts the light out."""
        self._scene.show_direction(node_id, direction if node_id else "")

    def fit(self) -> None:
        """Show the whole network."""
        self.commands.fit()

    def _say(self, text: str) -> None:
        needed = self._said.fontMetrics().horizontalAdvance(text) + 3 * GRID
        self._said.setMinimumWidth(min(needed, max(1, self.width() - 2 * GRID)) if text else 1)
        self._said.setText(text)
        self._said.setVisible(bool(text))
        self._said.raise_()

    def _add_first(self) -> None:
        self._intents.appendRequested.emit("linear")
        self.view.setFocus()

    def _ask_layer(self, place: Place, screen: QPoint | None) -> None:
        """Open the list of layers at a point of the view; without one, beside the selected layer."""
        if screen is None:
            ids = self.view.desk.selection
            at = self._scene.groups.item_of(ids[-1]).output_point() if ids else self.view.camera.centre()
            screen = self.view.mapFromScene(at)
        self.popup.open_at(self.view.viewport().mapToGlobal(screen), place)

    def _edit(self, node_id: str) -> None:
        """Open the editor under the card; of the data and the loss the panel that has all of them."""
        if node_id in ENDS:
            self._intents.panelRequested.emit("data" if node_id == INPUT_ID else "training")
            return
        item = self._scene.groups.item_of(node_id)
        below = self.view.mapFromScene(QPointF(item.x() - WIDTH / 2, item.y() + HEIGHT / 2 + GRID))
        assert self._scene.project is not None
        node = self._scene.project.network.node(node_id)
        self.editor.open_at(self.view.viewport().mapToGlobal(below), node, self._scene.report)

    def _refresh_editor(self) -> None:
        """What is edited may be another now, or be gone."""
        if not self.editor.isVisible() or self._scene.project is None:
            return
        network, node_id = self._scene.project.network, self.editor.node
        if network.has(node_id):
            self.editor.show_node(network.node(node_id), self._scene.report)
        else:
            self.editor.hide()

    def _ask_name(self, node_id: str) -> None:
        item = self._scene.groups.item_of(node_id)
        rect = QRectF(item.x() - WIDTH / 2, item.y() - HEIGHT / 2 + 4, WIDTH, HEIGHT / 2)
        self._open_name(node_id, rect, "Name of the layer")

    def _ask_block_name(self, name: str) -> None:
        groups = self._scene.groups
        if name in groups.frames:
            self._open_name(name, groups.frames[name].tab(), "Name of the block")
        else:
            item = groups.cards[name]
            rect = QRectF(item.x() - WIDTH / 2, item.y() - HEIGHT / 2 + 4, WIDTH, HEIGHT / 2)
            self._open_name(name, rect, "Name of the block")

    def _open_name(self, name: str, rect: QRectF, what: str) -> None:
        shown = self.view.mapFromScene(rect).boundingRect()
        self.name_edit.setAccessibleName(what)
        self.name_edit.open(name, shown.center(), max(shown.width(), 18 * GRID))

    def _named(self) -> None:
        self.name_edit.leave()
        old, new = self.name_edit.named, self.name_edit.text().strip()
        if old in self._scene.nodes:
            self._intents.renameRequested.emit(old, new)
        else:
            self._intents.renameGroupRequested.emit(old, new)

    def _describe(self) -> None:
        """What a screen reader says of the canvas: the selected layers and the line between them and their neighbours."""
        desk = self.view.desk
        if desk.link is not None:
            text = f"Arrow from {desk.link.source} to {desk.link.target} selected."
        elif (group := self.commands.blocks.whole()) is not None:
            state = "folded" if group.folded else "unfolded"
            text = f"Block {group.name}, {state}: {', '.join(group.members)}."
        else:
            text = " ".join(_sentence(self._scene, node_id) for node_id in desk.selection) or "Nothing selected."
        self.view.setAccessibleDescription(text)


class _NameEdit(QLineEdit):
    """A field over a card or frame in which its name is typed. Enter takes it, Escape or another place leaves it as it was."""

    left = Signal()
    """Escape: the keyboard goes back to the canvas."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.named = ""
        """The layer or block whose name it is."""
        self.setMaxLength(MAX_NAME)
        self.editingFinished.connect(self.hide)
        self.hide()

    def leave(self) -> None:
        """Go away. The canvas gets the keyboard first: of a field that hides it would go to the next layer, as after Tab."""
        if self.hasFocus():
            self.left.emit()
        self.hide()

    def open(self, name: str, centre: QPoint, width: int) -> None:
        self.named = name
        self.setText(name)
        self.selectAll()
        size = self.sizeHint()
        self.setGeometry(centre.x() - width // 2, centre.y() - size.height() // 2, width, size.height())
        self.show()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)
            event.accept()  # Enter is answered: the canvas below must not take it as well


def _another(old: ProjectSpec, new: ProjectSpec) -> bool:
    """Another project, not an edit: an edit changes one part and leaves the others the very same objects."""
    return old.network is not new.network and old.data is not new.data and old.train is not new.train


def _sentence(scene: NetworkScene, node_id: str) -> str:
    card = scene.nodes[node_id].card
    node: NodeSpec | None = (
        next((n for n in scene.project.network.nodes if n.id == node_id), None) if scene.project else None
    )
    kind = LAYERS[node.kind].title if node else card.title
    parts = [f"{kind} {node_id}", card.values, f"{card.count} parameters" if card.count else "", card.problem]
    return ", ".join(part for part in parts if part) + "."
