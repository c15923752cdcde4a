"""Both ends of one 4-tuple, followed through all incarnations that the capture shows.

A SYN with a new ISN begins an incarnation only if it is answered: one that is challenged, or comes to an end that
still has a connection, belongs to the old one. The runs of the two ends go on from one incarnation to the next.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from checker.capture.segment import ACK as ACK_FLAG
from checker.capture.segment import FIN, RST, SYN, Segment, window_scale
from checker.conform.endpoint import Entry, Match, Now, Seen, settle
from checker.conform.facts import Tally
from checker.conform.follow import TRAIL, Context, Follower
from checker.conform.machine import ACK, ACK_BIT, MASK, RST_BIT, SEQ, SYN_BIT, Machine
from checker.conform.result import Frame, Incarnation
from checker.conform.story import Story, entries_of
from checker.conform.telling import SIDES, EndFound, told

Values = tuple[Any, ...]
Vantage = Literal["client", "server", "middle"]
MOST_SHIFT = 14
"""RFC 7323 §2.3: a larger shift count is taken for this one."""
OVER = ("CLOSED", "LISTEN", "TIME-WAIT")
"""The states in which an end expects nothing more of a connection."""
PATIENCE = 48
"""A SYN that so many segments later is not answered begins no incarnation."""
_BITS = [(bool(f & SYN), bool(f & ACK_FLAG), bool(f & FIN), bool(f & RST)) for f in range(256)]


@dataclass
class Candidate:
    """A SYN that may begin an incarnation: its frame, who sent it, how things stood before, what came since."""

    frame: int
    side: int
    isn: int
    nows: tuple[Now, Now]
    contexts: tuple[Context, Context]
    tally: Tally
    since: list[Frame] = field(default_factory=list)
    answered_otherwise: bool = False


class Pair:
    """Follows the two ends of a conversation, `names` by side.

    vantage   at which end, if any, the capture was taken.
    keep      whether steps and frames are kept for the report; without, memory does not grow with the connection.
    """

    def __init__(
        self, machine: Machine, names: tuple[str, str], tags: tuple[int, ...], vantage: Vantage, *, keep: bool,
        known: int | None = None,
    ) -> None:  # fmt: skip
        self.machine, self.names, self.tags, self.vantage, self.keep = machine, names, tags, vantage, keep
        self.contexts = (Context(), Context())
        self.ends = (Follower(machine, self.contexts[0]), Follower(machine, self.contexts[1]))
        for context, other in zip(self.contexts, reversed(self.ends), strict=True):
            context.peer_could, context.peer_owes = other.could, other.owes
        self.scale: list[int | None] = [None, None]
        self.scaled = False
        self.number, self.boundary = (known or 0) + 1, 0
        self.isn: list[int | None] = [None, None]
        self.candidate: Candidate | None = None
        self.client = 0
        self.begun = self.middle = False
        self.exact: list[Follower] = []
        self.resting = False
        self._fresh()

    def _fresh(self) -> None:
        self.tally, self.frames = Tally(), []  # type: tuple[Tally, list[Frame]]
        origin = self.machine.index["ORIGIN"]
        self.stories = (Story(origin), Story(origin))
        self.kept: tuple[list[Entry | Match], list[Entry | Match]] = ([], [])

    # --- one frame --------------------------------------------------------------------------------------------

    def fields(self, side: int, segment: Segment) -> Values:
        """Return a captured segment's fields in the relation's order, the window scaled."""
        syn, ack, fin, rst = _BITS[segment.flags]
        window = segment.window
        if syn:
            shift = window_scale(segment)
            self.scale[side] = None if shift is None else min(shift, MOST_SHIFT)
            self.scaled = self.scale[0] is not None and self.scale[1] is not None
        elif self.scaled:
            window <<= self.scale[side] or 0
        return (segment.seq, segment.ack if ack else 0, segment.data, window, syn, ack, fin, rst)

    def feed(self, side: int, segment: Segment) -> Incarnation | None:
        """Take the next segment; return the incarnation that is over, if one is."""
        fields = self.fields(side, segment)
        number, time = segment.frame, segment.time
        if not self.begun:
            self._begin(side, segment)
        for end in self.exact:
            end.on_time(time)
        finished = None
        if self.keep or self.candidate is not None or fields[SYN_BIT]:
            frame = Frame(number, time, SIDES[side], fields, segment.ip_id, segment.ttl)
            if self.candidate is not None or fields[SYN_BIT]:
                finished = self._turned(side, frame)
            if self.keep:
                self.frames.append(frame)
        self.tally.take(side, number, time, fields)
        mine, other = self.ends[side], self.ends[1 - side]
        mine.feed(tuple.__new__(Seen, (False, fields, number, time)))  # made for every segment: quicker than Seen(...)
        other.feed(tuple.__new__(Seen, (True, fields, number, time)))
        self.resting = self.tally.ending and self._over()
        if len(mine.trail) >= 2 * TRAIL:
            self._trim()
        return finished

    def _over(self) -> bool:
        """Return whether nothing is left to happen between the two ends."""
        first, second = self.ends[0].now, self.ends[1].now
        if first.tcb is None or second.tcb is None or first.pending or second.pending or self.candidate is not None:
            return False
        return first.tcb[0] in OVER and second.tcb[0] in OVER

    def _begin(self, side: int, segment: Segment) -> None:
        """Guess from the first segment who is the client, and whether the capture begins in the middle."""
        self.begun = True
        syn, ack, _, _ = _BITS[segment.flags]
        self.middle = not (syn and not ack)
        toward_server = segment.source_port >= segment.destination_port if not syn else not ack
        self.client = side if toward_server else 1 - side
        for each, context in enumerate(self.contexts):
            context.middle = self.middle
            if not self.middle:
                self.ends[each].now = Now(self.machine.reader.initial)
            context.exact = self.vantage == ("client" if each == self.client else "server")
        self.exact = [end for end in self.ends if end.context.exact]

    # --- incarnations -----------------------------------------------------------------------------------------

    def _turned(self, side: int, frame: Frame) -> Incarnation | None:
        """Return the old incarnation if this frame answers the SYN that began a new one; watch for such SYNs."""
        fields, candidate = frame.fields, self.candidate
        finished = None
        if candidate is not None and self._answers(side, fields, candidate):
            finished = self._turn(candidate)
            candidate = self.candidate = None
        if fields[SYN_BIT] and not fields[ACK_BIT] and not fields[RST_BIT]:
            known = self.isn[side]
            again = candidate is not None and candidate.side == side and candidate.isn == fields[SEQ]
            crossing = candidate is not None and candidate.side != side and not candidate.answered_otherwise
            if (
                (known not in (None, fields[SEQ]) and not again)
                or (again and candidate and candidate.answered_otherwise)
                or (known is None and self.tally.ended and not crossing)
            ):
                self._watch(side, frame)
            self.isn[side] = fields[SEQ]
        elif candidate is not None and finished is None:
            candidate.answered_otherwise = True
        if self.candidate is not None:
            self.candidate.since.append(frame)
            if len(self.candidate.since) > PATIENCE:
                self.candidate = None
        return finished

    def _watch(self, side: int, frame: Frame) -> None:
        nows = (self.ends[0].now, self.ends[1].now)
        contexts = tuple(replace(context, holes=list(context.holes)) for context in self.contexts)
        self.candidate = Candidate(
            frame.frame, side, frame.fields[SEQ], nows, (contexts[0], contexts[1]), deepcopy(self.tally)
        )

    @staticmethod
    def _answers(side: int, fields: Values, candidate: Candidate) -> bool:
        acknowledged = bool(fields[ACK_BIT]) and fields[ACK] == (candidate.isn + 1) & MASK
        return side != candidate.side and acknowledged and bool(fields[SYN_BIT] or fields[RST_BIT])

    def _turn(self, candidate: Candidate) -> Incarnation | None:
        """Return the incarnation that ended before a SYN, and begin the next with it."""
        old = self._told(candidate.nows, candidate.contexts, candidate.tally, candidate.frame)
        self.boundary = candidate.frame
        self._fresh()
        self.number += 1
        self.client, self.middle = candidate.side, False
        for frame in candidate.since:
            self.tally.take(SIDES.index(frame.sender), frame.frame, frame.time, frame.fields)
        self.frames = list(candidate.since) if self.keep else []
        for context in self.contexts:
            context.middle = False
        return old

    def end(self) -> list[Incarnation]:
        """Return what is left when the capture ends: one incarnation, or two if a last SYN was not answered at all."""
        found = []
        for end in self.exact:
            end.on_time(self.tally.last[1])
        candidate = self.candidate
        if candidate is not None and self._stands_alone(candidate):
            old = self._turn(candidate)
            found = [] if old is None else [old]
        nows = (self.ends[0].now, self.ends[1].now)
        last = self._told(nows, self.contexts, self.tally, None)
        for context in self.contexts:
            context.forget()
        return found if last is None else [*found, last]

    def _stands_alone(self, candidate: Candidate) -> bool:
        return not any(frame.sender != SIDES[candidate.side] and not frame.fields[RST_BIT] for frame in candidate.since)

    # --- the runs ---------------------------------------------------------------------------------------------

    def _part(self, entries: list[Entry | Match]) -> list[Entry | Match]:
        """Return the entries that belong to this incarnation: from the first that a frame of it shows."""
        if not self.boundary:
            return entries
        later = {id(each.entry) for each in entries if isinstance(each, Match) and each.frame >= self.boundary}
        for place, each in enumerate(entries):
            if (each.frame or 0) >= self.boundary or id(each) in later:
                first = place
                while first and entries[first - 1].frame is None:  # inferred for that frame
                    first -= 1
                return entries[first:]
        return []

    def _trim(self) -> None:
        """Let go of what no search will touch again."""
        for side, end in enumerate(self.ends):
            if len(end.trail) < 2 * TRAIL:
                continue
            oldest = end.trail[-TRAIL][0].log
            del end.trail[:-TRAIL]
            if oldest is None:
                continue
            entries = self._part(entries_of(oldest))
            self.stories[side].take(entries)
            if self.keep:
                self.kept[side].extend(entries)
            oldest[0] = oldest[1] = None

    def _told(
        self, nows: tuple[Now, Now], contexts: tuple[Context, Context], tally: Tally, before: int | None
    ) -> Incarnation | None:
        if not tally.total:
            return None
        found = []
        for side, now in enumerate(nows):
            settled = now if now.tcb is None else settle(self.machine, now)
            entries = self._part(entries_of(settled.log))
            story = self.stories[side]
            story.take(entries)
            departures = [
                each
                for each in self.ends[side].departures
                if each.segment.frame >= self.boundary and (before is None or each.segment.frame < before)
            ]
            kept = [*self.kept[side], *entries] if self.keep else []
            found.append(EndFound(self.names[side], tally.segments[side] > 0, now, settled, story, departures, kept))
        frames = [f for f in self.frames if before is None or f.frame < before]
        return told(
            self.machine, (found[0], found[1]), contexts, tally, frames, self.client, self.tags, self.number,
            middle=self.middle,
        )  # fmt: skip
