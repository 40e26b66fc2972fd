"""ruff, mypy and import-linter over the whole checkout: one command runs everything that can find a fault."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

TOOLS = {
    "ruff check": ["ruff", "check", "--quiet", "."],
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
    "mypy": ["mypy"],
    "import-linter": ["lint-imports"],
}


@pytest.mark.timeout(300)  # mypy's first run reads the stubs of Qt and torch
@pytest.mark.parametrize("tool", TOOLS)
def test_tool_finds_no_fault(tool: str) -> None:
    name, *arguments = TOOLS[tool]
    command = [str(Path(sys.executable).parent / name), *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
