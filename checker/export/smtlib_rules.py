"""Rules and events in SMT-LIB: functions from what has come of an event so far to what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from checker.export.facts import Facts, assigns, refuses
from checker.export.smtlib_words import member, symbol, vector
from checker.export.terms import Language, Scope
from checker.export.words import Words
from spec.language import BoolExpr, Event, Expr, Rule, name_of
from spec.language.sorts import BOOL

TAKES = "((e Bool) (t Tcb) (seg Segment) (call Call))"
CHANGES = "((e Bool) (o Outcome) (seg Segment) (call Call))"
COUNT, END_OF_CHAIN = 8, 255
"""Bits of what counts segments sent and steps; beyond every step."""
FLAGS = ("fires", "chose", "refused")


class Rules:
    """The rules of a model as SMT-LIB text. `traced` are the ids of rules of which it is told whether they fired."""

    def __init__(self, facts: Facts, language: Language, traced: Iterable[str]) -> None:
        self.facts, self.model, self.language, self.traced = facts, facts.model, language, sorted(traced)
        self.words = Words(facts, lambda one: language.say(one, self.scope("t")), "({0} {1})", " ")
        self.names = [variable.name for variable in facts.model.assigned]

    def variable(self, payload: tuple[str, str], tcb: str) -> str:
        """Return where a variable stands, those of the TCB in the record `tcb`."""
        owner, name = payload
        if owner == "TCB" and name in self.facts.constants:
            a, b = (self.language.value(value, self.facts.sorts[name]) for value in self.facts.constants[name])
            return a if a == b else f"(ite e {b} {a})"
        if owner == "TCB":
            return f"({symbol(name)} {tcb})"
        return f"({owner}.{symbol(name)} {owner.lower()})"

    def scope(self, tcb: str) -> Scope:
        """Return the scope of conditions and values read in the record `tcb`."""
        return Scope(lambda payload: self.variable(payload, tcb), named=lambda one: self.words.refer(one, tcb))

    def record(self, changes: Mapping[str, str], tcb: str) -> str:
        """Return a TCB with some variables changed."""
        fields = [changes.get(name, f"({symbol(name)} {tcb})") for name in self.names]
        return f"(tcb {' '.join(fields)})"

    def blank(self, name: str) -> str:
        """Return the value of a variable when there is no TCB."""
        a, b = (self.language.value(self.model.initial(end, name), self.facts.sorts[name]) for end in (0, 1))
        return a if a == b else f"(ite e {b} {a})"

    def forgetting(self) -> list[str]:
        """Return what states forget, a function each."""
        return [
            f"(define-fun Forget.{symbol(state)} ((e Bool) (t Tcb)) Tcb\n"
            f"  {self.record({name: self.blank(name) for name in self.facts.forgets(state)}, 't')})"
            for state in sorted(self.facts.forgotten)
        ]

    def rule(self, rule: Rule[Any]) -> list[str]:
        """Return a rule: when it fires, and what comes of it."""
        name = symbol(rule.id)
        state = BoolExpr("in", BOOL, (self.facts.state.variable,), rule.state)
        conditions = [self.language.say(condition, self.scope("t")) for condition in (state, *rule.when)]
        return [
            f"; {rule.id}: {rule.title}",
            f"; {rule.cite}",
            f"(define-fun When.{name} {TAKES} Bool",
            f"  (and true {' '.join(conditions)}))",
            f"(define-fun Do.{name} {CHANGES} Outcome",
            *self._body(rule),
        ]

    def _body(self, rule: Rule[Any]) -> list[str]:
        old = self.scope("t")
        new = Scope(self.scope("u").variable, {"before": old.variable}, self.scope("u").named)
        changes = {name_of(u.variable): self.language.say(u.value, old) for u in rule.then}
        if rule.goto is not None:
            changes[self.facts.state.name] = member(self.facts.state.sort, rule.goto)
        tcb = f"(Forget.{symbol(str(rule.goto))} e u)" if rule.goto in self.facts.forgotten else "u"
        told = {"fires"}
        told |= {"chose"} if self.facts.chooses and assigns(rule, "ISS") else set()
        told |= {"refused"} if refuses(rule) else set()
        told |= {f"fired.{symbol(rule.id)}"} if rule.id in self.traced else set()
        names = [*FLAGS, *(f"fired.{symbol(one)}" for one in self.traced)]
        flags = " ".join("true" if name in told else f"({name} o)" for name in names)
        text = f"(outcome {tcb} (number o) (at o) {self._sents('o')} {flags})"
        for message in rule.send:
            text = f"(Emit {text} {self.segment(message.fields, new)})"
        return ["  (let ((t (o.tcb o)))", f"  (let ((u {self.record(changes, 't')}))", f"    {text})))"]

    def _sents(self, outcome: str) -> str:
        return " ".join(f"(sent.{i} {outcome})" for i in range(self.model.most_sent))

    def segment(self, fields: Mapping[str, Expr], scope: Scope) -> str:
        """Return a segment that an end sends, its ghosts still blank."""
        said = [self.language.say(fields[name], scope) for name in self.model.fields]
        blank = [self.language.number(0, expression.sort) for expression in self.model.tags.values()]
        return f"(segment {' '.join(['(not e)', *said, *blank])})"

    def emit(self) -> list[str]:
        """Return the function that adds a segment to those to be sent."""
        most = self.model.most_sent
        flags = " ".join(f"({name} o)" for name in [*FLAGS, *(f"fired.{symbol(one)}" for one in self.traced)])
        sents = " ".join(f"(ite (= (number o) {vector(i, COUNT)}) m (sent.{i} o))" for i in range(most))
        same = f"{self._sents('o')} {flags}"
        return [
            "(define-fun Emit ((o Outcome) (m Segment)) Outcome",
            f"  (outcome (o.tcb o) (bvadd (number o) {vector(1, COUNT)}) (at o) {sents} {flags}))",
            f"(define-fun Leave ((o Outcome) (position (_ BitVec {COUNT}))) Outcome",
            f"  (outcome (o.tcb o) (number o) position {same}))",
        ]

    def event(self, event: Event) -> list[str]:
        """Return an event, its steps one after the other; each passes on, unless processing has gone beyond it."""
        steps, name = self.model.relation.steps_of(event), symbol(event.name)
        lines, text = [f"; {event.name}: at most one rule a step"], "(let ((o (Nothing t)))"
        for i, step in enumerate(steps):
            chosen = "o"
            for rule in reversed(self.model.relation.rules):
                if step in rule.steps:
                    later = i + 1 if rule.flow.step is None else steps.index(rule.flow.step)
                    at = vector(END_OF_CHAIN if rule.flow.word == "return" else later, COUNT)
                    one = symbol(rule.id)
                    done = f"(Leave (Do.{one} e o seg call) {at})"
                    chosen = f"(ite (When.{one} e (o.tcb o) seg call) {done}\n    {chosen})"
            beyond = f"(bvugt (at o) {vector(i, COUNT)})"
            lines += [
                f"; {step.name}: {step.title}",
                f"(define-fun Step.{name}.{i} {CHANGES} Outcome (ite {beyond} o\n    {chosen}))",
            ]
            text += f"\n  (let ((o (Step.{name}.{i} e o seg call)))"
        return [*lines, f"(define-fun Event.{name} {TAKES} Outcome {text} o{')' * (len(steps) + 1)})"]

    def nothing(self) -> list[str]:
        """Return the function of an outcome in which nothing has happened yet."""
        blank = " ".join(["no-segment"] * self.model.most_sent)
        flags = " ".join("false" for _ in [*FLAGS, *self.traced])
        return [
            f"(define-fun Nothing ((t Tcb)) Outcome (outcome t {vector(0, COUNT)} {vector(0, COUNT)} {blank} {flags}))"
        ]
