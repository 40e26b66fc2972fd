"""Edits of what the parts of a project are set to: values, weights, initializers, rates, loss, optimizer, training.

Like all edits (edits.py, which passes these on) they are pure functions from project to project.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.catalog import INITIALIZERS, LAYERS, Entry
from engine.catalog.initializers import DEFAULT
from engine.catalog.node_fields import NODE_FIELDS
from engine.catalog.training import TRAIN_FIELDS, TRAIN_PARTS
from engine.errors import EditError
from engine.fields import Field, FieldError, Value
from engine.spec import Choice, DataSpec, NetworkSpec, NodeSpec, ProjectSpec


def with_network(project: ProjectSpec, network: NetworkSpec) -> ProjectSpec:
    """The project with another network."""
    return replace(project, network=network)


def with_node(project: ProjectSpec, node: NodeSpec) -> ProjectSpec:
    """The project with this node in the place of the one with its id."""
    nodes = tuple(node if old.id == node.id else old for old in project.network.nodes)
    return with_network(project, replace(project.network, nodes=nodes))


def set_value(project: ProjectSpec, node_id: str, name: str, value: object) -> ProjectSpec:
    """Set one field of a layer. Hand-set weights that may no longer fit its shape are dropped.

    Raises:
        engine.fields.FieldError: the value is not accepted.
    """
    node = project.network.node(node_id)
    field = LAYERS[node.kind].field(name)
    layer = node.layer.with_value(name, field.check(value))
    weights = node.weights if layer == node.layer or field.live else ()
    return with_node(project, replace(node, layer=layer, weights=weights))


def set_weights(project: ProjectSpec, node_id: str, weights: Mapping[str, Value]) -> ProjectSpec:
    """Set initial parameter values by hand, as nested tuples by parameter name; an empty mapping draws them again."""
    return with_node(project, replace(project.network.node(node_id), weights=tuple(weights.items())))


def set_node_value(project: ProjectSpec, node_id: str, name: str, value: object) -> ProjectSpec:
    """Set `frozen`, or a layer's own `lr` or `weight_decay` (None: the optimizer's).

    Raises:
        engine.fields.FieldError: the value is not accepted, or there is no such setting.
    """
    for field in NODE_FIELDS:
        if field.name == name:
            node = project.network.node(node_id)
            return with_node(project, replace(node, **{name: field.check(value)}))  # type: ignore[arg-type]
    raise FieldError(f"A layer has no setting “{name}”.")


def choose_initializer(project: ProjectSpec, node_id: str, kind: str, bias: bool = False) -> ProjectSpec:
    """Draw the weights of a layer (or with `bias` its biases) by another rule, with that rule's defaults.

    Raises:
        EditError: the rule needs two axes, and biases have one.
    """
    if bias and not INITIALIZERS[kind].for_bias:
        raise EditError(f"{INITIALIZERS[kind].title} needs a table of weights; a bias has one axis only.")
    old = initializer_of(project.network.node(node_id), bias)
    return _with_initializer(project, node_id, INITIALIZERS[kind].choose(_shared(old, INITIALIZERS[kind])), bias)


def set_initializer_value(
    project: ProjectSpec, node_id: str, name: str, value: object, bias: bool = False
) -> ProjectSpec:
    """Set one field of the rule that draws the weights of a layer (or its biases). Raises engine.fields.FieldError."""
    old = initializer_of(project.network.node(node_id), bias)
    checked = INITIALIZERS[old.kind].field(name).check(value)
    return _with_initializer(project, node_id, old.with_value(name, checked), bias)


def initialize_all(project: ProjectSpec, weights: Choice, biases: Choice = DEFAULT) -> ProjectSpec:
    """Draw the weights of every layer by one rule and the biases by another; weights set by hand stay.

    Raises:
        EditError: the rule for the biases needs two axes.
        engine.fields.FieldError, engine.catalog.UnknownKindError: a choice is not accepted.
    """
    weights, biases = INITIALIZERS.check(weights), INITIALIZERS.check(biases)
    if not INITIALIZERS[biases.kind].for_bias:
        raise EditError(f"{INITIALIZERS[biases.kind].title} needs a table of weights; a bias has one axis only.")
    nodes = tuple(
        replace(node, initializer=weights, bias_initializer=biases) if LAYERS[node.kind].learns else node
        for node in project.network.nodes
    )
    return with_network(project, replace(project.network, nodes=nodes))


def initialize_weights(project: ProjectSpec, weights: Choice) -> ProjectSpec:
    """Draw the weights of every layer by one rule; biases, and weights set by hand, stay as they are.

    Raises:
        engine.fields.FieldError, engine.catalog.UnknownKindError: the choice is not accepted.
    """
    weights = INITIALIZERS.check(weights)
    nodes = tuple(
        replace(node, initializer=weights) if LAYERS[node.kind].weights else node for node in project.network.nodes
    )
    return with_network(project, replace(project.network, nodes=nodes))


def initializer_of(node: NodeSpec, bias: bool = False) -> Choice:
    """The rule that draws the weights of a layer, or its biases."""
    return node.bias_initializer if bias else node.initializer


def _with_initializer(project: ProjectSpec, node_id: str, choice: Choice, bias: bool) -> ProjectSpec:
    node = project.network.node(node_id)
    changed = replace(node, bias_initializer=choice) if bias else replace(node, initializer=choice)
    return with_node(project, changed)


def set_dropout(project: ProjectSpec, p: object) -> ProjectSpec:
    """The one dropout knob: set p of every Dropout layer.

    Raises:
        engine.fields.FieldError: p is not accepted.
    """
    checked = LAYERS["dropout"].field("p").check(p)
    nodes = tuple(
        replace(node, layer=node.layer.with_value("p", checked)) if node.kind == "dropout" else node
        for node in project.network.nodes
    )
    return with_network(project, replace(project.network, nodes=nodes))


def choose_part(project: ProjectSpec, part: str, kind: str) -> ProjectSpec:
    """Pick another entry for a part of the training ("loss", "optimizer", "schedule" …: engine.catalog.training.TRAIN_PARTS).

    Values that both share are kept, but for optimizers: a rate that suits SGD does not suit Adam.
    """
    entry: Entry = TRAIN_PARTS[part][kind]
    shared = {} if part == "optimizer" else _shared(getattr(project.train, part), entry)
    return _with_part(project, part, entry.choose(shared))


def set_part_value(project: ProjectSpec, part: str, name: str, value: object) -> ProjectSpec:
    """Set one field of a part of the training. Raises engine.fields.FieldError."""
    choice: Choice = getattr(project.train, part)
    checked = TRAIN_PARTS[part][choice.kind].field(name).check(value)
    return _with_part(project, part, choice.with_value(name, checked))


def _with_part(project: ProjectSpec, part: str, choice: Choice) -> ProjectSpec:
    return replace(project, train=replace(project.train, **{part: choice}))  # type: ignore[arg-type]


def choose_loss(project: ProjectSpec, kind: str) -> ProjectSpec:
    """Pick another loss; values of fields that both share are kept."""
    return choose_part(project, "loss", kind)


def choose_optimizer(project: ProjectSpec, kind: str) -> ProjectSpec:
    """Pick another optimizer with its own defaults."""
    return choose_part(project, "optimizer", kind)


def set_loss_value(project: ProjectSpec, name: str, value: object) -> ProjectSpec:
    """Set one field of the loss. Raises engine.fields.FieldError."""
    return set_part_value(project, "loss", name, value)


def set_optimizer_value(project: ProjectSpec, name: str, value: object) -> ProjectSpec:
    """Set one field of the optimizer. Raises engine.fields.FieldError."""
    return set_part_value(project, "optimizer", name, value)


def set_train_value(project: ProjectSpec, name: str, value: object) -> ProjectSpec:
    """Set batch_size, epochs, seed or device. Raises engine.fields.FieldError."""
    for field in TRAIN_FIELDS:
        if field.name == name:
            return replace(project, train=replace(project.train, **{name: field.check(value)}))  # type: ignore[arg-type]
    raise FieldError(f"There is no training parameter “{name}”.")


def set_data(project: ProjectSpec, data: DataSpec) -> ProjectSpec:
    """Use other data, another split or another normalization."""
    return replace(project, data=data)


def rename_project(project: ProjectSpec, name: str) -> ProjectSpec:
    """Give the project a name. Raises EditError when nothing but spaces is left of it or it is too long."""
    clean = " ".join(name.split())
    if not clean or len(clean) > 80:
        raise EditError("A project's name has 1 to 80 characters.")
    return replace(project, name=clean)


def _shared(choice: Choice, entry: Entry) -> dict[str, Value]:
    """The values that the other entry accepts too."""
    return {field.name: choice.get(field.name) for field in entry.fields if _fits(choice, field)}


def _fits(choice: Choice, field: Field) -> bool:
    try:
        return choice.has(field.name) and field.check(choice.get(field.name)) is not None
    except FieldError:
        return False
