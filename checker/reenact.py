"""Re-enacting: a schedule (user calls, timeouts, deliveries, losses) run anew by the concrete reader, as a trace.

What a solver finds is a schedule and numbers; what is shown is this trace, after a replay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from checker.concrete import ConcreteReader, Outcome, Values
from checker.formulas import GhostWriter, Layout, step_view
from spec.digest import digest
from spec.environment import World
from spec.ghosts import CRASH, GHOSTS, MESSAGE_GHOSTS
from spec.language import Relation
from spec.trace import EventRecord, Record, SentSegment, Trace, TraceStep
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


class _Stage:
    def __init__(self, relation: Relation[Any], world: World) -> None:
        self.relation, self.world = relation, world
        self.readers = [
            ConcreteReader(relation, world.seq_bits, CALL_FIELDS, world.initial_values(end)) for end in (0, 1)
        ]
        names = ([g.name for g in GHOSTS], [*relation.message, *MESSAGE_GHOSTS], CALL_FIELDS)
        self.ghost_names, message, call = ({name: i for i, name in enumerate(group)} for group in names)
        self.layout = Layout(self.readers[0].index, self.ghost_names, message, call, world.seq_bits)
        self.writer = GhostWriter(GHOSTS, self.layout, MESSAGE_GHOSTS)
        self.tcbs = [reader.initial for reader in self.readers]
        self.ghosts: list[Values] = [self.writer.initial] * 2
        self.chosen, self.last = [0, 0], [0, 0]
        self.segments: list[SentSegment] = []
        self.values: list[Values] = []
        for end in (0, 1):
            opened = self.readers[end].run(self.tcbs[end], OPEN.name, None, (0, 0, False, True))
            if world.users[end].listens and opened is not None:
                self.tcbs[end] = opened.tcb

    def record(self, end: int) -> tuple[Record, Record]:
        tcb = dict(zip(self.readers[end].index, self.tcbs[end], strict=True))
        return tcb, dict(zip(self.ghost_names, self.ghosts[end], strict=True))

    def event(self, number: int, move: Move, position: int) -> EventRecord:
        end, (name, told) = move.end, move.events[position]
        isn = self.world.next_isn(end, self.chosen[end], self.last[end])
        segment = self.values[move.segment] if move.segment is not None and not position else None
        before, call = self.tcbs[end], (isn, *told)
        outcome = self.readers[end].run(before, name, segment, call) if name != CRASH.name else None
        if outcome is None:
            crashed = name == CRASH.name
            tcb = self.readers[end].initial if crashed else before
            outcome = Outcome(name, tcb, ("E-2",) if crashed else (), (), (), frozenset())
        view = self.writer.written(step_view(before, self.ghosts[end], segment, call, outcome))
        sent = []
        for fields in outcome.sent:
            tagged = self.writer.tag(view, fields)
            sent.append(len(self.segments))
            named = dict(zip(self.relation.message, fields, strict=True))
            ghosts = dict(zip(MESSAGE_GHOSTS, tagged[len(fields) :], strict=True))
            self.segments.append(SentSegment(len(self.segments), end, number, named, ghosts))
            self.values.append(tagged)
        self.tcbs[end], self.ghosts[end] = view.new_tcb, view.new_ghosts
        self.chosen[end] += "ISS" in outcome.assigned and outcome.tcb[0] != "TIME-WAIT"
        named_call = dict(zip(CALL_FIELDS, call, strict=True))
        return EventRecord(name, named_call, outcome.chain, tuple(sent), outcome.signals, *self.record(end))


def reenact(
    relation: Relation[Any], variant: str, world: World, moves: Sequence[Move], about: tuple[str, int] = ("", 0)
) -> Trace:
    """Return the run of a schedule in a world; `about` is the property and part that it is to show.

    It is a claim: only a replay says that the world permits it and that it shows what it should.
    """
    stage = _Stage(relation, world)
    initial = (stage.record(0), stage.record(1))
    steps = []
    for number, move in enumerate(moves, 1):
        events = tuple(stage.event(number, move, position) for position in range(len(move.events)))
        steps.append(TraceStep(move.kind, move.end, move.segment, events))
    return Trace(*about, variant, digest(relation), world, initial, tuple(stage.segments), tuple(steps))
