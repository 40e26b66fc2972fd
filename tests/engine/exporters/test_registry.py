"""Every exporter, through the one door: right file for every ending, read back by an independent reader."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image

from engine.errors import ExportError, FileProblem
from engine.exporters import EXPORTERS, ExportContext, export
from engine.metrics import SERIES, STEP_LOSS, TRAIN_LOSS, VALIDATION_ACCURACY
from engine.tensors.train import Run
from tests.engine.exporters.contexts import context_of, short, trained, untrained

SVG = "{http://www.w3.org/2000/svg}"
NEED_RUN = [name for name, exporter in EXPORTERS.items() if exporter.needs_run]


@pytest.fixture(scope="module")
def run() -> Run:
    return trained(short("moons", 3))


@pytest.fixture(scope="module")
def context(run: Run) -> ExportContext:
    return context_of(run)


@pytest.mark.parametrize(
    ("what", "suffix"), [(name, suffix) for name, exporter in EXPORTERS.items() for suffix in exporter.suffixes]
)
def test_every_format_in_every_ending(tmp_path: Path, context: ExportContext, what: str, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    text = export(what, str(path), context)
    assert str(path) in text and text.startswith("Exported ")
    data = path.read_bytes()
    starts = {".png": b"\x89PNG", ".svg": b"<?xml", ".pt": b"PK", ".pth": b"PK", ".csv": b"step,", ".json": b"{"}
    assert data.startswith(starts.get(suffix, data[:1])) and len(data) > 100
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("what", EXPORTERS)
def test_a_path_without_an_ending_gets_the_usual_one(tmp_path: Path, context: ExportContext, what: str) -> None:
    export(what, str(tmp_path / "out"), context)
    assert [entry.name for entry in tmp_path.iterdir()] == [f"out{EXPORTERS[what].suffix}"]


@pytest.mark.parametrize("what", EXPORTERS)
def test_foreign_endings_and_missing_folders_are_refused(tmp_path: Path, context: ExportContext, what: str) -> None:
    with pytest.raises(ExportError, match=r"cannot be written as “\.xyz”.*end in \."):
        export(what, str(tmp_path / "out.xyz"), context)
    with pytest.raises(FileProblem, match="does not exist"):
        export(what, str(tmp_path / "no" / "out"), context)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", NEED_RUN)
def test_without_a_run_there_is_nothing_to_export(tmp_path: Path, what: str) -> None:
    with pytest.raises(ExportError, match=r"There (is|are) no .* yet"):
        export(what, str(tmp_path / "out"), untrained(short("moons")))
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_format_names_the_known_ones(tmp_path: Path, context: ExportContext) -> None:
    with pytest.raises(ExportError, match="state_dict, script, data, curves, plot, graph, results"):
        export("onnx", str(tmp_path / "out"), context)


def test_weights_load_into_plain_torch_and_predict_the_same(tmp_path: Path, run: Run, context: ExportContext) -> None:
    export("state_dict", str(tmp_path / "model.pt"), context)
    weights = torch.load(tmp_path / "model.pt", weights_only=True)
    assert list(weights) == [f"linear_{n}.{kind}" for n in (1, 2, 3) for kind in ("weight", "bias")]
    x = torch.linspace(-1, 1, 10).reshape(5, 2)
    h = x
    for number in (1, 2, 3):
        h = torch.nn.functional.linear(h, weights[f"linear_{number}.weight"], weights[f"linear_{number}.bias"])
        h = torch.tanh(h) if number < 3 else h
    assert torch.equal(h, run.network(x))


def test_curves_hold_every_number_of_the_log(tmp_path: Path, run: Run, context: ExportContext) -> None:
    export("curves", str(tmp_path / "curves.csv"), context)
    with (tmp_path / "curves.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["step", "epoch", *SERIES]
    assert [int(row["step"]) for row in rows] == list(range(run.step + 1))
    for name in SERIES:
        steps, values, _ = run.log.since(name)
        found = {int(row["step"]): float(row[name]) for row in rows if row[name]}
        assert found == dict(zip(steps.astype(int).tolist(), values.tolist(), strict=True))
    assert float(rows[-1]["epoch"]) == 3.0
    assert rows[0][STEP_LOSS] == "" and rows[0][TRAIN_LOSS] != ""


def test_results_are_those_of_the_run(tmp_path: Path, run: Run, context: ExportContext) -> None:
    export("results", str(tmp_path / "results.json"), context)
    found = json.loads((tmp_path / "results.json").read_text())
    test = run.evaluate("test")
    assert test is not None
    assert (found["test_loss"], found["test_accuracy"]) == (test.loss, test.accuracy)
    assert found["train_loss"] == run.log.since(TRAIN_LOSS)[1][1:].tolist()
    assert found["val_accuracy"] == run.log.since(VALIDATION_ACCURACY)[1][1:].tolist()
    assert (found["epochs"], found["steps"], found["seed"], found["device"]) == (3, 21, 0, "cpu")


def test_results_without_validation_and_test_part_are_null(tmp_path: Path) -> None:
    export("results", str(tmp_path / "results.json"), context_of(trained(short("s3"))))
    found = json.loads((tmp_path / "results.json").read_text())
    assert found["val_loss"] == found["val_accuracy"] == [None, None]
    assert found["test_loss"] is None and found["test_accuracy"] is None
    assert found["train_loss"][0] == pytest.approx(2.745934, abs=5e-7)


def texts(path: Path) -> list[str]:
    return [element.text or "" for element in ElementTree.parse(path).getroot().iter(f"{SVG}text")]


def test_the_plot_names_run_axes_and_curves(tmp_path: Path, context: ExportContext) -> None:
    export("plot", str(tmp_path / "plot.svg"), context)
    found = texts(tmp_path / "plot.svg")
    for expected in (
        "Moons",
        "Loss: BCE with logits",
        "Accuracy",
        "epoch",
        "training",
        "validation",
        "each step",
    ):
        assert expected in found
    assert any(text.endswith(" %") for text in found)
    rate = context.project.train.optimizer.number("lr")
    assert f"Adam, learning rate {rate:g} · batch size 32 · seed 0" in found


def test_the_graph_has_a_box_per_node_and_an_arrow_per_edge(tmp_path: Path) -> None:
    context = untrained(short("s3"))
    assert context.graph is not None
    view = context.graph()
    export("graph", str(tmp_path / "graph.svg"), context)
    root = ElementTree.parse(tmp_path / "graph.svg").getroot()
    assert len(root.findall(f"{SVG}polygon")) == len(view.edges) == 14
    found = texts(tmp_path / "graph.svg")
    assert found.count("AccumulateGrad") == 4 and found.count("AddmmBackward0") == 2 and found.count("TBackward0") == 2
    assert {"MseLossBackward0", "SigmoidBackward0", "linear_1.weight", "linear_2.bias", "loss"} <= set(found)
    export("graph", str(tmp_path / "graph.dot"), context)
    assert (tmp_path / "graph.dot").read_text() == view.dot


def test_png_and_svg_show_the_same_picture_at_twice_the_size(tmp_path: Path, context: ExportContext) -> None:
    for what in ("plot", "graph"):
        export(what, str(tmp_path / "a.png"), context)
        export(what, str(tmp_path / "a.svg"), context)
        root = ElementTree.parse(tmp_path / "a.svg").getroot()
        with Image.open(tmp_path / "a.png") as picture:
            size = (round(2 * float(root.attrib["width"])), round(2 * float(root.attrib["height"])))
            assert picture.size == size
            pixels = np.asarray(picture.convert("RGB"))
        assert tuple(pixels[0, 0]) == (255, 255, 255)
        assert 0.01 < (pixels < 250).any(axis=2).mean() < 0.6


def test_a_graph_of_a_project_with_errors_is_refused(tmp_path: Path, context: ExportContext) -> None:
    report = untrained(short("moons")).report
    broken = dataclasses.replace(context, graph=None, report=report)
    with pytest.raises(ExportError, match="no autograd graph yet"):
        export("graph", str(tmp_path / "graph.svg"), broken)
