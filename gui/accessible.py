"""Names for the parts of a panel that only a screen reader meets: what scrolls, and what is seen through it."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractScrollArea, QTabBar, QWidget


def name_parts(root: QWidget) -> None:
    """Give every scrolling area below `root`, and its inside, the name of what it belongs to, unless it has one of its own."""
    for area in root.findChildren(QAbstractScrollArea):
        name = area.accessibleName() or _name_above(area)
        if not area.accessibleName():
            area.setAccessibleName(name)
        if not area.viewport().accessibleName():
            area.viewport().setAccessibleName(name)


def name_tab_bars(root: QWidget) -> None:
    """Say of every bar of tabs below `root` which tabs it has; docks that are moved get other bars."""
    for bar in root.findChildren(QTabBar):
        titles = ", ".join(bar.tabText(index) for index in range(bar.count()))
        bar.setAccessibleName(f"Panels: {titles}" if titles else "Panels")


def _name_above(widget: QWidget) -> str:
    """The name of the nearest widget around this one that has any."""
    above = widget.parentWidget()
    while above is not None:
        if name := above.accessibleName() or above.windowTitle():
            return name
        above = above.parentWidget()
    return ""
