"""Help windows: what the selected layer does, every keyboard shortcut, and what Chainrule is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.catalog import LAYERS, LayerEntry
from engine.fields import Field
from gui.actions import SPECS, keys_text, plain_text
from gui.store import Store
from gui.theme.tokens import GRID

CANVAS_KEYS = (
    ("Canvas", "Play or pause", "Space"),
    ("Canvas", "Select the next layer along the arrows", "Arrow keys or Tab"),
    ("Canvas", "Draw an arrow from the selected layer", "C"),
    ("Canvas", "One place earlier or later in the chain", "Ctrl+Shift+Left or Right"),
    ("Canvas", "Move the selected layers on the canvas", "Alt+arrow keys"),
    ("Canvas", "Fit the network", "F"),
    ("Canvas", "Zoom", "Mouse wheel"),
    ("Canvas", "Select several", "Shift or Ctrl and click, or drag on the empty canvas"),
    ("Canvas", "Move the view", "Drag with the middle button"),
)
LAB_KEYS = (
    ("Lab", "Run the text", "Ctrl+Return in the text"),
    ("Lab", "Change the number at the cursor", "Alt+Up or Down, or Alt and drag or the wheel; with Shift ten times"),
    ("Lab", "What the word at the cursor does", "F1 in the text"),
    ("Lab", "Size of the letters", "Ctrl+Plus or Minus in the text"),
    ("Lab", "Leave the text", "Esc"),
)


class Help(QObject):
    """Opens help windows; each lives until it is closed and leaves the main window usable."""

    def __init__(self, store: Store, window: QWidget) -> None:
        super().__init__(window)
        self._store = store
        self._window = window

    def show_layer(self) -> None:
        """Explain the selected layer, or say that none is selected."""
        selection = self._store.selection
        network = self._store.project.network
        entry = LAYERS[network.node(selection[0]).kind] if selection and network.has(selection[0]) else None
        _open(LayerHelp(entry, self._window))

    def show_keys(self) -> None:
        _open(KeysHelp(self._window))

    def show_about(self) -> None:
        _open(About(self._window))


class LayerHelp(QDialog):
    """One catalog entry: what it does, its formula, its PyTorch name, its arguments."""

    def __init__(self, entry: LayerEntry | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Help on the selected layer")
        self.setMinimumWidth(520)
        layout = _column(self)
        if entry is None:
            layout.addWidget(_label("No layer is selected.", "heading"))
            layout.addWidget(_label("Click a layer on the canvas, then press F1 again.", ""))
        else:
            layout.addWidget(_label(entry.title, "title"))
            if entry.torch_name:
                layout.addWidget(_label(entry.torch_name, "note"))
            layout.addWidget(_label(entry.help, ""))
            if entry.formula:
                layout.addWidget(_label(entry.formula, "formula"))
            for field in entry.fields:
                layout.addWidget(_label(field.label, "heading"))
                layout.addWidget(_label(_about(field), ""))
        layout.addStretch(1)
        layout.addWidget(_close_button(self))


class KeysHelp(QDialog):
    """A searchable table of all shortcuts."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(640, 560)
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search for an action or a key")
        self._search.setAccessibleName("Search")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._filter)
        rows = [(spec.menu, plain_text(spec), keys_text(spec)) for spec in SPECS if spec.keys] + [
            *CANVAS_KEYS,
            *LAB_KEYS,
        ]
        self.table = QTableWidget(len(rows), 3)
        self.table.setHorizontalHeaderLabels(["Where", "Action", "Keys"])
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setAccessibleName("Keyboard shortcuts")
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                self.table.setItem(row, column, QTableWidgetItem(text))
        self.table.resizeColumnsToContents()
        self.table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        layout = _column(self)
        layout.addWidget(self._search)
        layout.addWidget(self.table)
        layout.addWidget(_close_button(self))

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for row in range(self.table.rowCount()):
            items = (self.table.item(row, column) for column in range(3))
            line = " ".join(item.text() for item in items if item is not None).lower()
            self.table.setRowHidden(row, not all(word in line for word in words))


class About(QDialog):
    """Name, version, what it stands on."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Chainrule")
        self.setMinimumWidth(440)
        layout = _column(self)
        layout.addWidget(_label(f"Chainrule {_version()}", "title"))
        layout.addWidget(_label("See how a neural network learns, with real PyTorch.", ""))
        layout.addWidget(
            _label(
                "MIT license. It stands on PyTorch (BSD), Qt for Python (LGPL), pyqtgraph (MIT), NumPy (BSD), torchviz (MIT) "
                "and Graphviz (EPL). The data sets' sources are named in resources/data/NOTICE.md.",
                "note",
            )
        )
        layout.addStretch(1)
        layout.addWidget(_close_button(self))


def _about(field: Field) -> str:
    default = field.none_text if field.default is None else field.default
    return f"{field.help} It is {field.rule}; default {default}."


def _version() -> str:
    try:
        return version("chainrule")
    except PackageNotFoundError:
        return ""


def _open(dialog: QDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()


def _column(dialog: QDialog) -> QVBoxLayout:
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
    layout.setSpacing(GRID)
    return layout


def _close_button(dialog: QDialog) -> QDialogButtonBox:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    box.rejected.connect(dialog.close)
    return box


def _label(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label
