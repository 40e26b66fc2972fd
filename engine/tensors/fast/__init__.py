"""The fast path: a training step traced once and run many times, bit for bit the textbook's own (engine/tensors/steps.py)."""
