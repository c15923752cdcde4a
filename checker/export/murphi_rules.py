"""Rules and events in Murphi: functions that say when a rule fires, procedures that change what comes of an event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from checker.export.facts import Facts, assigns, refuses
from checker.export.murphi_words import murphi
from checker.export.promela_words import member
from checker.export.terms import Scope, identifier
from checker.export.words import Words
from spec.language import BoolExpr, Event, Expr, Rule, name_of
from spec.language.sorts import BOOL

TAKES = "e: Peer; t: Tcb; seg: Segment; call: Call"
"""What says whether a rule fires reads."""
CHANGES = "e: Peer; var o: Outcome; seg: Segment; call: Call"
END_OF_CHAIN = "END_OF_CHAIN"


class Rules:
    """The rules of a model as Murphi text. `traced` are the ids of rules of which it is told whether they fired."""

    def __init__(self, facts: Facts, traced: Iterable[str] = ()) -> None:
        self.facts, self.model, self.language = facts, facts.model, murphi(facts.model.bits)
        self.words = Words(facts, lambda expression: self.language.say(expression, self.scope("t")))
        self.traced = frozenset(traced)

    def variable(self, payload: tuple[str, str], tcb: str) -> str:
        """Return where a variable stands, those of the TCB in the record `tcb`."""
        owner, name = payload
        if owner == "TCB" and name in self.facts.constants:
            a, b = (self.language.value(value, self.facts.sorts[name]) for value in self.facts.constants[name])
            return a if a == b else f"(e = 0 ? {a} : {b})"
        return f"{ {'TCB': tcb, 'SEG': 'seg', 'CALL': 'call'}[owner] }.{identifier(name)}"

    def scope(self, tcb: str) -> Scope:
        """Return the scope of conditions and values read in the record `tcb`."""
        return Scope(lambda payload: self.variable(payload, tcb), named=lambda one: self.words.refer(one, tcb))

    def forgetting(self) -> list[str]:
        """Return what states forget, a procedure each."""
        lines = []
        for state in sorted(self.facts.forgotten):
            reset = [f"  t.{identifier(name)} := {self.blank(name)};" for name in self.facts.forgets(state)]
            lines += [f"procedure Forget_{identifier(state)}(e: Peer; var t: Tcb); begin", *reset, "end;"]
        return lines

    def blank(self, name: str) -> str:
        """Return the value of a variable when there is no TCB."""
        a, b = (self.language.value(self.model.initial(end, name), self.facts.sorts[name]) for end in (0, 1))
        return a if a == b else f"(e = 0 ? {a} : {b})"

    def rule(self, rule: Rule[Any]) -> list[str]:
        """Return a rule: when it fires, and what it does."""
        name = identifier(rule.id)
        state = BoolExpr("in", BOOL, (self.facts.state.variable,), rule.state)
        conditions = [self.language.say(condition, self.scope("t")) for condition in (state, *rule.when)]
        return [
            f"-- {rule.id}: {rule.title}",
            f"-- {rule.cite}",
            f"function When_{name}({TAKES}): boolean; begin",
            f"  return {' & '.join(conditions)};",
            "end;",
            f"procedure {name}({CHANGES});",
            "var t: Tcb;",
            "begin",
            *(f"  {line};" for line in self._body(rule)),
            "end;",
        ]

    def _body(self, rule: Rule[Any]) -> list[str]:
        old = self.scope("t")
        new = Scope(self.scope("o.tcb").variable, {"before": old.variable}, self.scope("o.tcb").named)
        lines = ["t := o.tcb"] if rule.then or _keeps(rule) else []
        lines += [f"o.tcb.{identifier(name_of(u.variable))} := {self.language.say(u.value, old)}" for u in rule.then]
        lines += [f"o.tcb.{self.facts.state_name} := {self.goal(rule)}"] * (rule.goto is not None)
        for message in rule.send:
            lines += self._emit(message.fields, new)
        lines += [f"Forget_{identifier(str(rule.goto))}(e, o.tcb)"] * (rule.goto in self.facts.forgotten)
        lines += ["o.chose := true"] * (self.facts.chooses and assigns(rule, "ISS"))
        lines += ["o.refused := true"] * refuses(rule)
        lines += [f"o.fired_{identifier(rule.id)} := true"] * (rule.id in self.traced)
        return [*lines, "o.fires := true"]

    def goal(self, rule: Rule[Any]) -> str:
        """Return the state that a rule enters."""
        return member(self.facts.state.sort, str(rule.goto))

    def _emit(self, fields: Mapping[str, Expr], scope: Scope) -> list[str]:
        said = [(identifier(name), self.language.say(fields[name], scope)) for name in self.model.fields]
        sent = [f"o.sent[o.number].{name} := {text}" for name, text in said]
        return ["o.sent[o.number].dest := 1 - e", *sent, "o.number := o.number + 1"]

    def event(self, event: Event) -> list[str]:
        """Return an event: its steps in order, at most one rule each."""
        steps = self.model.relation.steps_of(event)
        lines = [
            f"-- {event.name}: at most one rule a step",
            f"procedure Event_{identifier(event.name)}({CHANGES}); begin",
        ]
        for i, step in enumerate(steps):
            lines += [f"  -- {step.name}: {step.title}", *self._step(event, i)]
        return [*lines, "end;"]

    def _step(self, event: Event, position: int) -> list[str]:
        steps = self.model.relation.steps_of(event)
        lines: list[str] = []
        for rule in self.model.relation.rules:
            if steps[position] in rule.steps:
                name = identifier(rule.id)
                later = str(position + 1 if rule.flow.step is None else steps.index(rule.flow.step))
                leave = END_OF_CHAIN if rule.flow.word == "return" else later
                word = "elsif" if lines else "if"
                unless = "" if lines else f"o.at > {position} then\n  elsif "
                lines += [
                    f"  {word} {unless}When_{name}(e, o.tcb, seg, call) then",
                    f"    {name}(e, o, seg, call); o.at := {leave};",
                ]
        return [*lines, "  end;"] if lines else []


def _keeps(rule: Rule[Any]) -> bool:
    return any(
        part.op == "before" for message in rule.send for value in message.fields.values() for part in value.walk()
    )
