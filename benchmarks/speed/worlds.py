"""The real relation explored in one world, and what that takes.

    python -m benchmarks.speed.worlds SCENARIO WORLD

prints the counts and, as benchmarks/tcp_pair.py does with --time, CPU seconds of exploring and of making tables.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from benchmarks.timed import Times, timed
from checker.explore.choices import INCARNATIONS
from checker.explore.graph import NO_LIMITS, Graph, Limits
from checker.explore.kernel import explore
from checker.explore.machine import TcpMachine
from checker.explore.networks import channel
from checker.explore.store import States
from spec.environment import World
from spec.language import Relation
from spec.scenarios import SCENARIOS
from spec.variants import VARIANTS

VARIANT = "three-way"
NARROW = 7
"""The width of sequence numbers, ours and the peers': no world here numbers more than that tells apart."""


@dataclass(frozen=True)
class Explored:
    """What an exploration found and took: `cut` counts the steps that the network or incarnations cut off."""

    states: int
    transitions: int
    depth: int
    cut: int
    stopped: str | None
    times: Times

    def __str__(self) -> str:
        figures = f"states={self.states} transitions={self.transitions} depth={self.depth} cut={self.cut}"
        return f"{figures}\n{self.times}"


def relation() -> Relation[Any]:
    """Return the relation that is measured."""
    return VARIANTS[VARIANT].relation


def worlds(scenario: str) -> dict[str, World]:
    """Return a scenario's worlds that other checkers can explore too: untimed, without attackers."""
    variant = VARIANTS[VARIANT]
    return {
        world.name: variant.world(replace(world, seq_bits=NARROW))
        for world in SCENARIOS[scenario].worlds
        if world.network.lifetime is None and world.attacker is None and variant.knows(world)
    }


def explored(world: World, limits: Limits = NO_LIMITS) -> Explored:
    """Explore the relation in a world without properties and say what that took."""
    machine = TcpMachine(relation(), world)
    network = channel(world.network, machine.destination)
    network.alike = machine.alike
    faults = world.faults
    with timed() as times:
        graph = explore(machine, network, losses=faults.losses, duplicates=faults.duplicates, limits=limits)
    figures = (len(graph.states), graph.transitions, graph.depth, _cut(machine, graph))
    return Explored(*figures, graph.stopped, times)


def explored_twice(world: World) -> Explored:
    """Explore a world as `explored` does, then again with the tables filled: what the second search takes.

    A peer's rules are compiled when its checker is built. Ours become tables as a first search needs them: what
    that takes beyond the second one is making tables.
    """
    first = explored(world)
    machine = TcpMachine(relation(), world)
    network = channel(world.network, machine.destination)
    network.alike = machine.alike
    search = partial(explore, machine, network, losses=world.faults.losses, duplicates=world.faults.duplicates)
    states = search().states
    if not isinstance(states, States):
        raise TypeError("the explorer keeps its states otherwise")
    began = time.process_time()
    again = search(tables=states.store.tables)
    exploring = time.process_time() - began
    if (len(again.states), again.transitions, again.depth) != (first.states, first.transitions, first.depth):
        raise ValueError("the second search did not find what the first one found")
    whole = first.times.exploring + first.times.tabling
    return replace(first, times=Times(exploring, max(whole - exploring, 0.0)))


def _cut(machine: TcpMachine, graph: Graph) -> int:
    """Return how many steps end where they began in a language that cannot take a step back."""
    rows = graph.cut_rows.items()
    return graph.cut_capacity + sum(times for row, times in rows if machine.records[row].cut_by == INCARNATIONS)


if __name__ == "__main__":
    print(explored_twice(worlds(sys.argv[1])[sys.argv[2]]))
