"""Layers that walk along a sequence (N, L, features) and remember. batch_first is always True: the batch is axis 0 everywhere."""

from __future__ import annotations

from engine.catalog.layers.base import LayerEntry, arriving, choice, count, switch
from engine.fields import Field

LAST, ALL = "last step", "all steps"

_DROPOUT = Field(
    "dropout",
    "dropout",
    "float",
    0.0,
    "While training, chance of a value to be dropped between two stacked layers; needs num_layers of 2 or more.",
    low=0.0,
    high=1.0,
)


def _recurrent(
    kind: str, title: str, help: str, formula: str, *, before: tuple[Field, ...] = (), behind: tuple[Field, ...] = ()
) -> LayerEntry:
    fields = (
        arriving("input_size", "features per step"),
        count("hidden_size", 16, "Numbers in the memory: the features that leave."),
        count("num_layers", 1, "Layers stacked on each other, each reading the steps of the one below.", high=100),
        *before,
        switch("bias", True, "Add learned numbers to every gate."),
        _DROPOUT,
        switch("bidirectional", False, "Read the sequence also from its end; both results lie side by side."),
        *behind,
        choice(
            "output",
            LAST,
            "What goes on: the result after the last step (N, hidden), or that of every step (N, L, hidden). "
            "Read from both ends, the last step is the last one of each direction.",
            LAST,
            ALL,
        ),
    )
    return LayerEntry(
        kind,
        title,
        f"torch.nn.{title}",
        fields,
        help,
        formula,
        group="Sequence",
        inferred=(("input_size", -1),),
        weights=True,
        biases=True,
        words=("recurrent", "sequence", "time", "memory"),
    )


SEQUENCES = (
    _recurrent(
        "rnn",
        "RNN",
        "Walks along a sequence with a memory h that every step rewrites.",
        "h ← tanh(x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh)",
        before=(choice("nonlinearity", "tanh", "What bends the memory.", "tanh", "relu"),),
    ),
    _recurrent(
        "lstm",
        "LSTM",
        "Walks along a sequence with a memory c; gates decide what is forgotten, written and shown.",
        "c ← f∘c + i∘g;  h ← o∘tanh(c);  i, f, o = σ(…), g = tanh(…)",
        behind=(count("proj_size", 0, "Project the shown memory to this size; 0 does not.", low=0, high=1_000_000),),
    ),
    _recurrent(
        "gru",
        "GRU",
        "Walks along a sequence with a memory h; two gates decide how much of it each step rewrites.",
        "h ← (1 − z)∘n + z∘h;  r, z = σ(…), n = tanh(… + r∘(…))",
    ),
)
