"""Another run that explains what was seen: best-first from a little earlier, then from further back.

At each captured segment a run may go on in several ways. One that arrives is processed now (by the letter or by a
freedom), later, never or twice. One that is sent is an answer that is owed or an own event's; before it, what is
pending may arrive, and the end may do what nothing shows. Of all ways the cheapest is taken. The verdict says whether
a bound was reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import Any

from checker.conform.endpoint import Entry, Now, Seen, announce, deliver, matched, sent_by
from checker.conform.guesses import Guess, beginnings, gaps
from checker.conform.machine import ARRIVES, MASK, NO_ISN, PLAIN_CALL, SEQ, SYN_BIT, Machine, key_of
from checker.conform.punctual import LATENCY, punctual
from spec.freedoms import LETTER

Values = tuple[Any, ...]

BACK = (0, 1, 2, 4, 8, 20, 64)
"""How many segments before the one that is not explained the search begins, one after the other."""
PASSES: tuple[tuple[int, bool, int], ...] = (
    (0, False, 12),
    (1, False, 20),
    (0, True, 24),
    (2, False, 20),
    (2, True, 30),
)
"""What a run may do, and cost, at most: suppose segments that were never captured, if numbers tell (1) or what the
other end owes (2); make use of tolerances."""
NODES, FEW = 600, 100
"""At most so many ways are tried for one beginning and pass; and of an end that has deviated before."""
LATER, NEVER, TWICE, OUT_OF_TURN, DEEP = 2, 3, 4, 1, 4


_Path = tuple[Any, int, Now]
"""How a run came to a segment: the path to the one before, the place of this, and where the run stood then."""


def _along(path: _Path, events: Sequence[Seen]) -> list[tuple[Now, Seen]]:
    """Return all segments but the last with where a run stood before each."""
    found: list[tuple[Now, Seen]] = []
    before, place, now = path
    while before is not None:
        if place < len(events) - 1:
            found.append((now, events[place]))
        before, place, now = before
    if len(events) > 1:
        found.append((now, events[0]))
    return found[::-1]


class Search:
    """Looks for runs of one end; `context` is what is known of the other."""

    def __init__(self, machine: Machine, context: Any) -> None:
        self.machine, self.context = machine, context
        self._supposing, self._tolerant = 0, False
        self.nodes = NODES
        self._chains: dict[Any, dict[str, tuple[str, ...] | None]] = {}
        self.cut = False
        """Whether a bound was reached since this was last reset."""
        self.path: list[tuple[Now, Seen]] = []
        """The segments before the one that was explained, with where the run that was found stood before each."""

    def run(self, trail: Sequence[tuple[Now, Seen]], now: Now, segment: Seen) -> Now | None:
        """Return where a run stands that explains the segment too, or None."""
        self.cut = False
        self._chains.clear()
        for supposing, tolerant, limit in PASSES:
            if tolerant and not self.machine.tolerances:
                continue
            self._supposing, self._tolerant = supposing, tolerant
            for back in sorted({min(back, len(trail)) for back in BACK}):
                start = trail[-back][0] if back else now
                events = [seen for _, seen in trail[len(trail) - back :]] + [segment]
                found = self._from(start, events, limit)
                if found is not None:
                    return found
        return None

    def _from(self, start: Now, events: Sequence[Seen], limit: int) -> Now | None:
        order = count()
        heap: list[tuple[int, int, int, Now, _Path]] = [(0, next(order), 0, start, (None, 0, start))]
        seen: set[Any] = set()
        nodes = 0
        while heap:
            cost, _, place, now, path = heappop(heap)
            if place == len(events):
                self.path = _along(path, events)
                return now
            key = (
                place,
                now.tcb,
                tuple(each.frame for each in now.pending),
                tuple(each[0] for each in now.owed),
                now.held,
            )
            if key in seen:
                continue
            seen.add(key)
            nodes += 1
            if nodes > self.nodes:
                self.cut = True
                return None
            segment = events[place]
            ways = self._ways(now, segment, events[place + 1 :])
            for more, done, after in ways:
                if cost + more <= limit:
                    further = (path, place + 1, after) if done else path
                    heappush(heap, (cost + more, next(order), place + done, after, further))
        return None

    def _ways(self, now: Now, segment: Seen, later: Sequence[Seen]) -> Iterator[tuple[int, int, Now]]:
        """Yield how a run may go on at a segment: what it costs, whether the segment is done with, where it stands."""
        if self.context.exact:
            yield from ((cost, 0, after) for cost, after in self._late(now, segment))
            in_time = punctual(self.machine, now, segment.time, tolerant=self._tolerant)
            if in_time is None:
                return
            now = in_time
        if not segment.fields:
            yield 0, 1, now
        elif segment.arrives:
            yield from self._arriving(now, segment, later)
        else:
            yield from self._leaving(now, segment)

    def _late(self, now: Now, segment: Seen) -> Iterator[Guess]:
        """Yield where a run stands after what may have happened before a segment that has been on its way too long."""
        if now.tcb is not None and now.pending and now.pending[0].time + LATENCY < segment.time:
            yield from self._meanwhile(now, now.pending[0])

    # --- a segment that arrives -------------------------------------------------------------------------------

    def _arriving(self, now: Now, segment: Seen, later: Sequence[Seen]) -> Iterator[tuple[int, int, Now]]:
        if now.tcb is None:
            yield 0, 1, now._replace(pending=(*now.pending, segment))
            return
        if now.pending and self.context.exact:
            yield 0, 1, now._replace(pending=(*now.pending, segment))
            return
        turn = OUT_OF_TURN if now.pending else 0
        idle = not now.pending
        for cost, after in self._processed(now, segment, self._isns(later)):
            idle = idle and after.tcb == now.tcb and after.owed == now.owed
            yield cost + turn, 1, after
            if not self.context.exact:
                yield cost + turn + TWICE, 1, after._replace(pending=(*after.pending, segment))
        if idle:
            return
        yield 0 if now.pending else LATER, 1, now._replace(pending=(*now.pending, segment))
        if not self.context.exact:
            yield NEVER, 1, now

    @staticmethod
    def _isns(later: Sequence[Seen]) -> list[int]:
        sent = [each.fields for each in later if not each.arrives]
        shown = [fields[SEQ] for fields in sent if fields[SYN_BIT]][:2]
        shown += [(fields[SEQ] - 1) & MASK for fields in sent if not fields[SYN_BIT]][:1]
        return list(dict.fromkeys([*shown, NO_ISN]))

    def _processed(self, now: Now, segment: Seen, isns: Sequence[int]) -> Iterator[Guess]:
        """Yield where a run stands after processing a segment in each way that the profile allows."""
        machine, tcb = self.machine, now.tcb or ()
        results: set[Any] = set()
        for choice in (LETTER, *(machine.arrival_choices if self._tolerant else machine.arrival_freedoms)):
            for isn in isns if tcb[0] in machine.choosing else isns[:1]:
                if not self._differs(tcb, segment.fields, isn, choice):
                    continue
                after = deliver(machine, now, segment, isn, choice)
                if after is None:
                    continue
                entry = after.log[0] if after.log is not None and after is not now else None
                sent = entry.sent if isinstance(entry, Entry) else ()
                if (after.tcb, sent) in results or (not sent and after.tcb in results):
                    continue
                results |= {(after.tcb, sent), after.tcb}
                yield machine.cost(choice), after

    def _differs(self, tcb: Values, fields: Values, isn: int, choice: str) -> bool:
        """Return whether a choice makes a rule fire, and not only those that fire by the letter."""
        key = (tcb, fields, isn)
        chains = self._chains.get(key)
        if chains is None:
            chains = self._chains[key] = self._chains_of(*key)
        return choice == LETTER or (chains[choice] is not None and chains[choice] != chains[LETTER])

    def _chains_of(self, tcb: Values, fields: Values, isn: int) -> dict[str, tuple[str, ...] | None]:
        """Return the rules that fire when a segment arrives, by choice: every choice of a profile is asked once."""
        machine, found = self.machine, {}  # type: Machine, dict[str, tuple[str, ...] | None]
        for choice in (LETTER, *machine.arrival_choices):
            done = machine.run(tcb, ARRIVES, fields, (isn, *PLAIN_CALL[1:6], choice))
            found[choice] = None if done is None else done[1]
        return found

    # --- a segment that is sent -------------------------------------------------------------------------------

    def _leaving(self, now: Now, segment: Seen) -> Iterator[tuple[int, int, Now]]:
        machine = self.machine
        if now.tcb is None:
            for cost, after in beginnings(machine, now, segment, middle=self.context.middle):
                yield cost, 0, after
            return
        key = key_of(segment.fields)
        found = matched(now, segment, key, exact=self.context.exact)
        if found is not None:
            yield 0, 1, announce(machine, found, segment)
        for own, done, call in machine.explain(now.tcb, segment.fields):
            if own.choice in machine.tolerances and not self._tolerant:
                continue
            yield own.cost, 1, announce(machine, sent_by(own, done, call, now, segment), segment)
        for cost, after in self._meanwhile(now, segment):
            yield cost, 0, after
        if not self._supposing and self.context.peer_end is not None and not self.context.middle:
            return
        for cost, after in gaps(machine, now, segment, self.context, owed=self._supposing == 2):
            yield cost, 0, after

    def _meanwhile(self, now: Now, segment: Seen) -> Iterator[Guess]:
        """Yield what may have happened unseen before a segment left."""
        machine = self.machine
        isns = self._isns([segment])
        for place, pending in enumerate(now.pending[: 1 if self.context.exact else DEEP]):
            rest = now._replace(pending=now.pending[:place] + now.pending[place + 1 :])
            for cost, after in self._processed(rest, pending, isns):
                yield cost + OUT_OF_TURN * place, after
                if not self.context.exact:
                    yield cost + OUT_OF_TURN * place + TWICE, after._replace(pending=(*after.pending, pending))
        quiet = segment.time - (now.log[0].time if now.log is not None and now.log[0] is not None else 0)
        for own, done, call in machine.silent(now.tcb or (), segment.fields, quiet):
            entry = Entry(own.event, None, None, segment.time, call, now.tcb or (), done[0], done[1], (), (), done[3])
            yield own.cost + 1, now.after(entry)
