"""What is wrong with how layers begin and how they are trained: rules that cannot draw, rates, nothing left to learn."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from engine.catalog import INITIALIZERS, UnknownKindError
from engine.catalog.node_fields import NODE_FIELDS
from engine.fields import FieldError
from engine.spec import OUTPUT_ID, Choice, NetworkSpec, NodeSpec
from engine.views import Fix, Issue, Step


def settings_issues(network: NetworkSpec, learning: Collection[str]) -> Iterator[Issue]:
    """`learning` are the layers that have parameters."""
    for node in network.nodes:
        if text := _trouble(node):
            yield Issue(node.id, f"{node.id}: {text}")
    if learning and all(network.node(node_id).frozen for node_id in learning):
        text = "Every layer with weights is frozen, so there is nothing to learn: let one of them learn again."
        steps = tuple(Step("set_node", node_id, "frozen", False) for node_id in learning)
        yield Issue(OUTPUT_ID, text, fixes=(Fix("Unfreeze every layer", steps),))


def _trouble(node: NodeSpec) -> str:
    for what, choice in (("Initial weights", node.initializer), ("Initial biases", node.bias_initializer)):
        if text := initializer_trouble(choice):
            return f"{what}: {text}"
    for field in NODE_FIELDS:
        try:
            field.check(getattr(node, field.name))
        except FieldError as problem:
            return str(problem)
    return ""


@lru_cache(maxsize=256)
def initializer_trouble(choice: Choice) -> str:
    """Why the rule cannot draw; "" when it can."""
    try:
        choice = INITIALIZERS.check(choice)
    except (FieldError, UnknownKindError) as problem:
        return str(problem)
    if choice.kind == "uniform" and choice.number("a") > choice.number("b"):
        return f"the lower end {choice.number('a'):g} is above the upper end {choice.number('b'):g}: exchange them."
    return ""
