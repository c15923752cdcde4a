"""The pcapng format: sections of either byte order, interfaces with their own clocks, all blocks that hold packets.

Source: draft-ietf-opsawg-pcapng.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from checker.capture.frames import LONGEST, Frame, found_again
from checker.capture.notes import Notes
from checker.capture.source import Source

SECTION = bytes.fromhex("0a0d0d0a")
"""How a section, and so a file, begins: the same in both byte orders."""
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6
_PACKETS = frozenset({_OLD_PACKET, _SIMPLE_PACKET, _PACKET})
_KNOWN = _PACKETS | {_SECTION, _INTERFACE, 4, 5, 10}
"""Also names, statistics and secrets."""
_COUNTED = frozenset({9, 0xBAD, 0x40000BAD, 0x204, 0x208, 0x216, 0x217, 0x221, 0x222})
"""What holds no packet and is a frame to Wireshark: entries of a journal, custom blocks, system calls."""
_ORDERS = {bytes.fromhex("1a2b3c4d"): ">", bytes.fromhex("4d3c2b1a"): "<"}
_RESOLUTION, _OFFSET = 9, 14
"""Options if_tsresol and if_tsoffset."""
_LONGEST_BLOCK = LONGEST << 2
"""Octets that a block with a packet may have, options included; longer blocks of other kinds are passed over."""
_MOST_INTERFACES = 1 << 16
"""Interfaces of a section that are kept."""


class Interface(NamedTuple):
    """What recorded packets: its link type, how many octets it kept, its clock.

    A time of t ticks is t * numerator // denominator + offset nanoseconds since the epoch. A snaplen of 0 is no limit.
    """

    link: int
    snaplen: int
    numerator: int
    denominator: int
    offset: int


def pcapng_frames(source: Source, notes: Notes) -> Iterator[Frame]:
    """Yield the frames of a pcapng file. Raise UsageError when its first section cannot be read."""
    yield from _Blocks(source, notes).frames()


class _Blocks:
    """The blocks of one file, one after the other."""

    def __init__(self, source: Source, notes: Notes) -> None:
        self.source, self.notes = source, notes
        self.number = self.time = 0
        if not self._begin_section(source.buffer, 0):
            raise source.refused("begins like pcapng, but with a byte order or version that is not read.")

    def frames(self) -> Iterator[Frame]:
        """Yield a frame for each packet, skip what is corrupt, and end where the file does."""
        buffer, at = self.source.buffer, 0
        while True:
            if at + 12 > len(buffer):
                buffer, at = self.source.refill(at, 12), 0
                if len(buffer) < 12:
                    break
            kind, length = self.two_words(buffer, at)
            if kind == _SECTION and self._begin_section(buffer, at):
                length = self.two_words(buffer, at)[1]
            if at + length > len(buffer) and length <= _LONGEST_BLOCK:
                buffer, at = self.source.refill(at, length), 0
            end = at + length
            if length < 12 or length & 3 or end > len(buffer) or buffer[end - 4 : end] != buffer[at + 4 : at + 8]:
                place = self._after_broken(kind, length, at)
                if place is None:
                    return
                buffer, at = self.source.buffer, place
                continue
            frame = self._block(kind, buffer, at + 8, end - 4)
            if frame is not None:
                yield frame
            at = end
        if buffer or self.source.damage:
            self.notes.add("truncated", self.number + 1, self.source.damage)

    def _block(self, kind: int, buffer: bytes, at: int, end: int) -> Frame | None:
        """Take in a block whose body stands between `at` and `end`; return the frame in it, if it holds one."""
        if kind in _PACKETS:
            self.number += 1
            frame = (self._simple if kind == _SIMPLE_PACKET else self._packet)(kind, buffer, at, end)
            if frame is None:
                self.notes.add("corrupt", self.number, "a packet longer than its block, or of an unknown interface")
            return frame
        if kind == _INTERFACE and end - at >= 8 and len(self.interfaces) < _MOST_INTERFACES:
            self.interfaces.append(_interface(self.order, buffer[at:end]))
        elif kind in _COUNTED:
            self.number += 1
        return None

    def _packet(self, kind: int, buffer: bytes, at: int, end: int) -> Frame | None:
        """Return the frame of an enhanced or an old packet block, or None if the block contradicts itself."""
        start = at + 20
        if start > end:
            return None
        number, high, low, captured, wire = (self.packet if kind == _PACKET else self.old_packet)(buffer, at)
        if start + captured > end or number >= len(self.interfaces):
            return None
        link, _, numerator, denominator, offset = self.interfaces[number]
        self.time = ((high << 32) + low) * numerator // denominator + offset
        return self.number, self.time, link, buffer, start, start + captured, start + wire

    def _simple(self, _kind: int, buffer: bytes, at: int, end: int) -> Frame | None:
        """Return the frame of a simple packet block: of the first interface, without a time."""
        start = at + 4
        if start > end or not self.interfaces:
            return None
        wire = self.word(buffer, at)[0]
        captured = min(wire, self.interfaces[0].snaplen or wire)
        if start + captured > end:
            return None
        self.notes.add("no time", self.number)
        return self.number, self.time, self.interfaces[0].link, buffer, start, start + captured, start + wire

    def _begin_section(self, buffer: bytes, at: int) -> bool:
        """Take the byte order of a section; return whether it has one, and a version that is read."""
        order = _ORDERS.get(buffer[at + 8 : at + 12])
        if order is None or buffer[at + 12 : at + 14] != (b"\x00\x01" if order == ">" else b"\x01\x00"):
            return False
        self.order, self.interfaces = order, list[Interface]()
        self.word, self.two_words = Struct(order + "I").unpack_from, Struct(order + "2I").unpack_from
        self.packet, self.old_packet = Struct(order + "5I").unpack_from, Struct(order + "H2x4I").unpack_from
        return True

    def _after_broken(self, kind: int, length: int, at: int) -> int | None:
        """Return where blocks go on in the source's new buffer after one that is not whole; None where none do."""
        if kind not in _PACKETS and length > _LONGEST_BLOCK and not length & 3 and self.source.skip(at, length):
            return 0
        self.number += 1
        place = found_again(self.source, at, self._next_block, 4)
        if place is None and length >= 12 and len(self.source.buffer) < length:
            self.notes.add("truncated", self.number, self.source.damage)
        else:
            rest = "; nothing after it can be read" if place is None else ""
            self.notes.add("corrupt", self.number, f"a block of {length:,} octets{rest}")
        return place

    def _next_block(self, buffer: bytes, at: int) -> int | None:
        """Return where the block after the one at `at` would be, if a block may be there."""
        if at + 12 > len(buffer):
            return None
        kind, length = self.two_words(buffer, at)
        end = at + length
        likely = kind in _KNOWN and 12 <= length <= _LONGEST_BLOCK and not length & 3 and end <= len(buffer)
        return end if likely and buffer[end - 4 : end] == buffer[at + 4 : at + 8] else None


def _interface(order: str, body: bytes) -> Interface:
    """Return what the body of an interface description block says, its options read as far as they make sense."""
    unpack = Struct(order + "HH").unpack_from
    link, _ = unpack(body)
    snaplen = Struct(order + "I").unpack_from(body, 4)[0]
    ticks, seconds, at = 10**6, 0, 8
    while at + 4 <= len(body):
        code, length = unpack(body, at)
        value = body[at + 4 : at + 4 + length]
        if code == _RESOLUTION and len(value) == 1:
            ticks = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** value[0]
        elif code == _OFFSET and len(value) == 8:
            seconds = Struct(order + "q").unpack(value)[0]
        at += 4 + (length + 3 & ~3)
    # Most clocks tick in whole nanoseconds, or whole parts of them: then one of the two factors is 1.
    numerator, denominator = (10**9 // ticks, 1) if 10**9 % ticks == 0 else (10**9, ticks)
    return Interface(link, snaplen, numerator, denominator, seconds * 10**9)
