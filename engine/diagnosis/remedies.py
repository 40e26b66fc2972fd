"""Edits that may help a run. The engine tries each on the project before it is offered (engine/tensors/trials.py)."""

from __future__ import annotations

from engine.catalog import LAYERS
from engine.diagnosis.evidence import Evidence
from engine.edits import topological_order
from engine.fixes import insert, remove
from engine.spec import NodeSpec
from engine.views import Fix, Step

MOST_REPLACED = 20


def set_rate(rate: float) -> Fix:
    """Another learning rate, rounded to two digits."""
    rate = float(f"{rate:.2g}")
    return Fix(f"Set the learning rate to {rate:g}", (Step("optimizer", "", "lr", rate),))


def standardize(evidence: Evidence) -> tuple[Fix, ...]:
    """Where the features are not normalized and are no tokens."""
    tokens = any(node.kind == "embedding" for node in evidence.layers.values())
    if evidence.project.data.normalization != "none" or tokens:
        return ()
    return (Fix("Standardize the features", (Step("normalization", "", "standardize"),)),)


def draw_as_torch(evidence: Evidence) -> tuple[Fix, ...]:
    """All layers whose weights another rule draws, or that were set by hand, back to torch's own."""
    steps: list[Step] = []
    for node in evidence.layers.values():
        if LAYERS[node.kind].weights and node.initializer.kind != "default":
            steps.append(Step("initializer", node.id, "default"))
        if LAYERS[node.kind].weights and node.weights:
            steps.append(Step("drawn", node.id))
    return (Fix("Draw all weights at random, as PyTorch does", tuple(steps)),) if steps else ()


def replace_kind(old: tuple[str, ...], new: str, layers: tuple[NodeSpec, ...]) -> tuple[Fix, ...]:
    """Put another activation in the place of these layers, unless they are too many for one edit to be tried beside a training."""
    steps = tuple(step for node in layers if node.kind in old for step in (insert(new, node.id), *remove(node.id)))
    if not 0 < len(steps) <= 2 * MOST_REPLACED:
        return ()
    names = " and ".join(dict.fromkeys(LAYERS[node.kind].title for node in layers if node.kind in old))
    where = f"{layers[0].id}" if len(layers) == 1 else f"every hidden {names}"
    return (Fix(f"Use {LAYERS[new].title} instead of {where}", steps),)


def hidden_activations(evidence: Evidence, *kinds: str) -> tuple[NodeSpec, ...]:
    """Layers of these kinds that stand before another layer with weights."""
    nodes = (evidence.layers[layer] for layer in evidence.probes.layers)
    return tuple(node for node in nodes if node.kind in kinds and node.id in evidence.hidden)


def clip(evidence: Evidence) -> tuple[Fix, ...]:
    """Where gradients are not clipped yet."""
    if evidence.project.train.clipping.kind != "none":
        return ()
    return (Fix("Clip the gradient to the norm 1", (Step("choose_part", "clipping", "norm"),)),)


def weaken_penalties(evidence: Evidence) -> tuple[Fix, ...]:
    """A hundredth of every penalty and of the optimizer's weight decay."""
    train = evidence.project.train
    steps = [Step("train", "", name, getattr(train, name) / 100) for name in ("l1", "l2") if getattr(train, name)]
    if train.optimizer.has("weight_decay") and (decay := train.optimizer.number("weight_decay")):
        steps.append(Step("optimizer", "", "weight_decay", decay / 100))
    return (Fix("Weaken the penalties on the weights to a hundredth", tuple(steps)),) if steps else ()


def stop_early(evidence: Evidence) -> tuple[Fix, ...]:
    """Where training goes on to the last epoch."""
    if evidence.project.train.stopping.kind != "none":
        return ()
    return (Fix("Stop early, and put the best weights back", (Step("choose_part", "stopping", "early"),)),)


def balance_classes(evidence: Evidence) -> tuple[Fix, ...]:
    """Where the loss has class weights and they are not in use."""
    if evidence.project.train.loss.as_dict().get("class_weights") != "none":
        return ()
    return (Fix("Let every class weigh the same in the loss", (Step("part", "loss", "class_weights", "balanced"),)),)


def add_hidden_layer(evidence: Evidence) -> tuple[Fix, ...]:
    """Where the network is a single Linear layer."""
    weighted = [node for node in evidence.layers.values() if LAYERS[node.kind].weights]
    if len(weighted) != 1 or weighted[0].kind != "linear":
        return ()
    last = weighted[0].id
    steps = (insert("linear", last, 0, {"out_features": 16}), insert("relu", last))
    return (Fix(f"Insert a hidden layer before {last}: Linear to 16 and ReLU", steps),)


def add_dropout(evidence: Evidence) -> tuple[Fix, ...]:
    """Before the last layer with weights, where there is a hidden layer and no Dropout yet."""
    nodes = evidence.layers
    weighted = [one for one in topological_order(evidence.project.network) if LAYERS[nodes[one].kind].weights]
    if len(weighted) < 2 or any(node.kind == "dropout" for node in nodes.values()):
        return ()
    return (Fix(f"Insert Dropout before {weighted[-1]}", (insert("dropout", weighted[-1]),)),)
