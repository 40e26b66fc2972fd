"""Setting up a checkout: when it is due, and that a broken or interrupted one is repaired."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from engine import set_up
from engine.set_up.console import SetUpError
from tests.architecture.sources import ROOT


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout somewhere else, which the module takes for its own."""
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    for name, path in {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "STAMP": tmp_path / ".venv" / "stamp.json",
        "LOG": tmp_path / "log",
        "LOCK": tmp_path / "lock",
    }.items():
        monkeypatch.setattr(set_up, name, path)
    return tmp_path


def pretend_set_up(purposes: list[str]) -> None:
    set_up.venv_python().parent.mkdir(parents=True)
    set_up.venv_python().touch()
    set_up.STAMP.write_text(json.dumps({"wanted": set_up.wanted(), "ready": purposes}), encoding="utf-8")


def test_a_fresh_checkout_is_due(checkout: Path) -> None:
    assert not set_up._is_current("window")


def test_nothing_is_due_after_set_up_but_the_other_purpose(checkout: Path) -> None:
    pretend_set_up(["window"])
    assert set_up._is_current("window")
    assert not set_up._is_current("tests")


def test_what_is_ready_for_the_tests_is_ready_for_everything(checkout: Path) -> None:
    pretend_set_up(["tests"])
    assert set_up._is_current("window")
    assert set_up._is_current("headless")


@pytest.mark.parametrize("damage", ["pyproject", "stamp cut", "stamp of another kind", "no python"])
def test_a_change_or_damage_makes_it_due(checkout: Path, damage: str) -> None:
    pretend_set_up(["window"])
    if damage == "pyproject":
        (checkout / "pyproject.toml").write_text("[project]\n# more", encoding="utf-8")
    elif damage == "stamp cut":
        set_up.STAMP.write_text('{"wanted": "ab', encoding="utf-8")
    elif damage == "stamp of another kind":
        set_up.STAMP.write_text("[]", encoding="utf-8")
    else:
        set_up.venv_python().unlink()
    assert not set_up._is_current("window")


def test_a_moved_checkout_is_due(checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pretend_set_up(["window"])
    moved = tmp_path / "moved"
    moved.mkdir()
    (moved / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    monkeypatch.setattr(set_up, "ROOT", moved)
    assert not set_up._is_current("window")


@pytest.fixture
def pip_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Set-up without a network: what pip would be asked for is written down."""
    calls: list[str] = []
    monkeypatch.setattr(set_up.packages, "install", lambda _python, _root, purpose, _log: calls.append(purpose))
    monkeypatch.setattr(set_up.system_libraries, "install_missing", lambda _purpose, _log: None)
    monkeypatch.setattr(set_up, "CHECK", "import sys")
    return calls


def test_a_broken_environment_is_replaced_by_one_with_pip_and_stamped(checkout: Path, pip_calls: list[str]) -> None:
    set_up.venv_python().parent.mkdir(parents=True)
    set_up.venv_python().write_text("half a python", encoding="utf-8")
    set_up._set_up("window")
    assert pip_calls == ["window"]
    assert (
        subprocess.run([set_up.venv_python(), "-m", "pip", "--version"], check=False, capture_output=True).returncode
        == 0
    )
    assert set_up._stamped() == ["window"]
    set_up._set_up("window")
    assert pip_calls == ["window"], "a second set-up does nothing"


@pytest.fixture
def quick_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Environments without pip, which are made at once."""
    monkeypatch.setattr(set_up, "_make_venv", lambda _python: venv.create(set_up.VENV, symlinks=os.name != "nt"))


@pytest.mark.usefixtures("quick_environment")
def test_an_interrupted_installation_is_repaired_by_the_next_start(
    checkout: Path, pip_calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(set_up.packages, "install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            set_up._set_up("window")
    assert not set_up._is_current("window")
    set_up._set_up("window")
    assert set_up._is_current("window")


@pytest.mark.usefixtures("quick_environment")
def test_packages_that_do_not_start_are_said_and_leave_no_stamp(
    checkout: Path, pip_calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_up, "CHECK", "import a_module_that_nobody_has")
    with pytest.raises(SetUpError, match="do not start"):
        set_up._set_up("window")
    assert "a_module_that_nobody_has" in set_up.LOG.read_text(encoding="utf-8")
    assert not set_up._is_current("window")


def test_a_python_too_old_is_told_which_ones_fit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetUpError, match=r"needs Python 3\.11 to 3\.14, and this is 3\.9"):
        set_up._suitable_python()


def test_a_fitting_python_on_the_path_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    newer = tmp_path / "python3.12"
    newer.write_text("#!/bin/sh\n", encoding="utf-8")
    newer.chmod(0o755)
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert set_up._suitable_python() == str(newer)


def test_a_foreign_engine_in_the_current_folder_is_said_and_not_used(tmp_path: Path) -> None:
    (tmp_path / "engine.py").write_text("raise SystemExit('the wrong engine ran')", encoding="utf-8")
    script = (
        f"import runpy, sys; sys.path.insert(1, {str(ROOT)!r}); runpy.run_module('gui.__main__', run_name='imported')"
    )
    told = "from engine import set_up; set_up._tell_of_a_foreign_engine(); print(set_up.__file__)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", f"{script}; {told}"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "engine.py") in done.stderr
    assert Path(done.stdout.strip()) == ROOT / "engine" / "set_up" / "__init__.py"


def test_both_commands_start_at_once_when_all_is_there() -> None:
    """In this very checkout, with the bare Python that made its `.venv`: one hash, one file, and the `.venv` takes over."""
    if set_up._stamped() == []:
        pytest.skip("this checkout was not set up by its own command, so there is no stamp to trust")
    done = subprocess.run(
        [Path(sys.base_prefix, "bin/python3") if os.name != "nt" else sys.executable, "-m", "tests", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.startswith("chainrule: Setting up")) == (0, False)
    assert done.stdout.startswith("pytest ") or done.stderr.startswith("pytest ")
