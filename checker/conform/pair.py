"""Both ends of one 4-tuple, followed through all incarnations that the capture shows.

A SYN with a new ISN begins an incarnation only if it is answered: one that is challenged, or comes to an end that
still has a connection, belongs to the old one. The runs of the two ends go on from one incarnation to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from checker.capture.segment import ACK as ACK_FLAG
from checker.capture.segment import FIN, RST, SYN, Segment, window_scale
from checker.conform.context import Context
from checker.conform.endpoint import Entry, Match, Now, settle
from checker.conform.facts import ENDING, Tally
from checker.conform.follow import TRAIL, Follower
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
_new = tuple.__new__
"""Quicker than Seen(...), of which two are made for every segment."""
_BITS = [(bool(f & SYN), bool(f & ACK_FLAG), bool(f & FIN), bool(f & RST)) for f in range(256)]


def shift_count(segment: Segment) -> int | None:
    """Return how far a SYN says that windows are scaled, or None."""
    shift = window_scale(segment)
    return None if shift is None else min(shift, MOST_SHIFT)


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

    known     the number of its last incarnation that was let go of.
    vantage   at which end, if any, the capture was taken.
    keep      whether steps and frames are kept for the report; without, memory does not grow with the connection.
    past      not None: the pair stands where others have come to, and this makes one that came there itself;
              since: what this one took itself.
    """

    def __init__(
        self, machine: Machine, names: tuple[str, str], tags: tuple[int, ...], conversation: int, vantage: Vantage,
        *, keep: bool, known: int | None = None,
    ) -> None:  # fmt: skip
        self.conversation = conversation
        self.machine, self.names, self.tags, self.vantage, self.keep = machine, names, tags, vantage, keep
        self.contexts = (Context(), Context())
        self.ends = (Follower(machine, self.contexts[0]), Follower(machine, self.contexts[1]))
        for context, other in zip(self.contexts, reversed(self.ends), strict=True):
            context.peer_could, context.peer_owes, context.told = other.could, other.owes, other.context
        self.scale: list[int | None] = [None, None]
        self.shifts = [0, 0]
        self.number, self.boundary = (known or 0) + 1, 0
        self.isn: list[int | None] = [None, None]
        self.candidate: Candidate | None = None
        self.client = 0
        self.begun = self.middle = False
        self.exact: list[Follower] = []
        self.resting, self.recent, self.full = False, 0, 2 * TRAIL
        self.past: Callable[[], Pair] | None = None
        self.since: list[tuple[int, Segment]] = []
        self._fresh()

    def _fresh(self) -> None:
        self.tally, self.frames = Tally(), []  # type: tuple[Tally, list[Frame]]
        origin = self.machine.index["ORIGIN"]
        self.stories = (Story(origin), Story(origin))
        self.kept: tuple[list[Entry | Match], list[Entry | Match]] = ([], [])

    # --- one frame --------------------------------------------------------------------------------------------

    def _scaled(self, side: int, segment: Segment) -> None:
        """Take note of a SYN's shift count: windows are scaled if both have one, but not that of a SYN."""
        self.scale[side] = shift_count(segment)
        self.rescale()

    def rescale(self) -> None:
        """Work out how windows are scaled now."""
        both = self.scale[0] is not None and self.scale[1] is not None
        self.shifts = [self.scale[0] or 0, self.scale[1] or 0] if both else [0, 0]

    def feed(self, side: int, segment: Segment) -> Incarnation | None:
        """Take the next segment; return the incarnation that is over, if one is."""
        number, time, _, _, _, _, _, seq, ack, flags, window, data, _, _, _, _ = segment
        if self.past is not None:
            self._remember(side, segment)
        if not self.begun:
            self._begin(side, segment)
        if flags & SYN:
            self._scaled(side, segment)
        else:
            window <<= self.shifts[side]
        fields = (seq, ack if flags & ACK_FLAG else 0, data, window, *_BITS[flags])
        for end in self.exact:
            end.on_time(time)
        finished = None
        if self.keep or self.candidate is not None or flags & SYN:
            frame = Frame(number, time, SIDES[side], fields, segment.ip_id, segment.ttl)
            if self.candidate is not None or flags & SYN:
                finished = self._turned(side, frame)
            if self.keep:
                self.frames.append(frame)
        tally = self.tally
        tally.take(side, number, time, fields)
        self.ends[side].leaving(fields, number, time)
        self.ends[1 - side].arriving(fields, number, time)
        self.resting = tally.bits >= ENDING and self._over()
        self.recent += 1
        if self.recent >= self.full:
            self._trim()
        return finished

    def _remember(self, side: int, segment: Segment) -> None:
        """Remember what this pair takes itself; from a full trail on it needs no other past."""
        self.since.append((side, segment))
        if len(self.since) > TRAIL:
            self.past, self.since = None, []
            for end in self.ends:
                end.provisional = False

    def whole(self) -> tuple[Pair, Incarnation | None]:
        """Return a pair that did itself what this one and its past did; and the incarnation that is over then."""
        pair, over = self if self.past is None else self.past(), None
        for side, segment in self.since:
            over = pair.feed(side, segment)
        return pair, over

    @property
    def plain(self) -> bool:
        """Whether nothing that was seen, or is to come, needs to be remembered but where both ends stand."""
        ordinary = not (self.keep or self.boundary or self.candidate or self.exact or self.tally.rst)
        return ordinary and all(end.plain and not (end.departures or end.bounded) for end in self.ends)

    def twin(self) -> Pair:
        """Return a pair that was told what this one was, before anything is known of its ends."""
        twin = Pair(self.machine, self.names, self.tags, self.conversation, self.vantage, keep=self.keep)
        twin.number, twin.client, twin.middle, twin.isn = self.number, self.client, self.middle, list(self.isn)
        twin.stories = deepcopy(self.stories)
        for side, end in enumerate(self.ends):
            twin.stories[side].take(entries_of(end.now.log))
            twin.contexts[side].middle, twin.contexts[side].holes = self.middle, list(self.contexts[side].holes)
        return twin

    def _over(self) -> bool:
        """Return whether nothing is left to happen between the two ends."""
        if self.candidate is not None or any(end.waiting for end in self.ends):
            return False
        return all(end.tcb is not None and end.tcb[0] in OVER for end in self.ends)

    def _begin(self, side: int, segment: Segment) -> None:
        """Guess from the first segment who is the client, and whether the capture begins in the middle."""
        self.begun = True
        syn, ack, _, _ = _BITS[segment.flags]
        self.middle = not (syn and not ack)
        if (
            self.middle
        ):  # windows may be scaled, and no frame tells how far: so that none is taken for smaller than it is
            self.scale = [MOST_SHIFT, MOST_SHIFT]
            self.rescale()
        toward_server = segment.source_port >= segment.destination_port if not syn else not ack
        self.client = side if toward_server else 1 - side
        for each, context in enumerate(self.contexts):
            context.middle = self.middle
            context.exact = self.vantage == ("client" if each == self.client else "server")
            self.ends[each].quick = not context.exact
            if not self.middle:
                self.ends[each].now = Now(self.machine.reader.initial)
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
        contexts = tuple(replace(context, holes=list(context.holes), told=None) for context in self.contexts)
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
        last = self._told((None, None), self.contexts, self.tally, None)
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
        """Let go of what no search will touch again; what is not answered yet may turn out to have been lost."""
        unanswered = max(end.unanswered for end in self.ends)
        left = min(self.recent, TRAIL + 4 * unanswered)
        self.recent, self.full = left, left + TRAIL
        for side, end in enumerate(self.ends):
            if not self.keep and not self.boundary and end.let_go(left, self.stories[side]):
                continue
            oldest = end.trail[-left][0].log
            del end.trail[:-left]
            if oldest is None:
                continue
            entries = self._part(entries_of(oldest))
            self.stories[side].take(entries)
            if self.keep:
                self.kept[side].extend(entries)
            oldest[0] = oldest[1] = None

    def _found(self, side: int, now: Now | None, tally: Tally, before: int | None) -> EndFound:
        """Return what was found of an end; now: where its run stood, if that is not where it stands."""
        end, story = self.ends[side], self.stories[side]
        seen, kept = tally.segments[side] > 0, []  # type: bool, list[Entry | Match]
        if now is None and not self.keep and not self.boundary and not end.waiting and end.tells(story):
            tcb = settled = end.tcb
        else:
            now = now or end.now
            then = now if now.tcb is None else settle(self.machine, now)
            entries = self._part(entries_of(then.log))
            story.take(entries)
            if self.keep:
                kept = [*self.kept[side], *entries]
            tcb, settled = now.tcb, then.tcb
        departures = [
            each
            for each in end.departures
            if each.segment.frame >= self.boundary and (before is None or each.segment.frame < before)
        ]
        return EndFound(self.names[side], seen, tcb, settled, story, departures, kept)

    def _told(
        self, nows: tuple[Now | None, Now | None], contexts: tuple[Context, Context], tally: Tally, before: int | None
    ) -> Incarnation | None:
        if not tally.total:
            return None
        frames = [f for f in self.frames if before is None or f.frame < before]
        found = self._found(0, nows[0], tally, before), self._found(1, nows[1], tally, before)
        return told(
            self.machine, found, contexts, tally, frames, self.client, self.tags, (self.conversation, self.number),
            middle=self.middle,
        )  # fmt: skip
