"""The concrete reader unrolled: a Python function for each event and all that is discrete about it. A test compares.

State, origin, flags and control bits are known when a function is written, so that of the rules only arithmetic is
left. It is written when it is first needed, from the same translation of expressions (checker/concrete.py): there is
no second evaluator of the language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from checker.concrete import ConcreteReader, Scope, source
from checker.conform.folding import folded
from spec.language import Expr, Relation, Rule, SpecError, Step

Values = tuple[Any, ...]
Done = tuple[Values, tuple[str, ...], tuple[Values, ...], tuple[str, ...]]
"""What one event did: the new TCB, the rules that fired, what was sent and signalled."""
_Function = Callable[[Values, Values | None, Values], Done | None]
_Known = dict[tuple[str, str], Any]
_UNKNOWN = object()


def _getter(places: list[int]) -> Callable[[Values], Any]:
    return itemgetter(*places)


class Unrolled:
    """Runs events of a relation on concrete TCBs, as ConcreteReader does, but does not look for overlapping rules.

    bits         the width of sequence numbers.
    call_fields  what comes with an event, in order; `initial` overrides initial values by variable name.
    patience     how often the concrete reader is asked before a function is written, which takes some ms.

    discrete_places   where in a TCB stands what of_tcb takes out of it.
    functions    those that are written, by the event and what is discrete of the TCB (of_tcb), segment and call.
    """

    def __init__(
        self,
        relation: Relation[Any],
        bits: int,
        call_fields: Mapping[str, Any],
        initial: Mapping[str, Any] | None = None,
        patience: int = 400,
    ) -> None:
        self.relation, self.bits, self.patience = relation, bits, patience
        self.initial: Values = tuple((initial or {}).get(v.name, v.initial) for v in relation.variables)
        self.index = {variable.name: i for i, variable in enumerate(relation.variables)}
        sorts: dict[str, Mapping[str, Any]] = {
            "TCB": {variable.name: variable.sort for variable in relation.variables},
            "SEG": relation.message,
            "CALL": call_fields,
        }
        self.fields = {owner: {name: i for i, name in enumerate(fields)} for owner, fields in sorts.items()}
        self._discrete = {
            owner: [name for name, sort in fields.items() if sort.members or sort.name == "bool"]
            for owner, fields in sorts.items()
        }
        self.discrete_places = tuple(self.fields["TCB"][name] for name in self._discrete["TCB"])
        self._names = {owner: frozenset(names) for owner, names in self._discrete.items()}
        picks = {
            owner: _getter([self.fields[owner][name] for name in names]) for owner, names in self._discrete.items()
        }
        self.of_tcb, self._of_segment, self._of_call = picks["TCB"], picks["SEG"], picks["CALL"]
        self.scope = Scope({"TCB": "t", "SEG": "s", "CALL": "c"}, self.fields, {})
        self._new = Scope({"TCB": "u", "SEG": "s", "CALL": "c"}, self.fields, {"before": {"TCB": "t"}})
        self._steps = {event.name: relation.steps_of(event) for event in relation.events}
        self._rules: dict[str, list[dict[str, list[Rule[Any]]]]] = {
            name: [self._by_state(step) for step in steps] for name, steps in self._steps.items()
        }
        self.functions: dict[Any, _Function] = {}
        self._asked: Counter[Any] = Counter()
        self._reads: dict[int, tuple[tuple[str, str], ...]] = {}
        self._folds: dict[Any, tuple[Expr, Expr]] = {}
        self._texts: dict[Any, str] = {}
        self._plain = ConcreteReader(relation, bits, call_fields, initial)

    def _by_state(self, step: Step) -> dict[str, list[Rule[Any]]]:
        rules = [rule for rule in self.relation.rules if step in rule.steps]
        return {state: [rule for rule in rules if state in rule.state] for state in self.relation.states}

    def run(self, tcb: Values, event: str, segment: Values | None, call: Values) -> Done | None:
        """Return what `event` does, or None when no rule fires."""
        bits = self._of_segment(segment) if segment is not None else None
        key = (event, self.of_tcb(tcb), bits, self._of_call(call))
        function = self.functions.get(key)
        if function is not None:
            return function(tcb, segment, call)
        self._asked[key] += 1
        if self._asked[key] >= self.patience:
            self.functions[key] = self._written(*key)
        outcome = self._plain.run(tcb, event, segment, call)
        return None if outcome is None else (outcome.tcb, outcome.chain, outcome.sent, outcome.signals)

    def _written(self, event: str, tcb: Values, bits: Values | None, call: Values) -> _Function:
        """Return the function for an event with these discrete values."""
        space = {"M": (1 << self.bits) - 1, "H": 1 << (self.bits - 1)}
        exec(self.written(event, tcb, bits, call), space)  # noqa: S102  # our own text
        function: _Function = space["f"]  # type: ignore[assignment]  # exec has put it there
        return function

    def written(self, event: str, tcb: Values, bits: Values | None, call: Values) -> str:
        """Return the text of the function for an event with these discrete values."""
        known: _Known = {("TCB", name): value for name, value in zip(self._discrete["TCB"], tcb, strict=True)}
        known |= {("CALL", name): value for name, value in zip(self._discrete["CALL"], call, strict=True)}
        lines = ["def f(t, s, c):", f"    {', '.join(f't{i}' for i in range(len(self.initial)))}, = t"]
        if bits is not None:
            known |= {("SEG", name): value for name, value in zip(self._discrete["SEG"], bits, strict=True)}
            lines.append(f"    {', '.join(f's{i}' for i in range(len(self.fields['SEG'])))}, = s")
        lines += _Writer(self, self._steps[event], self._rules[event]).block(0, known, (), (), (), "    ")
        return "\n".join(lines)

    def folded(self, expression: Expr, known: _Known, old: _Known | None = None) -> Expr:
        """Return an expression with the known variables put in, as folding.folded does; each is worked out once."""
        reads = self._reads.get(id(expression))
        if reads is None:
            names = {part.payload for part in expression.walk() if part.op == "var"}
            reads = self._reads[id(expression)] = tuple(
                name for name in sorted(names) if name[1] in self._names[name[0]]
            )
        values = [known.get(name, _UNKNOWN) for name in reads]
        key = (id(expression), *values, *([] if old is None else [old.get(name, _UNKNOWN) for name in reads]))
        if key not in self._folds:
            self._folds[key] = expression, folded(expression, known, old)  # kept, so that its id stays its own
        return self._folds[key][1]

    def text(
        self, expression: Expr, known: _Known, updated: frozenset[int] | None = None, old: _Known | None = None
    ) -> str:
        """Return Python source for an expression; with `updated`, as it reads after these variables were assigned."""
        put_in = self.folded(expression, known, old)
        key = id(put_in), updated
        if key not in self._texts:
            written = source(put_in, self.scope if updated is None else self._new)
            written = re.sub(r"\b([tsc])\[(\d+)\]", lambda m: m[0] if m[1] == "c" else f"{m[1]}{m[2]}", written)
            self._texts[key] = re.sub(
                r"\bu\[(\d+)\]", lambda m: f"{'n' if int(m[1]) in (updated or ()) else 't'}{m[1]}", written
            )
        return self._texts[key]

    def place(self, name: str) -> int:
        """Return where a TCB variable stands."""
        return self.index[name]

    def discrete(self, name: str) -> bool:
        """Return whether a TCB variable is known when a function is written."""
        return name in self._discrete["TCB"]


class _Writer:
    """Writes the steps of one event as nested blocks; every block that a rule opens returns."""

    def __init__(self, reader: Unrolled, steps: tuple[Step, ...], rules: list[dict[str, list[Rule[Any]]]]) -> None:
        self.reader, self.steps, self.rules = reader, steps, rules
        self.names = [step.name for step in steps]

    def block(
        self,
        start: int,
        known: _Known,
        chain: tuple[str, ...],
        sent: tuple[str, ...],
        signals: tuple[str, ...],
        tab: str,
    ) -> list[str]:
        """Return the lines for the steps from `start` on, after the rules of a chain have fired."""
        lines: list[str] = []
        state = known["TCB", self.reader.relation.state.name]
        for at in range(start, len(self.steps)):
            rules = [(rule, guard) for rule in self.rules[at][state] if (guard := self._guard(rule, known)) is not None]
            shared = self._shared([guard for _, guard in rules], f"g{len(tab)}_{at}_")
            lines += [f"{tab}{name} = {text}" for text, name in shared.items()]
            for rule, guard in rules:
                condition = " and ".join(_shortened(text, shared) for text in guard)
                inner = self._fired(rule, at, known, (chain, sent, signals), tab + "    " if condition else tab)
                lines += [f"{tab}if {condition}:", *inner] if condition else inner
                if not condition:
                    return lines
        return [*lines, self._return(known, chain, sent, signals, tab)]

    def _guard(self, rule: Rule[Any], known: _Known) -> list[str] | None:
        """Return the conditions that are left of a rule, or None if it cannot fire."""
        conditions = [self.reader.folded(when, known) for when in rule.when]
        if any(each.op == "const" and not each.payload for each in conditions):
            return None
        return [self.reader.text(each, known) for each in conditions if each.op != "const"]

    @staticmethod
    def _shared(guards: list[list[str]], prefix: str) -> dict[str, str]:
        """Return names for the conditions that several rules of a step begin with, so that each is evaluated once."""
        leading = Counter(_bare(text) for guard in guards for text in guard[:2])
        return {text: f"{prefix}{i}" for i, (text, times) in enumerate(leading.items()) if times > 1}

    def _fired(
        self, rule: Rule[Any], at: int, known: _Known, so_far: tuple[tuple[str, ...], ...], tab: str
    ) -> list[str]:
        """Return the lines for what a rule does and what follows it."""
        reader, after, lines = self.reader, dict(known), []
        new: dict[int, str] = {}
        for update in rule.then:
            name = update.variable.payload[1]
            value = reader.folded(update.value, known)
            if reader.discrete(name):
                if value.op != "const":
                    raise SpecError(
                        f"rule {rule.id}: {name} must become a constant, as what is discrete is known beforehand."
                    )
                after["TCB", name] = value.payload
            else:
                new[reader.place(name)] = reader.text(value, known)
        lines += [f"{tab}n{i} = {text}" for i, text in new.items()]
        if rule.goto is not None:
            after["TCB", reader.relation.state.name] = rule.goto
        updated = frozenset(new)
        sent = tuple(
            "(" + "".join(f"{reader.text(value, after, updated, known)}, " for value in message.fields.values()) + ")"
            for message in rule.send
        )
        lines += [f"{tab}m{len(so_far[1]) + i} = {text}" for i, text in enumerate(sent)]
        lines += [f"{tab}t{i} = n{i}" for i in new]
        lines += self._forgotten(rule, after, tab)
        chain, names = (*so_far[0], rule.id), (*so_far[1], *(f"m{len(so_far[1]) + i}" for i in range(len(sent))))
        signals = (*so_far[2], rule.signal) if rule.signal is not None else so_far[2]
        return lines + self.block(self._following(rule, at), after, chain, names, signals, tab)

    def _forgotten(self, rule: Rule[Any], after: _Known, tab: str) -> list[str]:
        """Return the lines for what the state entered forgets; `after` learns the discrete part."""
        lines = []
        for name in () if rule.goto is None else self.reader.relation.forget.get(rule.goto, ()):
            place = self.reader.place(name)
            if self.reader.discrete(name):
                after["TCB", name] = self.reader.initial[place]
            else:
                lines.append(f"{tab}t{place} = {self.reader.initial[place]!r}")
        return lines

    def _following(self, rule: Rule[Any], at: int) -> int:
        if rule.flow.step is not None:
            return self.names.index(rule.flow.step.name)
        return at + 1 if rule.flow.word == "continue" else len(self.steps)

    def _return(
        self, known: _Known, chain: tuple[str, ...], sent: tuple[str, ...], signals: tuple[str, ...], tab: str
    ) -> str:
        if not chain:
            return f"{tab}return None"
        values = [
            repr(known["TCB", name]) if self.reader.discrete(name) else f"t{i}" for name, i in self.reader.index.items()
        ]
        return f"{tab}return ({', '.join(values)},), {chain!r}, ({''.join(f'{each}, ' for each in sent)}), {signals!r}"


def _bare(text: str) -> str:
    """Return a condition without the negation around it."""
    return text[5:-1] if text.startswith("(not ") else text


def _shortened(text: str, shared: Mapping[str, str]) -> str:
    bare = _bare(text)
    if bare not in shared:
        return text
    return shared[bare] if bare == text else f"not {shared[bare]}"
