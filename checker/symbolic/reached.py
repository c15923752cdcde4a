"""Whether the explorer reaches the first state of a counterexample to induction.

States are compared by their outline: what both ends are in, how far their numbers lie from their ISSs, and whether each
took the other's SYN. A state outside a world's bounds may be reachable all the same: the answer names the world.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.explore.machine import TcpMachine
from checker.explore.run import graph_of
from spec.environment import World
from spec.language import Relation
from spec.properties import PROPERTIES
from spec.vocabulary import NO_CONNECTION, OTHER

Values = Mapping[str, Any]
Outline = tuple[tuple[Any, ...], ...]


def outline(ends: tuple[Values, Values], bits: int) -> Outline:
    """Return the outline of two ends, each given by its TCB and ghosts INC and PINC, numbers of `bits` bits."""
    return tuple(_of_end(ends[end], ends[1 - end], (1 << bits) - 1) for end in (0, 1))


def _of_end(here: Values, there: Values, mask: int) -> tuple[Any, ...]:
    state = here["STATE"]
    told: tuple[Any, ...] = (state,)
    if state not in NO_CONNECTION:
        numbers = (here["SND.UNA"] - here["ISS"] & mask, here["SND.NXT"] - here["ISS"] & mask)
        told = (*told, here["ORIGIN"], *numbers, here["CLOSE.QUEUED"])
    if state in OTHER:
        took = here["PINC"] == there["INC"] and there["STATE"] not in NO_CONNECTION
        told = (*told, took, here["RCV.NXT"] - there["ISS"] & mask if took else None)
    return told


def outlines(relation: Relation[Any], world: World) -> set[Outline]:
    """Return the outlines of all states that the explorer reaches in a world, either end as A."""
    machine = TcpMachine(relation, world, [PROPERTIES["P-02"]])
    graph = graph_of(machine)
    found: set[Outline] = set()
    for a, b in graph.pairs():
        ends = tuple(_record(machine, end, local) for end, local in enumerate((a, b)))
        found |= {outline((ends[0], ends[1]), world.seq_bits), outline((ends[1], ends[0]), world.seq_bits)}
    return found


def _record(machine: TcpMachine, end: int, local: int) -> Values:
    here = machine.locals[end][local]
    tcb = {name: here.tcb[index] for name, index in machine.layout.tcb.items()}
    return {**tcb, **{name: here.ghosts[index] for name, index in machine.layout.ghosts.items()}}
