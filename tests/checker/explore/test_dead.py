"""Dead variables: reset, they leave exactly the same behaviour; runs found so are runs of the whole relation."""

from __future__ import annotations

import pytest

from checker.explore.dead import live, read
from checker.explore.graph import DEAD, Graph, Limits
from checker.explore.machine import TcpMachine
from checker.explore.run import WorldRun, explore_world, graph_of
from checker.replay import replay
from spec.environment import World
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
from spec.variants import VARIANTS

WORLDS = {world.name: world for name in ("standard", "quick") for world in SCENARIOS[name].worlds}
REDUCED = Limits(reductions=(DEAD,))


def images(machine: TcpMachine, by: TcpMachine, graph: Graph) -> set[object]:
    """Return the states of a graph with dead variables reset, segments by what they say."""
    found: set[object] = set()
    for number in range(len(graph.states)):
        ends = [by.image(machine.locals[end][local]) for end, local in enumerate(graph.ends(number))]
        net = graph.network(number)
        slots = [net >> at & 0xFFFF for at in range(0, net.bit_length(), 16)]
        flying = sorted((machine.destination[slot - 1], machine.segments[slot - 1]) for slot in slots if slot)
        found.add((ends[0], ends[1], tuple(flying), graph.states[number] >> 40 & 0xFFFF))
    return found


@pytest.mark.parametrize("name", ["text", "early-calls", "late-reader"])
@pytest.mark.parametrize("variant", ["three-way", "rfc793"])
def test_the_reduced_graph_is_the_image_of_the_whole_one(variant: str, name: str) -> None:
    relation, world = VARIANTS[variant].relation, WORLDS[name]
    whole, reduced = TcpMachine(relation, world), TcpMachine(relation, world, reset_dead=True)
    graph, small = graph_of(whole), graph_of(reduced)
    assert images(whole, reduced, graph) == images(reduced, reduced, small)
    assert len(small.states) == len(images(reduced, reduced, small)) <= len(graph.states)


def test_somewhere_there_are_fewer_states() -> None:
    relation, world = VARIANTS["three-way"].relation, WORLDS["text"]
    sizes = [len(graph_of(TcpMachine(relation, world, reset_dead=reset)).states) for reset in (False, True)]
    assert sizes[1] < sizes[0]


def found(run: WorldRun) -> list[tuple[str, int, bool, int | None]]:
    return [(each.about.id, each.number, each.given, each.steps) for each in run.parts]


def agreed(variant: str, name: str, reductions: tuple[str, ...]) -> tuple[WorldRun, WorldRun]:
    """Return the runs without and with reductions; what they find is the same, and every run replays."""
    relation, world = VARIANTS[variant].relation, WORLDS[name]
    asked = [prop for prop in PROPERTIES.values() if all(part.over in ("state", "step") for part in prop.parts)]
    whole = explore_world(relation, world, asked, variant=variant)
    reduced = explore_world(relation, world, asked, variant=variant, limits=Limits(reductions=reductions))
    assert found(whole) == found(reduced)
    assert set(whole.terminal) == set(reduced.terminal)
    assert set(whole.edges) == set(reduced.edges)
    for each in reduced.parts:
        if each.trace is not None:
            replay(each.trace, relation, each.part)
    for trace in (*reduced.edges.values(), *reduced.terminal.values()):
        replay(trace, relation, None)
    return whole, reduced


@pytest.mark.parametrize("name", ["simultaneous-open", "last-ack", "reopen"])
@pytest.mark.parametrize("variant", ["three-way", "two-way"])
def test_verdicts_and_lengths_are_the_same_and_every_run_replays(variant: str, name: str) -> None:
    whole, reduced = agreed(variant, name, (DEAD,))
    assert reduced.states <= whole.states


def test_it_is_said_and_can_be_left_off() -> None:
    relation, world = VARIANTS["three-way"].relation, WORLDS["text"]
    assert "dead variables" in explore_world(relation, world, [], limits=REDUCED).method["reduction"]
    assert explore_world(relation, world, []).method == {}


def test_what_is_live() -> None:
    found_live = live(VARIANTS["three-way"].relation)
    assert "SND.UNA" in found_live["ESTABLISHED"]
    assert "IRS" not in found_live["ESTABLISHED"]  # no rule reads it
    assert "CLOSE.QUEUED" not in found_live["FIN-WAIT-2"]  # our FIN is acknowledged
    assert found_live["CLOSED"] >= {"STATE", "RCV.WND"}


def test_a_variable_that_something_beside_reads_is_live_everywhere() -> None:
    formula = PROPERTIES["P-01"].parts[0].holds[0]
    relation = VARIANTS["three-way"].relation
    assert all(names >= read([formula]) for names in live(relation, [formula]).values())


def test_endless_runs_are_not_looked_for_under_a_reduction() -> None:
    world: World = WORLDS["live-open"]
    endless = [prop for prop in PROPERTIES.values() if any(part.over == "run" for part in prop.parts)]
    run = explore_world(VARIANTS["three-way"].relation, world, endless[:1], limits=REDUCED)
    assert run.method == {}
