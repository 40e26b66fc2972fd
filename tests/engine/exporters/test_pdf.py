"""PDF pictures, read back by an independent reader: one page of the right size, text that is text, lines that are lines."""

from __future__ import annotations

import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from engine.errors import ExportError
from engine.exporters import ExportContext, export, pdf
from engine.exporters.drawing import Box, Line, Polygon, Scene, Text, to_svg
from engine.exporters.pdf import LONGEST, POINTS, to_pdf
from tests.engine.exporters.contexts import context_of, short, trained

SVG = "{http://www.w3.org/2000/svg}"
SCENE = Scene(
    200,
    100,
    (
        Box(10, 10, 80, 30, "#ffeecc", "#112233", 5),
        Line(((0, 0), (50, 50), (100, 20)), "#445566", 2),
        Polygon(((1, 1), (5, 1), (3, 6)), "#778899"),
        Text(20, 30, "grad −0.5 · ŷ", "#000000", 12),
        Text(100, 80, "middle", "#000000", 10, "middle", bold=True),
    ),
    title="A picture",
    text="of nothing",
)


@pytest.fixture(scope="module")
def context() -> ExportContext:
    return context_of(trained(short("moons", 3)))


def read(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data), strict=True)


def test_size_words_and_what_it_is_called() -> None:
    reader = read(to_pdf(SCENE))
    (page,) = reader.pages
    assert [float(side) for side in page.mediabox[2:]] == [200 * POINTS, 100 * POINTS]
    text = page.extract_text()
    assert "middle" in text
    if pdf.font_name(False).startswith("Chainrule-"):
        assert "grad −0.5 · ŷ" in text
    assert reader.metadata is not None and reader.metadata.title == "A picture"
    assert reader.metadata.subject == "of nothing"
    assert not page.images


def test_the_same_scene_gives_the_same_bytes() -> None:
    assert to_pdf(SCENE) == to_pdf(SCENE)


def test_places_and_colours() -> None:
    page = read(to_pdf(SCENE)).pages[0]
    strokes = page.get_contents().get_data().decode("latin-1")  # type: ignore[union-attr]
    assert re.search(r"\.2666\d* \.3333?\d* \.4 RG", strokes)  # #445566
    assert "1.5 w" in strokes  # 2 pixels
    assert re.search(r"0 75 m 37\.5 37\.5 l 75 60 l", strokes)  # upside down, as PDF counts


def test_without_a_font_to_embed_the_words_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "font_name", lambda bold: "Helvetica-Bold" if bold else "Helvetica")
    text = read(to_pdf(SCENE)).pages[0].extract_text()
    assert "middle" in text and "grad" in text and "y^" in text


def test_a_scene_too_large_for_a_page_is_drawn_smaller() -> None:
    page = read(to_pdf(Scene(100, 60_000, (Text(10, 59_000, "far below", "#000000"),)))).pages[0]
    assert float(page.mediabox[3]) == pytest.approx(LONGEST)
    assert "far below" in page.extract_text()


@pytest.mark.parametrize("what", ["graph", "plot"])
def test_every_text_of_the_svg_is_in_the_pdf(tmp_path: Path, context: ExportContext, what: str) -> None:
    for suffix in ("svg", "pdf"):
        export(what, str(tmp_path / f"a.{suffix}"), context)
    words = [element.text or "" for element in ElementTree.parse(tmp_path / "a.svg").getroot().iter(f"{SVG}text")]
    text = PdfReader(tmp_path / "a.pdf").pages[0].extract_text()
    squeezed = re.sub(r"\s", "", text)
    assert words and [word for word in words if re.sub(r"\s", "", word) not in squeezed] == []


def test_what_does_not_read_back_is_refused() -> None:
    good = to_pdf(SCENE)
    for bad in (good[:-40], b"%PDF-" + good[60:], good.replace(b"/Root", b"/Foot")):
        with pytest.raises(ExportError, match="does not read back"):
            pdf._read_back(bad)
    pdf._read_back(good)


def test_svg_and_pdf_have_the_same_proportions() -> None:
    root = ElementTree.fromstring(to_svg(SCENE))
    page = read(to_pdf(SCENE)).pages[0]
    assert float(root.attrib["width"]) * POINTS == float(page.mediabox[2])
