"""How long fair components take on a large graph, as ratios to networkx's components on a part of it.

Run: python -m benchmarks.liveness [STATES]. A graph of random steps, four a state, in a hundred classes, the same in
every run.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np

from checker.explore.fair import Steps, components, fair_cycles

CLASSES = 100
PART = 10
"""networkx gets a graph smaller by this factor."""


def graph(states: int) -> Steps:
    """Return a graph of random steps, in the order of their sources; half of its classes are strong."""
    random = np.random.default_rng(0)
    source = np.repeat(np.arange(states, dtype=np.int64), 4)
    target = random.integers(0, states, len(source), dtype=np.int64)
    classes = random.integers(-1, CLASSES, len(source), dtype=np.int64)
    return Steps(states, source, target, classes, np.arange(CLASSES) % 2 == 0)


def seconds(work: Callable[[], Any]) -> float:
    """Return the CPU seconds of some work: the median of three times."""
    times = []
    for _ in range(3):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return sorted(times)[1]


def main() -> None:
    """Print what was measured."""
    states = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    large, small = graph(states), graph(states // PART)
    everywhere, every_step = np.ones(states, dtype=np.bool_), np.ones(len(large.source), dtype=np.bool_)
    plain = nx.DiGraph(zip(small.source.tolist(), small.target.tolist(), strict=True))
    theirs = seconds(lambda: sum(1 for _ in nx.strongly_connected_components(plain))) * PART
    print(f"{states:,} states, {len(large.source):,} steps, {CLASSES} classes")
    for name, ours in (
        ("components", seconds(lambda: components(states, large.source, large.target))),
        ("fair cycles", seconds(lambda: fair_cycles(large, everywhere, every_step))),
    ):
        print(f"{name:<12} {ours:6.2f} s, {theirs / ours:5.1f} times as fast as networkx's components ({theirs:.1f} s)")


if __name__ == "__main__":
    main()
