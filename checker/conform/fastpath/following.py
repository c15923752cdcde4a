"""One loop over rows: each is a segment that one end sends and the other gets; both ends go on, or neither.

What is done for a row is what Follower.leaving and Follower.arriving do where no search is needed, and what
Context.heard, Tally.take and Pair.feed note. A row on which anything is out of the ordinary is left as it is.
"""

from __future__ import annotations

from checker.compiled.subset import U64
from checker.conform.fastpath.acting import receiving, sending
from checker.conform.fastpath.noting import SAID_FIN, came, captured, counted, went
from checker.conform.fastpath.places import (
    ACK_BIT,
    AT_ACK,
    AT_DATA,
    AT_FLAGS,
    AT_SEQ,
    AT_SIDE,
    AT_SLOT,
    AT_WINDOW,
    BITS,
    END,
    ENDED,
    ENDS,
    FIN_BIT,
    KIND,
    MOST_PASSED,
    NOW,
    OPEN,
    PART,
    PASSED,
    PEER_END,
    PENDING,
    RESTING,
    ROW,
    ROWS,
    SAVED,
    SCALES,
    SLOT,
    SYN_BIT,
    TCB_SIZE,
    TOTAL,
    S,
    T,
)

SYN_FLAG, RST_FLAG = 2, 4
PASSED_AT_ONCE = 4
"""So many parts may one row add to those that were passed."""


def follow(rows: U64, slots: U64, code: U64, registers: U64, events: U64, first: int, count: int) -> int:
    """Follow rows from `first` on; return the number of the first that is left, or `count`.

    events   how many times a conversation came to rest or went on, then each: twice its slot, and 1 for rest.
    """
    for i in range(first, count):
        if step(rows, slots, code, registers, events, i * ROW) == 0:
            return i
    return count


def step(rows: U64, slots: U64, code: U64, registers: U64, events: U64, row: int) -> int:
    """Follow one row; return 1, or 0 with nothing changed."""
    slot, side = rows[row + AT_SLOT] * SLOT, rows[row + AT_SIDE]
    now = slot + NOW
    me, other = now + ENDS + side * END, now + ENDS + (1 - side) * END
    bits = taken(rows, slots, registers, row, now)
    if slots[slot + OPEN] == 0 or ordinary(rows, slots, row, now, me, other) == 0:
        return 0
    sent = sending(slots, code, registers, now, me, bits)
    if sent == 0:
        return 0
    for k in range(TCB_SIZE):
        registers[SAVED + k] = registers[T + k]
    heard = receiving(slots, code, registers, now, other, bits)
    if heard == 0:
        return 0
    went(slots, registers, now, me, side, sent)
    came(slots, code, registers, now, other, 1 - side, heard)
    captured(rows, slots, registers, row, now, me, other)
    counted(rows, slots, registers, row, now, me)
    slots[slot + ROWS] = slots[slot + ROWS] + 1
    if slots[now + BITS] >= SAID_FIN:
        rest = (code[KIND + slots[me + PART]] & code[KIND + slots[other + PART]] & ENDED) >> 1
        if rest != slots[slot + RESTING]:
            slots[slot + RESTING] = rest
            events[0] = events[0] + 1
            events[events[0]] = rows[row + AT_SLOT] * 2 + rest
    return 1


def taken(rows: U64, slots: U64, registers: U64, row: int, now: int) -> int:
    """Put the fields of a row's segment where rules read them, its window scaled; return its control bits."""
    flags, window, scales = rows[row + AT_FLAGS], rows[row + AT_WINDOW], now + SCALES
    syn, has_ack = flags >> 1 & 1, flags >> 4 & 1
    if syn == 0 and slots[scales] != 0 and slots[scales + 1] != 0:
        window = window << (slots[scales + rows[row + AT_SIDE]] - 1)
    registers[S], registers[S + 1] = rows[row + AT_SEQ], rows[row + AT_ACK] * has_ack
    registers[S + 2], registers[S + 3], registers[S + 4], registers[S + 5] = rows[row + AT_DATA], window, syn, has_ack
    registers[S + 6], registers[S + 7] = flags & 1, flags >> 2 & 1
    return syn * SYN_BIT + has_ack * ACK_BIT + (flags & 1) * FIN_BIT


def ordinary(rows: U64, slots: U64, row: int, now: int, me: int, other: int) -> int:
    """Return 1 if a row's segment comes in its order: no RST, and a SYN only at the beginning."""
    flags = rows[row + AT_FLAGS]
    if flags & RST_FLAG != 0 or slots[now + PASSED] + PASSED_AT_ONCE > MOST_PASSED:
        return 0
    if flags & SYN_FLAG == 0:
        return 1 if slots[other + PEER_END] == rows[row + AT_SEQ] + 1 else 0
    answers = flags >> 4 & 1
    if rows[row + AT_DATA] + (flags & 1) != 0 or slots[now + TOTAL] != answers or slots[me + PENDING] != answers:
        return 0
    return 1
