"""What a world permits of time, crashes and quiet time, and what it refuses with a sentence."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from checker.concrete import Values
from checker.explore.kernel import explore
from checker.explore.machine import TcpMachine
from checker.explore.networks import AgeingNetwork, Channel, PackedNetwork
from checker.explore.run import explore_world
from checker.explore.writer import TraceWriter
from spec.attackers import Attacker
from spec.environment import Faults, IsnPolicy, World
from spec.network import Network
from spec.properties import PROPERTIES
from spec.tcp import TCP
from spec.time_wait import TimeWait
from spec.trace import OWN, TICK, UNREAD, Trace
from tests.checker.runs import A, B, Play, check, cut, opened, refused, with_step, world
from tests.checker.worlds import ANSWERS, BESIDE, CLOSES, FOR_EVER, LENGTHS, RESTARTS

pytestmark = pytest.mark.usefixtures("compile_once")

COPIES = replace(RESTARTS, quiet_time=False, faults=Faults(losses=None, crashes=1, retransmissions=None))
WORLDS = {**LENGTHS, **BESIDE, "copies of an earlier incarnation": COPIES.with_isn(IsnPolicy("const"))}


# --- what the explorer finds ----------------------------------------------------------------------------------------


Contents = list[tuple[int, Values]]
"""What is in flight: the destination of each segment and its fields with ghosts, in any order."""


@cache
def walks(name: str) -> list[tuple[Trace, Contents]]:
    """Return random runs that the explorer thinks possible in a world, and what it has in flight at their ends.

    They have the ghosts of some properties.
    """
    where = WORLDS[name]
    machine = TcpMachine(TCP, where, [PROPERTIES["P-21"], PROPERTIES["P-35"]])
    lifetime = where.network.lifetime
    network: Channel = PackedNetwork(where.network, machine.destination)
    if lifetime is not None:
        network = AgeingNetwork(where.network, lifetime)
    network.alike = machine.alike
    tick = None if lifetime is None else machine.tick
    losses, duplicates = where.faults.losses, where.faults.duplicates
    graph = explore(machine, network, losses=losses, duplicates=duplicates, tick=tick, edges=True)
    assert graph.edges is not None
    begin = [*graph.edges.begin, len(graph.edges.target)]
    writer = TraceWriter(machine, graph, TCP, "three-way")
    chance = random.Random(name)  # noqa: S311  # the same walks each time
    found: list[tuple[Trace, Contents]] = []
    for _ in range(12):
        here, actions = 0, []
        for _ in range(40):
            ways = [i for i in range(begin[here], begin[here + 1]) if graph.edges.target[i] >= 0]
            if not ways:
                break
            way = chance.choice(ways)
            here = graph.edges.target[way]
            actions.append(graph.edges.action[way])
        flying = network.content(graph.network(here))
        found.append((writer.write(actions), [(machine.destination[i], machine.segments[i]) for i in flying]))
    return found


@pytest.mark.parametrize("name", WORLDS)
def test_what_the_explorer_finds_is_permitted(name: str) -> None:
    for trace, _ in walks(name):
        check(trace)


@pytest.mark.parametrize("name", WORLDS)
def test_what_is_in_flight_in_a_run_is_what_the_explorer_has_in_flight(name: str) -> None:
    for trace, flying in walks(name):
        segments = [trace.segments[number] for number in trace.in_flight(len(trace.steps))]
        told = [(1 - s.sender, (*{**s.fields, UNREAD: 0}.values(), *s.ghosts.values())) for s in segments]
        assert sorted(told) == sorted(flying)


def test_the_explorer_finds_steps_of_every_kind() -> None:
    kinds = {step.kind for name in WORLDS for trace, _ in walks(name) for step in trace.steps}
    assert kinds == {"own", "deliver", "duplicate", "lose", "tick", "forge"}


def test_every_change_of_state_in_a_quiet_time_is_permitted() -> None:
    run = explore_world(TCP, RESTARTS, [PROPERTIES["P-21"]], variant="three-way")
    assert ("SYN-SENT", "CLOSED") not in run.edges  # a crash is no edge
    assert any(event.event == "CRASH" for trace in run.edges.values() for step in trace.steps for event in step.events)
    for trace in (*run.edges.values(), *run.terminal.values()):
        check(trace)


# --- time -----------------------------------------------------------------------------------------------------------

MSL = 2
ANY_LOSS = Faults(losses=None, retransmissions=1)


def timed(time_wait: TimeWait | None = None, faults: Faults = ANY_LOSS, **rest: Any) -> World:
    """Return a world whose segments live 2 ticks."""
    return world(CLOSES, ANSWERS, faults, Network(capacity=3, lifetime=MSL), time_wait=time_wait, **rest)


def waiting(where: World) -> Play:
    """Return a play in which A has just entered TIME-WAIT, its last ACK on its way, and B is in LAST-ACK."""
    play = opened(where)
    (syn_ack,) = play.deliver(0)
    (ack,) = play.deliver(syn_ack)
    play.deliver(ack)
    for closer in (A, B):
        (fin,) = play.own(closer, "CLOSE")
        (ack,) = play.deliver(fin)
        if closer == A:
            play.deliver(ack)
    assert (play.state(A), play.state(B)) == ("TIME-WAIT", "LAST-ACK")
    return play


@pytest.mark.parametrize("ticks", range(MSL))
def test_a_segment_can_arrive_at_every_age_below_msl(ticks: int) -> None:
    play = opened(timed(faults=Faults()))
    play.tick(ticks)
    play.deliver(0)
    check(play.trace())


@pytest.mark.parametrize("msls", [0, 1, 2])
def test_time_wait_ends_when_its_time_is_up_and_not_before(msls: int) -> None:
    for ticks in range(msls * MSL + 1):
        play = waiting(timed(TimeWait(msls)))
        play.tick(ticks)
        play.own(A, "TIME-WAIT TIMEOUT")
        if ticks == msls * MSL:
            check(play.trace())
        else:
            refused(play.trace(), f"TIME-WAIT lasts {msls} MSL, re-armed by letter: it is not over")


def test_without_a_clock_time_wait_ends_at_any_moment() -> None:
    for ticks in range(4):
        play = waiting(timed())
        play.tick(ticks)
        play.own(A, "TIME-WAIT TIMEOUT")
        check(play.trace())


def nothing(play: Play) -> None:
    assert play.state(A) == "TIME-WAIT"


def retransmitted_fin(play: Play) -> None:
    (fin,) = play.own(B, "RETRANSMISSION TIMEOUT")
    (_ack,) = play.deliver(fin)


def forged_syn(play: Play) -> None:
    (_challenge,) = play.forge(A, "SYN", SEQ=303)


def forged_fin(play: Play) -> None:
    (_ack,) = play.forge(A, "FIN ACK", SEQ=302, ACK=102)


REARMED: dict[str, tuple[Callable[[Play], None], set[str]]] = {
    "nothing": (nothing, set()),
    "a FIN sent again, which the sequence check answers": (retransmitted_fin, {"fin", "any_emission"}),
    "a SYN in the window": (forged_syn, {"any_emission"}),
    "a FIN in the window": (forged_fin, {"letter", "fin", "any_emission"}),
}


@pytest.mark.parametrize("reading", ["letter", "fin", "any_emission"])
@pytest.mark.parametrize("name", REARMED)
def test_what_starts_time_wait_anew(name: str, reading: str) -> None:
    happens, rearms = REARMED[name]
    attacker = Attacker("on-path" if happens is forged_fin else "blind", 1, (A,))

    def ended(ticks: int) -> Trace:
        play = waiting(timed(TimeWait(1, reading), attacker=attacker))
        play.tick()
        happens(play)
        play.tick(ticks)
        play.own(A, "TIME-WAIT TIMEOUT")
        return play.trace()

    if reading in rearms:
        refused(ended(MSL - 1), f"TIME-WAIT lasts 1 MSL, re-armed by {reading.replace('_', ' ')}: it is not over")
        check(ended(MSL))
    else:
        check(ended(MSL - 1))
        refused(ended(MSL), "a TIME-WAIT is over and has to end before time goes on", len(ended(MSL).steps) - 1)


def too_old() -> Play:
    play = opened(timed())
    play.tick(MSL)
    play.deliver(0)
    return play


def lost_after_its_death() -> Play:
    play = opened(timed())
    play.tick(MSL)
    play.lose(0)
    return play


def died_without_a_loss_left() -> Play:
    play = opened(timed(faults=Faults(losses=0)))
    play.tick(MSL)
    return play


def died_beyond_the_budget() -> Play:
    play = opened(timed(faults=Faults(losses=1, retransmissions=1)))
    play.own(A, "RETRANSMISSION TIMEOUT")
    play.tick(MSL)
    return play


def time_goes_on(time_wait: TimeWait) -> Callable[[], Play]:
    def play() -> Play:
        played = waiting(timed(time_wait))
        played.tick((time_wait.msls or 0) * MSL + 1)
        return played

    return play


def never_over() -> Play:
    play = waiting(timed(TimeWait(None)))
    play.tick(9)
    play.own(A, "TIME-WAIT TIMEOUT")
    return play


def timeless() -> Play:
    play = opened(FOR_EVER)
    play.tick()
    return play


# --- crashes and quiet time -----------------------------------------------------------------------------------------


def crashed(end: int, *, ticks: int = 0, **changes: Any) -> Play:
    """Return a play in RESTARTS in which an end crashed some ticks ago, with a segment for it in flight."""
    play = opened(replace(RESTARTS, **changes))
    (syn_ack,) = play.deliver(0)
    if end == B:
        play.deliver(syn_ack)
    play.own(end, "CRASH")
    play.tick(ticks)
    return play


def acts_in_its_quiet_time() -> Play:
    play = crashed(A, ticks=MSL - 1)
    play.own(A, "OPEN", ACTIVE=True)
    return play


def hears_in_its_quiet_time() -> Play:
    play = crashed(B, ticks=MSL - 1)
    play.deliver(2)
    return play


def hears_a_copy_in_its_quiet_time() -> Play:
    play = crashed(B, faults=Faults(losses=None, duplicates=1, crashes=1))
    play.duplicate(2)
    return play


def wrong_one_crashes() -> Play:
    return crashed(B, faults=Faults(losses=None, crashes=1, crashing=(A,)))


def test_an_end_that_crashed_acts_and_hears_again_after_its_quiet_time() -> None:
    play = crashed(A, ticks=MSL)
    (syn,) = play.own(A, "OPEN", ACTIVE=True)
    (challenge,) = play.deliver(syn)
    play.deliver(challenge)
    check(play.trace())


def test_a_listener_that_crashed_listens_again_in_silence() -> None:
    play = crashed(B)
    assert play.state(B) == "LISTEN"
    check(play.trace())


def test_a_segment_is_lost_on_its_way_to_a_silent_end() -> None:
    play = crashed(B)
    play.lose(2)
    check(play.trace())


def test_without_quiet_time_an_end_acts_at_once() -> None:
    play = crashed(A, quiet_time=False)
    play.own(A, "OPEN", ACTIVE=True)
    check(play.trace())


NOT_PERMITTED: dict[str, tuple[Callable[[], Play], str]] = {
    "a segment as old as its life": (too_old, "segment 0 is not in flight"),
    "a loss of what is gone": (lost_after_its_death, "segment 0 is not in flight"),
    "a death where nothing may be lost": (died_without_a_loss_left, "no loss is left in the budget of 0"),
    "two deaths for one loss": (died_beyond_the_budget, "no loss is left in the budget of 1"),
    "time beside a TIME-WAIT of 0": (time_goes_on(TimeWait(0)), "a TIME-WAIT is over and has to end"),
    "time beside a TIME-WAIT of 2 MSL": (time_goes_on(TimeWait(2)), "a TIME-WAIT is over and has to end"),
    "the end of what never ends": (never_over, "TIME-WAIT lasts for ever: it is not over"),
    "time in a world without": (timeless, "no time passes in this world"),
    "an act in a quiet time": (acts_in_its_quiet_time, "the end is silent after its crash"),
    "an arrival in a quiet time": (hears_in_its_quiet_time, "the end is silent after its crash"),
    "a duplicate in a quiet time": (hears_a_copy_in_its_quiet_time, "the end is silent after its crash"),
    "a crash of the other end": (wrong_one_crashes, "this end does not crash"),
}


@pytest.mark.parametrize("name", NOT_PERMITTED)
def test_what_the_world_does_not_permit_is_refused_at_its_step(name: str) -> None:
    play, words = NOT_PERMITTED[name]
    trace = play().trace()
    refused(trace, words)
    check(cut(trace, len(trace.steps) - 1))


TICKED = too_old().trace()


@pytest.mark.parametrize(
    ("number", "changes", "words"),
    [
        (3, {"end": B}, "a tick concerns both ends and causes no event"),
        (3, {"segment": 0}, "neither an event of an end's own nor a tick concerns a segment"),
        (3, {"events": TICKED.steps[0].events}, "a tick concerns both ends and causes no event"),
        (3, {"kind": OWN}, "nothing happens in it"),
        (2, {"kind": TICK, "end": A}, "a tick concerns both ends and causes no event"),
    ],
    ids=str,
)
def test_a_damaged_tick_is_refused(number: int, changes: dict[str, Any], words: str) -> None:
    refused(with_step(TICKED, number, **changes), words, number)
