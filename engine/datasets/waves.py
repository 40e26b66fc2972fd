"""Sequences whose next number is asked for."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry
from engine.datasets.form import SEED, noise, rows
from engine.fields import Field


def make_waves(n: int, length: int, noise: float, seed: int) -> tuple[object, object]:
    """Sine waves of random frequency and phase; features (n, length, 1), targets (n, 1): the number that comes next."""
    import numpy as np

    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.3, 1.2, (n, 1))
    phase = rng.uniform(0, 2 * np.pi, (n, 1))
    wave = np.sin(phase + frequency * np.arange(length + 1))
    heard = wave[:, :-1] + noise * rng.standard_normal((n, length))
    return heard[:, :, None].astype(np.float32), wave[:, -1:].astype(np.float32)


WAVES = DatasetEntry(
    kind="waves",
    title="Waves",
    torch_name="",
    fields=(
        rows(500),
        Field("length", "Length", "int", 12, "How many numbers of a wave are seen.", low=2, high=200),
        noise(
            0.05, "Standard deviation of the noise on the numbers that are seen; the one that is asked for has none."
        ),
        SEED,
    ),
    help="A wave is heard for a while; which number comes next? For RNN, LSTM, GRU and Conv1d.",
    formula="xₜ = sin(φ + ω·t) + noise·ε,  y = sin(φ + ω·length)",
    make=make_waves,
    task="regression",
)
