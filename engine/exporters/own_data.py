"""The rows of a file of the user's, as they go into split and normalization: an .npz beside the script, or packed inside it."""

from __future__ import annotations

import base64
import gzip
import io
import textwrap
from functools import lru_cache
from pathlib import Path

import numpy as np

from engine.datasets import load, prepare
from engine.datasets.dataset import Dataset, Floats
from engine.datasets.filling import fill
from engine.errors import ExportError
from engine.exporters.context import ExportContext
from engine.spec import DataSpec
from engine.views import Failure

MOST_PACKED = 1_000_000
"""Bytes, compressed, up to which a script carries its data."""
MOST_TRIED = 20_000_000


def rows_of(data: DataSpec) -> tuple[Dataset, Floats]:
    """The data set and its features, where missing ones are filled as training fills them. Raises DataError."""
    dataset = load(data.source)
    if not dataset.holes:
        return dataset, dataset.features
    filled = prepare(data).filled
    features = dataset.features.copy()
    if filled is not None:
        fill(features, filled)
    return dataset, features


def file_name(data: DataSpec) -> str:
    """The usual name of the exported data."""
    stem = Path(str(data.source.get("path"))).stem
    kept = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in stem) or "data"
    return f"{kept}-data.npz"


@lru_cache(maxsize=2)
def packed(data: DataSpec) -> tuple[str, ...]:
    """Features and targets as the constant DATA of a script; nothing when they are too many for that."""
    if load(data.source).features.nbytes > MOST_TRIED:
        return ()
    dataset, features = rows_of(data)
    stream = io.BytesIO()
    np.save(stream, features)
    np.save(stream, dataset.targets)
    raw = gzip.compress(stream.getvalue(), mtime=0)
    if len(raw) > MOST_PACKED:
        return ()
    rows = textwrap.wrap(base64.b64encode(raw).decode("ascii"), 116)
    return ("# Features, then targets, as numpy.save writes them, gzipped, in base64.", 'DATA = """', *rows, '"""')


def load_source(data: DataSpec) -> list[str]:
    """`load_data` of a script."""
    head = ["def load_data():", '    """Features and targets, before split and normalization."""']
    if packed(data):
        return [
            *head,
            "    import io",
            "",
            "    stream = io.BytesIO(gzip.decompress(base64.b64decode(DATA)))",
            "    return np.load(stream, allow_pickle=False), np.load(stream, allow_pickle=False)",
        ]
    return [
        *head,
        "    # Written by Chainrule: File, Export, Data.",
        f"    with np.load({file_name(data)!r}, allow_pickle=False) as arrays:",
        '        return arrays["features"], arrays["targets"]',
    ]


def render(context: ExportContext, suffix: str) -> bytes:
    """The .npz, read back before it is returned. Raises engine.errors.ExportError."""
    if not context.report.sizes[0]:
        raise ExportError(Failure("There are no data to export yet.", todo="Choose data in the Data panel."))
    dataset, features = rows_of(context.project.data)
    stream = io.BytesIO()
    arrays = {
        "features": features,
        "targets": dataset.targets,
        "feature_names": np.array(dataset.feature_names),
        "class_names": np.array(dataset.class_names, dtype=str),
    }
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    with np.load(io.BytesIO(stream.getvalue()), allow_pickle=False) as back:
        if not all(np.array_equal(back[name], array) for name, array in arrays.items()):
            raise ExportError(Failure("The data were not exported: the file does not read back equal."))
    return stream.getvalue()
