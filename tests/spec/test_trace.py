"""Which segments are in flight in a run: as the network of its world has it."""

from __future__ import annotations

import pytest

from spec.environment import Faults, World
from spec.network import Network
from tests.checker.runs import A, B, Play, check, opened, with_step, world
from tests.checker.worlds import ANSWERS, ATTACKED, CLOSES

LOSSY = Faults(losses=None, duplicates=1, retransmissions=3)


def flying(play: Play) -> list[tuple[int, ...]]:
    """Return what is in flight after each step of a run that its world permits."""
    trace = play.trace()
    check(trace)
    return [trace.in_flight(step) for step in range(len(trace.steps) + 1)]


def where(network: Network) -> World:
    return world(CLOSES, ANSWERS, LOSSY, network)


def test_what_is_sent_is_in_flight_until_it_arrives_or_is_lost_and_a_copy_stays() -> None:
    play = opened(where(Network(capacity=3)))
    play.duplicate(0)
    play.deliver(0)
    play.lose(1)
    assert flying(play) == [(), (), (0,), (0, 1), (1, 2), (2,)]


@pytest.mark.parametrize("lifetime", [1, 2, 3])
def test_a_segment_is_gone_when_its_life_is_over(lifetime: int) -> None:
    play = opened(where(Network(capacity=3, lifetime=lifetime)))
    play.tick(lifetime - 1)
    play.own(A, "RETRANSMISSION TIMEOUT")
    play.tick(lifetime)
    young, old = [(0, 1)], [(1,)] * (lifetime - 1) + [()]
    assert flying(play) == [(), (), *[(0,)] * lifetime, *young, *old]


def test_a_set_has_equal_segments_once() -> None:
    play = opened(where(Network("set", 3)))
    play.own(A, "RETRANSMISSION TIMEOUT")
    assert flying(play) == [(), (), (0,), (0,)]
    play.deliver(0)
    assert flying(play)[-1] == (2,)
    assert with_step(play.trace(), 4, segment=1).in_flight(4) == (2,)  # which of the two arrived, nobody can tell


@pytest.mark.parametrize("kind", ["bag", "fifo"])
def test_a_full_network_loses_what_does_not_fit(kind: str) -> None:
    play = opened(where(Network(kind, 1, "lose")))
    play.own(A, "RETRANSMISSION TIMEOUT")
    play.deliver(0)
    play.own(A, "RETRANSMISSION TIMEOUT")
    assert flying(play) == [(), (), (0,), (0,), (2,), (2,) if kind == "bag" else (2, 3)]


def test_a_forged_segment_is_never_in_flight() -> None:
    play = opened(ATTACKED)
    for number in range(3):
        play.deliver(number)
    (challenge,) = play.forge(A, "SYN", SEQ=302)
    assert flying(play)[-1] == (challenge,)
    play.deliver(challenge)
    assert flying(play)[-1] == ()
    assert play.state(B) == "ESTABLISHED"
