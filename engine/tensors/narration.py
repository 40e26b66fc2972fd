"""What the tape says at every moment: title, formula with the numbers put in, and a sentence for a student."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import nn
from torch.autograd.graph import Node

from engine.catalog import LAYERS, LOSSES, OPTIMIZERS
from engine.spec import INPUT_ID, OUTPUT_ID, ProjectSpec
from engine.tensors.build import Network
from engine.tensors.formulas.backward import explain
from engine.tensors.formulas.forward import layer_formula
from engine.tensors.formulas.layer_moment import LayerMoment
from engine.tensors.formulas.losses import loss_formula
from engine.tensors.formulas.moment import Moment, Worked, at, lines, picked
from engine.tensors.formulas.terms import add_up, show
from engine.tensors.formulas.updates import UpdateMoment, update_formula
from engine.tensors.graph_walk import Nodes, layer_of, leaf_of, title
from engine.views import TapeEvent, TensorView, frozen

Views = tuple[TensorView | None, ...]
_MASKS = {"other": "mask", "result1": "mask"}
"""Under which names the nodes of dropout (MulBackward0, NativeDropoutBackward0) keep their mask."""


_DIVERGED = np.errstate(all="ignore")
"""Numbers of a run that diverged may be infinite: formulas then come to NaN as torch does, without a warning."""


class Narrator:
    """Turns what was recorded into events. Holds no tensors; the project says which layer, loss and optimizer it is."""

    def __init__(self, project: ProjectSpec) -> None:
        self._project = project

    def value_name(self, source: str, network: Network | None = None) -> str:
        """How a value is called: x for the batch, ŷ for what goes into the loss, else the layer's id."""
        if source == INPUT_ID:
            return "x"
        if network is not None and network.sources[OUTPUT_ID] == (source,):
            return "ŷ"
        return source

    def batch(self, index: int, outputs: tuple[TensorView, TensorView]) -> TapeEvent:
        x, y = outputs
        rows = x.shape[0]
        text = (
            f"{'The next sample goes' if rows == 1 else f'The next {rows} samples go'} in: features x {_size(x)} "
            f"and targets y {_size(y)}, which the network does not see, only the loss."
        )
        return TapeEvent(index, "batch", "Batch", INPUT_ID, outputs=outputs, text=text)

    @_DIVERGED
    def layer(
        self,
        index: int,
        layer: str,
        *,
        module: nn.Module,
        held: Mapping[str, np.ndarray[Any, Any]],
        given: tuple[TensorView, ...],
        result: TensorView,
    ) -> TapeEvent:
        """A layer's forward pass. `held` are its parameters and buffers after it ran."""
        choice = self._project.network.node(layer).layer
        entry = LAYERS[choice.kind]
        arguments = {name: getattr(module, name, value) for name, value in choice.values}
        become = "becomes" if len(given) == 1 else "become"
        moment = LayerMoment(arguments, held, tuple(each.values for each in given), result.values, module.training)
        return TapeEvent(
            index,
            "forward",
            entry.title,
            layer,
            inputs=given,
            outputs=(result,),
            formula=layer_formula(choice.kind, moment, "ŷ" if result.name == "ŷ" else "y", entry.formula),
            text=f"{entry.help} Here {' and '.join(_size(each) for each in given)} {become} {_size(result)}.",
        )

    @_DIVERGED
    def loss(
        self,
        index: int,
        given: tuple[TensorView, TensorView],
        result: TensorView,
        weights: np.ndarray[Any, Any] | None = None,
    ) -> TapeEvent:
        """Prediction and target become one number; `weights` are those of the classes, if they have any."""
        choice = self._project.train.loss
        entry = LOSSES[choice.kind]
        prediction, target = (each.values for each in given)
        value = float(result.values)
        formula = loss_formula(
            choice.kind,
            prediction,
            target,
            {**choice.as_dict(), "weights": weights},
            loss=value,
            otherwise=entry.formula,
            called=result.name,
        )
        starts = "every gradient starts from it" if result.name == "L" else "the penalty is still to be added"
        text = f"{entry.help} One number, {show(value)}, says how wrong the whole batch is; {starts}."
        if weights is not None:
            text += f" Classes have weights: {entry.weights} = {', '.join(show(float(each)) for each in weights[:8])}."
        return TapeEvent(index, "loss", entry.title, OUTPUT_ID, "", "", given, (result,), formula, text)

    @_DIVERGED
    def backward(
        self,
        index: int,
        nodes: Nodes,
        node: Node,
        *,
        upstream: Views,
        outgoing: Views,
        saved: Mapping[str, object],
        arriving: tuple[tuple[str, TensorView], ...],
        before: TensorView | None = None,
        frees: bool = False,
    ) -> TapeEvent:
        """An autograd node at work. `arriving` are the contributions that autograd summed to the upstream gradient.

        `before` is a leaf's `.grad` as it was; `frees` says that the node lets go of what it saved.
        """
        layer = nodes.layers.get(node, "")
        parameter = nodes.parameters.get(node, "")
        if leaf_of(node) is not None:
            formula, text = accumulated(parameter, upstream, outgoing, arriving, before)
            return TapeEvent(
                index, "accumulate", title(node), layer, parameter, nodes.ids[node], upstream, outgoing, formula, text
            )
        moment = Moment(title(node), _arrays(upstream), _arrays(outgoing), saved)
        formula, text = explain(moment, nodes.operands(node))
        if node is not nodes.loss.grad_fn:  # a penalty was added to the loss
            text = text.removeprefix("Here the way back begins: dL/dL = 1. ")
        meeting, sentence = meeting_point(upstream, arriving)
        return TapeEvent(
            index,
            "backward",
            title(node),
            layer,
            "",
            nodes.ids[node],
            upstream,
            outgoing,
            "\n".join(part for part in (meeting, formula) if part),
            " ".join(part for part in (sentence, text) if part),
            saved=self._kept(layer, saved),
            frees=frees,
        )

    def _kept(self, layer: str, saved: Mapping[str, object]) -> tuple[TensorView, ...]:
        """The tensors that a node saved, copied: an optimizer may change the originals in place. A dropout's mask is named so."""
        network = self._project.network
        names = _MASKS if network.has(layer) and network.node(layer).kind == "dropout" else {}
        return tuple(
            TensorView(names.get(name, name), frozen(np.array(value, order="C")))
            for name, value in saved.items()
            if isinstance(value, np.ndarray)
        )

    def retained(
        self,
        index: int,
        nodes: Nodes,
        node: Node,
        layer: str,
        *,
        before: TensorView | None,
        after: TensorView,
        upstream: Views,
    ) -> TapeEvent:
        """The gradient arrives at a value on which retain_grad() was called, just before the node that made it goes on."""
        name = after.name.removesuffix(".grad")
        formula, _ = accumulated(name, upstream, (after,), (), before)
        text = f"{name} is no leaf, but retain_grad() was called on it: it keeps its gradient in .grad" + (
            "; it is added to what was there." if before is not None else ", which was None before."
        )
        return TapeEvent(
            index, "accumulate", "retain_grad", layer, name, nodes.ids[node], upstream[:1], (after,), formula, text
        )

    @_DIVERGED
    def update(
        self,
        index: int,
        before: TensorView,
        *,
        gradient: TensorView | None,
        after: TensorView,
        settings: Mapping[str, object],
        old: Mapping[str, np.ndarray[Any, Any]],
        new: Mapping[str, Any],
    ) -> TapeEvent:
        """One parameter in optimizer.step()."""
        choice = self._project.train.optimizer
        entry = OPTIMIZERS[choice.kind]
        layer = layer_of(before.name)
        if gradient is None:
            text = f"{before.name} has no gradient, because the loss does not depend on it: the optimizer leaves it as it is."
            return TapeEvent(
                index, "update", entry.title, layer, before.name, "", (before, None), (after,), entry.formula, text
            )
        state = {name: value for name, value in new.items() if isinstance(value, np.ndarray)}
        moment = UpdateMoment(before.name, settings, before.values, gradient.values, after.values, old, state)
        text = f"{entry.help} Each number of {before.name} moves by its own gradient, with learning rate {show(moment.setting('lr'))}."
        formula = update_formula(choice.kind, moment, entry.formula)
        return TapeEvent(
            index, "update", entry.title, layer, before.name, "", (before, gradient), (after,), formula, text
        )

    def zero_grad(
        self, index: int, name: str, *, before: TensorView | None = None, after: TensorView | None = None
    ) -> TapeEvent:
        """A `.grad` becomes None, or zeros when there is an `after`."""
        if after is not None:
            formula = f"{name}.grad = 0"
            text = (
                f"{name}.grad becomes zeros, not None: the next gradient is added to 0, which is the same, but an optimizer does "
                "not skip it, so momentum, weight decay and Adam's averages would still move the parameter."
            )
        else:
            formula = f"{name}.grad = None"
            text = (
                f"{name}.grad becomes None, so that the next step starts afresh; "
                "otherwise its gradient would be added to this one."
            )
        inputs, outputs = ((each,) if each is not None else () for each in (before, after))
        return TapeEvent(
            index,
            "zero_grad",
            "zero_grad",
            layer_of(name) or name,
            name,
            inputs=inputs,
            outputs=outputs,
            formula=formula,
            text=text,
        )


def accumulated(
    name: str,
    upstream: Views,
    outgoing: Views,
    arriving: tuple[tuple[str, TensorView], ...],
    before: TensorView | None,
) -> tuple[str, str]:
    """A `.grad` takes the gradient that arrives: it becomes it, or it is added to what was there `before`."""
    meeting, sentence = meeting_point(upstream, arriving)
    grad, arrived = outgoing[0], upstream[0] if upstream else None
    shown = []
    for place in picked(grad.values) if grad is not None else ():
        assert grad is not None
        now = show(float(grad.values[place]))
        if before is not None and arrived is not None and before.shape == arrived.shape:
            sum_ = add_up(np.array([before.values[place], arrived.values[place]]))
            now = f"{sum_.text} = {now}" if sum_.text != now else now
        shown.append(f"{at(f'{name}.grad', grad.shape, place)} = {now}")
    text = f"{name} has no .grad yet: it becomes the gradient that arrives."
    if before is not None:
        text = (
            f"{name}.grad was not empty: the gradient that arrives is added to it. Only zero_grad() would begin afresh."
        )
    return "\n".join(part for part in (meeting, *shown) if part), " ".join(part for part in (sentence, text) if part)


def meeting_point(upstream: Views, arriving: tuple[tuple[str, TensorView], ...]) -> tuple[str, str]:
    """Formula and sentence for several paths that meet at a node: each contribution and their sum."""
    total = upstream[0] if upstream else None
    if len(arriving) < 2 or total is None or any(each.shape != total.shape for _, each in arriving):
        return "", ""
    worked = []
    for place in picked(total.values):
        sum_ = add_up(np.array([each.values[place] for _, each in arriving]))
        worked.append(Worked(at("g", total.shape, place), sum_, float(total.values[place])))
    names = ", ".join(name for name, _ in arriving)
    return lines(worked, ""), f"{len(arriving)} paths meet here (from {names}); their gradients are added to g."


def _arrays(views: Views) -> tuple[np.ndarray[Any, Any] | None, ...]:
    return tuple(None if each is None else each.values for each in views)


def _size(tensor: TensorView) -> str:
    return str(tensor.shape)
