"""Induction over two endpoints and any network: initiation, one claim a step and lemma, safety.

The state before a step is arbitrary; lemmas are assumed of it, for the segments and incarnations that the step and the
goal name, and must hold after it. Nothing bounds runs: what is proved holds after any number of steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import z3

from checker.symbolic.proof import Claim, claim
from checker.symbolic.reached import Outline, outline
from checker.symbolic.shown import cti, ends_of
from checker.symbolic.solving import SAT, UNSAT, Answer, answer, ask, solver
from checker.symbolic.system import A, B, Step, System, segments_of, speaks_of
from checker.symbolic.terms import Record, Term
from spec.language import SEG
from spec.language.beside import Property
from spec.lemmas import ARBITRARY, Lemma
from spec.lemmas.two_ends import ARRIVAL


@dataclass(frozen=True)
class Broken:
    """A lemma that a step does not keep: the counterexample to induction, two states and a step, a line each.

    outline   of the first of the two states (checker/symbolic/reached.py).
    """

    lemma: str
    step: str
    witness: tuple[str, ...]
    outline: Outline


@dataclass(frozen=True)
class _Goal:
    """A lemma after a step at one end, for some segments: what must not be possible."""

    step: Step
    lemma: Lemma
    end: int
    segments: tuple[Record, ...]
    wrong: Term

    @property
    def name(self) -> str:
        return f"{self.lemma.id} at {'AB'[self.end]} after {self.step.happened.path}"


class Induction:
    """Lemmas of a system, checked for initiation, consecution and safety; `broken` collects what fails."""

    def __init__(self, system: System, lemmas: Sequence[Lemma]) -> None:
        self.system, self.lemmas = system, tuple(lemmas)
        self.broken: list[Broken] = []
        self.possible_rules: set[str] = set()
        ghosts = system.now.ghosts
        self._numbers = [
            *system.numbers.values(), *(ghosts[end][name] for name in ("INC", "PINC") for end in (A, B)),
            system.arriving["INC"],
        ]  # fmt: skip
        self._known: dict[tuple[int, bool], list[Term]] = {}
        self._settled: dict[tuple[int, int], tuple[Term, ...]] = {}

    # --- what is assumed before a step ----------------------------------------------------------------------

    def _premises(self, segments: int, *, arrived: bool) -> list[Term]:
        """Return every lemma before the step, for `segments` arbitrary segments each way and the one that arrives."""
        key = (segments, arrived)
        if key not in self._known:
            found = self._instances(self._pools(segments, arrived=arrived), self._numbers, self.lemmas)
            self._known[key] = [self.system.well_sorted, *found]
        return self._known[key]

    def _pools(self, segments: int, *, arrived: bool) -> tuple[list[Record], list[Record]]:
        arriving = [self.system.arriving] if arrived else []
        return [*arriving, *self.system.to_a[:segments]], list(self.system.to_b[:segments])

    @cached_property
    def _simple(self) -> list[Term]:
        """The lemmas without arbitrary incarnations and other segments, for what arrives."""
        lemmas = [lemma for lemma in self.lemmas if not speaks_of(lemma, SEG, ARBITRARY)]
        return [self.system.well_sorted, *self._instances(([self.system.arriving], []), [], lemmas)]

    def _instances(
        self, pools: tuple[list[Record], list[Record]], numbers: Sequence[Term], lemmas: Sequence[Lemma]
    ) -> list[Term]:
        found = []
        for lemma in lemmas:
            for end in (A, B):
                for given, holds in self.system.instances(lemma, self.system.now, end, pools[end], numbers):
                    term = z3.simplify(z3.Implies(given, holds))
                    if not z3.is_true(term):
                        found.append(term)
        return found

    def _begun(self, step: Step) -> list[Term]:
        """Return what the lemmas say of an incarnation that begins in the step."""
        begun = self.system.begun(step)
        if begun is None:
            return []
        lemmas = [lemma for lemma in self.lemmas if speaks_of(lemma, ARBITRARY)]
        return self._instances(self._pools(2, arrived=True), [*self._numbers, begun], lemmas)

    # --- claims ---------------------------------------------------------------------------------------------

    def initiation(self) -> Iterator[Claim]:
        """Yield each lemma before anything happened; one about a segment has none to speak of."""
        view = self.system.view(self.system.start(), A, **{ARBITRARY: self.system.numbers})
        for lemma in self.lemmas:
            if not segments_of(lemma):
                wrong = self.system.wrong(lemma, view)
                yield claim(f"{lemma.id} at the start", "initiation", [wrong], ask([wrong]))

    def safety(self, prop: Property) -> Iterator[Claim]:
        """Yield each part of a property of states, to follow from the lemmas."""
        view = self.system.view(self.system.now, A)
        premises = self._premises(0, arrived=False)
        for number, part in enumerate(prop.parts, 1):
            wrong = self.system.wrong(part, view)
            found = ask(premises, [wrong])
            yield claim(f"{prop.id}/{number} follows from the lemmas", "safety", [*premises, wrong], found)

    def consecution(self, step: Step) -> Iterator[Claim]:
        """Yield each lemma after a step, where the step concerns it; equal claims once."""
        stone = self._stone(step)
        stones: tuple[Term, ...] = ()
        if stone is not None:
            yield stone
            stones = (z3.Not(stone.conditions[-1]),) if stone.stands else ()
        begun = self._begun(step)
        for goal in self._goals(step):
            found = self._claim(goal, begun, stones)
            if found is not None:
                yield found

    def applies(self, prop: Property) -> Iterator[Claim]:
        """Yield that each part of a property says something: its antecedent can hold where the lemmas do."""
        view = self.system.view(self.system.now, A)
        for number, part in enumerate(prop.parts, 1):
            conditions = [*self._premises(0, arrived=False), self.system.said(part.given, view)]
            yield claim(f"{prop.id}/{number} says something", "vacuity", conditions, ask(conditions), SAT)

    def possible(self, step: Step) -> Claim | None:
        """Return that a step can happen where lemmas and assumptions hold, or None where they rule it out."""
        path = step.happened.path
        conditions = [*self._simple, *self._begun(step), *path.conditions, *path.definitions]
        conditions += [term for _, term in step.assumptions]
        found = ask(conditions)
        return None if found.word == UNSAT else claim(f"{path} is possible", "vacuity", conditions, found, SAT)

    def _goals(self, step: Step) -> Iterator[_Goal]:
        for lemma in self.lemmas:
            for end in (A, B):
                old, new = (self.system.to_a, ()) if end == A else (self.system.to_b, step.happened.sent)
                for chosen in product(*((segment, *new) for segment in old[: len(segments_of(lemma))])):
                    records: dict[str, Record] = dict(zip(segments_of(lemma), chosen, strict=True))
                    records[ARBITRARY] = self.system.numbers
                    wrong = self.system.wrong(lemma, self.system.view(step.after, end, **records))
                    before = self.system.wrong(lemma, self.system.view(self.system.now, end, **records))
                    if not (z3.is_false(wrong) or z3.eq(wrong, before)):
                        yield _Goal(step, lemma, end, chosen, wrong)

    def _stone(self, step: Step) -> Claim | None:
        """Return the stepping stone of a step with definitions: from the arithmetic of its rules."""
        path = step.happened.path
        if not path.definitions:
            return None
        view = step.happened.view
        view = replace(view, moved={**view.moved, "peer": self.system.view(self.system.now, B)})
        wrong = self.system.wrong(ARRIVAL, view)
        premises = [*self._simple, *path.conditions, *path.definitions]
        return claim(f"{ARRIVAL.id} in {path}", "consecution", [*premises, wrong], ask(premises, [wrong]))

    def _claim(self, goal: _Goal, begun: list[Term], stones: tuple[Term, ...]) -> Claim | None:
        """Return the claim that a goal cannot be wrong: by the state and lemmas alone, else by all that is known."""
        path, count = goal.step.happened.path, len(goal.segments)
        here = path.conditions[:1]
        key = (goal.wrong.get_id(), here[0].get_id() if here else 0)
        if key in self._settled:
            return None
        premises: list[Term] = [*self._premises(count, arrived=False), *here]
        needed: tuple[str, ...] = ()
        found = Answer(SAT) if begun else ask(premises, [goal.wrong])
        if found.word == UNSAT:
            self._settled[key] = (goal.wrong, *here)
        else:
            known = [*self._premises(count, arrived=True), *begun, *path.conditions, *stones]
            found, needed = self._assuming(goal, known)
            if found.word != UNSAT and path.definitions:
                known += path.definitions
                found, needed = self._assuming(goal, known)
            premises = [*known, *(term for _, term in goal.step.assumptions)]
        if found.model is not None:
            self._break(goal, found.model)
        made = claim(goal.name, "consecution", [*premises, goal.wrong], found)
        return replace(made, assumptions=needed)

    def _break(self, goal: _Goal, model: Any) -> None:
        """Note the counterexample to induction that a model is."""
        lines = cti(self.system, goal.step, goal.segments, model)
        first = outline(ends_of(self.system, self.system.now, model), self.system.terms.bits)
        self.broken.append(Broken(goal.lemma.id, str(goal.step.happened.path), lines, first))

    @staticmethod
    def _assuming(goal: _Goal, known: list[Term]) -> tuple[Answer, tuple[str, ...]]:
        """Return the answer under the assumptions, and which of them it rests on."""
        made = solver()
        made.add(*known, goal.wrong)
        names = {}
        for name, term in goal.step.assumptions:
            if not z3.is_true(z3.simplify(term)):
                names[f"assume {name}"] = name
                made.add(z3.Implies(z3.Bool(f"assume {name}"), term))
        found = answer(made, [z3.Bool(name) for name in names])
        core = {str(literal) for literal in made.unsat_core()} if found.word == UNSAT else set()
        return found, tuple(names[name] for name in names if name in core)
