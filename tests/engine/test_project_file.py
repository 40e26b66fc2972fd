"""Project files: what was saved comes back; damage is refused or changes nothing."""

from __future__ import annotations

import dataclasses
import errno
import io
import json
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine import edits, files
from engine.archive import parse_json, unpack
from engine.errors import FileProblem, ProjectError
from engine.project_file import Loaded, load, parse, save
from engine.project_json import to_json
from engine.weights_file import Arrays, check_shapes, dump_arrays, parse_arrays
from tests.engine.project_files import UI, full_file, rebuilt, run_state, same, same_arrays, with_member
from tests.engine.test_project_json import small_project


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


def test_a_project_that_could_not_be_opened_again_is_not_saved(tmp_path: Path) -> None:
    project = small_project()
    path = save(tmp_path / "mine", project)
    before = path.read_bytes()
    for weights in (((float("nan"),),), ((1.0,), (1.0, 2.0))):
        broken = edits.set_weights(project, "linear_1", {"weight": weights})
        with pytest.raises(FileProblem, match=r"not saved.*Undo the last change"):
            save(path, broken)
    with pytest.raises(FileProblem, match="at most 80 characters"):
        save(path, dataclasses.replace(project, name="x" * 81))
    assert path.read_bytes() == before


def test_the_ending_of_a_project_file(tmp_path: Path) -> None:
    for given, written in (("a", "a.chainrule"), ("run 1.2", "run 1.2.chainrule"), ("b.chainrule", "b.chainrule")):
        assert save(tmp_path / given, small_project()) == tmp_path / written


def test_the_json_of_a_project_names_no_code() -> None:
    text = json.dumps(to_json(small_project()))
    assert "torch" not in text and "engine" not in text
