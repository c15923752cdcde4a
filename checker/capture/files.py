"""Capture files as frames: which format it is, and what is said when it is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from checker.capture.frames import Frame
from checker.capture.notes import Notes
from checker.capture.pcap import FORMATS, pcap_frames
from checker.capture.pcapng import SECTION, pcapng_frames
from checker.capture.source import opened

_FIRST = 24
"""Octets that tell a format: a pcap file's header; the beginning of a pcapng section."""
_OTHERS = {
    b"\x28\xb5\x2f\xfd": "is compressed with zstd: unpack it first.",
    b"\x04\x22\x4d\x18": "is compressed with lz4: unpack it first.",
    b"\xfd7zX": "is compressed with xz: unpack it first.",
    b"BZh": "is compressed with bzip2: unpack it first.",
    b"PK\x03\x04": "is a zip archive: unpack it first.",
    b"snoop": "is a snoop capture, which is not read: convert it with editcap.",
    b"\x1f\x8b": "is compressed with gzip twice: unpack it first.",
}


def frames(path: Path, notes: Notes) -> Iterator[Frame]:
    """Yield the frames of a pcap or pcapng file, plain or compressed with gzip.

    Raise UsageError when the path is no file that can be read, or the file is neither.
    """
    with opened(path, notes) as source:
        first = source.refill(0, _FIRST)
        if first[:4] in FORMATS:
            yield from pcap_frames(source, notes)
        elif first[:4] == SECTION:
            yield from pcapng_frames(source, notes)
        else:
            empty = f"holds nothing that can be read ({source.damage})." if source.damage else "is empty: no capture."
            other = next((says for magic, says in _OTHERS.items() if first.startswith(magic)), None)
            raise source.refused(other or ("is no capture: it is neither pcap nor pcapng." if first else empty))
