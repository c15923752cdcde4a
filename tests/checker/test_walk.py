"""Walks: their steps are the graph's edges, runs replay, going back and forth loses nothing, ways are shortest."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from checker import itf
from checker.breakable import breakable, why_not
from checker.explore.choices import INCARNATIONS, RETRANSMISSIONS
from checker.explore.graph import Limits
from checker.explore.networks import channel
from checker.explore.run import explore_world
from checker.replay import replay
from checker.walk import NETWORK, Walk, WalkError
from spec.environment import World
from spec.properties import PROPERTIES
from spec.scenarios import QUICK, TUTORIAL_WORLD
from spec.trace import Trace
from spec.variants import VARIANTS
from tests.checker.runs import ghost_connection, timed, war
from tests.checker.worlds import ATTACKED, BESIDE, TEXT_TIMED

pytestmark = pytest.mark.usefixtures("compile_once")

REOPEN = next(world for world in QUICK if world.name == "reopen")
CRASH = next(world for world in QUICK if world.name == "crash")
WORLDS: dict[str, World] = {
    "tutorial": TUTORIAL_WORLD,
    "reopen": REOPEN,
    "crash": CRASH,
    "text in the clock": TEXT_TIMED,
    "blind": ATTACKED,
    **{
        name: BESIDE[name]
        for name in (
            "quiet time, one loss",
            "ages, loses on overflow",
            "sent again for ever into a set",
            "sent again for ever in order",
            "gives up",
            "on-path, TIME-WAIT by the letter",
        )
    },
}


@cache
def explored(name: str, variant: str = "three-way") -> Walk:
    return Walk(VARIANTS[variant], WORLDS[name])


def walk(name: str = "tutorial", variant: str = "three-way") -> Walk:
    """Return a walk at its beginning; the graph is explored once."""
    found = explored(name, variant)
    found.restart()
    return found


def check(run: Trace) -> None:
    prop = PROPERTIES.get(run.property)
    replay(run, VARIANTS[run.variant].relation, None if prop is None else prop.parts[run.part])


def wander(here: Walk, seed: int, steps: int = 25) -> Iterator[int]:
    """Take steps at random, yielding before each."""
    chance = random.Random(seed)  # noqa: S311  # chance, not secrecy
    for _ in range(steps):
        options = here.enabled()
        if not options:
            return
        number = chance.randint(1, len(options))
        yield number
        here.take(number)


def edges_of(here: Walk, state: int) -> list[tuple[int, int]]:
    """Return (target, action) of each edge out of a state, from the arrays themselves."""
    edges = here.graph.edges
    assert edges is not None
    ends = [*edges.begin[1:], len(edges.target)]
    span = range(edges.begin[state], ends[state])
    return [(edges.target[edge], edges.action[edge]) for edge in span]


# --- what is enabled ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WORLDS)
def test_the_options_are_the_edges_of_the_graph(name: str) -> None:
    here = walk(name)
    for _ in wander(here, 1):
        edges = edges_of(here, here.state)
        able = [target for target, _ in edges if target >= 0]
        options = here.enabled()
        assert len(options) == len(able)
        assert len(here.cut_off()) == len(edges) - len(able)
        assert [option.changes for option in options] == sorted((t != here.state for t in able), reverse=True)
        reached = []
        for number in range(1, len(options) + 1):
            here.take(number)
            reached.append(here.state)
            here.undo()
        assert sorted(reached) == sorted(able)


@pytest.mark.parametrize("name", WORLDS)
def test_an_option_says_what_taking_it_does(name: str) -> None:
    here = walk(name)
    for number in wander(here, 2):
        told = here.option(number).run
        here.take(number)
        assert here.trace() == told
        last = len(told.steps)
        assert here.states == (told.tcb(0, last)["STATE"], told.tcb(1, last)["STATE"])
        here.undo()


def test_what_is_cut_off_names_its_bound() -> None:
    bounds: set[str] = set()
    for name in ("text in the clock", "reopen"):
        for _ in wander(here := walk(name), 3, 60):
            bounds |= {option.cut_by for option in here.cut_off()}
            assert {option.cut_by for option in here.enabled()} <= {""}
    assert {NETWORK, RETRANSMISSIONS} <= bounds <= {NETWORK, RETRANSMISSIONS, INCARNATIONS}


# --- runs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", WORLDS)
def test_the_run_of_any_walk_replays_and_can_be_walked_again(name: str, seed: int) -> None:
    here = walk(name)
    for _ in wander(here, seed):
        pass
    run = here.trace()
    check(run)
    state = here.state
    here.restart()
    here.follow(itf.loads(itf.dumps(run)))
    assert (here.state, here.trace()) == (state, run)


@pytest.mark.parametrize("name", WORLDS)
def test_what_flies_in_the_run_is_what_flies_in_the_graph(name: str) -> None:
    here = walk(name)
    network = channel(here.world.network, [])
    for _ in wander(here, 4, 40):
        flying = here.trace().in_flight(here.position)
        assert len(flying) == len(network.content(here.graph.network(here.state)))


def test_runs_of_others_are_walked_as_far_as_the_world_goes() -> None:
    for saved in (ghost_connection(), timed().trace(), war()):
        here = Walk(VARIANTS[saved.variant], saved.world)
        here.follow(saved)
        assert here.trace().steps[-1].kind == saved.steps[-1].kind
        assert here.position == len(saved.steps)
        check(here.trace())


def test_a_run_with_fewer_ghosts_is_found_all_the_same() -> None:
    found = explore_world(VARIANTS["three-way"].relation, REOPEN, [], variant="three-way")
    here = walk("reopen")
    for pair, run in found.terminal.items():
        here.follow(run)
        assert here.states == pair


def test_a_run_of_another_world_is_refused() -> None:
    here = walk()
    here.take(1)
    with pytest.raises(WalkError, match="the run is one of two-way in world textbook"):
        here.follow(ghost_connection())
    assert here.position == 1


def test_a_run_that_does_not_replay_is_refused() -> None:
    here = walk()
    here.take(1)
    run = here.trace()
    event = replace(run.steps[0].events[0], chain=("U-1",))
    step = replace(run.steps[0], events=(event,))
    with pytest.raises(WalkError, match=r"does not replay: step 1 of 1: the rules that fire are"):
        here.follow(replace(run, steps=(step,)))
    assert here.trace() == run


# --- back and forth -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_undo_redo_and_jump_are_moves_along_one_run(seed: int) -> None:
    here, chance = walk("reopen"), random.Random(seed)  # noqa: S311  # chance, not secrecy
    states = [0]
    for number in wander(here, seed):
        del number
        states[here.position :] = [here.state]
    states[here.position :] = [here.state]
    whole = here.trace()
    for _ in range(20):
        position = chance.randint(0, here.length)
        here.jump(position)
        assert (here.position, here.length, here.state) == (position, len(whole.steps), states[position])
        assert here.trace().steps == whole.steps[:position]
        back = chance.randint(0, position)
        here.undo(back)
        here.redo(back)
        assert here.position == position
    here.jump(here.length)
    assert here.trace() == whole


def test_a_step_elsewhere_forgets_what_was_undone_and_the_same_step_does_not() -> None:
    here = walk()
    here.take(1)
    here.take(1)
    here.jump(0)
    here.take(1)
    assert (here.position, here.length) == (1, 2)
    here.jump(0)
    here.take(2)
    assert (here.position, here.length) == (1, 1)


@pytest.mark.parametrize(
    ("move", "words"),
    [
        (lambda here: here.take(0), "step 0 does not exist here"),
        (lambda here: here.take(99), "choose from 1 to"),
        (lambda here: here.option(99), "choose from 1 to"),
        (lambda here: here.undo(3), "only 2"),
        (lambda here: here.redo(2), "only 1"),
        (lambda here: here.jump(4), "steps 0 to 3, not 4"),
        (lambda here: here.jump(-1), "steps 0 to 3, not -1"),
    ],
    ids=range(7),
)
def test_a_move_that_is_not_there_is_refused_and_changes_nothing(move: object, words: str) -> None:
    here = walk()
    for _ in range(3):
        here.take(1)
    here.undo()
    before = (here.position, here.length, here.state)
    assert callable(move)
    with pytest.raises(WalkError, match=words):
        move(here)
    assert (here.position, here.length, here.state) == before


# --- shortest continuations ---------------------------------------------------------------------------------------


def distance(here: Walk, first: str, second: str | None) -> int | None:
    """Return how far the pair of states is, or the state at either end, by a search of its own."""
    seen, waiting = {here.state}, deque([(here.state, 0)])
    while waiting:
        state, steps = waiting.popleft()
        a, b = (here._machine.locals[end][local].tcb[0] for end, local in enumerate(here.graph.ends(state)))  # noqa: SLF001  # no second source
        if first in (a, b) if second is None else (a, b) == (first, second):
            return steps
        for target, _ in edges_of(here, state):
            if target >= 0 and target not in seen:
                seen.add(target)
                waiting.append((target, steps + 1))
    return None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ESTABLISHED", "ESTABLISHED"),
        ("TIME-WAIT", "CLOSED"),
        ("CLOSING", None),
        ("LAST-ACK", None),
        ("LISTEN", "SYN-SENT"),
    ],
)
def test_goto_takes_a_shortest_way(first: str, second: str | None, seed: int) -> None:
    here = walk()
    for _ in wander(here, seed, 2 * seed):
        pass
    before, expected = here.position, distance(here, first, second)
    taken = here.goto(first) if second is None else here.goto(first, second)
    assert taken == expected
    assert here.position == before + (taken or 0)
    if taken is not None:
        assert first in here.states if second is None else here.states == (first, second)
        assert here.goto(*([first] if second is None else [first, second])) == 0
    check(here.trace())


def test_goto_takes_any_state_for_none() -> None:
    here = walk()
    assert here.goto("LISTEN", None) is None
    assert here.goto(None, "ESTABLISHED") == 5
    here.restart()
    assert here.goto("ESTABLISHED", None) == 4
    assert here.goto(None) == 0


def test_three_way_keeps_p_01_and_two_way_breaks_it_as_soon_as_verify_says() -> None:
    assert walk().until_broken(PROPERTIES["P-01"]) is None
    assert explored("tutorial").position == 0
    for name in ("tutorial", "reopen"):
        run = explore_world(VARIANTS["two-way"].relation, WORLDS[name], [PROPERTIES["P-01"]], variant="two-way")
        here = walk(name, "two-way")
        found = here.until_broken(PROPERTIES["P-01"])
        assert found is not None
        assert found[0] == here.position == run.parts[0].steps
        saved = here.trace()
        assert (saved.property, saved.part) == ("P-01", 0)
        check(saved)
        assert PROPERTIES["P-01"] in {broken.about for broken in here.broken()}
        again = here.until_broken(PROPERTIES["P-01"])
        assert again is not None
        assert again[0] == 0
        here.undo()
        assert here.trace().property == ""


@pytest.mark.parametrize("name", ["tutorial", "reopen", "text in the clock", "blind"])
@pytest.mark.parametrize("variant", ["three-way", "two-way"])
def test_every_property_breaks_where_verify_says(name: str, variant: str) -> None:
    properties = breakable(VARIANTS[variant], WORLDS[name])
    assert properties
    verified = explore_world(VARIANTS[variant].relation, WORLDS[name], properties, variant=variant)
    for prop in properties:
        parts = [part.steps for part in verified.parts if part.about is prop and part.part.kind == "always"]
        shortest = min((steps for steps in parts if steps is not None), default=None)
        found = walk(name, variant).until_broken(prop)
        assert (None if found is None else found[0]) == shortest
        run = explored(name, variant).trace()
        check(run)
        if found is not None and len(prop.parts) == 1:
            assert run == next(part.trace for part in verified.parts if part.about is prop)


def test_what_single_states_cannot_break_is_refused() -> None:
    here = walk()
    with pytest.raises(WalkError, match="P-28 is not about single states or steps"):
        here.until_broken(PROPERTIES["P-28"])
    with pytest.raises(WalkError, match="P-35 is judged in worlds about time, not safety"):
        here.until_broken(PROPERTIES["P-35"])
    with pytest.raises(WalkError, match="P-43 is only judged for variants with the rules K-1 or K-2"):
        here.until_broken(PROPERTIES["P-43"])
    assert why_not(PROPERTIES["P-01"], here.variant, here.world) == ""


# --- limits -------------------------------------------------------------------------------------------------------


def test_a_limit_leaves_states_whose_steps_nobody_knows() -> None:
    here = Walk(VARIANTS["three-way"], TUTORIAL_WORLD, limits=Limits(states=30))
    assert here.stopped == "limit of 30 states"
    assert here.unexpanded > 0
    assert here.goto("TIME-WAIT") is None
    known = [here.expanded for _ in wander(here, 1)]
    assert all(known)
    assert not here.expanded
    assert here.enabled() == here.cut_off() == ()
    with pytest.raises(WalkError, match="nothing can be done"):
        here.take(1)
    check(here.trace())
    with pytest.raises(WalkError, match=r"step \d+ of the run is not among those explored here: limit of 30 states"):
        here.follow(timed_out())


def timed_out() -> Trace:
    """Return a run of the tutorial's world that goes beyond a few states."""
    far = walk()
    far.goto("TIME-WAIT")
    return far.trace()


def test_an_interrupted_exploration_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("checker.explore.kernel._Search.expand", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Walk(VARIANTS["three-way"], TUTORIAL_WORLD)
