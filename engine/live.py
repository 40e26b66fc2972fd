"""Which edits a run that is going on can follow: those of fields that the catalog marks as live."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.catalog import LAYERS, Catalog
from engine.catalog.node_fields import NODE_FIELDS
from engine.catalog.training import TRAIN_FIELDS, TRAIN_PARTS
from engine.fields import Field, Value
from engine.spec import Choice, NetworkSpec, NodeSpec, ProjectSpec


def same_run(old: ProjectSpec, new: ProjectSpec) -> bool:
    """Whether a run built from `old` can go on as a run of `new`: they differ at most in live fields, names of the
    project and places on the canvas."""
    return old == new or (_same_layers(old, new) and _core(old) == _core(new) and _can_learn(new))


def _same_layers(old: ProjectSpec, new: ProjectSpec) -> bool:
    """Layer by layer; most are the very same objects, because an edit shares what it leaves alone."""
    before, after = old.network.nodes, new.network.nodes
    pairs = zip(before, after, strict=False)
    return len(before) == len(after) and all(a is b or _core_node(a) == _core_node(b) for a, b in pairs)


def _can_learn(project: ProjectSpec) -> bool:
    """Whether a layer with weights is left that is not frozen; without one there is no gradient to go on with."""
    learning = [node for node in project.network.nodes if LAYERS[node.kind].learns and _has_weights(node)]
    return not learning or not all(node.frozen for node in learning)


def _has_weights(node: NodeSpec) -> bool:
    values = node.layer.as_dict()
    return values.get("affine", True) is True and values.get("elementwise_affine", True) is True


def live_changes(old: ProjectSpec, new: ProjectSpec) -> tuple[str, ...]:
    """One sentence per live field that differs between two projects for which `same_run` holds."""
    sentences: list[str] = []
    for part, catalog in TRAIN_PARTS.items():
        a, b = getattr(old.train, part), getattr(new.train, part)
        sentences += _changes(catalog[a.kind].fields, a, b)
    for before, after in zip(old.network.nodes, new.network.nodes, strict=True):
        fields = LAYERS[before.kind].fields
        texts = _changes(fields, before.layer, after.layer)
        for field in NODE_FIELDS:
            a, b = getattr(before, field.name), getattr(after, field.name)
            if field.live and a != b:
                texts.append(_sentence(field, a, b))
        sentences += [f"{before.id}: {text}" for text in texts]
    for field in TRAIN_FIELDS:
        a, b = getattr(old.train, field.name), getattr(new.train, field.name)
        if field.live and a != b:
            sentences.append(_sentence(field, a, b))
    return tuple(sentences)


def _core(project: ProjectSpec) -> ProjectSpec:
    """The project without its layers, with live fields at their defaults and without what does not reach torch."""
    train = replace(
        project.train,
        **{part: _core_part(catalog, getattr(project.train, part)) for part, catalog in TRAIN_PARTS.items()},  # type: ignore[arg-type]
        **{field.name: field.default for field in TRAIN_FIELDS if field.live},  # type: ignore[arg-type]
    )
    links = tuple(sorted(project.network.links, key=lambda link: (link.target, link.port, link.source)))
    return replace(project, name="", network=NetworkSpec(links=links), train=train)


def _core_node(node: NodeSpec) -> NodeSpec:
    layer = _core_choice(LAYERS[node.kind].fields, node.layer)
    settings = {field.name: field.default for field in NODE_FIELDS if field.live}
    return replace(node, layer=layer, x=0.0, y=0.0, **settings)  # type: ignore[arg-type]


def _core_part(catalog: Catalog[Any], choice: Choice) -> Choice:
    return _core_choice(catalog[choice.kind].fields, choice)


def _core_choice(fields: tuple[Field, ...], choice: Choice) -> Choice:
    defaults = {field.name: field.default for field in fields if field.live}
    return replace(choice, values=tuple((name, defaults.get(name, value)) for name, value in choice.values))


def _changes(fields: tuple[Field, ...], old: Choice, new: Choice) -> list[str]:
    pairs = [(field, old.get(field.name), new.get(field.name)) for field in fields if field.live]
    return [_sentence(field, a, b) for field, a, b in pairs if a != b]


def _sentence(field: Field, old: Value, new: Value) -> str:
    return f"{field.label} {_text(field, old)} → {_text(field, new)}"


def _text(field: Field, value: Value) -> str:
    if value is None:
        return field.none_text
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
