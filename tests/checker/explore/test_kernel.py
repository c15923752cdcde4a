"""The kernel on machines small enough to check by hand; nothing of TCP."""

from __future__ import annotations

import gc
from collections.abc import Sequence

import pytest

from checker.explore.graph import DELIVER, LOSE, OWN, Graph, Limits, Row, action_kind, action_subject
from checker.explore.kernel import explore
from checker.explore.networks import PackedNetwork
from checker.explore.store import States, Store
from spec.network import Network


class Counter:
    """End 0 counts to `top` and sends what it passes to end 1, which remembers the largest number it got."""

    def __init__(self, top: int, flags: dict[tuple[int, int], int] | None = None) -> None:
        self.top, self.flags = top, flags or {}
        self.destination = [1] * (top + 1)

    def initial(self) -> tuple[int, int]:
        return 0, 0

    def own(self, end: int, local: int) -> tuple[Row, ...]:
        if end == 1 or local == self.top:
            return ()
        return (Row(local + 1, (local + 1,), local, 0),)

    def arrivals(self, end: int, local: int, segment: int) -> tuple[Row, ...]:
        return (Row(max(local, segment), (), 100 + segment, 8 if end == 1 and segment < local else 0),)

    def joint(self, a: int, b: int) -> int:
        return self.flags.get((a, b), 0)

    def cost(self, end: int, local: int) -> int:
        del end, local
        return 0


def search(machine: Counter, network: Network, losses: int = 0, duplicates: int = 0, **more: object) -> Graph:
    channel = PackedNetwork(network, machine.destination)
    limits = more.get("limits", Limits())
    starts = more.get("starts", ())
    assert isinstance(limits, Limits)
    assert isinstance(starts, tuple)
    return explore(machine, channel, losses=losses, duplicates=duplicates, watched=15, limits=limits, starts=starts)


def test_a_queue_keeps_order() -> None:
    graph = search(Counter(3), Network("fifo", 3))
    # (sent, arrived) with arrived <= sent, the queue being what lies between
    assert (len(graph.states), graph.transitions, graph.depth) == (10, 12, 6)
    assert [graph.ends(number) for number in graph.terminal] == [(3, 3)]
    assert 8 not in graph.hits


def test_a_bag_reorders() -> None:
    graph = search(Counter(2), Network("bag", 2))
    assert graph.hits[8].depth == 4
    path = [*graph.path(graph.hits[8].state), graph.hits[8].action]
    assert [action_kind(action) for action in path if action is not None] == [OWN, OWN, DELIVER, DELIVER]
    assert [action_subject(action) for action in path if action is not None] == [0, 1, 102, 101]


def test_a_full_network_blocks_or_loses() -> None:
    blocked = search(Counter(3), Network("bag", 1))
    assert blocked.cut_capacity > 0
    assert [blocked.ends(number) for number in blocked.terminal] == [(3, 3)]
    losing = search(Counter(3), Network("bag", 1, "lose"))
    assert losing.cut_capacity == 0
    assert {losing.ends(number) for number in losing.terminal} == {(3, 1), (3, 2), (3, 3)}


def test_losses_and_duplicates_are_budgets_of_the_run() -> None:
    assert {graph_end(g) for g in (search(Counter(1), Network()),)} == {(1, 1)}
    lossy = search(Counter(2), Network(), losses=1)
    assert {lossy.ends(number) for number in lossy.terminal} == {(2, 1), (2, 2)}
    assert lossy.lost == sum(action_kind(action) == LOSE for action in lossy.actions[1:]) > 0
    twice = search(Counter(1), Network(), duplicates=1)
    assert len(twice.states) == 5  # sent; arrived; arrived with a copy left; that copy arrived; nothing sent


def graph_end(graph: Graph) -> tuple[int, int]:
    (number,) = graph.terminal
    return graph.ends(number)


def test_a_flag_of_states_is_met_at_its_smallest_depth_with_fewest_faults() -> None:
    graph = search(Counter(2, {(2, 0): 1, (2, 2): 2}), Network(), losses=2)
    assert graph.hits[1].depth == 2
    assert (graph.hits[2].depth, graph.hits[2].cost) == (3, 0)


def test_several_initial_states() -> None:
    graph = search(Counter(2), Network(), starts=((0, 0, ()), (2, 0, (1, 2)), (0, 0, ())))
    assert graph.ends(0) == (0, 0)
    assert graph.ends(1) == (2, 0)
    assert len(graph.states) == len(set(graph.states))
    assert graph.path(1) == []


@pytest.mark.parametrize("limits", [Limits(states=3), Limits(states=0)])
def test_a_limit_stops_and_says_so(limits: Limits) -> None:
    graph = search(Counter(9), Network(), limits=limits)
    assert graph.stopped is not None
    assert "states" in graph.stopped
    assert not graph.complete


def test_memory_and_time_limits_stop_a_long_search() -> None:
    big = Counter(200)
    network = Network(capacity=16)
    assert "MiB" in str(search(big, network, losses=9, duplicates=9, limits=Limits(memory=1)).stopped)
    assert "seconds" in str(search(big, network, losses=9, duplicates=9, limits=Limits(seconds=0.0)).stopped)


def test_ctrl_c_keeps_what_was_found() -> None:
    class Interrupted(Counter):
        def own(self, end: int, local: int) -> tuple[Row, ...]:
            if local == 3:
                raise KeyboardInterrupt
            return super().own(end, local)

    graph = search(Interrupted(9, {(1, 0): 1}), Network())
    assert graph.stopped == "interrupted"
    assert graph.hits[1].depth == 1


def test_the_same_search_gives_the_same_numbers() -> None:
    def run() -> tuple[Sequence[int], Sequence[int]]:
        graph = search(Counter(4), Network(capacity=3), losses=1, duplicates=1)
        return list(graph.states), list(graph.actions)

    assert run() == run()


def test_tables_can_be_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Counter(4, {(2, 0): 1, (3, 3): 2})
    channel = PackedNetwork(Network(capacity=3), machine.destination)
    first = explore(machine, channel, losses=1, duplicates=1, watched=15)
    assert isinstance(first.states, States)
    monkeypatch.setattr(Store, "lay_out", None)  # there is room for what the first search found
    again = explore(machine, channel, losses=1, duplicates=1, watched=15, tables=first.states.store.tables)
    assert list(again.states) == list(first.states)
    assert (again.transitions, again.lost, again.depth) == (first.transitions, first.lost, first.depth)
    assert (again.rows, again.hits) == (first.rows, first.hits)
    assert (again.terminal, again.waiting) == (first.terminal, first.waiting)


def test_what_one_search_counted_is_told_after_another_one() -> None:
    machine = Counter(4)
    channel = PackedNetwork(Network(capacity=3), machine.destination)
    first = explore(machine, channel)
    assert isinstance(first.states, States)
    explore(machine, channel, losses=2, duplicates=2, tables=first.states.store.tables)
    assert first.taken == explore(machine, channel).taken


@pytest.mark.parametrize("collects", [True, False])
def test_collecting_garbage_goes_on_as_before(collects: bool) -> None:  # noqa: FBT001  # both ways
    try:
        (gc.enable if collects else gc.disable)()
        search(Counter(2), Network())
        assert gc.isenabled() == collects
    finally:
        gc.enable()
