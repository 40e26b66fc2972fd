"""Project files: what was saved comes back, and everything else is refused with a sentence."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import pickle
import random
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import files
from engine.archive import MAX_JSON, pack, parse_json, unpack
from engine.errors import FileProblem, ProjectError
from engine.project_file import MIMETYPE, Loaded, RunState, dump, load, parse, save
from engine.project_json import to_json
from engine.weights_file import Arrays, check_shapes, dump_arrays, parse_arrays
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


def test_roundtrip_with_and_without_a_run(tmp_path: Path) -> None:
    for state in (None, run_state()):
        path = save(tmp_path / "mine", small_project(), state, UI)
        assert path.name == "mine.chainrule"
        assert same(load(path), Loaded(small_project(), UI, state))


def test_equal_projects_give_equal_bytes_that_any_zip_tool_reads() -> None:
    data = full_file()
    assert data == full_file()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[:3] == ["mimetype", "manifest.json", "project.json"]
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert json.loads(archive.read("manifest.json"))["format"] == {"major": 1, "minor": 0}


def test_a_file_written_again_by_another_tool_still_opens() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in unpack(full_file()).items():
            archive.writestr(name, data)
    assert same(parse(buffer.getvalue()), parse(full_file()))


def test_importing_loads_neither_torch_nor_qt() -> None:
    code = "import engine.project_file, engine.exporters, sys; print(sorted({'torch', 'PySide6'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


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
        ("unknown layer", lambda: raw_project(b'"linear"', b'"lstm"'), ["no layer “lstm”", "nodes[1].kind", "Update"]),
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


def test_a_bad_layout_of_the_window_is_ignored() -> None:
    assert parse(with_member("ui.json", b'{"zoom": NaN}')).ui == {}
    assert parse(with_member("ui.json", b"[1]")).ui == {}
    assert parse(rebuilt(lambda members: members.__delitem__("ui.json"))).ui == {}


def test_a_slightly_newer_file_opens_with_a_notice() -> None:
    def newer(members: dict[str, bytes]) -> None:
        manifest, tree = json.loads(members["manifest.json"]), json.loads(members["project.json"])
        manifest["format"]["minor"], tree["mood"] = 3, "good"
        members["manifest.json"], members["project.json"] = json.dumps(manifest).encode(), json.dumps(tree).encode()
        members["future.json"] = b"{}"

    loaded = parse(rebuilt(newer))
    assert loaded.project == small_project()
    assert "slightly newer" in loaded.notice


def test_missing_file_folder_and_forbidden_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProjectError, match=r"no file .*nowhere\.chainrule.*Check the name"):
        load(tmp_path / "nowhere.chainrule")
    with pytest.raises(ProjectError, match="it is a folder"):
        load(tmp_path)
    path = save(tmp_path / "mine", small_project())

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ProjectError, match="may not be read"):
        load(path)


def test_cut_at_every_fiftieth_of_its_length() -> None:
    data = full_file()
    for part in range(50):
        with pytest.raises(ProjectError) as caught:
            parse(data[: len(data) * part // 50])
        assert caught.value.todo


@pytest.mark.parametrize("seed", range(4))
def test_mutations_are_refused_or_change_nothing(seed: int) -> None:
    original, data = parse(full_file()), full_file()
    draw = random.Random(seed)
    refused = 0
    for _ in range(500):
        mutated = bytearray(data)
        for _ in range(draw.choice((1, 1, 2, 8))):
            place = draw.randrange(len(mutated))
            action = draw.randrange(4)
            if action == 0:
                mutated[place] ^= 1 << draw.randrange(8)
            elif action == 1:
                mutated[place] = draw.randrange(256)
            elif action == 2:
                del mutated[place : place + draw.randrange(1, 20)]
            else:
                mutated[place:place] = draw.randbytes(draw.randrange(1, 20))
        try:
            found = parse(bytes(mutated))
        except ProjectError:
            refused += 1
        else:
            assert same(found, original)
    assert refused > 400


@pytest.mark.parametrize("seed", range(2))
def test_mutated_tensor_lists_never_crash(seed: int) -> None:
    data = dump_arrays(run_state().weights)
    draw = random.Random(seed)
    for _ in range(500):
        mutated = bytearray(data)
        mutated[draw.randrange(len(data) - 24)] = draw.randrange(256)
        try:
            arrays = parse_arrays(bytes(mutated), "w")
        except ProjectError:
            continue
        assert sum(array.nbytes for array in arrays.values()) < len(data)


def test_arrays_of_every_type_come_back() -> None:
    arrays: Arrays = {
        name: np.arange(6).reshape(2, 3).astype(name)
        for name in ("float64", "float32", "float16", "int64", "int32", "uint8", "bool")
    }
    arrays["scalar"] = np.float32(2.5).reshape(())
    arrays["none"] = np.zeros((0, 4), np.float32)
    arrays["turned"] = np.arange(6, dtype=np.float32).reshape(2, 3).T
    assert same_arrays(parse_arrays(dump_arrays(arrays), "w"), arrays)


def test_shapes_are_compared_before_use() -> None:
    expected = {"linear_1.weight": ((2, 2), "float32"), "linear_1.bias": ((2,), "float32")}
    check_shapes(run_state().weights, expected, "w")
    with pytest.raises(ProjectError, match=r"'linear_1.bias' is missing"):
        check_shapes({"linear_1.weight": run_state().weights["linear_1.weight"]}, expected, "w")
    with pytest.raises(ProjectError, match=r"has no tensor 'other'"):
        check_shapes({**run_state().weights, "other": np.zeros(1)}, expected, "w")
    for wrong in (np.zeros(3, np.float32), np.zeros(2, np.float64)):
        with pytest.raises(ProjectError, match="the network needs float32"):
            check_shapes({**run_state().weights, "linear_1.bias": wrong}, expected, "w")


def test_json_places_of_numbers_that_are_not_finite() -> None:
    with pytest.raises(ProjectError) as caught:
        parse_json(b'{"a": [1, {"b": -Infinity}]}', "state.json")
    assert caught.value.place == "state.json a 1 b"


def test_a_failed_save_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "mine", small_project())
    before = path.read_bytes()

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "write", full)
    with pytest.raises(FileProblem, match="the disk is full"):
        save(path, small_project(), run_state())
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.chainrule"]


def test_the_json_of_a_project_names_no_code() -> None:
    text = json.dumps(to_json(small_project()))
    assert "torch" not in text and "engine" not in text
