"""Which device and how many threads a project gets."""

from __future__ import annotations

import os

import pytest

from engine.tensors import devices
from tests.engine.tensors.projects import MLP, Layer, chain


@pytest.mark.parametrize(("cores", "expected"), [(1, 1), (2, 1), (4, 2), (64, 4)])
def test_half_of_the_cores_stay_free(cores: int, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    layers: tuple[Layer, ...] = (("conv2d", {}), ("flatten", {}), ("linear", {"out_features": 10}))
    images = chain(layers, "digits", "cross_entropy", rows={"layout": "image"})
    assert devices.threads_for(images.network) == expected and devices.threads_for(chain(MLP).network) == 1
