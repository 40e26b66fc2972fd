"""Ready data sets, one file per kind, and what is done to rows before they reach a network."""

from engine.datasets.dataset import DataError, Dataset, DatasetEntry
from engine.datasets.prepare import PARTS, Part, Prepared, prepare
from engine.datasets.registry import DATASETS, load
from engine.datasets.targets import target_issue, targets_for

__all__ = [
    "DATASETS",
    "PARTS",
    "DataError",
    "Dataset",
    "DatasetEntry",
    "Part",
    "Prepared",
    "load",
    "prepare",
    "target_issue",
    "targets_for",
]
