"""Segments sorted into conversations: what two ends say to each other, under the same tags. No rule of TCP.

One conversation may hold several connections, one after the other, and the middle of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappush, heappushpop
from typing import Literal, get_args

from checker.capture.mirror import Mirror, Sent
from checker.capture.notes import Kind, Notes
from checker.capture.segment import Segment, endpoint

Order = Literal["capture", "time"]
ORDERS: tuple[Order, ...] = get_args(Order)
"""How segments are ordered: as the file has them, or by their times."""
LOOK_AHEAD = 10_000
"""How many segments are held back to sort them by time."""
LIMIT = 65_536
"""How many conversations may be open at a time, unless told otherwise."""
IDLE = 7_440 * 10**9
"""Silence in ns after which a conversation may be forgotten when many are open: 2 h 4 min, a NAT's (RFC 5382 §5)."""
LINGER = 240 * 10**9
"""The same for one that is over, as its reader has said: 2 MSL (RFC 9293 §3.4.2)."""
_FEW = 4096
"""So many open conversations are never looked through."""

End = tuple[bytes, int]
"""Address and port."""
_Key = tuple[tuple[int, ...], bytes, int, bytes, int]


class Conversation:
    """What two ends say to each other.

    number      from 1, in the order in which they began.
    tags        VLAN ids and PPPoE sessions, outermost first.
    ends        the two ends, the sender of the first captured segment first.
    began, last         time of the first segment and of the last one, ns since the epoch.
    segments, copies    how many were seen, and how many were dropped because they were recorded twice.
    over        set by the reader when it expects nothing more: then it is forgotten before others.
    """

    __slots__ = ("began", "copies", "ends", "last", "number", "over", "segments", "tags")

    def __init__(self, number: int, first: Segment) -> None:
        self.number, self.tags = number, first.tags
        self.ends: tuple[End, End] = (
            (first.source, first.source_port),
            (first.destination, first.destination_port),
        )
        self.began = self.last = first.time
        self.segments = self.copies = 0
        self.over = False

    def side(self, segment: Segment) -> int:
        """Return which end sent a segment, 0 or 1. One end that speaks to itself is 0."""
        return int(segment[3:5] != self.ends[0])  # source and source_port, of every segment: quicker than by name

    def name(self, side: int) -> str:
        """Return an end's name: 10.0.0.1:80."""
        return endpoint(*self.ends[side])


Told = tuple[Conversation, Segment | None]
"""A segment and what it belongs to; None when the conversation is forgotten: nothing more will be said of it."""


def conversations(
    segments: Iterable[Segment], notes: Notes, *, order: Order = "capture", limit: int = LIMIT
) -> Iterator[Told]:
    """Yield each segment with its conversation, as they come; copies are dropped and noted.

    Each conversation ends with None: when it is forgotten because too many are open, or at the end of the capture.
    """
    table, is_copy = _Table(notes, limit), Mirror().is_copy
    find, before = table.known.get, 0
    for segment in segments if order == "capture" else by_time(segments, notes):
        known = find(segment[2:7])
        if known is None:
            for forgotten in table.make_room(segment):
                yield forgotten, None
            known = table.begin(segment)
        conversation, sender, other = known
        time = conversation.last = segment[1]
        if time < before and order == "capture":
            notes.add("backwards", segment.frame)
        before = time
        if is_copy(segment, sender, other, conversation.copies):
            conversation.copies += 1
            notes.add("duplicate", segment.frame)
            continue
        conversation.segments += 1
        yield conversation, segment
    for conversation in table.open.values():
        yield conversation, None


def by_time(segments: Iterable[Segment], notes: Notes, look_ahead: int = LOOK_AHEAD) -> Iterator[Segment]:
    """Yield segments by their times, in the file's order where those are equal, as far as the look-ahead sorts them."""
    waiting: list[tuple[int, int, Segment]] = []
    reached = 0
    for segment in segments:
        entry = segment.time, segment.frame, segment
        if len(waiting) < look_ahead:
            heappush(waiting, entry)
            continue
        time, frame, first = heappushpop(waiting, entry)
        if time < reached:
            notes.add("late", frame)
        reached = max(reached, time)
        yield first
    for _, _, segment in sorted(waiting):
        yield segment


class _Table:
    """The open conversations."""

    def __init__(self, notes: Notes, limit: int) -> None:
        self.notes, self.limit = notes, limit
        self.begun = 0
        self.enough = min(_FEW, limit)
        self.open: dict[int, Conversation] = {}
        self.known: dict[_Key, tuple[Conversation, Sent, Sent]] = {}

    def begin(self, first: Segment) -> tuple[Conversation, Sent, Sent]:
        """Open a conversation with its first segment."""
        self.begun += 1
        conversation = self.open[self.begun] = Conversation(self.begun, first)
        forth, back = _keys(conversation)
        here, there = Sent(), Sent()
        self.known[back] = conversation, there, here
        self.known[forth] = conversation, here, there
        return self.known[forth]

    def make_room(self, segment: Segment) -> list[Conversation]:
        """Forget conversations if too many are open: those long silent, then those over, then the longest silent.

        Looking through them costs nothing much: it is done when their number has doubled, or reached the limit.
        """
        if len(self.open) < self.enough:
            return []
        gone = [c for c in self.open.values() if segment.time - c.last > (LINGER if c.over else IDLE)]
        self._forget(gone, "idle", segment.frame)
        excess = len(self.open) - self.limit + 1
        if excess > 0:
            crowd = sorted(self.open.values(), key=lambda c: (not c.over, c.last, c.number))
            crowd = crowd[: max(excess, self.limit // 4)]
            self._forget(crowd, "crowd", segment.frame)
            gone += crowd
        self.enough = min(self.limit, max(_FEW, 2 * len(self.open)))
        return gone

    def _forget(self, gone: list[Conversation], why: Kind, frame: int) -> None:
        for conversation in gone:
            del self.open[conversation.number]
            for key in _keys(conversation):
                self.known.pop(key, None)
            if not conversation.over:
                self.notes.add(why, frame, f"{conversation.name(0)} and {conversation.name(1)}")


def _keys(conversation: Conversation) -> tuple[_Key, _Key]:
    """Return what segments of a conversation are known by: from its first end, and from its second."""
    first, second = conversation.ends
    return (conversation.tags, *first, *second), (conversation.tags, *second, *first)
