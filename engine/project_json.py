"""A project as plain JSON values and back, strictly: what is read is checked against the same fields that make the forms.

Nothing in the JSON can name code: kinds are looked up in the catalogs, everything else is numbers, truth values and short texts.
"""

from __future__ import annotations

import keyword
import math
from collections.abc import Iterable, Mapping
from typing import Any, cast

from engine.catalog import LAYERS, LOSSES, OPTIMIZERS, Catalog, Entry
from engine.catalog.training import NORMALIZATION_FIELD, SPLIT_FIELDS, TRAIN_FIELDS
from engine.datasets.registry import DATASETS
from engine.edits import ENDS, RESERVED_IDS, topological_order
from engine.errors import ProjectError
from engine.fields import Field, FieldError, Value
from engine.spec import (
    INPUT_ID,
    OUTPUT_ID,
    Choice,
    DataSpec,
    LinkSpec,
    NetworkSpec,
    NodeSpec,
    ProjectSpec,
    SplitSpec,
    TrainSpec,
    Weights,
)

MAX_NODES = 10_000
MAX_LINKS = 40_000
MAX_ID = 40
MAX_NAME = 80
MAX_TEXT = 10_000
MAX_PLACE = 1e7
MAX_AXES = 6

Json = dict[str, Any]


def to_json(project: ProjectSpec) -> Json:
    """The project as dicts, lists, numbers, texts, truth values and None."""
    train, data = project.train, project.data
    return {
        "name": project.name,
        "network": {
            "nodes": [_node_to_json(node) for node in project.network.nodes],
            "links": [{"source": x.source, "target": x.target, "port": x.port} for x in project.network.links],
        },
        "data": {
            **_choice_to_json(data.source),
            "split": {field.name: getattr(data.split, field.name) for field in SPLIT_FIELDS},
            "normalization": data.normalization,
        },
        "train": {
            "loss": _choice_to_json(train.loss),
            "optimizer": _choice_to_json(train.optimizer),
            **{field.name: getattr(train, field.name) for field in TRAIN_FIELDS},
        },
    }


def from_json(value: object, lenient: bool = False) -> ProjectSpec:
    """The project that `to_json` wrote. What is missing has its default; with `lenient`, unknown keys are left out.

    Raises:
        engine.errors.ProjectError: with the place ("network.nodes[3].values.out_features") and a sentence.
    """
    whole = _Object(value, "", lenient)
    whole.only("name", "network", "data", "train")
    return ProjectSpec(
        name=_project_name(whole.get("name")),
        network=_network(whole.object("network")),
        data=_data(whole.object("data")),
        train=_train(whole.object("train")),
    )


class _Object:
    """A JSON object with its place, so that every complaint can say where."""

    def __init__(self, value: object, place: str, lenient: bool) -> None:
        if not isinstance(value, dict):
            raise ProjectError(place, f"A group of named values is expected here, but {_short(value)} was found.")
        self.value: Json = value
        self.place = place
        self.lenient = lenient

    def at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def only(self, *known: str) -> None:
        unknown = [] if self.lenient else sorted(set(self.value) - set(known))
        if unknown:
            text = f"“{_short(unknown[0], quote=False)}” is not known; the known names are: {', '.join(known)}."
            raise ProjectError(self.place, text)

    def get(self, key: str) -> Any:
        if key not in self.value:
            raise ProjectError(self.place, f"“{key}” is missing.")
        return self.value[key]

    def object(self, key: str, default: Json | None = None) -> _Object:
        value = self.value.get(key, default) if default is not None else self.get(key)
        return _Object(value, self.at(key), self.lenient)

    def objects(self, key: str, limit: int) -> list[_Object]:
        value = self.get(key)
        if not isinstance(value, list):
            raise ProjectError(self.at(key), f"A list is expected here, but {_short(value)} was found.")
        if len(value) > limit:
            raise ProjectError(self.at(key), f"There are {len(value):,} entries; {limit:,} are the most.")
        return [_Object(entry, f"{self.at(key)}[{index}]", self.lenient) for index, entry in enumerate(value)]

    def fields(self, fields: Iterable[Field]) -> dict[str, Value]:
        """The checked value of every field that belongs to this object."""
        return {field.name: self.field(field) for field in fields}

    def field(self, field: Field) -> Value:
        if field.name not in self.value:
            return field.default
        value = self.value[field.name]
        try:
            checked = field.check(value)
        except (FieldError, OverflowError) as error:
            text = str(error) if isinstance(error, FieldError) else f"{field.label} must be {field.rule}."
            raise ProjectError(self.at(field.name), text) from error
        if isinstance(checked, str):
            _plain_text(checked, self.at(field.name), MAX_TEXT)
        return checked

    def number(self, key: str, default: float = 0.0) -> float:
        value = self.value.get(key, default)
        if not _is_number(value) or abs(value) > MAX_PLACE:
            raise ProjectError(
                self.at(key), f"A number within ±{MAX_PLACE:g} is expected, but {_short(value)} was found."
            )
        return float(value)


def _choice_to_json(choice: Choice) -> Json:
    return {"kind": choice.kind, "values": {name: _listed(value) for name, value in choice.values}}


def _node_to_json(node: NodeSpec) -> Json:
    weights = {name: _listed(value) for name, value in node.weights}
    return {"id": node.id, **_choice_to_json(node.layer), "x": node.x, "y": node.y, "weights": weights}


def _listed(value: Value) -> Any:
    return [_listed(part) for part in value] if isinstance(value, tuple) else value


def _project_name(value: object) -> str:
    name = _plain_text(value, "name", MAX_NAME)
    if not name.strip():
        raise ProjectError("name", "The project has no name.")
    return name


def _choice(group: _Object, catalog: Catalog[Any]) -> Choice:
    kind = group.get("kind")
    if not isinstance(kind, str) or kind not in catalog:
        todo = "Update Chainrule, or open the file with the version that made it."
        raise ProjectError(group.at("kind"), _unknown(catalog, kind), todo)
    entry: Entry = catalog[kind]
    values = group.object("values", {})
    values.only(*(field.name for field in entry.fields))
    return Choice(kind, tuple(values.fields(entry.fields).items()))


def _unknown(catalog: Catalog[Any], kind: object) -> str:
    return f"There is no {catalog.noun} “{_short(kind, quote=False)}”; the known ones are: {', '.join(catalog.kinds)}."


def _network(group: _Object) -> NetworkSpec:
    group.only("nodes", "links")
    nodes = [_node(entry) for entry in group.objects("nodes", MAX_NODES)]
    places: dict[str, int] = {}
    for index, node in enumerate(nodes):
        if node.id in places:
            text = f"The name “{node.id}” is already taken by nodes[{places[node.id]}]; every layer needs its own."
            raise ProjectError(f"network.nodes[{index}].id", text)
        places[node.id] = index
    for end in ENDS:
        if end not in places:
            raise ProjectError("network.nodes", f"The node “{end}” is missing; a network has exactly one.")
    kinds = {node.id: node.kind for node in nodes}
    links = [_link(entry, kinds) for entry in group.objects("links", MAX_LINKS)]
    _check_ports(links)
    network = NetworkSpec(tuple(nodes), tuple(links))
    if len(topological_order(network)) != len(nodes):
        raise ProjectError("network.links", "The arrows close a cycle; a network runs in one direction only.")
    return network


def _node(group: _Object) -> NodeSpec:
    group.only("id", "kind", "values", "x", "y", "weights")
    node_id, layer = _identifier(group, "id"), _choice(group, LAYERS)
    if (node_id in ENDS or layer.kind in ENDS) and node_id != layer.kind:
        text = f"“{node_id}” cannot be a layer of the kind {layer.kind}: the two ends of a network are fixed."
        raise ProjectError(group.at("id"), text)
    if node_id in RESERVED_IDS:
        raise ProjectError(group.at("id"), f"“{node_id}” cannot be the name of a layer: the code needs it itself.")
    return NodeSpec(node_id, layer, group.number("x"), group.number("y"), _weights(group.object("weights", {})))


def _identifier(group: _Object, key: str) -> str:
    value = group.get(key)
    sound = isinstance(value, str) and value.isascii() and value.isidentifier() and len(value) <= MAX_ID
    if not sound or keyword.iskeyword(value):
        text = (
            f"{_short(value)} cannot be a name: use at most {MAX_ID} letters, digits and _, not starting with a digit."
        )
        raise ProjectError(group.at(key), text)
    return cast(str, value)


def _weights(group: _Object) -> Weights:
    rows = []
    for name, table in group.value.items():
        place = group.at(_short(name, quote=False))
        if not name.isascii() or not name.isidentifier() or len(name) > MAX_ID:
            raise ProjectError(place, "This is not the name of a parameter.")
        rows.append((name, _table(table, place, MAX_AXES)))
    return tuple(rows)


def _table(value: object, place: str, axes: int) -> tuple[Value, ...]:
    """A rectangular nested list of finite numbers as nested tuples."""
    if not isinstance(value, list) or not value or axes == 0:
        raise ProjectError(place, f"A table of numbers is expected here, but {_short(value)} was found.")
    if isinstance(value[0], list):
        rows = [_table(row, f"{place}[{index}]", axes - 1) for index, row in enumerate(value)]
        for index, row in enumerate(rows):
            if _shape(row) != _shape(rows[0]):
                raise ProjectError(f"{place}[{index}]", "This row has another size than the first one.")
        return tuple(rows)
    for index, number in enumerate(value):
        if not _is_number(number):
            raise ProjectError(f"{place}[{index}]", f"A finite number is expected, but {_short(number)} was found.")
    return tuple(float(number) for number in value)


def _shape(table: Value) -> tuple[int, ...]:
    return (len(table), *_shape(table[0])) if isinstance(table, tuple) else ()


def _link(group: _Object, kinds: Mapping[str, str]) -> LinkSpec:
    group.only("source", "target", "port")
    ends = []
    for key in ("source", "target"):
        node_id = group.get(key)
        if not isinstance(node_id, str) or node_id not in kinds:
            raise ProjectError(group.at(key), f"The arrow joins {_short(node_id)}, but there is no such layer.")
        ends.append(node_id)
    source, target = ends
    if source == OUTPUT_ID or target == INPUT_ID:
        raise ProjectError(group.place, "No arrow can leave the loss or enter the data.")
    port, ports = group.value.get("port", 0), LAYERS[kinds[target]].ports
    last = MAX_LINKS if ports is None else ports - 1
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= last:
        raise ProjectError(group.at("port"), f"{target} has no input number {_short(port)}.")
    return LinkSpec(source, target, port)


def _check_ports(links: list[LinkSpec]) -> None:
    taken: dict[tuple[str, int], int] = {}
    for index, link in enumerate(links):
        key = (link.target, link.port)
        if key in taken:
            text = f"Input {link.port} of {link.target} already has the arrow links[{taken[key]}]."
            raise ProjectError(f"network.links[{index}]", text)
        taken[key] = index


def _data(group: _Object) -> DataSpec:
    group.only("kind", "values", "split", "normalization")
    split = group.object("split", {})
    split.only(*(field.name for field in SPLIT_FIELDS))
    normalization: Any = group.field(NORMALIZATION_FIELD)
    values: Any = split.fields(SPLIT_FIELDS)
    return DataSpec(_choice(group, DATASETS), SplitSpec(**values), normalization)


def _train(group: _Object) -> TrainSpec:
    group.only("loss", "optimizer", *(field.name for field in TRAIN_FIELDS))
    choices = []
    for key, catalog in (("loss", LOSSES), ("optimizer", OPTIMIZERS)):
        part = group.object(key)
        part.only("kind", "values")
        choices.append(_choice(part, catalog))
    values: Any = group.fields(TRAIN_FIELDS)
    return TrainSpec(choices[0], choices[1], **values)


def _plain_text(value: object, place: str, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ProjectError(
            place, f"A text of at most {longest:,} characters is expected, but {_short(value)} was found."
        )
    if any((ord(sign) < 32 and sign not in "\t\n") or 0xD800 <= ord(sign) < 0xE000 for sign in value):
        raise ProjectError(place, "The text holds signs that cannot be shown.")
    return value


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) < 1e300 and math.isfinite(value)


def _short(value: object, quote: bool = True) -> str:
    """The value as an error text can bear it: short, on one line, every odd sign escaped."""
    if isinstance(value, (dict, list)):
        return "a group" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and value.bit_length() > 1000:
        return "a huge number"
    text = repr(value)[1:-1] if isinstance(value, str) and not quote else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
