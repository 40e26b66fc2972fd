"""Fixes for a layer that cannot take what arrives: candidates, the likeliest first. check.py keeps those that help."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import cast

from engine.catalog import LAYERS
from engine.datasets.registry import DATASETS
from engine.fields import Value
from engine.fixes import insert, remove, set_value, title
from engine.spec import INPUT_ID, LinkSpec, NodeSpec, ProjectSpec
from engine.tensors.shape_text import Arguments, Shape
from engine.views import Fix, Step

Incoming = tuple[LinkSpec, ...]

_OTHER = {
    "batch_norm1d": "batch_norm2d",
    "batch_norm2d": "batch_norm1d",
    "conv1d": "conv2d",
    "max_pool1d": "max_pool2d",
    "avg_pool1d": "avg_pool2d",
    "adaptive_avg_pool1d": "adaptive_avg_pool2d",
}
"""Layers that do the same on tensors with another number of axes."""
_SAFE = (("start_dim", 1), ("end_dim", -1), ("dim", 1), ("groups", 1), ("dropout", 0.0), ("proj_size", 0))
"""Values with which a layer takes whatever arrives."""


def candidates(
    project: ProjectSpec, node: NodeSpec, incoming: Incoming, shapes: tuple[Shape, ...], arguments: Arguments
) -> Iterator[Fix]:
    """Edits that may let the layer run on tensors of these shapes."""
    if node.kind == "add":
        yield from _equal(node, incoming, shapes)
        return
    if node.kind == "concat":
        yield from _joined(node, incoming, shapes)
        return
    shape = shapes[0]
    yield from _flat(node, shape, arguments)
    yield from _inferred(node, shape)
    yield from _window(node, shape, arguments)
    yield from _safe(node)
    if node.kind in _OTHER:
        other = _OTHER[node.kind]
        steps = (insert(other, node.id, 0, _sizes(node, other)), *remove(node.id))
        yield Fix(f"Use {title(other)} instead of {node.id}", steps)
    yield from _shaped(project, node, incoming[0], shape)


def _flat(node: NodeSpec, shape: Shape, arguments: Arguments) -> Iterator[Fix]:
    """A Flatten, where the layer waits for exactly as many features as the values of a sample."""
    if len(shape) > 1 and node.kind in ("linear", "batch_norm1d", "layer_norm"):
        waited = arguments.get("in_features", arguments.get("num_features", arguments.get("normalized_shape")))
        flat = math.prod(shape)
        if waited == flat or node.kind == "batch_norm1d":
            yield Fix(f"Insert Flatten before {node.id}", (insert("flatten", node.id),))
        elif len(shape) > 2 and node.kind == "linear":
            steps = (insert("flatten", node.id), set_value(node.id, "in_features", None))
            yield Fix(f"Insert Flatten before {node.id}, with in_features auto ({flat})", steps)


def _inferred(node: NodeSpec, shape: Shape) -> Iterator[Fix]:
    """Sizes that were typed go back to auto."""
    for name, axis in LAYERS[node.kind].inferred:
        if node.layer.get(name) is None:
            continue
        size = (0, *shape)[axis] if axis is not None and -len(shape) - 1 <= axis <= len(shape) else None
        size = shape[-1] if node.kind == "layer_norm" and shape else size
        text = f"Set {name} of {node.id} to auto" + (f" ({size})" if size else "")
        yield Fix(text, (set_value(node.id, name, None),))


def _window(node: NodeSpec, shape: Shape, arguments: Arguments) -> Iterator[Fix]:
    """A smaller window, or more padding, for one that is larger than the picture; less padding for one that has too much."""
    if not node.layer.has("kernel_size") or len(shape) < 2:
        return
    kernel, padding = cast(int, arguments["kernel_size"]), cast(int, arguments["padding"])
    dilation, side = cast(int, arguments.get("dilation", 1)), min(shape[1:])
    pools = "pool" in node.kind
    if pools and 2 * padding > kernel:
        yield _set(node, "padding", kernel // 2)
    if arguments.get("padding_mode", "zeros") != "zeros":
        yield _set(node, "padding_mode", "zeros")
    fitting = (side + 2 * padding - 1) // dilation + 1
    if 1 <= fitting < kernel:
        yield _set(node, "kernel_size", fitting)
    wanted = -(-(dilation * (kernel - 1) + 1 - side) // 2)
    if wanted > padding and not (pools and 2 * wanted > kernel):
        yield _set(node, "padding", wanted)


def _safe(node: NodeSpec) -> Iterator[Fix]:
    for name, value in _SAFE:
        if node.layer.has(name) and node.layer.get(name) != value:
            yield _set(node, name, value)


def _shaped(project: ProjectSpec, node: NodeSpec, link: LinkSpec, shape: Shape) -> Iterator[Fix]:
    """Another shape for what arrives: the data's own image layout, another place in the chain, or a Reshape."""
    if node.kind == "reshape":
        sizes = _square(shape)
        yield Fix(f"Set shape of {node.id} to {_times(sizes)}", (set_value(node.id, "shape", sizes),))
        return
    group = LAYERS[node.kind].group
    if group not in ("Convolution", "Sequence") and node.kind not in ("batch_norm2d",):
        return
    source = project.network.node(link.source)
    if source.kind == "flatten":
        yield Fix(f"Move {node.id} before {source.id}", (Step("move", node.id, source.id),))
    kind = project.data.source.kind
    if source.id == INPUT_ID and kind in DATASETS:
        field = next((f for f in DATASETS[kind].fields if f.name == "layout" and "image" in f.choices), None)
        flat = field is not None and project.data.source.get("layout") != "image"
        if flat and group == "Convolution" and node.kind.endswith("2d"):
            yield Fix("Use the image layout of the data", (Step("source", "", "layout", "image"),))
    sizes = _square(shape) if node.kind.endswith("2d") else (1, math.prod(shape))
    if group == "Sequence":
        sizes = (math.prod(shape[:-1]), shape[-1]) if len(shape) > 1 else (math.prod(shape), 1)
    yield Fix(f"Insert Reshape to {_times(sizes)} before {node.id}", (insert("reshape", node.id, 0, {"shape": sizes}),))


def _equal(node: NodeSpec, incoming: Incoming, shapes: tuple[Shape, ...]) -> Iterator[Fix]:
    """A projection on every arrow whose tensor has another shape than the one that most of them have."""
    most, times = Counter(shapes).most_common(1)[0]
    wanted = [most] if times > 1 else list(dict.fromkeys(shapes))
    for target in wanted:
        odd = [(link, shape) for link, shape in zip(incoming, shapes, strict=True) if shape != target]
        found = [_projection(node.id, link.port, shape, target) for link, shape in odd]
        if all(found):
            kinds = " and ".join(dict.fromkeys(name for name, _ in found))
            sources = " and ".join(link.source for link, _ in odd)
            steps = tuple(step for _, steps in found for step in steps)
            yield Fix(f"Insert {kinds} behind {sources}, to match at {node.id}", steps)


def _projection(node_id: str, port: int, shape: Shape, target: Shape) -> tuple[str, tuple[Step, ...]]:
    """The layers that give a tensor the target's shape; ("", ()) where nothing obvious does."""
    if len(target) == 1:
        flatten = (insert("flatten", node_id, port),) if len(shape) > 1 else ()
        if shape != target and math.prod(shape) == target[0]:
            return "Flatten", flatten
        linear = insert("linear", node_id, port, {"out_features": target[0]})
        return ("Flatten and Linear" if flatten else "Linear"), (*flatten, linear)
    if len(shape) == len(target) == 3 and shape[1:] == target[1:]:
        return "Conv2d", (insert("conv2d", node_id, port, {"out_channels": target[0], "kernel_size": 1}),)
    if len(shape) == len(target) == 2 and shape[:1] == target[:1]:
        return "Linear", (insert("linear", node_id, port, {"out_features": target[1]}),)
    return "", ()


def _joined(node: NodeSpec, incoming: Incoming, shapes: tuple[Shape, ...]) -> Iterator[Fix]:
    for dim in range(1, 1 + min(len(shape) for shape in shapes)):
        if node.layer.get("dim") != dim:
            yield _set(node, "dim", dim)
    deep = [link for link, shape in zip(incoming, shapes, strict=True) if len(shape) > 1]
    if deep:
        steps = tuple(insert("flatten", node.id, link.port) for link in deep)
        sources = " and ".join(link.source for link in deep)
        text = f"Insert Flatten behind {sources}"
        yield Fix(text, steps)
        if node.layer.get("dim") != 1:
            yield Fix(f"{text} and set dim of {node.id} to 1", (*steps, set_value(node.id, "dim", 1)))


def _set(node: NodeSpec, name: str, value: int | float | str) -> Fix:
    return Fix(f"Set {name} of {node.id} to {value}", (set_value(node.id, name, value),))


def _sizes(node: NodeSpec, other: str) -> dict[str, Value]:
    """The values that both kinds have and that do not depend on what arrives."""
    inferred = {name for name, _ in LAYERS[node.kind].inferred}
    names = {field.name for field in LAYERS[other].fields} - inferred
    return {name: value for name, value in node.layer.values if name in names}


def _square(shape: Shape) -> Shape:
    """A shape with as many values: an image where it is a square, else one row."""
    count = math.prod(shape)
    side = math.isqrt(count)
    return (1, side, side) if side * side == count else (1, 1, count)


def _times(shape: Shape) -> str:
    return "×".join(map(str, shape))
