"""From an IP packet to the TCP segment in it: lengths by the IP header, extension headers, fragments, tunnels."""

from __future__ import annotations

from struct import Struct

from checker.capture.notes import Skipped

Payload = tuple[bytes, bytes, int, int, int, int]
"""Source, destination; where the segment begins in the buffer, its length in octets; identification; time to live."""

TCP = 6
_NESTED = frozenset({4, 41})
"""IPv4 or IPv6 in IP (RFC 2003, RFC 4213 §3)."""
_DEEPEST = 4
"""How many packets may stand in one another."""
_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _DESTINATION = 0, 43, 44, 51, 60
_EXTENSIONS = frozenset({_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _DESTINATION, 135, 139, 140})
"""Headers that say what comes next (RFC 8200 §4, RFC 4302 §2); the last three: Mobility, HIP, Shim6."""
_JUMBO = b"\xc2\x04"
"""Type and length of the Jumbo Payload option (RFC 2675 §2)."""

_ipv4 = Struct(">BxHHHBBxx4s4s").unpack_from
_ipv6 = Struct(">4xHBB16s16s").unpack_from
_two = Struct(">H").unpack_from
_four = Struct(">I").unpack_from


def open_packet(buffer: bytes, at: int, end: int, wire_end: int) -> Payload:
    """Return what a packet says of the segment in it. Raise Skipped when that cannot be read or is not TCP.

    at, end     where the packet begins and the capture of it ends.
    wire_end    where the frame ended on the wire: what counts where the header has no length.
    """
    for _ in range(_DEEPEST):
        version = buffer[at] >> 4 if at < end else 0
        if version == 4:
            protocol, payload = _open_ipv4(buffer, at, end, wire_end)
        elif version == 6:
            protocol, payload = _open_ipv6(buffer, at, end, wire_end)
        else:
            raise Skipped("malformed", f"IP version {version}") if at < end else Skipped("cut header", "IP")
        if protocol == TCP:
            return payload
        if protocol not in _NESTED:
            break
        at, wire_end = payload[2], payload[2] + payload[3]
    raise Skipped("not TCP", f"protocol {protocol}")


def _open_ipv4(buffer: bytes, at: int, end: int, wire_end: int) -> tuple[int, Payload]:
    if at + 20 > end:
        raise Skipped("cut header", "IPv4")
    first, total, ip_id, fragment, ttl, protocol, source, destination = _ipv4(buffer, at)
    if fragment & 0x3FFF:  # more fragments, or not the first
        raise Skipped("fragment", f"identification {ip_id}")
    header = (first & 15) << 2
    total = total or wire_end - at
    if not 20 <= header <= total:
        raise Skipped("malformed", f"IPv4 header of {header} octets in a packet of {total}")
    return protocol, (source, destination, at + header, total - header, ip_id, ttl)


def _open_ipv6(buffer: bytes, at: int, end: int, wire_end: int) -> tuple[int, Payload]:
    if at + 40 > end:
        raise Skipped("cut header", "IPv6")
    length, following, hop_limit, source, destination = _ipv6(buffer, at)
    at += 40
    stop = at + length if length else wire_end
    while following in _EXTENSIONS:
        if at + 8 > end:
            raise Skipped("cut header", "IPv6 extension")
        if following == _HOP_BY_HOP and not length and buffer[at + 2 : at + 4] == _JUMBO:
            stop = at + _four(buffer, at + 4)[0]
        following, at = buffer[at], at + _extension(following, buffer, at)
    if at > stop:
        raise Skipped("malformed", "IPv6 headers longer than their packet")
    return following, (source, destination, at, stop - at, -1, hop_limit)


def _extension(kind: int, buffer: bytes, at: int) -> int:
    """Return the octets of an extension header, which is no part of a fragmented packet."""
    if kind == _FRAGMENT:
        if _two(buffer, at + 2)[0] & 0xFFF9:  # an offset, or more fragments
            raise Skipped("fragment", f"identification {_four(buffer, at + 4)[0]}")
        return 8
    return (buffer[at + 1] + 2) << 2 if kind == _AUTHENTICATION else (buffer[at + 1] + 1) << 3
