"""Any relation of two ends as tables for the kernel: no users, no ghosts, no budgets.

A local state is the variables of one end. Every event of the relation that no message causes may happen
whenever a rule for it fires, as often as it likes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checker.concrete import ConcreteReader, Outcome, Values
from checker.explore.graph import Row
from checker.explore.watch import Watch
from checker.formulas import Layout, StateView
from spec.language import Relation, Sort
from spec.language.beside import Property

SEGMENT = "segment"
"""The kind of the events that an arriving message causes."""
Initial = Mapping[str, Any]
"""Initial values by variable name, where they differ from the relation's."""


@dataclass(frozen=True)
class Habits:
    """What surrounds the rules of a model.

    call_fields  what may come with an event, name by name.
    calls        event name -> every tuple of these values that may come with it; not named: nothing comes.
    barred       names of events whose steps are counted but never taken: TLC's action constraint.
    patient      a message for which no rule fires stays in flight; otherwise it is taken in, to no effect.
    """

    call_fields: Mapping[str, Sort] = field(default_factory=dict)
    calls: Mapping[str, tuple[Values, ...]] = field(default_factory=dict)
    barred: Collection[str] = ()
    patient: bool = False


class PlainMachine:
    """The tables of one relation, the same rules at both ends.

    An arriving message is offered to every event of kind "segment": each for which a rule fires is one way
    to take it. `initial` may give an end constants that no rule assigns, such as its role. `properties` are
    about states only.
    """

    def __init__(
        self,
        relation: Relation[Any],
        bits: int,
        initial: tuple[Initial, Initial],
        *,
        properties: Sequence[Property] = (),
        habits: Habits = Habits(),
    ) -> None:
        self.relation, self.habits = relation, habits
        self.readers = tuple(ConcreteReader(relation, bits, habits.call_fields, values) for values in initial)
        message, call = ({name: i for i, name in enumerate(names)} for names in (relation.message, habits.call_fields))
        self.watch = Watch(properties, Layout(self.readers[0].index, {}, message, call, bits))
        self.locals: tuple[list[Values], list[Values]] = ([], [])
        self._ids: tuple[dict[Values, int], dict[Values, int]] = ({}, {})
        self.segments: list[Values] = []
        self.destination: list[int] = []
        self._segment_ids: dict[tuple[int, Values], int] = {}
        self.outcomes: list[Outcome] = []
        self._arriving = [event.name for event in relation.events if event.kind == SEGMENT]
        self._own = [event.name for event in relation.events if event.kind != SEGMENT]

    def initial(self) -> tuple[int, int]:
        """Return the local states of both ends before anything happened."""
        return self._intern(0, self.readers[0].initial), self._intern(1, self.readers[1].initial)

    def start(self, first: Initial, second: Initial, *segments: int) -> tuple[int, int, tuple[int, ...]]:
        """Return the initial state in which the ends have these values, with these segments in flight."""
        a, b = (
            self._intern(end, tuple(values.get(name, reader.initial[i]) for name, i in reader.index.items()))
            for end, (reader, values) in enumerate(zip(self.readers, (first, second), strict=True))
        )
        return a, b, segments

    def segment(self, destination: int, values: Values) -> int:
        """Return the id of a message on its way to an end, its fields in the relation's order."""
        key = (destination, values)
        known = self._segment_ids.get(key)
        if known is None:
            known = self._segment_ids[key] = len(self.segments)
            self.segments.append(values)
            self.destination.append(destination)
        return known

    def own(self, end: int, local: int) -> tuple[Row, ...]:
        """Return a row for every event, and everything that may come with it, for which a rule fires."""
        tcb = self.locals[end][local]
        outcomes = [
            self.readers[end].run(tcb, name, None, call)
            for name in self._own
            for call in self.habits.calls.get(name, ((),))
        ]
        return tuple(self._row(end, outcome) for outcome in outcomes if outcome is not None)

    def arrivals(self, end: int, local: int, segment: int) -> tuple[Row, ...]:
        """Return a row for every way in which a message may be taken."""
        tcb, fields = self.locals[end][local], self.segments[segment]
        outcomes = [self.readers[end].run(tcb, name, fields) for name in self._arriving]
        rows = tuple(self._row(end, outcome) for outcome in outcomes if outcome is not None)
        if rows or self.habits.patient:
            return rows
        return (self._row(end, Outcome(self._arriving[0], tcb, (), (), (), frozenset())),)

    def joint(self, a: int, b: int) -> int:
        """Return the flags of a pair of local states."""
        one, two = self.locals[0][a], self.locals[1][b]
        return self.watch.pair(StateView(one, (), two, ()), StateView(two, (), one, ()))

    def cost(self, end: int, local: int) -> int:  # noqa: ARG002  # the kernel's protocol
        """Return 0: there are no budgets to use up."""
        return 0

    def _row(self, end: int, outcome: Outcome) -> Row:
        self.outcomes.append(outcome)
        label = len(self.outcomes) - 1
        if outcome.event in self.habits.barred:
            return Row(-1, (), label, 0)
        sent = tuple(self.segment(1 - end, values) for values in outcome.sent)
        return Row(self._intern(end, outcome.tcb), sent, label, 0)

    def _intern(self, end: int, tcb: Values) -> int:
        known = self._ids[end].get(tcb)
        if known is None:
            known = self._ids[end][tcb] = len(self.locals[end])
            self.locals[end].append(tcb)
        return known
