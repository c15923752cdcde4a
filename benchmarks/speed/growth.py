"""How cost grows with the number of states: the real relation in worlds that grow, as a table and as a picture.

    python -m benchmarks.speed.growth CAPACITY LOSSES DUPLICATES RETRANSMISSIONS MOST

explores one of them, stopping beyond MOST states, and prints the counts and the CPU seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.contenders import number, ours
from benchmarks.speed.measuring import Spent
from benchmarks.speed.plot import Curve, plot
from benchmarks.speed.worlds import NARROW, explored
from checker.explore.graph import Limits
from spec.environment import Faults, User, World, active_open, close, send
from spec.network import Network

MIB = 1024
TWICE = 2
COUNTED = ("states", "transitions", "depth")
LADDER = (
    (1, 0, 0, 0),
    (2, 0, 0, 0),
    (2, 0, 1, 0),
    (3, 0, 1, 0),
    (3, 1, 1, 0),
    (3, 1, 1, 1),
    (3, 2, 2, 1),
    (4, 2, 2, 1),
)
"""Capacity, losses, duplicates and retransmissions, from small worlds to one that no machine here has room for."""


def growing(capacity: int, losses: int, duplicates: int, retransmissions: int) -> World:
    """Return a world in which both users open, send and close twice, with such a network and such faults."""
    server = User((send(1), close(TWICE)), listens=True)
    return World(
        "growing",
        "A client and a persistent listener, two incarnations each, with text both ways.",
        (User((active_open(TWICE), send(1), close(TWICE))), server),
        Network(capacity=capacity),
        Faults(losses=losses, duplicates=duplicates, retransmissions=retransmissions),
        incarnations=(TWICE, TWICE),
        seq_bits=NARROW,
    )


@dataclass(frozen=True)
class Point:
    """One exploration: what the world allows, what was found, CPU seconds, MiB at most; whether a limit stopped it."""

    bounds: tuple[int, int, int, int]
    states: int
    transitions: int
    depth: int
    exploring: float
    tabling: float
    mebibytes: float
    stopped: bool

    @property
    def seconds(self) -> float:
        """CPU seconds of exploring and of making tables."""
        return self.exploring + self.tabling

    @property
    def bytes_per_state(self) -> float:
        """Everything that the process held, by the number of states."""
        return self.mebibytes * MIB * MIB / self.states


def _run(bounds: tuple[int, ...], most: int, kept: Path) -> Spent:
    words = tuple(str(bound) for bound in (*bounds, most))
    return ours(("benchmarks.speed.growth", *words), kept).ran(kept.parent)


def points(most: int, scratch: Path) -> Iterator[Point]:
    """Yield the worlds of the ladder explored, each in a process of its own, up to the first that has too many."""
    kept = scratch / "kept"
    _run(LADDER[0], most, kept)  # compiles
    for bounds in LADDER:
        spent = _run(bounds, most, kept)
        states, transitions, depth = (int(number(rf"{name}=(\d+)", spent.said)) for name in COUNTED)
        exploring, tabling = (number(rf"{name}=([\d.]+)", spent.said) for name in ("exploring", "tabling"))
        stopped = "stopped" in spent.said
        yield Point(bounds, states, transitions, depth, exploring, tabling, spent.kib / MIB, stopped)
        if stopped:
            return


def picture(found: Sequence[Point]) -> str:
    """Return a plot of the seconds and of the memory."""
    time = Curve("CPU seconds", "#1f5fa8", tuple(point.seconds for point in found))
    memory = Curve("MiB at most", "#b3541e", tuple(point.mebibytes for point in found))
    return plot("What exploring costs", "states", [point.states for point in found], time, memory)


def main(words: list[str]) -> None:
    """Explore one world and print what that took."""
    *bounds, most = map(int, words)
    found = explored(growing(*bounds), Limits(states=most))
    print(found)
    if found.stopped is not None:
        print(f"stopped: {found.stopped}")


if __name__ == "__main__":
    main(sys.argv[1:])
