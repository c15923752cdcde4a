"""Two endpoints of a world as tables for the kernel, filled from the relation by the concrete reader.

A local state is everything at one end: TCB, ghosts, and what its user and its environment have used up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from checker.concrete import ConcreteReader, Outcome, Values
from checker.explore.kernel import LOCAL, Row, TablesFull
from checker.explore.networks import SLOT
from checker.explore.watch import Watch, formulas_of, needed
from checker.formulas import GhostWriter, Layout, StepView
from spec.environment import UserCall, World
from spec.ghosts import CRASH, GHOSTS, MESSAGE_GHOSTS
from spec.language import Expr, Relation
from spec.language.beside import Property
from spec.vocabulary import (
    CALL_FIELDS,
    OPEN,
    R2_REACHED,
    RETRANSMISSION_TIMEOUT,
    SEGMENT_ARRIVES,
    USER_TIMEOUT,
)

RETRANSMISSIONS, INCARNATIONS = "retransmissions", "incarnations"
"""The bounds of a world that cut rows off."""


class Used(NamedTuple):
    """What one end has used up: its user's calls, ISSs chosen (and the last SND.NXT), faults."""

    calls: tuple[int, ...]
    chosen: int = 0
    last: int = 0
    retransmissions: int = 0
    user_timeouts: int = 0
    crashes: int = 0


class Local(NamedTuple):
    """Everything at one end."""

    tcb: Values
    ghosts: Values
    used: Used


@dataclass(frozen=True)
class Micro:
    """One event within a step: what came with it, what it did, the TCB and ghosts after it."""

    event: str
    call: Values
    outcome: Outcome
    ghosts: Values


@dataclass(frozen=True)
class Record:
    """One row in full: the end, its local states, the segment that arrived (id or None), the events in order."""

    end: int
    before: int
    after: int
    segment: int | None
    events: tuple[Micro, ...]
    sent: tuple[int, ...]
    cut_by: str = ""


class TcpMachine:
    """The tables of one relation in one world, watching some properties."""

    def __init__(self, relation: Relation[Any], world: World, properties: Sequence[Property] = ()) -> None:
        self.relation, self.world = relation, world
        self.readers = tuple(
            ConcreteReader(relation, world.seq_bits, CALL_FIELDS, world.initial_values(end)) for end in (0, 1)
        )
        ghosts = needed(GHOSTS, [*formulas_of(properties), *_message_ghost_formulas()] if properties else [])
        tags = MESSAGE_GHOSTS if properties else {}
        message = {name: i for i, name in enumerate([*relation.message, *tags])}
        call = {name: i for i, name in enumerate(CALL_FIELDS)}
        names = {ghost.name: i for i, ghost in enumerate(ghosts)}
        self.layout = Layout(self.readers[0].index, names, message, call, world.seq_bits)
        self.watch = Watch(properties, self.layout)
        self.writer = GhostWriter(ghosts, self.layout, tags)
        self._unread = _unread_fields(relation, properties, message)
        self._nxt = self.layout.tcb["SND.NXT"]
        self.locals: tuple[list[Local], list[Local]] = ([], [])
        self._ids: tuple[dict[Local, int], dict[Local, int]] = ({}, {})
        self.segments: list[Values] = []
        self.destination: list[int] = []
        self._segment_ids: dict[tuple[int, Values], int] = {}
        self.records: list[Record] = []

    # --- what the kernel asks for ---------------------------------------------------------------------------

    def initial(self) -> tuple[int, int]:
        """Return the local states of both ends before anything happened; a persistent listener listens."""
        a, b = (self._intern(end, self._start(end)) for end in (0, 1))
        return a, b

    def own(self, end: int, local: int) -> tuple[Row, ...]:
        """Return the rows of an end's own events: user calls, queued output, timeouts, a crash."""
        here = self.locals[end][local]
        rows = [self._row(end, local, event, call, None, used) for event, call, used in self._events(end, here)]
        return tuple(row for row in rows if row is not None)

    def arrivals(self, end: int, local: int, segment: int) -> tuple[Row, ...]:
        """Return the row for a segment arriving."""
        here = self.locals[end][local]
        call = self._call(end, here.used, None)
        row = self._row(end, local, SEGMENT_ARRIVES.name, call, segment, here.used)
        return (row if row is not None else self._unhandled(end, local, segment),)

    def joint(self, a: int, b: int) -> int:
        """Return the flags of a pair of local states."""
        one, two = self.locals[0][a], self.locals[1][b]
        return self.watch.state((one.tcb, one.ghosts), (two.tcb, two.ghosts))

    def cost(self, end: int, local: int) -> int:
        """Return how many faults this end has used."""
        used = self.locals[end][local].used
        return used.retransmissions + used.user_timeouts + used.crashes

    # --- events ---------------------------------------------------------------------------------------------

    def _start(self, end: int) -> Local:
        user = self.world.users[end]
        calls = (0,) if user.ordered else tuple(call.times for call in user.calls)
        tcb = self.readers[end].initial
        if user.listens:
            opened = self.readers[end].run(tcb, OPEN.name, None, self._call(end, Used(calls), None))
            tcb = tcb if opened is None else opened.tcb
        return Local(tcb, self.writer.initial, Used(calls))

    def _events(self, end: int, here: Local) -> Iterator[tuple[str, Values, Used]]:
        yield from self._user_calls(end, here)
        faults, used = self.world.faults, here.used
        call = self._call(end, used, None)
        for event in self.relation.events:
            if event.kind not in ("internal", "timeout"):
                continue
            if event == RETRANSMISSION_TIMEOUT.event:
                if faults.retransmissions:  # beyond the budget the row is there, cut off: the state is not terminal
                    yield event.name, call, used._replace(retransmissions=used.retransmissions + 1)
            elif event == USER_TIMEOUT.event:
                if used.user_timeouts < faults.user_timeouts:
                    yield event.name, call, used._replace(user_timeouts=used.user_timeouts + 1)
            elif event != R2_REACHED.event or (faults.r2 and used.retransmissions == faults.retransmissions):
                yield event.name, call, used
        if used.crashes < faults.crashes and here.tcb[0] not in ("CLOSED", "LISTEN"):
            yield CRASH.name, call, used._replace(crashes=used.crashes + 1)

    def _user_calls(self, end: int, here: Local) -> Iterator[tuple[str, Values, Used]]:
        user, used = self.world.users[end], here.used
        for i, wanted in enumerate(user.calls):
            position = used.calls[0] if user.ordered else i
            available = i == position if user.ordered else used.calls[i] > 0
            if available and (not wanted.states or here.tcb[0] in wanted.states):
                left = list(used.calls)
                left[0 if user.ordered else i] += 1 if user.ordered else -1
                yield wanted.step.name, self._call(end, used, wanted), used._replace(calls=tuple(left))

    def _call(self, end: int, used: Used, wanted: UserCall | None) -> Values:
        if wanted is None:
            return (self.world.next_isn(end, used.chosen, used.last), 0, False, True)
        return (self.world.next_isn(end, used.chosen, used.last), wanted.octets, wanted.active, wanted.remote)

    # --- rows -----------------------------------------------------------------------------------------------

    def _run(self, end: int, tcb: Values, event: str, segment: int | None, call: Values) -> Outcome | None:
        if event == CRASH.name:
            return Outcome(event, self.readers[end].initial, ("E-2",), (), (), frozenset())
        fields = None if segment is None else self.segments[segment]
        return self.readers[end].run(tcb, event, fields, call)

    def _row(self, end: int, local: int, event: str, call: Values, segment: int | None, used: Used) -> Row | None:
        here = self.locals[end][local]
        outcome = self._run(end, here.tcb, event, segment, call)
        if outcome is None:
            return None
        if outcome.tcb == here.tcb and outcome.signals and outcome.signals[0].startswith("error:"):
            used = here.used
        if used.retransmissions > self.world.faults.retransmissions:
            return None if self.world.faults.r2 else self._cut(end, local, segment, RETRANSMISSIONS)
        if "ISS" in outcome.assigned:
            if used.chosen == self.world.incarnations[end]:
                return self._cut(end, local, segment, INCARNATIONS)
            used = used._replace(chosen=used.chosen + 1)
        if self.world.isn[end].kind == "next" and here.tcb[0] not in ("CLOSED", "LISTEN"):
            used = used._replace(last=here.tcb[self._nxt] if outcome.tcb[0] in ("CLOSED", "LISTEN") else used.last)
        return self._finish(end, local, used, segment, [(event, call, outcome)])

    def _cut(self, end: int, local: int, segment: int | None, bound: str) -> Row:
        """Return the row of a step that a bound of the world cuts off."""
        return Row(-1, (), self._record(Record(end, local, -1, segment, (), (), bound)), 0)

    def _finish(
        self, end: int, local: int, used: Used, segment: int | None, events: list[tuple[str, Values, Outcome]]
    ) -> Row:
        """Let a persistent listener listen again, write ghosts, raise flags, and file the row."""
        here = self.locals[end][local]
        if self.world.users[end].listens and events[-1][2].tcb[0] == "CLOSED":
            call = self._call(end, used, None)
            reopened = self._run(end, events[-1][2].tcb, OPEN.name, None, call)
            if reopened is not None:
                events.append((OPEN.name, call, reopened))
        tcb, ghosts, flags = here.tcb, here.ghosts, 0
        micros: list[Micro] = []
        sent: list[int] = []
        fields = None if segment is None else self.segments[segment]
        for event, call, outcome in events:
            view = StepView(event, outcome.chain, outcome.assigned, outcome.sent)
            step = (tcb, ghosts, outcome.tcb, fields, call, view)
            new = self.writer.after(step)
            sent += [self._segment(1 - end, self.writer.tag(step, new, values)) for values in outcome.sent]
            flags |= self.watch.step(tcb, ghosts, outcome.tcb, new, fields, call, view)
            tcb, ghosts = outcome.tcb, new
            micros.append(Micro(event, call, outcome, new))
            fields = None
        target = self._intern(end, Local(tcb, ghosts, used))
        label = self._record(Record(end, local, target, segment, tuple(micros), tuple(sent)))
        return Row(target, tuple(sent), label, flags)

    def _unhandled(self, end: int, local: int, segment: int) -> Row:
        """Return a row that changes nothing: the segment passes every step of SEGMENT ARRIVES without a rule."""
        call = self._call(end, self.locals[end][local].used, None)
        outcome = Outcome(SEGMENT_ARRIVES.name, self.locals[end][local].tcb, (), (), (), frozenset())
        return self._finish(end, local, self.locals[end][local].used, segment, [(outcome.event, call, outcome)])

    # --- interning ------------------------------------------------------------------------------------------

    def _intern(self, end: int, local: Local) -> int:
        known = self._ids[end].get(local)
        if known is None:
            if len(self.locals[end]) >> LOCAL:
                raise TablesFull(f"limit of {1 << LOCAL:,} local states of one end")
            known = self._ids[end][local] = len(self.locals[end])
            self.locals[end].append(local)
        return known

    def _segment(self, destination: int, values: Values) -> int:
        values = tuple(0 if i in self._unread else value for i, value in enumerate(values))
        key = (destination, values)
        known = self._segment_ids.get(key)
        if known is None:
            if len(self.segments) + 1 >> SLOT:
                raise TablesFull(f"limit of {(1 << SLOT) - 1:,} different segments")
            known = self._segment_ids[key] = len(self.segments)
            self.segments.append(values)
            self.destination.append(destination)
        return known

    def _record(self, record: Record) -> int:
        self.records.append(record)
        return len(self.records) - 1


def _message_ghost_formulas() -> list[Expr]:
    return list(MESSAGE_GHOSTS.values())


def _unread_fields(relation: Relation[Any], properties: Sequence[Property], message: dict[str, int]) -> set[int]:
    """Return the segment fields that no rule, ghost or property reads: they cannot tell states apart."""
    expressions: list[Expr] = [*formulas_of(properties)]
    for rule in relation.rules:
        expressions += [*rule.when, *(update.value for update in rule.then)]
        expressions += [value for sent in rule.send for value in sent.fields.values()]
    if properties:
        expressions += [f for ghost in GHOSTS for pair in ghost.updates for f in pair]
    read = {
        part.payload[1]
        for expression in expressions
        for part in expression.walk()
        if part.op == "var" and part.payload[0] in ("SEG", "SENT")
    }
    return {i for name, i in message.items() if name not in read}
