"""Calls that were measured to crash, lose files or run foreign code are nowhere in the sources (reliability.md T7)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, sources

MODULES = {
    "pickle": "a file could run code",
    "shelve": "a file could run code",
    "marshal": "a file could run code",
    "dill": "a file could run code",
    "joblib": "a file could run code",
    "QSaveFile": "replaced a good file by a cut one on a full disk: engine.files writes files",
    "BlockingQueuedConnection": "dead-locked 1 of 12 closings",
}
CALLS = {
    "terminate": "a thread can die holding the GIL or the allocator",
    "extractall": "member names can point outside the folder",
    "extract": "member names can point outside the folder",
    "load_file": "the mapped file can be cut by another program: SIGBUS; read bytes, verify, load(bytes)",
    "safe_open": "the mapped file can be cut by another program: SIGBUS; read bytes, verify, load(bytes)",
}
BARE_CALLS = {"eval": "runs foreign code", "exec": "runs foreign code"}
FROZEN_GRADS = {"gui/stepper/": "row", "gui/lab/": "tensor"}
"""Folder → what may be asked for `.grad` there: rows of the ledger (views.LedgerRow) and the lab's tensors
(inspection.LabTensor) hold read-only copies."""
LIVE_TENSOR_CALLS = ("state_dict", "parameters", "named_parameters", "backward", "detach", "numpy", "zero_grad")


def faults(source: Source) -> Iterator[str]:
    """Every forbidden thing in one file, as a line for the reader."""
    for node in ast.walk(source.tree):
        for text in _faults_of(node):
            yield f"{source.path}:{getattr(node, 'lineno', 0)}: {text}"


def _faults_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (_because(alias.name, MODULES) for alias in node.names if alias.name in MODULES)
    elif isinstance(node, ast.ImportFrom):
        yield from (
            _because(name, MODULES) for name in (node.module or "", *(a.name for a in node.names)) if name in MODULES
        )
    elif isinstance(node, ast.Attribute) and node.attr in MODULES:
        yield _because(node.attr, MODULES)
    elif isinstance(node, ast.keyword) and node.arg == "num_workers":
        yield "num_workers: a forked worker hangs after OpenMP ran; the data are in memory already"
    elif isinstance(node, ast.Call):
        yield from _faults_of_call(node)


def _faults_of_call(call: ast.Call) -> Iterator[str]:
    function = call.func
    if isinstance(function, ast.Name) and function.id in BARE_CALLS:
        yield _because(function.id, BARE_CALLS)
    if isinstance(function, ast.Attribute | ast.Name):
        name = function.attr if isinstance(function, ast.Attribute) else function.id
        if name in CALLS:
            yield _because(name, CALLS)
    if ast.unparse(function) == "torch.load" and not _says_weights_only(call):
        yield "torch.load without weights_only=True: an environment variable makes the default run code"


def _says_weights_only(call: ast.Call) -> bool:
    return any(
        word.arg == "weights_only" and isinstance(word.value, ast.Constant) and word.value.value is True
        for word in call.keywords
    )


def _because(name: str, reasons: dict[str, str]) -> str:
    return f"{name}: {reasons[name]}"


def live_tensor_faults(source: Source) -> Iterator[str]:
    """Ways in which the window could read a live tensor: reading `.grad` while the engine trains ends the process."""
    frozen = next((name for folder, name in FROZEN_GRADS.items() if source.path.startswith(folder)), None)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr == "grad":
            asked = ast.unparse(node.value)
            if frozen is None or not asked.endswith(frozen):
                yield f"{source.path}:{node.lineno}: {asked}.grad: only what FROZEN_GRADS names may be asked for its grad"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LIVE_TENSOR_CALLS:
            yield f"{source.path}:{node.lineno}: .{node.func.attr}(): a call on a live tensor or module"


def test_nothing_forbidden_in_engine_and_gui() -> None:
    assert [fault for source in (*sources("engine"), *sources("gui")) for fault in faults(source)] == []


def test_the_window_reads_no_live_tensor() -> None:
    assert [fault for source in sources("gui") for fault in live_tensor_faults(source)] == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import loads",
        "from PySide6.QtCore import QSaveFile",
        "Qt.ConnectionType.BlockingQueuedConnection",
        "thread.terminate()",
        "archive.extractall(folder)",
        "load_file(path)",
        "safetensors.torch.load_file(path)",
        "eval(text)",
        "exec(text)",
        "DataLoader(data, num_workers=2)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
    ],
)
def test_each_rule_can_fail(line: str) -> None:
    assert len(list(faults(Source("made_up.py", line, ast.parse(line))))) >= 1


@pytest.mark.parametrize("line", ["weight.grad", "model.state_dict()", "model.parameters()", "loss.backward()"])
def test_each_rule_about_live_tensors_can_fail(line: str) -> None:
    assert len(list(live_tensor_faults(Source("made_up.py", line, ast.parse(line))))) == 1


def test_what_only_looks_forbidden_is_allowed() -> None:
    text = "model.eval()\ndialog.exec()\ntorch.load(file, weights_only=True)\nrow.grad\nreport.parameters.values()"
    source = Source("gui/stepper/made_up.py", text, ast.parse(text))
    assert [*faults(source), *live_tensor_faults(source)] == []
