"""Files that are not what they say: each is refused with file, place and remedy. Grows with every bug."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.archive import MAX_JSON, pack, unpack
from engine.errors import ProjectError
from engine.project_file import MIMETYPE, load, parse
from tests.engine.project_files import foreign_zip, full_file, rebuilt, safetensors, with_json, with_member


def bomb() -> bytes:
    members = unpack(full_file())
    members["ui.json"] = b" " * 3_000_000
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, data, method)
    return buffer.getvalue()


def twice() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        for name, data in unpack(full_file()).items():
            archive.writestr(name, data)
        archive.writestr("ui.json", b"{}")
    return buffer.getvalue()


def encrypted() -> bytes:
    data = bytearray(full_file())
    second = data.index(b"PK\x03\x04", 10)
    data[second + 6] |= 1
    central = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[central + 8] |= 1
    return bytes(data)


def set_lr(value: object) -> bytes:
    return with_json("project.json", lambda tree: tree["train"]["optimizer"]["values"].__setitem__("lr", value))


def raw_project(old: bytes, new: bytes) -> bytes:
    def change(members: dict[str, bytes]) -> None:
        assert old in members["project.json"]
        members["project.json"] = members["project.json"].replace(old, new)

    return rebuilt(change)


def set_format(major: object, minor: object = 0) -> bytes:
    return with_json("manifest.json", lambda tree: tree.__setitem__("format", {"major": major, "minor": minor}))


WEIGHTS = "runs/0/weights.safetensors"
F32 = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}

# Each row: name, the file's bytes, words that the sentence must hold. Grows with every bug.
HOSTILE: list[Any] = [
    pytest.param(make, words, id=name)
    for name, make, words in [
        ("empty", lambda: b"", ["empty", "backup"]),
        ("one byte", lambda: b"P", ["damaged", "end is missing"]),
        ("png", lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 500, ["PNG picture", ".chainrule"]),
        ("text", lambda: b"hello", ["not a project", ".chainrule"]),
        ("json", lambda: b"{}", ["not a project"]),
        ("pickle", lambda: pickle.dumps({"a": 1}), ["program code", "not opened"]),
        ("old pickle", lambda: pickle.dumps({"a": 1}, protocol=2), ["program code"]),
        ("torch file", lambda: foreign_zip("archive/data.pkl", "archive/version"), ["program code"]),
        ("other zip", lambda: foreign_zip("readme.txt"), ["another kind of ZIP"]),
        ("only a mimetype", lambda: pack({"mimetype": MIMETYPE}), ["manifest.json", "missing"]),
        ("empty zip", foreign_zip, ["not a project"]),
        ("something in front", lambda: b"#!/bin/sh\n" + full_file(), ["not a project"]),
        ("something behind", lambda: full_file() + b"\0", ["damaged"]),
        ("newer", lambda: set_format(2), ["newer version of Chainrule (format 2.0", "Update"]),
        ("much newer", lambda: set_format(10**9, 7), ["format 1000000000.7"]),
        ("no version", lambda: set_format(None), ["version"]),
        ("version as text", lambda: set_format("1"), ["version"]),
        ("version true", lambda: set_format(True), ["version"]),
        ("version 0", lambda: set_format(0), ["version"]),
        ("negative minor", lambda: set_format(1, -1), ["version"]),
        ("manifest is a list", lambda: with_member("manifest.json", b"[]", False), ["version"]),
        (
            "unknown layer",
            lambda: raw_project(b'"linear"', b'"mamba"'),
            ["no layer “mamba”", "nodes[1].kind", "Update"],
        ),
        ("lr is NaN", lambda: set_lr(float("nan")), ["project.json train.optimizer.values.lr", "Learning rate", "nan"]),
        ("lr is infinite", lambda: set_lr(float("inf")), ["Learning rate", "inf"]),
        ("lr is 1e400", lambda: raw_project(b'"lr": 0.001', b'"lr": 1e400'), ["Learning rate", "inf"]),
        ("lr is negative", lambda: set_lr(-1), ["Learning rate must be a number above 0", "-1"]),
        ("lr is text", lambda: set_lr("0.1"), ["Learning rate"]),
        ("giant integer", lambda: raw_project(b'"lr": 0.001', b'"lr": ' + b"9" * 5000), ["4300"]),
        ("huge layer", lambda: raw_project(b'"out_features": 2', b'"out_features": 10000000000'), ["out_features"]),
        ("NaN in ui of another", lambda: with_member("project.json", b"NaN"), ["project.json"]),
        ("project is a list", lambda: with_member("project.json", b"[]"), ["group of named values"]),
        ("project is empty", lambda: with_member("project.json", b""), ["not JSON", "line 1"]),
        ("not utf-8", lambda: with_member("project.json", b"\xff{}"), ["UTF-8"]),
        ("utf-16", lambda: with_member("project.json", "{}".encode("utf-16")), ["UTF-8"]),
        ("deep", lambda: with_member("project.json", b"[" * 100_000 + b"]" * 100_000), ["nested too deeply"]),
        ("name twice", lambda: raw_project(b'"lr": 0.001', b'"lr": 0.001, "lr": 5'), ["'lr'", "twice"]),
        ("too large a text", lambda: with_member("project.json", b" " * (MAX_JSON + 1)), ["8 MiB"]),
        ("html name", lambda: raw_project(b'"linear_1"', b'"<img src=file:///etc/passwd>"'), ["cannot be a name"]),
        ("format string", lambda: raw_project(b'"linear_1"', b'"{0.__class__}"'), ["cannot be a name"]),
        ("lone surrogate", lambda: with_json("project.json", lambda t: t.__setitem__("name", "\ud800")), ["signs"]),
        ("import path", lambda: raw_project(b'"linear"', b'"os.system"'), ["no layer"]),
        ("project missing", lambda: rebuilt(lambda m: m.__delitem__("project.json")), ["project.json", "missing"]),
        ("wrong mimetype", lambda: with_member("mimetype", MIMETYPE[:-1] + b"x"), ["not a project"]),
        ("part not listed", lambda: rebuilt(lambda m: m.__setitem__("x.json", b"{}"), False), ["list of parts"]),
        ("part too many", lambda: with_member("evil.json", b"{}"), ["evil.json", "No part"]),
        ("part changed", lambda: with_member("project.json", b"{}", False), ["project.json", "checksum"]),
        ("extra in manifest", lambda: with_json("manifest.json", lambda t: t.__setitem__("x", 1)), ["not known"]),
        ("deflated", bomb, ["compressed"]),
        ("member twice", twice, ["ui.json", "twice"]),
        ("encrypted", encrypted, ["encrypted"]),
        (
            "too many members",
            lambda: with_member("a0.x", b"") and pack({f"n{i}.x": b"" for i in range(300)}),
            ["not a"],
        ),
        (
            "300 members",
            lambda: pack({"mimetype": MIMETYPE, **{f"n{i}.x": b"" for i in range(300)}}),
            ["301 parts; 256"],
        ),
        ("weights cut", lambda: with_member(WEIGHTS, b"\x01"), ["weights", "cut off"]),
        ("weights header huge", lambda: with_member(WEIGHTS, struct.pack("<Q", 2**63) + b"{}"), ["weights", "1 MiB"]),
        (
            "weights header over 1 MiB",
            lambda: with_member(WEIGHTS, safetensors(b"{" + b" " * 2**20 + b"}")),
            ["weights", "1 MiB"],
        ),
        (
            "too many tensors",
            lambda: with_member(WEIGHTS, safetensors({f"{i}": 0 for i in range(10_001)})),
            ["10,000"],
        ),
        ("weights not a group", lambda: with_member(WEIGHTS, safetensors([])), ["tensors"]),
        ("tensor not a group", lambda: with_member(WEIGHTS, safetensors({"a": 1})), ["'a'", "described"]),
        (
            "tensor of unknown type",
            lambda: with_member(WEIGHTS, safetensors({"a": {**F32, "dtype": "Q8"}}, b"1234")),
            ["described"],
        ),
        (
            "tensor with lying shape",
            lambda: with_member(WEIGHTS, safetensors({"a": {**F32, "shape": [2]}}, b"1234")),
            ["shape says"],
        ),
        (
            "tensor with giant shape",
            lambda: with_member(WEIGHTS, safetensors({"a": {**F32, "shape": [0, 2**60]}}, b"1234")),
            ["described"],
        ),
        (
            "tensor behind the end",
            lambda: with_member(WEIGHTS, safetensors({"a": {**F32, "data_offsets": [4, 8]}}, b"1234")),
            ["shape says"],
        ),
        (
            "gap between tensors",
            lambda: with_member(WEIGHTS, safetensors({"a": {**F32, "data_offsets": [4, 8]}}, b"12345678")),
            ["not where"],
        ),
        (
            "tensors overlap",
            lambda: with_member(WEIGHTS, safetensors({"a": F32, "b": F32}, b"1234")),
            ["not where"],
        ),
        ("bytes left over", lambda: with_member(WEIGHTS, safetensors({"a": F32}, b"12345")), ["left over"]),
        (
            "tensor twice",
            lambda: with_member(
                WEIGHTS,
                safetensors(
                    b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
                    b"1",
                ),
            ),
            ["twice"],
        ),
        (
            "state is a list",
            lambda: with_member("runs/0/state.json", b"[]"),
            ["runs/0/state.json", "state of the run"],
        ),
        (
            "state without project",
            lambda: with_json("runs/0/state.json", lambda t: t.__delitem__("project")),
            ["runs/0/state.json"],
        ),
        (
            "state with NaN",
            lambda: with_json("runs/0/state.json", lambda t: t["facts"].__setitem__("lr", float("nan"))),
            ["finite"],
        ),
        ("half a run", lambda: rebuilt(lambda m: m.__delitem__(WEIGHTS)), [WEIGHTS, "missing"]),
    ]
]
NAMES = [
    "../x",
    "/etc/passwd",
    "C:\\x",
    "a\\b",
    "a/../b.json",
    "a\x00b",
    "\u202ejson",
    "A.json",
    "a//b",
    "a b",
    ".",
    "",
]


@pytest.mark.parametrize(("make", "words"), HOSTILE)
def test_hostile_files_are_refused_with_file_place_and_remedy(
    tmp_path: Path, make: Callable[[], bytes], words: list[str]
) -> None:
    path = tmp_path / "some.chainrule"
    path.write_bytes(make())
    with pytest.raises(ProjectError) as caught:
        load(path)
    text = str(caught.value)
    assert str(path) in caught.value.failure.what
    assert caught.value.failure.todo and caught.value.failure.kept
    for word in words:
        assert word in text
    assert len(text) < 900
    assert "Traceback" not in text


@pytest.mark.parametrize("name", NAMES)
def test_no_member_name_can_leave_its_place(name: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for known, data in unpack(full_file()).items():
            archive.writestr(known, data)
        archive.writestr(zipfile.ZipInfo(name), b"{}")
    with pytest.raises(ProjectError, match=r"is called|damaged|No part|list of parts"):
        parse(buffer.getvalue())
