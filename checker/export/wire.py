"""What stands on the wire: IPv4 and IPv6 packets with a TCP segment, and the pcap file that holds them."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from checker.usage import UsageError

PROTOCOL, HOPS, FORGED_HOPS = 6, 64, 52
"""TCP's number; the TTL or hop limit of the ends' packets, and of an attacker's, who sits elsewhere."""
LONGEST = 0xFFFF
"""The largest window that no option scales, and the largest length of a packet."""
_DO_NOT_FRAGMENT = 0x4000
_NO_OPERATION, _TIMESTAMPS = 1, 8
_MAGIC, _VERSION, _SNAPLEN, _RAW = 0xA1B2C3D4, (2, 4), 0x40000, 101
"""A pcap file in microseconds; packets that begin with their IP header (LINKTYPE_RAW)."""


@dataclass(frozen=True)
class Endpoint:
    """An address and a port."""

    address: IPv4Address | IPv6Address
    port: int

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if self.address.version == 6 else f"{self.address}:{self.port}"


def endpoint(text: str) -> Endpoint:
    """Return the end that 192.0.2.1:80 or [2001:db8::1]:80 names. Raise UsageError for anything else."""
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([0-9]{1,5})", text)
    try:
        address = ip_address(found[1] or found[2]) if found else None
    except ValueError:
        address = None
    if found is None or address is None or not 0 < int(found[3]) <= LONGEST or bool(found[1]) != (address.version == 6):
        raise UsageError(f"{text!r} is no address and port; write 192.0.2.1:80 or [2001:db8::1]:80.")
    return Endpoint(address, int(found[3]))


@dataclass(frozen=True)
class Segment:
    """A TCP segment between two ends, its flags as in octet 13 of the header.

    `stamp` holds TSval and TSecr of a Timestamps option (RFC 7323 §3.2); `number` is the packet's.
    """

    source: Endpoint
    destination: Endpoint
    seq: int
    ack: int
    flags: int
    window: int
    text: bytes = b""
    stamp: tuple[int, int] | None = None
    number: int = 0
    hops: int = HOPS


def packet(segment: Segment) -> bytes:
    """Return the IP packet. `number` is its identification, modulo 2^16 (IPv6 has none)."""
    tcp, source, destination = _tcp(segment), segment.source.address.packed, segment.destination.address.packed
    if len(source) == 16:
        return struct.pack(">IHBB", 6 << 28, len(tcp), PROTOCOL, segment.hops) + source + destination + tcp
    identification, hops = segment.number & 0xFFFF, segment.hops
    head = struct.pack(">BBHHHBB", 0x45, 0, 20 + len(tcp), identification, _DO_NOT_FRAGMENT, hops, PROTOCOL)
    return head + checksum(head + source + destination) + source + destination + tcp


def _tcp(segment: Segment) -> bytes:
    source, destination = segment.source.address.packed, segment.destination.address.packed
    options = b""
    if segment.stamp is not None:
        options = struct.pack(">BBBBII", _NO_OPERATION, _NO_OPERATION, _TIMESTAMPS, 10, *segment.stamp)
    ports = (segment.source.port, segment.destination.port)
    offset = (20 + len(options)) // 4 << 4
    head = struct.pack(">HHIIBBH", *ports, segment.seq, segment.ack, offset, segment.flags, segment.window)
    rest = b"\0\0" + options + segment.text  # the urgent pointer, options, text
    pseudo = source + destination + struct.pack(">IHH", len(head) + 2 + len(rest), 0, PROTOCOL)
    return head + checksum(pseudo + head + rest) + rest


def checksum(octets: bytes) -> bytes:
    """Return the Internet checksum (RFC 1071), the field itself left out or 0."""
    padded = octets + b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack(">H", total ^ 0xFFFF)


def pcap(packets: Iterable[tuple[int, bytes]]) -> bytes:
    """Return a pcap file of packets, each with its time in microseconds since 1970."""
    records = [struct.pack("<IHHiIII", _MAGIC, *_VERSION, 0, 0, _SNAPLEN, _RAW)]
    for moment, octets in packets:
        seconds, micros = divmod(moment, 1_000_000)
        records += [struct.pack("<IIII", seconds, micros, len(octets), len(octets)), octets]
    return b"".join(records)
