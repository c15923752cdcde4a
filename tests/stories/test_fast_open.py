"""What Fast Open gives up: the text of a repeated SYN is delivered again (RFC 7413; hazard H-44)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.explore.run import WorldRun, explore_world
from checker.replay import replay
from checker.verdict import judge
from spec.environment import Faults, User, UserCall, World, active_open, close, send
from spec.network import Network
from spec.properties import PROPERTIES
from spec.trace import DUPLICATE
from spec.variants import VARIANTS
from spec.vocabulary import OPEN
from spec.words import FAILS, HOLDS

TFO = VARIANTS["tfo"].relation
TEXT = tuple(PROPERTIES[name] for name in ("P-06", "P-12", "P-21", "P-22", "P-23", "P-24"))
LATE_CLOSE = close(states=("ESTABLISHED", "CLOSE-WAIT"))
WORLD = World(
    "fast-open",
    "The client connects once, its text on the SYN; copies arrive when the server listens again.",
    (User((UserCall(OPEN, 1, active=True, octets=1), LATE_CLOSE)), User((LATE_CLOSE,), listens=True)),
    Network(capacity=3),
    Faults(duplicates=1),
    incarnations=(1, 2),
)


@pytest.fixture(scope="module")
def repeated() -> WorldRun:
    return explore_world(TFO, WORLD, TEXT, variant="tfo")


def test_a_syn_repeated_after_the_connection_was_closed_delivers_its_text_again(repeated: WorldRun) -> None:
    judgement = judge(PROPERTIES["P-21"], [repeated])
    assert (judgement.word, judgement.steps) == (FAILS, 10)
    trace = judgement.trace
    assert trace is not None
    replay(trace, TFO, PROPERTIES["P-21"].parts[0])
    [copied] = [step.segment for step in trace.steps if step.kind == DUPLICATE]
    fired = [rule for step in trace.steps for event in step.events for rule in event.chain]
    assert fired.count("L-3t") == 2
    assert trace.steps[-1].segment == copied
    assert trace.segments[copied or 0].fields["SYN bit"]


def test_a_syn_sent_again_is_enough() -> None:
    world = replace(WORLD, faults=Faults(retransmissions=1))
    run = explore_world(TFO, world, TEXT, variant="tfo")
    assert judge(PROPERTIES["P-21"], [run]).word == FAILS


def test_without_a_second_copy_text_is_delivered_once() -> None:
    run = explore_world(TFO, replace(WORLD, faults=Faults()), TEXT, variant="tfo")
    assert run.fired["L-3t"] > 0
    assert judge(PROPERTIES["P-21"], [run]).word == HOLDS


def test_text_is_delivered_before_anybody_is_established(repeated: WorldRun) -> None:
    judgement = judge(PROPERTIES["P-23"], [repeated])
    assert (judgement.word, judgement.steps) == (FAILS, 2)


@pytest.mark.parametrize("name", ["P-06", "P-12", "P-22", "P-24"])
def test_text_on_a_syn_is_numbered_and_attributed_like_any_other(repeated: WorldRun, name: str) -> None:
    assert judge(PROPERTIES[name], [repeated]).word == HOLDS


def test_text_sent_after_the_handshake_is_delivered_once_whatever_is_repeated() -> None:
    client = User((active_open(), replace(send(1), states=("ESTABLISHED",)), LATE_CLOSE))
    run = explore_world(TFO, replace(WORLD, users=(client, WORLD.users[1])), TEXT, variant="tfo")
    assert run.fired["D-1"] > 0
    assert judge(PROPERTIES["P-21"], [run]).word == HOLDS
