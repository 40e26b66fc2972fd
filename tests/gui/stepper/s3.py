"""The tape of S3 (figures.md) made by hand with numpy: Linear(1,2) → Sigmoid → Linear(2,1), one sample, MSE, SGD 0.1."""

from __future__ import annotations

import numpy as np

from engine.views import GraphEdge, GraphNode, GraphView, LedgerRow, Phase, Tape, TapeEvent, TensorView, frozen

F = np.float32
W1, B1 = np.array([[1], [-1]], F), np.array([1, 2], F)
W2, B2 = np.array([[1, 2]], F), np.array([-1], F)
X, Y = np.array([[1]], F), np.array([[3]], F)
Z = X @ W1.T + B1
A = (1 / (1 + np.exp(-Z))).astype(F)
OUT = A @ W2.T + B2
LOSS = np.array(((OUT - Y) ** 2).mean(), F)
D_OUT = F(2) * (OUT - Y)
D_B2, D_A, D_W2T = D_OUT[0], D_OUT @ W2, A.T @ D_OUT
D_W2 = D_W2T.T.copy()
D_Z = (D_A * A * (1 - A)).astype(F)
D_B1, D_W1T = D_Z[0], X.T @ D_Z
D_W1 = D_W1T.T.copy()
RATE = F(0.1)
VALUES = {"linear_1.weight": W1, "linear_1.bias": B1, "linear_2.weight": W2, "linear_2.bias": B2}
GRADS = {"linear_1.weight": D_W1, "linear_1.bias": D_B1, "linear_2.weight": D_W2, "linear_2.bias": D_B2}
BACKWARD_NAMES = (
    "MseLossBackward0",
    "AddmmBackward0",
    "AccumulateGrad",
    "TBackward0",
    "AccumulateGrad",
    "SigmoidBackward0",
    "AddmmBackward0",
    "AccumulateGrad",
    "TBackward0",
    "AccumulateGrad",
)


def view(name: str, values: np.ndarray, leaf: bool = True, grad_fn: str = "", grad: bool = False) -> TensorView:
    return TensorView(name, frozen(np.array(values)), grad, leaf, grad_fn)


def tape(step: int = 0, generation: int = 1) -> Tape:
    events: list[TapeEvent] = []

    def add(phase: Phase, name: str, layer: str, inputs: tuple, outputs: tuple, **more: str) -> None:
        events.append(TapeEvent(len(events), phase, name, layer, inputs=inputs, outputs=outputs, **more))

    parameters = {name: view(name, value, grad=True) for name, value in VALUES.items()}
    z = view("linear_1", Z, False, "<AddmmBackward0>", True)
    a = view("sigmoid_1", A, False, "<SigmoidBackward0>", True)
    out = view("linear_2", OUT, False, "<AddmmBackward0>", True)
    loss = view("loss", LOSS, False, "<MseLossBackward0>", True)
    x, y = view("x", X), view("target", Y)
    add("batch", "Batch", "input", (), (x, y), text="1 sample of the training part.")
    one, two = (
        tuple(parameters[f"{layer}.{part}"] for part in ("weight", "bias")) for layer in ("linear_1", "linear_2")
    )
    text = "Every output is a weighted sum of the inputs plus a bias."
    add("forward", "Linear", "linear_1", (x, *one), (z,), formula="z = x·Wᵀ + b = [[2, 1]]", text=text)
    add("forward", "Sigmoid", "sigmoid_1", (z,), (a,), formula="a = 1 / (1 + exp(−z)) = [[0.880797, 0.731059]]")
    add("forward", "Linear", "linear_2", (a, *two), (out,), formula="z = x·Wᵀ + b = [[1.34291]]", text=text)
    add("loss", "MSELoss", "", (out, y), (loss,), formula="L = Σ(ŷ − y)² / N = 2.74593")
    _backward(add, out)
    for name, parameter in parameters.items():
        after = view(name, VALUES[name] - RATE * GRADS[name], grad=True)
        inputs = (parameter, view(f"{name}.grad", GRADS[name]))
        add("update", "SGD", name.split(".")[0], inputs, (after,), parameter=name, formula="θ ← θ − lr·g")
    for name in parameters:
        add("zero_grad", "zero_grad", name.split(".")[0], (view(f"{name}.grad", GRADS[name]),), (), parameter=name)
    return Tape(generation, step, tuple(events), tuple(parameters.values()), graph(), float(LOSS))


def _backward(add, out: TensorView) -> None:
    def grad(values: np.ndarray) -> TensorView:
        return view("gradient", values)

    def accumulate(name: str, node: str) -> None:
        layer = name.split(".", maxsplit=1)[0]
        text = f"The gradient arrives at the leaf and is added into {name}.grad."
        outputs = (view(f"{name}.grad", GRADS[name]),)
        add("accumulate", "AccumulateGrad", layer, (grad(GRADS[name]),), outputs, parameter=name, node=node, text=text)

    def backward(name: str, layer: str, node: str, upstream: np.ndarray, *out: np.ndarray | None) -> None:
        outputs = tuple(None if values is None else grad(values) for values in out)
        formula = "outgoing = upstream × local derivative"
        text = "The chain rule: each outgoing gradient is the upstream one times the local derivative."
        add("backward", name, layer, (grad(upstream),), outputs, node=node, formula=formula, text=text)

    backward("MseLossBackward0", "", "n0", np.array(1, F), D_OUT, None)
    backward("AddmmBackward0", "linear_2", "n1", D_OUT, D_B2, D_A, D_W2T)
    accumulate("linear_2.bias", "n2")
    backward("TBackward0", "linear_2", "n4", D_W2T, D_W2)
    accumulate("linear_2.weight", "n5")
    backward("SigmoidBackward0", "sigmoid_1", "n3", D_A, D_Z)
    backward("AddmmBackward0", "linear_1", "n6", D_Z, D_B1, None, D_W1T)
    accumulate("linear_1.bias", "n7")
    backward("TBackward0", "linear_1", "n8", D_W1T, D_W1)
    accumulate("linear_1.weight", "n9")


def graph() -> GraphView:
    """The autograd graph of S3: four leaves, four AccumulateGrad, two Addmm, two T, Sigmoid, the loss and its output."""

    def node(name: str, kind: str, title: str, x: float, y: float, **more: object) -> GraphNode:
        return GraphNode(name, kind, title, x=x, y=y, width=116, height=32, **more)  # type: ignore[arg-type]

    nodes = [
        node("out", "output", "loss", 240, 580, shape=()),
        node("n0", "operation", "MseLossBackward0", 240, 510, saved=("self (1, 1)", "target (1, 1)")),
        node("n1", "operation", "AddmmBackward0", 240, 440, layer="linear_2", saved=("mat1 (1, 2)", "mat2 (2, 1)")),
        node("n2", "accumulate", "AccumulateGrad", 90, 370, layer="linear_2", parameter="linear_2.bias"),
        node("n3", "operation", "SigmoidBackward0", 240, 370, layer="sigmoid_1", saved=("result (1, 2)",)),
        node("n4", "operation", "TBackward0", 390, 370, layer="linear_2"),
        node("n5", "accumulate", "AccumulateGrad", 390, 300, layer="linear_2", parameter="linear_2.weight"),
        node("n6", "operation", "AddmmBackward0", 240, 300, layer="linear_1", saved=("mat1 (1, 1)",)),
        node("n7", "accumulate", "AccumulateGrad", 170, 230, layer="linear_1", parameter="linear_1.bias"),
        node("n8", "operation", "TBackward0", 310, 230, layer="linear_1"),
        node("n9", "accumulate", "AccumulateGrad", 310, 160, layer="linear_1", parameter="linear_1.weight"),
    ]
    leaves = {"n2": (90, 300), "n5": (390, 230), "n7": (170, 160), "n9": (310, 90)}
    by_id = {each.id: each for each in nodes}
    for below, (x, y) in leaves.items():
        name = by_id[below].parameter
        shape = VALUES[name].shape
        nodes.append(node(f"p{below}", "parameter", name, x, y, layer=name.split(".")[0], parameter=name, shape=shape))
    by_id = {each.id: each for each in nodes}
    pairs = [("n0", "out"), ("n1", "n0"), ("n2", "n1"), ("n3", "n1"), ("n4", "n1"), ("n5", "n4"), ("n6", "n3")]
    pairs += [("n7", "n6"), ("n8", "n6"), ("n9", "n8"), *((f"p{below}", below) for below in leaves)]
    edges = tuple(_edge(by_id[source], by_id[target]) for source, target in pairs)
    return GraphView(tuple(nodes), edges, 480, 620, "built-in", "digraph {}")


def _edge(source: GraphNode, target: GraphNode) -> GraphEdge:
    points = ((source.x, source.y + source.height / 2), (target.x, target.y - target.height / 2))
    return GraphEdge(source.id, target.id, points)


def ledger(of: Tape, cursor: int) -> tuple[LedgerRow, ...]:
    """As engine.ledger: what every parameter and its `.grad` are right after the event at the cursor."""
    rows = []
    for parameter in of.parameters:
        value, grad, count = parameter, None, 0
        for event in of.events[: cursor + 1]:
            if event.parameter != parameter.name:
                continue
            if event.phase == "accumulate":
                grad, count = event.outputs[0], count + 1
            elif event.phase == "update":
                value = event.outputs[0] or value
            elif event.phase == "zero_grad":
                grad, count = None, 0
        rows.append(LedgerRow(parameter.name, parameter.name.split(".")[0], value, grad, count))
    return tuple(rows)
