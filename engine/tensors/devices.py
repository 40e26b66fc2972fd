"""Where torch computes: which devices there are, what they are called, how much memory they still have."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import torch

from engine.spec import NetworkSpec

_TITLES = {"cpu": "CPU", "cuda": "NVIDIA GPU (cuda)", "mps": "Apple GPU (mps)"}


@cache
def available() -> tuple[str, ...]:
    """Device types on this computer, the preferred one first; "cpu" is always among them."""
    found = [name for name, there in (("cuda", torch.cuda.is_available()), ("mps", _has_mps())) if there]
    return (*found, "cpu")


def resolve(wish: str) -> str | None:
    """The device type that a wish ("auto", "cpu", "cuda", "mps") means here, None when this computer has no such device."""
    if wish == "auto":
        return available()[0]
    return wish if wish in available() else None


def missing_text(wish: str) -> str:
    """The sentence for a device that is not there."""
    there = " and ".join(_TITLES[name] for name in available())
    return f"This computer has no {_TITLES.get(wish, wish)} that torch can use, only {there}: set the device to auto."


def title(device: torch.device) -> str:
    """How the status line names a device: "cpu", "cuda (NVIDIA H200)"."""
    return f"cuda ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type


def free_bytes(device: str) -> int | None:
    """Memory that can still be had on this device type, None when this system does not say."""
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    return _free_main_memory()


def threads_for(network: NetworkSpec) -> int:
    """Threads that torch uses inside one operation. It is part of what makes a run repeatable bit for bit.

    Dense nets of this size lose by a second thread; convolutions gain, but only while every thread has a core to itself:
    with two threads on two cores and a window that draws, a step was seen to take 400 ms instead of 2. So half of the
    cores stay free.
    """
    convolves = any(node.kind in ("conv1d", "conv2d") for node in network.nodes)
    return max(1, min(4, (os.cpu_count() or 1) // 2)) if convolves else 1


def make_repeatable(device: torch.device) -> None:
    """Same bits for the same seed also on CUDA, and full float32 there, so that its numbers are those of the CPU."""
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False


def random_state(device: torch.device) -> dict[str, torch.Tensor]:
    """The state of torch's global generators that a run on `device` draws from."""
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        state["mps"] = torch.mps.get_rng_state()
    return state


def set_random_state(state: Mapping[str, torch.Tensor], device: torch.device) -> None:
    """Put the global generators back; a state of another device type is left out."""
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)
    elif device.type == "mps" and "mps" in state:
        torch.mps.set_rng_state(state["mps"])


def _has_mps() -> bool:
    return bool(torch.backends.mps.is_available())


def _free_main_memory() -> int | None:
    """MemAvailable, or what the control group still grants if that is less."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None
    try:
        group = Path("/sys/fs/cgroup")
        limit = int((group / "memory.max").read_text(encoding="ascii"))
        return min(free, limit - int((group / "memory.current").read_text(encoding="ascii")))
    except (OSError, ValueError):  # no control group, or its limit is the word "max"
        return free
