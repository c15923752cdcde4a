"""The relation exported to Spin, Rumur and TLC, and everything that they count compared with what we count.

    python -m benchmarks.cross_check [--tlc JAR] [--scenario NAME] [--all]

States, transitions, what a bound cuts off, verdicts, shortest runs and depths must be equal, where a peer tells them;
so must those of the common model (benchmarks/tcp_pair.py). Exit code 0 when all that was compared agrees, 1 when
something does not, 3 when no peer is installed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.peers import Found, Peer, PeerFailed, Rumur, Spin, Tlc
from benchmarks.plain_machine import PlainMachine
from benchmarks.tcp_pair import AGREE, BITS, WINDOW
from benchmarks.tcp_pair_rules import TCP_PAIR
from checker.explore.choices import INCARNATIONS
from checker.explore.graph import Graph
from checker.explore.kernel import explore
from checker.explore.machine import TcpMachine
from checker.explore.networks import PackedNetwork
from checker.explore.run import explore_world, graph_of
from checker.export.model import Model, of_rules, of_world
from checker.export.reach import OutOfReach
from spec.environment import World
from spec.language.beside import Property
from spec.network import SET, Network
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
from spec.variants import VARIANTS

NARROW = 7
"""The width of sequence numbers: the worlds below number no more than they can tell apart."""
DIFFERENT, NOBODY = 1, 3
VARIED = (
    "two-way",
    "four-way-split",
    "time-wait-reuse",
    "keep-alive",
    "hold",
    "tfo",
    "sockets",
    "rfc793",
    "linux-like",
)
"""Variants explored beside three-way, each in one world."""
ASKED = (
    ("two-way", "reopen", "P-01"),
    ("three-way", "reopen", "P-02"),
    ("two-way", "replay", "P-21"),
    ("rst-unchecked", "open-close", "P-08"),
    ("three-way", "open-close", "P-16"),
)
"""Variants, worlds and properties whose verdicts and shortest runs are compared."""


@dataclass(frozen=True)
class Case:
    """One exploration: a model, and what we find in it."""

    name: str
    model: Model
    ours: Found


def found(graph: Graph, cut: tuple[int, int], shortest: int | None) -> Found:
    """Return what our explorer found."""
    return Found(len(graph.states), graph.transitions, graph.depth, shortest is not None, shortest, cut)


def of_tcp(variant: str, world: World, properties: Sequence[Property] = ()) -> Case:
    """Return a variant in a world, explored; with ghosts where a property needs them."""
    chosen = VARIANTS[variant]
    world = chosen.world(replace(world, seq_bits=NARROW))
    model = of_world(chosen.relation, world, properties)
    watched = TcpMachine(chosen.relation, world, properties if model.tags else ())
    graph = graph_of(watched)
    cut = sum(times for row, times in graph.cut_rows.items() if watched.records[row].cut_by == INCARNATIONS)
    steps = [part.steps for part in explore_world(chosen.relation, world, properties).parts] if properties else []
    shortest = min((one for one in steps if one is not None), default=None)
    asked = "".join(f", {about.id}" for about in properties)
    return Case(f"{variant} in {world.name}{asked}", model, found(graph, (graph.cut_capacity, cut), shortest))


def of_pair(capacity: int, incarnations: int, properties: Sequence[Property] = ()) -> Case:
    """Return the common model for K and NINC, explored."""
    network = Network(SET, capacity, "lose")
    roles = tuple({"ACTIVE": not end, "FIRST.ISS": end, "LIMIT": incarnations} for end in (0, 1))
    pair = PlainMachine(TCP_PAIR, BITS, (roles[0], roles[1]), properties=properties)
    packed = PackedNetwork(network, pair.destination)
    graph = explore(pair, packed, losses=None, duplicates=None, watched=pair.watch.mask)
    shortest = min((graph.hits[part.hit].depth for part in pair.watch.parts if part.hit in graph.hits), default=None)
    model = of_rules(TCP_PAIR, BITS, (roles[0], roles[1]), network, properties)
    asked = ", its invariants" if properties else ""
    return Case(f"tcp-pair K={capacity} NINC={incarnations}{asked}", model, found(graph, (0, 0), shortest))


def cases(scenarios: Sequence[str]) -> Iterator[Case]:
    """Yield all cases: the scenarios' worlds, variants, verdicts, the common model."""
    for scenario in scenarios:
        for world in SCENARIOS[scenario].worlds:
            if world.network.lifetime is None and world.attacker is None:
                yield of_tcp("three-way", world)
    small = {world.name: world for world in SCENARIOS["quick"].worlds}
    for variant in VARIED:
        yield of_tcp(variant, small["reopen"])
    for variant, name, about in ASKED:
        yield of_tcp(variant, small[name], (PROPERTIES[about],))
    for capacity, incarnations in ((2, 2), (3, 2), (2, 3)):
        yield of_pair(capacity, incarnations)
        yield of_pair(capacity, incarnations, (WINDOW, AGREE))
    yield of_pair(3, 3, (WINDOW, AGREE))


def differences(ours: Found, theirs: Found) -> list[str]:
    """Return in words what differs: where an invariant is broken, peers stop, and only its shortest run is compared."""
    everything: tuple[str, ...] = ("states", "transitions", "depth", "cut")
    names = ("broken", "shortest") if ours.broken or theirs.broken else everything
    pairs = [(name, getattr(ours, name), getattr(theirs, name)) for name in names]
    return [f"{name}: we say {one}, they {two}" for name, one, two in pairs if two is not None and one != two]


def compared(case: Case, peer: Peer) -> tuple[str, bool]:
    """Return a line about one peer and one case, and whether they agree as far as they can be compared."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            theirs = peer.explore(case.model, Path(folder))
        except OutOfReach as reason:
            return f"  {peer.name:<20} not in its reach: {reason}", True
        except PeerFailed as failure:
            return f"  {peer.name:<20} FAILED: {failure}", False
    wrong = differences(case.ours, theirs)
    return f"  {peer.name:<20} {'; '.join(wrong) or 'agrees'} ({time.monotonic() - started:.1f} s)", not wrong


def main(words: Sequence[str]) -> int:
    """Compare; return the exit code."""
    parser = argparse.ArgumentParser(prog="cross_check", description="compare our counts with those of other checkers")
    parser.add_argument("--tlc", metavar="JAR", help="tla2tools.jar, or a class path")
    parser.add_argument("--scenario", action="append", choices=list(SCENARIOS), help="its worlds (tutorial and quick)")
    flags = parser.parse_args(words)
    wanted: list[Peer] = [Spin(), Spin(breadth=True), Rumur(), *([Tlc(flags.tlc)] if flags.tlc else [])]
    peers = [peer for peer in wanted if not peer.missing]
    for peer in wanted:
        if peer.missing:
            print(f"{peer.name}: not run, {peer.missing} is not installed.")
    if not flags.tlc:
        print("tlc: not run, give --tlc JAR.")
    if not peers:
        return NOBODY
    same = True
    for case in cases(flags.scenario or ("tutorial", "quick")):
        ours = case.ours
        verdict = f"broken in {ours.shortest} steps" if ours.broken else "holds"
        print(f"{case.name}: {ours.states:,} states, {ours.transitions:,} transitions, depth {ours.depth}, {verdict}")
        for peer in peers:
            line, agrees = compared(case, peer)
            print(line, flush=True)
            same &= agrees
    return 0 if same else DIFFERENT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
