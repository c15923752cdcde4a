"""Endless runs, checked edge by edge: the loop closes, is fair, and shows what it claims.

Shares nothing with the engine that finds them: what is enabled is worked out here, from the rules and the world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from checker.concrete import ConcreteReader, Values
from checker.permits import Permits, demand
from spec.fairness import FAIRNESS, FAULTS, STRONG, is_timer
from spec.ghosts import GHOSTS
from spec.language import Relation
from spec.language.beside import Part
from spec.network import FIFO
from spec.trace import DELIVER, DUPLICATE, FORGE, LOSE, TICK, UNREAD, Trace, TraceStep
from spec.vocabulary import CLOSE, RETRANSMISSION_TIMEOUT, SEND, TIME_WAIT_TIMEOUT

GHOST_NAMES = [ghost.name for ghost in GHOSTS]
Class = tuple[str, Any]
"""A fairness id and which of its classes: an end's timer, a segment's contents, an end's user."""


@dataclass
class _Moment:
    """A state of the run: everything that must be the same again when the loop closes; what is enabled and holds.

    `flying` counts the segments in flight.
    """

    everything: tuple[Any, ...]
    flying: int
    enabled: frozenset[Class]
    given: tuple[bool, bool]
    holds: tuple[bool, bool]


@dataclass
class Lasso:
    """Follows a replay of an endless run and judges it at the end.

    `readers`, `permits` and `segments` are the replay's own books; `asks` reads a formula at an end.
    """

    trace: Trace
    relation: Relation[Any]
    part: Part
    readers: list[ConcreteReader]
    permits: Permits
    segments: list[Values]
    asks: Callable[[Any, int], bool]
    _ghosts: frozenset[str] = frozenset()
    _window: int = -1
    moments: list[_Moment] = field(default_factory=list)
    taken: list[Class | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ghosts = frozenset(self.trace.initial[0][1])
        self._window = list(self.relation.message).index(UNREAD)

    def look(self, tcbs: list[Values], ghosts: list[Values]) -> None:
        """Note the state that the replay is in."""
        permits = self.permits
        flying = sorted((*self._sent(n), permits.ages[n]) for n in permits.flying)
        order = permits.flying if self.trace.world.network.kind == FIFO else []
        queue = [self._sent(n) for n in order]
        left = [sorted(calls) for calls in permits.left]
        used = (permits.used, permits.chosen, permits.last, permits.wait, permits.quiet)
        told = [[pair for pair in zip(GHOST_NAMES, own, strict=True) if pair[0] in self._ghosts] for own in ghosts]
        everything = (list(tcbs), told, flying, sorted(queue, key=lambda q: q[0]), left, repr(used))
        given, holds = (
            tuple(all(self.asks(formula, end) for formula in formulas) for end in (0, 1))
            for formulas in (self.part.given, self.part.holds)
        )
        enabled = frozenset(self._enabled(tcbs)) if self.part.kind == "leads_to" else frozenset()
        self.moments.append(_Moment(everything, len(flying), enabled, (given[0], given[1]), (holds[0], holds[1])))

    def step(self, step: TraceStep, tcbs: list[Values]) -> None:
        """Note the fairness class of a step before it is taken."""
        self.taken.append(self._class_of(step, tcbs))

    def judge(self) -> None:
        """Raise NotPermitted unless the run closes its loop, is fair and shows what its part says."""
        start, steps = self.trace.loop or 0, self.trace.steps
        demand(0 <= start <= len(steps), f"the run cannot go back to step {start}")
        demand(
            self.moments[start].everything == self.moments[-1].everything, "the loop does not come back to its start"
        )
        if self.part.kind == "no_cycle":
            demand(start < len(steps), "the run has no cycle")
            demand(all(step.kind == DELIVER for step in steps[start:]), "the cycle is not one of deliveries alone")
            return
        self._is_fair(start)
        demand(
            any(self._shows(end, start) for end in (0, 1)),
            f"the run does not show what it says of {self.trace.property}",
        )

    def _shows(self, end: int, start: int) -> bool:
        """Return whether given holds somewhere and what it leads to never again."""
        for i, moment in enumerate(self.moments):
            later = self.moments[min(i, start) if i > start else i :]
            if moment.given[end] and not any(there.holds[end] for there in later):
                return True
        return False

    def _is_fair(self, start: int) -> None:
        there = self.moments[start:]
        moves = [before.everything != after.everything for before, after in pairwise(there)]
        taken = {kind for kind, moved in zip(self.taken[start:], moves, strict=True) if moved}
        if "FF" in self.part.fairness:
            demand(not self._goes_wrong(start), "something goes wrong again and again, which FF rules out")
        for kind in sorted(frozenset().union(*(moment.enabled for moment in there)), key=repr):
            strong = FAIRNESS[kind[0]].strength == STRONG
            owed = strong or all(kind in moment.enabled for moment in there)
            demand(
                not owed or kind in taken, f"{kind[0]} is violated: {kind[1]} could happen again and again and does not"
            )

    def _goes_wrong(self, start: int) -> bool:
        """Return whether a step of the loop is a fault; a segment that dies of age is lost."""
        for step, (before, after) in zip(self.trace.steps[start:], pairwise(self.moments[start:]), strict=True):
            event = step.events[0].event if step.events else ""
            dies = step.kind == TICK and after.flying < before.flying
            if dies or step.kind in (LOSE, DUPLICATE, FORGE) or event in FAULTS:
                return True
        return False

    # --- which fair steps are possible ----------------------------------------------------------------------

    def _enabled(self, tcbs: list[Values]) -> Iterator[Class]:
        for name in self.part.fairness:
            if name == "FC":
                yield from self._deliveries()
            elif name == "FT":
                yield from self._timers(tcbs)
            elif name in ("FA", "FS"):
                yield from self._users(name, tcbs)

    def _deliveries(self) -> Iterator[Class]:
        seen: set[int] = set()
        for number in self.permits.flying:
            end = 1 - self.trace.segments[number].sender
            behind = self.trace.world.network.kind == FIFO and end in seen
            seen.add(end)
            if not behind and not self.permits.quiet[end]:
                yield self._delivery(number)

    def _delivery(self, number: int) -> Class:
        sender, contents = self._sent(number)
        return "FC", (1 - sender, contents)

    def _sent(self, number: int) -> tuple[int, Values]:
        """Return all that tells a segment from others: its sender, its ghosts, its fields but the window."""
        values = enumerate(self.segments[number])
        return self.trace.segments[number].sender, tuple(0 if i == self._window else value for i, value in values)

    def _timers(self, tcbs: list[Values]) -> Iterator[Class]:
        world, permits = self.trace.world, self.permits
        if world.network.lifetime is not None:
            due = [permits.wait[e] == 0 and tcbs[e][0] == "TIME-WAIT" and world.wait_ticks is not None for e in (0, 1)]
            dying = sum(permits.ages[n] + 1 == world.network.lifetime for n in permits.flying)
            late = world.faults.losses is not None and permits.used.get(("loss", 0), 0) + dying > world.faults.losses
            if not any(due) and not late and (permits.flying or any(permits.wait) or any(permits.quiet)):
                yield "FT", "tick"
        yield from (("FT", (e, name)) for e in (0, 1) for name in self._timer_names() if self._fires(e, name, tcbs))

    def _timer_names(self) -> list[str]:
        return [event.name for event in self.relation.events if is_timer(event)]

    def _fires(self, end: int, event: str, tcbs: list[Values]) -> bool:
        world = self.trace.world
        if self.permits.quiet[end]:
            return False
        if event == RETRANSMISSION_TIMEOUT.name and self._gives_up(end):
            return False
        if event == TIME_WAIT_TIMEOUT.name and world.time_wait is not None:
            over = world.time_wait.msls is not None and self.permits.wait[end] == 0
            if not over:
                return False
        outcome = self.readers[end].run(tcbs[end], event, None, self._call(end))
        if outcome is None or (outcome.tcb == tcbs[end] and not outcome.sent):
            return False
        unlimited = event == RETRANSMISSION_TIMEOUT.name and world.faults.retransmissions is None
        unlimited |= event in self.permits.idle
        return not (unlimited and self._in_vain(end, outcome.sent))

    def _gives_up(self, end: int) -> bool:
        """Return whether an end sends nothing again: it never does, or R2 takes over."""
        faults, name = self.trace.world.faults, RETRANSMISSION_TIMEOUT.name.lower()
        spent = self.permits.used.get((name, end), 0) == faults.retransmissions
        return faults.retransmissions == 0 or (faults.r2 and spent)

    def _in_vain(self, end: int, sent: Sequence[Values]) -> bool:
        """Return whether sending this again changes nothing: a copy is in flight, or a full network loses it."""
        network, segments = self.trace.world.network, self.trace.segments
        flying = [(segments[n].sender, self._fields(self.segments[n])) for n in self.permits.flying]
        there = [entry for entry in flying if network.kind != FIFO or entry[0] == end]
        lost = network.overflow == "lose" and len(there) >= network.capacity
        return lost or any((end, self._fields(values)) in flying for values in sent)

    def _fields(self, values: Values) -> Values:
        """Return a segment's fields as the network compares them: without ghosts, and without the window."""
        return tuple(0 if name == "WND" else v for name, v in zip(self.relation.message, values, strict=False))

    def _users(self, name: str, tcbs: list[Values]) -> Iterator[Class]:
        wanted = CLOSE.name if name == "FA" else SEND.name
        for end in (0, 1):
            if self.permits.quiet[end] or (name == "FA" and tcbs[end][0] != "CLOSE-WAIT"):
                continue
            for octets, active, remote in self.permits.ready(end, wanted):
                outcome = self.readers[end].run(tcbs[end], wanted, None, (self._call(end)[0], octets, active, remote))
                if outcome is not None and outcome.tcb != tcbs[end]:
                    yield name, end

    def _call(self, end: int) -> Values:
        permits = self.permits
        return (self.trace.world.next_isn(end, permits.chosen[end], permits.last[end]), 0, False, True)

    def _class_of(self, step: TraceStep, tcbs: list[Values]) -> Class | None:
        if step.kind == TICK:
            return "FT", "tick"
        if step.kind in (DELIVER, DUPLICATE) and step.segment is not None:
            return self._delivery(step.segment)
        event = step.events[0].event if step.events else ""
        if event == SEND.name:
            return "FS", step.end
        if event == CLOSE.name:
            return ("FA", step.end) if tcbs[step.end][0] == "CLOSE-WAIT" else None
        return ("FT", (step.end, event)) if event in self._timer_names() else None
