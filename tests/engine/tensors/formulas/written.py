"""Read a formula as it stands on the screen and work it out again, so that its text is held to its number."""

from __future__ import annotations

import math
import re

from engine.tensors.formulas.moment import Worked

_NAMES = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
    "sigma": lambda x: 1 / (1 + math.exp(-x)),
    "Phi": lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2))),
    "phi": lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    "max": lambda *values: max(values),
    "min": lambda *values: min(values),
    "sin": math.sin,
    "cos": math.cos,
    "erf": math.erf,
    "abs": abs,
}
_SIGNS = {"·": "*", "×": "*", "−": "-", "²": "**2", "^": "**", "√": "sqrt", "σ": "sigma", "Φ": "Phi", "φ": "phi"}


def evaluated(text: str) -> float:
    """The value of a formula's text."""
    source = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    for sign, python in _SIGNS.items():
        source = source.replace(sign, python)
    # -x**2 is -(x**2) in Python; our texts always write (−x)² in that case, so nothing is to be done about it.
    return float(eval(source, {"__builtins__": {}}, _NAMES))


def check(worked: Worked, tolerance: float = 2e-6) -> None:
    """The expression gives torch's number within float32, and its text gives the expression's value within its digits."""
    term = worked.term
    assert worked.holds, worked.line
    assert abs(term.value - worked.recorded) <= tolerance * max(term.size, abs(worked.recorded)) + 1e-12, worked.line
    if not term.cut:
        # Every number in the text is rounded to six digits.
        assert abs(evaluated(term.text) - term.value) <= 2e-5 * max(term.size, abs(term.value)) + 1e-12, worked.line
