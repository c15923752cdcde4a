"""The octets of a file, a piece at a time, unpacked when they are gzip's."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from checker.capture.notes import Notes
from checker.usage import UsageError

PIECE = 1 << 18
"""Octets read at once."""
_GZIP = b"\x1f\x8b"


class Source:
    """A buffer that moves over a file."""

    def __init__(self, path: Path, file: BufferedReader, notes: Notes) -> None:
        self._path, self._file, self._notes = path, file, notes
        self._octets = gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == _GZIP else file
        self.buffer = b""
        self.damage = ""

    def refused(self, why: str) -> UsageError:
        """Return what to raise when the file cannot be read; `why` goes on after its name."""
        return UsageError(f"{self._path}: {why}")

    def refill(self, at: int, need: int) -> bytes:
        """Return a buffer that begins with what was at `at` and, if the file holds as much, has `need` octets."""
        parts = [self.buffer[at:]]
        length = len(parts[0])
        while length < need and (part := self._read()):
            parts.append(part)
            length += len(part)
        self.buffer = b"".join(parts)
        return self.buffer

    def skip(self, at: int, octets: int) -> bool:
        """Begin the buffer so many octets after `at`; return whether the file goes as far."""
        at += octets
        while at > len(self.buffer):
            at -= len(self.buffer)
            self.buffer = self._read()
            if not self.buffer:
                return False
        self.refill(at, 1)
        return True

    def _read(self) -> bytes:
        try:
            part = self._octets.read1(PIECE)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            self.damage = f"gzip: {error}"
            return b""
        if self._file.seekable():
            self._notes.octets = self._file.tell()
        return part


@contextmanager
def opened(path: Path, notes: Notes) -> Iterator[Source]:
    """Open a file to read. Raise UsageError when it cannot be opened or read."""
    try:
        if path.is_dir():
            raise UsageError(f"{path}: is a folder, not a capture.")
        with path.open("rb") as file:
            if file.seekable():
                notes.size = path.stat().st_size
            yield Source(path, file, notes)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror or error}).") from error
