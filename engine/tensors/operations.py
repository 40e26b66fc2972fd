"""The operations that were heard in a forward pass, told as events of the tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from torch import Tensor
from torch.autograd.graph import Node

from engine.spec import INPUT_ID, OUTPUT_ID
from engine.tensors.copies import StepCopy
from engine.tensors.dispatch import Heard, Numbers
from engine.tensors.formulas.aten import describe, work_out_aten
from engine.tensors.formulas.moment import lines
from engine.tensors.graph_walk import Nodes, title
from engine.views import TapeEvent, TensorView

_SILENT = frozenset(("detach", "empty", "empty_like", "alias"))
"""How torch keeps house, no part of the computation: nobody would write these."""
_OVERWRITING = frozenset(("bernoulli_", "zero_", "fill_"))
"""They do not read what they write into: memory that may never have been filled."""


class OperationTeller:
    """Knows the names of one forward pass: parameters, layers' outputs, and of everything else the node that made it.

    `results` gets what the nodes gave, as far as it is not known yet.
    """

    def __init__(
        self, step: StepCopy, nodes: Nodes, results: dict[Node, TensorView], value_name: Callable[[str], str]
    ) -> None:
        self._nodes = nodes
        self._results = results
        network = step.network
        held = (*network.named_parameters(), *network.named_buffers())
        self._names = {id(tensor): name for name, tensor in held}
        self._names |= {id(step.y): "y", id(step.x): value_name(INPUT_ID)}
        self._names |= {id(output): value_name(layer) for layer, output in reversed(step.outputs.items())}
        self._step = step  # holds the tensors, and with them their ids

    def events(self, whole: TapeEvent, heard: Sequence[Heard]) -> tuple[TapeEvent, ...]:
        """The operations of one layer, or of the loss, whose own event is `whole`."""
        told = [each for each in heard if each.name not in _SILENT]
        last = {id(tensor): number for number, each in enumerate(told) for tensor, _ in each.made}
        return tuple(
            self._event(whole, each, [last[id(tensor)] == number for tensor, _ in each.made])
            for number, each in enumerate(told)
        )

    def _event(self, whole: TapeEvent, heard: Heard, final: Sequence[bool]) -> TapeEvent:
        """`final` says of each result whether it stays as this operation left it; a later one may write into it."""
        outputs = []
        node = ""
        for (tensor, array), stays in zip(heard.made, final, strict=True):
            shown = self._result(whole, heard, tensor, array, stays)
            outputs.append(shown)
            function = tensor.grad_fn if stays and tensor.output_nr == 0 else None
            if function in self._nodes.ids and not node:
                assert function is not None
                node = self._nodes.ids[function]
                self._results.setdefault(function, shown)
        first = outputs[0] if outputs else None
        read = () if heard.name in _OVERWRITING else heard.given
        inputs = tuple(self._view(self._name(tensor), tensor, array) for tensor, array in read)
        return TapeEvent(
            whole.index,
            whole.phase,
            heard.name,
            whole.layer,
            node=node,
            inputs=inputs,
            outputs=tuple(outputs),
            formula=self._formula(whole, heard, first),
            text=describe(heard.name, "the loss" if whole.layer == OUTPUT_ID else whole.name),
            seconds=heard.seconds,
        )

    def _result(self, whole: TapeEvent, heard: Heard, tensor: Tensor, array: Numbers, stays: bool) -> TensorView:
        """A result; the layer's own is the very view that the layer's event has."""
        own = whole.outputs[0]
        if stays and own is not None and own.shape == array.shape and self._name(tensor, heard.name) == own.name:
            return own
        known = self._results.get(tensor.grad_fn) if stays and tensor.grad_fn is not None else None
        if known is not None and known.shape == array.shape and tensor.output_nr == 0:
            return known
        return self._view(self._name(tensor, heard.name), tensor, array)

    def _name(self, tensor: Tensor, otherwise: str = "constant") -> str:
        if id(tensor) in self._names:
            return self._names[id(tensor)]
        if tensor.grad_fn in self._nodes.ids and tensor.output_nr == 0:
            return self._nodes.quantity(tensor.grad_fn)
        if otherwise != "constant":
            self._names[id(tensor)] = otherwise
        return otherwise

    @staticmethod
    def _view(name: str, tensor: Tensor, array: Numbers) -> TensorView:
        function = title(tensor.grad_fn) if tensor.grad_fn is not None else ""
        return TensorView(name, array, tensor.requires_grad, tensor.is_leaf, function, str(tensor.device))

    def _formula(self, whole: TapeEvent, heard: Heard, result: TensorView | None) -> str:
        """The operation's own; for one that gives the layer's result without having one, the layer's."""
        if result is None:
            return ""
        arguments = tuple(heard.plain(each) for each in heard.arguments)
        keywords = {name: heard.plain(each) for name, each in heard.keywords.items()}
        with np.errstate(all="ignore"):
            worked = work_out_aten(heard.name, arguments, keywords, result.values, result.name)
        return lines(worked, whole.formula if result in whole.outputs else "")
