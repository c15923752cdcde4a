"""What ends know, judged on an explored graph: an end cannot tell apart states in which its TCB is the same.

It knows what is so in all of those. Common knowledge, that everybody knows that everybody knows that .., is what is so
in every state that leads there by steps each of which one end cannot tell (Halpern and Moses, 1990).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from checker.explore.graph import Graph
from checker.explore.watch import Watched

_GIVEN, _HOLDS, _NOT = 1, 2, 4
"""What is seen among the states that one end cannot tell apart: given holds in one, holds holds, holds does not."""


class KnowledgeFound(NamedTuple):
    """Whether the part says anything of this world, and the first state that speaks against it, by number."""

    given: bool
    state: int | None


class LocalStates(Protocol):
    """What is asked of a machine: the local states of both ends, and the flags of pairs of them."""

    @property
    def locals(self) -> Sequence[Sequence[Any]]:
        """Return each end's local states by number; each has a TCB and ghosts."""

    def joint(self, a: int, b: int) -> int:
        """Return the flags of a pair of local states."""


class _Pair(NamedTuple):
    """TCBs and ghosts of both ends: the number of the first state with them, both TCBs by number, its flags."""

    state: int
    tcbs: tuple[int, int]
    flags: int


def found(machine: LocalStates, graph: Graph, watched: Watched) -> KnowledgeFound:
    """Return what the states of a graph say of a part about knowledge.

    A state that nobody explored may be one that an end cannot tell from others: in an unfinished graph, that an end
    does know something is never established.
    """
    pairs = list(_pairs(machine, graph))
    judge = {"knows": _known, "unsure": _unsure, "not_common": _common}[watched.part.kind]
    result = judge(pairs, watched.ends)
    if watched.part.kind != "knows" and not graph.complete:
        return result._replace(state=None)
    return result


def _pairs(machine: LocalStates, graph: Graph) -> Iterator[_Pair]:
    """Yield every reachable pair of TCBs with ghosts, in the order of their first states.

    What ends have used up is left out: neither a TCB nor a formula has any of it.
    """
    tcbs: tuple[list[int], list[int]] = ([], [])
    views: tuple[list[int], list[int]] = ([], [])
    for end in (0, 1):
        known_tcbs: dict[Hashable, int] = {}
        known_views: dict[Hashable, int] = {}
        for local in machine.locals[end]:
            tcbs[end].append(known_tcbs.setdefault(local.tcb, len(known_tcbs)))
            views[end].append(known_views.setdefault((local.tcb, local.ghosts), len(known_views)))
    first: dict[tuple[int, int], int] = {}
    for number in range(len(graph.states)):
        first.setdefault(graph.ends(number), number)
    seen: set[tuple[int, int]] = set()
    for (a, b), number in first.items():
        view = (views[0][a], views[1][b])
        if view not in seen:
            seen.add(view)
            yield _Pair(number, (tcbs[0][a], tcbs[1][b]), machine.joint(a, b))


def _seen(pairs: Sequence[_Pair], flags: Sequence[tuple[int, int]]) -> tuple[dict[int, int], dict[int, int]]:
    """Return for each end, by TCB, what is seen among the states with that TCB."""
    seen: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for pair in pairs:
        for end in (0, 1):
            given, holds = flags[end]
            bits = (_GIVEN if pair.flags & given else 0) | (_HOLDS if pair.flags & holds else _NOT)
            seen[end][pair.tcbs[end]] = seen[end].get(pair.tcbs[end], 0) | bits
    return seen


def _known(pairs: Sequence[_Pair], flags: Sequence[tuple[int, int]]) -> KnowledgeFound:
    """Return the first state in which it is not so and that looks like one in which the end should know."""
    seen = _seen(pairs, flags)
    wrong = (
        pair.state
        for pair in pairs
        for end in (0, 1)
        if not pair.flags & flags[end][1] and seen[end][pair.tcbs[end]] & _GIVEN
    )
    return KnowledgeFound(_any_given(pairs, flags), next(wrong, None))


def _unsure(pairs: Sequence[_Pair], flags: Sequence[tuple[int, int]]) -> KnowledgeFound:
    """Return the first state in which given holds and the end does know."""
    seen = _seen(pairs, flags)
    wrong = (
        pair.state
        for pair in pairs
        for end in (0, 1)
        if pair.flags & flags[end][0] and not seen[end][pair.tcbs[end]] & _NOT
    )
    return KnowledgeFound(_any_given(pairs, flags), next(wrong, None))


def _any_given(pairs: Sequence[_Pair], flags: Sequence[tuple[int, int]]) -> bool:
    return any(pair.flags & (flags[0][0] | flags[1][0]) for pair in pairs)


def _common(pairs: Sequence[_Pair], flags: Sequence[tuple[int, int]]) -> KnowledgeFound:
    """Return the first state in which it is common knowledge; it says something of a world in which it is ever so."""
    groups = _Groups()
    for pair in pairs:
        groups.join((0, pair.tcbs[0]), (1, pair.tcbs[1]))
    doubted = {(end, groups.find((0, p.tcbs[0]))) for p in pairs for end in (0, 1) if not p.flags & flags[end][1]}
    wrong = (p.state for p in pairs for end in (0, 1) if (end, groups.find((0, p.tcbs[0]))) not in doubted)
    return KnowledgeFound(any(p.flags & (flags[0][1] | flags[1][1]) for p in pairs), next(wrong, None))


class _Groups:
    """Union-find: which TCBs of either end are joined by pairs."""

    def __init__(self) -> None:
        self.parents: dict[tuple[int, int], tuple[int, int]] = {}

    def find(self, member: tuple[int, int]) -> tuple[int, int]:
        """Return the member that stands for the whole group."""
        root = member
        while self.parents.get(root, root) != root:
            root = self.parents[root]
        while member != root:
            self.parents[member], member = root, self.parents[member]
        return root

    def join(self, one: tuple[int, int], other: tuple[int, int]) -> None:
        """Make two groups one."""
        self.parents[self.find(one)] = self.find(other)
