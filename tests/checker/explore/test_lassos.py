"""Lassos in graphs: the shortest way to them, and a cycle that owes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.explore.lassos import Walker, fair_cycle, inside
from tests.checker.explore.graphs import CUT, Drawn, drawn, enabled, inner, random_graphs, subsets


def far(graph: Drawn, starts: dict[int, int], allowed: Iterable[int] | None = None) -> dict[int, int]:
    """Return how far each state is, starts being as far as they say, by relaxing every edge again and again."""
    chosen = set(range(len(graph.edges)) if allowed is None else allowed)
    distance = dict(starts)
    changed = True
    while changed:
        changed = False
        for number in chosen:
            source, target, _ = graph.edges[number]
            if source in distance and target != CUT and distance[source] + 1 < distance.get(target, 10**9):
                distance[target] = distance[source] + 1
                changed = True
    return distance


def walk(graph: Drawn, start: int, path: Sequence[int]) -> list[int]:
    """Return the states on a path of edges, each of which begins where the one before ends."""
    states = [start]
    for number in path:
        source, target, _ = graph.edges[number]
        assert source == states[-1]
        states.append(target)
    return states


def owes(graph: Drawn, states: Sequence[int], path: Sequence[int]) -> set[int]:
    """Return the classes that a cycle does not treat fairly, by definition."""
    taken = {graph.edges[number][2] for number in path if graph.edges[number][0] != graph.edges[number][1]}
    able = [enabled(graph, state) for state in states]
    unfair = set()
    for kind, strong in enumerate(graph.strong):
        where = [kind in there for there in able]
        if kind not in taken and (any(where) if strong else all(where)):
            unfair.add(kind)
    return unfair


def cycle(graph: Drawn, component: Iterable[int], start: int) -> list[int]:
    steps, states = graph.steps(), sorted(component)
    return fair_cycle(steps, Walker(steps, graph.usable_mask() & inside(steps, states)), states, start)


# --- the way there ------------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_way_to_the_nearest_good_state_is_a_shortest_one(data: st.DataObject) -> None:
    graph = data.draw(random_graphs(most_states=10))
    states = st.integers(0, graph.states - 1)
    starts = data.draw(st.dictionaries(states, st.integers(0, 6), max_size=4))
    good = data.draw(st.sets(states, max_size=3))
    usable = [number for number, allowed in enumerate(graph.usable) if allowed]
    found = Walker(graph.steps(), graph.usable_mask()).nearest(starts, good.__contains__)
    distance = {state: d for state, d in far(graph, starts, usable).items() if state in good}
    assert (found is None) == (not distance)
    if found is not None:
        start, path = found
        end = walk(graph, start, path)[-1]
        assert set(path) <= set(usable)
        assert end in good
        assert starts[start] + len(path) == min(distance.values())


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_way_through_the_nearest_good_step_is_a_shortest_one(data: st.DataObject) -> None:
    graph = data.draw(random_graphs(most_states=10))
    state = data.draw(st.integers(0, graph.states - 1))
    numbers = st.integers(0, max(len(graph.edges) - 1, 0))
    good = {n for n in data.draw(st.sets(numbers, max_size=3)) if n < len(graph.edges) and graph.edges[n][1] != CUT}
    walker = Walker(graph.steps(), np.ones(len(graph.edges), dtype=np.bool_))
    found = walker.nearest({state: 0}, lambda _: False, good.__contains__)
    distance = far(graph, {state: 0})
    ways = [distance[graph.edges[n][0]] + 1 for n in good if graph.edges[n][0] in distance]
    assert (found is None) == (not ways)
    if found is not None:
        _, path = found
        walk(graph, state, path)
        assert path[-1] in good
        assert len(path) == min(ways)


@given(st.data())
def test_a_shortest_cycle_through_a_state(data: st.DataObject) -> None:
    graph = data.draw(random_graphs(most_states=10))
    state = data.draw(st.integers(0, graph.states - 1))
    usable = [number for number, allowed in enumerate(graph.usable) if allowed]
    path = Walker(graph.steps(), graph.usable_mask()).cycle_through(state)
    after = [graph.edges[n][1] for n in usable if graph.edges[n][0] == state and graph.edges[n][1] != CUT]
    ways = [1 + far(graph, {first: 0}, usable).get(state, 10**9) for first in after]
    shortest = min((length for length in ways if length < 10**9), default=0)
    assert len(path) == shortest
    if path:
        assert walk(graph, state, path)[-1] == state
        assert set(path) <= set(usable)


def test_of_equally_near_states_the_lowest_is_taken_by_the_first_step_there() -> None:
    graph = drawn("0 . 8", "0 . 1", "0 . 1", "2 . 1")
    walker = Walker(graph.steps(), graph.usable_mask())
    assert walker.nearest({0: 0}, {1, 8}.__contains__) == (0, [1])
    assert walker.nearest({0: 0, 2: 0}, {1}.__contains__) == (0, [1])
    assert walker.nearest({0: 1, 2: 0}, {1}.__contains__) == (2, [3])
    assert walker.nearest({0: 5, 8: 7}, {8}.__contains__) == (0, [0])
    assert walker.nearest({}, {8}.__contains__) is None


# --- round and round ----------------------------------------------------------------------------------------------


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_the_cycle_closes_stays_inside_and_owes_nothing(data: st.DataObject) -> None:
    graph = data.draw(random_graphs())
    for component in graph.fair(data.draw(subsets(graph.states))):
        allowed = inner(graph, frozenset(component))
        for start in sorted(component):
            path = cycle(graph, component, start)
            states = walk(graph, start, path)
            assert path
            assert states[-1] == start
            assert {graph.edges[number] for number in path} <= set(allowed)
            assert all(graph.usable[number] for number in path)
            assert owes(graph, states, path) == set()


def test_a_class_that_can_always_happen_happens() -> None:
    graph = drawn("0 . 1", "1 . 0", "1 a 2", "2 . 0", "0 a 2", weak="a")
    path = cycle(graph, {0, 1, 2}, 0)
    assert owes(graph, walk(graph, 0, path), path) == set()


def test_a_weak_class_is_freed_where_it_cannot_happen() -> None:
    """Class a can happen at 0 and 1 and is cut off; 3 is far, and it cannot happen there."""
    graph = drawn("0 . 1", "1 . 0", "1 . 2", "2 . 3", "3 . 0", "0 a !", "1 a !", "2 a !", weak="a")
    assert walk(graph, 0, cycle(graph, {0, 1, 2, 3}, 0)) == [0, 1, 2, 3, 0]


def test_each_strong_class_gets_its_turn() -> None:
    graph = drawn("0 a 1", "1 . 0", "0 b 2", "2 . 0", "0 c 3", "3 . 0", strong="abc")
    path = cycle(graph, {0, 1, 2, 3}, 0)
    assert {graph.edges[number][2] for number in path} >= {0, 1, 2}
    assert len(path) == 6


def test_a_step_that_changes_nothing_is_no_turn() -> None:
    graph = drawn("0 a 0", "0 . 1", "1 a 0", "1 . 0", strong="a")
    path = cycle(graph, {0, 1}, 0)
    assert walk(graph, 0, path) == [0, 1, 0]
    assert graph.edges[path[-1]][2] == 0


def test_a_cycle_is_no_step_that_changes_nothing() -> None:
    graph = drawn("0 . 0", "0 . 1", "1 . 0")
    assert walk(graph, 0, cycle(graph, {0, 1}, 0)) == [0, 1, 0]


def test_steps_inside_lead_from_one_state_to_another_of_some() -> None:
    graph = drawn("0 . 0", "0 . 1", "0 . 2", "0 . !", "1 . 0", "2 . 1")
    assert np.flatnonzero(inside(graph.steps(), [0, 1])).tolist() == [1, 4]
