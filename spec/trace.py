"""Traces: runs of a world as data, so that drawing, replaying and saving them need no engine.

A trace lists what happened, step by step: the environment's choice, the events it caused at one end with the
chains of rules that fired, the segments sent, and that end's TCB and ghosts afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spec.environment import World
from spec.network import FIFO, SET

OWN, DELIVER, DUPLICATE, LOSE, TICK, FORGE = "own", "deliver", "duplicate", "lose", "tick", "forge"
"""Kinds of step: an end's own event; a delivery; a delivery whose segment stays in flight; a loss; time passes (at both
ends: `end` is 0); an attacker's segment arrives."""
ATTACKER = 2
"""The sender of a forged segment."""
UNREAD = "WND"
"""The field that no rule reads (spec/not_modelled.py): segments that differ in nothing else are one to a set."""

Record = dict[str, Any]


@dataclass(frozen=True)
class SentSegment:
    """A segment in a trace: its number in order of sending, who sent it at which step, its fields and ghosts."""

    number: int
    sender: int
    step: int
    fields: Record
    ghosts: Record


@dataclass(frozen=True)
class EventRecord:
    """One event at one end: what came with it, the rules that fired, what was sent and signalled, TCB and ghosts."""

    event: str
    call: Record
    chain: tuple[str, ...]
    sent: tuple[int, ...]
    signals: tuple[str, ...]
    tcb: Record
    ghosts: Record


@dataclass(frozen=True)
class TraceStep:
    """One step: its kind, the end concerned (0 or 1), the segment's number if one arrives or is lost, the events."""

    kind: str
    end: int
    segment: int | None
    events: tuple[EventRecord, ...]


@dataclass(frozen=True)
class Trace:
    """A run, what it shows and where it can be replayed.

    property and part name what the last step or state decides ("" and 0 when nothing); `rules` is the digest of
    the relation (spec.digest) that the run belongs to; `initial` holds both ends' (TCB, ghosts).
    loop is None for a finite run. A lasso repeats its steps from number `loop` (0 before the first) for ever; where
    that is the number of steps, nothing more happens for ever: the run ends by stuttering.
    """

    property: str
    part: int
    variant: str
    rules: str
    world: World
    initial: tuple[tuple[Record, Record], tuple[Record, Record]]
    segments: tuple[SentSegment, ...]
    steps: tuple[TraceStep, ...]
    loop: int | None = None

    def tcb(self, end: int, step: int) -> Record:
        """Return an end's TCB after `step` steps (0: at the start)."""
        for earlier in reversed(self.steps[:step]):
            if earlier.end == end and earlier.events:
                return earlier.events[-1].tcb
        return self.initial[end][0]

    def ghosts(self, end: int, step: int) -> Record:
        """Return an end's ghosts after `step` steps (0: at the start)."""
        for earlier in reversed(self.steps[:step]):
            if earlier.end == end and earlier.events:
                return earlier.events[-1].ghosts
        return self.initial[end][1]

    def in_flight(self, step: int) -> tuple[int, ...]:
        """Return the numbers of the segments in flight after `step` steps, in order of sending."""
        flying: list[int] = []
        for number, taken in enumerate(self.steps[:step], 1):
            if taken.kind in (DELIVER, LOSE) and taken.segment is not None:
                flying = self._without(flying, taken.segment)
            if taken.kind == TICK:
                flying = [n for n in flying if self._lives(self.segments[n], number)]
            for event in taken.events:
                flying += [n for n in event.sent if self._fits(flying, n)]
        return tuple(flying)

    def _without(self, flying: list[int], number: int) -> list[int]:
        """Return the segments in flight without this one, or without an equal one that stood for it."""
        there = number if number in flying else next((n for n in flying if self._equal(n, number)), None)
        return [n for n in flying if n != there]

    def _fits(self, flying: list[int], number: int) -> bool:
        """Return whether a segment finds its place: a set has it once, a full network loses it or blocks."""
        network = self.world.network
        there = [n for n in flying if network.kind != FIFO or self.segments[n].sender == self.segments[number].sender]
        merged = network.kind == SET and any(self._equal(n, number) for n in there)
        return not merged and len(there) < network.capacity

    def _equal(self, a: int, b: int) -> bool:
        one, two = ((s.sender, {**s.fields, **s.ghosts, UNREAD: 0}) for s in (self.segments[a], self.segments[b]))
        return one == two

    def _lives(self, segment: SentSegment, step: int) -> bool:
        """Return whether a segment's life is not over after `step` steps."""
        lifetime = self.world.network.lifetime
        ticks = sum(later.kind == TICK for later in self.steps[segment.step : step])
        return lifetime is None or ticks < lifetime
