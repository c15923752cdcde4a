"""Two endpoints and everything they ever sent: one step of one end from an arbitrary state, and what lemmas say of it.

The network is all segments ever sent, and any of them may arrive at any moment, again and again: loss is a segment
that never arrives; duplication, reordering and delay need nothing more. It never stands as a set: a lemma speaks of
arbitrary segments, and is used for those that the step concerns, so that queries have no quantifiers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import z3

from checker.explore.watch import needed
from checker.symbolic.beside import Ghostwriter, Happened
from checker.symbolic.endpoint import Endpoint, Path
from checker.symbolic.terms import Record, Term, Terms, View, conjunction
from spec.ghosts import CRASH, GHOSTS, MESSAGE_GHOSTS
from spec.language import BOOL, CALL, GHOST, NAT, SEG, SENT, TCB, Expr, Relation
from spec.language.beside import Part
from spec.lemmas import ARBITRARY, Assumption, Lemma

NUMBERS = ("X", "Y")
A, B = 0, 1


@dataclass(frozen=True)
class Ends:
    """TCB and ghosts of both ends."""

    tcb: tuple[Record, Record]
    ghosts: tuple[Record, Record]


@dataclass(frozen=True)
class Step:
    """A step of end A: what happened, both ends after it, and the segments that A sent."""

    happened: Happened
    after: Ends
    assumptions: tuple[tuple[str, Term], ...]

    @property
    def conditions(self) -> tuple[Term, ...]:
        """What makes it the step it is, assumptions apart."""
        return self.happened.path.conditions


def variables(formulas: Sequence[Expr]) -> set[tuple[str, str]]:
    """Return (owner, name) of everything that the formulas read."""
    return {part.payload for formula in formulas for part in formula.walk() if part.op == "var"}


def speaks_of(lemma: Lemma, *named: str) -> bool:
    """Return whether a lemma reads something of one of these owners."""
    return any(owner in named for owner, _ in variables([*lemma.given, *lemma.holds]))


def segments_of(lemma: Lemma) -> tuple[str, ...]:
    """Return which of SENT and SEG (another) a lemma speaks of."""
    return tuple(owner for owner in (SENT, SEG) if speaks_of(lemma, owner))


class System:
    """Two ends of a relation at a width, in an arbitrary state; A takes the step (the ends are alike)."""

    def __init__(
        self, relation: Relation[Any], bits: int, formulas: Sequence[Expr], assumptions: Sequence[Assumption]
    ) -> None:
        self.relation, self.terms, self.assumptions = relation, Terms(bits), tuple(assumptions)
        window = {"RCV.WND": self.terms.symbol("WINDOW", NAT), "RECEIVE.QUEUED": self.terms.symbol("READS", BOOL)}
        self.end = Endpoint(relation, self.terms, window, "A")
        asked = [*formulas, *(f for assumption in assumptions for f in assumption.holds)]
        segment_ghosts = [
            name for owner, name in sorted(variables(asked)) if owner in (SEG, SENT) and name in MESSAGE_GHOSTS
        ]
        tags = {name: MESSAGE_GHOSTS[name] for name in dict.fromkeys(["INC", *segment_ghosts])}
        self.ghosts = needed(GHOSTS, [*asked, *tags.values()])
        self.writer = Ghostwriter(self.terms, self.ghosts, tags)
        self.message = {**relation.message, **dict.fromkeys(tags, NAT)}
        sorts = {ghost.name: ghost.variable.sort for ghost in self.ghosts}
        tcbs = (self.end.tcb, self.terms.record("B", self.end.sorts))
        self.now = Ends(tcbs, (self.terms.record("A", sorts), self.terms.record("B", sorts)))
        self.arriving = self.terms.record("SEG", self.message)
        self.end.segment = self.arriving
        self.to_a = tuple(self.terms.record(f"TO-A-{i}", self.message) for i in (1, 2))
        self.to_b = tuple(self.terms.record(f"TO-B-{i}", self.message) for i in (1, 2))
        self.numbers = {name: self.terms.symbol(name, NAT) for name in NUMBERS}

    def start(self) -> Ends:
        """Return both ends before anything happened: CLOSED. A listener listens by a passive OPEN, a step."""
        ghosts = {ghost.name: self.terms.value(ghost.initial, ghost.variable.sort) for ghost in self.ghosts}
        return Ends((self.end.initial, self.end.initial), (ghosts, ghosts))

    @cached_property
    def well_sorted(self) -> Term:
        """The condition that every unknown enumeration is one of its members."""
        sorts = [*self.end.sorts.items(), *((ghost.name, ghost.variable.sort) for ghost in self.ghosts)]
        both = [
            self.terms.in_sort({**tcb, **ghosts}[name], sort)
            for tcb, ghosts in zip(self.now.tcb, self.now.ghosts, strict=True)
            for name, sort in sorts
            if sort.members
        ]
        return conjunction(both)

    def view(self, ends: Ends, end: int, **records: Record) -> View:
        """Return what a formula about an end reads: it, its peer, and arbitrary segments and numbers."""
        here, there = ({TCB: ends.tcb[i], GHOST: ends.ghosts[i], **records} for i in (end, 1 - end))
        return View(here, {"peer": View(there)})

    def steps(self, states: Sequence[str] = ()) -> Iterator[Step]:
        """Yield every step that A can take: each chain of each event in each of these states (all), and a crash."""
        for event in self.relation.events:
            for state in states or self.relation.states:
                for path in self.end.paths(event, state):
                    if path.chain:
                        yield from self._steps(path)
        yield from self._steps(Path(CRASH.name, "", ("E-2",), (), self.end.initial, (), (), frozenset(), "CLOSED"))

    def _steps(self, path: Path) -> Iterator[Step]:
        before, old = self.now.tcb[A], self.now.ghosts[A]
        if path.state:
            here = before[self.relation.state.name] == self.end.state(path.state)
            path = replace(path, conditions=(here, *path.conditions))
        for happened in self.writer.written(path, before, old, {SEG: self.arriving, CALL: self.end.call}):
            after = Ends((path.tcb, self.now.tcb[B]), (happened.ghosts, self.now.ghosts[B]))
            assumed = tuple(
                (assumption.id, conjunction([self.terms.read(f, happened.view) for f in assumption.holds]))
                for assumption in self.assumptions
            )
            yield Step(happened, after, assumed)

    def said(self, formulas: Sequence[Expr], view: View) -> Term:
        """Return the conjunction of formulas in a view."""
        return conjunction([self.terms.read(formula, view) for formula in formulas])

    def wrong(self, each: Lemma | Part, view: View) -> Term:
        """Return that a lemma or a part of a property does not hold in a view."""
        return z3.simplify(z3.And(self.said(each.given, view), z3.Not(self.said(each.holds, view))))

    def begun(self, step: Step) -> Term | None:
        """Return the incarnation that begins in a step of A, if one does."""
        begun = step.after.ghosts[A].get("INC")
        return None if begun is None or z3.eq(begun, self.now.ghosts[A]["INC"]) else begun

    def instances(
        self, lemma: Lemma, ends: Ends, end: int, segments: Sequence[Record], numbers: Sequence[Term]
    ) -> Iterator[tuple[Term, Term]]:
        """Yield (given, holds) of a lemma for an end, for every choice of its segments and numbers among these."""
        read, owners = variables([*lemma.given, *lemma.holds]), segments_of(lemma)
        names = [name for name in NUMBERS if (ARBITRARY, name) in read]
        for chosen in product(segments, repeat=len(owners)):
            for values in product(numbers, repeat=len(names)):
                records = {**dict(zip(owners, chosen, strict=True)), ARBITRARY: dict(zip(names, values, strict=True))}
                view = self.view(ends, end, **records)
                yield self.said(lemma.given, view), self.said(lemma.holds, view)
