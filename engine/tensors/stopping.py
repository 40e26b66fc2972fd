"""Early stopping: ends the training when the watched loss has stopped falling, and puts the best weights back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from engine.spec import Choice

if TYPE_CHECKING:
    from engine.tensors.train import Run


class Stopper:
    """Watches the loss at the end of every epoch. `told` is the sentence that says when it stopped and why; "" until then.

    The best weights are kept as a copy, buffers included, where they are to be put back.
    """

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self.best, self.epoch, self.waited = math.inf, 0, 0
        self.weights: dict[str, Tensor] = {}
        self.told = ""
        self.news = False
        """It has just stopped, and nobody has said so yet."""

    @property
    def watches(self) -> bool:
        """Whether every epoch's end must be waited for."""
        return self._choice.kind != "none"

    def epoch_done(self, run: Run, loss: float) -> None:
        """An epoch of the run ended with this loss. May put other weights into its network, in place."""
        if not self.watches or self.told:
            return
        if loss < self.best - self._choice.number("min_delta"):
            self.best, self.epoch, self.waited = loss, run.epoch, 0
            if self._choice.get("restore_best"):
                self.weights = {name: value.clone() for name, value in run.network.state_dict().items()}
            return
        self.waited += 1
        if self.waited >= self._choice.number("patience"):
            self._stop(run)

    def facts(self) -> dict[str, Any]:
        """All but the weights, for a file."""
        best = self.best if math.isfinite(self.best) else None
        return {"best": best, "epoch": self.epoch, "waited": self.waited, "told": self.told}

    def put_back(self, facts: dict[str, Any], weights: dict[str, Tensor]) -> None:
        """What `facts` gave, and the best weights."""
        best = facts.get("best")
        self.best = math.inf if best is None else float(best)
        self.epoch, self.waited = int(facts.get("epoch", 0)), int(facts.get("waited", 0))
        self.told, self.weights = str(facts.get("told", "")), weights

    def _stop(self, run: Run) -> None:
        part = "validation" if len(run.rows["validation"]) else "training"
        since = f"was best in epoch {self.epoch:,} ({self.best:.6g}) and no better in the {self.waited:,} since"
        what = (
            f"Stopped early after epoch {run.epoch:,}: the {part} loss {since if self.epoch else 'was never a number'}."
        )
        end = f"The weights are those of epoch {run.epoch:,}."
        if self.weights:
            with torch.no_grad():
                for name, value in run.network.state_dict().items():
                    value.copy_(self.weights[name])
            end = f"The weights of epoch {self.epoch:,} are back."
        self.told, self.news = f"{what} {end}", True
