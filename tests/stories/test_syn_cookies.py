"""SYN cookies (RFC 4987): what a listener that keeps nothing can get wrong, and what it costs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.explore.run import WorldRun, explore_world
from checker.replay import replay
from checker.verdict import judge
from spec.environment import Faults, IsnPolicy, User, World, active_open, close, passive_open, send
from spec.network import Network
from spec.properties import PROPERTIES
from spec.scenarios import REPLAY
from spec.variants import VARIANTS
from spec.words import FAILS, HOLDS

CLIENT = User((active_open(), send(1), close()))
REORDERED = World("reordered", "", (CLIENT, User((close(),), listens=True)), Network(capacity=3))
BANNER = World(
    "banner", "The server speaks first.",
    (User((active_open(),)), User((replace(send(1), states=("ESTABLISHED",)),), listens=True)),
    Network(capacity=3), Faults(losses=1, retransmissions=1),
)  # fmt: skip


def explore(variant: str, world: World, *names: str) -> WorldRun:
    return explore_world(VARIANTS[variant].relation, world, [PROPERTIES[n] for n in names], variant=variant)


def test_a_cookie_that_forgets_the_syn_loses_text_silently() -> None:
    """A FIN overtakes the text and the ACK; its number is taken for the one after the SYN."""
    run = explore("syn-cookies-unbound", REORDERED, "P-04", "P-24")
    assert judge(PROPERTIES["P-04"], [run]).word == FAILS
    judgement = judge(PROPERTIES["P-24"], [run])
    assert (judgement.word, judgement.steps) == (FAILS, 11)
    trace = judgement.trace
    assert trace is not None
    replay(trace, VARIANTS["syn-cookies-unbound"].relation, PROPERTIES["P-24"].parts[judgement.part])
    assert [rule for step in trace.steps for event in step.events for rule in event.chain].count("L-2") == 0


@pytest.mark.parametrize("name", ["P-04", "P-12", "P-21", "P-22", "P-24"])
def test_a_cookie_bound_to_the_syn_does_not(name: str) -> None:
    run = explore("syn-cookies", REORDERED, name)
    assert run.fired["L-5"] > 0
    assert judge(PROPERTIES[name], [run]).word == HOLDS


@pytest.mark.parametrize(("isn", "word"), [("const", FAILS), ("fresh", HOLDS)])
@pytest.mark.parametrize("name", ["P-03", "P-21"])
def test_as_long_as_a_cookie_is_valid_a_stale_segment_replays_the_connection(name: str, isn: str, word: str) -> None:
    world = replace(REPLAY, users=(CLIENT, User((), listens=True)), isn=(IsnPolicy(), IsnPolicy(isn)))
    assert judge(PROPERTIES[name], [explore("syn-cookies", world, name)]).word == word


def test_a_lost_ack_leaves_the_client_connected_with_nobody() -> None:
    """Hazard H-35; RFC 4987 §3.6: "the passive side's application layer never is notified"."""
    run = explore("syn-cookies", BANNER, "P-42")
    assert judge(PROPERTIES["P-42"], [run]).word == FAILS
    assert ("ESTABLISHED", "LISTEN") in run.terminal
    trace = run.terminal["ESTABLISHED", "LISTEN"]
    assert len(trace.steps) == 4


@pytest.mark.parametrize("variant", ["three-way", "four-way-cookie"])
def test_who_can_send_again_what_was_lost_is_not_left_so(variant: str) -> None:
    run = explore(variant, BANNER, "P-42")
    assert judge(PROPERTIES["P-42"], [run]).word == HOLDS
    assert ("ESTABLISHED", "LISTEN") not in run.terminal


def test_before_the_ack_the_client_is_connected_with_nobody_even_if_nothing_is_lost() -> None:
    judgement = judge(PROPERTIES["P-02"], [explore("syn-cookies", REORDERED, "P-02")])
    assert (judgement.word, judgement.reason) == (FAILS, "the client's side")
    judgement = judge(PROPERTIES["P-02"], [explore("four-way-cookie", REORDERED, "P-02")])
    assert (judgement.word, judgement.reason) == (FAILS, "the server's side")


def test_a_cookie_is_no_promise_of_a_connection_with_whoever_the_listener_becomes() -> None:
    """The listener turns active (SEND): its ISS is not the cookie that the client has acknowledged."""
    users = (User((active_open(),)), User((passive_open(), send(1))))
    run = explore("syn-cookies", World("turned", "", users, Network(capacity=3), Faults(duplicates=1)), "P-05", "P-12")
    assert run.fired["U-4"] > 0
    assert [judge(PROPERTIES[name], [run]).word for name in ("P-05", "P-12")] == [HOLDS, HOLDS]
