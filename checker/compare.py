"""Comparing two variants: a run that breaks a property in one, its schedule in the other, aligned step by step.

What the environment does is repeated: the same calls, timeouts, deliveries, duplicates and losses. Segments correspond
if corresponding steps sent them. What the other variant cannot follow is left out and said. Then what is still in
flight there arrives, so that it is seen how things end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from checker.explain import failures
from checker.reenact import Move, Stage, schedule
from checker.replay import replay
from checker.verdict import Judgement
from spec import trace as t
from spec.environment import World
from spec.language.beside import Part, Property
from spec.trace import SentSegment, Trace, TraceStep
from spec.variants import VARIANTS
from spec.variants.variant import Variant
from spec.vocabulary import OPEN, SEGMENT_ARRIVES

NO_CALL = (0, False, True)
ROOM = 16
"""How many segments the other variant's network has room for: it may send more. The largest that a network can be."""
ENDING = 12
"""After the schedule, at most so many segments still in flight arrive."""


@dataclass(frozen=True)
class Aligned:
    """One line of the comparison: the numbers of corresponding steps (from 1; None where a run has none), and why not.

    parts   how the two answers differ ("" if they do not): the state, the segments sent, or that one cannot follow.
    """

    first: int | None
    second: int | None
    why: str = ""
    parts: str = ""


@dataclass(frozen=True)
class Comparison:
    """A run of one variant and what the same schedule makes of the other, both replayed.

    broken   what is broken in each: the number of the first step after which the property's part fails, or None.
    """

    about: Property
    part: int
    first: Trace
    second: Trace
    lines: tuple[Aligned, ...]
    broken: tuple[int | None, int | None]

    @property
    def parting(self) -> int | None:
        """Where they part: the index of the first line in which the answers differ."""
        return next((number for number, line in enumerate(self.lines) if line.parts), None)


@dataclass
class _Follower:
    """The other variant following a schedule; `twins`: which of its segments stands for which of the first run."""

    stage: Stage
    twins: dict[int, int] = field(default_factory=dict)
    flying: list[int] = field(default_factory=list)

    def follow(self, move: Move, step: TraceStep) -> tuple[int | None, str]:
        """Repeat a step of the first run; return the number of the step, or None and why it cannot be."""
        segment = None
        if move.segment is not None:
            if move.segment not in self.twins:
                return None, "no such segment was sent"
            segment = self.twins[move.segment]
            if segment not in self.flying:
                return None, "that segment is not in flight"
        if not move.events:
            return self._take(Move(move.kind, move.end, segment, ()), step), ""
        event = move.events[0]
        if move.kind == t.OWN and self.stage.choice(move.end, event) is None:
            return None, f"no {event[0]} is made here"
        outcome = self.stage.outcome(move.end, event, segment)
        if outcome is None and event[0] != SEGMENT_ARRIVES.name:
            return None, f"no rule lets {event[0]} happen here"
        return self._take(Move(move.kind, move.end, segment, (event, *self._again(move.end, outcome))), step), ""

    def _again(self, end: int, outcome: Any) -> tuple[tuple[str, tuple[int, bool, bool]], ...]:
        """Return the passive OPEN with which a persistent listener follows the end of a connection."""
        reopens = outcome is not None and self.stage.world.reopens(end, outcome.tcb[0])
        return ((OPEN.name, NO_CALL),) if reopens else ()

    def _take(self, move: Move, step: TraceStep | None) -> int:
        taken = self.stage.take(move)
        if move.kind in (t.DELIVER, t.LOSE) and move.segment is not None:
            self.flying.remove(move.segment)
        mine = [number for event in taken.events for number in event.sent]
        theirs = [number for event in step.events for number in event.sent] if step is not None else []
        self.flying += mine
        self.twins |= dict(zip(theirs, mine, strict=False))
        return len(self.stage.steps)

    def rest(self) -> list[int]:
        """Let what is in flight arrive, in order of sending; return the numbers of the steps."""
        numbers: list[int] = []
        while self.flying and len(numbers) < ENDING:
            number = self.flying[0]
            end = 1 - self.stage.segments[number].sender
            event = (SEGMENT_ARRIVES.name, NO_CALL)
            again = self._again(end, self.stage.outcome(end, event, number))
            numbers.append(self._take(Move(t.DELIVER, end, number, (event, *again)), None))
        return numbers


def roomy(world: World) -> World:
    """Return a world whose network has room for more segments."""
    return replace(world, network=replace(world.network, capacity=ROOM))


def compared(about: Property, part: int, first: Trace, other: Variant) -> Comparison:
    """Return a run that breaks a part of a property, and what its schedule makes of another variant.

    Raise ReplayError when what came out is not a run, which would be a mistake here.
    """
    follower = _Follower(Stage(other.relation, other.name, roomy(first.world)))
    lines = []
    for number, (move, step) in enumerate(zip(schedule(first), first.steps, strict=True), 1):
        taken, why = follower.follow(move, step)
        theirs = None if taken is None else follower.stage.steps[taken - 1]
        parts = why or _difference(first, step, theirs, follower.stage.segments)
        lines.append(Aligned(number, taken, why, parts))
    lines += [Aligned(None, number) for number in follower.rest()]
    second = follower.stage.trace()
    replay(second, other.relation)
    replay(first, VARIANTS[first.variant].relation, about.parts[part])
    broken = (first_failure(first, about.parts[part]), first_failure(second, about.parts[part]))
    return Comparison(about, part, first, second, tuple(lines), broken)


def _difference(trace: Trace, mine: TraceStep, theirs: TraceStep | None, sent: Sequence[SentSegment]) -> str:
    """Return how two answers to one step differ: in the state entered, or in what is sent."""
    if theirs is None or not mine.events:
        return ""
    states = tuple(step.events[-1].tcb["STATE"] for step in (mine, theirs))
    if states[0] != states[1]:
        return f"{states[0]}, {states[1]}"
    own, other = (
        [_bare(segments[number]) for event in step.events for number in event.sent]
        for step, segments in ((mine, trace.segments), (theirs, sent))
    )
    if own != other:
        return f"sends {len(own)}, {len(other)} segments" if len(own) != len(other) else "other segments are sent"
    return ""


def _bare(segment: SentSegment) -> dict[str, Any]:
    return {name: value for name, value in segment.fields.items() if name != t.UNREAD}


def first_failure(trace: Trace, part: Part) -> int | None:
    """Return the number of the first step after which an "always" part is false, or None when it holds throughout."""
    for number in range(len(trace.steps) + 1):
        before = replace(trace, steps=trace.steps[:number])
        if (part.over == "state" or (number and before.steps[-1].events)) and failures(before, part):
            return number
    return None


def comparable(judgement: Judgement) -> bool:
    """Return whether a judgement shows a finite run whose schedule can be followed: one without clock and attacker."""
    trace = judgement.trace
    if trace is None or trace.loop is not None:
        return False
    return trace.world.network.lifetime is None and trace.world.attacker is None
