"""An end followed through a capture: the run so far, a trail of recent segments, what deviated, what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from checker.conform.endpoint import PENDING, Entry, Now, Seen, ahead, announce, deliver, emit, sent_by, settle
from checker.conform.guesses import beginnings
from checker.conform.machine import (
    ACK_BIT,
    DATA,
    FIN_BIT,
    MASK,
    NO_ISN,
    PLAIN_CALL,
    RST_BIT,
    SEQ,
    SYN_BIT,
    Machine,
)
from checker.conform.search import Search

Values = tuple[Any, ...]
TRAIL = 64
"""A search goes back at most so many segments."""


@dataclass(frozen=True)
class Departure:
    """Where an end did what no run does, in the run that explains everything before. cut: a bound was reached."""

    segment: Seen
    before: Now
    cut: bool


@dataclass
class Context:
    """What is known of the other end, and of where the capture was taken.

    exact     the capture was taken at this end: nothing gets lost or doubled between the two.
    middle    the capture may have begun in the middle of the connection.
    peer_end  the number after the last one captured from the other end; None if nothing was.
    """

    exact: bool = False
    middle: bool = False
    peer_end: int | None = None
    peer_could: Callable[[Values], bool] = field(default=lambda _segment: True)


class Follower:
    """Follows one end. `now` is where its run stands; `departures` lists where it deviated."""

    def __init__(self, machine: Machine, context: Context) -> None:
        self.machine, self.context = machine, context
        self.now = Now(None)
        self.trail: list[tuple[Now, Seen]] = []
        self.search = Search(machine, context)
        self.departures: list[Departure] = []
        self.searches = 0
        self._iss = machine.index["ISS"]

    def feed(self, seen: Seen) -> None:
        """Take the next captured segment, sent by this end or arriving there."""
        before = self.now
        if seen.arrives:
            self._heard(seen.fields)
            self.now = self._arrive(before, seen)
        else:
            self.now = self._leave(before, seen)
        self.trail.append((before, seen))
        if len(self.trail) >= 2 * TRAIL:
            del self.trail[:TRAIL]

    def _heard(self, fields: Values) -> None:
        end = (fields[SEQ] + fields[DATA] + fields[SYN_BIT] + fields[FIN_BIT]) & MASK
        known = self.context.peer_end
        if not fields[RST_BIT] and (known is None or fields[SYN_BIT] or ahead(end, known) > 0):
            self.context.peer_end = end

    def _arrive(self, now: Now, seen: Seen) -> Now:
        tcb = now.tcb
        if tcb is None or now.pending or tcb[0] == "CLOSED":
            if len(now.pending) >= PENDING:
                now = settle(self.machine, now) if tcb is not None else now._replace(pending=now.pending[1:])
            return now._replace(pending=(*now.pending, seen))
        after = deliver(self.machine, now, seen)
        if after is None:
            return now
        if after.tcb is not None and after.tcb[self._iss] == NO_ISN:
            return now._replace(pending=(seen,))
        return after

    def _leave(self, now: Now, seen: Seen) -> Now:
        after = self._likely(now, seen)
        if after is not None:
            return after
        self.searches += 1
        after = self.search.run(self.trail[-TRAIL:], now, seen)
        if after is None:
            self.departures.append(Departure(seen, now, self.search.cut))
            return self._afresh(now, seen)
        return after

    def _likely(self, now: Now, seen: Seen) -> Now | None:
        """Return where the run stands if the segment is explained without a search."""
        if now.tcb is None:
            return None
        if not now.pending:
            return emit(self.machine, now, seen)
        found = self._lagging(now, seen)
        if found is None and now.tcb[0] == "CLOSED":
            call = PLAIN_CALL
            done = self.machine.run(now.tcb, "OPEN", None, call)
            if done is not None and not done[2]:
                entry = Entry("OPEN", None, None, seen.time, call, now.tcb, done[0], done[1], (), (), done[3])
                found = self._lagging(now.after(entry), seen)
        return found

    def _lagging(self, now: Now, seen: Seen) -> Now | None:
        """Return where the run stands if some of what is pending, as much as possible, arrived before the segment left."""
        isn = seen.fields[SEQ] if seen.fields[SYN_BIT] else NO_ISN
        stages = [now._replace(pending=())]
        for each in now.pending:
            stages.append(deliver(self.machine, stages[-1], each, isn) or stages[-1])
        for arrived in range(len(stages) - 1, -1, -1):
            after = emit(self.machine, stages[arrived], seen)
            if after is not None:
                return after._replace(pending=now.pending[arrived:])
        return None

    def _afresh(self, now: Now, seen: Seen) -> Now:
        """Return where a run stands that begins with this segment, after one that no run explains."""
        if seen.fields[RST_BIT] or seen.fields[SYN_BIT] and not seen.fields[ACK_BIT]:
            return now
        for _, start in beginnings(self.machine, now._replace(tcb=None, pending=()), seen, middle=True):
            for own, done, call in self.machine.explain(start.tcb or (), seen.fields):
                return announce(self.machine, sent_by(own, done, call, start, seen), seen)
        return now

    def settled(self) -> Now:
        """Return where the run stands if everything captured has arrived."""
        return self.now if self.now.tcb is None else settle(self.machine, self.now)
