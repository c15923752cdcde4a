"""Traces: runs of a world as data, so that drawing, replaying and saving them need no engine.

A trace lists what happened, step by step: the environment's choice, the events it caused at one end with the
chains of rules that fired, the segments sent, and that end's TCB and ghosts afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spec.environment import World

OWN, DELIVER, DUPLICATE, LOSE, TICK, FORGE = "own", "deliver", "duplicate", "lose", "tick", "forge"
"""Kinds of step: an end's own event; a delivery; a delivery whose segment stays in flight; a loss; time passes (at both
ends: `end` is 0); an attacker's segment arrives."""
ATTACKER = 2
"""The sender of a forged segment."""

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
        taken = [earlier for earlier in self.steps[:step] if earlier.kind in (DELIVER, LOSE, FORGE)]
        gone = {earlier.segment for earlier in taken}
        return tuple(
            s.number for s in self.segments if s.step <= step and s.number not in gone and self.age(s, step) is not None
        )

    def age(self, segment: SentSegment, step: int) -> int | None:
        """Return how many ticks ago a segment was sent, after `step` steps; None when its life is over."""
        ticks = sum(later.kind == TICK for later in self.steps[segment.step : step])
        lifetime = self.world.network.lifetime
        return None if lifetime is not None and ticks >= lifetime else ticks
