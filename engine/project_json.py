"""A project as plain JSON values and back, strictly: what is read is checked against the same fields that make the forms.

Nothing in the JSON can name code: kinds are looked up in the catalogs, everything else is numbers, truth values and short texts.
"""

from __future__ import annotations

from typing import Any

from engine.blocks import MAX_NAME
from engine.catalog.training import NORMALIZATION_FIELD, RANGE_FIELDS, SPLIT_FIELDS, TRAIN_FIELDS, TRAIN_PARTS
from engine.datasets.registry import DATASETS
from engine.errors import ProjectError
from engine.json_reader import Json, JsonObject, choice_to_json, plain_text, read_choice
from engine.network_json import MAX_NODES, network_to_json, read_network
from engine.spec import DataSpec, ProjectSpec, SplitSpec, TrainSpec

__all__ = ["MAX_NODES", "from_json", "to_json"]

_ALWAYS = ("loss", "optimizer")
"""What every project file says; the other parts came later."""


def to_json(project: ProjectSpec) -> Json:
    """The project as dicts, lists, numbers, texts, truth values and None."""
    train, data = project.train, project.data
    return {
        "name": project.name,
        "network": network_to_json(project.network),
        "data": {
            **choice_to_json(data.source),
            "split": {field.name: getattr(data.split, field.name) for field in SPLIT_FIELDS},
            "normalization": data.normalization,
            "range": {field.name: getattr(data, field.name) for field in RANGE_FIELDS},
        },
        "train": {
            **{part: choice_to_json(getattr(train, part)) for part in TRAIN_PARTS},
            **{field.name: getattr(train, field.name) for field in TRAIN_FIELDS},
        },
    }


def from_json(value: object, lenient: bool = False) -> ProjectSpec:
    """The project that `to_json` wrote. What is missing has its default; with `lenient`, unknown keys are left out.

    Raises:
        engine.errors.ProjectError: with the place ("network.nodes[3].values.out_features") and a sentence.
    """
    whole = JsonObject(value, "", lenient)
    whole.only("name", "network", "data", "train")
    return ProjectSpec(
        name=_project_name(whole.get("name")),
        network=read_network(whole.object("network")),
        data=_data(whole.object("data")),
        train=_train(whole.object("train")),
    )


def _project_name(value: object) -> str:
    name = plain_text(value, "name", MAX_NAME)
    if not name.strip():
        raise ProjectError("name", "The project has no name.")
    return name


def _data(group: JsonObject) -> DataSpec:
    group.only("kind", "values", "split", "normalization", "range")
    split = group.object("split", {})
    split.only(*(field.name for field in SPLIT_FIELDS))
    normalization: Any = group.field(NORMALIZATION_FIELD)
    values: Any = split.fields(SPLIT_FIELDS)
    limits = group.object("range", {})
    limits.only(*(field.name for field in RANGE_FIELDS))
    bounds: Any = limits.fields(RANGE_FIELDS)
    return DataSpec(read_choice(group, DATASETS), SplitSpec(**values), normalization, **bounds)


def _train(group: JsonObject) -> TrainSpec:
    group.only(*TRAIN_PARTS, *(field.name for field in TRAIN_FIELDS))
    choices: Any = {}
    for name, catalog in TRAIN_PARTS.items():
        if name in group.value or name in _ALWAYS:
            part = group.object(name)
            part.only("kind", "values")
            choices[name] = read_choice(part, catalog)
    values: Any = group.fields(TRAIN_FIELDS)
    return TrainSpec(**choices, **values)
