"""`python -m tests.engine.tensors.fast [combinations] [steps]`: the proof in full, 200 combinations over 500 steps."""

from __future__ import annotations

import sys

from tests.engine.tensors.fast.test_equal import check

COMBINATIONS, STEPS = 200, 500

if __name__ == "__main__":
    count, steps = (*map(int, sys.argv[1:]), *(COMBINATIONS, STEPS)[len(sys.argv) - 1 :])
    for number in range(count):
        check(number, steps)
        print(f"\r{number + 1} of {count} equal over {steps} steps", end="", flush=True)
    print()
