"""Ghosts are beside the relation: erasing them changes nothing that an end does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.explore.graph import Graph
from checker.explore.kernel import explore
from checker.explore.machine import TcpMachine
from checker.explore.networks import PackedNetwork, slots
from spec.environment import Faults, IsnPolicy
from spec.language.beside import Property
from spec.properties import PROPERTIES
from spec.scenarios import LIVE_REOPEN, OPEN_CLOSE, REOPEN, REPLAY, TUTORIAL_WORLD
from spec.variants import VARIANTS

WORLDS = {
    "textbook": TUTORIAL_WORLD,
    "open-close": replace(OPEN_CLOSE, faults=Faults(duplicates=1)),
    "reopen": replace(REOPEN, faults=Faults()),
    "replay": replace(REPLAY, faults=Faults(duplicates=1)),
    "live-reopen": LIVE_REOPEN.with_isn(IsnPolicy("const")),
}


def explored(variant: str, world: str, properties: list[Property]) -> tuple[TcpMachine, Graph]:
    here = WORLDS[world]
    machine = TcpMachine(VARIANTS[variant].relation, here, properties)
    network = PackedNetwork(here.network, machine.destination)
    network.alike = machine.alike
    return machine, explore(machine, network, losses=here.faults.losses, duplicates=here.faults.duplicates)


def without_ghosts(machine: TcpMachine, graph: Graph) -> set[Any]:
    fields = len(machine.relation.message)
    states = set()
    for number, state in enumerate(graph.states):
        ends = [machine.locals[end][local] for end, local in enumerate(graph.ends(number))]
        net = [slot - 1 for slot in slots(graph.network(number))]
        flying = [(machine.destination[i], machine.segments[i][:fields]) for i in net if i >= 0]
        faults = state >> 40 & 0xFFFF
        states.add(((ends[0].tcb, ends[0].used), (ends[1].tcb, ends[1].used), tuple(sorted(flying)), faults))
    return states


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("variant", ["three-way", "two-way", "rfc793", "fin-in-ack2"])
def test_erasing_the_ghosts_leaves_the_same_behaviour(variant: str, world: str) -> None:
    watched, watched_graph = explored(variant, world, list(PROPERTIES.values()))
    bare, bare_graph = explored(variant, world, [])
    assert watched.writer.initial
    assert not bare.writer.initial
    assert without_ghosts(watched, watched_graph) == without_ghosts(bare, bare_graph)
    assert len(bare_graph.states) <= len(watched_graph.states)


def test_fewer_properties_keep_fewer_ghosts() -> None:
    some = TcpMachine(VARIANTS["three-way"].relation, TUTORIAL_WORLD, [PROPERTIES["P-01"]])
    every = TcpMachine(VARIANTS["three-way"].relation, TUTORIAL_WORLD, list(PROPERTIES.values()))
    assert {"INC", "PINC", "HIST"} <= set(some.layout.ghosts) < set(every.layout.ghosts)
