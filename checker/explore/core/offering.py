"""What may happen in a state, in its order: own events, arrivals, losses, a tick. Each is written down as a step.

Step `i` is row `s_rows[i]`; `s_links[i]` has the state that it leads out of and, in its lower half, the action. It
leads to rest `s_rests[i]` and, once `s_sents[i]` is sent, from network `s_nets[i]` (two numbers where a state has three
words) to the next. `from_` is the number of a state in the upper half of a word, `rest` is its rest with the mark.
"""

from __future__ import annotations

from checker.compiled.subset import U32, U64, Wide, word
from checker.explore.core.looking import copied, entry, sent_to
from checker.explore.core.places import (
    A_BITS,
    ARRIVAL_MASK,
    ARRIVAL_SHIFT,
    B_BITS,
    BLOCKED_STEP,
    CUT,
    DEAD,
    DELIVER,
    DUP_BITS,
    DUP_STEP,
    HELD,
    ID,
    ID_MASK,
    INTERNED,
    KIND,
    LAST,
    LOSE,
    LOSS_BITS,
    LOSS_STEP,
    LOSSES,
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
    ONCE,
    OWN,
    ROW,
    SEND_MASK,
    SEND_SHIFT,
    SLOT,
    TICK,
    TICKS,
    TIMED,
)  # fmt: skip


def step(
    count: int, row: int, link: int, rest: int, net: Wide, sent: int,
    s_rows: U32, s_links: U64, s_rests: U64, s_nets: U64, s_sents: U64, words: int,
) -> int:  # fmt: skip
    """Write a step down; return how many there are now."""
    s_rows[count], s_links[count], s_rests[count], s_sents[count] = row, link, rest, sent
    if words == 3:
        s_nets[2 * count], s_nets[2 * count + 1] = word(net), word(net >> 64)
    else:
        s_nets[count] = word(net)
    return count + 1


def answered(
    count: int, row: int, link: int, after: int, net: int, sent: int,
    s_rows: U32, s_links: U64, s_rests: U64, s_nets: U64, s_sents: U64, sends: U64, p: U64, words: int,
) -> int:  # fmt: skip
    """Write a step of an interned network down; return how many there are now, M64 when its answer is not known."""
    answer = net
    if sent != 0:
        answer = sent_to(sends, net << 21 | sent, p[SEND_SHIFT], p[SEND_MASK])
    if answer == M64:
        p[MISS], p[MISS_A], p[MISS_B] = MISS_SEND, net, sent
        return M64
    if answer == HELD and row & CUT << 9 == 0:
        return count
    blocked = 1 if answer >= HELD else 0
    then: Wide = 0 if blocked == 1 else answer
    return step(
        count, row, link, after, then, blocked * BLOCKED_STEP,
        s_rows, s_links, s_rests, s_nets, s_sents, words,
    )  # fmt: skip


def span(
    count: int, row: int, from_: int, kind: int, turns: int, cleared: int, shift: int, without: Wide, whole: Wide,
    s_rows: U32, s_links: U64, s_rests: U64, s_nets: U64, s_sents: U64,
    alike: U32, rows: U64, sends: U64, p: U64, words: int,
) -> int:  # fmt: skip
    """Write down the steps of a span of rows; return how many there are now, M64 on a miss.

    cleared, shift  the rest without the end's local state, and where it belongs.
    turns           2 if the segment that arrives may stay in flight too: then from network `whole`.
    """
    more, dup_step = 1, p[DUP_STEP]
    while more == 1:
        head, sent, link = rows[4 * row], rows[4 * row + 1], rows[4 * row + 2] | kind | from_
        after, what = cleared | (head & ID_MASK) << shift, row | (head & CUT) << 9
        if words == 2 and p[INTERNED] == 1:
            for turn in range(turns):
                count = answered(
                    count, what, link + turn, after + turn * dup_step, word(without if turn == 0 else whole),
                    sent, s_rows, s_links, s_rests, s_nets, s_sents, sends, p, words,
                )  # fmt: skip
                if count == M64:
                    return M64
        elif head & ONCE == 0:
            step(count, what, link, after, without, sent, s_rows, s_links, s_rests, s_nets, s_sents, words)
            step(
                count + 1, what, link + 1, after + dup_step, whole, sent,
                s_rows, s_links, s_rests, s_nets, s_sents, words,
            )  # fmt: skip
            count = count + turns
        else:
            for turn in range(turns):
                net = without if turn == 0 else whole
                if copied(net, sent, p[SLOT], alike) == 0:
                    count = step(
                        count, what, link + turn, after + turn * dup_step, net, sent,
                        s_rows, s_links, s_rests, s_nets, s_sents, words,
                    )  # fmt: skip
        more = 1 if head & LAST == 0 else 0
        row = row + 1
    return count


def arrival(
    count: int, segment: int, from_: int, turns: int, rest: int, without: Wide, whole: Wide,
    s_rows: U32, s_links: U64, s_rests: U64, s_nets: U64, s_sents: U64,
    arrivals: U64, destination: U32, alike: U32, rows: U64, sends: U64, p: U64, words: int,
) -> int:  # fmt: skip
    """Write down the steps of a segment's arrival; return how many there are now, M64 on a miss."""
    end, a_bits = destination[segment], p[A_BITS]
    shift, mask = a_bits * end, (1 << (a_bits if end == 0 else p[B_BITS])) - 1
    local = rest >> shift & mask
    found = entry(arrivals, segment << ID | local, ROW, p[ARRIVAL_SHIFT], p[ARRIVAL_MASK])
    if found == 0:
        p[MISS], p[MISS_A], p[MISS_B], p[MISS_C] = MISS_ARRIVAL, end, local, segment
        return M64
    if found & NO_ROWS != NO_ROWS:
        count = span(
            count, found & NO_ROWS, from_, DELIVER, turns, rest ^ local << shift, shift, without, whole,
            s_rows, s_links, s_rests, s_nets, s_sents, alike, rows, sends, p, words,
        )  # fmt: skip
    return count


def may_lose(rest: int, p: U64) -> int:
    """Return 1 if one more segment may be lost, else 0."""
    return 1 if (rest >> p[A_BITS] + p[B_BITS] & (1 << p[LOSS_BITS]) - 1) < p[MAX_LOSS] else 0


def from_slots(
    count: int, from_: int, turns: int, rest: int, net: Wide,
    s_rows: U32, s_links: U64, s_rests: U64, s_nets: U64, s_sents: U64,
    arrivals: U64, destination: U32, alike: U32, rows: U64, sends: U64, p: U64, words: int,
) -> int:  # fmt: skip
    """Write down every arrival and every loss of a sorted network; return how many steps there are, M64 on a miss."""
    slot = p[SLOT]
    mask = (1 << slot) - 1
    before, at, left = 0, 0, net
    while left != 0:
        value = word(left) & mask
        if value != before:
            count = arrival(
                count, value - 1, from_, turns, rest, net ^ left << at | left >> slot << at, net,
                s_rows, s_links, s_rests, s_nets, s_sents,
                arrivals, destination, alike, rows, sends, p, words,
            )  # fmt: skip
            if count == M64:
                return M64
        before, at, left = value, at + slot, left >> slot
    if may_lose(rest, p) == 1:
        before, at, left = 0, 0, net
        while left != 0:
            value = word(left) & mask
            lost = step(
                count, LOSSES, from_ | value - 1 << KIND | LOSE, rest + p[LOSS_STEP],
                net ^ left << at | left >> slot << at, 0,
                s_rows, s_links, s_rests, s_nets, s_sents, words,
            )  # fmt: skip
            count = lost if value != before else count
            before, at, left = value, at + slot, left >> slot
    return count


def from_written(
    count: int, from_: int, turns: int, rest: int, net: int,
    s_rows: U32, s_links: U64, s_rests: U64, s_nets: U64, s_sents: U64,
    arrivals: U64, destination: U32, alike: U32, rows: U64, nets: U64, ways: U64, sends: U64, p: U64, words: int,
) -> int:  # fmt: skip
    """Write down every arrival and every loss of an interned network, as `from_slots` does."""
    begin, whole = nets[3 * net], net
    if begin == 0:
        p[MISS], p[MISS_A] = MISS_NET, net
        return M64
    for i in range(begin + 1, begin + 1 + ways[begin]):
        without: Wide = ways[i] & LOW32
        count = arrival(
            count, ways[i] >> 32, from_, turns, rest, without, whole,
            s_rows, s_links, s_rests, s_nets, s_sents,
            arrivals, destination, alike, rows, sends, p, words,
        )  # fmt: skip
        if count == M64:
            return M64
    if may_lose(rest, p) == 1:
        begin = nets[3 * net + 1]
        for i in range(begin + 1, begin + 1 + ways[begin]):
            without = ways[i] & LOW32
            count = step(
                count, LOSSES, from_ | ways[i] >> 32 << KIND | LOSE, rest + p[LOSS_STEP], without, 0,
                s_rows, s_links, s_rests, s_nets, s_sents, words,
            )  # fmt: skip
    return count


def a_tick(
    count: int, from_: int, rest: int, net: int,
    s_rows: U32, s_links: U64, s_rests: U64, s_nets: U64, s_sents: U64,
    later: U32, nets: U64, p: U64, words: int,
) -> int:  # fmt: skip
    """Write down that time passes, unless something must happen first; return as `from_slots` does."""
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
    return step(count, TICKS, from_ | TICK, after, then, 0, s_rows, s_links, s_rests, s_nets, s_sents, words)


def gathered(
    count: int, from_: int, rest: int, net: Wide,
    s_rows: U32, s_links: U64, s_rests: U64, s_nets: U64, s_sents: U64,
    own: U32, arrivals: U64, destination: U32, alike: U32, rows: U64, nets: U64, ways: U64, sends: U64, later: U32,
    p: U64, words: int,
) -> int:  # fmt: skip
    """Write down all that may happen in a state, in its order; return how many steps there are, M64 on a miss."""
    a_bits, a_mask, b_mask = p[A_BITS], (1 << p[A_BITS]) - 1, (1 << p[B_BITS]) - 1
    for end in range(2):
        local = rest & a_mask if end == 0 else rest >> a_bits & b_mask
        row = own[2 * local + end]
        if row == 0:
            p[MISS], p[MISS_A], p[MISS_B] = MISS_OWN, end, local
            return M64
        if row != NO_ROWS:
            count = span(
                count, row, from_, OWN, 1, rest ^ local << a_bits * end, a_bits * end, net, net,
                s_rows, s_links, s_rests, s_nets, s_sents, alike, rows, sends, p, words,
            )  # fmt: skip
            if count == M64:
                return M64
    copies = rest >> a_bits + p[B_BITS] + p[LOSS_BITS] & (1 << p[DUP_BITS]) - 1
    turns = 2 if copies < p[MAX_DUP] else 1
    if words != 2 or p[INTERNED] == 0:
        return from_slots(
            count, from_, turns, rest, net, s_rows, s_links, s_rests, s_nets, s_sents,
            arrivals, destination, alike, rows, sends, p, words,
        )  # fmt: skip
    count = from_written(
        count, from_, turns, rest, word(net), s_rows, s_links, s_rests, s_nets, s_sents,
        arrivals, destination, alike, rows, nets, ways, sends, p, words,
    )  # fmt: skip
    if p[TIMED] == 1 and count != M64:
        count = a_tick(
            count, from_, rest, word(net), s_rows, s_links, s_rests, s_nets, s_sents,
            later, nets, p, words,
        )  # fmt: skip
    return count
