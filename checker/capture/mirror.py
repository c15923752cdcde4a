"""Frames that were recorded twice, as by a mirror port or on two interfaces: found by what a sender never repeats."""

from __future__ import annotations

from checker.capture.segment import FIN, SYN, Segment

NEAR = 5_000_000
"""How many ns lie at most between a frame and its copy. No timer repeats so soon: an RTO is 1 s (RFC 6298 §2.4)."""
_MOST = 4096
"""How many segments are remembered, at most twice over."""

_Seen = tuple[Segment, int]
"""A segment, and how many of its conversation had been seen by then."""


class Sent:
    """How many segments an end has sent, and whether its IP identifications tell them apart."""

    __slots__ = ("count", "ip_id", "telling")

    def __init__(self) -> None:
        self.count, self.ip_id, self.telling = 0, -1, False


class Mirror:
    """Remembers the segments of the last few milliseconds, of all conversations.

    The same headers again are a copy if the identification says that it is the same packet. Many stacks send no
    telling one (0 with DF, RFC 6864 §4; none in IPv6). Then it is a copy if only a timer would repeat what it carries
    and it comes next in its conversation; or if the conversation had copies before. A hop limit may have been lowered
    between the two.
    """

    def __init__(self) -> None:
        self._young: dict[int, _Seen] = {}
        self._old: dict[int, _Seen] = {}
        self._first, self._last = 0, -1

    def is_copy(self, segment: Segment, sender: Sent, other: Sent, copies: int) -> bool:
        """Return whether the segment is one of the last few again, and remember it if it is not.

        copies    how many the conversation had before.
        """
        time, ip_id = segment[1], segment[14]
        said = sender.count + other.count
        number = hash(segment[7:12])  # SEG.SEQ to the length of its text: nearly always enough to tell segments apart
        young = self._young
        known = young.get(number) or self._old.get(number)
        if known is not None and known[0][2:-1] == segment[2:-1] and abs(time - known[0].time) <= NEAR:
            telling = ip_id > 0 and sender.telling
            timed = segment.data > 0 or segment.flags & (SYN | FIN)
            if telling or copies or (timed and said == known[1]):
                return True
        if time > self._last or time < self._first or len(young) >= _MOST:
            self._old, self._young, self._first, self._last = young, {}, time - NEAR, time + NEAR
            young = self._young
        young[number] = segment, said + 1
        if sender.ip_id != ip_id:
            sender.telling = sender.count > 0
            sender.ip_id = ip_id
        sender.count += 1
        return False
