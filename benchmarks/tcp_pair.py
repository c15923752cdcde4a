"""TcpPair: one small model of TCP that TLC, Spin and Rumur explore too, on our own rules, reader and kernel.

End 0 opens actively, end 1 listens, each up to NINC times. Sequence numbers are modulo 4; incarnation i of
end p begins at 2(i-1)+p. The network is a set of at most K segments: one sent into a full network is lost,
one that is there already changes nothing; each may be lost, be delivered, or be delivered and stay, at any
time and in any order.

Every way to take a transition counts once, also one that changes nothing; the initial state is no transition.

    python -m benchmarks.tcp_pair K NINC [--time]

`--time` adds a line: CPU seconds of making tables from the rules, and of exploring with them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from benchmarks.plain_machine import PlainMachine
from benchmarks.tcp_pair_rules import TCP_PAIR
from checker.explore.graph import Graph
from checker.explore.kernel import explore
from checker.explore.networks import PackedNetwork
from spec.language import any_of
from spec.language.beside import Property, always, peer
from spec.network import SET, Network
from spec.vocabulary import RCV, SND, STATE

BITS = 2
"""The width of sequence numbers."""
TIME = "--time"
HIGHEST = {"K": 16, "NINC": (1 << BITS) - 1}
"""The parameters: a natural of this width counts the incarnations, the kernel packs so many segments."""

WINDOW = Property(
    id="window",
    name="window",
    sentence="At most one sequence number is outstanding.",
    cite="the model's own bound: no data, so only a SYN or a FIN",
    parts=(always(any_of(SND.NXT == SND.UNA, SND.NXT == SND.UNA + 1)),),
)
AGREE = Property(
    id="agree",
    name="agree",
    sentence="When both ends are ESTABLISHED, each expects the other's next number.",
    cite="RFC 9293 §3.5",
    parts=(always(peer(RCV.NXT) == SND.NXT, given=(STATE == "ESTABLISHED", peer(STATE) == "ESTABLISHED")),),
)


@dataclass(frozen=True)
class Result:
    """What an exploration found: states, transitions, depth in steps, and the verdict in words."""

    states: int
    transitions: int
    depth: int
    verdict: str

    def __str__(self) -> str:
        figures = f"states={self.states} transitions={self.transitions} depth={self.depth}"
        return f"{figures} verdict={self.verdict}"


def tcp_pair(capacity: int, incarnations: int) -> Result:
    """Return the figures of the whole graph: so many segments in flight, so many incarnations an end."""
    machine = PlainMachine(
        TCP_PAIR,
        BITS,
        (
            {"ACTIVE": True, "FIRST.ISS": 0, "LIMIT": incarnations},
            {"ACTIVE": False, "FIRST.ISS": 1, "LIMIT": incarnations},
        ),
        properties=(WINDOW, AGREE),
    )
    network = PackedNetwork(Network(SET, capacity, "lose"), machine.destination)
    graph = explore(machine, network, losses=None, duplicates=None, watched=machine.watch.mask)
    return Result(len(graph.states), graph.transitions, graph.depth, _verdict(machine, graph))


def _verdict(machine: PlainMachine, graph: Graph) -> str:
    found = [
        f"{watched.property.id} fails, {graph.hits[watched.hit].depth} steps"
        for watched in machine.watch.parts
        if watched.hit in graph.hits
    ]
    return "; ".join(found) or "holds"


def _parameters(words: list[str]) -> list[int]:
    """Return K and NINC; raise ValueError with a sentence for whoever typed the words."""
    if len(words) != len(HIGHEST):
        raise ValueError(f"tcp_pair takes two numbers, K and NINC, not {len(words)}.")
    values: list[int] = []
    for word, (name, highest) in zip(words, HIGHEST.items(), strict=True):
        known = {str(value): value for value in range(1, highest + 1)}
        if word not in known:
            raise ValueError(f"tcp_pair: {name} must be a whole number from 1 to {highest}, not {word!r}.")
        values.append(known[word])
    return values


def main(words: list[str]) -> int:
    """Print a line for K and NINC, and one more with --time; return 0, or 2 for `words` that are none of these."""
    try:
        capacity, incarnations = _parameters([word for word in words if word != TIME])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if TIME not in words:
        print(tcp_pair(capacity, incarnations))
        return 0
    from benchmarks.timed import timed

    with timed() as times:
        result = tcp_pair(capacity, incarnations)
    print(result, times, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
