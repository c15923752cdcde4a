"""Endless runs of random graphs dressed up as explored worlds: found where the definition says, by a shortest stem."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from checker.explore.fair import NO_CLASS
from checker.explore.graph import DELIVER, DELIVER_KEEP, KIND, LOSE, OWN, Edges, Graph, action_subject
from checker.explore.machine import Record
from checker.explore.progress import Endings, Endless
from checker.explore.watch import Watched
from spec.ghosts import CRASH
from spec.language import Event
from spec.language.beside import Property, leads_to
from spec.vocabulary import OPEN, RETRANSMISSION_TIMEOUT, SEGMENT_ARRIVES, SEGMENTIZE, STATE
from tests.checker.explore.graphs import CUT, Drawn, endless_sets, inner

TIMER, DELIVERY, COPY, LOSS, CALL, CRASHES = "timer", "delivery", "copy", "loss", "call", "crash"
TIMERS = (SEGMENTIZE.name, RETRANSMISSION_TIMEOUT.name)
SEGMENTS = 2
GIVEN, HOLDS = 2, 4


@dataclass
class Scene:
    """Steps (source, target, what kind of step, which), breadth first from state 0; the first states are expanded.

    `given` and `holds` are the states where they do; `fairness` is what is assumed.
    """

    states: int
    expanded: int
    steps: list[tuple[int, int, str, int]]
    given: set[int]
    holds: set[int]
    parents: list[int]
    fairness: tuple[str, ...] = ("FC", "FT", "FF")

    def drawn(self) -> Drawn:
        """Return the graph by its classes: a timer at an end is weakly fair, a segment strongly."""
        classes = {TIMER: 0} if "FT" in self.fairness else {}
        if "FC" in self.fairness:
            classes |= {DELIVERY: len(TIMERS), COPY: len(TIMERS)}
        edges = tuple((s, t, classes[what] + n if what in classes else NO_CLASS) for s, t, what, n in self.steps)
        faults = (COPY, LOSS, CRASHES) if "FF" in self.fairness else ()
        usable = tuple(what not in faults for _, _, what, _ in self.steps)
        return Drawn(self.states, edges, (False,) * len(TIMERS) + (True,) * SEGMENTS, usable)

    def depth(self, state: int) -> int:
        return 0 if self.parents[state] < 0 else 1 + self.depth(self.parents[state])


@st.composite
def scenes(draw: st.DrawFn, most_states: int = 7) -> Scene:
    """Return random scenes: a tree that reaches every state and more steps, numbered as the kernel numbers states."""
    states = draw(st.integers(1, most_states))
    what = st.sampled_from((TIMER, TIMER, DELIVERY, DELIVERY, COPY, LOSS, CALL, CALL, CRASHES))
    which = st.integers(0, 1)
    steps = [(draw(st.integers(0, state - 1)), state, draw(what), draw(which)) for state in range(1, states)]
    state = st.integers(0, states - 1)
    more = st.tuples(state, st.one_of(*[state] * 6, st.just(CUT)), what, which)
    steps += draw(st.lists(more, min_size=states // 2, max_size=2 * states))
    number, parents = {0: 0}, [-1]
    for here in (queue := [0]):
        for source, there, *_ in steps:
            if source == here and there != CUT and there not in number:
                number[there] = len(number)
                parents.append(number[here])
                queue.append(there)
    expanded = draw(st.sampled_from((states, states, states, max(1, states - 2))))
    found = sorted((number[s], CUT if t == CUT else number[t], w, n) for s, t, w, n in steps if number[s] < expanded)
    known = [parent for parent in parents if parent < expanded]
    chosen = st.integers(0, len(known) - 1)
    given, holds = draw(st.sets(chosen, min_size=1, max_size=3)), draw(st.sets(chosen, max_size=2))
    fairness = draw(st.sampled_from((("FC", "FT", "FF"), ("FC", "FT", "FF"), ("FC", "FT"), ("FC", "FF"), ("FT",), ())))
    return Scene(len(known), expanded, found, given, holds, known, fairness)


def endings(scene: Scene, end: int = 0) -> tuple[Endings, Watched]:
    """Return the scene as an explored world: each step has a record of its own."""
    records, edges = [], Edges()
    for number, (_, target, what, which) in enumerate(scene.steps):
        segment = which if what in (DELIVERY, COPY) else None
        event = {TIMER: TIMERS[which], CALL: OPEN.name, CRASHES: CRASH.name}.get(what, SEGMENT_ARRIVES.name)
        records.append(Record(0, 0, target, segment, event, (), ()))
        kind = {DELIVERY: DELIVER, COPY: DELIVER_KEEP, LOSS: LOSE}.get(what, OWN)
        edges.target.append(target)
        edges.action.append(number << KIND | kind)
    for state in range(scene.expanded):
        edges.begin.append(sum(source < state for source, *_ in scene.steps))
    parents, found = array("q", scene.parents), array("q", [-1] * scene.states)
    for state in range(1, scene.states):
        first = next(i for i, s in enumerate(scene.steps) if s[:2] == (scene.parents[state], state))
        found[state] = edges.action[first]
    graph = Graph(list(range(scene.states)), parents, found, edges=edges)
    events = tuple(Event(name, "timeout", "") for name in TIMERS)

    def joint(a: int, _: int) -> int:
        return (GIVEN if a in scene.given else 0) | (HOLDS if a in scene.holds else 0)

    closed = [SimpleNamespace(tcb=("CLOSED",))]
    machine = SimpleNamespace(
        relation=SimpleNamespace(events=events), records=records, locals=(closed, closed), joint=joint
    )
    flags = ((GIVEN, HOLDS), (0, 0)) if end == 0 else ((0, 0), (GIVEN, HOLDS))
    part = leads_to(STATE == "CLOSED", given=(), fairness=scene.fairness)
    watched = Watched(Property("P-0", "", "", "", (part,)), part, GIVEN, 0, flags)
    return Endings(cast("Any", machine), graph), watched


def walk(scene: Scene, actions: Sequence[int], start: int = 0) -> list[int]:
    """Return the states on the way, each step beginning where the one before ends."""
    states = [start]
    for action in actions:
        source, target, *_ = scene.steps[action_subject(action)]
        assert source == states[-1]
        states.append(target)
    return states


def shortest(scene: Scene) -> int | None:
    """Return by definition how long a shortest stem is, or None when what is given is always followed."""
    graph = scene.drawn()
    stay = set(range(scene.expanded)) - scene.holds
    goals = {state for states in endless_sets(graph, stay) for state in states}
    distance = {state: scene.depth(state) for state in scene.given & stay}
    while True:
        near = [(s, t) for s, t, *_ in scene.steps if s in distance and t in stay]
        better = {t: distance[s] + 1 for s, t in near if distance[s] + 1 < distance.get(t, 99)}
        if not better:
            return min((distance[state] for state in goals & set(distance)), default=None)
        distance |= better


def is_shown(scene: Scene, endless: Endless) -> None:
    """Check that a run is fair and shows that what is given is not followed."""
    graph, way = scene.drawn(), walk(scene, endless.stem)
    circle = walk(scene, endless.loop, way[-1])
    assert circle[-1] == way[-1]
    first = next(i for i, state in enumerate(way) if state in scene.given and not scene.holds & set(way[i:]))
    assert not scene.holds & {*way[first:], *circle}
    chosen = {graph.edges[action_subject(action)] for action in endless.loop}
    assert chosen <= set(inner(graph, frozenset(circle)))
    taken = {kind for *_, kind in chosen}
    for kind, strong in enumerate(graph.strong):
        able = [any(s == here != t and kind == k for s, t, k in graph.edges) for here in circle]
        assert kind in taken or not (any(able) if strong else all(able))


@settings(max_examples=600, deadline=None)
@given(scenes(), st.integers(0, 1))
def test_an_endless_run_is_found_exactly_where_the_definition_says_and_its_stem_is_shortest(
    scene: Scene, end: int
) -> None:
    explored, watched = endings(scene, end)
    found, steps = explored.missing(watched), shortest(scene)
    assert (found is None) == (steps is None)
    if found is not None:
        assert len(found.stem) == steps
        is_shown(scene, found)


@settings(max_examples=400, deadline=None)
@given(scenes())
def test_a_cycle_of_deliveries_is_found_where_there_is_one_by_a_shortest_stem_and_is_shortest_there(
    scene: Scene,
) -> None:
    explored, _ = endings(scene)
    found = explored.delivery_cycle()
    pairs = {(s, t) for s, t, what, _ in scene.steps if what == DELIVERY and 0 <= t < scene.expanded}
    cycles: dict[int, int] = {}
    for start in range(scene.expanded):
        reach, length = {t for s, t in pairs if s == start}, 1
        while reach and start not in reach and length <= scene.states:
            reach, length = {t for s, t in pairs if s in reach}, length + 1
        if start in reach:
            cycles[start] = length
    assert (found is None) == (not cycles)
    if found is not None:
        way = walk(scene, found.stem)
        assert walk(scene, found.loop, way[-1])[-1] == way[-1]
        assert {scene.steps[action_subject(action)][2] for action in found.loop} == {DELIVERY}
        assert (len(found.stem), len(found.loop)) == min((scene.depth(s), length) for s, length in cycles.items())


def test_of_two_ends_the_shorter_run_is_shown() -> None:
    steps = [(0, 1, CALL, 0), (1, 2, CALL, 0)]
    scene = Scene(3, 3, steps, {0, 1, 2}, {0}, [-1, 0, 1])
    explored, watched = endings(scene)
    late = replace(watched, ends=((GIVEN, HOLDS), (GIVEN, 0)))
    found = explored.missing(watched), explored.missing(late)
    assert [len(run.stem) for run in found if run is not None] == [1, 0]


def test_a_nearer_cycle_of_deliveries_is_shown_before_a_shorter_one_and_of_equally_near_ones_the_shortest() -> None:
    calls = [(0, 1, CALL, 0), (0, 2, CALL, 0), (1, 6, CALL, 0)]
    three, two, one = [(1, 3), (3, 4), (4, 1)], [(2, 5), (5, 2)], [(6, 6)]
    parents = [-1, 0, 0, 1, 3, 2, 1]
    for cycles, long in (((three, two, one), (1, 2)), ((three, one), (1, 3)), ((one,), (2, 1))):
        joined = [(2, 5), (3, 4), (1, 3)] + [pair for cycle in cycles for pair in cycle]
        steps = sorted({*calls, *((s, t, DELIVERY, 0) for s, t in joined)})
        found = endings(Scene(7, 7, steps, {0}, set(), parents))[0].delivery_cycle()
        assert found is not None
        assert (len(found.stem), len(found.loop)) == long


def test_the_loop_goes_round_without_the_faults_that_would_make_it_shorter() -> None:
    steps = [(0, 1, TIMER, 0), (1, 0, LOSS, 0), (1, 2, TIMER, 0), (2, 0, TIMER, 0)]
    scene = Scene(3, 3, steps, {0}, set(), [-1, 0, 1])
    for fairness, long in ((("FT", "FF"), 3), (("FT",), 2)):
        explored, watched = endings(replace(scene, fairness=fairness))
        found = explored.missing(watched)
        assert found is not None
        assert len(found.loop) == long
