"""Chains of rules: all that happens in explored worlds is among them, and no edge that z3 thinks impossible."""

from __future__ import annotations

from functools import cache

import pytest

from checker.explore.machine import TcpMachine
from checker.explore.run import graph_of
from checker.symbolic.questions import rule_level
from diagrams.chains import chains
from diagrams.states import causes
from spec.environment import World
from spec.ghosts import CRASH
from spec.scenarios import ABORT, EARLY_CALLS, REOPEN, SIMULTANEOUS
from spec.variants import VARIANTS


@cache
def known(variant: str, event: str, state: str) -> dict[tuple[str, ...], str]:
    relation = VARIANTS[variant].relation
    return {chain.ids: chain.target for chain in chains(relation, relation.event(event), state)}


@pytest.mark.parametrize("world", [REOPEN, SIMULTANEOUS, ABORT, EARLY_CALLS], ids=lambda world: world.name)
@pytest.mark.parametrize("variant", ["three-way", "two-way", "rfc793", "hold", "four-way-split", "third-syn"])
def test_everything_that_happens_is_a_chain(variant: str, world: World) -> None:
    machine = TcpMachine(VARIANTS[variant].relation, world)
    graph_of(machine)
    seen = 0
    for record in machine.records:
        old = machine.locals[record.end][record.before].tcb[0]
        for micro in record.events:
            new = micro.outcome.tcb[0]
            if micro.event != CRASH.name and micro.outcome.chain:
                assert known(variant, micro.event, old).get(micro.outcome.chain) == new
                seen += 1
            old = new
    assert seen > 40


@pytest.mark.parametrize("variant", ["three-way", "two-way", "rfc793"])
def test_the_changes_of_state_are_those_that_z3_finds(variant: str) -> None:
    relation = VARIANTS[variant].relation
    assert set(causes(relation)) == set(rule_level(relation, 8).edges())


def test_a_chain_tells_what_fired_and_what_was_sent() -> None:
    relation = VARIANTS["three-way"].relation
    (opened,) = [c for c in chains(relation, relation.event("OPEN"), "CLOSED") if c.target == "SYN-SENT"]
    assert opened.ids == ("U-2",)
    assert [message.fields["SEQ"].payload[1] for message in opened.sent] == ["ISS"]
    both = [c for c in chains(relation, relation.event("SEGMENT ARRIVES"), "FIN-WAIT-1") if c.target == "TIME-WAIT"]
    assert {tuple(rule.id for rule in chain.moves) for chain in both} == {("A-4", "F-3")}


def test_every_rule_but_dead_ones_is_in_some_chain() -> None:
    relation = VARIANTS["three-way"].relation
    fired = {
        rule.id
        for event in relation.events
        for state in relation.states
        for chain in chains(relation, event, state)
        for rule in chain.rules
    }
    assert {rule.id for rule in relation.rules} - fired <= {"F-0"}
