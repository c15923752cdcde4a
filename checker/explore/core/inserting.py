"""New states: successors are looked up, what is new is numbered and watched; tables are made anew."""

from __future__ import annotations

from checker.compiled.subset import U32, U64, prefetch
from checker.explore.core.expanding import cost_of, noted
from checker.explore.core.looking import mixed
from checker.explore.core.places import (
    A_BITS,
    B_BITS,
    BASE,
    COUNT,
    DUP_BITS,
    EDGES,
    FAR,
    ID,
    ID_MASK,
    KEYED,
    LINE,
    LINE_BITS,
    LOOK,
    LOOKS,
    LOSS_BITS,
    LOW32,
    M64,
    MISS,
    MISS_A,
    MISS_B,
    MISS_PAIR,
    NEAR,
    PAIR_MASK,
    PAIR_SHIFT,
    TABLE_MASK,
    TABLE_SHIFT,
)  # fmt: skip


def alike_at(one: U64, at: int, other: U64, there: int, words: int) -> int:
    """Return 1 if the states whose words begin at these places are the same, else 0."""
    if one[at] != other[there] or (words > 1 and one[at + 1] != other[there + 1]):
        return 0
    return 0 if words > 2 and one[at + 2] != other[there + 2] else 1


def known_as(hashed: int, at: int, from_: int, states: U64, table: U64, successors: U64, words: int) -> int:
    """Return the number of the state that an entry of the table stands for if it is this successor, else M64."""
    found = table[at]
    if found >> 32 != hashed & LOW32:
        return M64
    there = (found & LOW32) - 1
    return there if alike_at(states, there * words, successors, from_, words) == 1 else M64


def fetched(i: int, count: int, states: U64, table: U64, hashes: U64, p: U64, words: int) -> int:
    """Have the memory fetched that the look-ups after this one will need; return 0."""
    shift = p[TABLE_SHIFT]
    if i + FAR < count:
        prefetch(table, hashes[i + FAR] >> shift)
    if i + NEAR < count:
        soon = table[hashes[i + NEAR] >> shift]
        if soon != 0:
            prefetch(states, ((soon & LOW32) - 1) * words)
    return 0


def free(hashed: int, table: U64, shift: int, mask: int) -> int:
    """Return the place for a hash that the table lacks: the first free one of its line or of the lines after it."""
    at = hashed >> shift >> LINE_BITS << LINE_BITS
    while table[at] != 0:
        at = at + 1 & mask
    return at


def kept(
    total: int, i: int, there: int, states: U64, parents: U32, reached_by: U32, successors: U64, links: U64, words: int
) -> int:
    """Write successor i down as state `total`, whose words begin at `there`, and how it was reached; return 0."""
    from_ = i * words
    states[there] = successors[from_]
    if words > 1:
        states[there + 1] = successors[from_ + 1]
    if words > 2:
        states[there + 2] = successors[from_ + 2]
    parents[total], reached_by[total] = links[i] >> 32, links[i] & LOW32
    return 0


def entered(
    count: int, total: int, states: U64, table: U64, parents: U32, reached_by: U32, successors: U64, links: U64,
    hashes: U64, p: U64, words: int,
) -> int:  # fmt: skip
    """Do what `insert` does where the table holds hashes.

    A line is compared as a whole, and whether a successor is new is no branch, for nothing would predict it: what is
    known is written where the next new one will be. The hash of no state is 0, so it is there already.
    """
    shift, mask, base = p[TABLE_SHIFT], p[TABLE_MASK], p[BASE]
    for i in range(count):
        if i + FAR < count:
            prefetch(table, hashes[i + FAR] >> shift)
        hashed, there = hashes[i], (total - base) * words
        start, more, same, used = (hashed >> shift) >> LINE_BITS << LINE_BITS, 1, 0, 0
        while more == 1:
            same, used = 0, 0
            for place in range(LINE):
                found = table[start + place]
                same = same | (1 if found == hashed else 0)
                used = used + (1 if found != 0 else 0)
            more = (1 if used == LINE else 0) & (1 - same)
            start = start + LINE * more & mask
        at = start + (used & LINE - 1)
        table[at] = table[at] + hashed * (1 - same)
        kept(total, i, there, states, parents, reached_by, successors, links, words)
        total = total + (1 - same)
    return total


def numbered(
    count: int, total: int, states: U64, table: U64, parents: U32, reached_by: U32, successors: U64, links: U64,
    hashes: U64, targets: U64, actions: U32, p: U64, words: int,
) -> int:  # fmt: skip
    """Do what `insert` does where the table tells a state's number; where steps are kept, write them down."""
    shift, mask, edges = p[TABLE_SHIFT], p[TABLE_MASK], p[EDGES]
    for i in range(count):
        fetched(i, count, states, table, hashes, p, words)
        hashed, from_, number = hashes[i], i * words, M64
        if edges == 1:
            targets[i], actions[i] = M64, links[i] & LOW32
        if successors[from_] == 0:
            continue
        at = hashed >> shift
        while table[at] != 0:
            number = known_as(hashed, at, from_, states, table, successors, words)
            if number != M64:
                break
            at = at + 1 & mask
        if number == M64:
            number = total
            table[at] = (hashed & LOW32) << 32 | total + 1
            there = (total - p[BASE]) * words
            kept(total, i, there, states, parents, reached_by, successors, links, words)
            total = total + 1
        if edges == 1:
            targets[i] = number
    return total


def insert(
    total: int, states: U64, table: U64, parents: U32, reached_by: U32,
    successors: U64, links: U64, hashes: U64, targets: U64, actions: U32, p: U64, words: int,
) -> int:  # fmt: skip
    """Add each successor that is new, in order; return how many states there are now.

    An entry of the table is a state's hash itself (KEYED), or the lower half of its hash above its number + 1.
    """
    count = p[COUNT]
    p[COUNT] = 0
    if p[KEYED] == 1:
        return entered(count, total, states, table, parents, reached_by, successors, links, hashes, p, words)
    return numbered(
        count, total, states, table, parents, reached_by, successors, links, hashes, targets, actions, p, words
    )


def watch(
    first: int, last: int,
    states: U64, pairs: U64, cost: U32, live: U32, best: U64, looks: U64, p: U64, words: int,
) -> int:  # fmt: skip
    """Note the flags of new states by their pairs of local states; return the first state left: its pair is unknown."""
    pair_mask = (1 << p[A_BITS] + p[B_BITS]) - 1
    a_bits, a_mask = p[A_BITS], (1 << p[A_BITS]) - 1
    rest_mask = (1 << a_bits + p[B_BITS] + p[LOSS_BITS] + p[DUP_BITS]) - 1
    p[MISS] = 0
    for number in range(first, last):
        rest = states[(number - p[BASE]) * words] & rest_mask
        pair = rest & pair_mask
        key = ((pair >> a_bits) << ID | pair & a_mask) + 1
        at = mixed(key) >> p[PAIR_SHIFT]
        while pairs[2 * at] != 0 and pairs[2 * at] != key:
            at = at + 1 & p[PAIR_MASK]
        if pairs[2 * at] == 0:
            p[MISS], p[MISS_A], p[MISS_B] = MISS_PAIR, pair & a_mask, pair >> a_bits
            return number
        flags = pairs[2 * at + 1] & ID_MASK
        if flags != 0 and live[flags] == 1:
            noted(best, flags, cost_of(rest, cost, p), number, M64)
        if pairs[2 * at + 1] & LOOK != 0:
            looks[p[LOOKS]] = number
            p[LOOKS] = p[LOOKS] + 1
    return last


def rehash(first: int, last: int, states: U64, table: U64, p: U64, words: int) -> int:
    """Enter states into a table that lacks them; return `last`."""
    shift, mask, keyed = p[TABLE_SHIFT], p[TABLE_MASK], p[KEYED]
    for number in range(first, last):
        at = number * words
        hashed = mixed(states[at])
        if words > 1:
            hashed = mixed(hashed ^ states[at + 1])
        if words > 2:
            hashed = mixed(hashed ^ states[at + 2])
        at = hashed >> shift
        if keyed == 1:
            at = free(hashed, table, shift, mask)
        while table[at] != 0:
            at = at + 1 & mask
        table[at] = hashed if keyed == 1 else (hashed & LOW32) << 32 | number + 1
    return last


def reenter(first: int, last: int, old: U64, table: U64, p: U64) -> int:
    """Enter what a table of hashes holds into a larger one; return `last`, the old one's size."""
    shift, mask = p[TABLE_SHIFT], p[TABLE_MASK]
    for place in range(first, last):
        if old[place] != 0:
            table[free(old[place], table, shift, mask)] = old[place]
    return last
