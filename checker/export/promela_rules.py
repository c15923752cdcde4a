"""Rules, events and the words defined for them, in Promela: a macro and an inline each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from checker.export.facts import Facts, assigns, refuses
from checker.export.ordering import sequenced
from checker.export.promela_network import Slots
from checker.export.promela_words import among, member, promela
from checker.export.terms import Scope, identifier
from spec.language import BoolExpr, Event, Expr, Rule
from spec.language.sorts import BOOL


class Rules:
    """The rules of a model as Promela text. `traced` are the ids of rules of which it is told whether they fired."""

    def __init__(self, facts: Facts, slots: Slots, traced: Iterable[str] = ()) -> None:
        self.facts, self.slots, self.model = facts, slots, facts.model
        self.language = promela(facts.model.bits)
        self.definitions: dict[str, list[str]] = {}
        self.traced = frozenset(traced)
        self.kept = {name for rule in self.model.rules for name in sequenced(rule)[0]}
        self._named: dict[tuple[object, ...], tuple[str, bool]] = {}

    # --- expressions ------------------------------------------------------------------------------------------

    def variable(self, payload: tuple[str, str], end: str, *, old: Iterable[str] = ()) -> str:
        """Return where a variable of an end stands; the old values of some stand aside."""
        owner, name = payload
        if owner == "TCB" and name in self.facts.constants:
            a, b = (self.language.value(value, self.facts.sorts[name]) for value in self.facts.constants[name])
            return a if a == b else f"({end} == 0 -> {a} : {b})"
        if owner == "TCB":
            return f"old_{identifier(name)}" if name in old else f"{identifier(name)}[{end}]"
        if owner == "CALL" and name == "ISN":
            return f"ISN({end})"
        return f"{owner}_{identifier(name)}"

    def scope(self, end: str) -> Scope:
        """Return the scope of conditions at an end."""
        return Scope(lambda payload: self.variable(payload, end), named=lambda one: self._word(one, end))

    def say(self, expression: Expr, end: str) -> str:
        """Return a condition or value, read at an end."""
        return self.language.say(expression, self.scope(end))

    def _word(self, expression: Expr, end: str) -> str | None:
        """Return the macro that stands for a named expression; None where it is to be written out."""
        owners = {part.payload[0] for part in expression.walk() if part.op == "var"}
        if not owners <= {"TCB", "SEG"}:
            return None
        name, local = self._defined(expression, local="TCB" in owners)
        return f"{name}({end})" if local else name

    def _defined(self, expression: Expr, *, local: bool) -> tuple[str, bool]:
        key = expression.key()
        if key not in self._named:
            text = self.say(expression.args[0], "e")
            name = identifier(expression.payload)
            while name in self.definitions:
                name += "_"
            self.definitions[name] = [f"#define {name}{'(e)' if local else ''} {text}"]
            self._named[key] = (name, local)
        return self._named[key]

    # --- rules ------------------------------------------------------------------------------------------------

    def forgetting(self) -> list[str]:
        """Return what states forget, an inline each."""
        lines: list[str] = []
        for state in sorted(self.facts.forgotten):
            reset = [f"{identifier(name)}[me] = {self.blank(name)}" for name in self.facts.forgets(state)]
            lines += [f"inline forget_{identifier(state)}() {{", *statements(reset or ["skip"]), "}", ""]
        return lines[:-1]

    def blank(self, name: str) -> str:
        """Return the value of a variable when there is no TCB."""
        a, b = (self.language.value(self.model.initial(end, name), self.facts.sorts[name]) for end in (0, 1))
        return a if a == b else f"(me == 0 -> {a} : {b})"

    def rule(self, rule: Rule[Any]) -> list[str]:
        """Return a rule: when it fires, and what it does."""
        name, calls = identifier(rule.id), said_names(self.facts.calls([rule]))
        state = BoolExpr("in", BOOL, (self.facts.state.variable,), rule.state)
        condition = BoolExpr("and", BOOL, (state, *rule.when))
        return [
            f"/* {rule.id}: {rule.title}",
            f"   {rule.cite} */",
            f"#define WHEN_{name}({', '.join(['e', *calls])}) {self.say(condition, 'e')}",
            f"inline {name}({', '.join(calls)}) {{",
            *statements(self._body(rule)),
            "}",
        ]

    def _body(self, rule: Rule[Any]) -> list[str]:
        kept, updates = sequenced(rule)
        lines = [f"old_{identifier(name)} = {identifier(name)}[me]" for name in kept]
        old = Scope(lambda payload: self.variable(payload, "me", old=kept))
        new = Scope(lambda payload: self.variable(payload, "me"), {"before": old.variable})
        lines += [f"{identifier(name)}[me] = {self.language.say(value, old)}" for name, value in updates]
        if rule.goto is not None:
            lines.append(f"{self.facts.state_name}[me] = {member(self.facts.state.sort, rule.goto)}")
        lines += [f"EMIT({self.segment(message.fields, new, 'me')})" for message in rule.send]
        if rule.goto in self.facts.forgotten:
            lines.append(f"forget_{identifier(str(rule.goto))}()")
        lines += ["chose = 1"] * (self.facts.chooses and assigns(rule, "ISS"))
        lines += ["refused = 1"] * refuses(rule)
        lines += [f"fired_{name} = 1" for name in [identifier(rule.id)] if rule.id in self.traced]
        return lines or ["skip"]

    def segment(self, fields: Mapping[str, Expr], scope: Scope, end: str) -> str:
        """Return a segment that an end sends, packed."""
        values = [self.language.say(fields[name], scope) for name in self.model.fields]
        return f"SEGMENT({', '.join([f'2 - {end}', *values])})"

    # --- events -----------------------------------------------------------------------------------------------

    def event(self, event: Event) -> list[str]:
        """Return an event: whether any rule fires, and the chain of rules, at most one a step."""
        calls = said_names(self.facts.calls_of(event))
        rules = self.model.rules_of(event)
        any_fires = [call(f"WHEN_{identifier(r.id)}", ["e", *said_names(self.facts.calls([r]))]) for r in rules]
        steps = self.model.relation.steps_of(event)
        several = len(steps) > 1
        lines = [
            f"/* {event.name} ({event.cite}) */",
            f"#define FIRES_{identifier(event.name)}({', '.join(['e', *calls])}) ({' || '.join(any_fires) or 'false'})",
            f"inline EVENT_{identifier(event.name)}({', '.join(calls)}) {{",
        ]
        for i, step in enumerate(steps):
            lines += [f"  /* {step.name}: {step.title} */"] * several
            done = "  fi fi" if several else "  fi"
            lines += [*self._step(event, i), f"{done};" if i + 1 < len(steps) else done]
        return [*lines, "}"]

    def _step(self, event: Event, position: int) -> list[str]:
        steps = self.model.relation.steps_of(event)
        several = len(steps) > 1
        lines = [f"  if :: at > {position} :: else -> if" if several else "  if"]
        for rule in self.model.relation.rules:
            if steps[position] in rule.steps:
                name, calls = identifier(rule.id), said_names(self.facts.calls([rule]))
                later = position + 1 if rule.flow.step is None else steps.index(rule.flow.step)
                leave = f"; at = {'END_OF_CHAIN' if rule.flow.word == 'return' else later}" if several else ""
                lines.append(f"  :: {call(f'WHEN_{name}', ['me', *calls])} -> {call(name, calls)}{leave}")
        return [*lines, "  :: else"]


def said_names(names: Sequence[str]) -> list[str]:
    """Return the parameters for what comes with an event."""
    return [f"CALL_{identifier(name)}" for name in names]


def in_states(end: str, facts: Facts, states: Sequence[str]) -> str:
    """Return that an end is in one of some states."""
    return among(f"{facts.state_name}[{end}]", facts.state.sort, states)


def call(name: str, arguments: Sequence[str]) -> str:
    """Return a macro or an inline called."""
    return f"{name}({', '.join(arguments)})"


def statements(those: Sequence[str], indent: str = "  ") -> list[str]:
    """Return statements one a line, with what Promela wants between them."""
    return [f"{indent}{one}{';' if i + 1 < len(those) else ''}" for i, one in enumerate(those)]
