"""From a frame of a link to the IP packet in it; link types by their numbers in the tcpdump group's registry.

Source: www.tcpdump.org/linktypes.html. VLAN ids and PPPoE sessions are kept as tags. MPLS labels are not: each
direction of a connection has its own (RFC 3031 §2.4), so that they name no connection.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct

from checker.capture.notes import Skipped

Packet = tuple[int, tuple[int, ...]]
"""Where the IP packet begins in the buffer, and the tags around it, outermost first."""
Opener = Callable[[bytes, int, int], Packet]
"""Buffer, begin and captured end of a frame -> its packet; raises Skipped when there is none."""

_IP = frozenset({0x0800, 0x86DD})
_VLAN = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
_MPLS = frozenset({0x8847, 0x8848})
_PPPOE = 0x8864
_PPP_IP = frozenset({0x0021, 0x0057})
_PPP_MPLS = frozenset({0x0281, 0x0283})
_LEAST_TYPE = 0x0600
"""An EtherType below it is the length of an 802.3 frame, or Linux's word for one."""
_SNAP = b"\xaa\xaa\x03\x00\x00\x00"
_FAMILIES = frozenset({2, 10, 24, 28, 30})
"""AF_INET; AF_INET6 of Linux, of NetBSD and OpenBSD, of FreeBSD, of macOS."""

_two = Struct(">H").unpack_from


def opener_of(link: int) -> Opener:
    """Return what opens the frames of a link type. Raise Skipped when none does."""
    opener = _OPENERS.get(link)
    if opener is None:
        raise Skipped("unknown link", f"link type {link}")
    return opener


def _ethernet(buffer: bytes, at: int, end: int) -> Packet:
    if buffer[at + 12 : at + 14] == b"\x08\x00" and at + 14 <= end:  # nearly every frame
        return at + 14, ()
    return _carried(buffer, at + 12, at + 14, end)


def _carried(buffer: bytes, type_at: int, at: int, end: int) -> Packet:
    """Return what an EtherType says begins at `at`, through the tags and labels before it."""
    tags: tuple[int, ...] = ()
    while True:
        kind = _number(buffer, type_at, at, end)
        if kind in _IP:
            return at, tags
        if kind in _MPLS:
            return _under_labels(buffer, at, end), tags
        if kind == _PPPOE:
            return _ppp(buffer, at + 6, end)[0], (*tags, _number(buffer, at + 2, at + 6, end))
        if kind in _VLAN:
            tags += (_number(buffer, at, at + 4, end) & 0xFFF,)
            type_at, at = at + 2, at + 4
        elif kind < _LEAST_TYPE and buffer[at : at + 6] == _SNAP:
            type_at, at = at + 6, at + 8
        else:
            raise Skipped("not IP", f"EtherType 0x{kind:04x}" if kind >= _LEAST_TYPE else "802.3")


def _number(buffer: bytes, at: int, header_end: int, end: int) -> int:
    """Return two octets of a header that must have been captured whole."""
    if header_end > end:
        raise Skipped("cut header", "link layer")
    number: int = _two(buffer, at)[0]
    return number


def _under_labels(buffer: bytes, at: int, end: int) -> int:
    """Return where the packet under a stack of MPLS labels begins (RFC 3032 §2.1)."""
    while at + 4 <= end:
        bottom, at = buffer[at + 2] & 1, at + 4
        if bottom:
            return _raw(buffer, at, end)[0]
    raise Skipped("cut header", "MPLS")


def _ppp(buffer: bytes, at: int, end: int) -> Packet:
    """Return what a PPP frame carries (RFC 1661 §2), its protocol written in two octets or compressed to one."""
    if buffer[at : at + 2] == b"\xff\x03":
        at += 2
    short = at < end and buffer[at] & 1
    kind = buffer[at] if short else _number(buffer, at, at + 2, end)
    at += 1 if short else 2
    if kind in _PPP_IP:
        return at, ()
    if kind in _PPP_MPLS:
        return _under_labels(buffer, at, end), ()
    raise Skipped("not IP", f"PPP protocol 0x{kind:04x}")


def _pppoe(buffer: bytes, at: int, end: int) -> Packet:
    return _ppp(buffer, at + 6, end)[0], (_number(buffer, at + 2, at + 6, end),)


def _raw(buffer: bytes, at: int, end: int) -> Packet:
    """Return the packet itself, if it is one."""
    if at >= end:
        raise Skipped("cut header", "IP")
    if buffer[at] >> 4 not in {4, 6}:
        raise Skipped("not IP")
    return at, ()


def _loopback(buffer: bytes, at: int, end: int) -> Packet:
    """Return what follows an address family, which is in the byte order of whoever captured."""
    if at + 4 > end:
        raise Skipped("cut header", "loopback")
    family = buffer[at : at + 4]
    if not {int.from_bytes(family, "big"), int.from_bytes(family, "little")} & _FAMILIES:
        raise Skipped("not IP", f"address family {family.hex()}")
    return _raw(buffer, at + 4, end)


def _typed(type_at: int, header: int) -> Opener:
    """Return an opener for a header of so many octets with an EtherType in it."""
    return lambda buffer, at, end: _carried(buffer, at + type_at, at + header, end)


_OPENERS: dict[int, Opener] = {
    0: _loopback,  # NULL
    1: _ethernet,
    9: _ppp,
    12: _raw,
    14: _raw,
    50: _ppp,  # PPP_HDLC
    51: _pppoe,  # PPP_ETHER
    101: _raw,
    104: _typed(2, 4),  # C_HDLC
    108: _loopback,  # LOOP
    113: _typed(14, 16),  # LINUX_SLL
    228: _raw,  # IPV4
    229: _raw,  # IPV6
    276: _typed(0, 20),  # LINUX_SLL2
}
