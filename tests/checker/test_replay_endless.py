"""Replay of runs that never end: the loop closes, is fair by each assumption named, and shows what is claimed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from checker.explore.run import explore_world
from checker.replay import ReplayError, replay
from spec.environment import Faults, IsnPolicy, User, UserCall, World, active_open, passive_open
from spec.language import any_of
from spec.language.beside import leads_to
from spec.network import Network
from spec.properties import PROPERTIES
from spec.scenarios import LIVE_REOPEN
from spec.tcp import TCP
from spec.time_wait import TimeWait
from spec.trace import Trace
from spec.vocabulary import SEND
from tests.checker.runs import A, B, Play, check, opened, refused, world
from tests.checker.worlds import ANSWERS, CLOSES, RESTARTS

pytestmark = pytest.mark.usefixtures("compile_once")


def found(prop: str, isn: str) -> Trace:
    """Return the endless run by which three-way fails a property in LIVE_REOPEN."""
    run = explore_world(TCP, LIVE_REOPEN.with_isn(IsnPolicy(isn)), [PROPERTIES[prop]], variant="three-way")
    trace = run.parts[0].trace
    assert trace is not None
    return trace


WAR, IN_VAIN = found("P-30b", "fresh"), found("P-30a", "const")


# --- runs that the explorer finds -------------------------------------------------------------------------------


def test_the_runs_to_be_damaged_replay() -> None:
    check(WAR)
    check(IN_VAIN)
    assert (WAR.loop, len(WAR.steps)) == (13, 15)


@pytest.mark.parametrize("loop", [*range(13), 14])
def test_a_loop_that_begins_elsewhere_does_not_close(loop: int) -> None:
    refused(replace(WAR, loop=loop), "the loop does not come back to its start")


def test_a_run_without_a_loop_shows_nothing_of_what_never_ends() -> None:
    for trace in (WAR, IN_VAIN):
        refused(replace(trace, loop=None), "a run about what never ends has a loop, and no other has one", 0)


def test_a_finite_claim_has_no_loop() -> None:
    refused(replace(WAR, property="P-01"), "a run about what never ends has a loop, and no other has one", 0)
    refused(replace(WAR, property=""), "a run about what never ends has a loop, and no other has one", 0)


def test_a_run_that_stops_has_no_cycle() -> None:
    refused(replace(WAR, loop=15), "the run has no cycle")


def test_a_cycle_in_which_a_timer_takes_part_is_none_of_deliveries() -> None:
    refused(replace(IN_VAIN, property="P-30b"), "the cycle is not one of deliveries alone")


def test_a_cycle_of_two_deliveries_is_unfair_to_what_else_could_happen() -> None:
    refused(replace(WAR, property="P-30a"), r"FC is violated: \(0, \(306, .* could happen again and again and does not")


def test_a_fair_run_of_another_property_does_not_show_its_claim() -> None:
    refused(replace(IN_VAIN, property="P-31", part=1), "the run does not show what it says of P-31")


# --- fairness, one assumption at a time -------------------------------------------------------------------------

LOSSY = Faults(losses=None, retransmissions=None)
EVER = world(CLOSES, ANSWERS, LOSSY, Network(capacity=3))
CLOCK = replace(EVER, network=Network(capacity=3, lifetime=2))


def connected(where: World) -> Play:
    """Return a play in which both ends are ESTABLISHED and nothing is in flight."""
    play = opened(where)
    for number in range(3):
        play.deliver(number)
    return play


def lost(where: World = EVER) -> Play:
    play = opened(where)
    play.lose(0)
    return play


def aged(losses: int | None, ticks: int) -> Play:
    play = opened(replace(CLOCK, faults=Faults(losses=losses, retransmissions=None)))
    play.tick(ticks)
    return play


def half_closed() -> Play:
    play = connected(EVER)
    (fin,) = play.own(A, "CLOSE")
    (ack,) = play.deliver(fin)
    play.deliver(ack)
    assert (play.state(A), play.state(B)) == ("FIN-WAIT-2", "CLOSE-WAIT")
    return play


def waiting(time_wait: TimeWait | None, ticks: int) -> Play:
    play = connected(replace(CLOCK, time_wait=time_wait))
    for closer in (A, B):
        (fin,) = play.own(closer, "CLOSE")
        (ack,) = play.deliver(fin)
        play.deliver(ack)
    play.tick(ticks)
    assert (play.state(A), play.state(B)) == ("TIME-WAIT", "CLOSED")
    return play


def talkative() -> Play:
    server = User((passive_open(), UserCall(SEND, octets=1, states=("ESTABLISHED",))))
    return connected(replace(EVER, users=(CLOSES, server)))


def crashed(ticks: int) -> Play:
    play = connected(replace(RESTARTS, users=(User((active_open(),)), User((), listens=True))))
    play.own(A, "CRASH")
    play.tick(ticks)
    return play


def half_open(network: Network) -> Play:
    """Return a play in which A's ACK is on its way to B in SYN-RECEIVED."""
    play = opened(replace(EVER, network=network))
    for number in range(2):
        play.deliver(number)
    return play


def gave_up(*, r2: bool) -> Play:
    play = lost(replace(EVER, faults=Faults(losses=2, retransmissions=1, r2=r2)))
    (again,) = play.own(A, "RETRANSMISSION TIMEOUT")
    play.lose(again)
    return play


STOPS: dict[str, tuple[Callable[[], Play], str, str]] = {
    "without fairness, anywhere": (lambda: opened(EVER), "", ""),
    "with a segment in flight": (lambda: opened(EVER), "FC", "FC"),
    "with a copy in flight of what could be sent again": (lambda: opened(EVER), "FT", ""),
    "with something to send again": (lost, "FT", r"FT is violated: \(0, 'RETRANSMISSION TIMEOUT'\)"),
    "with something to send again that would be cut off": (lambda: gave_up(r2=False), "FT", "RETRANSMISSION TIMEOUT"),
    "with R2 reached": (lambda: gave_up(r2=True), "FT", ""),
    "into a full network that loses": (lambda: half_open(Network("bag", 1, "lose")), "FT", ""),
    "into a full channel that loses": (lambda: half_open(Network("fifo", 1, "lose")), "FT", "RETRANSMISSION TIMEOUT"),
    "into a network with room": (lambda: half_open(Network("bag", 2, "lose")), "FT", "RETRANSMISSION TIMEOUT"),
    "with nothing in flight": (lambda: connected(EVER), "FC FT FA FS", ""),
    "half closed": (half_closed, "FC FT FS", ""),
    "half closed by a user that closes": (half_closed, "FA", "FA is violated: 1"),
    "with something to say": (talkative, "FC FT FA", ""),
    "with something to say that is said": (talkative, "FS", "FS is violated: 1"),
    "while a segment can age": (lambda: aged(0, 0), "FT", "FT is violated: tick"),
    "while a segment can neither age nor be lost": (lambda: aged(0, 1), "FT", ""),
    "while a segment can age and be lost": (lambda: aged(None, 1), "FT", "FT is violated: tick"),
    "while a segment can age and be lost once": (lambda: aged(1, 1), "FT", "FT is violated: tick"),
    "in TIME-WAIT without a clock": (lambda: waiting(None, 0), "FT", "FT is violated: .*TIME-WAIT TIMEOUT"),
    "in a TIME-WAIT that goes on": (lambda: waiting(TimeWait(1), 1), "FT", "FT is violated: tick"),
    "in a TIME-WAIT that is over": (lambda: waiting(TimeWait(1), 2), "FT", "FT is violated: .*TIME-WAIT TIMEOUT"),
    "in a TIME-WAIT without an end": (lambda: waiting(TimeWait(None), 0), "FT", ""),
    "in a quiet time": (lambda: crashed(1), "FT", "FT is violated: tick"),
    "after a quiet time": (lambda: crashed(2), "FC FT", ""),
}


def judged(play: Play, loop: int, fairness: str) -> None:
    """Replay a run that then repeats its steps from `loop` on, said to be fair and never to reach the impossible."""
    never = leads_to(any_of(), given=(), fairness=tuple(fairness.split()))
    replay(play.trace(loop=loop), TCP, never)


@pytest.mark.parametrize("name", STOPS)
def test_a_run_may_stop_where_nothing_is_owed(name: str) -> None:
    play, fairness, owed = STOPS[name]
    played = play()
    if not owed:
        judged(played, len(played.steps), fairness)
        return
    with pytest.raises(
        ReplayError, match=rf"^step \d+ of \d+: .*{owed}.* could happen again and again and does not\.$"
    ):
        judged(played, len(played.steps), fairness)


def test_a_segment_that_is_lost_again_and_again_may_be_so_but_for_fc_and_ff() -> None:
    play = lost()
    play.own(A, "RETRANSMISSION TIMEOUT")
    judged(play, 2, "FT FA FS")
    with pytest.raises(ReplayError, match="FC is violated"):
        judged(play, 2, "FT FC")
    with pytest.raises(ReplayError, match="something goes wrong again and again, which FF rules out"):
        judged(play, 2, "FF")


def test_a_loop_that_uses_up_a_budget_does_not_close() -> None:
    play = lost(replace(EVER, faults=Faults(losses=1, retransmissions=None)))
    play.own(A, "RETRANSMISSION TIMEOUT")
    with pytest.raises(ReplayError, match="the loop does not come back to its start"):
        judged(play, 2, "FT")


def test_a_loop_in_which_a_segment_grows_older_does_not_close() -> None:
    play = aged(None, 1)
    with pytest.raises(ReplayError, match="the loop does not come back to its start"):
        judged(play, 2, "")
