"""A picture of a panel as a file: the right kind, the right size, text that stays text, and a card when it cannot be written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.views import Failure, Notice
from gui.save_picture import SaveButton, picture_of
from gui.theme.tokens import LIGHT


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    page = QWidget()
    qtbot.addWidget(page)
    page.setAccessibleName("A page")
    QVBoxLayout(page).addWidget(QLabel("loss over epochs"))
    page.resize(300, 120)
    page.show()
    qtbot.waitExposed(page)
    return page


def test_a_png_has_twice_the_pixels_and_more_than_one_colour(page: QWidget) -> None:
    image = QImage.fromData(picture_of(page, ".png"))
    assert (image.width(), image.height()) == (600, 240)
    colours = {image.pixel(x, y) for x in range(0, 600, 3) for y in range(0, 240, 3)}
    assert len(colours) > 1


def test_in_an_svg_text_stays_text(page: QWidget) -> None:
    text = picture_of(page, ".svg").decode()
    assert text.startswith("<?xml") and "<title>A page</title>" in text
    assert re.search(r"<text[^>]*>\s*loss over epochs\s*</text>", text)
    assert 'viewBox="0 0 300 120"' in text


def test_a_pdf_has_one_page_of_the_same_shape(page: QWidget) -> None:
    data = picture_of(page, ".pdf")
    assert data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF")
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert box is not None
    assert (float(box[1]), float(box[2])) == pytest.approx((225, 90), abs=1)
    assert len(re.findall(rb"/Type /Page\b", data)) == 1


def test_the_button_asks_for_a_file_and_says_how_it_went(
    page: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    button = SaveButton(page, "curves", page)
    button.show_theme(LIGHT)
    button.show()
    told: list[object] = []
    button.told.connect(told.append)
    answers = iter(
        [(str(tmp_path / "one"), "SVG (*.svg)"), ("", ""), (str(tmp_path / "none" / "two.png"), "PNG (*.png)")]
    )
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: next(answers))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert (tmp_path / "one.svg").read_bytes().startswith(b"<?xml")
    assert isinstance(told[-1], Notice) and "one.svg" in told[-1].text
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(told) == 1, "Cancel"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert isinstance(told[-1], Failure)
    button.save(str(tmp_path / "three.bmp"))
    assert isinstance(told[-1], Failure) and "“.bmp”" in told[-1].why and not (tmp_path / "three.bmp").exists()
