"""Re-enacting: a schedule (user calls, timeouts, deliveries, losses) run anew by the concrete reader, as a trace.

What a solver finds is a schedule and numbers; what is shown is this trace, after a replay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from checker.concrete import ConcreteReader, Outcome, Values
from checker.explore.choices import Choices, Used
from checker.formulas import GhostWriter, Layout, step_view
from spec.digest import digest
from spec.environment import World
from spec.ghosts import CRASH, GHOSTS, MESSAGE_GHOSTS
from spec.language import Relation
from spec.trace import OWN, EventRecord, Record, SentSegment, Trace, TraceStep
from spec.vocabulary import CALL_FIELDS, OPEN

Event = tuple[str, tuple[int, bool, bool]]
"""An event's name, and OCTETS, ACTIVE and REMOTE of a user's call."""


@dataclass(frozen=True)
class Move:
    """One step of a schedule: its kind (spec.trace), the end, the number of the segment concerned, the events."""

    kind: str
    end: int
    segment: int | None
    events: tuple[Event, ...]


def schedule(trace: Trace) -> tuple[Move, ...]:
    """Return what a trace's environment did."""

    def told(event: EventRecord) -> Event:
        octets, active, remote = (event.call[name] for name in ("OCTETS", "ACTIVE", "REMOTE"))
        return event.event, (octets, active, remote)

    return tuple(
        Move(step.kind, step.end, step.segment, tuple(told(event) for event in step.events)) for step in trace.steps
    )


class Stage:
    """A world in which events happen one after the other, written down as a trace."""

    def __init__(self, relation: Relation[Any], variant: str, world: World) -> None:
        self.relation, self.variant, self.world = relation, variant, world
        self.readers = [
            ConcreteReader(relation, world.seq_bits, CALL_FIELDS, world.initial_values(end)) for end in (0, 1)
        ]
        names = ([g.name for g in GHOSTS], [*relation.message, *MESSAGE_GHOSTS], CALL_FIELDS)
        self.ghost_names, message, call = ({name: i for i, name in enumerate(group)} for group in names)
        self.layout = Layout(self.readers[0].index, self.ghost_names, message, call, world.seq_bits)
        self.writer = GhostWriter(GHOSTS, self.layout, MESSAGE_GHOSTS)
        self.tcbs = [reader.initial for reader in self.readers]
        self.ghosts: list[Values] = [self.writer.initial] * 2
        self.choices = Choices(relation, world)
        self.used = [self.choices.unused(0), self.choices.unused(1)]
        self.segments: list[SentSegment] = []
        self.values: list[Values] = []
        self.steps: list[TraceStep] = []
        for end in (0, 1):
            opened = self.readers[end].run(self.tcbs[end], OPEN.name, None, (0, 0, False, True))
            if world.users[end].listens and opened is not None:
                self.tcbs[end] = opened.tcb
        self.initial = (self._record(0), self._record(1))

    def _record(self, end: int) -> tuple[Record, Record]:
        tcb = dict(zip(self.readers[end].index, self.tcbs[end], strict=True))
        return tcb, dict(zip(self.ghost_names, self.ghosts[end], strict=True))

    def outcome(self, end: int, event: Event, segment: int | None) -> Outcome | None:
        """Return what an event would do at an end now; None when no rule lets it happen."""
        name, told = event
        if name == CRASH.name:
            return Outcome(name, self.readers[end].initial, ("E-2",), (), (), frozenset())
        call = (self.choices.call(end, self.used[end])[0], *told)
        return self.readers[end].run(self.tcbs[end], name, None if segment is None else self.values[segment], call)

    def choice(self, end: int, event: Event) -> Used | None:
        """Return what an end has used once it does something by itself; None when its environment does not let it."""
        state = self.tcbs[end][0]
        for name, call, used in self.choices.own(end, state, self.used[end]):
            if (name, tuple(call[1:])) == event:
                outcome = self.outcome(end, event, None)
                return None if outcome is not None and self.choices.cut_by(end, used, outcome) else used
        return None

    def take(self, move: Move) -> TraceStep:
        """Let a move happen; return the step, which is written down."""
        number = len(self.steps) + 1
        events = tuple(
            self._event(number, move, event, first=not position) for position, event in enumerate(move.events)
        )
        self.steps.append(TraceStep(move.kind, move.end, move.segment, events))
        return self.steps[-1]

    def _event(self, number: int, move: Move, event: Event, *, first: bool) -> EventRecord:
        end, segment = move.end, move.segment if first else None
        before, used = self.tcbs[end], self.used[end]
        then = (self.choice(end, event) if first and move.kind == OWN else None) or used
        call = (self.choices.call(end, used)[0], *event[1])
        nothing = Outcome(event[0], before, (), (), (), frozenset())
        outcome = self.outcome(end, event, segment) or nothing
        arrived = None if segment is None else self.values[segment]
        view = self.writer.written(step_view(before, self.ghosts[end], arrived, call, outcome))
        sent = []
        for fields in outcome.sent:
            tagged = self.writer.tag(view, fields)
            sent.append(len(self.segments))
            named = dict(zip(self.relation.message, fields, strict=True))
            ghosts = dict(zip(MESSAGE_GHOSTS, tagged[len(fields) :], strict=True))
            self.segments.append(SentSegment(len(self.segments), end, number, named, ghosts))
            self.values.append(tagged)
        self.tcbs[end], self.ghosts[end] = view.new_tcb, view.new_ghosts
        next_number = before[self.readers[end].index["SND.NXT"]]
        self.used[end] = self.choices.after(end, used, then, before, outcome, next_number)
        named_call = dict(zip(CALL_FIELDS, call, strict=True))
        return EventRecord(event[0], named_call, outcome.chain, tuple(sent), outcome.signals, *self._record(end))

    def trace(self, about: tuple[str, int] = ("", 0)) -> Trace:
        """Return the run so far; `about` is the property and part that it is to show."""
        key, segments, steps = digest(self.relation), tuple(self.segments), tuple(self.steps)
        return Trace(*about, self.variant, key, self.world, self.initial, segments, steps)


def reenact(
    relation: Relation[Any], variant: str, world: World, moves: Sequence[Move], about: tuple[str, int] = ("", 0)
) -> Trace:
    """Return the run of a schedule in a world; `about` is the property and part that it is to show.

    It is a claim: only a replay says that the world permits it and that it shows what it should.
    """
    stage = Stage(relation, variant, world)
    for move in moves:
        stage.take(move)
    return stage.trace(about)
