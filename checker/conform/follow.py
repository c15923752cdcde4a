"""An end followed through a capture: the run so far, a trail of recent segments, what deviated, what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checker.conform.context import Context
from checker.conform.endpoint import (
    HOLD,
    PENDING,
    STALE,
    Entry,
    Now,
    Seen,
    ahead,
    announce,
    deliver,
    emit,
    sent_by,
    settle,
)
from checker.conform.guesses import beginnings, gaps
from checker.conform.machine import (
    ACK,
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
from checker.conform.plain import PlainEnd
from checker.conform.punctual import arrived, overdue, punctual, waived
from checker.conform.relaxed import impossible, supposed
from checker.conform.search import FEW, Search
from spec.vocabulary import NO_CONNECTION

Values = tuple[Any, ...]
TRAIL = 64
"""A search goes back at most so many segments."""
ENOUGH = 64
"""After so many segments that no run explains none is looked for any more: the verdict stands since the first."""
NEAR, MOST_LOST = 20, 16
"""A loss so many segments ago is left to the search, which knows other reasons too; one further back comes first. So
many losses at once are thought of."""
FAR, FEW_STAGES, LAST = 4096, 12, 2
"""So many of those pending may have arrived before a segment; and where nothing usual sends it; and are the last."""


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


class PastWanted(Exception):
    """A search looks further back than this end remembers: the pair is to be made anew with its past."""


class Follower(PlainEnd):
    """Follows one end. `now` is where its run stands; `departures` lists where it deviated.

    provisional   it stands where others have come to; of how they came there it knows nothing.
    bounded       more was on its way, or held, than is remembered: what no run explains from then on is not known.
    """

    def __init__(self, machine: Machine, context: Context) -> None:
        super().__init__(machine)
        self.context = context
        self.search = Search(machine, context)
        self.departures: list[Departure] = []
        self.searches = 0
        self._strange = 0
        self.fin_sent = self.provisional = self.bounded = False

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
                self.bounded = True
                now = settle(self.machine, now) if tcb is not None else now._replace(pending=now.pending[1:])
            return now._replace(pending=(*now.pending, seen))
        after = deliver(self.machine, now, seen)
        if after is None:
            return now
        then = after[0]
        self.bounded |= len(after[4]) >= HOLD
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
        self.search.cut = False
        after = self._otherwise(now, seen) if len(self.departures) < ENOUGH else None
        if after is None:
            cut = self.search.cut or self.bounded
            cut = cut or supposed(self.machine, self.trail[-TRAIL:], now, seen, self.context)
            self.departures.append(Departure(seen, now, cut))
            self._strange += 1
            self.search.nodes = FEW
            return now if self._strange < 2 else self._afresh(now, seen)
        self._strange = 0
        return after

    def _otherwise(self, now: Now, seen: Seen) -> Now | None:
        """Return where another run stands that explains the segment."""
        early = self._early(now, seen)
        if early is not None:
            return early
        missed = self._missed(now, seen)
        after = self._without(missed, seen) if missed > NEAR else None
        if after is None:
            after = self._searched(now, seen)
        return self._without(missed, seen) if after is None and 0 < missed <= NEAR else after

    def _early(self, now: Now, seen: Seen) -> Now | None:
        """Return where the run stands if what a segment acknowledges was sent before the capture began."""
        context, fields, tcb = self.context, seen.fields, now.tcb or ()
        if not context.middle or context.exact or context.peer_first is None or not fields[ACK_BIT] or not tcb:
            return None
        received = tcb[self.machine.rcv_nxt]
        early = ahead(context.peer_first, received) > 0 and ahead(fields[ACK], received) > 0
        if tcb[0] in NO_CONNECTION or not early:
            return None
        found = (self._likely(then, seen) for _, then in gaps(self.machine, now, seen, context, owed=False))
        return next((each for each in found if each is not None), None)

    def _searched(self, now: Now, seen: Seen) -> Now | None:
        trail = self.trail[-TRAIL:]
        if not self.bounded and impossible(self.machine, trail, now, seen, self.context, fin_sent=self.fin_sent):
            return None
        after = self.search.run(trail, now, seen)
        if after is not None and self.search.path:
            self.trail[-len(self.search.path) :] = self.search.path
        return after

    def _missed(self, now: Now, seen: Seen) -> int:
        """Return how many segments ago the one arrived that a segment still asks for; 0 if it asks for none.

        Such a one was lost behind the capture point, though the run supposes that it arrived.
        """
        fields = seen.fields
        if now.tcb is None or self.context.exact or fields[DATA] or fields[FIN_BIT] or not self._beyond(now, fields):
            return 0
        return len(self.trail) - self._asked_for(fields[ACK], len(self.trail))

    def _asked_for(self, number: int, before: int) -> int:
        """Return the place in the trail of the last segment before a place that begins with a number; or the end."""
        for place in range(before - 1, -1, -1):
            each = self.trail[place][1]
            if each.arrives and each.fields[SEQ] == number and each.fields[DATA] + each.fields[FIN_BIT]:
                return place
        return len(self.trail)

    def _without(self, back: int, seen: Seen) -> Now | None:
        """Return where the run stands if one of the trail never arrived, and all else went on in the likeliest way.

        Others may have been lost with it: those for which segments ask on the way.
        """
        place = begin = len(self.trail) - back
        lost: set[int] = set()
        while len(lost) < MOST_LOST:
            begin = min(begin, place)
            lost.add(self.trail[place][1].frame)
            again, now, failed = self._again(begin, lost, seen)
            if failed is None:
                self.trail[begin:] = again
                return now
            place = self._asked_for(failed.fields[ACK], begin + len(again) - 1)
            if place == len(self.trail) or self.trail[place][1].frame in lost or not failed.fields[ACK_BIT]:
                return None
        return None

    def _again(self, begin: int, lost: set[int], seen: Seen) -> tuple[list[tuple[Now, Seen]], Now, Seen | None]:
        """Take the trail from a place on again, and a segment more, without those that were lost.

        Return the trail then, where the run stands, and the segment that nothing usual explains, if there is one.
        """
        now, again = self.trail[begin][0], []
        for each in (*(each for _, each in self.trail[begin:]), seen):
            again.append((now, each))
            if each.arrives and each.frame in lost:
                continue
            after = self._arrive(now, each) if each.arrives else self._likely(now, each)
            if after is None:
                return again, now, each
            now = after
        return again[:-1], now, None

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
        """Return where the run stands if some of what is pending arrived before the segment left.

        In the order of capture: of few as many as possible, of many as few; or all but the first, late or lost.
        """
        found = self._most(now, seen) if len(now.pending) <= FEW_STAGES else self._fewest(now, 0, seen)
        if found is None and len(now.pending) > 1 and not self.context.exact:
            found = self._fewest(now, 1, seen)
        return found

    def _most(self, now: Now, seen: Seen) -> Now | None:
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

    def _fewest(self, now: Now, waiting: int, seen: Seen) -> Now | None:
        """Return where the run stands if the segment left as soon as it could, the first `waiting` still pending."""
        found = self._after_some(now, waiting, seen, thoroughly=False)
        return self._after_some(now, waiting, seen, thoroughly=True) if found is None else found

    def _after_some(self, now: Now, waiting: int, seen: Seen, *, thoroughly: bool) -> Now | None:
        """Return as `_fewest`; if not thoroughly, no own event is asked that does not usually send such a segment."""
        machine, exact, pending = self.machine, self.context.exact, now.pending
        stage = now._replace(pending=())
        for place in range(waiting, min(len(pending), waiting + FAR) + 1):
            after = emit(machine, stage, seen, exact=exact, thoroughly=thoroughly)
            if after is not None:
                return self._further(after, place, pending, waiting)
            if place == len(pending) or self._beyond(stage, seen.fields):
                break
            if thoroughly and place - waiting >= FEW_STAGES:
                break
            stage = deliver(machine, stage, pending[place]) or stage
            self.bounded |= len(stage.held) >= HOLD
        return None

    def _further(self, now: Now, place: int, pending: tuple[Seen, ...], waiting: int) -> Now:
        """Return where the run stands when what is pending from a place on has arrived too, as far as it asks nothing.

        The last few may ask for answers: so a run catches up again.
        """
        while place < len(pending):
            then = deliver(self.machine, now, pending[place])
            if then is None or (then.tcb or ())[self._iss] == NO_ISN:
                break
            last = len(pending) - place <= LAST and len(then.owed) <= STALE
            if len(then.owed) > len(now.owed) and not last:
                break
            now, place = then, place + 1
        return now._replace(pending=pending[:waiting] + pending[place:])

    def _beyond(self, now: Now, fields: Values) -> bool:
        """Return whether the end has received more than a segment acknowledges: then it does not send it any more."""
        tcb = now.tcb or ()
        if not fields[ACK_BIT] or tcb[0] in NO_CONNECTION or tcb[0] == "SYN-SENT":
            return False
        return ahead(tcb[self.machine.rcv_nxt], fields[ACK]) > 0

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
