"""The one style sheet, built from a theme's tokens.

Widgets ask for a look by dynamic properties, so that no other file needs a style sheet:
`look="primary"` (the main action), `look="quiet"` (a button without a frame), `look="segment"` (one of a row of choices),
`look="link"`; on labels `tone="muted" | "problem" | "warning" | "good"` and `level="title" | "small"`; on frames `look="card"`.
"""

from __future__ import annotations

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
QDockWidget > QWidget { background: $panel; }

QPushButton, QToolButton {
    background: $raised; color: $text; border: 1px solid $border; border-radius: $rpx; padding: 5px 10px; }
QToolButton { padding: 5px 8px; }
QPushButton:hover, QToolButton:hover { border-color: $accent; }
QPushButton:pressed, QToolButton:pressed, QToolButton:checked, QPushButton:checked { background: $selection; border-color: $accent; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: 4px 9px; }
QToolButton:focus { padding: 4px 7px; }
QPushButton:disabled, QToolButton:disabled { color: $muted; background: transparent; }
QPushButton:default, QPushButton[look="primary"], QToolButton[look="primary"] {
    background: $accent; color: $on_accent; border-color: $accent; font-weight: bold; }
QPushButton[look="primary"]:hover, QToolButton[look="primary"]:hover { border-color: $text; }
QPushButton[look="primary"]:focus, QToolButton[look="primary"]:focus { border: 2px solid $text; }
QPushButton[look="primary"]:disabled, QToolButton[look="primary"]:disabled {
    background: transparent; color: $muted; border-color: $border; }
QPushButton[look="quiet"], QToolButton[look="quiet"] { background: transparent; border-color: transparent; }
QPushButton[look="quiet"]:hover, QToolButton[look="quiet"]:hover { background: $selection; border-color: transparent; }
QPushButton[look="quiet"]:focus, QToolButton[look="quiet"]:focus { border-color: $accent; }
QPushButton[look="link"] { background: transparent; border: 1px solid transparent; padding: 2px 4px; color: $accent; text-align: left; }
QPushButton[look="link"]:hover { text-decoration: underline; }
QPushButton[look="link"]:focus { border: 1px solid $accent; }
QPushButton[look="link"]:disabled { color: $muted; }
QPushButton[tone="problem"] { color: $problem; }
QPushButton[tone="warning"] { color: $warning; }
QPushButton[tone="muted"] { color: $muted; }
QToolButton[look="segment"] { background: transparent; border: 1px solid transparent; padding: 6px 12px; font-weight: bold; color: $muted; }
QToolButton[look="segment"]:hover { color: $text; background: $raised; }
QToolButton[look="segment"]:checked { background: $selection; color: $text; border-color: $selection; }
QToolButton[look="segment"]:focus { border: 1px solid $accent; }
QToolButton::menu-indicator { image: none; }
QToolButton[popupMode="1"] { padding-right: 20px; }
QToolButton::menu-button { border: none; width: 16px; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {
    background: $field; color: $text; border: 1px solid $border; border-radius: $rpx; padding: 4px 6px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QComboBox:hover { border-color: $muted; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {
    border: 2px solid $accent; padding: 3px 5px; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled { color: $muted; background: $raised; }
QLineEdit[tone="problem"], QSpinBox[tone="problem"], QDoubleSpinBox[tone="problem"] { border-color: $problem; }
QSpinBox::up-button, QDoubleSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right; width: 18px; border: none; }
QSpinBox::down-button, QDoubleSpinBox::down-button {
    subcontrol-origin: border; subcontrol-position: bottom right; width: 18px; border: none; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url(icons:arrow-up.svg); width: 10px; height: 10px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url(icons:arrow-down.svg); width: 10px; height: 10px; }
QComboBox::drop-down { subcontrol-origin: border; subcontrol-position: center right; width: 22px; border: none; }
QComboBox::down-arrow { image: url(icons:arrow-down.svg); width: 10px; height: 10px; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $border; padding: 2px; outline: none;
    selection-background-color: $selection; selection-color: $text; }

QCheckBox, QRadioButton { spacing: 8px; background: transparent; }
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
QFrame[look="card"] { background: $panel; border: 1px solid $border; border-radius: 8px; }
QPushButton[look="card"] { background: $panel; border: 1px solid $border; border-radius: 8px; padding: 0; text-align: left; }
QPushButton[look="card"]:hover { border-color: $accent; background: $raised; }
QPushButton[look="card"]:focus { border: 2px solid $accent; }
QFrame[look="line"] { background: $border; border: none; }
QLabel { background: transparent; }
QLabel[tone="muted"] { color: $muted; }
QLabel[tone="problem"] { color: $problem; }
QLabel[tone="warning"] { color: $warning; }
QLabel[tone="good"] { color: $good; }
QLabel[level="title"] { font-size: $largepx; font-weight: bold; }
QLabel[level="strong"] { font-weight: bold; }
QLabel[level="small"] { font-size: $smallpx; }
"""


def stylesheet(theme: Theme) -> str:
    """The whole window's style sheet in this theme's colours."""
    values = {name: str(getattr(theme, name)) for name in Theme.__slots__}
    values |= {"r": str(RADIUS), "large": str(TEXT_LARGE), "small": str(TEXT_SMALL)}
    text = _SHEET
    for name in sorted(values, key=len, reverse=True):
        suffix = "px" if name in ("r", "large", "small") else ""
        text = text.replace(f"${name}{suffix}", f"{values[name]}{suffix}")
    return text
