"""Colours, sizes and spacing of the window, by meaning. One colour means one thing everywhere; none is the only carrier of it.

The hues are those of Okabe and Ito (2008), which colour-blind eyes can tell apart, tuned for contrast on each background.
"""

from __future__ import annotations

from dataclasses import dataclass

GRID = 8
"""All distances are multiples of this many pixels (half of it inside controls)."""
RADIUS = 6
TEXT_SMALL, TEXT_NORMAL, TEXT_LARGE = 11, 13, 18
"""The three text sizes, in pixels at 100 %."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Hex colours. `forward`, `backward`, `parameter`, `data`, `problem` are the hues of those ideas."""

    name: str
    window: str
    panel: str
    raised: str
    field: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    selection: str
    forward: str
    backward: str
    parameter: str
    data: str
    problem: str
    warning: str
    good: str
    positive: str
    negative: str
    zero: str
    train: str
    validation: str

    @property
    def dark(self) -> bool:
        return self.name == "dark"


LIGHT = Theme(
    name="light",
    window="#eef0f3",
    panel="#ffffff",
    raised="#f6f7f9",
    field="#ffffff",
    border="#d3d8df",
    text="#1b222c",
    muted="#5a6675",
    accent="#1f5fbf",
    on_accent="#ffffff",
    selection="#d7e6fb",
    forward="#0072b2",
    backward="#b3470a",
    parameter="#7a4fa3",
    data="#00795c",
    problem="#c22a2a",
    warning="#8a6100",
    good="#00795c",
    positive="#c9610c",
    negative="#1f6fb5",
    zero="#f3f3f3",
    train="#0072b2",
    validation="#b3470a",
)

DARK = Theme(
    name="dark",
    window="#15181d",
    panel="#1d2127",
    raised="#262b33",
    field="#171a1f",
    border="#39414c",
    text="#e7ebf0",
    muted="#9ba7b6",
    accent="#6fa8ff",
    on_accent="#0d1420",
    selection="#2b4266",
    forward="#56b4e9",
    backward="#f28e4b",
    parameter="#c39be8",
    data="#35c79c",
    problem="#ff7b72",
    warning="#e3b341",
    good="#35c79c",
    positive="#f28e4b",
    negative="#56b4e9",
    zero="#2a2e35",
    train="#56b4e9",
    validation="#f28e4b",
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK)}
