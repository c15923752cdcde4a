"""Rules and events in TLA+: operators from a TCB to what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checker.export.facts import Facts, assigns, refuses
from checker.export.terms import Scope, identifier
from checker.export.tla_words import TlaPlus, quoted
from checker.export.words import Words
from spec.language import BoolExpr, Event, Expr, Rule, Step, name_of
from spec.language.sorts import BOOL


class Rules:
    """The rules of a model as TLA+ text."""

    def __init__(self, facts: Facts, language: TlaPlus) -> None:
        self.facts, self.language, self.model = facts, language, facts.model
        self.words = Words(facts, lambda expression: language.say(expression, self.scope("t")))

    def variable(self, payload: tuple[str, str], tcb: str) -> str:
        """Return where a variable stands, those of the TCB in the record `tcb`."""
        owner, name = payload
        if owner == "TCB" and name in self.facts.constants:
            a, b = (self.language.value(value, self.facts.sorts[name]) for value in self.facts.constants[name])
            return a if a == b else f"(IF e = 0 THEN {a} ELSE {b})"
        return f"{ {'TCB': tcb, 'SEG': 'seg', 'CALL': 'call'}[owner] }.{identifier(name)}"

    def scope(self, tcb: str) -> Scope:
        """Return the scope of conditions and values read in the record `tcb`."""
        return Scope(lambda payload: self.variable(payload, tcb), named=lambda one: self.words.refer(one, tcb))

    def forgetting(self) -> list[str]:
        """Return what states forget, an operator each."""
        lines = []
        for state in sorted(self.facts.forgotten):
            changes = [f"!.{identifier(name)} = {self.blank(name)}" for name in self.facts.forgets(state)]
            body = f"[t EXCEPT {', '.join(changes)}]" if changes else "t"
            lines.append(f"Forget_{identifier(state)}(e, t) == {body}")
        return lines

    def blank(self, name: str) -> str:
        """Return the value of a variable when there is no TCB."""
        a, b = (self.language.value(self.model.initial(end, name), self.facts.sorts[name]) for end in (0, 1))
        return a if a == b else f"(IF e = 0 THEN {a} ELSE {b})"

    def rule(self, rule: Rule[Any]) -> list[str]:
        """Return a rule: when it fires, and what comes of it."""
        name = identifier(rule.id)
        state = BoolExpr("in", BOOL, (self.facts.state.variable,), rule.state)
        conditions = [self.language.say(condition, self.scope("t")) for condition in (state, *rule.when)]
        return [
            *(f"\\* {line}" for line in (f"{rule.id}: {rule.title}", rule.cite)),
            f"When_{name}(e, t, seg, call) ==",
            *(f"  /\\ {condition}" for condition in conditions),
            f"{name}(e, o, seg, call) ==",
            *self._body(rule),
        ]

    def _body(self, rule: Rule[Any]) -> list[str]:
        old = self.scope("t")
        new = Scope(self.scope("u").variable, {"before": old.variable}, self.scope("u").named)
        changes = [f"!.{identifier(name_of(u.variable))} = {self.language.say(u.value, old)}" for u in rule.then]
        changes += [f"!.{self.facts.state_name} = {quoted(rule.goto)}"] if rule.goto is not None else []
        u = f"[t EXCEPT {', '.join(changes)}]" if changes else "t"
        tcb = f"Forget_{identifier(str(rule.goto))}(e, u)" if rule.goto in self.facts.forgotten else "u"
        outcome = [f"!.tcb = {tcb}"] if changes else []
        sent = [self._segment(message.fields, new) for message in rule.send]
        outcome += [f"!.sent = @ \\o <<{', '.join(sent)}>>"] if sent else []
        outcome += [f"!.chain = Append(@, {quoted(rule.id)})"]
        outcome += ["!.chose = TRUE"] * (self.facts.chooses and assigns(rule, "ISS"))
        outcome += ["!.refused = TRUE"] * refuses(rule)
        lines = ["  LET t == o.tcb", f"      u == {u}"]
        return [*lines, f"  IN [o EXCEPT {', '.join(outcome)}]"]

    def _segment(self, fields: Mapping[str, Expr], scope: Scope) -> str:
        said = [f"{identifier(name)} |-> {self.language.say(fields[name], scope)}" for name in self.model.fields]
        return f"[{', '.join(['to |-> 1 - e', *said])}]"

    def event(self, event: Event) -> list[str]:
        """Return an event, its steps from the last to the first: each goes on to a later one."""
        steps, name = self.model.relation.steps_of(event), identifier(event.name)
        lines = [f"\\* {event.name}: at most one rule a step"]
        for i in reversed(range(len(steps))):
            lines += self._step(event, steps, i)
        begin = "[tcb |-> t, sent |-> << >>, chain |-> << >>, chose |-> FALSE, refused |-> FALSE]"
        return [*lines, f"Event_{name}(e, t, seg, call) ==", f"  Step_{name}_0(e, {begin}, seg, call)"]

    def _step(self, event: Event, steps: Sequence[Step], i: int) -> list[str]:
        name = identifier(event.name)

        def later(position: int, outcome: str) -> str:
            return f"Step_{name}_{position}(e, {outcome}, seg, call)" if position < len(steps) else outcome

        arms = []
        for rule in self.model.relation.rules:
            if steps[i] in rule.steps:
                fired = f"{identifier(rule.id)}(e, o, seg, call)"
                position = i + 1 if rule.flow.step is None else steps.index(rule.flow.step)
                then = fired if rule.flow.word == "return" else later(position, fired)
                arms.append(f"When_{identifier(rule.id)}(e, o.tcb, seg, call) -> {then}")
        body = (
            ["  CASE " + "\n    [] ".join([*arms, f"OTHER -> {later(i + 1, 'o')}"])]
            if arms
            else [f"  {later(i + 1, 'o')}"]
        )
        return [f"\\* {steps[i].name}: {steps[i].title}", f"Step_{name}_{i}(e, o, seg, call) ==", *body]

    def call(self, event: Event, said: Mapping[str, Any], end: str, used: str = "used") -> str:
        """Return what comes with an event."""
        fields = []
        for name in self.facts.call_fields(event):
            if name == "ISN":
                last = f"{used}.LAST_NXT[{end}]" if self.facts.follows else "0"
                fields.append(f"ISN |-> Isn({end}, {used}.CHOSEN[{end}], {last})")
            else:
                value = said[name]
                text = ("TRUE" if value else "FALSE") if isinstance(value, bool) else str(value)
                fields.append(f"{identifier(name)} |-> {text}")
        return f"[{', '.join(fields)}]" if fields else "<< >>"
