"""A capture as TCP segments, one after the other: frames, links, IP and TCP in a row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from checker.capture.files import frames
from checker.capture.ip import open_packet
from checker.capture.link import Opener, opener_of
from checker.capture.notes import Notes, Skipped
from checker.capture.segment import Segment
from checker.capture.tcp import open_segment, plain_segment
from checker.usage import UsageError


def segments(path: Path, notes: Notes) -> Iterator[Segment]:
    """Yield the TCP segments of a capture in the order of the file, which is held in memory a piece at a time.

    What is skipped, and why, goes to `notes`. Raise UsageError when the file is no capture, or no segment is in it.
    """
    found, opened = False, -1
    opener: Opener
    for frame, time, link, buffer, at, end, wire_end in frames(path, notes):
        notes.frames = frame
        try:
            if link != opened:
                opener, opened = opener_of(link), link
            packet, tags = opener(buffer, at, end)
            segment = plain_segment(frame, time, tags, buffer, packet, end) or open_segment(
                frame, time, tags, buffer, open_packet(buffer, packet, end, wire_end), end
            )
        except Skipped as why:
            notes.add(why.kind, frame, why.detail)
            continue
        if segment.options_cut:
            notes.add("cut options", frame)
        found = True
        yield segment
    if not found:
        what = "; ".join(notes.lines(routine=True)) or "it holds no frame"
        raise UsageError(f"{path}: no TCP segment can be read in it: {what}.")
