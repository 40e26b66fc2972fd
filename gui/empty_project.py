"""The project of someone who wants to build from nothing: data are there, layers are not."""

from __future__ import annotations

from dataclasses import replace

from engine.beginnings import BEGINNINGS, begin_with
from engine.catalog import LOSSES, OPTIMIZERS
from engine.datasets.registry import DATASETS
from engine.example_parts import blank
from engine.spec import DataSpec, ProjectSpec, TrainSpec


def empty_project() -> ProjectSpec:
    """The first of the beginnings, and no layer yet."""
    first = BEGINNINGS[0]
    train = TrainSpec(LOSSES[first.loss].choose(), OPTIMIZERS["adam"].choose())
    return replace(begin_with(blank(DataSpec(DATASETS[first.source].choose()), train), first), name="My network")
