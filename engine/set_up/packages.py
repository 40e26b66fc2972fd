"""The Python packages of the `.venv`: installed by pip, with its progress told in a few lines. Standard library only."""

from __future__ import annotations

import glob
import hashlib
import os
import re
import sys
from pathlib import Path
from urllib.parse import urldefrag, urljoin

from engine.set_up.console import Purpose, SetUpError, run_quietly, say

PUBLIC_INDEX = "https://pypi.org/simple"
"""pip's own default, for the one case in which there is no pip yet. PIP_INDEX_URL replaces it as it does for pip."""
DEBIAN_WHEELS = "/usr/share/python-wheels/pip-*-py3-none-any.whl"
TOLD = re.compile(
    r"^\s*(?:Downloading|Processing|Using cached) (?:\S*/)?([A-Za-z0-9_.]+)-[^/\s]*\.whl(?:[?#]\S*)?(?: \((\S+ [kMG]?B)\))?(?: \(from .*)?\s*$"
)


def install(python: Path, root: Path, purpose: Purpose, log: Path) -> None:
    """Install the checkout, editable, with all that it needs; "tests" needs the extra `test` too.

    Raises:
        SetUpError: when pip ends with an error; its last lines are shown first.
    """
    import subprocess

    what = f"{root}[test]" if purpose == "tests" else str(root)
    say("Installing the Python packages; torch and Qt are large")
    last: list[str] = []
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [str(python), "-m", "pip", "install", "--no-input", "--progress-bar", "off", "--editable", what]
    with (
        log.open("a", encoding="utf-8") as file,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", env=environment
        ) as pip,
    ):
        assert pip.stdout is not None
        for line in pip.stdout:
            file.write(line)
            last = [*last[-7:], line]
            _tell(line)
    if pip.returncode != 0:
        sys.stderr.writelines(f"  pip: {line}" for line in last)
        raise SetUpError(
            "pip could not install the packages; its last words are above. Is there an internet connection, and room on the "
            f"disk? The next start tries again. All that pip said: {log}"
        )


def _tell(line: str) -> None:
    """The lines of pip's output that a person waiting wants to see."""
    if found := TOLD.match(line):
        name, size = found.groups()
        say(f"  {name}{f' ({size})' if size else ''}")
    elif line.startswith("Installing collected packages"):
        say(f"  unpacking {line.count(',') + 1} packages")


def install_pip(python: Path, log: Path) -> None:
    """Put pip into a `.venv` that was made without it: from a wheel of the system, else from the package index.

    Raises:
        SetUpError: when neither works.
    """
    wheels = sorted(glob.glob(DEBIAN_WHEELS))  # noqa: PTH207 - an absolute pattern
    wheel = Path(wheels[-1]) if wheels else _fetched_wheel(python.parent.parent)
    # A wheel is a zip file, and Python runs the package inside a zip file that is named with a slash.
    if not run_quietly([python, f"{wheel}/pip", "install", "--no-index", wheel], log):
        raise SetUpError(f"pip could not be put into the Python environment. The reason is at the end of {log}.")


def _fetched_wheel(folder: Path) -> Path:
    from urllib.request import urlopen

    page = f"{os.environ.get('PIP_INDEX_URL', PUBLIC_INDEX).rstrip('/')}/pip/"
    try:
        with urlopen(page, timeout=60) as answer:
            url, digest = newest_wheel(answer.read().decode("utf-8"), page)
        with urlopen(url, timeout=60) as answer:
            content = answer.read()
    except (OSError, ValueError) as error:
        raise SetUpError(
            f"pip could not be fetched from {page} ({error}). Install pip or python3-venv, then start again."
        ) from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise SetUpError(f"What came from {url} is damaged. Start again.")
    wheel = folder / url.rsplit("/", 1)[-1]
    wheel.write_bytes(content)
    return wheel


def newest_wheel(page: str, address: str) -> tuple[str, str]:
    """Address and sha256 of the newest released pip wheel named on an index page (PEP 503).

    Raises:
        ValueError: when the page names none.
    """
    found: list[tuple[tuple[int, ...], str, str]] = []
    for link in re.findall(r'href="([^"]+)"', page):
        url, fragment = urldefrag(urljoin(address, link))
        name = re.search(r"/pip-(\d+(?:\.\d+)*)-py3-none-any\.whl$", url)
        if name and fragment.startswith("sha256="):
            found.append((tuple(map(int, name[1].split("."))), url, fragment.removeprefix("sha256=")))
    if not found:
        raise ValueError("no pip on that page")
    _, url, digest = max(found)
    return url, digest
