"""Colours that can be read, icons that exist, and a theme that is switched and remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.actions import SPECS
from gui.modes import DOCKS
from gui.settings import Settings
from gui.theme.icons import FOLDER, SIZE, icon, pixmap
from gui.theme.stylesheet import stylesheet
from gui.theme.switch import ThemeSwitch
from gui.theme.tokens import DARK, LIGHT, THEMES, Theme

GROUNDS = ("window", "panel", "raised", "field")
TEXTS = ("text", "muted", "accent", "problem", "warning", "good", "forward", "backward", "parameter", "data")


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in QColor(colour).getRgbF()[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXTS)
def test_every_text_can_be_read_on_every_ground(theme: Theme, ground: str, text: str) -> None:
    assert contrast(getattr(theme, text), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_text_on_accent_and_on_a_selection_can_be_read(theme: Theme) -> None:
    assert contrast(theme.on_accent, theme.accent) >= 4.5
    assert contrast(theme.text, theme.selection) >= 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_the_style_sheet_names_only_files_that_exist(theme: Theme) -> None:
    sheet = stylesheet(theme)
    assert "$" not in sheet
    files = [part.split(")")[0] for part in sheet.split("url(icons:")[1:]]
    assert files
    assert [name for name in files if not (FOLDER / name).is_file()] == []


def test_every_named_icon_exists() -> None:
    names = {spec.icon for spec in SPECS if spec.icon} | {spec.icon for spec in DOCKS}
    assert [name for name in sorted(names) if not (FOLDER / f"{name}.svg").is_file()] == []


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.svg")))
def test_every_icon_draws_something(qapp: QApplication, name: str) -> None:
    image = pixmap(name, "#ff0000", 24).toImage()
    drawn = [image.pixelColor(x, y) for x in range(24) for y in range(24) if image.pixelColor(x, y).alpha() > 200]
    assert len(drawn) >= 3
    if "currentColor" in (FOLDER / f"{name}.svg").read_text(encoding="utf-8"):
        assert any(colour.red() > 200 and colour.green() < 60 for colour in drawn)


def test_an_icon_is_cached_and_greyed_when_disabled(qapp: QApplication) -> None:
    first = icon("play", LIGHT)
    assert icon("play", LIGHT) is first
    assert icon("play", DARK) is not first
    normal, disabled = (first.pixmap(SIZE, mode).toImage() for mode in (first.Mode.Normal, first.Mode.Disabled))
    assert normal.pixelColor(SIZE // 2, SIZE // 2).name() == LIGHT.text
    assert disabled.pixelColor(SIZE // 2, SIZE // 2).name() == LIGHT.muted


def test_the_theme_is_switched_told_and_remembered(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "window.ini")
    switch = ThemeSwitch(qapp, settings)
    heard: list[Theme] = []
    switch.changed.connect(heard.append)
    switch.light()
    switch.toggle()
    assert heard[-1] is DARK
    assert switch.theme is DARK
    assert qapp.palette().window().color().name() == DARK.window
    again = ThemeSwitch(qapp, Settings(tmp_path / "window.ini"))
    assert (again.choice, again.theme) == ("dark", DARK)
    switch.system()
    assert switch.choice == "system"
    qapp.setStyleSheet("")
