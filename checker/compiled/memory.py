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
_HELD = 1 << 24
"""How many bytes that nobody uses any more are held for arrays to come: a page new to the process costs ten times as
much as clearing one. When an array asks for more than that, all that is held is given back."""


class _Held:
    """Memory of arrays that are gone, by size in bytes."""

    def __init__(self) -> None:
        self.bytes = 0
        self.by_size: dict[int, list[mmap.mmap]] = {}

    def give(self, size: int, memory: mmap.mmap) -> None:
        """Hold memory for an array to come, if there is not too much of it."""
        if self.bytes + size <= _HELD:
            self.bytes += size
            self.by_size.setdefault(size, []).append(memory)

    def take(self, size: int) -> mmap.mmap | None:
        """Return memory of this size, not cleared, or None; who asks for much has the rest given back."""
        if size > _HELD:
            self.bytes = 0
            self.by_size.clear()
        fitting = [each for each, there in self.by_size.items() if there and size <= each <= 4 * size]
        least = min(fitting, default=0)
        if not least or (least > size and sys.platform != "linux"):
            return None
        self.bytes -= least
        memory = self.by_size[least].pop()
        if least > size:
            memory.resize(size)
        return memory


_held = _Held()


class Words:
    """An array of `count` numbers of `width` bytes (8 or 4), all 0 at first; memory never touched costs nothing.

    Raise MemoryError when the system has no more.
    """

    moves: ClassVar[int] = 0
    """How often an array of this kind was made or moved: until that changes, all lie where they lay."""

    def __init__(self, count: int, width: int = 8, *, at_once: bool = False) -> None:
        """Make an array; `at_once` if all of it will be used: the system then gives all its pages in one go."""
        self.width = width
        self.bytes = _rounded(count * width)
        again = _held.take(self.bytes)
        self._memory = _mapped(self.bytes, at_once=at_once) if again is None else again
        self._view()
        if again is not None:
            self.clear(len(self))

    def __del__(self) -> None:
        if sys is not None and "numbers" in vars(self):  # else the interpreter ends, or there was no memory
            self.numbers.release()
            _held.give(self.bytes, self._memory)

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
        if wanted > _HELD:
            _held.take(wanted)
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

    def clear(self, count: int) -> None:
        """Make the first `count` numbers 0."""
        ctypes.memset(self.address, 0, count * self.width)

    def head(self, count: int) -> Iterator[int]:
        """Yield the first `count` numbers."""
        return iter(self.numbers[:count])


def _rounded(size: int) -> int:
    return max(-(-size // _PAGE), 1) * _PAGE


def _mapped(size: int, *, at_once: bool = False) -> mmap.mmap:
    try:
        if sys.platform == "win32":
            return mmap.mmap(-1, size)
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        return mmap.mmap(-1, size, flags=flags | (getattr(mmap, "MAP_POPULATE", 0) if at_once else 0))
    except OSError as error:
        raise MemoryError from error
