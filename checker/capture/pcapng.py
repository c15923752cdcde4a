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
_READ = frozenset({_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET})
_KNOWN = _READ | {4, 5, 10}
"""Also names, statistics and secrets."""
_COUNTED = frozenset({9, 0xBAD, 0x40000BAD, 0x204, 0x208, 0x216, 0x217, 0x221, 0x222})
"""What holds no packet and is a frame to Wireshark: entries of a journal, custom blocks, system calls."""
_ORDERS = {bytes.fromhex("1a2b3c4d"): ">", bytes.fromhex("4d3c2b1a"): "<"}
_RESOLUTION, _OFFSET = 9, 14
"""Options if_tsresol and if_tsoffset."""
_BEGIN = 16
"""Octets from which byte order and version of a section are seen; the shortest block has 12."""
_LONGEST_BLOCK, _LONGEST_PASSED = LONGEST << 2, 1 << 30
"""Octets of a block: what is read may have so many, options included; other kinds are passed over up to the second."""
_MOST_INTERFACES = 1 << 16
"""Interfaces of a section that are kept."""
_CONTRADICTION = "a packet longer than its block, or of an unknown interface"


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
        source, other = self.source, self._other
        readers = {_OLD_PACKET: self._packet, _SIMPLE_PACKET: self._simple, _PACKET: self._packet}
        buffer, at = source.buffer, 0
        size = len(buffer)
        while True:
            if at + _BEGIN > size:
                buffer, at = source.refill(at, _BEGIN), 0
                size = len(buffer)
                if size < 12:
                    break
            kind, length = self.two_words(buffer, at)
            if kind == _SECTION and self._begin_section(buffer, at):
                length = self.two_words(buffer, at)[1]
            if at + length > size and length <= _LONGEST_BLOCK:
                buffer, at = source.refill(at, length), 0
                size = len(buffer)
            end = at + length
            if end > size or length < 12 or length & 3 or buffer[end - 4 : end] != buffer[at + 4 : at + 8]:
                place = self._after_broken(kind, length, at)
                if place is None:
                    return
                buffer, at = source.buffer, place
                size = len(buffer)
                continue
            frame = readers.get(kind, other)(kind, buffer, at + 8, end - 4)
            if frame is not None:
                yield frame
            at = end
        if buffer or source.damage:
            self.notes.add("truncated", self.number + 1, source.damage)

    def _packet(self, kind: int, buffer: bytes, at: int, end: int) -> Frame | None:
        """Return the frame of an enhanced or an old packet block, its body at `at`; None if it contradicts itself."""
        self.number += 1
        start = at + 20
        if start <= end:
            which, high, low, captured, wire = (self.packet if kind == _PACKET else self.old_packet)(buffer, at)
            if start + captured <= end and which < len(self.interfaces):
                link, _, numerator, denominator, offset = self.interfaces[which]
                self.time = time = (high << 32 | low) * numerator // denominator + offset
                return self.number, time, link, buffer, start, start + captured, start + wire
        self.notes.add("corrupt", self.number, _CONTRADICTION)
        return None

    def _simple(self, _kind: int, buffer: bytes, at: int, end: int) -> Frame | None:
        """Return the frame of a simple packet block: of the first interface, without a time."""
        self.number += 1
        start = at + 4
        if start <= end and self.interfaces:
            wire = self.word(buffer, at)[0]
            captured = min(wire, self.interfaces[0].snaplen or wire)
            if start + captured <= end:
                self.notes.add("no time", self.number)
                link = self.interfaces[0].link
                return self.number, self.time, link, buffer, start, start + captured, start + wire
        self.notes.add("corrupt", self.number, _CONTRADICTION)
        return None

    def _other(self, kind: int, buffer: bytes, at: int, end: int) -> None:
        """Take in a block without a packet: an interface, or something that counts as a frame, or not."""
        if kind == _INTERFACE and end - at >= 8 and len(self.interfaces) < _MOST_INTERFACES:
            self.interfaces.append(_interface(self.order, buffer[at:end]))
        elif kind in _COUNTED:
            self.number += 1

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
        if kind not in _READ and _LONGEST_BLOCK < length <= _LONGEST_PASSED and not length & 3:
            if self.source.skip(at, length):
                return 0
            self.notes.add("truncated", self.number + 1, self.source.damage)
            return None
        self.number += 1
        place = found_again(self.source, at, self._next_block, 4)
        if place is None and 12 <= length <= _LONGEST_BLOCK and length > len(self.source.buffer):
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
