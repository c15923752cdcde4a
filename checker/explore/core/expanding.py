"""Successors: each row that is offered is followed, what it sends finds its place, what it raises is noted."""

from __future__ import annotations

from checker.compiled.subset import U32, U64, Wide, word
from checker.explore.core.looking import below, copied, mixed, network, sent_to, wide
from checker.explore.core.offering import answered, gathered
from checker.explore.core.places import (
    A_BITS,
    B_BITS,
    BASE,
    BLOCKED,
    CAPACITY,
    COUNT,
    CUT,
    CUT_CAPACITY,
    CUTS,
    DELIVER,
    DUP_BITS,
    DUP_STEP,
    EDGES,
    ENDED,
    FLAGS,
    HELD,
    ID,
    ID_MASK,
    INTERNED,
    IS_SET,
    KEEP,
    KIND,
    KIND_MASK,
    LAST,
    LOSE,
    LOSES,
    LOSS_BITS,
    LOST,
    M64,
    MARK,
    MISS,
    MOVED,
    OFFER,
    ONCE,
    ONES,
    OWN,
    PLACES,
    RECENT,
    ROOM,
    SEND_MASK,
    SEND_SHIFT,
    SLOT,
    SPARE,
    TRANSITIONS,
)  # fmt: skip


def emitted(
    count: int, number: int, action: int, rest: int, net: Wide, happens: int, at: int,
    states: U64, successors: U64, sources: U32, actions: U32, hashes: U64, recent: U64, p: U64, rest_bits: int,
    words: int,
) -> int:  # fmt: skip
    """Write a successor down, or, if it does not happen (0), a state of no words; return how many there are now.

    Unless steps are kept, what does not happen and what was written down not long ago are not counted: they need no
    look-up. There are no branches here, for nothing would predict them.
    """
    first, second, third = rest * happens, word(net), 0
    if words == 1:
        first, second = (rest | word(net) << rest_bits) * happens, 0
    if words == 3:
        third = word(net >> 64)
    hashed = mixed(first)
    if words > 1:
        hashed = mixed(hashed ^ second)
    if words > 2:
        hashed = mixed(hashed ^ third)
    last = (hashed >> RECENT) * words
    differs, moves = first ^ recent[last], first ^ states[at]
    recent[last] = first
    if words > 1:
        differs, moves = differs | second ^ recent[last + 1], moves | second ^ states[at + 1]
        recent[last + 1] = second
    if words > 2:
        differs, moves = differs | third ^ recent[last + 2], moves | third ^ states[at + 2]
        recent[last + 2] = third
    p[MOVED] = p[MOVED] | moves
    successors[count * words] = first
    if words > 1:
        successors[count * words + 1] = second
    if words > 2:
        successors[count * words + 2] = third
    sources[count] = number
    hashes[count] = hashed
    actions[count] = action
    return count + ((1 if differs != 0 else 0) & happens | p[EDGES])


def cut_off(
    count: int, number: int, action: int, successors: U64, sources: U32, actions: U32, p: U64, words: int
) -> int:
    """Where steps are kept, write down that one is possible but cut off: a state of no words; return as `emitted`."""
    if p[EDGES] == 0:
        return count
    successors[count * words] = 0
    sources[count] = number
    actions[count] = action
    return count + 1


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


def after_sending(net: Wide, row: int, rows: U64, sends: U64, alike: U32, p: U64, ones: Wide, spare: Wide) -> Wide:
    """Return the network after a row's segments are sent into it, BLOCKED or HELD.

    Where they belong, whether one is there already and whether there is room is worked out without branches, and for
    no segment as for one: nothing would predict them.
    """
    sent = rows[4 * row + 1]
    if p[INTERNED] == 1 and sent != 0:
        answer: Wide = sent_to(sends, word(net) << 21 | sent, p[SEND_SHIFT], p[SEND_MASK])
        return answer
    slot = p[SLOT]
    if rows[4 * row] & ONCE != 0 and copied(net, sent, slot, alike) == 1:
        held: Wide = HELD
        return held
    top, mask, is_set, keeps = slot * (p[CAPACITY] - 1), (1 << slot) - 1, p[IS_SET], 1 - p[LOSES]
    more, full = 1, 0
    while more == 1:
        value = sent & ID_MASK
        room = 1 if net >> top == 0 else 0
        smaller = below(net, value, slot, ones, spare)
        lies = smaller if smaller < top else top
        high = net >> lies
        there = (1 if word(high) & mask == value else 0) & is_set
        wanted = (1 if value != 0 else 0) & (1 - there)
        many: Wide = value
        net = net ^ ((high ^ (high << slot | many)) << lies) * (wanted & room)
        full = full | wanted & (1 - room) & keeps
        sent = sent >> ID
        more = 1 if sent != 0 else 0
    blocked: Wide = BLOCKED
    return blocked if full == 1 else net


def followed(
    count: int, number: int, what: int, row: int, turn: int, rest: int, net: Wide, at: int,
    states: U64, successors: U64, sources: U32, actions: U32, hashes: U64, recent: U64, alike: U32, rows: U64,
    firsts: U64, sends: U64, cost: U32, live: U32, best: U64, p: U64, ones: Wide, spare: Wide,
    rest_bits: int, words: int,
) -> int:  # fmt: skip
    """Follow a row out of state `number`, unless a bound cuts it off; return how many successors there are now.

    `rest` is that of the state it leads to; `turn` is 1 if the segment that arrives stays in flight too.
    """
    head, flags, times = rows[4 * row], rows[4 * row] >> FLAGS, rows[4 * row + 3]
    action = rows[4 * row + 2] | (OWN if what & KIND_MASK == OWN else DELIVER + turn)
    if head & CUT != 0:
        rows[4 * row + 3] = times + 1
        p[CUTS] = 1
        return cut_off(count, number, action, successors, sources, actions, p, words)
    if p[INTERNED] == 0 or rows[4 * row + 1] != 0:
        net = after_sending(net, row, rows, sends, alike, p, ones, spare)
    if net == HELD:
        return count
    happens = 0 if net == BLOCKED else 1
    net = net * happens
    p[CUT_CAPACITY] = p[CUT_CAPACITY] + (1 - happens)
    rows[4 * row + 3] = times + happens
    if times == 0 and happens == 1:
        firsts[row] = number << KIND | action & KIND_MASK
    if flags != 0 and live[flags] == 1 and happens == 1:
        noted(best, flags, cost_of(rest, cost, p), number, action)
    return emitted(
        count, number, action, rest, net, happens, at, states, successors, sources, actions, hashes, recent, p,
        rest_bits, words,
    )  # fmt: skip


def expand(
    first: int, last: int,
    states: U64, successors: U64, sources: U32, actions: U32, hashes: U64, recent: U64, offers: U64, ended: U64,
    begins: U64, own: U32, arrivals: U64, destination: U32, alike: U32, rows: U64, firsts: U64,
    nets: U64, ways: U64, sends: U64, later: U32, cost: U32, live: U32, best: U64, p: U64, words: int,
) -> int:  # fmt: skip
    """Write down the successors of states from `first` on, as far as there is room; return the first one left.

    Nothing is done for a state for which a table lacks an entry: p[MISS] says which.
    """
    a_bits, dup_step = p[A_BITS], p[DUP_STEP]
    rest_bits = a_bits + p[B_BITS] + p[LOSS_BITS] + p[DUP_BITS]
    ones, spare = wide(p, ONES, words), wide(p, SPARE, words)
    number, count, p[MISS] = first, p[COUNT], 0
    while number < last and number - first < p[PLACES] and count < p[ROOM]:
        at = (number - p[BASE]) * words
        whole, rest = network(states, at, rest_bits, words), states[at] & (1 << rest_bits) - 1
        many = gathered(offers, rest, whole, own, arrivals, destination, nets, ways, later, p, words)
        if many == M64 or (p[INTERNED] == 1 and answered(offers, many, word(whole), rows, sends, p) == 0):
            break
        begins[number - first], p[CUTS], p[MOVED] = count, 0, 0
        for i in range(many):
            what, rest, net = offers[i * OFFER], offers[i * OFFER + 1] | MARK, wide(offers, i * OFFER + 2, words)
            kind, row = what & KIND_MASK, what >> 4
            if kind >= LOSE:
                p[TRANSITIONS] = p[TRANSITIONS] + 1
                p[LOST] = p[LOST] + (1 if kind == LOSE else 0)
                count = emitted(
                    count, number, row << KIND | kind, rest, net, 1, at, states, successors, sources, actions, hashes,
                    recent, p, rest_bits, words,
                )  # fmt: skip
                continue
            shift = 0 if what & 8 == 0 else a_bits
            field = ((1 << a_bits) - 1) if what & 8 == 0 else (1 << p[B_BITS]) - 1 << a_bits
            more = 1
            while more == 1:
                after = (rest | field) ^ field | (rows[4 * row] & ID_MASK) << shift
                for turn in range(2 if kind == KEEP else 1):
                    count = followed(
                        count, number, what, row, turn, after + turn * dup_step, net if turn == 0 else whole, at,
                        states, successors, sources, actions, hashes, recent, alike, rows, firsts, sends, cost,
                        live, best, p, ones, spare, rest_bits, words,
                    )  # fmt: skip
                more = 1 if rows[4 * row] & LAST == 0 else 0
                row = row + 1
        if p[MOVED] == 0:
            ended[p[ENDED]] = number << 1 | p[CUTS]
            p[ENDED] = p[ENDED] + 1
        number = number + 1
    p[COUNT] = count
    return number
