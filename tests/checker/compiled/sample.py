"""A text of the subset that uses all of it, for the tests beside it."""

from __future__ import annotations

from checker.compiled.subset import U32, U64, Wide, prefetch, word

M64 = 0xFFFF_FFFF_FFFF_FFFF
LOW32 = 0xFFFF_FFFF


def arithmetic(a: int, b: int, shift: int) -> int:
    """Return a number that depends on every operator."""
    many = (a * b & M64) + (a >> shift) & M64
    few = (a | b) - (a & b)
    return (many ^ few) + (a << shift & M64 ^ b) & M64


def conditions(a: int, b: int, bound: int) -> int:
    """Return which conditions hold, a bit each."""
    found = 0
    if a < b and not a >= bound:
        found = found | 1
    if a <= b or b > bound:
        found = found | 2
    elif a >= bound:
        found = found | 4
    else:
        found = found | 8
    return found | (16 if a != b else 32)


def loops(array: U64, count: int) -> int:
    """Return a sum that stops early, passes some over, and counts by two kinds of loop."""
    total, i = 0, 0
    while i < count:
        i = i + 1
        if array[i - 1] & 1 == 1:
            continue
        if array[i - 1] == 6:
            break
        total = total + array[i - 1] & M64
    for j in range(count):
        for k in range(j, count):
            total = total + (array[k] ^ j) & M64
    return total


def halves(array: U32, count: int) -> int:
    """Write what is left of numbers in 32 bits back, reversed; return the last."""
    i = 0
    while i < count - i:
        array[i], array[count - i - 1] = array[count - i - 1], array[i] + 1 & LOW32
        i = i + 1
    prefetch(array, count + 1000)
    return array[count - 1]


def twice(value: Wide) -> Wide:
    """Return a wide number."""
    return value + value


def wide(high: int, low: int, shift: int) -> int:
    """Return a word of a number as wide as there is, with how many of its bits are set."""
    value: Wide = high
    value = twice(value << 20 | low & 0xFFFF) >> shift
    return word(value) + value.bit_count() & M64


def spread(array: U64, count: int) -> int:
    """Do alike with many numbers, for which a compiler takes vectors with constants of theirs; return their sum."""
    total = 0
    for i in range(count):
        array[i] = (array[i] ^ array[i] >> 32) * 0x9E37_79B9_7F4A_7C15 & M64
        total = total + (1 if array[i] & 0xFF == 7 else array[i] & 3)
    return total
