"""Graph Lab, the half without torch: its language, what it refuses and why, and ready texts."""
