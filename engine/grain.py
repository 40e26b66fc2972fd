"""The same tape, finer or coarser: layer by layer, with every autograd node, or operation by operation.

Nothing is recorded anew: all three are ways to read one recording, so going from one to another takes no time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Literal, get_args

from engine.catalog import LAYERS
from engine.views import Tape, TapeEvent, TensorView

Grain = Literal["layer", "node", "operation"]
GRAINS: tuple[Grain, ...] = get_args(Grain)
_Placed = tuple[TapeEvent, int]
"""An event, and the index of the recorded one that it stands for."""


def at_grain(tape: Tape, grain: Grain) -> Tape:
    """The tape with other events, numbered anew; everything else is the same.

    "layer": one event per layer, forwards and backwards. "node": layers forwards, autograd's nodes backwards, as it was
    recorded. "operation": every ATen operation forwards, autograd's nodes backwards.
    """
    if grain == "node":
        return tape
    events = tuple(replace(event, index=index) for index, (event, _) in enumerate(_placed(tape, grain)))
    return replace(tape, events=events)


def carried_over(tape: Tape, cursor: int, old: Grain, new: Grain) -> int:
    """Where the event number `cursor` of the recorded tape at grain `old` is found at grain `new`.

    An event that the new grain takes apart is found at its last part, where its result is; one that it joins, in the whole.
    """
    here = _placed(tape, old)
    if not here:
        return 0
    origin = here[min(max(cursor, 0), len(here) - 1)][1]
    places = [place for _, place in _placed(tape, new)]
    known = max((place for place in places if place <= origin), default=places[0] if places else 0)
    return len(places) - 1 - places[::-1].index(known) if places else 0


def _placed(tape: Tape, grain: Grain) -> list[_Placed]:
    if grain == "operation":
        return [(each, event.index) for event in tape.events for each in tape.operations.get(event.index, (event,))]
    if grain == "layer":
        return list(_joined(tape.events))
    return [(event, event.index) for event in tape.events]


def _joined(events: Sequence[TapeEvent]) -> Iterator[_Placed]:
    """Autograd's nodes of one layer that ran one after the other become one event, in front of what they put into `.grad`s."""
    for (_, passing), run in groupby(
        events, key=lambda event: (event.layer, event.phase in ("backward", "accumulate"))
    ):
        together = list(run)
        nodes = [event for event in together if event.phase == "backward"]
        if passing and len(nodes) > 1:
            first = together.index(nodes[0])
            yield from ((event, event.index) for event in together[:first])
            yield _one(nodes, together), nodes[0].index
            together = [event for event in together[first:] if event.phase != "backward"]
        yield from ((event, event.index) for event in together)


def _one(nodes: Sequence[TapeEvent], together: Sequence[TapeEvent]) -> TapeEvent:
    """What goes into the layer's first node, and what leaves any of them for elsewhere."""
    inside = {view.name for event in nodes for view in event.inputs if view is not None}
    leaving: list[TensorView | None] = [
        view for event in nodes for view in event.outputs if view is not None and view.name not in inside
    ]
    names = ", ".join(event.name for event in nodes)
    first = nodes[0]
    return replace(
        first,
        name=_title(first),
        outputs=tuple(leaving),
        formula="\n".join(event.formula for event in nodes if event.formula),
        text=f"The gradient goes through the whole layer at once: {len(nodes)} autograd nodes ({names}).",
        saved=tuple(view for event in nodes for view in event.saved),
        frees=any(event.frees for event in nodes),
        seconds=sum(event.seconds for event in together),
    )


def _title(event: TapeEvent) -> str:
    kind = event.layer.rpartition("_")[0]
    return LAYERS[kind].title if kind in LAYERS else event.layer
