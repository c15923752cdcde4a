"""Endless runs in replay: an honest one is accepted, a tampered one is refused with one sentence that says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.explore.run import explore_world
from checker.replay import ReplayError, replay
from spec.attackers import FLOOD, Attacker
from spec.environment import IsnPolicy, User, World, active_open, passive_open, receive
from spec.language import negated
from spec.language.beside import Part, Property, leads_to, no_delivery_cycle
from spec.network import Network
from spec.properties import PROPERTIES
from spec.scenarios import LIVE_CLOSE, LIVE_HALF_OPEN, LIVE_REOPEN, LIVE_SIMULTANEOUS
from spec.trace import Trace
from spec.variants import VARIANTS
from spec.variants.listening import BACKLOG_FULL
from spec.vocabulary import STATE, State
from tests.checker.endless import (
    AGAIN,
    CALLER,
    DELIVERED,
    FOR_EVER,
    NOBODY,
    accept,
    calling,
    endless,
    leaves,
    losing,
    refuse,
)
from tests.checker.runs import A, B, Play, world

pytestmark = pytest.mark.usefixtures("compile_once")


def in_vain() -> Play:
    """Return a play in which A's SYN arrives and is sent again: the last two steps can go on for ever."""
    play = calling()
    play.deliver(0)
    play.own(A, AGAIN)
    return play


def flood() -> Play:
    """Return a play with a listener whose backlog a flood may fill."""
    attacker = Attacker(FLOOD, None, (B,))
    return Play(world(NOBODY, User((), listens=True), FOR_EVER, attacker=attacker), "backlog-drop")


# --- a loop by hand -------------------------------------------------------------------------------------------------


def test_an_honest_loop_is_accepted() -> None:
    accept(endless(in_vain(), 1), leaves("SYN-SENT", *DELIVERED))


@pytest.mark.parametrize("start", [0, 2])
def test_a_loop_that_begins_elsewhere_does_not_close(start: int) -> None:
    refuse(endless(in_vain(), start), leaves("SYN-SENT", *DELIVERED), "the loop does not come back to its start")


@pytest.mark.parametrize("start", [-1, 4, 99])
def test_a_loop_begins_at_a_step_of_the_run(start: int) -> None:
    refuse(endless(in_vain(), start), leaves("SYN-SENT", *DELIVERED), f"the run cannot go back to step {start}")


def test_a_loop_without_one_of_its_steps_is_refused() -> None:
    trace = endless(in_vain(), 1)
    opened, arrived, again = trace.steps
    late = replace(trace.segments[1], step=2)
    undelivered = replace(trace, steps=(opened, again), segments=(trace.segments[0], late))
    refuse(undelivered, leaves("SYN-SENT", *DELIVERED), "a copy of what is sent again is in flight")
    unsent = replace(trace, steps=(opened, arrived), segments=trace.segments[:1])
    refuse(unsent, leaves("SYN-SENT", *DELIVERED), "the loop does not come back to its start")


def test_a_run_about_what_never_ends_has_a_loop_and_no_other_has_one() -> None:
    refuse(in_vain().trace("P-0"), leaves("SYN-SENT", *DELIVERED), "a run about what never ends has a loop")
    for claim in (None, PROPERTIES["P-01"].parts[0]):
        with pytest.raises(ReplayError, match="and no other has one"):
            replay(endless(in_vain(), 1), VARIANTS["silent-closed"].relation, claim)


def test_a_loop_in_which_anything_changes_does_not_close() -> None:
    """A TCB, a user's calls left, a budget, a segment's age: each is another state at the end."""
    words = "the loop does not come back to its start"
    flooded = Play(
        world(NOBODY, User((), listens=True), FOR_EVER, attacker=Attacker(FLOOD, None, (B,))), "backlog-drop"
    )
    flooded.own(B, "SPOOFED SYN")
    refuse(endless(flooded, 0), leaves("LISTEN"), words)
    listening = Play(world(NOBODY, User((passive_open(), receive(2)))))
    for event in ("OPEN", "RECEIVE"):
        listening.own(B, event)
    refuse(endless(listening, 1), leaves("LISTEN"), words)
    lossy = losing(1)
    refuse(endless(lossy, 1), leaves("SYN-SENT"), words)
    ageing = calling(world(CALLER, NOBODY, FOR_EVER, Network(lifetime=2)))
    ageing.tick()
    refuse(endless(ageing, 1), leaves("SYN-SENT"), words)


# --- what it shows --------------------------------------------------------------------------------------------------


def test_a_loop_shows_nothing_of_a_state_that_it_never_saw() -> None:
    refuse(endless(in_vain(), 1), leaves("ESTABLISHED", *DELIVERED), "the run does not show what it says of P-0")


def test_a_loop_shows_nothing_where_what_should_follow_holds_at_once() -> None:
    same = leads_to(STATE == "SYN-SENT", given=(STATE == "SYN-SENT",), fairness=DELIVERED)
    refuse(endless(in_vain(), 1), same, "the run does not show what it says of P-0")


def test_what_should_follow_may_follow_in_the_next_round() -> None:
    """A flood fills the listener's backlog, which is emptied again, for ever."""
    play = flood()
    play.own(B, "SPOOFED SYN")
    play.own(B, "HALF-OPEN TIMEOUT")
    empty = leads_to(BACKLOG_FULL, given=(STATE == "LISTEN", negated(BACKLOG_FULL)), fairness=("FT", "FF"))
    full = replace(empty, given=(BACKLOG_FULL,), holds=(negated(BACKLOG_FULL),))
    for claim in (empty, full):
        refuse(endless(play, 0), claim, "does not show")
    accept(endless(play, 2), empty)


def test_what_follows_on_the_stem_has_followed_and_what_came_before_has_not() -> None:
    """A was closed, then listening, and is in SYN-SENT for ever."""
    caller = User((passive_open(), active_open()))
    play = Play(world(caller, User((), listens=True), replace(FOR_EVER, losses=None)))
    play.own(A, "OPEN")
    (syn,) = play.own(A, "OPEN", ACTIVE=True)
    play.lose(syn)
    play.own(A, AGAIN)
    closed, listens, calls = STATE == "CLOSED", STATE == "LISTEN", STATE == "SYN-SENT"
    for given, holds in ((closed, listens), (closed, calls)):
        refuse(endless(play, 2), leads_to(holds, given=(given,), fairness=("FT",)), "does not show")
    accept(endless(play, 2), leads_to(closed, given=(calls,), fairness=("FT",)))


# --- loops that the explorer finds ----------------------------------------------------------------------------------


def found(variant: str, where: World, name: str) -> tuple[Trace, Part]:
    run = explore_world(VARIANTS[variant].relation, where, [PROPERTIES[name]], variant=variant)
    trace = run.parts[0].trace
    assert trace is not None
    return trace, run.parts[0].part


FOUND = {
    f"{variant} {name}": found(variant, where, name)
    for variant, where, name in (
        ("three-way", LIVE_REOPEN, "P-30b"),
        ("bsd-resync", LIVE_SIMULTANEOUS, "P-27"),
        ("bsd-resync", LIVE_SIMULTANEOUS, "P-30b"),
        ("silent-closed", LIVE_HALF_OPEN, "P-29"),
        ("three-way", LIVE_HALF_OPEN.with_isn(IsnPolicy("const")), "P-30a"),
    )
}


@pytest.mark.parametrize(("trace", "claim"), FOUND.values(), ids=list(FOUND))
def test_what_the_explorer_finds_is_accepted_and_refused_with_another_loop(trace: Trace, claim: Part) -> None:
    accept(trace, claim)
    for start in set(range(-1, len(trace.steps) + 2)) - {trace.loop}:
        refuse(replace(trace, loop=start), claim, "")


@pytest.mark.parametrize(("trace", "claim"), FOUND.values(), ids=list(FOUND))
def test_what_the_explorer_finds_is_refused_without_one_of_its_steps(trace: Trace, claim: Part) -> None:
    assert trace.loop is not None
    for gone in range(len(trace.steps)):
        steps = (*trace.steps[:gone], *trace.steps[gone + 1 :])
        refuse(replace(trace, steps=steps, loop=min(trace.loop, len(steps))), claim, "")


def test_a_cycle_is_one_of_deliveries_alone() -> None:
    trace, _ = FOUND["silent-closed P-29"]
    refuse(trace, no_delivery_cycle(), "the cycle is not one of deliveries alone")
    refuse(replace(trace, loop=len(trace.steps)), no_delivery_cycle(), "the run has no cycle")


@pytest.mark.parametrize(
    ("state", "assumed", "more"),
    [("CLOSE-WAIT", ("FT", "FF"), "FC"), ("FIN-WAIT-1", ("FC", "FF"), "FT"), ("CLOSE-WAIT", DELIVERED, "FA")],
)
def test_what_is_fair_enough_is_not_so_when_more_is_assumed(state: State, assumed: tuple[str, ...], more: str) -> None:
    weak, relation = leaves(state, *assumed), VARIANTS["three-way"].relation
    run = explore_world(relation, LIVE_CLOSE, [Property("P-0", "", "", "", (weak,))], variant="three-way")
    trace = run.parts[0].trace
    assert trace is not None
    accept(trace, weak)
    refuse(trace, leaves(state, *assumed, more), f"{more} is violated")
