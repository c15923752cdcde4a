"""Looking things up: numbers spread over a table, entries, networks of sorted slots."""

from __future__ import annotations

from checker.compiled.subset import U32, U64, Wide, word
from checker.explore.core.places import (
    ID,
    ID_MASK,
    M64,
    MARK,
    MIX,
)  # fmt: skip


def mixed(value: int) -> int:
    """Return the value's image under a bijection of 64 bits whose upper bits depend on all of it; 0 stays 0."""
    return (value ^ value >> 32) * MIX & M64


def wide(p: U64, at: int, words: int) -> Wide:
    """Return a number as wide as a network, out of p[at] and, with three words, p[at + 1]."""
    value: Wide = p[at]
    if words == 3:
        high: Wide = p[at + 1]
        value = value | high << 64
    return value


def network(states: U64, at: int, rest_bits: int, words: int) -> Wide:
    """Return the network of the state whose words begin at `at`."""
    if words == 1:
        return (states[at] ^ MARK) >> rest_bits
    net: Wide = states[at + 1]
    if words == 3:
        high: Wide = states[at + 2]
        net = net | high << 64
    return net


def entry(table: U64, key: int, low: int, shift: int, mask: int) -> int:
    """Return the entry of a table whose bits from `low` on are the key, or 0."""
    at = mixed(key) >> shift
    while table[at] != 0:
        if table[at] >> low == key:
            return table[at]
        at = at + 1 & mask
    return 0


def sent_to(sends: U64, key: int, shift: int, mask: int) -> int:
    """Return what an interned network answers: the next network's number, BLOCKED or HELD; M64 when unknown."""
    at = mixed(key) >> shift
    while sends[2 * at] != 0:
        if sends[2 * at] == key:
            return sends[2 * at + 1]
        at = at + 1 & mask
    return M64


def below(net: Wide, value: int, slot: int, ones: Wide, spare: Wide) -> int:
    """Return how many bits the slots occupy that are smaller than a value: where it belongs."""
    many: Wide = value
    at_least = (net | spare) - many * ones & spare
    taken = (net | spare) - ones & spare
    return ((at_least ^ spare) & taken).bit_count() * slot


def copied(net: Wide, sent: int, slot: int, alike: U32) -> int:
    """Return 1 if a copy of one of the sent segments is in flight, else 0; copies may differ in ghosts."""
    while sent != 0:
        like = alike[(sent & ID_MASK) - 1]
        left = net
        while left != 0:
            if alike[(word(left) & (1 << slot) - 1) - 1] == like:
                return 1
            left = left >> slot
        sent = sent >> ID
    return 0
