"""Houdini: of many candidates, those that every step preserves together; and what they prove.

A candidate is about one state, so a step concerns only those of the state that it starts in and the state that it ends
in. Candidates that a step can break are dropped, and with them what rested on them, until nothing breaks. Then parts of
properties, which are assumed before a step as lemmas are, must hold after it; one that does not is never dropped but
told, with the step and the values.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

import z3

from checker.symbolic.mining import Candidate, lemmas, mined
from checker.symbolic.one_step import OneStep
from checker.symbolic.solving import SAT, UNSAT, Answer, answer, solver
from checker.symbolic.system import A, Ends, Step
from checker.symbolic.terms import Record, Term, conjunction
from spec.environment import World
from spec.language import PAIRS, Relation, Sort
from spec.language.beside import Part, Property
from spec.lemmas import ARBITRARY, Assumption, Lemma
from spec.lemmas.one_end import ASSUMPTIONS


@dataclass(frozen=True)
class Counterexample:
    """A counterexample to induction: a part of a property that a step breaks, by its name, and values before it.

    word is "sat", or "unknown" where z3 cannot tell; values: the end before the step and what arrives, as "NAME = 1".
    """

    part: str
    step: str
    word: str
    values: tuple[str, ...]


@dataclass
class Found:
    """What the search found.

    candidates       how many there were, each about one state; survivors: those that held in all samples;
    rounds, queries  how often the steps were gone through, at all widths, and how often z3 was asked;
    inductive        how many candidates every step preserves at the narrow width;
    kept             the lemmas that the proof uses; without a proof, all that every step preserves;
    counterexamples  parts of properties that do not follow: `proved` when there are none, else nothing is proved.
    """

    candidates: int
    survivors: int
    rounds: int = 0
    queries: int = 0
    inductive: int = 0
    kept: list[Lemma] = field(default_factory=list)
    counterexamples: list[Counterexample] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def proved(self) -> bool:
        """Whether every part of every property follows."""
        return not self.counterexamples


class Houdini(OneStep):
    """Candidates and properties of one end, at a width; `alive` holds the candidates left, by state."""

    def __init__(
        self,
        relation: Relation[Any],
        bits: int,
        found: Sequence[Candidate],
        properties: Sequence[Property],
        assumptions: Sequence[Assumption],
    ) -> None:
        super().__init__(relation, bits, lemmas(found), properties, assumptions)
        self.alive: dict[str, list[Candidate]] = {state: [] for state in relation.states}
        for each in found:
            self.alive[each.state].append(each)
        self.rounds = self.queries = 0
        self._goals = [goal for prop in properties for goal in self.goals(prop)]
        self._before: dict[Candidate, Term] = {}
        self._wrongs: dict[tuple[int, Candidate], Term] = {}
        view = self._view(self.system.now)
        said = self.system.said
        parts = [z3.Implies(said(part.given, view), said(part.holds, view)) for part in self._states]
        self._always = [self.system.well_sorted, *parts]

    # --- terms ----------------------------------------------------------------------------------------------

    def _said(self, each: Candidate, ends: Ends, numbers: Record) -> Term:
        """Return what a candidate says of A, its state given."""
        view = self.system.view(ends, A, **{ARBITRARY: numbers})
        literal = self.system.terms.read(each.literal, view)
        return z3.Implies(self.system.said(each.given, view), literal) if each.given else literal

    def _instances(self, each: Candidate, numbers: Sequence[Term]) -> Term:
        """Return what a candidate says now, for all choices of X and Y among the numbers."""
        names = each.numbers
        chosen = [dict(zip(names, values, strict=True)) for values in product(numbers, repeat=len(names))]
        return conjunction([self._said(each, self.system.now, values) for values in chosen])

    def _known(self, each: Candidate, step: Step) -> Term:
        """Return what a candidate says before a step: also of an incarnation that begins in it."""
        begun = self.system.begun(step) if each.numbers else None
        if begun is not None:
            return self._instances(each, [*self.numbers, begun])
        if each not in self._before:
            self._before[each] = self._instances(each, self.numbers)
        return self._before[each]

    def _premises(self, step: Step) -> list[tuple[Candidate, Term]]:
        """Return what each candidate says before a step."""
        state = step.happened.path.state
        if state:
            return [(each, self._known(each, step)) for each in self.alive[state]]
        here = {state: self._in(self.system.now, state) for state in self.alive}
        return [(each, z3.Implies(here[each.state], self._known(each, step))) for each in self.left()]

    def _asked(self, step: Step) -> Any:
        """Return a solver that knows what holds before a step."""
        made = solver()
        made.add(*self._conditions(step), z3.And(*(term for _, term in self._premises(step))))
        return made

    def _in(self, ends: Ends, state: str) -> Term:
        return ends.tcb[A][self.system.relation.state.name] == self.system.end.state(state)

    def _conditions(self, step: Step) -> list[Term]:
        """Return what is known of a step without candidates: what it is, what is assumed, properties before it."""
        path = step.happened.path
        return [*self._always, *path.conditions, *path.definitions, *(term for _, term in step.assumptions)]

    def _wrong_after(self, number: int, each: Candidate) -> Term | None:
        """Return that a candidate is wrong after a step, or None where the step does not concern it."""
        key = (number, each)
        if key not in self._wrongs:
            step = self.steps[number]
            then = self._said(each, step.after, self.system.numbers)
            if step.happened.path.state == each.state:
                now = self._said(each, self.system.now, self.system.numbers)
                self._wrongs[key] = None if z3.eq(then, now) else z3.Not(then)
            else:
                self._wrongs[key] = z3.Not(then)
        return self._wrongs[key]

    # --- dropping -------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Drop candidates until the start and every step preserve all that are left."""
        start = self.system.start()
        for state, found in self.alive.items():
            wrongs = [(each, z3.Not(self._said(each, start, self.system.numbers))) for each in found]
            made = solver()
            made.add(self._in(start, state))
            self._dropped(state, made, wrongs)
        changed = set(self.alive)
        while changed:
            self.rounds += 1
            before, changed = changed, set()
            for number, step in enumerate(self.steps):
                path = step.happened.path
                if (not path.state or path.state in before or path.state in changed) and self._narrowed(number):
                    changed.add(path.goal)

    def _narrowed(self, number: int) -> bool:
        """Drop candidates that a step can break; return whether there were any."""
        step = self.steps[number]
        goal = step.happened.path.goal
        wrongs = [(each, w) for each in self.alive[goal] if (w := self._wrong_after(number, each)) is not None]
        if not wrongs:
            return False
        return self._dropped(goal, self._asked(step), wrongs)

    def _dropped(self, state: str, made: Any, wrongs: Sequence[tuple[Candidate, Term]]) -> bool:
        """Drop candidates of a state that can be wrong as far as a solver knows; return whether there were any."""
        left, gone = list(wrongs), set()
        while left:
            found = self._answered(made, z3.Or(*(wrong for _, wrong in left)))
            if found.word == UNSAT:
                break
            if found.word == SAT:
                bad = {each for each, wrong in left if z3.is_true(found.model.eval(wrong, model_completion=True))}
            else:
                bad = {each for each, wrong in left if self._answered(made, wrong).word != UNSAT}
            gone |= bad
            left = [(each, wrong) for each, wrong in left if each not in bad]
            if found.word != SAT:
                break
        self.alive[state] = [each for each in self.alive[state] if each not in gone]
        return bool(gone)

    def _answered(self, made: Any, wrong: Term) -> Answer:
        self.queries += 1
        made.push()
        made.add(wrong)
        found = answer(made)
        made.pop()
        return found

    def left(self) -> list[Candidate]:
        """Return the candidates that are left, state by state."""
        return [each for found in self.alive.values() for each in found]

    # --- what follows ---------------------------------------------------------------------------------------

    @cached_property
    def _told(self) -> list[list[tuple[str, Term]]]:
        """For each step the parts of properties that it concerns, and that they are wrong after it."""
        return [
            [(name, wrong) for name, part in self._goals if (wrong := self._after(part, step)) is not None]
            for step in self.steps
        ]

    def broken(self) -> list[Counterexample]:
        """Return each part of a property that is wrong at the start, or that a step can break, once."""
        found: dict[str, Counterexample] = {}
        view = self._view(self.system.start())
        for name, part in self._named(self._states):
            begun = self._answered(solver(), self.system.wrong(part, view))
            if begun.word != UNSAT:
                found[name] = Counterexample(name, "the start", begun.word, ())
        for step, told in zip(self.steps, self._told, strict=True):
            goals = [(name, wrong) for name, wrong in told if name not in found]
            if goals:
                made = self._asked(step)
                together = self._answered(made, z3.Or(*(wrong for _, wrong in goals))).word
                for name, wrong in goals if together != UNSAT else ():
                    answered = self._answered(made, wrong)
                    if answered.word != UNSAT:
                        found[name] = self._counterexample(name, step, answered)
        return list(found.values())

    def _counterexample(self, part: str, step: Step, found: Answer) -> Counterexample:
        values = []
        arrived = step.happened.view.arrived
        for prefix, record, sorts in self._records() if found.word == SAT else ():
            for name, sort in sorts.items():
                if sort != PAIRS and (arrived or not prefix):
                    value = found.model.eval(record[name], model_completion=True)
                    values.append(f"{prefix}{name} = {self.system.terms.plain(value, sort)}")
        return Counterexample(part, str(step.happened.path), found.word, tuple(values))

    def _records(self) -> list[tuple[str, Record, Mapping[str, Sort]]]:
        system = self.system
        ghosts = {ghost.name: ghost.variable.sort for ghost in system.ghosts}
        now, message = system.now, system.message
        return [("", now.tcb[A], system.end.sorts), ("", now.ghosts[A], ghosts), ("SEG.", system.arriving, message)]

    def used(self) -> list[Candidate]:
        """Return candidates that suffice for the properties, and to preserve themselves: from unsatisfiable cores."""
        needed: dict[Candidate, None] = {}
        for step, told in zip(self.steps, self._told, strict=True):
            self._need(step, [wrong for _, wrong in told], needed)
        done = 0
        while done < len(needed):
            new, done = list(needed)[done:], len(needed)
            for number, step in enumerate(self.steps):
                goals = [each for each in new if each.state == step.happened.path.goal]
                wrongs = [w for each in goals if (w := self._wrong_after(number, each)) is not None]
                self._need(step, wrongs, needed)
        return [each for each in self.left() if each in needed]

    def _need(self, step: Step, wrongs: Sequence[Term], needed: dict[Candidate, None]) -> None:
        """Add to `needed` what it lacks to rule out that something is wrong after a step."""
        if not wrongs:
            return
        known = self._premises(step)
        made = solver()
        made.add(*self._conditions(step), z3.Or(*wrongs))
        made.add(*(term for each, term in known if each in needed))
        self.queries += 1
        if answer(made).word == UNSAT:
            return
        named = {f"uses {i}": (each, term) for i, (each, term) in enumerate(known) if each not in needed}
        made.add(*(z3.Implies(z3.Bool(name), term) for name, (_, term) in named.items()))
        self.queries += 1
        found = answer(made, [z3.Bool(name) for name in named])
        core = {str(each) for each in made.unsat_core()} if found.word == UNSAT else set(named)
        needed |= {named[name][0]: None for name in self._shrunk(made, [name for name in named if name in core])}

    def _shrunk(self, made: Any, core: list[str]) -> list[str]:
        """Return a core without what it does without, each tried once; the last to come are the first tried."""
        for name in reversed(core):
            fewer = [other for other in core if other != name]
            self.queries += 1
            if answer(made, [z3.Bool(other) for other in fewer]).word == UNSAT:
                core = fewer
        return core


NARROW = 8
"""The width at which candidates are dropped first: what a narrow step breaks need not be tried at a wide one."""


def find(
    relation: Relation[Any],
    worlds: Sequence[World],
    properties: Sequence[Property],
    bits: int = 32,
    assumptions: Sequence[Assumption] = ASSUMPTIONS,
) -> Found:
    """Look for lemmas that prove properties of one end of a relation; nothing rests on the narrow width or on samples.

    Raise ValueError for a property with a part that induction over one end cannot prove.
    """
    for prop in properties:
        if not prop.parts or not all(_of_one_end(part) for part in prop.parts):
            raise ValueError(f"{prop.id} is not about every state or every step of one end.")
    begun = time.perf_counter()
    formulas = [formula for assumption in assumptions for formula in assumption.holds]
    tried, survivors = mined(relation, worlds, properties, formulas)
    result = Found(tried, len(survivors))
    engine = Houdini(relation, min(bits, NARROW), survivors, properties, assumptions)
    wrong = _judged(engine, result)
    result.inductive = len(engine.left())
    few = engine.left() if wrong else engine.used()
    result.queries += engine.queries
    if bits > NARROW:
        inductive = engine.left()
        engine = Houdini(relation, bits, few, properties, assumptions)
        narrow, wrong = wrong, _judged(engine, result)
        result.queries += engine.queries
        if wrong and not narrow and len(few) < len(inductive):
            engine = Houdini(relation, bits, inductive, properties, assumptions)
            wrong = _judged(engine, result)
            result.queries += engine.queries
        few = engine.left()
    result.counterexamples, result.kept = wrong, lemmas(few)
    result.seconds = time.perf_counter() - begun
    return result


def _of_one_end(part: Part) -> bool:
    """Return whether a part is about every state or step of one end, and reads nothing else."""
    read = {each.op for formula in (*part.given, *part.holds) for each in formula.walk()}
    return part.kind == "always" and part.over in ("state", "step") and not read & {"peer", "in_flight"}


def _judged(engine: Houdini, result: Found) -> list[Counterexample]:
    """Settle, and return what is broken all the same."""
    engine.settle()
    result.rounds += engine.rounds
    return engine.broken()
