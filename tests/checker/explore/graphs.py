"""Small graphs for tests: drawn by hand or at random, and what a fair endless run is, by definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from checker.explore.fair import NO_CLASS, Mask, Steps, fair_cycles, stuttering

CUT = -1


@dataclass(frozen=True)
class Drawn:
    """A graph: its edges (source, target or CUT, class or NO_CLASS) by source, the strong classes, the usable edges."""

    states: int
    edges: tuple[tuple[int, int, int], ...]
    strong: tuple[bool, ...]
    usable: tuple[bool, ...]

    def steps(self) -> Steps:
        """Return the graph as the engine takes it."""
        source, target, kind = (np.array([e[i] for e in self.edges], dtype=np.int64) for i in range(3))
        return Steps(self.states, source, target, kind, np.array(self.strong, dtype=np.bool_))

    def usable_mask(self) -> Mask:
        """Return which edges may be taken for ever."""
        return np.array(self.usable, dtype=np.bool_)

    def mask(self, states: Iterable[int]) -> Mask:
        """Return some states as a mask."""
        chosen = set(states)
        return np.array([state in chosen for state in range(self.states)], dtype=np.bool_)

    def fair(self, within: Iterable[int] | None = None) -> list[set[int]]:
        """Return the engine's answer: the sets of states that a fair run can go round in for ever, lowest first."""
        chosen = self.mask(range(self.states) if within is None else within)
        label = fair_cycles(self.steps(), chosen, self.usable_mask()).tolist()
        found = {kind: {s for s in range(self.states) if label[s] == kind} for kind in label if kind >= 0}
        return sorted(found.values(), key=min)

    def still(self) -> set[int]:
        """Return the engine's answer: the states in which a fair run may stay for ever."""
        return set(np.flatnonzero(stuttering(self.steps())).tolist())


def drawn(*edges: str, weak: str = "", strong: str = "", unusable: Iterable[int] = ()) -> Drawn:
    """Return a graph drawn as "0 a 1" (a step of class a), "0 . 1" (of no class), "0 a !" (cut off by a bound).

    `unusable` are the numbers of edges, as drawn, that may not be taken for ever.
    """
    names = weak + strong
    read = []
    for i, edge in enumerate(edges):
        source, name, target = edge.split()
        kind = NO_CLASS if name == "." else names.index(name)
        read.append((int(source), CUT if target == "!" else int(target), kind, i not in set(unusable)))
    read.sort(key=lambda entry: entry[0])
    states = 1 + max(max(source, target) for source, target, *_ in read)
    kinds = tuple(name in strong for name in names)
    return Drawn(states, tuple(entry[:3] for entry in read), kinds, tuple(entry[3] for entry in read))


@st.composite
def random_graphs(draw: st.DrawFn, most_states: int = 8, most_classes: int = 3) -> Drawn:
    """Return random graphs with parallel edges, self-loops and edges cut off, each class weak or strong."""
    states = draw(st.integers(1, most_states))
    strong = tuple(draw(st.lists(st.booleans(), max_size=most_classes)))
    edge = st.tuples(
        st.integers(0, states - 1),
        st.one_of(*[st.integers(0, states - 1)] * 4, st.just(CUT)),
        st.integers(NO_CLASS, len(strong) - 1),
    )
    edges = tuple(sorted(draw(st.lists(edge, max_size=3 * states)), key=lambda e: e[0]))
    often = st.sampled_from((True, True, True, False))
    return Drawn(states, edges, strong, tuple(draw(st.lists(often, min_size=len(edges), max_size=len(edges)))))


@st.composite
def subsets(draw: st.DrawFn, states: int) -> set[int]:
    """Return most of so many states."""
    return set(range(states)) - draw(st.sets(st.integers(0, states - 1), max_size=states // 2))


# --- by definition ------------------------------------------------------------------------------------------------


def enabled(graph: Drawn, state: int) -> set[int]:
    """Return the classes of which a step leaves the state for another one, or is cut off by a bound."""
    return {kind for source, target, kind in graph.edges if source == state != target} - {NO_CLASS}


def inner(graph: Drawn, states: frozenset[int]) -> list[tuple[int, int, int]]:
    """Return the usable edges from one to another of some states."""
    chosen = [edge for edge, usable in zip(graph.edges, graph.usable, strict=True) if usable]
    return [edge for edge in chosen if edge[0] in states and edge[1] in states and edge[0] != edge[1]]


def reached(starts: Iterable[int], edges: Iterable[tuple[int, int, int]]) -> set[int]:
    """Return the states that edges lead to from some starts."""
    known, pairs = set(starts), [(source, target) for source, target, _ in edges if target != CUT]
    while more := {target for source, target in pairs if source in known} - known:
        known |= more
    return known


def goes_round(graph: Drawn, states: frozenset[int]) -> bool:
    """Return whether a fair run can visit exactly these states, two or more, again and again.

    Such a run stays among them from some moment on, by inner edges that join them all. Only the states decide what is
    enabled from then on, so taking more edges never makes it less fair: let it take every inner edge again and again.
    """
    edges = inner(graph, states)
    if any(reached([state], edges) & states != states for state in states):
        return False
    taken = {kind for *_, kind in edges}
    for kind, strong in enumerate(graph.strong):
        where = [kind in enabled(graph, state) for state in states]
        if kind not in taken and (any(where) if strong else all(where)):
            return False
    return True


def stays(graph: Drawn, state: int) -> bool:
    """Return whether a fair run can stay in a state for ever: whatever is enabled there is never taken."""
    return not enabled(graph, state)


def endless_sets(graph: Drawn, within: Iterable[int]) -> Iterator[frozenset[int]]:
    """Yield every set of states, of those within, that a fair run can visit again and again, those alone."""
    states = sorted(within)
    for size in range(1, len(states) + 1):
        for chosen in map(frozenset, combinations(states, size)):
            if stays(graph, min(chosen)) if size == 1 else goes_round(graph, chosen):
                yield chosen
