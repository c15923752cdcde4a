"""What the subset's words mean when Python runs them: arrays of numbers, wide numbers, prefetching."""

from __future__ import annotations

from typing import Protocol


class Array(Protocol):
    """Numbers that can be read and written by index, from 0 on."""

    def __getitem__(self, index: int, /) -> int:
        """Return a number."""

    def __setitem__(self, index: int, value: int, /) -> None:
        """Write a number."""


U64 = Array
"""An array of 64-bit numbers."""
U32 = Array
"""An array of 32-bit numbers."""
Wide = int
"""A number below 2^64 or, where the program is compiled so, 2^128."""


def prefetch(array: Array, index: int) -> None:
    """Say that array[index] will be read soon; it need not exist."""


def word(value: Wide) -> int:
    """Return the lower 64 bits of a wide number."""
    return value & 0xFFFF_FFFF_FFFF_FFFF
