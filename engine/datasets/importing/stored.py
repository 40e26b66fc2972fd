"""Arrays as data sets: which array holds the features and which the labels, in one file or in two."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.datasets.importing.arrays import StoredArray, idx_file, npy_file, npz_file
from engine.datasets.importing.streams import Hashed, open_regular
from engine.datasets.importing.values import PIECE, Block, Dialect, Format, Layout, Unreadable

_FEATURES = ("x", "x_train", "features", "data", "images", "train_images", "inputs")
_TARGETS = ("y", "y_train", "targets", "target", "labels", "train_labels", "label", "outputs")
_PAIRS = (
    ("images-idx3", "labels-idx1"),
    ("images.idx3", "labels.idx1"),
    ("images", "labels"),
    ("features", "targets"),
    ("features", "labels"),
    ("inputs", "targets"),
    ("data", "labels"),
    ("X", "y"),
    ("x", "y"),
)


def arrays_of(path: str, form: Format) -> tuple[StoredArray, ...]:
    """The arrays in an .npy, .npz or IDX file. Raises Unreadable."""
    return npz_file(path) if form == "npz" else (npy_file(path) if form == "npy" else idx_file(path),)


def labels_array(path: str) -> StoredArray:
    """The one array of a file with labels: .npy, .npz or IDX. Raises Unreadable."""
    with open_regular(path) as stream:
        start = stream.read(8)
    if start.startswith(b"PK"):
        found = npz_file(path)
        if len(found) > 1:
            raise Unreadable(f"{Path(path).name} holds {len(found)} arrays.", "Choose a file with the labels alone.")
        return found[0]
    return npy_file(path) if start.startswith(b"\x93NUMPY") else idx_file(path)


def labels_beside(path: str) -> str:
    """The file beside this one that by its name holds the labels; "" when there is none."""
    place = Path(path)
    for ours, theirs in _PAIRS:
        if ours in place.name:
            other = place.with_name(theirs.join(place.name.rsplit(ours, 1)))
            if other != place and other.is_file():
                return str(other)
    return ""


def guess_arrays(arrays: tuple[StoredArray, ...]) -> tuple[str, str]:
    """Names of the arrays that seem to hold features and targets; the second is "" when there is none."""
    by_name = {array.name.casefold(): array for array in arrays}
    features = next((by_name[name] for name in _FEATURES if name in by_name), None)
    if features is None:
        features = max(arrays, key=lambda array: (len(array.shape), math.prod(array.shape)))
    fitting = [one for one in arrays if one is not features and one.rows == features.rows and len(one.shape) <= 2]
    named = [one for one in fitting if one.name.casefold() in _TARGETS]
    return features.name, (named or fitting)[0].name if fitting else ""


def guess_layout(array: StoredArray) -> Layout:
    """Pictures without channels are given one, channels behind the pixels are put before them."""
    shape = array.shape
    if len(shape) == 3 and array.dtype.itemsize == 1:
        return "images"
    if len(shape) == 4 and shape[3] in (1, 3, 4) and shape[1] not in (1, 3, 4):
        return "channels last"
    return "flat" if len(shape) > 4 else "as stored"


def sample_shape(shape: tuple[int, ...], layout: Layout) -> tuple[int, ...]:
    """Shape of one sample. Raises Unreadable when the layout does not fit."""
    rest = shape[1:]
    if layout == "flat" or not rest:
        return (math.prod(rest),)
    if layout == "images":
        if len(rest) == 2:
            return (1, *rest)
        side = math.isqrt(rest[0])
        if len(rest) == 1 and side * side == rest[0]:
            return (1, side, side)
        raise Unreadable(f"Samples of shape {rest} are no pictures without channels.", "Choose another layout.")
    if layout == "channels last":
        if len(rest) != 3:
            raise Unreadable(f"Samples of shape {rest} have no channels behind their pixels.", "Choose another layout.")
        return (rest[2], rest[0], rest[1])
    if len(rest) > 3:
        raise Unreadable(f"Samples of shape {rest} have more than three axes.", "Choose the layout flat.")
    return rest


def arranged(piece: NDArray[Any], shape: tuple[int, ...], layout: Layout) -> NDArray[Any]:
    """Samples as they are stored → samples of this shape."""
    if layout == "channels last":
        return np.moveaxis(piece, -1, 1)
    return piece.reshape((len(piece), *shape))


def rows_of(array: StoredArray) -> Iterator[NDArray[Any]]:
    """The array some rows at a time; one in Fortran order is held in memory for it."""
    if not array.fortran:
        yield from array.pieces()
        return
    held = np.concatenate(list(array.pieces())).T
    step = max(1, PIECE // max(1, math.prod(array.shape[1:]) * array.dtype.itemsize))
    for first in range(0, len(held), step):
        yield held[first : first + step]


class Whole:
    """Size, SHA-256 and progress of a file that is read through another door."""

    def __init__(self, path: str) -> None:
        self._path = path
        with open_regular(path) as stream:
            self.size = Hashed(stream).size
        self.share = 0.0

    def finish(self) -> str:
        with Hashed(open_regular(self._path)) as stream:
            return stream.finish()


class ArrayTable:
    """One pass over an array with one or two axes: a table whose columns have no names."""

    def __init__(self, path: str, array: StoredArray) -> None:
        self.path, self._array = path, array
        self.dialect = Dialect()
        self.stream = Whole(path)
        width = 1 if len(array.shape) == 1 else array.shape[1]
        self.names = tuple(f"column {number}" for number in range(1, width + 1))

    def close(self) -> None:
        """Every piece opens and closes the file for itself."""

    def blocks(self) -> Iterator[Block]:
        """The rows as they lie there."""
        done = 0
        for piece in rows_of(self._array):
            rows = piece.reshape(len(piece), -1)
            if rows.dtype.kind in "US":
                texts = rows.astype(str)
                yield Block([column.tolist() for column in texts.T], done + 1, len(rows))
            else:
                yield Block([], done + 1, len(rows), rows.astype(np.float64))
            done += len(rows)
            self.stream.share = done / self._array.rows
