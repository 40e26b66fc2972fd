"""What the network answers now, for pictures: decision surface, fitted curve, confusion counts, scatter, scores, mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.catalog import LOSSES
from engine.datasets import PARTS, Part, Prepared
from engine.datasets.filling import fill
from engine.datasets.prepare import standardize
from engine.tensors import scores
from engine.tensors.evaluate import EVALUATION_ROWS
from engine.tensors.look_up import looks_up
from engine.tensors.train import Run
from engine.views import Array, DataView, PictureKind, PredictionView, Score, frozen

Floats = NDArray[np.float32]

GRID = 100
CURVE_POINTS = 200
MARGIN = 0.1
"""Share of the data's range that a picture shows beyond it on either side."""

VIEW_BYTES = 32 * 2**20
"""Of larger parts only the first rows are handed to pictures."""

MOST_ROWS = 10_000
"""Confusion, scatter, scores and mistakes look at no more rows than this: they are drawn several times a second."""

MOST_MISTAKES = 40


def data_view(prepared: Prepared) -> DataView:
    """The rows of every part in natural units; of data that are larger than VIEW_BYTES only the first ones of each."""
    data = prepared.dataset
    most = max(1, VIEW_BYTES // (3 * max(1, data.features[:1].nbytes)))
    rows = {part: prepared.indices[part][:most] for part in PARTS}
    features = {part: data.features[rows[part]] for part in PARTS}
    if prepared.filled is not None:
        for array in features.values():
            fill(array, prepared.filled)
    return DataView(
        data.task,
        data.feature_names,
        data.class_names,
        {part: frozen(array) for part, array in features.items()},
        {part: frozen(prepared.targets[part][:most].copy()) for part in PARTS},
        sum(prepared.sizes),
        prepared.numbers,
    )


def applies(kind: PictureKind, prepared: Prepared) -> bool:
    """Whether this picture can be drawn of this data."""
    shape, task = prepared.dataset.sample_shape, prepared.dataset.task
    if kind == "surface":
        return shape == (2,)
    if kind == "curve":
        return shape == (1,)
    if kind == "scores":
        return True
    return task == ("regression" if kind == "scatter" else "classes")


def predict(run: Run, kind: PictureKind) -> PredictionView | None:
    """One picture of the run as it is, in eval mode; None when this kind does not apply to the data.

    The run is not moved: no random number is drawn, and its mode afterwards is the training mode.
    """
    return _PICTURES[kind](run) if applies(kind, run.prepared) else None


def outputs_of(run: Run, features: Floats) -> Tensor:
    """ŷ for rows in natural units, (n, K), on the CPU. Where numbers are looked up in a table, each is moved to the nearest
    whole one within the data: there is no other."""
    prepared = run.prepared
    if looks_up(run.project.network):
        known = prepared.dataset.features
        features = np.clip(np.rint(features), np.nanmin(known), np.nanmax(known)).astype(np.float32)
    if prepared.mean is not None and prepared.std is not None:
        features = standardize(features, prepared.mean, prepared.std)
    return _forward(run, torch.tensor(features, device=run.device))


def classes_of(run: Run, outputs: Tensor) -> tuple[Tensor, Tensor]:
    """The predicted class of every row (int64) and how sure the network is of it, between 0 and 1.

    The loss says how its outputs are read (LossEntry.chances); where it does not, they are taken as they are.
    """
    read = LOSSES[run.project.train.loss.kind].chances
    chances = _CHANCES[read](outputs)
    if outputs.shape[1] == 1:
        chance = chances[:, 0]
        chosen = (outputs[:, 0] > (0.0 if read == "sigmoid" else 0.5)).long()
        return chosen, torch.where(chosen == 1, chance, 1 - chance)
    chosen = outputs.argmax(1)
    return chosen, chances.gather(1, chosen[:, None])[:, 0]


_CHANCES: dict[str, Callable[[Tensor], Tensor]] = {
    "softmax": lambda outputs: outputs.softmax(1),
    "sigmoid": torch.sigmoid,
    "exp": torch.exp,
    "": lambda outputs: outputs.clamp(0, 1),
}


def _surface(run: Run) -> PredictionView:
    x, y = (_axis(run, column, GRID) for column in (0, 1))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    outputs = outputs_of(run, grid)
    if run.prepared.dataset.task == "regression":
        z: Array = outputs[:, 0].numpy().reshape(GRID, GRID)
        return PredictionView("surface", run.generation, run.step, frozen(x), frozen(y), frozen(z))
    chosen, sure = (values.numpy().reshape(GRID, GRID) for values in classes_of(run, outputs))
    return PredictionView("surface", run.generation, run.step, frozen(x), frozen(y), frozen(chosen), frozen(sure))


def _curve(run: Run) -> PredictionView:
    x = _axis(run, 0, CURVE_POINTS)
    z: Array = outputs_of(run, x[:, None]).numpy()
    return PredictionView("curve", run.generation, run.step, x=frozen(x), z=frozen(z))


def _confusion(run: Run) -> PredictionView:
    part = _watched_part(run)
    classes = len(run.prepared.dataset.class_names)
    truth = run.prepared.targets[part][:MOST_ROWS].astype(np.int64)
    chosen, _ = classes_of(run, _forward(run, run.rows[part].features[:MOST_ROWS]))
    counts = np.bincount(truth * classes + chosen.numpy(), minlength=classes * classes).reshape(classes, classes)
    return PredictionView("confusion", run.generation, run.step, z=frozen(counts))


def _scatter(run: Run) -> PredictionView:
    part = _watched_part(run)
    answers: Array = _forward(run, run.rows[part].features[:MOST_ROWS]).numpy()
    truth = np.array(run.prepared.targets[part][:MOST_ROWS])
    return PredictionView("scatter", run.generation, run.step, x=frozen(answers), z=frozen(truth))


def _scores(run: Run) -> PredictionView:
    """The scores of the training and of the validation part. The test part stays locked."""
    rows = {part: _scores_of(run, part) for part in ("train", "validation")}
    found = tuple(
        Score(name, formula, first, second)
        for (name, formula, first), (_, _, second) in zip(rows["train"], rows["validation"], strict=True)
    )
    return PredictionView("scores", run.generation, run.step, scores=found)


def _scores_of(run: Run, part: Part) -> list[tuple[str, str, float | None]]:
    outputs = _forward(run, run.rows[part].features[:MOST_ROWS]) if len(run.rows[part]) else None
    targets = run.prepared.targets[part][:MOST_ROWS]
    if run.prepared.dataset.task == "regression":
        answer = np.empty((0, 1)) if outputs is None else outputs.numpy().astype(np.float64)
        target = targets.reshape(len(targets), -1).astype(np.float64)
        return [
            ("MAE", "mean |ŷ − y|", scores.mean_absolute_error(target, answer)),
            ("RMSE", "√mean (ŷ − y)²", scores.root_mean_squared_error(target, answer)),
            ("R²", "1 − Σ(ŷ − y)² / Σ(y − ȳ)²", scores.coefficient_of_determination(target, answer)),
        ]
    truth, classes = targets.astype(np.int64), len(run.prepared.dataset.class_names)
    if outputs is None:
        chosen, chances = np.empty(0, dtype=np.int64), np.empty((0, 1))
    else:
        chosen = classes_of(run, outputs)[0].numpy()
        chances = _CHANCES[LOSSES[run.project.train.loss.kind].chances](outputs).numpy().astype(np.float64)
    whole = chances.shape[1] in (1, classes)
    return [
        ("Accuracy", "right answers / rows", scores.accuracy(truth, chosen)),
        ("F1, mean of classes", "2·TP / (2·TP + FP + FN)", scores.macro_f1(truth, chosen, classes)),
        ("AUC", "area under the ROC curve", scores.mean_area(truth, chances) if whole else None),
    ]


def _mistakes(run: Run) -> PredictionView:
    part = _watched_part(run)
    truth = run.prepared.targets[part][:MOST_ROWS].astype(np.int64)
    chosen, sure = (values.numpy() for values in classes_of(run, _forward(run, run.rows[part].features[:MOST_ROWS])))
    wrong = np.flatnonzero(truth != chosen)
    first = wrong[np.argsort(-np.nan_to_num(sure[wrong]), kind="stable")][:MOST_MISTAKES]
    rows = run.prepared.indices[part][:MOST_ROWS][first]
    return PredictionView(
        "mistakes",
        run.generation,
        run.step,
        x=frozen(run.prepared.dataset.features[rows].copy()),
        y=frozen(rows.copy()),
        z=frozen(np.stack([truth[first], chosen[first]], axis=1)),
        p=frozen(sure[first].copy()),
        wrong=len(wrong),
        looked_at=len(truth),
    )


_PICTURES: dict[PictureKind, Callable[[Run], PredictionView]] = {
    "surface": _surface,
    "curve": _curve,
    "confusion": _confusion,
    "scatter": _scatter,
    "scores": _scores,
    "mistakes": _mistakes,
}


def _watched_part(run: Run) -> Part:
    return "validation" if len(run.rows["validation"]) else "train"


def _axis(run: Run, column: int, count: int) -> Floats:
    """Evenly spaced places over the range of one feature and a margin, in natural units."""
    values = run.prepared.dataset.features[:, column]
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    margin = MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, count, dtype=np.float32)


def _forward(run: Run, features: Tensor) -> Tensor:
    """ŷ in slices, so that a picture takes no more memory than an evaluation."""
    return torch.cat([part.cpu() for part in _slices(run, features)])


def _slices(run: Run, features: Tensor) -> Iterator[Tensor]:
    size = max(EVALUATION_ROWS, run.project.train.batch_size)
    run.network.eval()
    try:
        with torch.no_grad():
            for first in range(0, len(features), size):
                yield cast(Tensor, run.network(features[first : first + size]))
    finally:
        run.network.train()
