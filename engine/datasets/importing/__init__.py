"""People's own data: files are looked through, then read as they planned, in pieces, and never half.

Here are the values only; `reader` does the work, `shelf` keeps what was read.
"""

from engine.datasets.importing.plan import Plan, Use, first_plan, plan_of
from engine.datasets.importing.values import Column, Dialect, Options, Preview, Refusal, Unreadable

__all__ = [
    "Column",
    "Dialect",
    "Options",
    "Plan",
    "Preview",
    "Refusal",
    "Unreadable",
    "Use",
    "first_plan",
    "plan_of",
]

DATA_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".parquet", ".npy", ".npz", ".gz", ".idx")
"""Endings of the names of files that are data; IDX files often have none at all."""
