"""States laid out anew, when ids have outgrown their fields."""

from __future__ import annotations

from checker.compiled.subset import U64
from checker.explore.core.places import (
    CAPACITY,
    M64,
    MARK,
    SLOT,
)  # fmt: skip


def bits(states: U64, begin: int, at: int, width: int) -> int:
    """Return `width` bits (at most 32) of the state that begins at word `begin`, from its bit `at` on."""
    index, low = begin + (at >> 6), at & 63
    value = states[index] >> low
    if low + width > 64:
        value = value | states[index + 1] << 64 - low & M64
    return value & (1 << width) - 1


def put_bits(states: U64, begin: int, at: int, width: int, value: int) -> int:
    """Write bits where there are zeros; return 0."""
    index, low = begin + (at >> 6), at & 63
    states[index] = states[index] | value << low & M64
    if low + width > 64:
        states[index + 1] = states[index + 1] | value >> 64 - low
    return 0


def repack(last: int, more: int, states: U64, wider: U64, p: U64, q: U64, words: int) -> int:
    """Write the first `last` states, laid out as p says in `words` words, as q says in `more` words; return `last`."""
    for number in range(last):
        old, new = number * words, number * more
        start, put_at = 0, 0
        for field in range(4):
            put_bits(wider, new, put_at, q[field], bits(states, old, start, p[field]))
            start = start + p[field]
            put_at = put_at + q[field]
        if words > 1:
            start = 64
        if more > 1:
            put_at = 64
        for _ in range(p[CAPACITY]):
            if start + p[SLOT] <= 64 * words:
                put_bits(wider, new, put_at, q[SLOT], bits(states, old, start, p[SLOT]))
            start = start + p[SLOT]
            put_at = put_at + q[SLOT]
        wider[new] = wider[new] | MARK
    return last
