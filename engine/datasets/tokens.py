"""Sequences of tokens, as whole numbers, for an Embedding."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry
from engine.datasets.form import SEED, rows
from engine.fields import Field


def make_tokens(n: int, length: int, tokens: int, seed: int) -> tuple[object, object]:
    """Token numbers (n, length); class 1 where token 0 occurs in the sequence, else 0."""
    import numpy as np

    rng = np.random.default_rng(seed)
    rows = rng.integers(1, tokens, (n, length))
    label = np.arange(n) % 2
    rows[label == 1, rng.integers(0, length, n)[label == 1]] = 0
    return rows.astype(np.float32), label.astype(np.int64)


TOKENS = DatasetEntry(
    kind="tokens",
    title="Tokens",
    torch_name="",
    fields=(
        rows(1000),
        Field("length", "Length", "int", 6, "How many tokens a sequence has.", low=2, high=200),
        Field(
            "tokens", "Tokens", "int", 8, "How many different tokens there are: 0, 1, 2 and so on.", low=2, high=1000
        ),
        SEED,
    ),
    help="Does token 0 occur? The tokens are whole numbers: put an Embedding first, and do not normalize.",
    make=make_tokens,
    class_names=("without 0", "with 0"),
)
