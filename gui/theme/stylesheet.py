"""The one style sheet, built from a theme's tokens.

Widgets ask for a look by the dynamic property "role", so that no other file needs a style sheet. Buttons: "primary" (the main
action), "quiet" (without a frame), "segment" (one of a row of choices), "link", "card". Labels: "title", "heading", "note" (muted),
"small", "formula", "number", "problem", "warning", "good". Frames: "card", "line". Fields: "problem".
"""

from __future__ import annotations

from string import Template

from gui.theme.fonts import MONO
from gui.theme.tokens import RADIUS, TEXT_LARGE, TEXT_SMALL, Theme

_SHEET = """
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px 8px; }
QMainWindow, QDialog { background: $window; }
QMainWindow::separator { background: $window; width: 6px; height: 6px; }
QMainWindow::separator:hover { background: $accent; }

QMenuBar { background: $panel; border-bottom: 1px solid $border; padding: 0 4px; }
QMenuBar::item { padding: 5px 10px; background: transparent; border-radius: 4px; }
QMenuBar::item:selected { background: $selection; }
QMenu { background: $panel; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 8px; border-radius: 4px; }
QMenu::icon { padding-left: 6px; }
QMenu::item:selected { background: $selection; color: $text; }
QMenu::item:disabled { color: $muted; background: transparent; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }

QToolBar { background: $panel; border: none; border-bottom: 1px solid $border; spacing: 4px; padding: 4px 8px; }
QToolBar::separator { background: $border; width: 1px; margin: 6px 8px; }
QStatusBar { background: $panel; border-top: 1px solid $border; color: $muted; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $muted; padding: 0 8px; }

QDockWidget { color: $text; font-weight: bold; titlebar-close-icon: none; titlebar-normal-icon: none; }
QDockWidget::title { background: $panel; padding: 7px 8px 5px 10px; border-top-left-radius: $rpx; border-top-right-radius: $rpx; }
QWidget[role="panel"] { background: $panel; }

QPushButton, QToolButton {
    background: $raised; color: $text; border: 1px solid $border; border-radius: $rpx; padding: 5px 10px; }
QToolButton { padding: 5px 6px; }
QPushButton:hover, QToolButton:hover { border-color: $accent; }
QPushButton:pressed, QToolButton:pressed, QToolButton:checked, QPushButton:checked { background: $selection; border-color: $accent; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: 4px 9px; }
QToolButton:focus { padding: 4px 5px; }
QPushButton:disabled, QToolButton:disabled { color: $muted; background: transparent; }
QPushButton:default, QPushButton[role="primary"], QToolButton[role="primary"] {
    background: $accent; color: $on_accent; border-color: $accent; font-weight: bold; }
QPushButton[role="primary"]:hover, QToolButton[role="primary"]:hover { border-color: $text; }
QPushButton[role="primary"]:focus, QToolButton[role="primary"]:focus { border: 2px solid $text; }
QPushButton[role="primary"]:disabled, QToolButton[role="primary"]:disabled {
    background: transparent; color: $muted; border-color: $border; }
QPushButton[role="quiet"], QToolButton[role="quiet"] { background: transparent; border-color: transparent; }
QPushButton[role="quiet"]:hover, QToolButton[role="quiet"]:hover { background: $selection; border-color: transparent; }
QPushButton[role="quiet"]:focus, QToolButton[role="quiet"]:focus { border-color: $accent; }
QPushButton[role="link"] { background: transparent; border: 1px solid transparent; padding: 2px 4px; color: $accent; text-align: left; }
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { border: 1px solid $accent; }
QPushButton[role="note"], QPushButton[role="good"], QPushButton[role="problem"], QPushButton[role="warning"] {
    background: transparent; border: 1px solid transparent; padding: 1px 0; text-align: left; }
QPushButton[role="note"] { color: $muted; }
QPushButton[role="good"] { color: $good; }
QPushButton[role="problem"]:hover, QPushButton[role="warning"]:hover { text-decoration: underline; }
QPushButton[role="problem"]:focus, QPushButton[role="warning"]:focus { border: 1px solid $accent; }
QPushButton[role="link"]:disabled { color: $muted; }
QToolButton[role="segment"] { background: transparent; border: 1px solid transparent; padding: 6px 9px; font-weight: bold; color: $muted; }
QToolButton[role="segment"]:hover { color: $text; background: $raised; }
QToolButton[role="segment"]:checked { background: $selection; color: $text; border-color: $selection; }
QToolButton[role="segment"]:focus { border: 1px solid $accent; }
QToolButton::menu-indicator { image: none; }
QToolButton[popupMode="1"] { padding-right: 20px; }
QToolButton::menu-button { border: none; width: 16px; }

QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox {
    background: $field; color: $text; border: 1px solid $border; border-radius: $rpx; padding: 4px 6px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $muted; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {
    border: 2px solid $accent; padding: 3px 5px; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: $muted; background: $raised; }
QLineEdit[role="problem"], QAbstractSpinBox[role="problem"] { border-color: $problem; }
QAbstractSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right; width: 18px; border: none; }
QAbstractSpinBox::down-button {
    subcontrol-origin: border; subcontrol-position: bottom right; width: 18px; border: none; }
QAbstractSpinBox::up-arrow { image: url(icons:arrow-up.svg); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url(icons:arrow-down.svg); width: 10px; height: 10px; }
QComboBox::drop-down { subcontrol-origin: border; subcontrol-position: center right; width: 22px; border: none; }
QComboBox::down-arrow { image: url(icons:arrow-down.svg); width: 10px; height: 10px; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $border; padding: 2px; outline: none;
    selection-background-color: $selection; selection-color: $text; }

QCheckBox, QRadioButton { spacing: 8px; background: transparent; padding-right: 4px; }
QCheckBox::indicator, QRadioButton::indicator { width: 16px; height: 16px; border: 1px solid $muted; background: $field; }
QCheckBox::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 9px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid $accent; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url(icons:tick-$name.svg); }
QRadioButton::indicator:checked { background: $accent; border-color: $accent; image: url(icons:dot-$name.svg); }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { background: $raised; border-color: $border; }

QTabWidget::pane { border: none; border-top: 1px solid $border; }
QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: $muted; padding: 6px 12px; border: none; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:focus { color: $accent; }

QTableView, QTreeView, QListView, QTableWidget, QTreeWidget, QListWidget {
    background: $panel; alternate-background-color: $raised; color: $text; border: 1px solid $border; border-radius: 4px;
    gridline-color: $border; outline: none; selection-background-color: $selection; selection-color: $text; }
QTableView::item, QTreeView::item, QListView::item { padding: 2px 4px; }
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected { background: $selection; color: $text; }
QTableView:focus, QTreeView:focus, QListView:focus { border: 1px solid $accent; }
QHeaderView { background: $raised; border: none; }
QHeaderView::section { background: $raised; color: $muted; border: none; border-bottom: 1px solid $border; padding: 4px 6px; }
QTableCornerButton::section { background: $raised; border: none; }
QGraphicsView { border: 1px solid transparent; background: $panel; }
QGraphicsView:focus { border: 1px solid $accent; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }

QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $border; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QProgressBar { background: $border; border: none; border-radius: 2px; color: $text; text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QSlider::groove:horizontal { height: 4px; background: $border; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { background: $panel; border: 2px solid $accent; width: 12px; height: 12px; margin: -6px 0; border-radius: 8px; }
QSlider::handle:horizontal:focus { background: $accent; }
QSplitter::handle { background: $window; }
QSplitter::handle:hover { background: $accent; }

QGroupBox { border: 1px solid $border; border-radius: $rpx; margin-top: 18px; padding: 8px; }
QGroupBox::title { subcontrol-origin: margin; subcontrol-position: top left; left: 2px; color: $muted; font-weight: bold; }
QFrame[role="card"] { background: $panel; border: 1px solid $border; border-radius: 8px; }
QPushButton[role="card"] { background: $panel; border: 1px solid $border; border-radius: 8px; padding: 0; text-align: left; }
QPushButton[role="card"]:hover { border-color: $accent; background: $raised; }
QPushButton[role="card"]:focus { border: 2px solid $accent; }
QFrame[role="line"] { background: $border; border: none; }
QLabel { background: transparent; }
QLabel[role="note"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: $smallpx; }
QLabel[role="title"] { font-size: $largepx; font-weight: bold; }
QLabel[role="heading"] { font-weight: bold; }
QLabel[role="formula"] { font-family: $mono; color: $text; background: $raised; border-radius: 4px; padding: 4px 6px; }
QLabel[role="number"] { font-family: $mono; }
QLabel[role="problem"], QPushButton[role="problem"] { color: $problem; }
QLabel[role="warning"], QPushButton[role="warning"] { color: $warning; }
QLabel[role="good"] { color: $good; }
"""


def stylesheet(theme: Theme) -> str:
    """The whole window's style sheet in this theme's colours."""
    values = {name: str(getattr(theme, name)) for name in Theme.__slots__}
    values |= {"rpx": f"{RADIUS}px", "largepx": f"{TEXT_LARGE}px", "smallpx": f"{TEXT_SMALL}px"}
    values["mono"] = ", ".join(f'"{family}"' for family in MONO)
    return Template(_SHEET).substitute(values)
