"""Sentences beside a line: where torch lets something pass that a learner would not expect, and why it does."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from engine.tensors.lab.sizes import tensors_in

_LOSSES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
_MOST = 50


class Notes:
    """Collects notes, each once per line."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []

    def add(self, line: int, text: str) -> None:
        if text and (line, text) not in self.found and len(self.found) < _MOST:
            self.found.append((line, text))

    def before(self, line: int, name: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> None:
        """What is worth saying before an operation runs."""
        tensors = list(tensors_in((*arguments, *keywords.values())))
        kinds = {each.dtype for each in tensors if each.is_floating_point() and each.ndim}
        if len(kinds) > 1 and name not in ("float", "double", "to", "long", "index"):
            shown = " and ".join(sorted(str(kind).removeprefix("torch.") for kind in kinds))
            self.add(
                line, f"{shown} meet here: element by element the result is float64, products of matrices are refused."
            )
        if name in _LOSSES and len(tensors) >= 2 and tensors[0].shape != tensors[1].shape:
            self._shapes(line, tensors[0], tensors[1])

    def _shapes(self, line: int, prediction: Tensor, target: Tensor) -> None:
        self.add(
            line,
            f"Prediction {tuple(prediction.shape)} and target {tuple(target.shape)} have different shapes: torch repeats both until "
            "they fit and compares every prediction with every target. That is hardly ever meant; use reshape or unsqueeze.",
        )

    def warned(self, line: int, caught: list[warnings.WarningMessage]) -> None:
        """Python warnings of torch: as notes, but for those that are told better already."""
        for each in caught:
            text = str(each.message).split("\n")[0].strip()
            if "target size" not in text and ".grad attribute of a Tensor that is not a leaf" not in text:
                self.add(line, f"PyTorch warns: {text[:300]}")
        caught.clear()
