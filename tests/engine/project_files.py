"""Project files for tests: a full one, and the same with parts changed."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.archive import pack, unpack
from engine.project_file import MIMETYPE, Loaded, RunState, dump
from engine.weights_file import Arrays
from tests.engine.test_project_json import small_project

UI: dict[str, object] = {"mode": "build", "zoom": 1.25, "docks": ["palette"]}


def run_state() -> RunState:
    return RunState(
        project=small_project(),
        weights={"linear_1.weight": np.arange(4, dtype=np.float32).reshape(2, 2), "linear_1.bias": np.zeros(2, "f4")},
        tensors={"rng": np.arange(5, dtype=np.uint8), "step": np.float32(3).reshape(()), "order": np.arange(7)},
        facts={"step": 3, "lr": 0.1, "generator": [1, 2], "nothing": None},
        curves={"step_loss": np.array([[1.0, 0.5], [2.0, np.nan], [3.0, np.inf]])},
    )


def full_file() -> bytes:
    return dump(small_project(), run_state(), UI)


def same(left: Loaded, right: Loaded) -> bool:
    """Equal to the last bit, runs included."""
    if (left.project, left.ui, left.run_state is None) != (right.project, right.ui, right.run_state is None):
        return False
    a, b = left.run_state, right.run_state
    if a is None or b is None:
        return True
    blocks = ((a.weights, b.weights), (a.tensors, b.tensors), (a.curves, b.curves))
    return (a.project, a.facts) == (b.project, b.facts) and all(same_arrays(x, y) for x, y in blocks)


def same_arrays(left: Arrays, right: Arrays) -> bool:
    def bits(arrays: Arrays) -> list[Any]:
        return sorted((name, str(x.dtype), x.shape, x.tobytes()) for name, x in arrays.items())

    return bits(left) == bits(right)


def rebuilt(change: Callable[[dict[str, bytes]], None], manifest: bool = True) -> bytes:
    """The full file with changed members; unless told otherwise the manifest is made to fit again."""
    members = unpack(full_file())
    change(members)
    if manifest:
        about = json.loads(members["manifest.json"])
        about["members"] = {
            name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in members.items()
            if name not in ("mimetype", "manifest.json")
        }
        members["manifest.json"] = json.dumps(about).encode()
    return pack(members)


def with_json(name: str, edit: Callable[[Any], None]) -> bytes:
    def change(members: dict[str, bytes]) -> None:
        tree = json.loads(members[name])
        edit(tree)
        members[name] = json.dumps(tree).encode()

    return rebuilt(change)


def with_member(name: str, data: bytes, manifest: bool = True) -> bytes:
    return rebuilt(lambda members: members.__setitem__(name, data), manifest)


def safetensors(header: object, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def foreign_zip(*names: str, method: int = zipfile.ZIP_STORED, content: bytes = b"x" * 100) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name in names:
            archive.writestr(name, MIMETYPE if name == "mimetype" else content)
    return buffer.getvalue()
