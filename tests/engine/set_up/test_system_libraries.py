"""Missing system libraries: found by loading them, installed with apt-get where that is allowed, otherwise said."""

from pathlib import Path

import pytest

from engine.set_up import system_libraries
from engine.set_up.console import SetUpError

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="only Linux leaves these to the user")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with no library, no font, and only the programs that a test puts into this folder."""
    monkeypatch.setattr(system_libraries, "_loads", lambda _library: False)
    monkeypatch.setattr(system_libraries, "FONT_FOLDERS", (str(tmp_path / "fonts"),))
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "env").symlink_to("/usr/bin/env")
    return tmp_path


def put_program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def test_a_library_that_is_there_loads_and_another_does_not() -> None:
    assert system_libraries._loads("libc.so.6")
    assert not system_libraries._loads("libnobodyhasthis.so.1")


def test_each_purpose_needs_its_own(bare: Path) -> None:
    headless, window, tests = (
        system_libraries.missing_packages(purpose) for purpose in ("headless", "window", "tests")
    )
    assert "libegl1" in headless
    assert "libxcb-cursor0" not in headless
    assert {*headless, "libxcb-cursor0"} <= set(window)
    assert {*window, "xvfb", "xauth"} == set(tests)


def test_fonts_that_are_there_are_not_installed(bare: Path) -> None:
    assert system_libraries.FONTS in system_libraries.missing_packages("headless")
    (bare / "fonts" / "deep").mkdir(parents=True)
    (bare / "fonts" / "deep" / "Some.ttf").touch()
    assert system_libraries.FONTS not in system_libraries.missing_packages("headless")


def test_root_installs_them(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_program(bare, "apt-get", f'echo "run: $*" >> {bare}/asked')
    monkeypatch.setattr("os.geteuid", lambda: 0)
    system_libraries.install_missing("window", bare / "log")
    update, install = (bare / "asked").read_text(encoding="utf-8").splitlines()
    assert update.endswith("update")
    assert install.startswith("run: install -y --no-install-recommends libgl1 ")
    assert "libxcb-cursor0" in install


def test_without_rights_the_line_to_run_is_said(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_program(bare, "apt-get", "exit 1")
    put_program(bare, "sudo", "exit 1")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SetUpError, match=r"sudo apt-get install -y --no-install-recommends libgl1 libegl1 "):
        system_libraries.install_missing("window", bare / "log")


def test_sudo_that_asks_nothing_is_used(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_program(bare, "apt-get", "exit 1")
    put_program(bare, "sudo", f'echo "run: $*" >> {bare}/asked')
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    system_libraries.install_missing("headless", bare / "log")
    assert "run: -n env DEBIAN_FRONTEND=noninteractive apt-get install -y" in (bare / "asked").read_text(
        encoding="utf-8"
    )


def test_a_failing_apt_get_is_said_with_its_log(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_program(bare, "apt-get", "echo no such package; exit 100")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(SetUpError, match="apt-get could not install them"):
        system_libraries.install_missing("headless", bare / "log")
    assert "no such package" in (bare / "log").read_text(encoding="utf-8")


def test_another_linux_is_told_the_names(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SetUpError, match="package manager"):
        system_libraries.install_missing("headless", bare / "log")
    assert "libegl1" in capsys.readouterr().err
