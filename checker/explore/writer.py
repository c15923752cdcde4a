"""Paths of the explored graph as traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checker.explore.graph import DELIVER, DELIVER_KEEP, LOSE, OWN, TICK, Graph, action_kind, action_subject
from checker.explore.machine import Record, TcpMachine
from spec import trace as t
from spec.digest import digest
from spec.ghosts import MESSAGE_GHOSTS
from spec.language import Relation
from spec.vocabulary import CALL_FIELDS

KINDS = {OWN: t.OWN, DELIVER: t.DELIVER, DELIVER_KEEP: t.DUPLICATE, LOSE: t.LOSE, TICK: t.TICK}


class TraceWriter:
    """Turns a path of actions into a trace, following segments by number."""

    def __init__(self, machine: TcpMachine, graph: Graph, relation: Relation[Any], variant: str) -> None:
        self.machine, self.graph, self.variant = machine, graph, variant
        self.relation = relation
        self.digest = digest(relation)

    def write(
        self, actions: Sequence[int], property_id: str = "", part: int = 0, loop: Sequence[int] | None = None
    ) -> t.Trace:
        """Return the run of these actions; `loop` are those that it then repeats for ever (none: it stutters)."""
        machine = self.machine
        stem = None if loop is None else len(actions)
        actions = [*actions, *(loop or ())]
        self._begin()
        steps = [self._step(number, action) for number, action in enumerate(actions, 1)]
        a, b = machine.initial()
        return self._trace((a, b), steps, (property_id, part), stem)

    def one(self, number: int, action: int) -> t.Trace:
        """Return the step of this action out of state `number` alone: a run that begins there, all but it left out.

        The segment that arrives or is lost is its segment 0; the others are those that it sends.
        """
        self._begin()
        kind, subject = action_kind(action), action_subject(action)
        record = None if kind in (LOSE, TICK) else self.machine.records[subject]
        segment = subject if kind == LOSE else None if record is None or record.forged else record.segment
        if segment is not None:
            values = self.machine.segments[segment][: len(self.relation.message)]
            self.segments.append(self._segment(0, 1 - self.machine.destination[segment], segment, values))
            self.flying.append((segment, 0, 0))
        return self._trace(self.graph.ends(number), [self._step(1, action)])

    def _begin(self) -> None:
        self.segments: list[t.SentSegment] = []
        self.flying: list[tuple[int, int, int]] = []
        self.now = 0

    def _trace(
        self,
        start: tuple[int, int],
        steps: Sequence[t.TraceStep],
        about: tuple[str, int] = ("", 0),
        loop: int | None = None,
    ) -> t.Trace:
        machine, initial = self.machine, []
        for end, local in enumerate(start):
            here = machine.locals[end][local]
            initial.append((self._record("tcb", here.tcb), self._record("ghosts", here.ghosts)))
        return t.Trace(
            *about,
            self.variant,
            self.digest,
            machine.world,
            (initial[0], initial[1]),
            tuple(self.segments),
            tuple(steps),
            loop,
        )

    def _record(self, what: str, values: Sequence[Any]) -> t.Record:
        return {name: values[index] for name, index in getattr(self.machine.layout, what).items()}

    def _step(self, number: int, action: int) -> t.TraceStep:
        kind, subject = action_kind(action), action_subject(action)
        if kind == TICK:
            self._pass_time()
            return t.TraceStep(KINDS[kind], 0, None, ())
        if kind == LOSE:
            end, segment_id = self.machine.destination[subject], subject
            return t.TraceStep(KINDS[kind], end, self._arriving(segment_id, kind), ())
        record = self.machine.records[subject]
        if record.forged and record.segment is not None:
            forged = len(self.segments)
            values = self.machine.segments[record.segment][: len(self.relation.message)]
            self.segments.append(self._segment(number, t.ATTACKER, record.segment, values))
            return t.TraceStep(t.FORGE, record.end, forged, self._events(number, record))
        segment = None if record.segment is None else self._arriving(record.segment, kind)
        return t.TraceStep(KINDS[kind], record.end, segment, self._events(number, record))

    def _pass_time(self) -> None:
        """Let a tick pass: segments whose life is over are gone."""
        self.now += 1
        lifetime = self.machine.world.network.lifetime
        if lifetime is not None:
            self.flying = [entry for entry in self.flying if self.now - entry[2] < lifetime]

    def _arriving(self, segment_id: int, kind: int) -> int:
        """Return the oldest segment in flight with these contents, taken out unless it stays."""
        found = next(entry for entry in self.flying if entry[0] == segment_id)
        if kind != DELIVER_KEEP:
            self.flying.remove(found)
        return found[1]

    def _events(self, number: int, record: Record) -> tuple[t.EventRecord, ...]:
        ids = iter(record.sent)
        events = []
        for micro in record.events:
            sent = []
            for values in micro.outcome.sent:
                segment_id = next(ids)
                sent.append(len(self.segments))
                self.flying.append((segment_id, len(self.segments), self.now))
                self.segments.append(self._segment(number, record.end, segment_id, values))
            events.append(
                t.EventRecord(
                    micro.event,
                    dict(zip(CALL_FIELDS, micro.call, strict=True)),
                    micro.outcome.chain,
                    tuple(sent),
                    micro.outcome.signals,
                    self._record("tcb", micro.outcome.tcb),
                    self._record("ghosts", micro.ghosts),
                )
            )
        return tuple(events)

    def _segment(self, step: int, sender: int, segment_id: int, values: Sequence[Any]) -> t.SentSegment:
        tagged = self.machine.segments[segment_id]
        fields = dict(zip(self.relation.message, values, strict=True))
        tags = tagged[len(fields) :]
        return t.SentSegment(len(self.segments), sender, step, fields, dict(zip(MESSAGE_GHOSTS, tags, strict=False)))
