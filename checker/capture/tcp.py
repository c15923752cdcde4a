"""From the octets of a TCP header (RFC 9293 §3.1) to a Segment."""

from __future__ import annotations

from struct import Struct

from checker.capture.ip import TCP, Payload
from checker.capture.notes import Skipped
from checker.capture.segment import Segment

_header = Struct(">HHIIBBH").unpack_from
_both_headers = Struct(">BxHHHBBxx4s4sHHIIBBH").unpack_from
_new = tuple.__new__
"""Half of the time that Segment(...) takes."""
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
    options, cut = buffer[at + 20 : min(at + header, end)], at + header > end
    return Segment(
        frame, time, tags, source, source_port, destination, destination_port,
        seq, ack, flags, window, length - header, options, cut, ip_id, ttl,
    )  # fmt: skip


def plain_segment(frame: int, time: int, tags: tuple[int, ...], buffer: bytes, at: int, end: int) -> Segment | None:
    """Return the segment in a packet that is as most are: IPv4 without options, TCP, no fragment, captured whole.

    For speed only: it reads both headers at once. None means that the way through open_packet and open_segment has
    to be taken; where it is not None, they return the same.
    """
    if at + 40 > end:
        return None
    (
        version, total, ip_id, fragment, ttl, protocol, source, destination,
        source_port, destination_port, seq, ack, offset, flags, window,
    ) = _both_headers(buffer, at)  # fmt: skip
    data = total - 20 - (offset >> 4 << 2)
    options_end = at + 20 + (offset >> 4 << 2)
    if version != 0x45 or protocol != TCP or fragment & 0x3FFF or data < 0 or offset < 0x50 or options_end > end:
        return None
    return _new(
        Segment,
        (
            frame, time, tags, source, source_port, destination, destination_port,
            seq, ack, flags, window, data, buffer[at + 40 : options_end], False, ip_id, ttl,
        ),
    )  # fmt: skip
