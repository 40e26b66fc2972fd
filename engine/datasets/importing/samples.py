"""Reads arrays and folders of images into data sets, and looks through them first."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.datasets.dataset import Dataset, Floats
from engine.datasets.importing.arrays import StoredArray
from engine.datasets.importing.columns import Tally, target_kind
from engine.datasets.importing.gather import CHANGED, check_classes
from engine.datasets.importing.images import ImageFile, add_to_hash, list_folder, open_image, pixels, survey_folder
from engine.datasets.importing.levels import Levels
from engine.datasets.importing.plan import Plan, plan_issue
from engine.datasets.importing.stored import (
    arranged,
    arrays_of,
    guess_arrays,
    guess_layout,
    labels_array,
    labels_beside,
    rows_of,
    sample_shape,
)
from engine.datasets.importing.streams import Hashed, hash_file, open_regular
from engine.datasets.importing.values import (
    ArrayFound,
    Block,
    Format,
    Layout,
    Preview,
    TargetKind,
    Unreadable,
)
from engine.datasets.space import check_room, numbers, picked

SHOWN = 40
"""Pictures in a preview."""
Answers = NDArray[np.generic]


def hash_pieces(path: str) -> Generator[float, None, tuple[int, str]]:
    """Size and SHA-256 of a file; yields the share that was read."""
    with Hashed(open_regular(path)) as stream:
        buffer = bytearray(1 << 20)
        while stream.readinto(buffer):
            yield stream.share
        return stream.size, stream.finish()


def survey_arrays(
    path: str, form: Format, features: str = "", targets: str = "", layout: Layout | None = None
) -> Generator[float, None, Preview]:
    """Look at arrays that are no plain table. `features` and `targets` name arrays, or `targets` is a file with labels."""
    arrays = arrays_of(path, form)
    if form == "npz":
        guessed = guess_arrays(arrays)
        features = features or guessed[0]
        targets = targets or guessed[1]
    else:
        targets = targets or labels_beside(path)
    array = named(arrays, features) if form == "npz" else arrays[0]
    check_numbers(array)
    layout = layout or guess_layout(array)
    shape = sample_shape(array.shape, layout)
    check_room((array.rows, *shape), "The features")
    kind, classes, sha = "classes", 0, ""
    if targets:
        label = named(arrays, targets) if form == "npz" else labels_array(targets)
        check_rows(array, label)
        kind, classes = _labels_kind(label)
        sha = "" if form == "npz" else hash_file(targets)[1]
    size, sha256 = yield from hash_pieces(path)
    return Preview(
        path,
        form,
        size,
        sha256,
        array.rows,
        target=_target(kind),
        classes=classes,
        arrays=tuple(ArrayFound(one.name, one.shape, str(one.dtype)) for one in arrays),
        features=features,
        targets=targets,
        labels_sha256=sha,
        shape=shape,
        layout=layout,
        pictures=_first_pictures(array, shape, layout),
    )


def _target(kind: str) -> TargetKind:
    kinds: dict[str, TargetKind] = {"two classes": "two classes", "classes": "classes", "multi-label": "multi-label"}
    return kinds.get(kind, "regression")


def named(arrays: tuple[StoredArray, ...], name: str) -> StoredArray:
    """The array with this name. Raises Unreadable."""
    for array in arrays:
        if array.name == name:
            return array
    raise Unreadable(f"The file holds no array “{name}”.", f"It holds {', '.join(array.name for array in arrays)}.")


def check_numbers(array: StoredArray) -> None:
    if array.dtype.kind in "US":
        raise Unreadable(f"The features in {array.name} are texts.", "Choose an array of numbers.")


def check_rows(array: StoredArray, label: StoredArray) -> None:
    if array.rows != label.rows:
        raise Unreadable(
            f"{array.name} has {array.rows:,} rows, but {label.name} has {label.rows:,} labels.",
            "Choose the labels that belong to these rows.",
        )
    if len(label.shape) > 2:
        raise Unreadable(
            f"Labels have one or two axes, but {label.name} has the shape {label.shape}.", "Choose another array."
        )


def _labels_kind(label: StoredArray) -> tuple[str, int]:
    """Guessed kind of target and number of classes."""
    values = np.concatenate([piece.reshape(len(piece), -1) for piece in rows_of(label)])
    if values.dtype.kind in "US":
        return ("two classes" if (count := len(np.unique(values))) == 2 else "classes"), count
    if values.shape[1] > 1:
        if not ((values == 0) | (values == 1)).all():
            return "regression", 0
        return ("classes", values.shape[1]) if (values.sum(axis=1) == 1).all() else ("multi-label", 0)
    tally = Tally("label", ".")
    tally.add_numbers(values[:, 0].astype(np.float64), Block([], 1, len(values)))
    return target_kind(tally.column())


def _first_pictures(array: StoredArray, shape: tuple[int, ...], layout: Layout) -> NDArray[np.generic] | None:
    if len(shape) != 3:
        return None
    first = next(rows_of(array))[:SHOWN]
    found: NDArray[np.generic] = np.ascontiguousarray(arranged(first, shape, layout)[:, 0])
    found.setflags(write=False)
    return found


def read_arrays(plan: Plan) -> Generator[float, None, Dataset]:
    """Read features and labels as planned; yields the share that was read. Raises Unreadable."""
    yield from _same_file(plan)
    arrays = arrays_of(plan.path, plan.format)
    array = named(arrays, plan.features) if plan.format == "npz" else arrays[0]
    check_numbers(array)
    issue = plan_issue(plan)
    if issue is not None:
        raise Unreadable(issue.what, issue.todo)
    if plan.format != "npz" and hash_file(plan.targets)[1] != plan.labels_sha256:
        raise Unreadable("The file with the labels is another one than before.", CHANGED)
    label = named(arrays, plan.targets) if plan.format == "npz" else labels_array(plan.targets)
    check_rows(array, label)
    shape = sample_shape(array.shape, plan.layout)
    features = numbers((array.rows, *shape))
    row = 0
    for piece in rows_of(array):
        with np.errstate(over="ignore"):
            features[row : row + len(piece)] = arranged(piece, shape, plan.layout)
        row += len(piece)
        yield 0.5 + 0.5 * row / array.rows
    values = np.concatenate([piece.reshape(len(piece), -1) for piece in rows_of(label)])
    return _cleaned(plan, features, values, ())


def _same_file(plan: Plan) -> Generator[float, None, None]:
    pieces = hash_pieces(plan.path)
    while True:
        try:
            yield 0.5 * next(pieces)
        except StopIteration as end:
            size, sha256 = end.value
            break
    if (size, sha256) != (plan.size, plan.sha256):
        raise Unreadable("The content of the file is another one than before.", CHANGED)


def _cleaned(plan: Plan, features: Floats, values: Answers, notes: tuple[str, ...]) -> Dataset:
    """Without the rows that have no number somewhere; labels as the plan wants them."""
    good = np.isfinite(features.reshape(len(features), -1).sum(axis=1, dtype=np.float64))
    if values.dtype.kind == "f":
        good &= np.isfinite(values).all(axis=1)
    if not good.all():
        first = int(np.argmin(good)) + 1
        if plan.missing == "refuse":
            raise Unreadable(
                "A number is missing, infinite or too large.", "Leave such rows out, or correct the file.", first
            )
        if not good.any():
            raise Unreadable("No row is left: all have missing or infinite numbers.", "Correct the file.")
        gone = int((~good).sum())
        notes = (*notes, f"{gone:,} of {len(good):,} rows were left out (first: row {first:,}: a number is missing).")
        features, values = picked(features, np.flatnonzero(good)), values[good]
    targets, classes = answers(plan, values)
    features.setflags(write=False)
    targets.setflags(write=False)
    return Dataset("classes" if classes else "regression", features, targets, _names(features.shape), classes, notes)


def answers(plan: Plan, values: Any) -> tuple[Answers, tuple[str, ...]]:
    """Labels (n, k) as the plan wants them: classes int64 (n,) with their names, or numbers float32 (n, k)."""
    if plan.target in ("classes", "two classes"):
        if values.shape[1] > 1:
            if (
                values.dtype.kind in "US"
                or not ((values == 0) | (values == 1)).all()
                or not (values.sum(axis=1) == 1).all()
            ):
                raise Unreadable(
                    "Several labels per row are no class unless exactly one of them is 1.", "Choose multi-label."
                )
            return values.argmax(axis=1).astype(np.int64), tuple(map(str, range(values.shape[1])))
        levels = Levels()
        column = values[:, 0]
        codes = levels.codes(column.astype(str).tolist() if column.dtype.kind in "US" else column.astype(np.float64))
        if (codes < 0).any():
            raise Unreadable("A label is missing.", "Correct the file.", int(np.argmax(codes < 0)) + 1)
        names, place = levels.ordered()
        check_classes(plan, names, "")
        return place[codes].astype(np.int64), names
    if values.dtype.kind in "US":
        raise Unreadable("The labels are texts, not numbers.", "Choose classes as the kind of target.")
    if plan.target == "multi-label" and not ((values == 0) | (values == 1)).all():
        raise Unreadable("Labels other than 0 and 1 are there.", "Choose another kind of target.")
    with np.errstate(over="ignore"):
        found = values.astype(np.float32)
    if not np.isfinite(found).all():
        raise Unreadable("A target is too large for float32.", "Divide the targets by a number.")
    return found, ()


def _names(shape: tuple[int, ...]) -> tuple[str, ...]:
    stem = "channel" if len(shape) == 4 else "step" if len(shape) == 3 else "column"
    return tuple(f"{stem} {number}" for number in range(1, shape[1] + 1))


def survey_images(path: str) -> Generator[float, None, Preview]:
    """Look at every image of a folder."""
    folder = list_folder(path)
    facts = yield from survey_folder(folder)
    shape = (facts.channels, *facts.size)
    check_room((len(folder.files), *shape), "The images")
    step = max(1, len(folder.files) // SHOWN)
    return Preview(
        path,
        "images",
        facts.bytes,
        facts.sha256,
        len(folder.files) - facts.bad,
        ragged=facts.bad,
        first_ragged=facts.first_bad,
        target="two classes" if len(folder.classes) == 2 else "classes",
        classes=len(folder.classes),
        shape=shape,
        pictures=np.stack([picture[0] for picture in _some(folder.files[::step], facts.size)]),
        notes=tuple(_folder_notes(folder.others, facts.other_sizes, facts.size)),
    )


def _some(files: tuple[ImageFile, ...], size: tuple[int, int]) -> Iterator[Floats]:
    for file in files:
        try:
            yield pixels(open_image(file.path), size, 1)
        except Unreadable:
            yield np.zeros((1, *size), np.float32)


def _folder_notes(others: int, other_sizes: int, size: tuple[int, int]) -> Iterator[str]:
    if others:
        yield f"{others:,} files are no images, or lie outside of the folders of the classes; they are not read."
    if other_sizes:
        yield f"{other_sizes:,} images have another size; they are scaled to {size[1]} × {size[0]} pixels."


def read_images(plan: Plan) -> Generator[float, None, Dataset]:
    """Read a folder of images as planned; yields the share that was read. Raises Unreadable."""
    folder = list_folder(plan.path)
    shape = (plan.channels or 1, plan.height or 1, plan.width or 1)
    features = numbers((len(folder.files), *shape))
    labels: list[str] = []
    digest, total, bad, first_bad = hashlib.sha256(), 0, 0, ""
    for index, file in enumerate(folder.files):
        total += add_to_hash(digest, file)
        try:
            features[len(labels)] = pixels(open_image(file.path), shape[1:], shape[0])
            labels.append(file.label)
        except Unreadable as problem:
            if plan.missing == "refuse":
                raise
            bad += 1
            first_bad = first_bad or problem.refusal.what
        yield (index + 1) / len(folder.files)
    if (total, digest.hexdigest()) != (plan.size, plan.sha256):
        raise Unreadable("The images are other ones than before.", CHANGED)
    notes = (f"{bad:,} of {len(folder.files):,} images were left out (first: {first_bad})",) if bad else ()
    return _cleaned(plan, features[: len(labels)], np.array(labels)[:, None], notes)
