"""When training ends before the planned epochs are done."""

from __future__ import annotations

from engine.catalog.entry import Catalog, Entry
from engine.fields import Field

STOPPINGS: Catalog[Entry] = Catalog(
    "rule for stopping",
    (
        Entry("none", "After the planned epochs", "", (), "Training ends when all planned epochs are done."),
        Entry(
            "early",
            "Early stopping",
            "",
            (
                Field(
                    "patience",
                    "patience",
                    "int",
                    10,
                    "So many epochs in a row without a better loss end the training.",
                    low=1,
                    high=1_000_000,
                    unit="epochs",
                ),
                Field(
                    "min_delta",
                    "min_delta",
                    "float",
                    0.0,
                    "By so much the loss must fall below its best to count as better.",
                    low=0.0,
                    high=1e9,
                ),
                Field("restore_best", "Best weights back", "bool", True, "Put the weights of the best epoch back."),
            ),
            "Training ends when the loss of the validation part has stopped falling; without one, that of the training part.",
            "patience epochs without loss < best − min_delta: stop",
        ),
    ),
)
