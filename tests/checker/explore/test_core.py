"""The kernel's loops, run by Python with checked indices and compiled, against the plainest search on random tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from checker.compiled.memory import Words
from checker.explore import kernel, layout, store
from checker.explore.graph import DUP_STEP, LOCAL, LOSS_STEP, NET, Graph, Limits
from checker.explore.kernel import explore
from checker.explore.loops import Bound, Loops
from tests.checker.explore.random_machines import Drawn, Plain, machines

EVERYTHING = 31
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""A machine is small as it is, and shrinking one takes minutes."""
Way = Callable[[Drawn, bool], Graph]


class Checked:
    """An array that refuses what compiled code would not notice: an index outside, a number too large."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def __getitem__(self, index: int) -> int:
        assert 0 <= index < len(self.words), index
        return self.words[index]

    def __setitem__(self, index: int, value: int) -> None:
        assert 0 <= index < len(self.words), index
        assert 0 <= value < 1 << 8 * self.words.width, value
        self.words[index] = value


class CheckedLoops(Loops):
    """Loops that Python runs on checked arrays."""

    def __init__(self) -> None:
        super().__init__(None)

    def bound(self, name: str, arrays: Mapping[str, Words], words: int) -> Bound:
        plain = super().bound(name, arrays, words)
        found = {id(array.numbers): array for array in arrays.values()}
        rest = [Checked(found[id(each)]) if id(each) in found else each for each in plain.rest]
        return Bound(plain.function, tuple(rest))


def search(machine: Drawn, edges: bool) -> Graph:  # noqa: FBT001  # one of the ways
    return explore(
        machine, machine.channel(), losses=machine.losses, duplicates=machine.duplicates, watched=EVERYTHING,
        tick=machine.tick if machine.network.lifetime is not None else None, edges=edges,
        limits=Limits(states=100_000),
    )  # fmt: skip


def in_words(
    words: int, ids: tuple[int, int, int], capacity: int, budgets: tuple[int | None, int | None], *, interned: bool
) -> layout.Layout | None:
    """Return a layout of so many words, roomy or not."""
    found = layout.chosen(ids, capacity, budgets, interned=interned)
    if found is None or interned or words == 1:
        return found
    fields = (LOCAL, LOCAL, *found.fields[2:])
    slot = min((words - 1) * 64 // capacity, 21)
    return layout.Layout(fields, slot, capacity, words, interned=False)


WAYS = {
    "checked": (CheckedLoops, 1), "checked, 2 words": (CheckedLoops, 2), "checked, 3 words": (CheckedLoops, 3),
    "compiled": (partial(Loops, 0), 1), "compiled, 2 words": (partial(Loops, 0), 2),
    "compiled, 3 words": (partial(Loops, 0), 3), "first Python": (partial(Loops, 5), 1),
}  # fmt: skip


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Way:
    loops, words = WAYS[request.param]
    if "checked" not in request.param:
        pytest.importorskip("llvmlite", reason="llvmlite is not installed: nothing is compiled")
    monkeypatch.setattr(kernel, "Loops", loops)
    monkeypatch.setattr(store, "chosen", partial(in_words, words))
    monkeypatch.setattr(kernel, "CHUNK", 16)
    return search


@settings(
    max_examples=25, deadline=None, phases=NO_SHRINKING, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(machine=machines())
def test_every_way_finds_what_the_plainest_search_finds_in_the_same_order(way: Way, machine: Drawn) -> None:
    plain = Plain(machine, 150).search()
    assume(plain.complete)
    for edges in (False, True):
        agrees(plain, way(machine, edges), edges=edges)


def agrees(plain: Plain, graph: Graph, *, edges: bool) -> None:
    assert graph.stopped is None
    packed = [n << NET | d * DUP_STEP | x * LOSS_STEP | b << LOCAL | a for a, b, x, d, n in plain.states]
    assert list(graph.states) == packed
    assert list(graph.parents) == plain.parents
    assert list(graph.actions) == plain.actions
    assert (graph.transitions, graph.lost, graph.cut_capacity) == (plain.transitions, plain.lost, plain.blocked)
    assert (graph.terminal, graph.waiting) == (plain.terminal, plain.waiting)
    assert graph.depth == max(plain.depths)
    taken = {label: times for label, times in enumerate(graph.taken) if times} | graph.cut_rows
    assert taken == plain.taken
    assert {label: graph.first(label) for label, times in enumerate(graph.taken) if times} == plain.first
    found = {bit: (hit.depth, hit.cost, hit.state, hit.action) for bit, hit in graph.hits.items()}
    assert found == plain.hits
    assert graph.pairs() == {state[:2] for state in plain.states}
    if edges:
        assert graph.edges is not None
        assert list(zip(graph.edges.target, graph.edges.action, strict=True)) == plain.edges
        assert list(graph.edges.begin) == plain.begin
