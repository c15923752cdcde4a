"""Captures built in memory: files of both formats, frames of every link, packets, segments. Nothing of the reader's."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from checker.capture.segment import ACK

CLIENT, SERVER = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
CLIENT_6, SERVER_6 = bytes.fromhex("20010db8" + "00" * 11 + "01"), bytes.fromhex("20010db8" + "00" * 11 + "02")
ETHERNET, RAW = 1, 101
IPV4, IPV6 = 0x0800, 0x86DD


def tcp(
    seq: int = 1000,
    ack: int = 2000,
    *,
    flags: int = ACK,
    ports: tuple[int, int] = (40000, 80),
    window: int = 501,
    options: bytes = b"",
    text: bytes = b"",
    offset: int | None = None,
) -> bytes:
    words = (20 + len(options)) // 4 if offset is None else offset
    return struct.pack(">HHIIBBHHH", *ports, seq, ack, words << 4, flags, window, 0, 0) + options + text


def ipv4(
    payload: bytes,
    *,
    source: bytes = CLIENT,
    destination: bytes = SERVER,
    protocol: int = 6,
    ip_id: int = 7,
    fragment: int = 0x4000,
    ttl: int = 64,
    total: int | None = None,
    options: bytes = b"",
) -> bytes:
    words = (20 + len(options)) // 4
    total = words * 4 + len(payload) if total is None else total
    head = struct.pack(">BBHHHBBH4s4s", 0x40 | words, 0, total, ip_id, fragment, ttl, protocol, 0, source, destination)
    return head + options + payload


def ipv6(
    payload: bytes,
    *,
    following: int = 6,
    source: bytes = CLIENT_6,
    destination: bytes = SERVER_6,
    hop_limit: int = 64,
    length: int | None = None,
) -> bytes:
    length = len(payload) if length is None else length
    return struct.pack(">IHBB16s16s", 6 << 28, length, following, hop_limit, source, destination) + payload


def ethernet(packet: bytes, kind: int = IPV4, *, between: bytes = b"") -> bytes:
    """Return a frame; `between` are tags, each with the EtherType before it, so that `kind` comes after them."""
    return bytes(12) + between + struct.pack(">H", kind) + packet


def vlan(number: int, kind: int = 0x8100) -> bytes:
    return struct.pack(">HH", kind, 0xF000 | number)


def mpls(label: int, *, bottom: bool) -> bytes:
    return struct.pack(">I", label << 12 | bottom << 8 | 64)


def pppoe(session: int, protocol: bytes, packet: bytes) -> bytes:
    return struct.pack(">BBHH", 0x11, 0, session, len(protocol + packet)) + protocol + packet


@dataclass(frozen=True)
class Recorded:
    """A frame as a file holds it: its octets, its time in ns, what was on the wire, and by which interface."""

    octets: bytes
    time: int = 1_700_000_000_123_456_000
    wire: int | None = None
    interface: int = 0

    @property
    def on_wire(self) -> int:
        return len(self.octets) if self.wire is None else self.wire


@dataclass(frozen=True)
class Interface:
    link: int = ETHERNET
    snaplen: int = 0
    resolution: int | None = None
    offset: int | None = None

    def ticks(self, time: int) -> int:
        """Return a time in ns as this interface's clock tells it."""
        resolution = 6 if self.resolution is None else self.resolution
        second: int = 2 ** (resolution & 0x7F) if resolution & 0x80 else 10**resolution
        return (time - (self.offset or 0) * 10**9) * second // 10**9


def pcap(
    recorded: Sequence[Recorded],
    *,
    link: int = ETHERNET,
    order: str = "<",
    nano: bool = False,
    modified: bool = False,
    snaplen: int = 262_144,
    version: int = 2,
) -> bytes:
    magic = 0xA1B2CD34 if modified else 0xA1B23C4D if nano else 0xA1B2C3D4
    parts = [struct.pack(order + "IHHiIII", magic, version, 4, 0, 0, snaplen, link)]
    for one in recorded:
        seconds, rest = divmod(one.time, 10**9)
        parts.append(struct.pack(order + "4I", seconds, rest if nano else rest // 1000, len(one.octets), one.on_wire))
        parts.append(bytes(8) * modified + one.octets)
    return b"".join(parts)


def block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def section(order: str = "<", *, version: int = 1, length: int = -1) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, version, 0, length))


def interface(order: str, one: Interface) -> bytes:
    body = struct.pack(order + "HHI", one.link, 0, one.snaplen)
    if one.resolution is not None:
        body += struct.pack(order + "HHB3x", 9, 1, one.resolution)
    if one.offset is not None:
        body += struct.pack(order + "HHq", 14, 8, one.offset)
    return block(order, 1, body + bytes(4))


def enhanced(order: str, one: Recorded, clock: Interface = Interface(), *, options: bytes = b"") -> bytes:
    high, low = divmod(clock.ticks(one.time), 1 << 32)
    head = struct.pack(order + "5I", one.interface, high, low, len(one.octets), one.on_wire)
    return block(order, 6, head + one.octets + bytes(-len(one.octets) % 4) + options)


def old_packet(order: str, one: Recorded, clock: Interface = Interface()) -> bytes:
    high, low = divmod(clock.ticks(one.time), 1 << 32)
    return block(
        order, 2, struct.pack(order + "HHIIII", one.interface, 9, high, low, len(one.octets), one.on_wire) + one.octets
    )


def simple(order: str, one: Recorded) -> bytes:
    return block(order, 3, struct.pack(order + "I", one.on_wire) + one.octets)


@dataclass
class Ng:
    """A section of a pcapng file."""

    order: str = "<"
    interfaces: Sequence[Interface] = field(default_factory=lambda: [Interface()])

    def file(self, recorded: Sequence[Recorded]) -> bytes:
        """Return the section with enhanced packet blocks."""
        head = section(self.order) + b"".join(interface(self.order, one) for one in self.interfaces)
        return head + b"".join(enhanced(self.order, one, self.interfaces[one.interface]) for one in recorded)


def stream(count: int, *, gap: int = 1000) -> list[Recorded]:
    """Return so many frames of one conversation, each text another, a microsecond apart unless told otherwise."""
    start = Recorded(b"").time
    return [
        Recorded(ethernet(ipv4(tcp(seq=1000 + 3 * n, text=b"abc"), ip_id=n + 1)), start + n * gap) for n in range(count)
    ]
