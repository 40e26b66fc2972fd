"""Thousands of texts, sensible and senseless: a LabView each time, never an exception, never without end."""

from __future__ import annotations

import logging
import random

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.inspection import LabView
from engine.lab import limits
from engine.lab.words import ATTRIBUTES, FUNCTIONS, METHODS
from tests.engine.tensors.lab.asking import run

START = """x = tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x**2
A = randn(2, 3, requires_grad=True)
B = randn(3, 2)
z = tensor(2.0, requires_grad=True)
w = ones(3)
i = 1
opt = SGD([x, A], lr=0.1)
"""
NAMES = ("x", "y", "z", "w", "A", "B", "i", "opt")
VALUES = (
    "1", "2.0", "0", "-3", "1e30", "None", "True", "pi", "float64", "[1, 2]", "(2, 3)", "tensor(2.0, requires_grad=True)",
    "tensor([1.0, 2.0])", "tensor([0, 1])", "randn(2, 3)", "zeros(0)", "inf", "nan", "10**30", "[[1], [2, 3]]",
)  # fmt: skip
SIGNS = ("+", "-", "*", "/", "**", "@", "<", "==", "!=")
PLACES = ("0", "1:", "...", "None", "-1", ":, 0", "x > 0", "0, 1", "::2", "[0, 1]", "x", "1.5", "::-1", "9")


class Writer:
    """Writes random texts out of the language's own words."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)

    def text(self) -> str:
        return START + "".join(self.statement(0) for _ in range(self.pick.randint(1, 6)))

    def statement(self, deep: int) -> str:
        pad, kind = "    " * deep, self.pick.randint(0, 9)
        name = self.pick.choice(NAMES)
        if kind < 4 or (kind > 7 and deep > 1):
            return f"{pad}{name} = {self.expression(2)}\n"
        if kind == 4:
            return f"{pad}{name} {self.pick.choice('+-*/@')}= {self.expression(2)}\n"
        if kind == 5:
            return f"{pad}{name}[{self.pick.choice(PLACES)}] = {self.expression(1)}\n"
        if kind == 6:
            return f"{pad}{name}{self.pick.choice(['.sum()', ''])}.backward({self.pick.choice(['', 'retain_graph=True'])})\n"
        if kind == 7:
            return f"{pad}print({self.expression(2)}, {self.expression(1)})\n"
        head = "with no_grad():" if kind == 8 else f"for i in range({self.pick.choice(['3', 'x', '5', '2, 4'])}):"
        return f"{pad}{head}\n{self.statement(deep + 1)}"

    def expression(self, depth: int) -> str:
        kind = self.pick.randint(0, 9)
        if depth <= 0 or kind < 3:
            return self.pick.choice((*NAMES, *VALUES))
        if kind < 5:
            return f"{self.expression(depth - 1)} {self.pick.choice(SIGNS)} {self.expression(depth - 1)}"
        if kind < 7:
            word = self.pick.choice(tuple(FUNCTIONS.values()))
            return f"{word.name}({self.arguments(len(word.required), len(word.optional), depth)})"
        if kind == 7:
            return f"{self.pick.choice(NAMES)}[{self.pick.choice(PLACES)}]"
        if kind == 8:
            return f"({self.expression(depth - 1)}).{self.pick.choice(tuple(ATTRIBUTES))}"
        word = self.pick.choice(tuple(METHODS.values()))
        return f"({self.expression(depth - 1)}).{word.name}({self.arguments(len(word.required), len(word.optional), depth)})"

    def arguments(self, required: int, optional: int, depth: int) -> str:
        count = required + self.pick.choice([0, 0, self.pick.randint(0, optional)])
        return ", ".join(self.expression(depth - 1) for _ in range(count))


def sound(view: LabView, text: str) -> None:
    """What holds for every answer, whatever the text."""
    assert isinstance(view, LabView) and view.source == text
    lines = text.count("\n") + text.count("\r") + 1
    assert all(1 <= error.line <= max(lines, limits.LINES + 1) and len(error.text) > 10 for error in view.errors)
    assert view.tape is not None and [event.index for event in view.tape.events] == list(range(len(view.tape.events)))
    assert all(not each.value.values.flags.writeable for each in view.tensors)
    assert not any("Traceback" in error.text + error.why for error in view.errors)


def test_texts_of_the_languages_own_words(caplog: pytest.LogCaptureFixture) -> None:
    """A thousand of them: whatever is combined with whatever, torch's refusals are cards, and no formula of ours fails."""
    caplog.set_level(logging.WARNING, logger="chainrule.lab")
    state = torch.get_rng_state()
    clean = 0
    for seed in range(1_000):
        text = Writer(seed).text()
        view = run(text)
        sound(view, text)
        clean += not view.errors
        assert not caplog.records, (text, caplog.text)
    assert clean > 40, "the texts should not all be nonsense"
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.is_grad_enabled()


PIECES = st.sampled_from(
    ["x", "=", "(", ")", "[", "]", ",", ".", ":", "\n", " ", "    ", "+", "**", "@", "1", "2.5", "'", '"', "#", "\\", "for", "in",
     "range", "with", "no_grad", "lambda", "import", "__class__", "relu", "tensor", "backward", "grad", "print", "if", "f'{", "}",
     "\r", "\t", "\x00", "é", "ｘ", "\u200b", "\ud800", "0x", "1e999", "_", ";", "->", ":=", "*", "%", "...", "~"]
)  # fmt: skip


@settings(max_examples=1_000, deadline=None, derandomize=True)
@given(st.lists(PIECES, max_size=60))
@example(["'" * 3, "\n"])
@example(["x", "=", "(" * 200])
def test_torn_texts(pieces: list[str]) -> None:
    text = "".join(pieces)
    sound(run(text), text)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.text(max_size=200))
def test_any_characters(text: str) -> None:
    sound(run(text), text)


def test_the_same_text_gives_the_same_answer() -> None:
    text = Writer(3).text() + "r = randn(3)\nprint(r)\n"
    one, other = run(text), run(text)
    assert one.printed == other.printed and one.errors == other.errors
    assert (
        [event.name for event in one.tape.events] == [event.name for event in other.tape.events]
        if one.tape and other.tape
        else False
    )
