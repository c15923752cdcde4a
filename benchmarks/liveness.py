"""How fast endless runs are found: components and fair cycles of random graphs, beside networkx's components.

Four steps a state, each of one of a hundred classes, every tenth class strong, one step in a thousand cut off by a
bound. In a "far" graph steps lead anywhere; in a "near" one they lead to states found a little later or earlier, as
in an exploration. networkx gets a tenth of the states: it holds a graph in dictionaries.

    python -m benchmarks.liveness [STATES] [CLASSES]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TypeVar

import networkx as nx
import numpy as np

from checker.explore.fair import Ints, Mask, Steps, components, fair_cycles

STATES, CLASSES, STEPS_A_STATE, SHARE, SEED = 1_000_000, 100, 4, 10, 1
T = TypeVar("T")


def random_steps(states: int, classes: int, *, near: bool) -> Steps:
    """Return a random graph, always the same one for the same arguments."""
    random = np.random.default_rng(SEED)
    source: Ints = np.sort(random.integers(0, states, states * STEPS_A_STATE))
    there = source + random.integers(-200, 200, len(source)) if near else random.integers(0, states, len(source))
    target: Ints = np.where(random.random(len(source)) < 0.001, -1, np.clip(there, 0, states - 1))
    kinds: Ints = random.integers(0, classes, len(source))
    strong: Mask = np.arange(classes) % 10 == 0
    return Steps(states, source, target, kinds, strong)


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return how many seconds some work takes, and what it gives."""
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def by_networkx(steps: Steps) -> float:
    """Return how long networkx takes for the components, without building its graph."""
    real = steps.real
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(steps.states))
    graph.add_edges_from(zip(steps.source[real].tolist(), steps.target[real].tolist(), strict=True))
    return timed(lambda: sum(1 for _ in nx.strongly_connected_components(graph)))[0]


def report(states: int, classes: int, *, near: bool) -> None:
    """Measure one graph and print what was found and how long it took."""
    steps = random_steps(states, classes, near=near)
    real = steps.real
    everything, usable = np.ones(states, dtype=np.bool_), np.ones(len(steps.source), dtype=np.bool_)
    plain, label = timed(lambda: components(states, steps.source[real], steps.target[real]))
    fair, found = timed(lambda: fair_cycles(steps, everything, usable))
    known = by_networkx(random_steps(states // SHARE, classes, near=near))
    print(f"{'near' if near else 'far'}: {states:,} states, {len(steps.source):,} steps, {classes} classes")
    print(f"  {len(np.unique(label)):,} components; {int((found >= 0).sum()):,} states on fair cycles")
    print(f"  networkx on {states // SHARE:,} states: {known:.2f} s")
    for name, seconds in (("components", plain), ("fair_cycles", fair)):
        print(f"  {name}: {seconds:.2f} s, {seconds / known:.1f} times as long")


def main(arguments: list[str]) -> int:
    """Measure both shapes, of as many states and classes as asked."""
    numbers = [int(word) for word in arguments]
    states, classes = (*numbers, *(STATES, CLASSES)[len(numbers) :])
    for near in (False, True):
        report(states, classes, near=near)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
