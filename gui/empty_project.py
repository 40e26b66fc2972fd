"""The project of someone who wants to build from nothing: data are there, layers are not."""

from __future__ import annotations

from dataclasses import replace

from engine.catalog import LOSSES, OPTIMIZERS
from engine.datasets.registry import DATASETS
from engine.example_parts import blank
from engine.spec import DataSpec, ProjectSpec, TrainSpec


def empty_project() -> ProjectSpec:
    """Two classes of points in a plane, a loss and an optimizer that suit them, and no layer yet."""
    train = TrainSpec(LOSSES["bce_with_logits"].choose(), OPTIMIZERS["adam"].choose({"lr": 0.02}), 32, 60)
    return replace(blank(DataSpec(DATASETS["moons"].choose()), train), name="My network")
