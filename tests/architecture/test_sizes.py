"""A file past 400 lines, or a class past 20 methods, asks to be divided (design.md, rule 13)."""

import ast

from tests.architecture.sources import sources

LINES = 400
METHODS = 20


def test_no_file_is_too_long() -> None:
    every = [source for package in ("engine", "gui", "tests") for source in sources(package)]
    lengths = {source.path: source.text.count("\n") for source in every}
    assert {path: length for path, length in lengths.items() if length > LINES} == {}


def test_no_class_has_too_many_methods() -> None:
    counts = {
        f"{source.path}: {node.name}": sum(
            isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) for item in node.body
        )
        for package in ("engine", "gui")
        for source in sources(package)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
    }
    assert {name: count for name, count in counts.items() if count > METHODS} == {}
