"""Mirror images taken for one: exactly the images of the whole graph, the same verdicts, runs of the whole relation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.compiled.program import INTERPRETED
from checker.explore.graph import DEAD, SWAP, Graph, Limits
from checker.explore.machine import TcpMachine
from checker.explore.networks import slots
from checker.explore.run import explore_world, graph_of
from checker.explore.twins import alike, numbered_alike
from spec.environment import Faults, IsnPolicy
from spec.network import FIFO, SET, Network
from spec.scenarios import SCENARIOS
from spec.variants import VARIANTS
from tests.checker.explore.test_dead import WORLDS, agreed

RELATION = VARIANTS["three-way"].relation
ALIKE = ("simultaneous-open", "live-simultaneous")
NETWORKS = {
    "as it is": WORLDS["live-simultaneous"].network,
    "set of 2": Network(SET, 2),
    "loses": replace(WORLDS["live-simultaneous"].network, overflow="lose"),
    "of 6": replace(WORLDS["live-simultaneous"].network, capacity=6),
    "of 8": replace(WORLDS["live-simultaneous"].network, capacity=8),
}
State = tuple[object, object, tuple[tuple[int, object], ...], int]


def states(machine: TcpMachine, graph: Graph) -> list[State]:
    """Return the states of a graph by what they say."""
    told: list[State] = []
    for number in range(len(graph.states)):
        a, b = (machine.locals[end][local] for end, local in enumerate(graph.ends(number)))
        ids = [slot - 1 for slot in slots(graph.network(number))]
        flying = sorted((machine.destination[each], machine.segments[each]) for each in ids)
        told.append((a, b, tuple(flying), graph.states[number] >> 40 & 0xFFFF))
    return told


def image(state: State) -> State:
    """Return a state with its ends exchanged."""
    a, b, flying, faults = state
    return b, a, tuple(sorted((1 - end, segment) for end, segment in flying)), faults


def test_the_scenarios_have_worlds_whose_ends_are_alike() -> None:
    assert tuple(world.name for world in SCENARIOS["standard"].worlds if alike(world)) == ALIKE


@pytest.mark.parametrize("interpreted", ["0", "1"])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("faults", [Faults(), Faults(losses=1, duplicates=1)])
def test_each_state_or_its_image_is_found_and_not_both(
    faults: Faults, network: str, interpreted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(INTERPRETED, interpreted)
    world = replace(WORLDS["live-simultaneous"], network=NETWORKS[network], faults=faults)
    twins, plain = TcpMachine(RELATION, world, swap=True), TcpMachine(RELATION, numbered_alike(world))
    small, whole = graph_of(twins), graph_of(plain)
    kept, all_states = states(twins, small), set(states(plain, whole))
    assert {image(state) for state in all_states} == all_states
    assert len(kept) == len(set(kept)) < len(all_states)
    assert {*kept, *map(image, kept)} == all_states
    assert not any(image(state) in set(kept) for state in kept if image(state) != state)
    assert (small.depth, small.stopped) == (whole.depth, whole.stopped)
    final = {states(plain, whole)[number] for number in whole.terminal}
    assert {each for number in small.terminal for each in (kept[number], image(kept[number]))} == final


@pytest.mark.parametrize("name", ALIKE)
def test_other_numbers_make_no_other_states(name: str) -> None:
    whole = [graph_of(TcpMachine(RELATION, world)) for world in (WORLDS[name], numbered_alike(WORLDS[name]))]
    assert len({(len(each.states), each.transitions, each.depth) for each in whole}) == 1


@pytest.mark.parametrize("reductions", [(SWAP,), (DEAD, SWAP)])
@pytest.mark.parametrize("name", ALIKE)
@pytest.mark.parametrize("variant", ["three-way", "two-way"])
def test_verdicts_and_lengths_are_the_same_and_every_run_replays(
    variant: str, name: str, reductions: tuple[str, ...]
) -> None:
    whole, reduced = agreed(variant, name, reductions)
    assert reduced.states < 0.6 * whole.states
    assert reduced.world == WORLDS[name]


def test_it_is_said_where_it_is_done_and_left_off_where_ends_differ() -> None:
    said = explore_world(RELATION, WORLDS["live-simultaneous"], [], limits=Limits(reductions=(DEAD, SWAP))).method
    assert said["reduction"] == (
        "dead variables reset and a state taken for its mirror image, too (runs shown are not reduced)"
    )
    world = WORLDS["open-close"]
    assert not explore_world(RELATION, world, [], limits=Limits(reductions=(SWAP,))).method


def test_which_ends_are_alike() -> None:
    world = WORLDS["live-simultaneous"]
    crashing = replace(world.faults, crashes=1)
    assert alike(replace(world, faults=crashing))
    assert not alike(replace(world, faults=replace(crashing, crashing=(1,))))
    assert not alike(replace(world, incarnations=(1, 2)))
    assert not alike(world.with_isn(IsnPolicy("next")))
    assert not alike(replace(world, network=Network(FIFO, 2)))
    assert not alike(replace(world, network=replace(world.network, capacity=9)))
