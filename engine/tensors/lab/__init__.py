"""Graph Lab on torch: typed tensor expressions evaluated by an interpreter of our own, with tape, graph and ledger."""

from engine.tensors.lab.evaluation import evaluate, lab

__all__ = ["evaluate", "lab"]
