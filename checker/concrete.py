"""The concrete reader: the relation on Python integers, at any width, 32 bits included.

Each expression becomes Python source once and is compiled; there is no other evaluator of concrete values.
Records are tuples: a TCB in the relation's order of variables, a segment in the order of its message fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from spec.language import Event, Expr, Relation, Rule

Values = tuple[Any, ...]


class RulesOverlap(Exception):
    """Two rules of one step fire on the same TCB and segment: the relation is not deterministic there."""


@dataclass(frozen=True)
class Scope:
    """Where the variables of each owner stand: owner -> (Python name, field -> index); `shift` renames them."""

    names: Mapping[str, str]
    fields: Mapping[str, Mapping[str, int]]
    shift: Mapping[str, Mapping[str, str]]

    def moved(self, word: str) -> Scope:
        """Return the scope inside before(...), after(...) or peer(...)."""
        return Scope({**self.names, **self.shift[word]}, self.fields, self.shift)


_PLAIN = {
    "eq": "({0} == {1})", "seq_lt": "(0 < (({1} - {0}) & M) <= H)", "seq_leq": "((({1} - {0}) & M) <= H)",
    "seq_add": "(({0} + {1}) & M)", "seq_sub": "(({0} - {1}) & M)", "distance": "(({0} - {1}) & M)",
    "nat_lt": "({0} < {1})", "nat_leq": "({0} <= {1})", "nat_add": "(({0} + {1}) & M)",
    "nat_sub": "(({0} - {1}) & M)", "nat_min": "min({0}, {1})", "count": "(1 if {0} else 0)", "not": "(not {0})",
    "named": "{0}", "choose": "({1} if {0} else {2})", "pairs_has": "(({1}, {2}) in {0})",
    "pairs_add": "add_run({0}, {1}, {2}, 1)",
    "pairs_add_run": "add_run({0}, {1}, {2}, {3})", "pairs_meets_run": "meets_run({0}, {1}, {2}, {3})",
    "pairs_other_first": "any(y == {2} and x != {1} for x, y in {0})", "arrived": "(v.segment is not None)",
    "some_sent": "any({0} for o in v.sent)", "every_sent": "all({0} for o in v.sent)",
    "sent_count": "len(v.sent)", "in_flight": "any({0} for o in v.flying)",
}  # fmt: skip


def add_run(pairs: Values, first: int, second: int, length: int) -> Values:
    """Return the sorted set with (first, second), (first, second + 1), .. `length` of them."""
    return tuple(sorted({*pairs, *((first, second + i) for i in range(length))}))


def meets_run(pairs: Values, first: int, second: int, length: int) -> bool:
    """Return whether one of (first, second), (first, second + 1), .. is in the set."""
    return any((first, second + i) in pairs for i in range(length))


def source(expression: Expr, scope: Scope) -> str:
    """Return Python source for the expression; M and H stand for the width's mask and half."""
    op, payload = expression.op, expression.payload
    if op in scope.shift:
        return source(expression.args[0], scope.moved(op))
    if op == "var":
        owner, name = payload
        return f"{scope.names[owner]}[{scope.fields[owner][name]}]"
    if op == "const":
        return f"({payload!r} & M)" if expression.sort.name == "seq" else repr(payload)
    args = [source(argument, scope) for argument in expression.args]
    if op in ("and", "or"):
        return f"({f' {op} '.join(args)})" if args else str(op == "and")
    if op == "in":
        return f"({args[0]} in {payload!r})"
    if op in ("event", "fired", "assigned"):
        return _of_step(op, payload)
    return _PLAIN[op].format(*args)


def _of_step(op: str, payload: Any) -> str:
    if op == "event":
        return f"(v.event in {payload!r})"
    if op == "fired":
        return f"any(rule in {payload!r} for rule in v.chain)"
    return f"({payload!r} in v.assigned)"


@cache
def compiled(parameters: str, text: str, bits: int) -> Callable[..., Any]:
    """Return the function of `parameters` with this Python expression as its value, at a width of `bits`."""
    space = {"M": (1 << bits) - 1, "H": 1 << (bits - 1), "add_run": add_run, "meets_run": meets_run}
    function: Callable[..., Any] = eval(f"lambda {parameters}: {text}", space)  # noqa: S307  # our own text
    return function


@dataclass(frozen=True)
class Outcome:
    """What one event did to one endpoint: the new TCB, the rules that fired, what was sent and signalled."""

    event: str
    tcb: Values
    chain: tuple[str, ...]
    sent: tuple[Values, ...]
    signals: tuple[str, ...]
    assigned: frozenset[str]


@dataclass(frozen=True)
class _Compiled:
    id: str
    guard: Callable[[Values, Values | None, Values], bool]
    update: Callable[[Values, Values | None, Values], Values]
    send: Callable[[Values, Values, Values | None, Values], tuple[Values, ...]]
    forgets: tuple[tuple[int, Any], ...]
    signals: tuple[str, ...]
    assigned: frozenset[str]
    jump: int | None


class ConcreteReader:
    """Runs events of a relation on concrete TCBs.

    `bits` is the width of sequence numbers (1 to 64); `call_fields` names what comes with an event, in order;
    `initial` overrides initial values by variable name, for example {"RCV.WND": 8}.
    """

    def __init__(
        self,
        relation: Relation[Any],
        bits: int,
        call_fields: Mapping[str, Any],
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        self.relation = relation
        self.bits = bits
        self.initial: Values = tuple((initial or {}).get(v.name, v.initial) for v in relation.variables)
        self.index = {variable.name: i for i, variable in enumerate(relation.variables)}
        fields = {
            "TCB": self.index,
            "SEG": {name: i for i, name in enumerate(relation.message)},
            "CALL": {name: i for i, name in enumerate(call_fields)},
        }
        self._old = Scope({"TCB": "t", "SEG": "s", "CALL": "c"}, fields, {})
        self._new = Scope({"TCB": "u", "SEG": "s", "CALL": "c"}, fields, {"before": {"TCB": "t"}})
        self._steps: dict[str, list[dict[str, list[_Compiled]]]] = {
            event.name: self._event(event) for event in relation.events
        }

    def _event(self, event: Event) -> list[dict[str, list[_Compiled]]]:
        steps = self.relation.steps_of(event)
        table: list[dict[str, list[_Compiled]]] = []
        for step in steps:
            by_state: dict[str, list[_Compiled]] = {}
            for rule in self.relation.rules:
                if step in rule.steps:
                    ready = self._rule(rule, {later.name: i for i, later in enumerate(steps)})
                    for state in rule.state:
                        by_state.setdefault(state, []).append(ready)
            table.append(by_state)
        return table

    def _rule(self, rule: Rule[Any], positions: Mapping[str, int]) -> _Compiled:
        values = [f"t[{i}]" for i in range(len(self.initial))]
        if rule.goto is not None:
            values[0] = repr(rule.goto)
        for update in rule.then:
            values[self.index[update.variable.payload[1]]] = source(update.value, self._old)
        sends = [
            "(" + "".join(f"{source(value, self._new)}, " for value in message.fields.values()) + ")"
            for message in rule.send
        ]
        forgets = () if rule.goto is None else self.relation.forget.get(rule.goto, ())
        jumps = {"return": None, "continue": -1}
        return _Compiled(
            rule.id,
            compiled("t, s, c", " and ".join(source(w, self._old) for w in rule.when) or "True", self.bits),
            compiled("t, s, c", "(" + "".join(f"{value}, " for value in values) + ")", self.bits),
            compiled("t, u, s, c", "(" + "".join(f"{send}, " for send in sends) + ")", self.bits),
            tuple((self.index[name], self.initial[self.index[name]]) for name in forgets),
            () if rule.signal is None else (rule.signal,),
            frozenset(update.variable.payload[1] for update in rule.then),
            jumps[rule.flow.word] if rule.flow.step is None else positions[rule.flow.step.name],
        )

    def run(self, tcb: Values, event: str, segment: Values | None = None, call: Values = ()) -> Outcome | None:
        """Return what `event` does, or None when no rule fires. Raise RulesOverlap when two rules of a step do."""
        steps = self._steps[event]
        chain: list[str] = []
        sent: tuple[Values, ...] = ()
        signals: tuple[str, ...] = ()
        assigned: frozenset[str] = frozenset()
        position: int | None = 0
        while position is not None and position < len(steps):
            rule = self._pick(steps[position].get(tcb[0], ()), tcb, segment, call)
            if rule is None:
                position += 1
                continue
            new = rule.update(tcb, segment, call)
            sent += rule.send(tcb, new, segment, call)
            tcb = _forget(new, rule.forgets)
            chain.append(rule.id)
            signals += rule.signals
            assigned |= rule.assigned
            position = position + 1 if rule.jump == -1 else rule.jump
        return Outcome(event, tcb, tuple(chain), sent, signals, assigned) if chain else None

    def _pick(self, rules: Any, tcb: Values, segment: Values | None, call: Values) -> _Compiled | None:
        picked: _Compiled | None = None
        for rule in rules:
            if rule.guard(tcb, segment, call):
                if picked is not None:
                    raise RulesOverlap(f"rules {picked.id} and {rule.id} both fire on TCB {tcb}, segment {segment}.")
                picked = rule
        return picked


def _forget(tcb: Values, forgets: tuple[tuple[int, Any], ...]) -> Values:
    if not forgets:
        return tcb
    cleared = list(tcb)
    for index, value in forgets:
        cleared[index] = value
    return tuple(cleared)
