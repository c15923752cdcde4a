"""What users see of events, read from spec/observed.py: of the explorer's rows and, on their own, of traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checker.concrete import Outcome, Values
from checker.formulas import Layout, step_view
from spec.language import Relation
from spec.observed import SEEN_CALLS, SEEN_STATES, SIGHTS, call_seen, signal_seen
from spec.trace import EventRecord, Trace
from spec.vocabulary import CALL_FIELDS


class Observer:
    """Tells what the users of one relation see."""

    def __init__(self, relation: Relation[Any], bits: int) -> None:
        tcb, message, call = (
            {name: i for i, name in enumerate(names)}
            for names in ([v.name for v in relation.variables], relation.message, CALL_FIELDS)
        )
        layout = Layout(tcb, {}, message, call, bits)
        self._variables = list(tcb)
        self._rules = {rule.id: (rule.goto, rule.signal) for rule in relation.rules}
        self._given = {s: layout.on_step(sight.given) for s, sight in SIGHTS.items() if sight.given is not None}
        self._times = {s: layout.on_step(sight.times) for s, sight in SIGHTS.items() if sight.times is not None}

    def event(self, end: int, event: str, call: Values, before: Values, outcome: Outcome) -> tuple[str, ...]:
        """Return what is seen of one event, in order; `before` is the TCB that it met."""
        view = step_view(before, (), None, call, outcome)
        returns, told, state = "", [], before[0]
        for rule in outcome.chain:
            goto, signal = self._rules.get(rule, (None, None))
            if goto is not None and goto != state:
                told += [SEEN_STATES[goto]] if goto in SEEN_STATES else []
                state = goto
            if signal in self._times:
                told += [SIGHTS[signal].seen] * self._times[signal](view)
            elif signal is not None and event in SEEN_CALLS:
                returns = signal
            elif signal is not None and (signal not in self._given or self._given[signal](view)):
                told.append(signal)
        words = tuple(signal_seen(end, word) for word in told)
        if event not in SEEN_CALLS:
            return words
        return (call_seen(end, event, dict(zip(CALL_FIELDS, call, strict=True)), returns), *words)

    def trace(self, trace: Trace, *, watched: Sequence[int] = (0, 1), swapped: bool = False) -> tuple[str, ...]:
        """Return what the users of the watched ends see of a whole run; with `swapped` the ends change names."""
        seen: list[str] = []
        for number, step in enumerate(trace.steps):
            before = trace.tcb(step.end, number)
            end = 1 - step.end if swapped else step.end
            for record in step.events[:1]:  # what follows in the same step is a listener that persists
                if end in watched:
                    seen += self._recorded(end, record, tuple(before[name] for name in self._variables))
        return tuple(seen)

    def _recorded(self, end: int, record: EventRecord, before: Values) -> tuple[str, ...]:
        after = tuple(record.tcb[name] for name in self._variables)
        outcome = Outcome(record.event, after, record.chain, (), record.signals, frozenset())
        return self.event(end, record.event, tuple(record.call[name] for name in CALL_FIELDS), before, outcome)
