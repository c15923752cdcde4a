"""The pcap format, of either byte order, in micro- or nanoseconds, plain or "modified".

Source: draft-ietf-opsawg-pcap; the modified format is that of patched libpcaps, whose records have 8 octets more.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from struct import Struct
from typing import NamedTuple

from checker.capture.frames import LONGEST, Frame, found_again
from checker.capture.notes import Notes
from checker.capture.source import Source

_HEADER = 24
_DAY = 86_400
"""How many seconds a record may be from the one before, when records are looked for after a corrupt one."""
_LONGEST_WIRE = 1 << 20
"""Octets that a frame may have had on the wire: offloading goes beyond what a capture keeps."""


class Format(NamedTuple):
    """What a magic number tells: byte order, ticks in a second, octets of a record's header."""

    order: str
    ticks: int
    record: int


FORMATS = {
    bytes.fromhex("a1b2c3d4"): Format(">", 10**6, 16),
    bytes.fromhex("d4c3b2a1"): Format("<", 10**6, 16),
    bytes.fromhex("a1b23c4d"): Format(">", 10**9, 16),
    bytes.fromhex("4d3cb2a1"): Format("<", 10**9, 16),
    bytes.fromhex("a1b2cd34"): Format(">", 10**6, 24),
    bytes.fromhex("34cdb2a1"): Format("<", 10**6, 24),
}


def pcap_frames(source: Source, notes: Notes) -> Iterator[Frame]:
    """Yield the frames of a pcap file. Raise UsageError when its header is cut off or of a version that is not read."""
    buffer = source.buffer
    form = FORMATS[buffer[:4]]
    if len(buffer) < _HEADER:
        raise source.refused(f"its file header ends after {len(buffer)} of {_HEADER} octets.")
    major, minor, network = Struct(form.order + "HH12xI").unpack_from(buffer, 4)
    if major != 2:
        raise source.refused(f"is pcap of version {major}.{minor}, which is not read: convert it with editcap.")
    yield from _records(form, network & 0xFFFF, source, notes)


def _records(form: Format, link: int, source: Source, notes: Notes) -> Iterator[Frame]:
    """Yield a frame for each record, skip what is corrupt, and end where the file does."""
    unpack, header, scale = Struct(form.order + "4I").unpack_from, form.record, 10**9 // form.ticks
    buffer, at, number, last = source.buffer, _HEADER, 0, -1
    size = len(buffer)
    while True:
        start = at + header
        if start > size:
            buffer, at, start = source.refill(at, header), 0, header
            size = len(buffer)
            if size < header:
                break
        seconds, fraction, captured, wire = unpack(buffer, at)
        end = start + captured
        if end > size or captured > LONGEST:
            place = _go_on(form, source, at, captured, last, notes, number + 1)
            if place is None:
                return
            number += place > 0
            buffer, at = source.buffer, place
            size = len(buffer)
            continue
        number += 1
        yield number, seconds * 1_000_000_000 + fraction * scale, link, buffer, start, end, start + wire
        at, last = end, seconds
    if buffer or source.damage:
        notes.add("truncated", number + 1, source.damage)


def _go_on(form: Format, source: Source, at: int, captured: int, last: int, notes: Notes, number: int) -> int | None:
    """Return where reading goes on in the source's new buffer: 0 for the same record, whole now; None for nowhere.

    What is no record, or cut off by the end of the file, is noted.
    """
    if captured <= LONGEST:
        need = form.record + captured
        if len(source.refill(at, need)) >= need:
            return 0
        at = 0
    place = found_again(source, at, partial(_next_record, form, last), 1)
    if captured <= LONGEST and place is None:
        notes.add("truncated", number, source.damage)
    else:
        rest = "; nothing after it can be read" if place is None else ""
        notes.add("corrupt", number, f"{captured:,} octets captured{rest}")
    return place


def _next_record(form: Format, last: int, buffer: bytes, at: int) -> int | None:
    """Return where the record after the one at `at` would be, if one may be there; `last`: seconds of the last one."""
    start = at + form.record
    if start > len(buffer):
        return None
    seconds, fraction, captured, wire = Struct(form.order + "4I").unpack_from(buffer, at)
    end: int = start + captured
    plausible = fraction < form.ticks and 0 < captured <= min(wire, LONGEST) and wire <= _LONGEST_WIRE
    if not plausible or (last >= 0 and abs(seconds - last) > _DAY) or end > len(buffer):
        return None
    return end
