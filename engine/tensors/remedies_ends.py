"""Fixes for arrows, for the end of the network and for what the loss compares it with: candidates, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.catalog import LAYERS, LOSSES
from engine.datasets import Prepared
from engine.edits import descendants, topological_order
from engine.fitting import last_linear
from engine.fixes import connect, insert, remove, set_value
from engine.spec import INPUT_ID, OUTPUT_ID, NetworkSpec, NodeSpec, ProjectSpec
from engine.tensors.shape_text import Shape
from engine.views import Fix, Step


def choose_loss(kind: str) -> Fix:
    return Fix(f"Choose {LOSSES[kind].title} as the loss", (Step("loss", "", kind),))


def nothing_to_loss(network: NetworkSpec) -> tuple[Fix, ...]:
    """The end of the longest chain goes to the loss."""
    ends = _loose_ends(network)
    source = ends[-1] if ends else INPUT_ID
    return (Fix(f"Connect {source} to the loss", (connect(source, OUTPUT_ID),)),)


def not_connected(network: NetworkSpec, node: NodeSpec) -> tuple[Fix, ...]:
    fixes = [Fix(f"Remove {node.id}", remove(node.id))]
    into = network.links_into(OUTPUT_ID)
    if into and LAYERS[node.kind].ports == 1:
        text = f"Put {node.id} between {into[0].source} and the loss"
        fixes.insert(0, Fix(text, (Step("move", node.id, OUTPUT_ID),)))
    return tuple(fixes)


def nothing_arrives(network: NetworkSpec, node: NodeSpec) -> tuple[Fix, ...]:
    """From a loose end that is not behind it, else from the data."""
    behind = {node.id, *descendants(network, node.id)}
    ends = [end for end in _loose_ends(network) if end not in behind]
    source = ends[-1] if ends else INPUT_ID
    name = "the data" if source == INPUT_ID else source
    return (Fix(f"Connect {name} to {node.id}", (connect(source, node.id),)),)


def used_nowhere(network: NetworkSpec, node: NodeSpec) -> tuple[Fix, ...]:
    """To the loss where nothing enters it, else away with it and all that only leads to it."""
    fixes = []
    if not network.links_into(OUTPUT_ID) and node.id not in descendants(network, OUTPUT_ID):
        fixes.append(Fix(f"Connect {node.id} to the loss", (connect(node.id, OUTPUT_ID),)))
    gone = _only_for(network, node.id)
    more = "" if len(gone) == 1 else f" and {len(gone) - 1} more that lead only to it"
    return (*fixes, Fix(f"Remove {node.id}{more}", remove(*gone)))


def lone_join(node: NodeSpec) -> tuple[Fix, ...]:
    return (Fix(f"Remove {node.id}", remove(node.id)),)


def _loose_ends(network: NetworkSpec) -> list[str]:
    """Layers that something enters and nothing leaves, in the order of computation."""
    used, fed = {link.source for link in network.links}, {link.target for link in network.links}
    return [i for i in topological_order(network) if i in fed and i not in used and i != OUTPUT_ID]


def _only_for(network: NetworkSpec, node_id: str) -> tuple[str, ...]:
    """The layer and those before it whose results are used for nothing else, the last first."""
    gone = [node_id]
    for found in gone:
        for link in network.links_into(found):
            others = {out.target for out in network.links_out_of(link.source)} - set(gone)
            if link.source != INPUT_ID and not others and link.source not in gone:
                gone.append(link.source)
    return tuple(gone)


def widths(project: ProjectSpec, prepared: Prepared) -> tuple[int, ...]:
    """The numbers of outputs that the loss can compare with the targets, the likeliest first."""
    data, wanted = prepared.dataset, LOSSES[project.train.loss.kind].target
    if data.task == "regression":
        return (data.targets.shape[1],)
    classes = len(data.class_names)
    return (1, classes) if classes == 2 and wanted in ("numbers", "probabilities") else (classes,)


def target_fixes(project: ProjectSpec, prepared: Prepared, shapes: Mapping[str, Shape]) -> Iterator[Fix]:
    """The output layer of the right width, or a loss that fits the targets."""
    network, shape = project.network, shapes[OUTPUT_ID]
    task, wanted = prepared.dataset.task, LOSSES[project.train.loss.kind].target
    classes = len(prepared.dataset.class_names)
    if task == "regression" and wanted != "numbers":
        yield from (choose_loss(kind) for kind in ("mse", "huber"))
    # Few outputs more or less are a slip in the last layer; a wide hidden layer at the end lacks its output layer.
    linear = last_linear(network)
    for width in widths(project, prepared):
        if linear is not None and len(shape) == 1:
            text = f"Set out_features of {linear.id} to {width}"
            yield Fix(text, (set_value(linear.id, "out_features", width),))
        flatten = (insert("flatten", OUTPUT_ID),) if len(shape) > 1 else ()
        what = "a Flatten and an output layer" if flatten else "an output layer"
        steps = (*flatten, insert("linear", OUTPUT_ID, 0, {"out_features": width}))
        yield Fix(f"Add {what}, Linear to {width}", steps)
    if task == "classes" and shape == (1,) and classes == 2:
        yield choose_loss("bce_with_logits")
    if task == "classes" and shape == (classes,):
        yield choose_loss("cross_entropy")


def nothing_to_learn(project: ProjectSpec, prepared: Prepared, shape: Shape) -> Iterator[Fix]:
    for width in widths(project, prepared)[:1]:
        flatten = (insert("flatten", OUTPUT_ID),) if len(shape) > 1 else ()
        text = f"Add {'a Flatten and ' if flatten else ''}an output layer, Linear to {width}"
        yield Fix(text, (*flatten, insert("linear", OUTPUT_ID, 0, {"out_features": width})))


def unreadable(project: ProjectSpec) -> Iterator[Fix]:
    """The layer that the loss is defined behind, or the loss that contains it."""
    loss = LOSSES[project.train.loss.kind]
    wanted = "sigmoid" if loss.target == "probabilities" else "log_softmax"
    yield choose_loss("bce_with_logits" if loss.target == "probabilities" else "cross_entropy")
    yield Fix(f"Insert {LAYERS[wanted].title} before the loss", (insert(wanted, OUTPUT_ID),))
