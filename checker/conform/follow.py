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
    HALF,
    MASK,
    NO_ISN,
    PLAIN_CALL,
    RST_BIT,
    SEQ,
    SYN_BIT,
    Machine,
)
from checker.conform.plain import PlainEnd
from checker.conform.punctual import arrived, overdue, punctual, waived
from checker.conform.relaxed import impossible
from checker.conform.search import FEW, Search
from spec.vocabulary import NO_CONNECTION

Values = tuple[Any, ...]
TRAIL = 64
"""A search goes back at most so many segments."""


@dataclass(frozen=True)
class Departure:
    """Where an end did what no run does, in the run that explains everything before. cut: a bound was reached.

    unanswered   not None: the segment arrived, and its answer is missing.
    """

    segment: Seen
    before: Now
    cut: bool
    unanswered: Entry | None = None


_new = tuple.__new__
HOLES = 32
"""So many holes in the numbers of an end are remembered."""


def _anything(_segment: Values) -> bool:
    return True


@dataclass
class Context:
    """What is known of the other end, and of where the capture was taken.

    exact     the capture was taken at this end: nothing gets lost or doubled between the two.
    middle    the capture may have begun in the middle of the connection.
    peer_first, peer_end   the first number captured from the other end, and the one after the last; None if none was.
    peer_window            the largest window that it announced.
    holes     ranges of its numbers that no frame shows, [from, to).
    acked     the furthest number of this end that the other acknowledged, in any frame.
    isn       the last ISN that was captured from this end.
    """

    exact: bool = False
    middle: bool = False
    peer_first: int | None = None
    peer_end: int | None = None
    peer_window: int = 0
    holes: list[tuple[int, int]] = field(default_factory=list)
    acked: int | None = None
    isn: int | None = None
    peer_could: Callable[[Values], bool] = field(default=_anything)
    peer_owes: Callable[[], tuple[Values, ...]] = field(default=tuple)

    def heard(self, fields: Values) -> None:
        """Take note of the numbers of a segment from the other end."""
        first, ack, data, window, syn, has_ack, fin, rst = fields
        if window > self.peer_window:  # noqa: PLR1730  # for every segment: max() takes three times as long
            self.peer_window = window
        if rst:
            return
        known, acked = self.peer_end, self.acked
        if has_ack and ack != acked and (acked is None or syn or (ack - acked) & MASK < HALF):
            self.acked = ack
        length = data + syn + fin
        if first == known and not syn:
            if length:
                self.peer_end = (first + length) & MASK
        else:
            self._out_of_order(first, length, known, syn=syn)

    def _out_of_order(self, first: int, length: int, known: int | None, *, syn: bool) -> None:
        """Take note of numbers that do not follow the last ones."""
        end = (first + length) & MASK
        if known is None or syn:
            self.peer_first, self.peer_end, self.holes = first, end, []
        elif ahead(first, known) > 0:
            self.holes = [*self.holes, (known, first)][-HOLES:]
            self.peer_end = end
        else:
            if self.peer_first is not None and ahead(first, self.peer_first) < 0:
                self.peer_first = first
            if ahead(end, known) > 0:
                self.peer_end = end
            if self.holes and length:
                self.holes = [rest for hole in self.holes for rest in _without(hole, first, end)]

    def forget(self) -> None:
        """Let go of the other end, so that both can be freed at once."""
        self.peer_could, self.peer_owes = _anything, tuple

    def uncaptured(self, first: int, end: int) -> int | None:
        """Return the number up to which something is missing of those from `first` to `end`; None if nothing is."""
        if self.peer_end is None or self.peer_first is None:
            return end
        if self.middle and ahead(self.peer_first, first) > 0:
            return self.peer_first if ahead(end, self.peer_first) > 0 else end
        for low, high in self.holes:
            if ahead(high, first) > 0 and ahead(end, low) > 0:
                return high if ahead(end, high) > 0 else end
        return end if ahead(end, self.peer_end) > 0 else None


def _without(hole: tuple[int, int], first: int, end: int) -> list[tuple[int, int]]:
    """Return what is left of a range of numbers without those from `first` to `end`."""
    low, high = hole
    rest = []
    if ahead(first, low) > 0:
        rest.append((low, first if ahead(high, first) > 0 else high))
    if ahead(high, end) > 0:
        rest.append((end if ahead(end, low) > 0 else low, high))
    return [(low, high)] if rest == [(low, high), (low, high)] else rest


class PastWanted(Exception):
    """A search looks further back than this end remembers: the pair is to be made anew with its past."""


class Follower(PlainEnd):
    """Follows one end. `now` is where its run stands; `departures` lists where it deviated.

    provisional   it stands where others have come to; of how they came there it knows nothing.
    """

    def __init__(self, machine: Machine, context: Context) -> None:
        super().__init__(machine)
        self.context = context
        self.search = Search(machine, context)
        self.departures: list[Departure] = []
        self.searches = 0
        self._strange = 0
        self.fin_sent = self.provisional = False

    def arriving(self, fields: Values, frame: int, time: int) -> None:
        """Take the next captured segment, arriving at this end."""
        self.context.heard(fields)
        if self.plain and self.takes(fields, frame, time):
            return
        seen, before = _new(Seen, (True, fields, frame, time)), self.now
        self.now = self._arrive(before, seen)
        self.trail.append((before, seen))

    def leaving(self, fields: Values, frame: int, time: int) -> None:
        """Take the next captured segment, sent by this end."""
        if not (self.plain and self.sends(fields, frame, time)):
            seen, before = _new(Seen, (False, fields, frame, time)), self.now
            self.now = self._likely(before, seen) or self._unlikely(before, seen)
            self.trail.append((before, seen))
        if fields[FIN_BIT] or fields[SYN_BIT]:
            self.fin_sent = bool(fields[FIN_BIT])
            if fields[SYN_BIT]:
                self.context.isn = fields[SEQ]

    def on_time(self, time: int) -> None:
        """At this end's own vantage point: see to what was due before a time."""
        after = punctual(self.machine, self.now, time, tolerant=False)
        if after is None:
            self.searches += 1
            trail = [each for each in self.trail[-TRAIL:] if each[1].fields]
            after = self.search.run(trail, self.now, Seen(arrives=True, fields=(), frame=0, time=time))
        while after is None:
            self.now = arrived(self.machine, self.now, time)
            entry = overdue(self.now, time)
            if entry is None:
                return
            if entry.arrived is not None:
                self.departures.append(Departure(entry.arrived, self.now, self.search.cut, entry))
            self.now = waived(self.now, entry)
            after = punctual(self.machine, self.now, time, tolerant=True)
        self.now = after

    def _arrive(self, now: Now, seen: Seen) -> Now:
        tcb, pending = now[0], now[1]
        if tcb is None or pending or tcb[0] == "CLOSED":
            if len(pending) >= PENDING:
                now = settle(self.machine, now) if tcb is not None else now._replace(pending=now.pending[1:])
            return now._replace(pending=(*now.pending, seen))
        after = deliver(self.machine, now, seen)
        if after is None:
            return now
        then = after[0]
        if then is not None and then[self._iss] == NO_ISN:
            return now._replace(pending=(seen,))
        return after

    def _unlikely(self, now: Now, seen: Seen) -> Now:
        """Return where the run stands if a search explains the segment; else note that the end deviates.

        Raise PastWanted.
        """
        if self.provisional:
            raise PastWanted
        self.searches += 1
        trail = self.trail[-TRAIL:]
        self.search.cut = False
        after = None
        if not impossible(self.machine, trail, now, seen, self.context, fin_sent=self.fin_sent):
            after = self.search.run(trail, now, seen)
        if after is None:
            self.departures.append(Departure(seen, now, self.search.cut))
            self._strange += 1
            self.search.nodes = FEW
            return now if self._strange < 2 else self._afresh(now, seen)
        self._strange = 0
        return after

    def _likely(self, now: Now, seen: Seen) -> Now | None:
        """Return where the run stands if the segment is explained without a search."""
        if now.tcb is None:
            return None
        if not now[1]:
            return emit(self.machine, now, seen, exact=self.context.exact)
        if now.tcb[0] != "CLOSED":
            return self._lagging(now, seen)
        bits = seen.fields[SYN_BIT:]
        tries = (
            (self._listening, self._lagging)
            if bits in self.machine.from_listeners
            else (self._lagging, self._listening)
        )
        for each in tries:
            found = each(now, seen)
            if found is not None:
                return found
        return None

    def _listening(self, now: Now, seen: Seen) -> Now | None:
        """Return where the run stands if the user listened before what is pending arrived."""
        call = PLAIN_CALL
        done = self.machine.run(now.tcb or (), "OPEN", None, call)
        if done is None or done[2]:
            return None
        entry = Entry("OPEN", None, None, seen.time, call, now.tcb or (), done[0], done[1], (), (), done[3])
        found = self._lagging(now.after(entry), seen)
        if found is not None and seen.fields[SYN_BIT]:
            self.machine.from_listeners.add(seen.fields[SYN_BIT:])
        return found

    def _lagging(self, now: Now, seen: Seen) -> Now | None:
        """Return where the run stands if as much as possible of what is pending arrived before the segment left."""
        isn = seen.fields[SEQ] if seen.fields[SYN_BIT] else NO_ISN
        stages = [now._replace(pending=())]
        for each in now.pending:
            stages.append(deliver(self.machine, stages[-1], each, isn) or stages[-1])
        for taken in range(len(stages) - 1, -1, -1):
            after = emit(self.machine, stages[taken], seen, exact=self.context.exact)
            if after is not None:
                return after._replace(pending=now.pending[taken:])
        return None

    def _afresh(self, now: Now, seen: Seen) -> Now:
        """Return where a run stands that begins with this segment, after one that no run explains."""
        if seen.fields[RST_BIT] or (seen.fields[SYN_BIT] and not seen.fields[ACK_BIT]):
            return now
        for _, start in beginnings(self.machine, now._replace(tcb=None, pending=()), seen, middle=True):
            for own, done, call in self.machine.explain(start.tcb or (), seen.fields):
                return announce(self.machine, sent_by(own, done, call, start, seen), seen)
        return now

    def could(self, segment: Values) -> bool:
        """Return whether this end, as its run stands, could have sent a segment that was never captured."""
        if self.now.tcb is None:
            return True
        if segment[SYN_BIT]:
            return self.now.tcb[0] in NO_CONNECTION
        end = (segment[SEQ] + segment[DATA] + segment[FIN_BIT]) & MASK
        if ahead(self.now.tcb[self.machine.index["SND.NXT"]], end) >= 0:
            return True
        tcb = self.now.tcb
        for event, needed in (("SEND", segment[DATA]), ("CLOSE", segment[FIN_BIT])):
            if needed:
                done = self.machine.run(tcb, event, None, (0, segment[DATA] * (event == "SEND"), *PLAIN_CALL[2:]))
                if done is None or not done[2]:
                    return False
                tcb = done[0]
        return bool(segment[DATA] or segment[FIN_BIT])

    def owes(self) -> tuple[Values, ...]:
        """Return the answers that this end's run gave and no frame shows."""
        return tuple(entry.sent[which] for _, entry, which in self.now.owed[-4:])
