"""One TCP segment as captured, its control bits and options. What was on the wire, not what it means."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address
from typing import NamedTuple

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))
"""The control bits of RFC 9293 §3.1 as they stand in octet 13 of the header."""

_END, _NO_OPERATION, _MSS, _WINDOW_SCALE, _TIMESTAMPS, _FAST_OPEN, _EXPERIMENT = 0, 1, 2, 3, 8, 34, 254
_FAST_OPEN_MAGIC = b"\xf9\x89"
"""What marks the experimental option 254 as TCP Fast Open's: RFC 7413 §7."""


class Segment(NamedTuple):
    """One TCP segment as captured.

    frame        number of the frame in the file, from 1, as Wireshark counts.
    time         nanoseconds since the epoch, by the capturing clock.
    tags         VLAN ids and PPPoE session around it, outermost first: part of the connection's name.
    source, destination            addresses of 4 or 16 octets; the ports beside them.
    seq, ack     SEG.SEQ and the acknowledgment field, 32 bits, as on the wire, with or without the ACK bit.
    flags        octet 13 of the header: FIN to CWR.
    window       as on the wire: 16 bits, unscaled.
    data         octets of text by the lengths of the IP header, whatever of them was captured.
    options      as captured; `options_cut` says that the capture (or the header's length) ends inside them.
    ip_id, ttl   IPv4's identification (-1 with IPv6), and time to live or hop limit.
    """

    frame: int
    time: int
    tags: tuple[int, ...]
    source: bytes
    source_port: int
    destination: bytes
    destination_port: int
    seq: int
    ack: int
    flags: int
    window: int
    data: int
    options: bytes
    options_cut: bool
    ip_id: int
    ttl: int


def endpoint(address: bytes, port: int) -> str:
    """Return an end's name: 10.0.0.1:80, [2001:db8::1]:80."""
    if len(address) == 4:
        a, b, c, d = address
        return f"{a}.{b}.{c}.{d}:{port}"
    return f"[{IPv6Address(address)}]:{port}"


def source(segment: Segment) -> str:
    """Return the name of the end that sent a segment."""
    return endpoint(segment.source, segment.source_port)


def destination(segment: Segment) -> str:
    """Return the name of the end that a segment is for."""
    return endpoint(segment.destination, segment.destination_port)


def option_list(segment: Segment) -> Iterator[tuple[int, bytes]]:
    """Yield kind and value of each option that was captured whole (RFC 9293 §3.1), up to the first malformed one."""
    options, at = segment.options, 0
    while at < len(options) and (kind := options[at]) != _END:
        if kind == _NO_OPERATION:
            at += 1
            continue
        length = options[at + 1] if at + 1 < len(options) else 0
        if length < 2 or at + length > len(options):
            return
        yield kind, options[at + 2 : at + length]
        at += length


def max_segment_size(segment: Segment) -> int | None:
    """Return the MSS option in octets (RFC 9293 §3.7.1), or None."""
    return _number(segment, _MSS, 2)


def window_scale(segment: Segment) -> int | None:
    """Return the shift of the Window Scale option (RFC 7323 §2.2), as sent: more than 14 is possible; or None."""
    return _number(segment, _WINDOW_SCALE, 1)


def timestamps(segment: Segment) -> tuple[int, int] | None:
    """Return TSval and TSecr of the Timestamps option (RFC 7323 §3.2), or None."""
    both = _number(segment, _TIMESTAMPS, 8)
    return None if both is None else divmod(both, 1 << 32)


def fast_open_cookie(segment: Segment) -> bytes | None:
    """Return the cookie of TCP Fast Open (RFC 7413 §4.1.1), empty when one is asked for; None without the option."""
    for kind, value in option_list(segment):
        if kind == _FAST_OPEN:
            return value
        if kind == _EXPERIMENT and value[:2] == _FAST_OPEN_MAGIC:
            return value[2:]
    return None


def _number(segment: Segment, kind: int, length: int) -> int | None:
    """Return the value of the first option of a kind that has the length it must have."""
    for found, value in option_list(segment):
        if found == kind and len(value) == length:
            return int.from_bytes(value)
    return None
