"""What a world permits: budgets, networks, users' calls and ISNs, each overstepped by a run that is sound otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from checker.explore.run import explore_world
from checker.replay import replay
from spec.environment import (
    Faults,
    IsnPolicy,
    User,
    UserCall,
    World,
    abort,
    active_open,
    close,
    passive_open,
    receive,
    send,
)
from spec.network import FIFO, Network
from spec.properties import PROPERTIES
from spec.scenarios import ABORT, QUICK, REOPEN, SLOW_READER
from spec.variants import VARIANTS
from spec.vocabulary import CLOSE
from tests.checker.runs import A, B, Play, check, cut, opened, refused, with_step, world

pytestmark = pytest.mark.usefixtures("compile_once")

SERVER = User((passive_open(), send(1), close()))


@pytest.mark.parametrize("where", [*QUICK[:1], *QUICK[2:], ABORT, SLOW_READER], ids=lambda w: w.name)
def test_what_the_explorer_finds_is_permitted(where: World) -> None:
    name = "three-way" if VARIANTS["three-way"].knows(where) else "socket-calls"
    run = explore_world(VARIANTS[name].relation, where, [], variant=name)
    assert run.edges
    for trace in (*run.edges.values(), *run.terminal.values()):
        check(trace)


@pytest.mark.parametrize(
    "network",
    [
        Network("set", 3),
        Network("set", 2, "lose"),
        Network("bag", 2, "lose"),
        Network(FIFO, 1),
        Network(FIFO, 1, "lose"),
    ],
    ids=str,
)
def test_what_the_explorer_finds_is_permitted_in_every_network(network: Network) -> None:
    here = replace(QUICK[2], network=network, faults=Faults(duplicates=1, retransmissions=1))
    run = explore_world(VARIANTS["three-way"].relation, here, [], variant="three-way")
    assert run.terminal
    for trace in (*run.edges.values(), *run.terminal.values()):
        check(trace)


@pytest.mark.parametrize("kind", ["fresh", "next", "const", "clock"])
def test_what_the_explorer_finds_is_permitted_by_every_isn_policy(kind: str) -> None:
    here = REOPEN.with_isn(IsnPolicy(kind, 3 if kind == "clock" else 0))
    run = explore_world(VARIANTS["three-way"].relation, here, [PROPERTIES["P-01"]], variant="three-way")
    for trace in (*run.edges.values(), *(part.trace for part in run.parts if part.trace is not None)):
        replay(trace, VARIANTS["three-way"].relation)


# --- what the world does not permit -------------------------------------------------------------------------------

CLIENT = User((active_open(), close()))
LOSSY = Faults(losses=1, duplicates=1, retransmissions=1, crashes=1, user_timeouts=1)


def overspent_losses() -> Play:
    play = opened(world(CLIENT, SERVER, LOSSY))
    play.lose(0)
    (again,) = play.own(A, "RETRANSMISSION TIMEOUT")
    play.lose(again)
    return play


def overspent_duplicates() -> Play:
    play = opened(world(CLIENT, SERVER, LOSSY))
    play.duplicate(0)
    play.duplicate(0)
    return play


def overspent_retransmissions() -> Play:
    play = opened(world(CLIENT, SERVER, LOSSY))
    play.own(A, "RETRANSMISSION TIMEOUT")
    play.own(A, "RETRANSMISSION TIMEOUT")
    return play


def overspent_user_timeouts() -> Play:
    play = opened(world(CLIENT, User((), listens=True), replace(LOSSY, user_timeouts=0)))
    play.own(A, "USER TIMEOUT")
    return play


def overspent_crashes() -> Play:
    play = opened(world(User((active_open(2),)), SERVER, LOSSY, incarnations=(2, 2)))
    play.own(A, "CRASH")
    play.own(A, "OPEN", ACTIVE=True)
    play.own(A, "CRASH")
    return play


def crashed_without_a_tcb() -> Play:
    play = opened(world(CLIENT, SERVER, replace(LOSSY, crashes=2)))
    play.own(A, "CRASH")
    play.own(A, "CRASH")
    return play


def overspent_incarnations() -> Play:
    play = opened(world(User((active_open(2), close())), SERVER))
    play.own(A, "CLOSE")
    play.own(A, "OPEN", ACTIVE=True)
    return play


def order_broken() -> Play:
    play = opened(world(User((active_open(2), close(), abort())), SERVER, LOSSY, incarnations=(2, 1)))
    play.own(A, "CLOSE")
    (second,) = play.own(A, "OPEN", ACTIVE=True)
    play.deliver(second)
    return play


def too_many_in_flight(network: Network) -> Callable[[], Play]:
    def play() -> Play:
        played = opened(world(User((active_open(2), close())), SERVER, LOSSY, network, incarnations=(2, 1)))
        played.own(A, "CLOSE")
        played.own(A, "OPEN", ACTIVE=True)
        return played

    return play


def lost_in_a_full_network() -> Play:
    play = too_many_in_flight(Network("bag", 1, "lose"))()
    play.deliver(1)
    return play


def sent_twice_into_a_set() -> Play:
    play = opened(world(CLIENT, SERVER, LOSSY, Network("set", 2)))
    (again,) = play.own(A, "RETRANSMISSION TIMEOUT")
    play.deliver(0)
    play.deliver(again)
    return play


def a_call(user: User, *calls: str) -> Callable[[], Play]:
    def play() -> Play:
        played = Play(world(user, SERVER))
        for call in calls:
            played.own(A, call, ACTIVE=call == "OPEN", OCTETS=1 if call == "SEND" else 0)
        return played

    return play


def gave_up_early() -> Play:
    play = opened(world(CLIENT, SERVER, Faults(retransmissions=1, r2=True)))
    play.own(A, "R2 REACHED")
    return play


def gave_up_without_r2() -> Play:
    play = opened(world(CLIENT, SERVER, Faults(retransmissions=1)))
    play.own(A, "RETRANSMISSION TIMEOUT")
    play.own(A, "R2 REACHED")
    return play


ONLY_IN_ESTABLISHED = User((active_open(), close(states=("ESTABLISHED",))))
IN_ORDER = User((active_open(), send(1), close()), ordered=True)

NOT_PERMITTED: dict[str, tuple[Callable[[], Play], str]] = {
    "losses": (overspent_losses, "no loss is left in the budget of 1"),
    "duplicates": (overspent_duplicates, "no duplicate is left in the budget of 1"),
    "retransmissions": (overspent_retransmissions, "no retransmission timeout is left in the budget of 1"),
    "user timeouts": (overspent_user_timeouts, "no user timeout is left in the budget of 0"),
    "crashes": (overspent_crashes, "no crash is left in the budget of 1"),
    "incarnations": (overspent_incarnations, "more ISSs than the world allows"),
    "a crash of nothing": (crashed_without_a_tcb, "has nothing to lose by a crash"),
    "order of a FIFO": (order_broken, "segment 1 is not the first in line"),
    "capacity of a FIFO": (too_many_in_flight(Network(FIFO, 1)), "more than its capacity"),
    "capacity of a bag": (too_many_in_flight(Network("bag", 1)), "more than its capacity"),
    "capacity of a set": (too_many_in_flight(Network("set", 1)), "more than its capacity"),
    "lost on overflow": (lost_in_a_full_network, "segment 1 is not in flight"),
    "once in a set": (sent_twice_into_a_set, "segment 1 is not in flight"),
    "a call that no user makes": (a_call(CLIENT, "OPEN", "ABORT"), "the user never makes this ABORT"),
    "a call with other octets": (a_call(User((active_open(), send(2))), "OPEN", "SEND"), "never makes this SEND"),
    "a call too many": (a_call(CLIENT, "OPEN", "CLOSE", "CLOSE"), "makes no CLOSE now"),
    "a call in a state": (a_call(ONLY_IN_ESTABLISHED, "OPEN", "CLOSE"), "makes no CLOSE now"),
    "a call out of order": (a_call(IN_ORDER, "OPEN", "CLOSE"), "makes no CLOSE now"),
    "R2 too early": (gave_up_early, "R2 is not reached"),
    "R2 switched off": (gave_up_without_r2, "R2 is not reached"),
}


@pytest.mark.parametrize("name", NOT_PERMITTED)
def test_what_the_world_does_not_permit_is_refused_at_its_step(name: str) -> None:
    play, words = NOT_PERMITTED[name]
    trace = play().trace()
    refused(trace, words)
    check(cut(trace, len(trace.steps) - 1))


def test_a_listener_whose_tcb_is_deleted_listens_again() -> None:
    play = Play(world(CLIENT, User((close(),), listens=True)))
    play.own(B, "CLOSE")
    check(play.trace())
    events = play.trace().steps[0].events
    assert [event.event for event in events] == ["CLOSE", "OPEN"]
    refused(with_step(play.trace(), 1, events=events[:1]), "does not listen again")
    active = replace(events[1], call={**events[1].call, "ACTIVE": True})
    refused(with_step(play.trace(), 1, events=(events[0], active)), "cannot follow by itself")


def test_who_does_not_listen_for_ever_does_not_listen_again() -> None:
    play = Play(world(CLIENT, User((close(),), listens=True)))
    play.own(B, "CLOSE")
    passing = replace(play.world, users=(CLIENT, User((passive_open(), close()))))
    once = Play(passing)
    once.own(B, "OPEN")
    once.own(B, "CLOSE")
    both = with_step(once.trace(), 2, events=(*once.trace().steps[1].events, play.trace().steps[0].events[1]))
    refused(both, "OPEN cannot follow by itself")


def test_a_refused_call_is_not_used_up() -> None:
    play = Play(world(User((UserCall(CLOSE), active_open())), SERVER))
    play.own(A, "CLOSE")
    play.own(A, "CLOSE")
    play.own(A, "OPEN", ACTIVE=True)
    play.own(A, "CLOSE")
    check(play.trace())
    assert play.trace().steps[0].events[0].signals == ("error: connection does not exist",)
    play.own(A, "CLOSE")
    refused(play.trace(), "the user makes no CLOSE now")


def test_calls_in_order_are_permitted_in_order() -> None:
    play = a_call(IN_ORDER, "OPEN", "SEND", "CLOSE")()
    check(play.trace())


def test_a_reader_reads_as_often_as_it_calls() -> None:
    play = Play(world(User((active_open(), receive(1)), reads=False), SERVER))
    play.own(A, "OPEN", ACTIVE=True)
    play.own(A, "RECEIVE")
    check(play.trace())
    play.own(A, "RECEIVE")
    refused(play.trace(), "the user makes no RECEIVE now")
