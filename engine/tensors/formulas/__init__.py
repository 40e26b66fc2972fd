"""Formulas with a step's own numbers put in. Works on NumPy copies: no torch, so every line can be checked by itself."""
