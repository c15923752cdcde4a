"""P-43 and P-48 to P-50 by exploring: what the socket calls promise, and mutants that do not keep it."""

from __future__ import annotations

from dataclasses import replace
from json import dumps, loads

import pytest

from checker.explore.run import WorldRun, explore_world
from checker.replay import replay
from checker.verdict import Judgement, judge
from checker.verify import Request, verify
from spec.environment import World
from spec.language import Relation
from spec.language.beside import Property
from spec.properties.sockets import P_43, P_48, P_49, P_50
from spec.scenarios import QUICK, SCENARIOS, TUTORIAL_WORLD
from spec.socket_worlds import SOCKET_CALLS
from spec.tcp import TCP
from spec.variants import VARIANTS
from spec.variants.socket_calls import DESCRIPTOR
from spec.vocabulary import NEW_ACK, State
from spec.words import FAILS, HOLDS, VACUOUS
from spec.world_data import world_from_data, world_to_data

WORLDS = [TUTORIAL_WORLD, *(world for world in QUICK if world is not SOCKET_CALLS)]
SOCKETS = VARIANTS["sockets"].relation


def explore(relation: Relation[State], world: World) -> WorldRun:
    run = explore_world(relation, world, [P_43])
    assert run.complete
    return run


def judged(relation: Relation[State], worlds: list[World]) -> Judgement:
    return judge(P_43, [explore(relation, world) for world in worlds])


def test_it_holds_of_the_socket_calls() -> None:
    assert judged(SOCKETS, WORLDS).word == HOLDS


def test_a_listener_that_waits_for_accept_is_noticed() -> None:
    judgement = judged(VARIANTS["accept-gate"].relation, WORLDS)
    assert judgement.word == FAILS
    assert judgement.reason == "no witness: a SYN,ACK is sent before accept() is called"


def test_a_relation_without_socket_calls_has_nothing_to_say() -> None:
    assert judged(VARIANTS["three-way"].relation, [TUTORIAL_WORLD]).word == VACUOUS


@pytest.mark.parametrize(("rule", "part"), [("K-1", 0), ("K-2", 1)])
def test_returning_too_early_is_noticed(rule: str, part: int) -> None:
    """Mutants: accept() in SYN-RECEIVED, connect() in SYN-SENT."""
    early = {"K-1": "SYN-RECEIVED", "K-2": "SYN-SENT"}[rule]
    old = SOCKETS.rule(rule)
    origin, _, once = old.when
    mutant = SOCKETS.replace(rule, state=(early, *old.state), when=(origin, once))
    judgement = judged(mutant, [TUTORIAL_WORLD])
    assert (judgement.word, judgement.part) == (FAILS, part)
    assert judgement.trace is not None
    replay(judgement.trace, mutant, P_43.parts[part])


def test_returning_a_connection_closed_in_syn_received_is_noticed() -> None:
    old = SOCKETS.rule("K-1")
    origin, _, once = old.when
    careless = SOCKETS.replace("K-1", when=(origin, once))
    [reopen] = [world for world in QUICK if world.name == "reopen"]
    assert judged(careless, [replace(reopen, incarnations=(1, 1))]).word == FAILS
    assert judged(SOCKETS, [replace(reopen, incarnations=(1, 1))]).word == HOLDS


CALLS = VARIANTS["socket-calls"].relation


def of_calls(prop: Property, relation: Relation[State]) -> Judgement:
    run = explore_world(relation, SOCKET_CALLS, [prop])
    assert run.complete
    return judge(prop, [run])


@pytest.mark.parametrize("prop", [P_48, P_49, P_50], ids=lambda prop: str(prop.id))
def test_the_socket_calls_keep_their_order_their_queue_and_their_word(prop: Property) -> None:
    assert of_calls(prop, CALLS).word == HOLDS


BROKEN = {
    "listens unbound": (P_48, 0, CALLS.replace("K-6", when=(DESCRIPTOR != "none",)).without("K-6e")),
    "a refused call resets": (P_48, 1, CALLS.replace("K-7i", goto="CLOSED")),
    "no end to the queue": (P_49, 0, CALLS.replace("A-1", when=(NEW_ACK,)).without("A-1q")),
    "reads after close()": (P_50, 1, CALLS.without("D-3").replace("D-1", when=TCP.rule("D-1").when)),
    "deaf after shutdown()": (P_50, 0, CALLS.replace("D-1", state=("ESTABLISHED",))),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_them_is_noticed(name: str) -> None:
    prop, part, mutant = BROKEN[name]
    judgement = of_calls(prop, mutant)
    assert (judgement.word, judgement.part) == (FAILS, part)
    if judgement.trace is not None:
        replay(judgement.trace, mutant, prop.parts[part])


def test_a_relation_without_the_calls_is_not_asked() -> None:
    verdicts = verify(Request(("three-way",), ("P-16", "P-26", "P-48"), SCENARIOS["standard"])).verdicts
    assert {verdict.about.id for verdict in verdicts} == {"P-16", "P-26"}
    assert SOCKET_CALLS not in [run.world for verdict in verdicts for run in verdict.runs]


def test_a_world_of_socket_calls_survives_being_written_down() -> None:
    assert world_from_data(loads(dumps(world_to_data(SOCKET_CALLS)))) == SOCKET_CALLS
