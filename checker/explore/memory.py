"""Flat arrays of numbers that grow where they lie, for Python and for compiled code alike."""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Iterator
from typing import ClassVar

_PAGE = mmap.PAGESIZE
_HUGE = 1 << 22
"""From this size on, in bytes, large pages are asked for: random look-ups then miss fewer translations."""


class Words:
    """An array of `count` numbers of `width` bytes (8 or 4), all 0 at first; memory never touched costs nothing.

    Raise MemoryError when the system has no more.
    """

    moves: ClassVar[int] = 0
    """How often an array of this kind was made or moved: until that changes, all lie where they lay."""

    def __init__(self, count: int, width: int = 8) -> None:
        self.width = width
        self.bytes = _rounded(count * width)
        self._memory = _mapped(self.bytes)
        self._view()

    def _view(self) -> None:
        Words.moves += 1
        if self.bytes >= _HUGE and hasattr(mmap, "MADV_HUGEPAGE"):
            self._memory.madvise(mmap.MADV_HUGEPAGE)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        self.numbers: memoryview[int] = memoryview(self._memory).cast("Q" if self.width == 8 else "I")

    def __len__(self) -> int:
        return self.bytes // self.width

    def __getitem__(self, index: int) -> int:
        return self.numbers[index]

    def __setitem__(self, index: int, value: int) -> None:
        self.numbers[index] = value

    def grow(self, count: int) -> None:
        """Make room for at least `count` numbers, twice what there was if that is more; what is there stays."""
        if count > len(self):
            self.resize(max(count, 2 * len(self)))

    def resize(self, count: int) -> None:
        """Make room for exactly `count` numbers (rounded up to a page), without a copy where the system can."""
        wanted = _rounded(count * self.width)
        self.numbers.release()
        if sys.platform == "linux":
            try:
                self._memory.resize(wanted)
            except OSError as error:
                self._view()
                raise MemoryError from error
        else:
            larger = _mapped(wanted)
            larger[: min(self.bytes, wanted)] = self._memory[: min(self.bytes, wanted)]
            self._memory = larger
        self.bytes = wanted
        self._view()

    def head(self, count: int) -> Iterator[int]:
        """Yield the first `count` numbers."""
        return iter(self.numbers[:count])


def _rounded(size: int) -> int:
    return max(-(-size // _PAGE), 1) * _PAGE


def _mapped(size: int) -> mmap.mmap:
    try:
        if sys.platform == "win32":
            return mmap.mmap(-1, size)
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError as error:
        raise MemoryError from error
