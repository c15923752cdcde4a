"""Weak trace equivalence against the definition: all traces up to a length, written out. Nothing of TCP."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from checker.weak_traces import DIFFERENT, EQUAL, LESS, MORE, SILENT, UNKNOWN, Labelled, compare, run_of

Edge = tuple[int, int, int]
"""From, label, to."""
A, B, C = 1, 2, 3


def graph(*edges: Edge, states: int = 1) -> Labelled:
    """Return the graph with these edges."""
    size = max([states, *(end + 1 for edge in edges for end in (edge[0], edge[2]))])
    ordered = sorted(edges, key=lambda edge: edge[0])
    begin = [sum(edge[0] < state for edge in ordered) for state in range(size + 1)]
    return Labelled(begin, [edge[2] for edge in ordered], [edge[1] for edge in ordered])


def traces(of: Labelled, longest: int) -> set[tuple[int, ...]]:
    """Return all traces up to a length, by the definition: the visible labels along each finite path."""
    found: set[tuple[int, tuple[int, ...]]] = set()
    todo: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    while todo:
        here = todo.pop()
        if here in found or len(here[1]) > longest:
            continue
        found.add(here)
        state, seen = here
        todo += [(target, seen if label == SILENT else (*seen, label)) for _, label, target in of.edges(state)]
    return {seen for _, seen in found}


def naive(left: Labelled, right: Labelled, longest: int) -> tuple[int | None, int | None]:
    """Return the lengths of the shortest traces that only the left, and only the right graph has."""
    mine, yours = traces(left, longest), traces(right, longest)
    return min(map(len, mine - yours), default=None), min(map(len, yours - mine), default=None)


def test_silent_steps_leave_no_mark() -> None:
    plain = graph((0, A, 1), (1, B, 2))
    muttering = graph((0, SILENT, 3), (3, SILENT, 0), (3, A, 4), (4, SILENT, 4), (4, SILENT, 1), (1, B, 2))
    assert compare(plain, muttering).answer == EQUAL


def test_a_choice_made_early_or_late_is_not_seen() -> None:
    early = graph((0, A, 1), (0, A, 2), (1, B, 3), (2, C, 3))
    late = graph((0, A, 1), (1, B, 3), (1, C, 3))
    assert compare(early, late).answer == EQUAL


def test_neither_deadlock_nor_divergence_is_seen() -> None:
    lively = graph((0, A, 0))
    may_stop = graph((0, A, 0), (0, SILENT, 1))
    may_mutter = graph((0, A, 0), (0, SILENT, 1), (1, SILENT, 1))
    assert compare(lively, may_stop).answer == compare(lively, may_mutter).answer == EQUAL


def test_inclusion_is_answered_both_ways_with_a_shortest_trace() -> None:
    small, large = graph((0, A, 1)), graph((0, A, 1), (1, B, 1), (0, SILENT, 2), (2, A, 3), (3, C, 3))
    assert compare(small, large).answer == LESS
    found = compare(large, small)
    assert (found.answer, found.only_left, found.only_right) == (MORE, (A, B), None)
    found = compare(graph((0, A, 1), (1, A, 2)), graph((0, A, 1), (1, SILENT, 2), (2, B, 1)))
    assert (found.answer, found.only_left, found.only_right) == (DIFFERENT, (A, A), (A, B))


def test_an_edge_that_was_cut_off_leads_nowhere() -> None:
    cut = Labelled([0, 2, 2], [1, -1], [A, B])
    assert compare(cut, graph((0, A, 1))).answer == EQUAL
    assert run_of(cut, (B,)) is None


def test_a_limit_of_pairs_leaves_the_answer_open() -> None:
    count = [(i, A, i + 1) for i in range(9)]
    found = compare(graph(*count), graph(*count, (9, B, 9)), max_pairs=3)
    assert (found.answer, found.only_left, found.only_right) == (UNKNOWN, None, None)
    assert found.reason == "limit of 3 pairs of sets"
    assert compare(graph(*count), graph(*count, (9, B, 9)), max_pairs=10).answer == LESS


def test_what_was_found_before_the_limit_is_kept() -> None:
    count = [(i, A, i + 1) for i in range(9)]
    found = compare(graph(*count, (0, B, 0)), graph(*count), max_pairs=3)
    assert (found.answer, found.only_left) == (UNKNOWN, (B,))


def test_both_differences_found_need_no_more_pairs() -> None:
    count = [(i, A, i + 1) for i in range(9)]
    assert compare(graph(*count, (0, B, 0)), graph(*count, (0, C, 0)), max_pairs=3).answer == DIFFERENT


def test_a_run_is_the_shortest_with_its_trace() -> None:
    detour = graph((0, SILENT, 1), (1, A, 2), (0, SILENT, 3), (3, SILENT, 1), (2, B, 0))
    path = run_of(detour, (A, B, A))
    assert path is not None
    assert [detour.label[edge] for edge in path] == [SILENT, A, B, SILENT, A]
    assert run_of(detour, (B,)) is None
    assert run_of(detour, ()) == []


EDGES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 5)), max_size=14)
LONGEST = 6


@given(EDGES, EDGES)
@example([(0, SILENT, 1), (1, SILENT, 0), (1, A, 0)], [(0, A, 0)])
@settings(max_examples=400, deadline=None)
def test_random_graphs_compare_as_the_definition_says(mine: list[Edge], yours: list[Edge]) -> None:
    left, right = graph(*mine), graph(*yours)
    found = compare(left, right)
    words = {(True, True): EQUAL, (True, False): LESS, (False, True): MORE, (False, False): DIFFERENT}
    assert found.answer == words[found.only_left is None, found.only_right is None]
    for only, shortest, has, lacks in zip(
        (found.only_left, found.only_right), naive(left, right, LONGEST), (left, right), (right, left), strict=True
    ):
        length = None if only is None else len(only)
        assert (length if length is not None and length <= LONGEST else None) == shortest
        if only is not None:
            assert run_of(lacks, only) is None
            path = run_of(has, only)
            assert path is not None
            assert tuple(has.label[edge] for edge in path if has.label[edge] != SILENT) == only


@given(EDGES)
def test_every_trace_has_a_run_that_begins_at_the_first_state_and_hangs_together(edges: list[Edge]) -> None:
    here = graph(*edges)
    for seen in traces(here, 4):
        path, state = run_of(here, seen), 0
        assert path is not None
        for edge in path:
            assert here.begin[state] <= edge < here.begin[state + 1]
            state = here.target[edge]


@given(EDGES, EDGES)
def test_the_other_way_round_the_answer_is_the_other_one(mine: list[Edge], yours: list[Edge]) -> None:
    one, other = compare(graph(*mine), graph(*yours)), compare(graph(*yours), graph(*mine))
    assert {EQUAL: EQUAL, LESS: MORE, MORE: LESS, DIFFERENT: DIFFERENT}[one.answer] == other.answer
    assert (one.only_left, one.only_right) == (other.only_right, other.only_left)
