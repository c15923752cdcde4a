"""What our explorer finds in a relation without users, to compare with what others find in its export."""

from __future__ import annotations

from typing import Any

from benchmarks.peers import Found
from benchmarks.plain_machine import PlainMachine
from checker.explore.graph import Limits
from checker.explore.kernel import explore
from checker.explore.networks import PackedNetwork
from checker.export.model import Model, of_rules
from spec.language import Relation
from spec.network import Network
from tests.checker.export.tiny import ENDS

FEW = 20_000


def counted(relation: Relation[Any], bits: int, network: Network) -> tuple[Model, Found | None]:
    """Return the model and what we find in it; None when there are more than a few states."""
    machine = PlainMachine(relation, bits, ENDS)
    packed = PackedNetwork(network, machine.destination)
    graph = explore(machine, packed, losses=None, duplicates=None, limits=Limits(states=FEW))
    model = of_rules(relation, bits, ENDS, network)
    if not graph.complete:
        return model, None
    return model, Found(len(graph.states), graph.transitions, graph.depth, cut=(graph.cut_capacity, 0))
