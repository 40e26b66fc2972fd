"""Two classic algorithms that the layered layout stands on, as pure functions."""

from __future__ import annotations

from itertools import accumulate


def crossings(ends: list[int]) -> int:
    """How often arrows between two rows cross: inversions of their lower ends, given in the order of the upper ones.

    Counted with a binary indexed tree (Barth, Jünger and Mutzel 2002), n·log n.
    """
    size = max(ends, default=0) + 1
    tree = [0] * (size + 1)
    total = 0
    for seen, end in enumerate(ends):
        smaller_or_equal, place = 0, end + 1
        while place:
            smaller_or_equal += tree[place]
            place &= place - 1
        total += seen - smaller_or_equal
        place = end + 1
        while place <= size:
            tree[place] += 1
            place += place & -place
    return total


def nearest_places(wishes: list[float], weights: list[float], gaps: list[float]) -> list[float]:
    """The places nearest to the wishes (weighted least squares) in which neighbours keep their gaps.

    `gaps[i]` is the least distance from place i to place i + 1. This is isotonic regression of the wishes with the
    gaps taken out, solved by pooling adjacent violators, linear in the length.
    """
    offsets = [0.0, *accumulate(gaps)] if wishes else []
    pools: list[tuple[float, float, int]] = []  # mean, weight, members
    for wish, weight, offset in zip(wishes, weights, offsets, strict=True):
        mean, heavy, members = wish - offset, weight, 1
        while pools and pools[-1][0] > mean:
            other, other_heavy, other_members = pools.pop()
            mean = (mean * heavy + other * other_heavy) / (heavy + other_heavy)
            heavy += other_heavy
            members += other_members
        pools.append((mean, heavy, members))
    flat = [mean for mean, _, members in pools for _ in range(members)]
    return [place + offset for place, offset in zip(flat, offsets, strict=True)]
