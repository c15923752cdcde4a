"""From the octets of a TCP header (RFC 9293 §3.1) to a Segment."""

from __future__ import annotations

from struct import Struct

from checker.capture.ip import Payload
from checker.capture.notes import Skipped
from checker.capture.segment import Segment

_header = Struct(">HHIIBBH").unpack_from
_NEEDED = 16
"""Octets of a header up to its window: what must have been captured."""


def open_segment(frame: int, time: int, tags: tuple[int, ...], buffer: bytes, payload: Payload, end: int) -> Segment:
    """Return the segment that begins in the buffer where `payload` says; the capture of it ends at `end`.

    Raise Skipped when its header was cut off or contradicts the lengths of IP.
    """
    source, destination, at, length, ip_id, ttl = payload
    if at + _NEEDED > end:
        raise Skipped("cut header", "TCP")
    source_port, destination_port, seq, ack, offset, flags, window = _header(buffer, at)
    header = offset >> 4 << 2
    if not 20 <= header <= length:
        raise Skipped("malformed", f"TCP header of {header} octets in a segment of {length}")
    options_end = at + header
    return Segment(
        frame,
        time,
        tags,
        source,
        source_port,
        destination,
        destination_port,
        seq,
        ack,
        flags,
        window,
        length - header,
        buffer[at + 20 : min(options_end, end)],
        options_end > end,
        ip_id,
        ttl,
    )
