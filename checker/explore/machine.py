"""Two endpoints of a world as tables for the kernel, filled from the relation by the concrete reader.

A local state is everything at one end: TCB, ghosts, and what its user and its environment have used up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from checker.concrete import ConcreteReader, Outcome, Values
from checker.explore.choices import RETRANSMISSIONS, Choices, Used
from checker.explore.clock import Clock
from checker.explore.dead import live
from checker.explore.graph import LOCAL, Row
from checker.explore.kernel import TablesFull
from checker.explore.networks import SLOT
from checker.explore.twins import alike, numbered_alike
from checker.explore.watch import Watch, formulas_of, needed
from checker.formulas import GhostWriter, Layout, StateView, step_view
from spec.attackers import FORGED, NOBODY
from spec.environment import World
from spec.ghosts import CRASH, GHOSTS, MESSAGE_GHOSTS
from spec.language import Expr, Relation
from spec.language.beside import Property
from spec.time_wait import REARMS, STARTS
from spec.vocabulary import CALL_FIELDS, OPEN, OTHER, RETRANSMISSION_TIMEOUT, SEGMENT_ARRIVES, SND


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
    """One row in full: the end, its local states, the segment that arrived (id or None), the events in order.

    `forged` says that an attacker sent the segment in this very step. `event` names the first event, also of a row
    that a bound cut off.
    """

    end: int
    before: int
    after: int
    segment: int | None
    event: str
    events: tuple[Micro, ...]
    sent: tuple[int, ...]
    cut_by: str = ""
    forged: bool = False


class TcpMachine:
    """The tables of one relation in one world, watching some properties.

    reset_dead   see dead.py; swap: see twins.py. `asked` is the world that was given: with twins, `world` differs from
                 it by the numbers that ends choose.
    """

    def __init__(
        self,
        relation: Relation[Any],
        world: World,
        properties: Sequence[Property] = (),
        *,
        reset_dead: bool = False,
        swap: bool = False,
    ) -> None:
        self.twins = swap and alike(world)
        self.asked, world = world, numbered_alike(world) if self.twins else world
        self.relation, self.world, self.properties = relation, world, properties
        self.choices = Choices(relation, world)
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
        self._tags = tuple(NOBODY if name == "INC" else 0 for name in tags)
        self._idle = {event.name for event in relation.events if event.kind == "idle"}
        self.clock = Clock(world, self.layout)
        self._unread = _unread_fields(relation, properties, message)
        self._nxt = self.layout.tcb["SND.NXT"]
        self.locals: tuple[list[Local], list[Local]] = ([], [])
        self._ids: tuple[dict[Local, int], dict[Local, int]] = ({}, {})
        if self.twins:
            self.locals, self._ids = (self.locals[0],) * 2, (self._ids[0],) * 2
        self.segments: list[Values] = []
        self.destination: list[int] = []
        self.alike: list[int] = []
        self._first_alike: dict[tuple[int, Values], int] = {}
        self._segment_ids: dict[tuple[int, Values], int] = {}
        self.records: list[Record] = []
        self._dead: dict[str, tuple[int, ...]] = self._dead_variables() if reset_dead else {}

    def _dead_variables(self) -> dict[str, tuple[int, ...]]:
        """Return, for each state, which variables of a TCB nothing reads any more."""
        beside: list[Expr] = [*formulas_of(self.properties), STARTS, *REARMS.values(), *_message_ghost_formulas()]
        beside += [formula for ghost in GHOSTS for pair in ghost.updates for formula in pair] if self.properties else []
        if self.world.attacker is not None:
            beside += [value for message in FORGED[self.world.attacker.kind] for value in message.fields.values()]
        if any(policy.kind == "next" for policy in self.world.isn):
            beside.append(SND.NXT)
        return {
            state: tuple(i for name, i in self.layout.tcb.items() if name not in names)
            for state, names in live(self.relation, beside).items()
        }

    @property
    def reduces(self) -> bool:
        """Whether there are fewer states than the world has: dead variables reset, or mirror images taken for one."""
        return self.twins or any(self._dead.values())

    @property
    def method(self) -> str:
        """How there are fewer states, in words."""
        dead = ["dead variables reset"] if any(self._dead.values()) else []
        return " and ".join([*dead, *(["a state taken for its mirror image, too"] if self.twins else [])])

    def image(self, local: Local) -> Local:
        """Return a local state with its dead variables reset, if this machine resets any."""
        dead = self._dead.get(local.tcb[0], ())
        if not dead:
            return local
        tcb, initial = list(local.tcb), self.readers[0].initial
        for i in dead:
            tcb[i] = initial[i]
        return local._replace(tcb=tuple(tcb))

    # --- what the kernel asks for ---------------------------------------------------------------------------

    def initial(self) -> tuple[int, int]:
        """Return the local states of both ends before anything happened; a persistent listener listens."""
        a, b = (self._intern(end, self._start(end)) for end in (0, 1))
        return a, b

    def own(self, end: int, local: int) -> tuple[Row, ...]:
        """Return the rows of an end's own events: user calls, queued output, timeouts, a crash."""
        here = self.locals[end][local]
        choices = self.choices.own(end, here.tcb[0], here.used)
        rows = [self._row(end, local, event, call, None, used) for event, call, used in choices]
        return tuple(row for row in rows if row is not None) + self._forged(end, local)

    def _forged(self, end: int, local: int) -> tuple[Row, ...]:
        """Return the rows for each segment that an attacker can forge in this TCB, arriving at once."""
        here = self.locals[end][local]
        attacker = self.world.attacker
        if attacker is None or here.tcb[0] not in OTHER or not self.choices.may_forge(end, here.used):
            return ()
        call, used, rows = self.choices.call(end, here.used), self.choices.forged(here.used), []
        for message in FORGED[attacker.kind]:
            fields = tuple(self.layout.from_tcb(value)(here.tcb) for value in message.fields.values())
            segment = self._segment(end, (*fields, *(0,) * (len(self.relation.message) - len(fields)), *self._tags))
            row = self._row(end, local, SEGMENT_ARRIVES.name, call, segment, used) or self._unhandled(
                end, local, segment, used
            )
            self.records[row.label] = replace(self.records[row.label], forged=True)
            rows.append(row)
        return tuple(rows)

    def tick(self, end: int, local: int) -> int:
        """Return the local state a tick later, or -1 when something must happen before that."""
        here = self.locals[end][local]
        used = self.choices.tick(here.tcb[0], here.used)
        return -1 if used is None else self._intern(end, here._replace(used=used))

    def look(self, a: int, b: int, flying: tuple[int, ...]) -> int:
        """Return the flags of a state that depend on the segments in flight."""
        one, two = self.locals[0][a], self.locals[1][b]
        here, there = (one.tcb, one.ghosts), (two.tcb, two.ghosts)
        segments = tuple(self.segments[segment] for segment in flying)
        return self.watch.network(StateView(*here, *there, segments)) | self.watch.network(
            StateView(*there, *here, segments)
        )

    def arrivals(self, end: int, local: int, segment: int) -> tuple[Row, ...]:
        """Return the row for a segment arriving; none while the end is silent after a crash."""
        here = self.locals[end][local]
        if here.used.quiet:
            return ()
        call = self.choices.call(end, here.used)
        row = self._row(end, local, SEGMENT_ARRIVES.name, call, segment, here.used)
        return (row if row is not None else self._unhandled(end, local, segment, here.used),)

    def joint(self, a: int, b: int) -> int:
        """Return the flags of a pair of local states."""
        one, two = self.locals[0][a], self.locals[1][b]
        here, there = (one.tcb, one.ghosts), (two.tcb, two.ghosts)
        return self.watch.pair(StateView(*here, *there), StateView(*there, *here))

    def cost(self, end: int, local: int) -> int:
        """Return how many faults this end has used."""
        return self.locals[end][local].used.faults

    def _start(self, end: int) -> Local:
        used, tcb = self.choices.unused(end), self.readers[end].initial
        if self.world.users[end].listens:
            opened = self.readers[end].run(tcb, OPEN.name, None, self.choices.call(end, used))
            tcb = tcb if opened is None else opened.tcb
        return Local(tcb, self.writer.initial, used)

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
        bound = self.choices.cut_by(end, used, outcome)
        if bound == RETRANSMISSIONS and self.world.faults.r2:
            return None  # R2 takes over
        if bound:
            return self._cut(end, local, segment, event, bound)
        used = self.choices.after(end, here.used, used, here.tcb, outcome, here.tcb[self._nxt])
        return self._finish(end, local, used, segment, [(event, call, outcome)])

    def _cut(self, end: int, local: int, segment: int | None, event: str, bound: str) -> Row:
        """Return the row of a step that a bound of the world cuts off."""
        return Row(-1, (), self._record(Record(end, local, -1, segment, event, (), (), bound)), 0)

    def _finish(
        self, end: int, local: int, used: Used, segment: int | None, events: list[tuple[str, Values, Outcome]]
    ) -> Row:
        """Let a persistent listener listen again, write ghosts, raise flags, and file the row."""
        here = self.locals[end][local]
        if self.world.reopens(end, events[-1][2].tcb[0]):
            call = self.choices.call(end, used)
            reopened = self._run(end, events[-1][2].tcb, OPEN.name, None, call)
            if reopened is not None:
                events.append((OPEN.name, call, reopened))
        tcb, ghosts, flags = here.tcb, here.ghosts, 0
        micros: list[Micro] = []
        sent: list[int] = []
        fields = None if segment is None else self.segments[segment]
        for event, call, outcome in events:
            view = self.writer.written(step_view(tcb, ghosts, fields, call, outcome))
            sent += [self._segment(1 - end, self.writer.tag(view, values)) for values in outcome.sent]
            flags |= self.watch.step(view)
            used = self.clock.after(view, used)
            tcb, ghosts = view.new_tcb, view.new_ghosts
            micros.append(Micro(event, call, outcome, ghosts))
            fields = None
        target = self._intern(end, Local(tcb, ghosts, used))
        event = micros[0].event
        label = self._record(Record(end, local, target, segment, event, tuple(micros), tuple(sent)))
        once = event in self._idle or (
            event == RETRANSMISSION_TIMEOUT.name and self.world.faults.retransmissions is None
        )
        return Row(target, tuple(sent), label, flags, once)

    def _unhandled(self, end: int, local: int, segment: int, used: Used) -> Row:
        """Return a row that changes nothing: the segment passes every step of SEGMENT ARRIVES without a rule."""
        here = self.locals[end][local]
        outcome = Outcome(SEGMENT_ARRIVES.name, here.tcb, (), (), (), frozenset())
        event = (outcome.event, self.choices.call(end, here.used), outcome)
        return self._finish(end, local, used, segment, [event])

    # --- interning ------------------------------------------------------------------------------------------

    def _intern(self, end: int, local: Local) -> int:
        local = self.image(local)
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
            for end in (0, 1) if self.twins else (destination,):  # mirror images side by side
                self._segment_ids[end, values] = number = len(self.segments)
                self.segments.append(values)
                self.destination.append(end)
                bare = (end, values[: len(self.relation.message)])
                self.alike.append(self._first_alike.setdefault(bare, number))
            known = self._segment_ids[key]
        return known

    def _record(self, record: Record) -> int:
        self.records.append(record)
        return len(self.records) - 1


def _message_ghost_formulas() -> list[Expr]:
    return list(MESSAGE_GHOSTS.values())


def _unread_fields(relation: Relation[Any], properties: Sequence[Property], message: dict[str, int]) -> set[int]:
    """Return the segment fields that no rule, ghost or property reads: they cannot tell states apart.

    The ghosts of a segment are kept in any case: a trace tells them.
    """
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
    return {i for name, i in message.items() if name in relation.message and name not in read}
