"""One-step induction for one end alone: any TCB its lemmas allow, any event, any segment, attackers' included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import z3

from checker.symbolic.proof import Claim, claim
from checker.symbolic.solving import UNSAT, ask
from checker.symbolic.system import A, Step, System
from checker.symbolic.terms import Term, View, disjunction
from spec.language import Relation
from spec.language.beside import Part, Property
from spec.lemmas import ARBITRARY, Assumption, Lemma


class OneStep:
    """Lemmas and properties of one end of a relation, to hold after every step that starts where they hold.

    states   only steps from these states; from all by default.
    """

    def __init__(
        self,
        relation: Relation[Any],
        bits: int,
        lemmas: Sequence[Lemma],
        properties: Sequence[Property],
        assumptions: Sequence[Assumption],
        states: Sequence[str] = (),
    ) -> None:
        self.states = tuple(states)
        self.lemmas, self.properties = tuple(lemmas), tuple(properties)
        parts = [part for prop in properties for part in prop.parts]
        said: list[Lemma | Part] = [*lemmas, *parts]
        formulas = [f for each in said for f in (*each.given, *each.holds)]
        self.system = System(relation, bits, formulas, assumptions)
        self._states = [part for part in parts if part.over == "state"]

    @cached_property
    def steps(self) -> list[Step]:
        """Every step of the end."""
        return list(self.system.steps(self.states))

    @cached_property
    def numbers(self) -> list[Term]:
        """The incarnations that a step names: arbitrary ones, the end's own and its peer's."""
        ghosts = self.system.now.ghosts[A]
        return [*self.system.numbers.values(), *(ghosts[name] for name in ("INC", "PINC") if name in ghosts)]

    @cached_property
    def premises(self) -> list[Term]:
        """The lemmas before a step, for the incarnations that it names; and the properties of states."""
        system = self.system
        found = [system.well_sorted]
        for lemma in self.lemmas:
            for given, holds in system.instances(lemma, system.now, A, [], self.numbers):
                found.append(z3.simplify(z3.Implies(given, holds)))
        view = self._view(system.now)
        found += [z3.Implies(system.said(part.given, view), system.said(part.holds, view)) for part in self._states]
        return [term for term in found if not z3.is_true(term)]

    def _begun(self, step: Step) -> list[Term]:
        """Return the lemmas about incarnations for one that begins in the step."""
        system, found = self.system, []
        begun = system.begun(step)
        if begun is None:
            return []
        for lemma in self.lemmas:
            for given, holds in system.instances(lemma, system.now, A, [], [begun, *system.numbers.values()]):
                found.append(z3.Implies(given, holds))
        return found

    def _view(self, ends: Any) -> View:
        return self.system.view(ends, A, **{ARBITRARY: self.system.numbers})

    def initiation(self) -> Iterator[Claim]:
        """Yield every lemma and property of states before anything happened."""
        view = self._view(self.system.start())
        named: list[tuple[str, Lemma | Part]] = [*self.lemma_goals(), *self._named(self._states)]
        for name, each in named:
            wrong = self.system.wrong(each, view)
            yield claim(f"{name} at the start", "initiation", [wrong], ask([wrong]))

    def consecution(self, goals: Sequence[tuple[str, Lemma | Part]]) -> Iterator[Claim]:
        """Yield, for every step, that all goals hold after it; goal by goal where they do not all."""
        for step in self.steps:
            wrongs = [(name, wrong) for name, goal in goals if (wrong := self._after(goal, step)) is not None]
            if not wrongs:
                continue
            path = step.happened.path
            assumed = [term for _, term in step.assumptions]
            conditions = [*self.premises, *self._begun(step), *path.conditions, *path.definitions, *assumed]
            together = disjunction([wrong for _, wrong in wrongs])
            found = ask(conditions, [together])
            if found.word == UNSAT:
                names = ", ".join(name for name, _ in wrongs)
                yield claim(f"{names} after {path}", "consecution", [*conditions, together], found)
                continue
            for name, wrong in wrongs:
                yield claim(f"{name} after {path}", "consecution", [*conditions, wrong], ask(conditions, [wrong]))

    def _after(self, goal: Lemma | Part, step: Step) -> Term | None:
        """Return that a goal is wrong after a step, or None where the step does not concern it."""
        if isinstance(goal, Part) and goal.over == "step":
            wrong = self.system.wrong(goal, step.happened.view)
            return None if z3.is_false(wrong) else wrong
        wrong = self.system.wrong(goal, self._view(step.after))
        same = z3.is_false(wrong) or z3.eq(wrong, self.system.wrong(goal, self._view(self.system.now)))
        return None if same else wrong

    def _named(self, parts: Sequence[Part]) -> list[tuple[str, Part]]:
        return [
            (f"{prop.id}/{number}", part)
            for prop in self.properties
            for number, part in enumerate(prop.parts, 1)
            if part in parts
        ]

    def goals(self, prop: Property) -> list[tuple[str, Part]]:
        """Return the parts of a property, by name."""
        return [(f"{prop.id}/{number}", part) for number, part in enumerate(prop.parts, 1)]

    def lemma_goals(self) -> list[tuple[str, Lemma]]:
        """Return the lemmas, by id."""
        return [(lemma.id, lemma) for lemma in self.lemmas]
