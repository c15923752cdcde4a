"""Weak trace equivalence of two labelled graphs, by determinisation on the fly. Nothing here knows TCP.

A trace is the sequence of visible labels along a finite path from the first state; silent steps leave no mark. Two
graphs are weakly trace equivalent if they have the same traces. That is about what can be seen, not about what can be
refused: a graph that may stop, or go on silently for ever, where the other must go on has the same traces. Deadlock
and divergence are therefore not seen here. For worlds of two connection ends that suffices: where a run may end is
P-42's question, and whether something comes at last is asked by properties of runs that never end; equality here says
that whatever users can ever observe of one system, at any moment, they can observe of the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SILENT = 0
EQUAL, LESS, MORE, DIFFERENT, UNKNOWN = "equal", "less", "more", "different", "unknown"
"""What the left graph's traces are to the right one's; LESS: among them, but not all of them."""
MAX_PAIRS = 200_000


@dataclass(frozen=True)
class Labelled:
    """A graph with labels on its edges, as flat arrays. State 0 is the first.

    The edges out of state s are those from `begin[s]` to `begin[s + 1]`; label 0 is silent. An edge to -1 leads
    nowhere: it was cut off.
    """

    begin: Sequence[int]
    target: Sequence[int]
    label: Sequence[int]

    def edges(self, state: int) -> Iterator[tuple[int, int, int]]:
        """Yield (edge, label, target) for every edge out of a state that leads somewhere."""
        for edge in range(self.begin[state], self.begin[state + 1]):
            if self.target[edge] >= 0:
                yield edge, self.label[edge], self.target[edge]


@dataclass(frozen=True)
class Comparison:
    """What the left graph's traces are to the right one's.

    only_left, only_right   a shortest trace that only this side has; None when there is none, or none was found.
    pairs                   how many pairs of sets of states were looked at.
    reason                  why the answer is unknown, or "".
    """

    answer: str
    only_left: tuple[int, ...] | None
    only_right: tuple[int, ...] | None
    pairs: int
    reason: str = ""


_Parents = dict[tuple[int, int], tuple[tuple[int, int], int] | None]
"""A search: for every node found the node before it and what led from there; None for the first."""


class _Determinised:
    """A graph whose states are sets of states closed under silent steps, made as they are asked for.

    States that reach each other silently are one; of a set, only members with visible edges are kept, as the bits of
    an integer: the others have nothing to add to any trace.
    """

    def __init__(self, graph: Labelled) -> None:
        component, count = _silent_components(graph)
        visible: list[list[tuple[int, int]]] = [[] for _ in range(count)]
        silent: list[set[int]] = [set() for _ in range(count)]
        for state in range(len(graph.begin) - 1):
            here = component[state]
            for _, label, target in graph.edges(state):
                if label == SILENT:
                    silent[here].add(component[target])
                else:
                    visible[here].append((label, component[target]))
        closure, bits = [0] * count, 0
        acting: list[int] = []
        for here in range(count):  # silent successors come first
            if visible[here]:
                closure[here] = 1 << bits
                acting.append(here)
                bits += 1
            for there in silent[here]:
                closure[here] |= closure[there]
        self.first = closure[component[0]]
        self._moves: list[tuple[tuple[int, int], ...]] = []
        for here in acting:
            moves: dict[int, int] = {}
            for label, there in visible[here]:
                moves[label] = moves.get(label, 0) | closure[there]
            self._moves.append(tuple(moves.items()))
        self._after: dict[int, dict[int, int]] = {}

    def after(self, members: int) -> dict[int, int]:
        """Return, for every label that can be seen next, the set reached; in the order of labels."""
        known = self._after.get(members)
        if known is None:
            reached: dict[int, int] = {}
            digits = bin(members)[:1:-1]
            at = digits.find("1")
            while at >= 0:
                for label, closure in self._moves[at]:
                    reached[label] = reached.get(label, 0) | closure
                at = digits.find("1", at + 1)
            known = self._after[members] = dict(sorted(reached.items()))
        return known


def _silent_components(graph: Labelled) -> tuple[list[int], int]:
    """Return each state's strongly connected component under silent edges, and their number; successors first.

    Tarjan's algorithm, with a stack of its own.
    """
    size = len(graph.begin) - 1
    order, low, component = [-1] * size, [0] * size, [-1] * size
    path: list[int] = []
    count = seen = 0
    for root in range(size):
        if order[root] >= 0:
            continue
        work = [(root, _silent_targets(graph, root))]
        order[root] = low[root] = seen
        seen += 1
        path.append(root)
        while work:
            state, targets = work[-1]
            there = next(targets, -1)
            if there < 0:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[state])
                if low[state] == order[state]:
                    while component[state] < 0:
                        component[path.pop()] = count
                    count += 1
            elif order[there] < 0:
                order[there] = low[there] = seen
                seen += 1
                path.append(there)
                work.append((there, _silent_targets(graph, there)))
            elif component[there] < 0:
                low[state] = min(low[state], order[there])
    return component, count


def _silent_targets(graph: Labelled, state: int) -> Iterator[int]:
    return (target for _, label, target in graph.edges(state) if label == SILENT)


def compare(left: Labelled, right: Labelled, max_pairs: int = MAX_PAIRS) -> Comparison:
    """Return what the traces of `left` are to those of `right`, with a shortest trace of each side alone.

    Breadth-first over pairs of sets; at `max_pairs` pairs the answer is unknown, unless both differ from the other
    already.
    """
    mine, yours = _Determinised(left), _Determinised(right)
    start = (mine.first, yours.first)
    parents: _Parents = {start: None}
    queue = deque([start])
    only: list[tuple[int, ...] | None] = [None, None]
    while queue and None in only:
        if len(parents) > max_pairs:
            return Comparison(UNKNOWN, only[0], only[1], len(parents), f"limit of {max_pairs:,} pairs of sets")
        pair = queue.popleft()
        here, there = mine.after(pair[0]), yours.after(pair[1])
        for side, (offers, lacks) in enumerate(((here, there), (there, here))):
            if only[side] is None:
                alone = next((label for label in offers if label not in lacks), None)
                if alone is not None:
                    only[side] = (*_way(parents, pair), alone)
        for label, reached in here.items():
            if label in there:
                following = (reached, there[label])
                if following not in parents:
                    parents[following] = (pair, label)
                    queue.append(following)
    words = {(True, True): EQUAL, (True, False): LESS, (False, True): MORE, (False, False): DIFFERENT}
    return Comparison(words[only[0] is None, only[1] is None], only[0], only[1], len(parents))


def _way(parents: _Parents, node: tuple[int, int]) -> tuple[int, ...]:
    """Return what leads from the first node to this one."""
    way: list[int] = []
    step = parents[node]
    while step is not None:
        node, by = step
        way.append(by)
        step = parents[node]
    return tuple(reversed(way))


def run_of(graph: Labelled, trace: Sequence[int]) -> list[int] | None:
    """Return the edges of a shortest path that has this trace, or None when the graph has no such trace."""
    start = (0, 0)
    parents: _Parents = {start: None}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        state, done = here
        if done == len(trace):
            return list(_way(parents, here))
        for edge, label, target in graph.edges(state):
            if label not in (SILENT, trace[done]):
                continue
            following = (target, done + (label != SILENT))
            if following not in parents:
                parents[following] = (here, edge)
                queue.append(following)
    return None
