"""Edits of single initial weights and biases, and the words for them. Pure functions from project to project."""

from __future__ import annotations

from dataclasses import replace

from engine import hand_weights
from engine.fields import FieldError, Value
from engine.hand_weights import Changes, Place, Shape
from engine.settings_edits import with_node
from engine.spec import NodeSpec, ProjectSpec


def split(parameter: str) -> tuple[str, str]:
    """Node id and the parameter's own name: "linear_1.weight" → ("linear_1", "weight")."""
    node, _, name = parameter.partition(".")
    return node, name


def by_hand(node: NodeSpec, name: str) -> Value:
    """The table of what is set by hand of a parameter of the layer (engine/hand_weights.py); None when nothing is."""
    return dict(node.weights).get(name)


def change_weights(project: ProjectSpec, parameter: str, shape: Shape, changes: Changes) -> ProjectSpec:
    """Set elements of a parameter's initial value by hand, or with None let them be drawn again.

    Raises:
        engine.fields.FieldError: a value is not finite or too large for float32.
        KeyError, IndexError: there is no such layer or element.
    """
    node_id, name = split(parameter)
    node = project.network.node(node_id)
    sound = {place: None if value is None else hand_weights.checked(value) for place, value in changes.items()}
    table = hand_weights.changed(by_hand(node, name), shape, sound)
    tables = dict(node.weights) | {name: table}
    kept = tuple((own, value) for own, value in tables.items() if value is not None)
    return with_node(project, replace(node, weights=kept))


def element_name(parameter: str, place: Place) -> str:
    """ "linear_1.weight[0, 1]"; without indices the whole parameter."""
    return f"{parameter}[{', '.join(map(str, place))}]" if place else parameter


def edit_name(parameter: str, changes: Changes) -> str:
    """The edit in a few words, as undo names it."""
    if len(changes) == 1:
        place, value = next(iter(changes.items()))
        what = element_name(parameter, place)
        if value is None:
            return f"Draw {what} again"
        return f"Set {what} to {value:g}" if place else f"Set all of {parameter} to {value:g}"
    again = all(value is None for value in changes.values())
    return f"{'Draw' if again else 'Set'} {len(changes):,} values of {parameter}{' again' if again else ''}"


def change_sentence(parameter: str, changes: Changes) -> str:
    """What was done to a run, as its list of changes tells it: "linear_1.weight[0, 1] set to 0.5"."""
    if len(changes) == 1:
        place, value = next(iter(changes.items()))
        return f"{'' if place else 'all of '}{element_name(parameter, place)} set to {value:g}"
    return f"{len(changes):,} values of {parameter} set by hand"


def parse_setting(text: str) -> tuple[str, Place, float]:
    """Parameter, place and value of a text such as "linear_1.weight[0, 1] = 0.5"; without [ ] the whole parameter.

    Raises:
        engine.fields.FieldError: the text is not of this form, or its value is none that a weight can have.
    """
    target, equals, value = text.partition("=")
    name, bracket, inside = target.strip().partition("[")
    indices = [part.strip() for part in inside.removesuffix("]").split(",")] if bracket else []
    sound = bool(equals) and "." in name and (not bracket or inside.endswith("]"))
    if not sound or not all(index.isascii() and index.isdigit() and len(index) < 10 for index in indices):
        raise FieldError(f"“{text.strip()}” cannot be understood: write it as linear_1.weight[0, 1] = 0.5.")
    return name.strip(), tuple(map(int, indices)), hand_weights.parsed(value)
