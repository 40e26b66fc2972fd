"""What the text printed, and in the margin by which line."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from gui.lab.margin import NumberedText


class Printed(NumberedText):
    """Read-only; can be selected and copied. The margin counts the lines of the lab's text, not its own."""

    _labels: tuple[str, ...] = ()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName("Printed lines")
        self.setPlaceholderText("print(x.grad) in the text shows it here.")

    def show_printed(self, printed: tuple[tuple[int, str], ...]) -> None:
        """Pairs of line and text; a text may have several rows, as matrices do."""
        rows: list[str] = []
        labels: list[str] = []
        for line, text in printed:
            for number, row in enumerate(text.split("\n")):
                rows.append(row)
                labels.append("" if number else str(line))
        self._labels = tuple(labels)
        self.setPlainText("\n".join(rows))
        self.margin.update()

    def wanted_height(self) -> int:
        """Pixels that show all of it."""
        room = 4 * self.frameWidth() + 2 * round(self.document().documentMargin())
        return (
            self.fontMetrics().lineSpacing() * self.blockCount() + room + self.horizontalScrollBar().sizeHint().height()
        )

    def label_of(self, line: int) -> str:
        return self._labels[line - 1] if 0 < line <= len(self._labels) else ""

    def tip_of(self, line: int) -> str:
        label = self.label_of(line)
        return f"Printed by line {label}" if label else ""
