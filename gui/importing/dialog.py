"""One page: what is in a file, what every column is for, what is done about missing values, what is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.datasets.importing import Plan, Preview, Refusal, first_plan
from engine.datasets.importing.asking import answers_wanted, plan_issue, retarget
from engine.datasets.importing.plan import MISSING
from engine.datasets.importing.summary import notes_of, summary
from engine.datasets.importing.values import ROLES, TARGET_KINDS, Role
from engine.fitting import Offer, offer
from engine.spec import ProjectSpec
from gui.forms.field_editor import CalmComboBox
from gui.forms.form import heading, note
from gui.importing.columns import ColumnsTable
from gui.importing.head import Head
from gui.importing.rows import FirstPictures, FirstRows

SIZE = (980, 680)
_ROLE_KEYS: dict[Role, str] = {"feature": "Alt+E", "target": "Alt+T", "ignored": "Alt+G"}


class ImportDialog(QDialog):
    """Shows progress, then the page, or why the file cannot be read. `planned` goes up when people accept."""

    lookWanted = Signal(object)
    """Options: look through the file again with them."""
    planned = Signal(object, object)
    """The plan, and the offer to be made with it or None."""

    def __init__(
        self, path: str, project: ProjectSpec, parent: QWidget | None = None, known: Plan | None = None
    ) -> None:
        super().__init__(parent)
        self._project, self._known = project, known
        self._plan: Plan | None = None
        self._preview: Preview | None = None
        self._offer: Offer | None = None
        self.setWindowTitle(f"Import {Path(path).name}")
        self.resize(*SIZE)
        self._bar = QProgressBar()
        self._bar.setAccessibleName("Reading")
        self._bar.setRange(0, 1000)
        self._refusal = note("")
        self._refusal.setProperty("role", "problem")
        self._refusal.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._summary, self._notes, self._trouble = note(""), note(""), note("")
        self._notes.setProperty("role", "warning")
        self._trouble.setProperty("role", "problem")
        self._head = Head()
        self._rows, self._pictures, self._columns = FirstRows(), FirstPictures(), ColumnsTable()
        self._target = _combo("Asked for", TARGET_KINDS, "What the network is to answer")
        self._missing = _combo("Missing values", MISSING, _MISSING_TIP)
        self._fit = QCheckBox()
        self._fit.setChecked(True)
        self._fit.setAccessibleName("Loss and outputs that fit")
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._import = QPushButton("&Import")
        self._import.setDefault(True)
        self._import.setMinimumWidth(96)  # its text is bold, which the size that Qt proposes does not know
        self._buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        self._buttons.addButton(self._import, QDialogButtonBox.ButtonRole.AcceptRole)
        self._pages = QStackedWidget()
        for page in (self._waiting_page(), self._refused_page(), self._page()):
            self._pages.addWidget(page)
        outer = QVBoxLayout(self)
        outer.addWidget(self._pages, 1)
        outer.addWidget(self._buttons)
        self._buttons.accepted.connect(self._accept)
        self._buttons.rejected.connect(self.reject)
        self._head.optionsChanged.connect(self.look_again)
        self._columns.usesChanged.connect(self._uses_changed)
        self._target.activated.connect(self._target_picked)
        self._missing.activated.connect(self._missing_picked)
        self.show_progress(0.0)

    @property
    def button_ready(self) -> bool:
        """Whether the page stands there and can be accepted."""
        return self._pages.currentIndex() == 2 and self._import.isEnabled()

    def show_progress(self, share: float) -> None:
        """How much of the file was read, 0 to 1."""
        self._pages.setCurrentIndex(0)
        self._bar.setValue(round(1000 * share))
        self._import.setEnabled(False)

    def show_answer(self, answer: Preview | Refusal) -> None:
        """What the look through the file found."""
        if isinstance(answer, Refusal):
            self._refusal.setText(answer.text)
            self._pages.setCurrentIndex(1)
            self._import.setEnabled(False)
            return
        self._preview = answer
        plan = first_plan(answer)
        if self._known is not None and len(self._known.uses) == len(plan.uses) and self._known.format == plan.format:
            plan = replace(plan, uses=self._known.uses, target=self._known.target, missing=self._known.missing)
        self._summary.setText(summary(answer))
        self._head.show_preview(answer)
        table = answer.is_table
        for widget, shown in ((self._rows, table), (self._columns_box, table), (self._pictures, not table)):
            widget.setVisible(shown)
        if table:
            self._rows.show_preview(answer)
            self._columns.show_columns(answer, plan.uses)
        else:
            self._pictures.show_pictures(answer.pictures)
        self._show_plan(plan)
        self._pages.setCurrentIndex(2)
        self._import.setFocus()

    def look_again(self, options: object) -> None:
        """People say that the file is to be read otherwise."""
        self._known = None
        self.show_progress(0.0)
        self.lookWanted.emit(options)

    def _show_plan(self, plan: Plan) -> None:
        assert self._preview is not None
        self._plan = plan
        for box, value in ((self._target, plan.target), (self._missing, plan.missing)):
            with QSignalBlocker(box):
                box.setCurrentText(value)
        issue = plan_issue(plan)
        self._trouble.setText(issue.text if issue is not None else "")
        self._trouble.setVisible(issue is not None)
        self._import.setEnabled(issue is None)
        notes = notes_of(self._preview, plan)
        self._notes.setText("\n".join(notes))
        self._notes.setVisible(bool(notes))
        self._offer = offer(self._project, plan.target, answers_wanted(self._preview, plan))
        self._fit.setText(self._offer.text)

    def _uses_changed(self, uses: object) -> None:
        if self._plan is not None and self._preview is not None:
            self._show_plan(retarget(self._preview, self._plan, uses))  # type: ignore[arg-type]

    def _target_picked(self) -> None:
        if self._plan is not None:
            kind = next(kind for kind in TARGET_KINDS if kind == self._target.currentText())
            self._show_plan(replace(self._plan, target=kind))

    def _missing_picked(self) -> None:
        if self._plan is not None:
            policy = next(policy for policy in MISSING if policy == self._missing.currentText())
            self._show_plan(replace(self._plan, missing=policy))

    def _accept(self) -> None:
        if self._plan is not None:
            self.planned.emit(self._plan, self._offer if self._fit.isChecked() else None)
            self.accept()

    def _waiting_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.addStretch(1)
        layout.addWidget(note("The file is looked through: its columns, its kinds of values, what is missing."))
        layout.addWidget(self._bar)
        layout.addStretch(1)
        return page

    def _refused_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.addStretch(1)
        layout.addWidget(heading("This file cannot be imported."))
        layout.addWidget(self._refusal)
        layout.addWidget(note("Your project stays as it is."))
        layout.addStretch(2)
        return page

    def _page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self._columns_box = self._columns_part()
        for widget, stretch in (
            (self._summary, 0),
            (self._head, 0),
            (self._rows, 2),
            (self._pictures, 1),
            (self._columns_box, 3),
            (self._notes, 0),
            (self._trouble, 0),
        ):
            layout.addWidget(widget, stretch)
        last = QHBoxLayout()
        last.setSpacing(8)
        for box in (self._target, self._missing):
            label = QLabel(box.accessibleName())
            label.setBuddy(box)
            last.addWidget(label)
            last.addWidget(box)
        last.addSpacing(8)
        last.addWidget(self._fit, 1)
        layout.addLayout(last)
        return page

    def _columns_part(self) -> QWidget:
        part = QWidget()
        layout = QVBoxLayout(part)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        row = QHBoxLayout()
        row.addWidget(heading("Columns"))
        row.addStretch(1)
        row.addWidget(QLabel("Selected columns:"))
        for role in ROLES:
            button = QPushButton(role)
            button.setObjectName(f"give.{role}")
            button.setAutoDefault(False)
            button.setShortcut(QKeySequence(_ROLE_KEYS[role]))
            button.setToolTip(f"Give the selected columns the role {role} ({_ROLE_KEYS[role]})")
            button.clicked.connect(self._give)
            row.addWidget(button)
        layout.addLayout(row)
        layout.addWidget(self._columns, 1)
        return part

    def _give(self) -> None:
        name = self.sender().objectName().removeprefix("give.")
        self._columns.give(next(role for role in ROLES if role == name))


_MISSING_TIP = (
    "drop rows: rows with a missing or unreadable value are left out\n"
    "fill: a number becomes the mean of its column in the training part, a category the most frequent one there\n"
    "refuse: nothing is read while a value is missing"
)


def _combo(name: str, items: tuple[str, ...], tip: str) -> CalmComboBox:
    box = CalmComboBox()
    box.addItems(items)
    box.setAccessibleName(name)
    box.setToolTip(tip)
    return box
