"""Segments of one conversation made by hand, as the reader would give them."""

from __future__ import annotations

from itertools import count

from checker.capture.segment import ACK, Segment
from tests.checker.capture.building import CLIENT, SERVER

MS = 1_000_000


class Talk:
    """Two ends that say something: each call is a segment, its frame the next one."""

    def __init__(self, *, ports: tuple[int, int] = (40000, 80), tags: tuple[int, ...] = ()) -> None:
        self.tags = tags
        self.ends = ((CLIENT, ports[0]), (SERVER, ports[1]))
        self.frames = count(1)

    def say(
        self, side: int, time: float, *, seq: int = 0, ack: int = 0, flags: int = ACK, data: int = 0, ip_id: int = 0,
        ttl: int = 64,
    ) -> Segment:  # fmt: skip
        """Return a segment of an end, at a time in milliseconds."""
        source, destination = self.ends[side], self.ends[1 - side]
        return Segment(
            next(self.frames), round(time * MS), self.tags, *source, *destination, seq, ack, flags, 500, data, b"",
            False, ip_id, ttl,
        )  # fmt: skip
