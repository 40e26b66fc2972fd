"""Colours of classes: Okabe and Ito's set, in an order whose neighbours differ most."""

from __future__ import annotations

from gui.theme.tokens import Theme

ON_LIGHT = (
    "#0072b2",
    "#c9610c",
    "#00795c",
    "#b0508a",
    "#7a6a00",
    "#2b8fc4",
    "#7a4fa3",
    "#a03a3a",
    "#4d4d4d",
    "#3f7f2f",
)
ON_DARK = ("#56b4e9", "#f28e4b", "#35c79c", "#e59ac5", "#f0e442", "#7fd0ff", "#c39be8", "#ff8f88", "#c0c0c0", "#9bd67f")


def class_colors(theme: Theme, count: int) -> tuple[str, ...]:
    """One colour per class; they repeat after ten."""
    ring = ON_DARK if theme.dark else ON_LIGHT
    return tuple(ring[index % len(ring)] for index in range(count))
