"""P-43 by exploring: what accept() and connect() return, and that a SYN,ACK does not wait for accept()."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.explore.run import WorldRun, explore_world
from checker.replay import replay
from checker.verdict import Judgement, judge
from spec.environment import World
from spec.language import Relation
from spec.properties.sockets import P_43
from spec.scenarios import QUICK, TUTORIAL_WORLD
from spec.variants import VARIANTS
from spec.vocabulary import State
from spec.words import FAILS, HOLDS, VACUOUS

WORLDS = [TUTORIAL_WORLD, *QUICK]
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
