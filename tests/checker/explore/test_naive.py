"""The explorer against a naive one: state for state and transition for transition."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spec.attackers import Attacker
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
    send,
)
from spec.network import Network
from spec.tcp import TCP
from spec.time_wait import TimeWait
from spec.variants import VARIANTS
from spec.vocabulary import SEND
from tests.checker.explore.naive import Naive, explored
from tests.checker.worlds import BESIDE, FLOODED, FOR_EVER, LENGTHS, TEXT_TIMED

SMALL = World(
    "naive",
    "",
    (User((active_open(), send(1), close())), User((close(),), listens=True)),
    Network(capacity=2),
    Faults(duplicates=1),
    (IsnPolicy(), IsnPolicy("clock", 1)),
    (1, 2),
)
QUIET = replace(SMALL, users=(User((active_open(2), close())), User((close(),), listens=True)), incarnations=(2, 2))
WORLDS = {
    "lossy": replace(QUIET, faults=Faults(losses=1, duplicates=0, retransmissions=1)),
    "fifo": replace(QUIET, network=Network("fifo", 2), faults=Faults(losses=1, duplicates=1)),
    "set that loses": replace(QUIET, network=Network("set", 2, "lose"), faults=Faults(duplicates=1)),
    "next and const": replace(QUIET, isn=(IsnPolicy("next"), IsnPolicy("const"))),
    "crash": replace(
        QUIET, users=(User((active_open(),)), User((), listens=True)), faults=Faults(crashes=1, user_timeouts=1)
    ),
    "abort": replace(
        QUIET, users=(User((active_open(), abort())), User((UserCall(SEND, octets=2), abort()), listens=True))
    ),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_state_for_state(name: str) -> None:
    relation = VARIANTS[name].relation
    assert explored(relation, SMALL) == Naive(relation, SMALL).explore()


@pytest.mark.parametrize("world", WORLDS.values(), ids=list(WORLDS))
def test_every_kind_of_network_and_fault(world: World) -> None:
    relation = VARIANTS["three-way"].relation
    states, transitions = explored(relation, world)
    assert (states, transitions) == Naive(relation, world).explore()
    assert len(states) > 50


@pytest.mark.parametrize("world", LENGTHS.values(), ids=list(LENGTHS))
def test_every_length_and_reading_of_time_wait(world: World) -> None:
    assert explored(TCP, world) == Naive(TCP, world).explore()


@pytest.mark.parametrize("name", ["tw-ack-letter", "time-wait-reuse", "rfc1337"])
def test_variants_of_time_wait_in_a_world_with_a_clock(name: str) -> None:
    relation = VARIANTS[name].relation
    world = replace(TEXT_TIMED, time_wait=TimeWait(1), network=Network(capacity=2, lifetime=2), incarnations=(2, 2))
    assert explored(relation, world) == Naive(relation, world).explore()


@pytest.mark.parametrize("world", BESIDE.values(), ids=list(BESIDE))
def test_every_world_with_time_attackers_and_unlimited_retransmission(world: World) -> None:
    states, transitions = explored(TCP, world)
    assert (states, transitions) == Naive(TCP, world).explore()
    assert len(states) > 50


def test_a_flood() -> None:
    world = replace(FOR_EVER, users=(User((active_open(),)), User((passive_open(3),))), attacker=Attacker("flood", 2))
    states, transitions = explored(FLOODED, world)
    assert (states, transitions) == Naive(FLOODED, world).explore()
    assert {b[4][3] for _, b, *_ in states} == {0, 1, 2}


def test_each_reading_and_length_makes_a_difference() -> None:
    found = {name: Naive(TCP, world).explore()[0] for name, world in LENGTHS.items()}
    no_length = [found[f"0 MSL, {reading}"] for reading in ("letter", "fin", "any_emission")]
    assert no_length[0] == no_length[1] == no_length[2]
    others = [states for name, states in found.items() if not name.startswith("0")]
    assert all(one != two for i, one in enumerate(others) for two in others[:i])
    by_the_letter = replace(BESIDE["on-path, TIME-WAIT by the letter"], time_wait=TimeWait(1, "any_emission"))
    rearmed = {a[5] for a, *_ in Naive(TCP, BESIDE["on-path, TIME-WAIT by the letter"]).explore()[0]}
    assert rearmed == {a[5] for a, *_ in Naive(TCP, by_the_letter).explore()[0]} == {0, 1, 2}
