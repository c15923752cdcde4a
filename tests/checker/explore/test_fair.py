"""Fair endless runs in small graphs, and in random ones against the definition."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.explore.fair import NO_CLASS, components, fair_cycles
from checker.explore.lassos import Walker
from tests.checker.explore.graphs import (
    Drawn,
    drawn,
    endless_sets,
    goes_round,
    inner,
    random_graphs,
    reached,
    stays,
    subsets,
)


def ends(graph: Drawn, starts: set[int], within: set[int]) -> set[int]:
    """Return by the engine the states in which a fair run from a start, within some states, can go on for ever."""
    allowed = graph.mask(within)
    able = {state for states in graph.fair(within) for state in states} | (graph.still() & within)
    steps = graph.steps()
    walker = Walker(steps, allowed[steps.source] & allowed[np.maximum(steps.target, 0)])
    return {end for end in able if walker.nearest(dict.fromkeys(starts & within, 0), {end}.__contains__) is not None}


# --- one tiny graph for each answer: state 0 is where something is given, state 9 where it holds -------------------


def misses(graph: Drawn, given: int = 0, holds: int = 9) -> set[int]:
    return ends(graph, {given}, set(range(graph.states)) - {holds})


def test_it_holds_when_a_weakly_fair_step_is_all_that_can_happen() -> None:
    assert misses(drawn("0 a 1", "1 b 9", weak="ab")) == set()


def test_it_fails_by_a_lasso() -> None:
    assert misses(drawn("0 a 1", "1 b 0", "1 . 9", weak="ab")) == {0, 1}


def test_it_fails_by_a_deadlock() -> None:
    assert misses(drawn("0 a 1", "0 a 9", weak="a")) == {1}


def test_it_fails_by_stuttering_where_nothing_that_can_happen_must() -> None:
    assert misses(drawn("0 . 9")) == {0}


def test_nothing_is_missed_where_nothing_is_given() -> None:
    graph = drawn("0 . 1", "1 . 0", "2 . 0", "9 . 9")
    assert ends(graph, set(), set(range(9))) == set()


def test_weak_fairness_excludes_a_loop_in_which_the_way_out_is_always_open() -> None:
    edges = ("0 . 1", "1 . 0", "0 a 9", "1 a 9")
    assert misses(drawn(*edges, weak="a")) == set()
    assert misses(drawn(*(edge.replace("a", ".") for edge in edges))) == {0, 1}


def test_weak_fairness_allows_a_loop_in_which_the_way_out_is_closed_now_and_then_and_strong_does_not() -> None:
    edges = ("0 b 1", "1 b 0", "0 a 9")
    assert misses(drawn(*edges, weak="ab")) == {0, 1}
    assert misses(drawn(*edges, weak="b", strong="a")) == set()


def test_without_the_states_that_a_strong_class_forbids_a_smaller_fair_loop_is_left() -> None:
    edges = ("0 b 1", "1 b 2", "2 b 1", "1 b 0", "0 a 9")
    assert drawn(*edges, weak="b", strong="a").fair(range(9)) == [{1, 2}]
    assert drawn(*edges, weak="ab").fair(range(9)) == [{0, 1, 2}]


def test_what_is_left_is_judged_anew() -> None:
    """Without state 0 the weak class c can always happen in what is left, and never does."""
    edges = ("0 b 1", "1 b 2", "2 b 1", "1 b 0", "0 a 9", "1 c 9", "2 c 9")
    assert drawn(*edges, weak="abc").fair(range(9)) == [{0, 1, 2}]
    assert drawn(*edges, weak="bc", strong="a").fair(range(9)) == []


def test_one_unfair_loop_says_nothing_of_another() -> None:
    graph = drawn("0 . 1", "1 . 0", "0 a 9", "2 . 3", "3 . 2", strong="a")
    assert graph.fair(range(9)) == [{2, 3}]


def test_a_step_that_is_cut_off_can_happen_and_never_does() -> None:
    edges = ("0 . 1", "1 . 0", "0 a !")
    assert misses(drawn(*edges, weak="a")) == {0, 1}
    assert misses(drawn(*edges, strong="a")) == {1}  # it stutters there: nothing that must happen can
    assert drawn(*edges, strong="a").fair() == []
    assert drawn("0 a !", weak="a").still() == set()
    assert drawn("0 . !", weak="a").still() == {0}


def test_a_step_that_changes_nothing_is_neither_possible_nor_taken() -> None:
    assert drawn("0 a 0", strong="a").still() == {0}
    assert drawn("0 a 0", strong="a").fair() == []
    assert drawn("0 . 1", "1 . 0", "0 a 0", strong="a").fair() == [{0, 1}]
    assert drawn("0 . 1", "1 . 0", "0 a 0", "0 a 9", strong="a").fair(range(9)) == []


def test_a_step_that_may_not_happen_for_ever_is_possible_and_never_taken() -> None:
    edges = ("0 . 1", "1 a 0", "1 . 0")
    assert drawn(*edges, strong="a").fair() == [{0, 1}]
    assert drawn(*edges, strong="a", unusable=[1]).fair() == []
    assert drawn(*edges, strong="a", unusable=[0]).fair() == []


def test_leaving_the_states_allowed_is_possible_too() -> None:
    edges = ("0 . 1", "1 . 0", "0 a 2", "2 . 0")
    assert drawn(*edges, strong="a").fair() == [{0, 1, 2}]
    assert drawn(*edges, strong="a").fair({0, 1}) == []


def test_without_fairness_everything_can_go_on_or_stop() -> None:
    graph = drawn("0 . 1", "1 . 0", "1 . 2")
    assert graph.fair() == [{0, 1}]
    assert graph.still() == {0, 1, 2}


def test_a_graph_without_steps_only_stutters() -> None:
    empty = Drawn(2, (), (True,), ())
    assert empty.fair() == []
    assert empty.still() == {0, 1}


def test_however_many_parallel_steps_there_are_they_lead_there() -> None:
    """As many as make a byte's sum zero again."""
    for times in (1, 255, 256, 257, 512):
        assert drawn(*["0 . 1"] * times, "1 . 0").fair() == [{0, 1}]


# --- random graphs ------------------------------------------------------------------------------------------------


@given(random_graphs(most_states=12))
def test_components_are_those_of_networkx(graph: Drawn) -> None:
    edges = [(source, target) for source, target, _ in graph.edges if target >= 0]
    source, target = (np.array([edge[i] for edge in edges], dtype=np.int64) for i in (0, 1))
    label = components(graph.states, source, target).tolist()
    mine = {frozenset(s for s in range(graph.states) if label[s] == kind) for kind in set(label)}
    known: nx.DiGraph[int] = nx.DiGraph()
    known.add_nodes_from(range(graph.states))
    known.add_edges_from(edges)
    assert mine == {frozenset(component) for component in nx.strongly_connected_components(known)}


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_a_fair_run_goes_on_within_some_states_exactly_where_the_definition_says(data: st.DataObject) -> None:
    graph = data.draw(random_graphs())
    within = data.draw(subsets(graph.states))
    starts = data.draw(subsets(graph.states))
    there = reached(starts & within, [e for e in graph.edges if e[0] in within and e[1] in within])
    naive = {state for states in endless_sets(graph, within) if states & there for state in states}
    assert ends(graph, starts, within) == naive


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_states_with_one_label_are_a_largest_set_that_a_fair_run_can_go_round_in(data: st.DataObject) -> None:
    graph = data.draw(random_graphs())
    within = data.draw(subsets(graph.states))
    found = [frozenset(states) for states in graph.fair(within)]
    assert all(states <= within and goes_round(graph, states) for states in found)
    for states in endless_sets(graph, within):
        assert len(states) == 1 or any(states <= larger for larger in found)


@given(random_graphs())
def test_a_run_may_stay_exactly_where_nothing_is_enabled(graph: Drawn) -> None:
    assert graph.still() == {state for state in range(graph.states) if stays(graph, state)}


@given(st.data())
def test_asking_changes_nothing(data: st.DataObject) -> None:
    graph = data.draw(random_graphs())
    steps, within, usable = graph.steps(), graph.mask(data.draw(subsets(graph.states))), graph.usable_mask()
    before = within.copy(), usable.copy()
    first = fair_cycles(steps, within, usable)
    assert np.array_equal(first, fair_cycles(steps, within, usable))
    assert np.array_equal(before[0], within)
    assert np.array_equal(before[1], usable)


@pytest.mark.parametrize("seed", range(3))
def test_a_large_graph_with_many_classes_has_only_fair_sets(seed: int) -> None:
    """Two hundred states and thirty classes: too many for the definition of all sets, not for that of those found."""
    random = np.random.default_rng(seed)
    states, classes = 200, 30
    source = np.sort(random.integers(0, states, 300))
    edges = tuple(
        (int(s), int(random.integers(0, states)), int(random.integers(NO_CLASS, classes))) for s in source.tolist()
    )
    graph = Drawn(states, edges, tuple((random.random(classes) < 0.2).tolist()), (True,) * len(edges))
    free = Drawn(states, tuple((s, t, NO_CLASS) for s, t, _ in edges), (), graph.usable)
    found = graph.fair()
    assert len(free.fair()) >= 1
    for fair in found:
        assert goes_round(graph, frozenset(fair))
        assert inner(graph, frozenset(fair))
