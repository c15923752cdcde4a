"""One endpoint, symbolically: every chain of rules that an event can fire, as paths of z3 terms.

Along a path the rules that fire are known; what is left open are numbers and bits. A path is a TCB, an arriving segment
or a call that satisfy its conditions, and what the chain makes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import z3

from checker.symbolic.solving import UNSAT, answer
from checker.symbolic.terms import Record, Term, Terms, View, conjunction
from spec.language import CALL, SEG, TCB, Event, Relation, Rule, Sort, Step, name_of
from spec.vocabulary import CALL_FIELDS

AtFork = Callable[["Path", Step, list[tuple[Rule[Any], Term]]], None]


@dataclass(frozen=True)
class Path:
    """A chain of rules that an event fires from a state: its conditions, the TCB after it, what it sent and said.

    goal          the state it ends in.
    definitions   what the numbers that stand for a choice (the smaller of two) are: a condition each.
    """

    event: str
    state: str
    chain: tuple[str, ...]
    conditions: tuple[Term, ...]
    tcb: Record
    sent: tuple[Record, ...]
    signals: tuple[str, ...]
    assigned: frozenset[str]
    goal: str
    definitions: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return f"{self.event} in {self.state}: {' '.join(self.chain) or 'no rule'}"


class Endpoint:
    """An endpoint of a relation at a width, with a TCB, a segment and a call of unknowns.

    initial   terms that replace initial values by variable name (a window that nobody names).
    """

    def __init__(
        self, relation: Relation[Any], terms: Terms, initial: Mapping[str, Term] | None = None, name: str = "TCB"
    ) -> None:
        self.relation, self.terms, self.name = relation, terms, name
        self.sorts: dict[str, Sort] = {variable.name: variable.sort for variable in relation.variables}
        self.tcb = terms.record(name, self.sorts)
        self.segment = terms.record("SEG", relation.message)
        self.call = terms.record("CALL", CALL_FIELDS)
        self.initial: Record = {**terms.initial(relation.variables), **(initial or {})}
        self._rules: dict[tuple[Step, str], list[Rule[Any]]] = {}
        for rule in relation.rules:
            for step in rule.steps:
                for state in rule.state:
                    self._rules.setdefault((step, state), []).append(rule)

    def rules(self, step: Step, state: str) -> list[Rule[Any]]:
        """Return the rules of a step in a state."""
        return self._rules.get((step, state), [])

    def view(self, tcb: Record, **moved: View) -> View:
        """Return the view of the rules: this TCB, the arriving segment, the call."""
        return View({TCB: tcb, SEG: self.segment, CALL: self.call}, moved)

    def guard(self, rule: Rule[Any], tcb: Record) -> Term:
        """Return the rule's condition in a TCB."""
        view = self.view(tcb)
        return conjunction([self.terms.read(condition, view) for condition in rule.when])

    def state(self, name: str) -> Term:
        """Return the state as a term."""
        return self.terms.value(name, self.relation.state.sort)

    def paths(self, event: Event, state: str, at_fork: AtFork | None = None) -> Iterator[Path]:
        """Yield every chain that `event` can fire in `state`, possible by itself; at most one rule a step.

        at_fork is called wherever several rules of a step are considered, with the path that leads there.
        """
        tcb = {**self.tcb, self.relation.state.name: self.state(state)}
        start = Path(event.name, state, (), (), tcb, (), (), frozenset(), state)
        yield from self._walk(self.relation.steps_of(event), 0, start, z3.Solver(), at_fork)

    def _walk(
        self, steps: tuple[Step, ...], position: int, path: Path, solver: Any, at_fork: AtFork | None
    ) -> Iterator[Path]:
        """Follow a path from a step on: each rule that can fire, and none."""
        while position < len(steps) and not self.rules(steps[position], path.goal):
            position += 1
        if position == len(steps):
            yield path
            return
        rules = self.rules(steps[position], path.goal)
        guards = [z3.simplify(self.guard(rule, path.tcb)) for rule in rules]
        if at_fork is not None and len(rules) > 1:
            at_fork(path, steps[position], list(zip(rules, guards, strict=True)))
        none = z3.simplify(conjunction([z3.Not(guard) for guard in guards]))
        for rule, guard in [*zip(rules, guards, strict=True), (None, none)]:
            solver.push()
            solver.add(guard)
            if not z3.is_false(guard) and answer(solver).word != UNSAT:
                there = replace(path, conditions=(*path.conditions, guard))
                after = there if rule is None else self.fire(rule, there)
                solver.add(*after.definitions[len(path.definitions) :])
                target = self._target(rule, steps, position)
                if target is None:
                    yield after
                else:
                    yield from self._walk(steps, target, after, solver, at_fork)
            solver.pop()

    @staticmethod
    def _target(rule: Rule[Any] | None, steps: tuple[Step, ...], position: int) -> int | None:
        """Return where processing goes on after a rule, or None when it ends."""
        if rule is None or (rule.flow.word == "continue"):
            return position + 1
        return None if rule.flow.step is None else steps.index(rule.flow.step)

    def fire(self, rule: Rule[Any], path: Path) -> Path:
        """Return the path after one more rule."""
        old = self.view(path.tcb)
        new, definitions = dict(path.tcb), path.definitions
        for update in rule.then:
            name, value = name_of(update.variable), self.terms.read(update.value, old)
            if any(part.op == "nat_min" for part in update.value.walk()):
                chosen = self.terms.symbol(
                    f"{self.name}.{name} by {' '.join((*path.chain, rule.id))}", update.value.sort
                )
                definitions, value = (*definitions, chosen == value), chosen
            new[name] = value
        if rule.goto is not None:
            new[self.relation.state.name] = self.state(rule.goto)
        formed = self.view(new, before=old)
        sent = tuple(
            {name: self.terms.read(value, formed) for name, value in message.fields.items()} for message in rule.send
        )
        forgets = () if rule.goto is None else self.relation.forget.get(rule.goto, ())
        return replace(
            path,
            chain=(*path.chain, rule.id),
            tcb={**new, **{name: self.initial[name] for name in forgets}},
            sent=(*path.sent, *sent),
            signals=path.signals if rule.signal is None else (*path.signals, rule.signal),
            assigned=path.assigned | {name_of(update.variable) for update in rule.then},
            goal=path.goal if rule.goto is None else rule.goto,
            definitions=definitions,
        )
