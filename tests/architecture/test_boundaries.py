"""What is really loaded when a part of Chainrule is imported, seen in a fresh interpreter.

import-linter reads the sources (see test_tools.py); it was seen to miss names that are passed on, so these tests look at facts.
"""

import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT, sources

TORCH_SIDE = ("engine.tensors",)
"""The only rooms of the engine whose import may load torch."""
STARTERS = ("gui.__main__",)
"""Importing these does nothing that the parts do not do."""


def loaded_after(modules: list[str], watched: tuple[str, ...]) -> dict[str, str]:
    """Of `watched`, the packages loaded once `modules` were imported one after the other → the module that did it."""
    script = f"""
import importlib, sys
seen = {{}}
for module in {modules!r}:
    importlib.import_module(module)
    for watched in {watched!r}:
        if watched in sys.modules:
            seen.setdefault(watched, module)
print(repr(seen))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = eval(done.stdout)
    return found


def modules_of(package: str) -> list[str]:
    return [source.module for source in sources(package) if source.module not in STARTERS]


def test_the_document_half_loads_neither_torch_nor_qt() -> None:
    modules = [module for module in modules_of("engine") if not module.startswith(TORCH_SIDE)]
    assert len(modules) > 20
    assert loaded_after(modules, ("torch", "torchviz", "PySide6", "shiboken6", "pyqtgraph", "gui")) == {}


def test_the_torch_half_loads_no_qt() -> None:
    modules = modules_of("engine")
    assert loaded_after(modules, ("PySide6", "shiboken6", "pyqtgraph", "gui")) == {}


def test_the_window_loads_no_torch() -> None:
    assert loaded_after(modules_of("gui"), ("torch", "torchviz", "safetensors.torch")) == {}


def test_set_up_loads_the_standard_library_only() -> None:
    """It runs before anything is installed."""
    script = (
        "import sys; from engine import set_up; "
        "print([name for name in sys.modules if name.partition('.')[0] not in {*sys.stdlib_module_names, 'engine', '__main__'}])"
    )
    done = subprocess.run([sys.executable, "-S", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


@pytest.mark.parametrize("watched", ["torch", "PySide6"])
def test_the_fact_test_can_fail(watched: str) -> None:
    assert loaded_after([watched], (watched,)) == {watched: watched}
