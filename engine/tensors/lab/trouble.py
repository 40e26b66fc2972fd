"""Errors of a lab line as cards: what happened, why, what to write; torch's own words are kept beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass


class TroubleError(Exception):
    """A line that cannot be carried out. `node` is the id of the autograd node that it is about."""

    def __init__(self, text: str, why: str = "", node: str = "", details: str = "") -> None:
        super().__init__(text)
        self.text, self.why, self.node, self.details = text, why, node, details


@dataclass(frozen=True, slots=True)
class _Card:
    pattern: str
    text: str
    why: str


_CARDS = (
    _Card(
        "grad can be implicitly created only for scalar outputs",
        "backward() starts from one number, but {subject} has {count}.",
        "A gradient says how one number changes. Reduce first: {subject}.sum().backward() or {subject}.mean().backward(); "
        "or say how much each number counts with backward(gradient=…).",
    ),
    _Card(
        "backward through the graph a second time",
        "This backward pass needs numbers that the first one has thrown away{node}.",
        "After backward() autograd frees what the nodes had saved from the forward pass. "
        "Write backward(retain_graph=True) in the earlier call to keep it, or compute the result once more.",
    ),
    _Card(
        "leaf [Vv]ariable that requires grad",
        "A leaf that requires grad cannot be changed in place here.",
        "Autograd would no longer know with which numbers the result was computed. Put the change below with no_grad():, "
        "or let an optimizer do it with step().",
    ),
    _Card(
        "modified by an inplace operation",
        "A number that backward() needs was changed in place{node}.",
        "The node saved this tensor in the forward pass; its version counter shows that it was changed since. "
        "Write the change as a new value (y = y + 1 in place of y += 1).",
    ),
    _Card(
        "does not require grad and does not have a grad_fn",
        "There is nothing to go back to: {subject} was not computed from a tensor that requires grad.",
        "Make the input a parameter: x = tensor(2.0, requires_grad=True). Results of no_grad() and .detach() have no graph.",
    ),
    _Card(
        "can't optimize a non-leaf Tensor",
        "An optimizer can only change leaves.",
        "This tensor was computed from others; autograd keeps no .grad for it. Give the optimizer the tensors that were made "
        "directly with requires_grad=True.",
    ),
    _Card(
        "Only Tensors of floating point|only Tensors of floating point|only require gradients for floating",
        "Whole numbers have no gradient.",
        "A gradient needs numbers that can change a little: write tensor(2.0), with the point, or dtype=float32.",
    ),
    _Card(
        "you can only change requires_grad flags of leaf|can only change requires_grad flags",
        "requires_grad can only be switched off for leaves.",
        "This tensor was computed from one that requires grad. Use .detach() to take its numbers out of the graph.",
    ),
    _Card(
        "can't retain_grad on Tensor that has requires_grad=False",
        "retain_grad() needs a tensor that autograd follows.",
        "Nothing that this was computed from has requires_grad=True.",
    ),
    _Card(
        "mat1 and mat2 shapes cannot be multiplied|size mismatch|inconsistent tensor size|Expected size for first two dimensions"
        "|vector \\+ matrix|1D tensors expected|to matmul need to be at least 1D|must be a (?:3D tensor|matrix)|expected a matrix",
        "These shapes cannot be multiplied.",
        "In a @ b the last axis of a must be as long as the first axis of b that is not a batch: (2, 3) @ (3, 4).",
    ),
    _Card(
        "must match the size of tensor|must match the existing size|not broadcastable|output with shape|number of sizes provided|shape mismatch",
        "These shapes do not fit each other.",
        "Element by element, axes must be equally long or 1, counted from the right: (3,) fits (2, 3), but not (2,).",
    ),
    _Card(
        "is invalid for input of size",
        "The new shape has another number of elements.",
        "view and reshape only put the same numbers into another form; one size may be −1.",
    ),
    _Card(
        "view size is not compatible",
        "view() cannot see these numbers in that shape.",
        "They do not lie one after the other in memory, for example after a transpose. Write reshape(…).",
    ),
    _Card(
        "cannot be converted to Scalar|only one element tensors|only be called on|Boolean value of Tensor",
        "Only a tensor with one element is a plain number.",
        "Reduce it first with .sum() or .mean(), or pick an element: x[0].",
    ),
    _Card(
        "have the same dtype|expected scalar type|expected m1 and m2|same dtype|Found dtype",
        "These tensors hold different kinds of numbers.",
        "Make them one kind: x.float() is float32, x.double() is float64, x.long() are whole numbers.",
    ),
    _Card(
        "can't be cast to the desired output type",
        "The result does not fit into this tensor's kind of numbers.",
        "In place, the kind stays: a tensor of whole numbers cannot take decimals. Write tensor(1.0) with the point.",
    ),
    _Card(
        "out of bounds|out of range|too many indices|shape of the mask",
        "There is no such place.",
        "Counting begins at 0: a tensor of 3 elements has the places 0, 1 and 2. Classes count from 0 too.",
    ),
    _Card(
        "Mismatch in shape: grad_output|gradient .* shape|assigned grad has data of a different size",
        "The gradient must have the shape of the tensor it belongs to.",
        "backward(gradient=…) takes one number for every number of the result.",
    ),
    _Card(
        "mean\\(\\): could not infer output dtype|Input dtype must be either a floating|only supports floating|not implemented for 'Long'",
        "This needs decimal numbers, not whole ones.",
        "Write tensor([1.0, 2.0]) with the point, or .float().",
    ),
    _Card(
        "probability has to be between|all elements of input should be between 0 and 1",
        "A probability must lie between 0 and 1.",
        "Put sigmoid(…) before it, or use binary_cross_entropy_with_logits, which takes any number.",
    ),
    _Card(
        "invalid combination of arguments|missing .* required positional|must be Tensor, not|must be tuple of|unexpected keyword"
        "|expected Tensor as element|argument .* must be|unsupported operand|has no attribute|positional argument|not iterable",
        "The function cannot work with these arguments.",
        "Most functions want tensors: write tensor(2.0) for 2.0. Sizes are whole numbers; settings are named, such as dtype=float64.",
    ),
    _Card("division by zero", "Plain numbers cannot be divided by zero.", "A tensor can: tensor(1.0)/0 is inf."),
)


def explain(
    error: BaseException, subject: str = "this", count: str = "several numbers", node: tuple[str, str] = ("", "")
) -> TroubleError:
    """What torch refused, as a card. `subject` is what the line is about, `node` the id and title of the node that failed."""
    if isinstance(error, TroubleError):
        return error
    own = _own_words(error)
    place = f", at {node[1]}" if node[1] else ""
    for card in _CARDS:
        if re.search(card.pattern, own):
            text = card.text.replace("{subject}", subject).replace("{count}", count).replace("{node}", place)
            return TroubleError(text, card.why.replace("{subject}", subject), node[0], own)
    return TroubleError("PyTorch cannot do this.", own.split("\n")[0][:300], node[0], own)


def _own_words(error: BaseException) -> str:
    """torch's message without the part that lists C++ signatures."""
    text = str(error).split("\nException raised from")[0].strip() or type(error).__name__
    return text[:2_000]
