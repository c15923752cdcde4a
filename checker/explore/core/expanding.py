"""Successors: what may happen is gathered for a batch of states, sent, packed, and written down unless it was just now.

A batch is gone through once for each of these: every loop has few things at hand, and hardly a branch that is a guess.
"""

from __future__ import annotations

from checker.compiled.subset import U32, U64, Wide, word
from checker.explore.core.looking import below, mixed, network, wide
from checker.explore.core.offering import gathered
from checker.explore.core.places import (
    A_BITS,
    B_BITS,
    BASE,
    BATCH,
    BLOCKED_STEP,
    CAPACITY,
    COUNT,
    CUT_CAPACITY,
    CUT_STEP,
    DUP_BITS,
    EDGES,
    ENDED,
    FLAGS,
    ID,
    ID_MASK,
    INTERNED,
    IS_SET,
    KIND,
    KIND_MASK,
    LOSES,
    LOSS_BITS,
    LOW32,
    M64,
    MARK,
    MISS,
    ONES,
    PLACES,
    RECENT,
    ROOM,
    SLOT,
    SPARE,
    SWAPS,
    TRANSITIONS,
)  # fmt: skip
from checker.explore.core.swapping import exchanged


def noted(best: U64, flags: int, cost: int, number: int, action: int) -> int:
    """Remember where a set of flags was met with the fewest faults, then in the lowest state; return 1 if here."""
    known = best[3 * flags]
    if known == 0 or cost + 1 < known or (cost + 1 == known and number < best[3 * flags + 1]):
        best[3 * flags] = cost + 1
        best[3 * flags + 1] = number
        best[3 * flags + 2] = action
        return 1
    return 0


def cost_of(rest: int, cost: U32, p: U64) -> int:
    """Return how many faults a state has used: its ends', losses and duplicates."""
    a_bits, b_bits, loss_bits = p[A_BITS], p[B_BITS], p[LOSS_BITS]
    faults = rest >> a_bits + b_bits
    own = cost[2 * (rest & (1 << a_bits) - 1)] + cost[2 * (rest >> a_bits & (1 << b_bits) - 1) + 1]
    return own + (faults & (1 << loss_bits) - 1) + (faults >> loss_bits & (1 << p[DUP_BITS]) - 1)


def deliver(many: int, s_nets: U64, s_sents: U64, p: U64, words: int) -> int:
    """Send what the steps send into their sorted networks, one segment of each in turn; return 0.

    Where a segment belongs, whether it is there already and whether there is room is worked out without branches.
    """
    ones, spare = wide(p, ONES, words), wide(p, SPARE, words)
    slot, is_set, keeps = p[SLOT], p[IS_SET], 1 - p[LOSES]
    top, mask, more = slot * (p[CAPACITY] - 1), (1 << slot) - 1, 1
    while more != 0:
        more = 0
        for i in range(many):
            sent, net = s_sents[i], wide(s_nets, 2 * i if words == 3 else i, words)
            value = sent & ID_MASK
            room = 1 if net >> top == 0 else 0
            smaller = below(net, value, slot, ones, spare)
            lies = smaller if smaller <= top else 0
            high = net >> lies
            there = (1 if word(high) & mask == value else 0) & is_set
            wanted = (1 if value != 0 else 0) & (1 - there)
            many_bits: Wide = value
            net = net ^ ((high ^ (high << slot | many_bits)) << lies) * (wanted & room)
            if words == 3:
                s_nets[2 * i], s_nets[2 * i + 1] = word(net), word(net >> 64)
            else:
                s_nets[i] = word(net)
            left = (sent & BLOCKED_STEP - 1) >> ID
            s_sents[i] = left | sent & BLOCKED_STEP | (wanted & (1 - room) & keeps) * BLOCKED_STEP
            more = more | left
    return 0


def pack(many: int, s_rests: U64, s_nets: U64, s_sents: U64, s_hashes: U64, p: U64, words: int) -> int:
    """Make of each step's rest and network the first word and the hash of a state, of none (0) if blocked; return 0."""
    rest_bits = p[A_BITS] + p[B_BITS] + p[LOSS_BITS] + p[DUP_BITS]
    for i in range(many):
        happens = 1 - (s_sents[i] >> 63)
        if words == 1:
            first = s_rests[i] * happens | s_nets[i] * happens << rest_bits
            s_hashes[i] = mixed(first)
        if words == 2:
            first = s_rests[i] * happens
            s_hashes[i] = mixed(mixed(first) ^ s_nets[i]) * happens
        if words == 3:
            first = s_rests[i] * happens
            s_hashes[i] = mixed(mixed(mixed(first) ^ s_nets[2 * i]) ^ s_nets[2 * i + 1]) * happens
        s_rests[i] = first
    return 0


def emitted(
    count: int, i: int, at: int, place: int,
    states: U64, successors: U64, links: U64, hashes: U64, recent: U64, moved: U64,
    s_links: U64, s_rests: U64, s_nets: U64, s_hashes: U64, edges: int, words: int,
) -> int:  # fmt: skip
    """Write a successor down; return how many there are now.

    Unless steps are kept, the state itself and what was written down not long ago are not counted: they need no
    look-up. There are no branches here, for nothing would predict them.
    """
    first, hashed = s_rests[i], s_hashes[i]
    last = (hashed >> RECENT) * words
    differs, moves = first ^ recent[last], first ^ states[at]
    recent[last], successors[count * words] = first, first
    if words > 1:
        second = s_nets[2 * i] if words == 3 else s_nets[i]
        differs, moves = differs | second ^ recent[last + 1], moves | second ^ states[at + 1]
        recent[last + 1], successors[count * words + 1] = second, second
    if words > 2:
        third = s_nets[2 * i + 1]
        differs, moves = differs | third ^ recent[last + 2], moves | third ^ states[at + 2]
        recent[last + 2], successors[count * words + 2] = third, third
    moved[place] = moved[place] | moves
    links[count], hashes[count] = s_links[i], hashed
    return count + ((1 if differs != 0 else 0) & (1 if moves != 0 else 0) | edges)


def written(
    many: int, first: int, count: int,
    s_rows: U32, s_links: U64, s_rests: U64, s_nets: U64, s_sents: U64, s_hashes: U64,
    states: U64, successors: U64, links: U64, hashes: U64, recent: U64,
    moved: U64, cuts: U64, rows: U64, firsts: U64, cost: U32, live: U32, best: U64, p: U64, words: int,
) -> int:  # fmt: skip
    """Count the steps and write their successors down; return how many there are now.

    What is blocked or cut off leads to a state of no words. For state first + k, moved[k] is not 0 afterwards if a step
    leads elsewhere or is blocked, cuts[k] is 1 if a bound cut one off.
    """
    base, edges, without_room, cut_off = p[BASE], p[EDGES], 0, 0
    for i in range(many):
        row, number = s_rows[i], s_links[i] >> 32
        if row & CUT_STEP != 0:
            row = row ^ CUT_STEP
            rows[4 * row + 3] = rows[4 * row + 3] + 1
            cuts[number - first], cut_off = 1, cut_off + 1
            successors[count * words], links[count] = 0, s_links[i]
            count = count + edges
        else:
            flags, times, blocked = rows[4 * row] >> FLAGS, rows[4 * row + 3], s_sents[i] >> 63
            rows[4 * row + 3] = times + (1 - blocked)
            without_room = without_room + blocked
            if times == 0 and blocked == 0:
                firsts[row] = number << KIND | s_links[i] & KIND_MASK
            if flags != 0 and live[flags] == 1 and blocked == 0:
                noted(best, flags, cost_of(s_rests[i], cost, p), number, s_links[i] & LOW32)
            count = emitted(
                count, i, (number - base) * words, number - first, states, successors, links, hashes, recent, moved,
                s_links, s_rests, s_nets, s_hashes, edges, words,
            )  # fmt: skip
    p[CUT_CAPACITY] = p[CUT_CAPACITY] + without_room
    p[TRANSITIONS] = p[TRANSITIONS] + many - without_room - cut_off
    return count


def expand(
    first: int, last: int,
    states: U64, successors: U64, links: U64, hashes: U64, recent: U64, ended: U64, begins: U64, moved: U64, cuts: U64,
    s_rows: U32, s_links: U64, s_rests: U64, s_nets: U64, s_sents: U64, s_hashes: U64,
    own: U32, arrivals: U64, destination: U32, alike: U32, rows: U64, firsts: U64,
    nets: U64, ways: U64, sends: U64, later: U32, cost: U32, live: U32, best: U64, p: U64, words: int,
) -> int:  # fmt: skip
    """Write down the successors of states from `first` on, as far as there is room; return the first one left.

    Where steps are kept, each has a successor, and begins[k] is where those of state first + k begin. Nothing is done
    for a state for which a table lacks an entry: p[MISS] says which.
    """
    rest_bits = p[A_BITS] + p[B_BITS] + p[LOSS_BITS] + p[DUP_BITS]
    number, begun, count, most, p[MISS] = first, first, p[COUNT], first + p[PLACES], 0
    while number < last and number < most and count < p[ROOM] and p[MISS] == 0:
        many, begun = 0, number
        while number < last and number < most and many < p[BATCH]:
            at = (number - p[BASE]) * words
            found = gathered(
                many, number << 32, states[at] & (1 << rest_bits) - 1 | MARK, network(states, at, rest_bits, words),
                s_rows, s_links, s_rests, s_nets, s_sents,
                own, arrivals, destination, alike, rows, nets, ways, sends, later, p, words,
            )  # fmt: skip
            if found == M64:
                break
            moved[number - first], cuts[number - first], begins[number - first] = 0, 0, count + many
            many, number = found, number + 1
        if words != 2 or p[INTERNED] == 0:
            deliver(many, s_nets, s_sents, p, words)
        if p[SWAPS] == 1:
            exchanged(many, first, s_links, s_rests, s_nets, moved, p, words)
        pack(many, s_rests, s_nets, s_sents, s_hashes, p, words)
        count = written(
            many, first, count, s_rows, s_links, s_rests, s_nets, s_sents, s_hashes,
            states, successors, links, hashes, recent, moved, cuts, rows, firsts, cost, live, best, p, words,
        )  # fmt: skip
        for place in range(begun - first, number - first):
            if moved[place] == 0:
                ended[p[ENDED]] = first + place << 1 | cuts[place]
                p[ENDED] = p[ENDED] + 1
    p[COUNT] = count
    return number
