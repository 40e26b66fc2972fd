"""The diagnosis of a run: a strip of what its layers did over time, and the verdicts with their remedies."""
