"""The comparisons, a row each, and how one is carried out: all candidates tried, the best taken on in turn."""

from __future__ import annotations

import contextlib
import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.speed.contenders import Contender, Counts, Form, Peers, number, ours
from benchmarks.speed.measuring import Failed, Ratios, TooSlow, in_turn
from benchmarks.speed.models import Subject, pair, scenario

EXPLORE, WHOLE, MEMORY = "explore", "whole command", "peak memory"
MIB = 1024
BUILDING = "building"
"""The name of a file beside what was built: the CPU seconds that it took."""


class Disagree(Exception):
    """Two explorers do not count the same."""


@dataclass(frozen=True)
class Row:
    """One comparison.

    kind       what is compared: CPU seconds of exploring, of everything from the text on, or memory.
    capacity   K of the common model; None: the real relation in every world of scenario `standard`, summed.
    rivals     a kind of candidates: see contenders.Peers.candidates.
    must, aim  what theirs by ours is to reach.
    cold       our kernel was never compiled there.
    """

    name: str
    kind: str
    capacity: int | None
    rivals: str
    must: float
    aim: float
    cold: bool = False


ROWS = (
    Row("dfs4", EXPLORE, 4, "spin", 4, 10),
    Row("dfs5", EXPLORE, 5, "spin", 4, 10),
    Row("bfs4", EXPLORE, 4, "spin, breadth first", 8, 20),
    Row("rumur4", EXPLORE, 4, "rumur", 30, 90),
    Row("tlc4", EXPLORE, 4, "tlc", 200, 500),
    Row("cold3", WHOLE, 3, "any, built first", 1, 6, cold=True),
    Row("again2", WHOLE, 2, "any, built first", 3, 8),
    Row("again3", WHOLE, 3, "any, built first", 3, 8),
    Row("memory5", MEMORY, 5, "spin, usual flags", 1.5, 2.5),
    Row("standard", EXPLORE, None, "spin", 4, 10),
)


@dataclass(frozen=True)
class Compared:
    """What came of a row.

    rival     the best candidate, in words; `counts` are everybody's.
    ratios    seconds or MiB, theirs and ours.
    building  CPU seconds of building the rival, once; tabling: of making our tables from the rules, the median.
    memory    MiB at most, theirs and ours.
    """

    row: Row
    rival: str
    counts: str
    ratios: Ratios
    building: float
    tabling: float
    memory: tuple[float, float]


@dataclass
class Side:
    """One contender on one subject, ready in a folder; it keeps what its runs told."""

    contender: Contender
    counts: Counts
    folder: Path
    kind: str
    building: float = 0.0
    peaks: list[int] = field(default_factory=list)
    tabling: list[float] = field(default_factory=list)

    def __call__(self, most: float | None = None) -> float:
        """Run once and return the figure. Raise Disagree when the counts are not what they have to be.

        Raise TooSlow when it takes more than `most` CPU seconds.
        """
        if self.kind == WHOLE or not self.folder.exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            self.building = self.contender.built(self.folder)
            (self.folder / BUILDING).write_text(str(self.building))
        self.building = float((self.folder / BUILDING).read_text())
        spent = self.contender.ran(self.folder, most)
        found = self.contender.read(spent.said)
        if found != self.counts:
            raise Disagree(f"{self.contender.name} finds {found}; ours are {self.counts}.")
        self.peaks.append(spent.kib)
        if "tabling=" in spent.said:
            self.tabling.append(number(r"tabling=([\d.]+)", spent.said))
        if self.kind == MEMORY:
            return spent.kib / MIB
        return self.building + spent.seconds if self.kind == WHOLE else self.contender.explored(spent)


class Bench:
    """Carries out rows; everything is built and run in one scratch folder."""

    def __init__(self, peers: Peers, scratch: Path, pairs: int, by_hand: Path | None) -> None:
        self.peers, self.scratch, self.pairs, self.by_hand = peers, scratch, pairs, by_hand
        self.made: dict[tuple[object, ...], Path] = {}
        self.known: dict[tuple[str, ...], tuple[Counts, int]] = {}

    def folder(self, contender: Contender) -> Path:
        """Return where a contender is built: the same place for all that are built alike."""
        alike = (contender.build, tuple(contender.files.items()), contender.ours)
        return self.made.setdefault(alike, self.scratch / str(len(self.made)))

    def counted(self, subject: Subject) -> tuple[Counts, int]:
        """Return our counts on a subject, and the steps cut off; copies of compiled code are kept from then on."""
        if subject.words not in self.known:
            mine = subject.ours(self.scratch / "kept", timed=True)
            said = mine.ran(self.scratch).said
            cut = int(number(r"cut=(\d+)", said)) if "cut=" in said else 0
            self.known[subject.words] = mine.read(said), cut
        return self.known[subject.words]

    def best(self, row: Row, subject: Subject) -> Side | None:
        """Return the best of the candidates that can be run, after one run of each; None when there is none."""
        counts, cut = self.counted(subject)
        sides = [
            Side(contender, counts, self.folder(contender), row.kind)
            for form in _forms(subject, counts, cut)
            for contender in self.peers.candidates(row.rivals, form)
        ]
        if len(sides) < 2:
            return sides[0] if sides else None
        best, least = None, math.inf
        for side in sides:
            with contextlib.suppress(TooSlow):
                figure = side(None if best is None or row.kind == MEMORY else 2 * least)
                best, least = (side, figure) if figure < least else (best, least)
        return best

    def compared(self, row: Row) -> Compared | None:
        """Carry out a row; return None when no rival is installed."""
        subjects = scenario("standard") if row.capacity is None else (pair(row.capacity, self.by_hand),)
        rivals = [self.best(row, subject) for subject in subjects]
        theirs = [side for side in rivals if side is not None]
        if len(theirs) < len(subjects):
            return None
        mine = [self.mine(row, subject) for subject in subjects]
        ratios = in_turn(_sum(theirs), _sum(mine), self.pairs)
        tabling = sum(sorted(side.tabling)[len(side.tabling) // 2] for side in mine if side.tabling)
        memory = (max(max(side.peaks) for side in theirs) / MIB, max(max(side.peaks) for side in mine) / MIB)
        name = theirs[0].contender.name if len(theirs) == 1 else f"{row.rivals}, {len(theirs)} worlds"
        return Compared(row, name, _total(theirs), ratios, sum(side.building for side in theirs), tabling, memory)

    def mine(self, row: Row, subject: Subject) -> Side:
        """Return our own side of a row; where exploring alone is compared, its code is built before, as theirs is."""
        kept = None if row.cold else self.scratch / "kept"
        if row.kind == EXPLORE:
            ours(("benchmarks.speed.prepared",), kept).ran(self.scratch)
        contender = subject.ours(kept, timed=row.kind == EXPLORE)
        return Side(contender, self.counted(subject)[0], self.folder(contender), row.kind)


def _forms(subject: Subject, counts: Counts, cut: int) -> Iterator[Form]:
    yield from subject.forms(counts, cut)


def _sum(sides: Sequence[Side]) -> Callable[[], float]:
    return lambda: sum(side() for side in sides)


def _total(sides: Sequence[Side]) -> str:
    return str(Counts(sum(side.counts.states for side in sides), sum(side.counts.transitions for side in sides)))


__all__ = ["ROWS", "Bench", "Compared", "Disagree", "Failed", "Row"]
