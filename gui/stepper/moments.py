"""How the events of a tape are told apart on screen: words, glyph and hue per phase, and where each points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.spec import INPUT_ID, OUTPUT_ID
from engine.views import Phase, Tape, TapeEvent, TensorView
from gui.stepper.numbers import shape_text
from gui.theme.tokens import Theme

Direction = Literal["forward", "backward", "parameter"]


@dataclass(frozen=True, slots=True)
class Look:
    """Of one phase: its word, the heading it is listed under, a glyph, the names of its two sides, and a sentence."""

    word: str
    section: str
    glyph: str
    left: str
    right: str
    direction: Direction
    help: str


LOOKS: dict[Phase, Look] = {
    "batch": Look("Batch", "Batch", "▤", "", "The batch", "forward", "The rows that this step learns from."),
    "forward": Look(
        "Forward", "Forward", "→", "Inputs", "Output", "forward", "A layer computes its output from its inputs."
    ),
    "loss": Look(
        "Loss", "Loss", "L", "Prediction and target", "Loss", "forward", "One number: how wrong the prediction is."
    ),
    "backward": Look(
        "Backward",
        "Backward",
        "←",
        "Upstream gradient",
        "Outgoing gradient",
        "backward",
        "A node of the autograd graph turns the gradient of its output into the gradients of its inputs.",
    ),
    "accumulate": Look(
        "Accumulate",
        "Backward",
        "+=",
        "Arriving gradient",
        ".grad afterwards",
        "backward",
        "A gradient is added into a leaf's .grad.",
    ),
    "clip": Look(
        "Clip",
        "Clip",
        "✂",
        ".grad before",
        ".grad afterwards",
        "backward",
        "A gradient that is too large is cut down before the optimizer uses it.",
    ),
    "update": Look(
        "Update",
        "Update",
        "θ",
        "Parameter before, and its .grad",
        "Parameter afterwards",
        "parameter",
        "The optimizer changes a parameter by its .grad.",
    ),
    "zero_grad": Look(
        "zero_grad",
        "zero_grad",
        "∅",
        ".grad before",
        ".grad afterwards",
        "parameter",
        "Forget the gradients, so that the next step starts without them.",
    ),
}


def hue(theme: Theme, phase: Phase) -> str:
    """The colour of a phase: data, forward, backward and parameters have one each, everywhere."""
    hues = {"batch": theme.data, "backward": theme.backward, "accumulate": theme.backward, "clip": theme.backward}
    hues |= {"update": theme.parameter, "zero_grad": theme.parameter}
    return hues.get(phase, theme.forward)


def headline(event: TapeEvent) -> str:
    """ "Backward · SigmoidBackward0 at sigmoid_1" """
    word = LOOKS[event.phase].word
    if event.phase in ("accumulate", "clip", "update", "zero_grad") and event.parameter:
        what = f"{event.parameter}.grad" if event.phase != "update" else event.parameter
        return f"{word} · {what}"
    place = f" at {event.layer}" if event.layer and event.layer not in (INPUT_ID, OUTPUT_ID, event.name) else ""
    name = "" if event.name.lower() == word.lower() else f" · {event.name}"
    return f"{word}{name}{place}"


def label(event: TapeEvent) -> str:
    """The event in its list, where the phase is said by heading and glyph."""
    if event.phase in ("clip", "update", "zero_grad") and event.parameter:
        return event.parameter
    return event.name


def place(event: TapeEvent) -> str:
    """What the list says after the label: the leaf, or the layer."""
    if event.phase in ("clip", "update", "zero_grad"):
        return ""
    if event.phase == "accumulate":
        return event.parameter
    return "" if event.layer in (INPUT_ID, OUTPUT_ID) else event.layer


def tiny_shape(event: TapeEvent) -> str:
    """The shape of the first tensor that comes out, or went in when nothing comes out."""
    for tensor in (*event.outputs, *event.inputs):
        if tensor is not None:
            return shape_text(tensor.shape)
    return ""


def layer_of(event: TapeEvent) -> str:
    """The node of the network to light up for an event, also where it is the batch or the loss."""
    if event.layer:
        return event.layer
    if event.parameter:
        return event.parameter.rsplit(".", 1)[0]
    return {"batch": INPUT_ID, "loss": OUTPUT_ID, "backward": OUTPUT_ID}.get(event.phase, "")


def side_name(tensor: TensorView | None, side: str, position: int, count: int) -> str:
    """The name of one tensor of an event; several gradients without a telling name are numbered."""
    name = tensor.name if tensor is not None else ""
    if name and name not in ("gradient", "grad"):
        return name
    return side if count == 1 else f"{side} {position + 1} of {count}"


def event_for_layer(tape: Tape, cursor: int, layer: str) -> int | None:
    """Where to go when a layer was picked: its event in the phase that is shown now, else its first one.

    None when it has no event, and when the cursor is at one of its events already.
    """
    here = tape.events[cursor]
    if layer_of(here) == layer:
        return None
    own = [event for event in tape.events if layer_of(event) == layer]
    same = [event for event in own if event.phase == here.phase]
    near = [event for event in own if LOOKS[event.phase].direction == LOOKS[here.phase].direction]
    found = same or near or own
    return found[0].index if found else None
