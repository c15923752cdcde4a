"""Octets read as a file, as frames and as segments."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile

from checker.capture.files import frames
from checker.capture.notes import Notes
from checker.capture.reading import segments
from checker.capture.segment import Segment


def read(octets: bytes) -> tuple[list[Segment], Notes]:
    """Return the segments of a file of these octets, and what was noted."""
    notes = Notes()
    with NamedTemporaryFile() as file:
        file.write(octets)
        file.flush()
        return list(segments(Path(file.name), notes)), notes


def frames_of(octets: bytes) -> tuple[list[tuple[int, int, int, bytes, int]], Notes]:
    """Return number, time, link, octets and length on the wire of each frame in a file of these octets."""
    notes = Notes()
    with NamedTemporaryFile() as file:
        file.write(octets)
        file.flush()
        return [
            (number, time, link, buffer[at:end], wire_end - at)
            for number, time, link, buffer, at, end, wire_end in frames(Path(file.name), notes)
        ], notes
