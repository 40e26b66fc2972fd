"""Gradient clipping. Fields carry torch's own names and defaults (torch.nn.utils, PyTorch 2.13)."""

from __future__ import annotations

from engine.catalog.entry import Catalog, Entry
from engine.fields import Field

CLIPPINGS: Catalog[Entry] = Catalog(
    "clipping",
    (
        Entry("none", "None", "", (), "The optimizer gets the gradients as backward left them."),
        Entry(
            "norm",
            "By norm",
            "torch.nn.utils.clip_grad_norm_",
            (
                Field(
                    "max_norm",
                    "max_norm",
                    "float",
                    1.0,
                    "Longest that the gradient of all parameters together may be.",
                    low=0.0,
                    low_open=True,
                    high=1e9,
                    live=True,
                ),
                Field(
                    "norm_type",
                    "norm_type",
                    "float",
                    2.0,
                    "Which norm measures it; 2 is the usual length.",
                    low=1.0,
                    high=100.0,
                    live=True,
                ),
            ),
            "A gradient that is too long is shortened; its direction stays. All parameters count together.",
            "g ← g·min(1, max_norm/(‖g‖ + 1e-6))",
        ),
        Entry(
            "value",
            "By value",
            "torch.nn.utils.clip_grad_value_",
            (
                Field(
                    "clip_value",
                    "clip_value",
                    "float",
                    1.0,
                    "Every element is kept between minus this and this.",
                    low=0.0,
                    low_open=True,
                    high=1e9,
                    live=True,
                ),
            ),
            "Every element of the gradient is cut off by itself, so its direction may change.",
            "g ← max(−clip_value, min(clip_value, g))",
        ),
    ),
)
