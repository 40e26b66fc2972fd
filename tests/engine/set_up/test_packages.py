"""pip: its progress in a few lines, its failure in plain words, and how it comes into an environment that has none."""

import hashlib
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from engine.set_up import packages
from engine.set_up.console import SetUpError

PAGE = """
<a href="../../files/pip-9.0.1-py2.py3-none-any.whl#sha256=aa">old</a>
<a href="../../files/pip-24.0-py3-none-any.whl#sha256=bb">24</a>
<a href="../../files/pip-25.1.1-py3-none-any.whl#sha256=cc" data-requires-python="&gt;=3.9">25</a>
<a href="../../files/pip-26.0b1-py3-none-any.whl#sha256=dd">not released</a>
<a href="../../files/pip-25.2-py3-none-any.whl">without a hash</a>
"""


def test_the_newest_released_wheel_with_a_hash_is_taken() -> None:
    assert packages.newest_wheel(PAGE, "https://host/simple/pip/") == (
        "https://host/files/pip-25.1.1-py3-none-any.whl",
        "cc",
    )


def test_a_page_without_pip_is_an_error() -> None:
    with pytest.raises(ValueError, match="no pip"):
        packages.newest_wheel("<html></html>", "https://host/simple/pip/")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("  Downloading torch-2.13.0-cp311-manylinux_2_28_x86_64.whl (183.0 MB)\n", "torch (183.0 MB)"),
        ("  Downloading https://host/a/b/numpy-2.4.6-cp311.whl.metadata (16 kB)\n", ""),
        ("Processing /some/where/torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl\n", "torch"),
        ("Processing /some/where/numpy-2.4.6-cp311.whl (from chainrule==0.1.0)\n", "numpy"),
        ("  Using cached mpmath-1.3.0-py3-none-any.whl (536 kB)\n", "mpmath (536 kB)"),
        ("Installing collected packages: a, b, c\n", "unpacking 3 packages"),
        ("Requirement already satisfied: numpy>=2.0\n", ""),
    ],
)
def test_what_is_told_of_pips_output(line: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    packages._tell(line)
    assert capsys.readouterr().err.removeprefix("chainrule:").strip() == told


def test_a_pip_that_fails_is_quoted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "not_python").write_text(
        "#!/bin/sh\necho 'ERROR: No matching distribution'; exit 1\n", encoding="utf-8"
    )
    (tmp_path / "not_python").chmod(0o755)
    if os.name == "nt":
        pytest.skip("needs a shell script")
    with pytest.raises(SetUpError, match="pip could not install"):
        packages.install(tmp_path / "not_python", tmp_path, "window", tmp_path / "log")
    assert "No matching distribution" in capsys.readouterr().err
    assert "No matching distribution" in (tmp_path / "log").read_text(encoding="utf-8")


@pytest.fixture
def pip_wheel() -> Path:
    """The pip that every Python carries inside itself for its own `venv`."""
    folder = Path(sysconfig.get_path("stdlib"), "ensurepip", "_bundled")
    wheels = [*folder.glob("pip-*.whl"), *map(Path, packages.glob.glob(packages.DEBIAN_WHEELS))]
    if not wheels:
        pytest.skip("this Python carries no pip")
    return wheels[0]


def has_pip(python: Path) -> bool:
    return subprocess.run([python, "-m", "pip", "--version"], check=False, capture_output=True).returncode == 0


def test_pip_comes_from_the_index_when_the_system_has_none(
    tmp_path: Path, pip_wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "simple" / "pip").mkdir(parents=True)
    digest = hashlib.sha256(pip_wheel.read_bytes()).hexdigest()
    page = tmp_path / "simple" / "pip" / "index.html"
    page.write_text(f'<a href="{pip_wheel.as_uri()}#sha256={digest}">pip</a>', encoding="utf-8")
    served = {"page": page, "wheel": pip_wheel}
    monkeypatch.setattr(
        "urllib.request.urlopen", lambda url, timeout: served["wheel" if url.endswith(".whl") else "page"].open("rb")
    )
    monkeypatch.setattr(packages, "DEBIAN_WHEELS", str(tmp_path / "none" / "pip-*.whl"))
    venv.create(tmp_path / "env", with_pip=False, symlinks=os.name != "nt")
    python = tmp_path / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    assert not has_pip(python)
    packages.install_pip(python, tmp_path / "log")
    assert has_pip(python)


def test_a_damaged_download_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page"
    page.write_text('<a href="/pip-25.0-py3-none-any.whl#sha256=00">pip</a>', encoding="utf-8")
    monkeypatch.setattr("urllib.request.urlopen", lambda url, timeout: page.open("rb"))
    monkeypatch.setattr(packages, "DEBIAN_WHEELS", str(tmp_path / "none" / "pip-*.whl"))
    with pytest.raises(SetUpError, match="damaged"):
        packages.install_pip(Path(sys.executable), tmp_path / "log")
