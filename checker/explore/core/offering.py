"""What may happen in a state, in its order: an end's own events, arrivals, losses, a tick."""

from __future__ import annotations

from checker.compiled.subset import U32, U64, Wide, word
from checker.explore.core.looking import entry, sent_to
from checker.explore.core.places import (
    A_BITS,
    ARRIVAL_MASK,
    ARRIVAL_SHIFT,
    B_BITS,
    DEAD,
    DELIVER,
    DUP_BITS,
    ID,
    INTERNED,
    KEEP,
    KIND_MASK,
    LAST,
    LOSE,
    LOSS_BITS,
    LOSS_STEP,
    LOW32,
    M64,
    MAX_DUP,
    MAX_LOSS,
    MISS,
    MISS_A,
    MISS_ARRIVAL,
    MISS_B,
    MISS_C,
    MISS_NET,
    MISS_OWN,
    MISS_SEND,
    MISS_TICK,
    NO_ROWS,
    OFFER,
    OWN,
    ROW,
    SEND_MASK,
    SEND_SHIFT,
    SLOT,
    TICK,
    TIMED,
)  # fmt: skip


def offered(offers: U64, count: int, what: int, rest: int, net: Wide, words: int) -> int:
    """Write an offer down; return how many there are now."""
    offers[count * OFFER] = what
    offers[count * OFFER + 1] = rest
    offers[count * OFFER + 2] = word(net)
    if words == 3:
        offers[count * OFFER + 3] = word(net >> 64)
    return count + 1


def arrival(
    offers: U64, count: int, segment: int, rest: int, without: Wide,
    arrivals: U64, destination: U32, p: U64, words: int,
) -> int:  # fmt: skip
    """Offer the arrival of a segment, perhaps that a copy stays; return how many offers there are, M64 on a miss."""
    end, a_bits = destination[segment], p[A_BITS]
    local = rest >> a_bits * end & (1 << (a_bits if end == 0 else p[B_BITS])) - 1
    found = entry(arrivals, segment << ID | local, ROW, p[ARRIVAL_SHIFT], p[ARRIVAL_MASK])
    if found == 0:
        p[MISS], p[MISS_A], p[MISS_B], p[MISS_C] = MISS_ARRIVAL, end, local, segment
        return M64
    row = found & NO_ROWS
    if row != NO_ROWS:
        copies = rest >> a_bits + p[B_BITS] + p[LOSS_BITS] & (1 << p[DUP_BITS]) - 1
        kind = KEEP if copies < p[MAX_DUP] else DELIVER
        count = offered(offers, count, row << 4 | end << 3 | kind, rest, without, words)
    return count


def may_lose(rest: int, p: U64) -> int:
    """Return 1 if one more segment may be lost, else 0."""
    return 1 if (rest >> p[A_BITS] + p[B_BITS] & (1 << p[LOSS_BITS]) - 1) < p[MAX_LOSS] else 0


def from_slots(
    offers: U64, count: int, rest: int, net: Wide, arrivals: U64, destination: U32, p: U64, words: int
) -> int:
    """Offer every arrival and every loss of a sorted network; return how many offers there are, M64 on a miss."""
    slot = p[SLOT]
    mask = (1 << slot) - 1
    before, at, left = 0, 0, net
    while left != 0:
        value = word(left) & mask
        if value != before:
            without = net ^ left << at | left >> slot << at
            count = arrival(offers, count, value - 1, rest, without, arrivals, destination, p, words)
            if count == M64:
                return M64
        before = value
        left = left >> slot
        at = at + slot
    if may_lose(rest, p) == 1:
        before, at, left = 0, 0, net
        while left != 0:
            value = word(left) & mask
            if value != before:
                without = net ^ left << at | left >> slot << at
                count = offered(offers, count, value - 1 << 4 | LOSE, rest + p[LOSS_STEP], without, words)
            before = value
            left = left >> slot
            at = at + slot
    return count


def from_written(
    offers: U64, count: int, rest: int, net: int, nets: U64, ways: U64, arrivals: U64, destination: U32, p: U64,
    words: int,
) -> int:  # fmt: skip
    """Offer every arrival and every loss of an interned network, as `from_slots` does."""
    begin = nets[3 * net]
    if begin == 0:
        p[MISS], p[MISS_A] = MISS_NET, net
        return M64
    for i in range(begin + 1, begin + 1 + ways[begin]):
        without: Wide = ways[i] & LOW32
        count = arrival(offers, count, ways[i] >> 32, rest, without, arrivals, destination, p, words)
        if count == M64:
            return M64
    if may_lose(rest, p) == 1:
        begin = nets[3 * net + 1]
        for i in range(begin + 1, begin + 1 + ways[begin]):
            without = ways[i] & LOW32
            count = offered(offers, count, ways[i] >> 32 << 4 | LOSE, rest + p[LOSS_STEP], without, words)
    return count


def a_tick(offers: U64, count: int, rest: int, net: int, later: U32, nets: U64, p: U64, words: int) -> int:
    """Offer that time passes, unless something must happen first; return as `from_slots` does."""
    a_bits = p[A_BITS]
    a, b = rest & (1 << a_bits) - 1, rest >> a_bits & (1 << p[B_BITS]) - 1
    for end in range(2):
        if later[2 * (a if end == 0 else b) + end] == 0:
            p[MISS], p[MISS_A], p[MISS_B] = MISS_TICK, end, a if end == 0 else b
            return M64
    if later[2 * a] == 1 or later[2 * b + 1] == 1:
        return count
    aged = nets[3 * net + 2]
    dead = aged & (1 << DEAD) - 1
    losses = rest >> a_bits + p[B_BITS] & (1 << p[LOSS_BITS]) - 1
    if p[LOSS_STEP] != 0 and losses + dead > p[MAX_LOSS]:
        return count
    faults = rest >> a_bits + p[B_BITS] << a_bits + p[B_BITS]
    after = faults + dead * p[LOSS_STEP] | later[2 * b + 1] - 2 << a_bits | later[2 * a] - 2
    then: Wide = aged >> DEAD
    return offered(offers, count, TICK, after, then, words)


def gathered(
    offers: U64, rest: int, net: Wide, own: U32, arrivals: U64, destination: U32,
    nets: U64, ways: U64, later: U32, p: U64, words: int,
) -> int:  # fmt: skip
    """Offer all that may happen in a state, in its order; return how many offers there are, M64 on a miss."""
    a_bits, count = p[A_BITS], 0
    for end in range(2):
        local = rest & (1 << a_bits) - 1 if end == 0 else rest >> a_bits & (1 << p[B_BITS]) - 1
        row = own[2 * local + end]
        if row == 0:
            p[MISS], p[MISS_A], p[MISS_B] = MISS_OWN, end, local
            return M64
        if row != NO_ROWS:
            count = offered(offers, count, row << 4 | end << 3 | OWN, rest, net, words)
    if p[INTERNED] == 0:
        return from_slots(offers, count, rest, net, arrivals, destination, p, words)
    count = from_written(offers, count, rest, word(net), nets, ways, arrivals, destination, p, words)
    if p[TIMED] == 1 and count != M64:
        count = a_tick(offers, count, rest, word(net), later, nets, p, words)
    return count


def answered(offers: U64, count: int, net: int, rows: U64, sends: U64, p: U64) -> int:
    """Return 1 if the answers of interned networks to all that is offered are known, else 0 and the miss."""
    for i in range(count):
        row, kind = offers[i * OFFER] >> 4, offers[i * OFFER] & KIND_MASK
        more = 1 if kind < LOSE else 0
        while more == 1:
            sent = rows[4 * row + 1]
            for turn in range(2 if kind == KEEP else 1):
                from_ = offers[i * OFFER + 2] if turn == 0 else net
                key = from_ << 21 | sent
                if sent != 0 and sent_to(sends, key, p[SEND_SHIFT], p[SEND_MASK]) == M64:
                    p[MISS], p[MISS_A], p[MISS_B] = MISS_SEND, from_, sent
                    return 0
            more = 1 if rows[4 * row] & LAST == 0 else 0
            row = row + 1
    return 1
