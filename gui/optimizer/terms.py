"""The pieces of the lens: an update as an equation of coloured terms, as a bar of shares, and rows of facts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from engine.inspection import UpdateLens
from gui.stepper.numbers import digits
from gui.stepper.parts import plain_label
from gui.theme.fonts import number_font, text_font
from gui.theme.tokens import LIGHT, TEXT_LARGE, TEXT_SMALL, Theme

CAUSES = {
    "gradient": "What the gradient of the data loss adds to the weight",
    "direction": "What LBFGS adds: its directions come from the gradients of all parameters in all its iterations",
    "penalty": "What the gradient of the L1 and L2 penalties adds: it pulls towards 0",
    "momentum": "What the optimizer's memory of earlier gradients adds",
    "decay": "What weight decay adds: it pulls towards 0",
}


def signed(value: float) -> str:
    """A number with at most six significant digits and a true minus sign."""
    return digits(value).replace("-", "−")


def cause_color(theme: Theme, name: str) -> str:
    """One colour a cause, the same in the equation, the bar and the rows."""
    return {"gradient": theme.backward, "momentum": theme.accent, "decay": theme.data, "penalty": theme.warning}.get(
        name, theme.parameter
    )


class Equation(QWidget):
    """old − 0.2 − 0.002 = new, each number over its name; the terms wrap when the room is narrow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.terms: list[tuple[str, str, str]] = []
        """Sign before it, number, name."""
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def text(self) -> str:
        """The equation in one line."""
        return " ".join(f"{sign} {number}".strip() for sign, number, _ in self.terms)

    def show_lens(self, view: UpdateLens) -> None:
        """old, every part with its sign, new."""
        self.terms = [("", signed(view.old), "old")]
        for part in view.parts:
            self.terms.append(("−" if part.value < 0 else "+", signed(abs(part.value)), part.name))
        self.terms.append(("=", signed(view.new), "new"))
        exact = [
            f"old = {view.old!r}",
            *(f"{part.name} = {part.value!r}" for part in view.parts),
            f"new = {view.new!r}",
        ]
        self.setToolTip("\n".join([*exact, "The terms are float64; old and new are torch's own numbers."]))
        self.setAccessibleName(f"Update: {', '.join(f'{sign} {number} {name}' for sign, number, name in self.terms)}")
        self.updateGeometry()
        self.update()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        places = self._places(width)
        return int(places[-1].bottom()) + 6 if places else 52

    def sizeHint(self) -> QSize:
        return QSize(480, self.heightForWidth(max(self.width(), 320)))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 52)

    def _places(self, width: int) -> list[QRectF]:
        """Where each term stands: from left to right, in as many lines as needed."""
        numbers, names = self._metrics()
        x = y = 0.0
        places = []
        for sign, number, name in self.terms:
            lead = numbers.horizontalAdvance(f"{sign} ") if sign else 0
            wide = lead + max(numbers.horizontalAdvance(number), names.horizontalAdvance(name)) + 2
            if x and x + wide > width:
                x, y = 0.0, y + 56
            places.append(QRectF(x, y, wide, 46))
            x += wide + 12
        return places

    @staticmethod
    def _metrics() -> tuple[QFontMetrics, QFontMetrics]:
        """Of the numbers and of the names."""
        return QFontMetrics(number_font(TEXT_LARGE, bold=True)), QFontMetrics(text_font(TEXT_SMALL))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        numbers, _ = self._metrics()
        for (sign, number, name), place in zip(self.terms, self._places(self.width()), strict=True):
            color = QColor(cause_color(self._theme, name))
            lead = numbers.horizontalAdvance(f"{sign} ") if sign else 0
            painter.setFont(number_font(TEXT_LARGE))
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignTop), sign)
            painter.setFont(number_font(TEXT_LARGE, bold=True))
            painter.setPen(color)
            painter.drawText(place.adjusted(lead, 0, 24, 0), int(Qt.AlignmentFlag.AlignTop), number)
            painter.setFont(text_font(TEXT_SMALL))
            painter.drawText(place.adjusted(lead, 0, 24, -5), int(Qt.AlignmentFlag.AlignBottom), name)
            painter.setPen(QPen(color, 2))
            under = place.adjusted(lead, 0, 0, 0)
            painter.drawLine(under.bottomLeft().toPoint(), under.bottomRight().toPoint())
        painter.end()


class Bars(QWidget):
    """Numbers as bars: stacked in one (`stacked`), or one below the other on one scale. Each has its name and its number."""

    def __init__(self, stacked: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stacked = stacked
        self._theme = LIGHT
        self.items: list[tuple[str, float, str]] = []
        """Name, size, what is written beside it."""

    def show_items(self, items: list[tuple[str, float, str]]) -> None:
        self.items = items
        self.setAccessibleName(", ".join(f"{name} {written}" for name, _, written in items))
        self.setFixedHeight(44 if self._stacked else 24 * max(1, len(items)))
        self.update()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.minimumHeight())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._stacked:
            self._paint_stack(painter)
        else:
            self._paint_rows(painter)
        painter.end()

    def _paint_stack(self, painter: QPainter) -> None:
        whole = sum(size for _, size, _ in self.items)
        x, words = 0.0, 0.0
        painter.setFont(text_font(TEXT_SMALL))
        painter.fillRect(QRectF(0, 0, self.width(), 16), QColor(self._theme.zero))
        for name, size, written in self.items:
            color = QColor(cause_color(self._theme, name))
            wide = self.width() * size / whole if whole else 0.0
            painter.fillRect(QRectF(x, 0, max(wide - 1, 0), 16), color)
            x += wide
            painter.fillRect(QRectF(words, 27, 9, 9), color)
            painter.setPen(QColor(self._theme.text))
            text = f"{name} {written}"
            painter.drawText(QRectF(words + 14, 20, self.width(), 22), int(Qt.AlignmentFlag.AlignVCenter), text)
            words += 14 + painter.fontMetrics().horizontalAdvance(text) + 16

    def _paint_rows(self, painter: QPainter) -> None:
        largest = max((size for _, size, _ in self.items), default=0.0)
        label = 88
        for number, (name, size, written) in enumerate(self.items):
            y = 24 * number
            painter.setFont(text_font())
            painter.setPen(QColor(self._theme.text))
            painter.drawText(QRectF(0, y, label, 24), int(Qt.AlignmentFlag.AlignVCenter), name)
            room = max(self.width() - label - 96, 8)
            wide = room * size / largest if largest else 0.0
            color = QColor(self._theme.data if name == "penalty" else self._theme.backward)
            painter.fillRect(QRectF(label, y + 5, max(wide, 1), 14), color)
            painter.setFont(number_font())
            place = QRectF(label + wide + 8, y, self.width(), 24)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), written)


class Facts(QWidget):
    """Rows of a name and its values; labels are used again when the facts change."""

    def __init__(self, columns: int, names: str = "", parent: QWidget | None = None) -> None:
        """`names` is the style sheet's role of the first column."""
        super().__init__(parent)
        self._columns, self._names = columns, names
        self._labels: list[list[QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(columns - 1, 1)

    @property
    def texts(self) -> list[tuple[str, ...]]:
        """What the visible rows say."""
        return [tuple(label.text() for label in row) for row in self._labels if not row[0].isHidden()]

    def show_rows(
        self, rows: Sequence[tuple[str, ...]], tips: Sequence[str], colors: Sequence[str] | None = None
    ) -> None:
        """One text per column; `tips` are of the rows, `colors` of their names."""
        while len(self._labels) < len(rows):
            labels = [plain_label("number" if column else self._names) for column in range(self._columns)]
            for column, label in enumerate(labels):
                self._grid.addWidget(label, len(self._labels), column)
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                label.setWordWrap(column == self._columns - 1)
            self._labels.append(labels)
        for number, labels in enumerate(self._labels):
            for column, label in enumerate(labels):
                label.setVisible(number < len(rows))
                if number < len(rows):
                    label.setText(rows[number][column])
                    label.setToolTip(tips[number])
            if colors is not None and number < len(rows):
                labels[0].setStyleSheet(f"color: {colors[number]}; font-weight: bold")
