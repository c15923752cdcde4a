"""What is written down in a slot when both ends went on: where they stand, what they heard, what Tally counts."""

from __future__ import annotations

from checker.compiled.subset import U64
from checker.conform.fastpath.acting import WAITS
from checker.conform.fastpath.places import (
    ACKED,
    AT_FRAME,
    AT_SCALE,
    AT_SIDE,
    AT_TIME,
    BITS,
    COUNT_MASK,
    FIELDS,
    FIN_FIELDS,
    FIN_FRAME,
    FIN_SENT,
    FINS,
    FIRST_FRAME,
    FIRST_TIME,
    ISN,
    LAST_FRAME,
    LAST_TIME,
    OCTETS,
    OWES,
    PART,
    PASSED,
    PEER_END,
    PEER_FIRST,
    PEER_WINDOW,
    PENDING,
    PENDING_FIELDS,
    SAVED,
    SCALES,
    SEGMENTS,
    STALE,
    SYN_ACKS,
    SYNS,
    TCB,
    TCB_SIZE,
    TOTAL,
    M,
    S,
    T,
)
from checker.conform.fastpath.running import MASK32, WRAP

HALF = 1 << 31
SAID_SYN, SAID_SYN_ACK, SAID_ACK, SAID_DATA, SAID_FIN = 1, 2, 4, 8, 16
"""Wireshark's tcp.completeness, as checker/conform/facts.py has it."""


def came(slots: U64, code: U64, registers: U64, now: int, other: int, side: int, heard: int) -> int:
    """Write down what the segment did at the end that it came to."""
    if heard == WAITS:
        slots[other + PENDING] = 1
        for k in range(FIELDS):
            slots[other + PENDING_FIELDS + k] = registers[S + k]
        return 0
    if code[heard + 1] == 0:
        return 0
    for k in range(TCB_SIZE):
        slots[other + TCB + k] = registers[T + k]
    passed(slots, now, other, side, code[heard + 1] - 1)
    count, there = code[heard + 2] & COUNT_MASK, slots[other + OWES]
    for k in range(count * FIELDS):
        slots[other + OWES + 1 + FIELDS * there + k] = registers[M + k]
    slots[other + OWES] = there + count
    return 0


def forgotten(slots: U64, end: int, gone: int) -> int:
    """Forget the first answers that an end owes."""
    left = slots[end + OWES] - gone
    for k in range(left * FIELDS):
        slots[end + OWES + 1 + k] = slots[end + OWES + 1 + FIELDS * gone + k]
    slots[end + OWES] = left
    return 0


def passed(slots: U64, now: int, end: int, side: int, part: int) -> int:
    """Take note of the discrete part that a TCB has now."""
    if part != slots[end + PART]:
        slots[end + PART] = part
        slots[now + PASSED] = slots[now + PASSED] + 1
        slots[now + PASSED + slots[now + PASSED]] = part * 2 + side
    return 0


def went(slots: U64, registers: U64, now: int, me: int, side: int, sent: int) -> int:
    """Write down what the end did that sent the segment."""
    for k in range(TCB_SIZE):
        slots[me + TCB + k] = registers[SAVED + k]
    if registers[SAVED + TCB_SIZE] != 0:
        passed(slots, now, me, side, registers[SAVED + TCB_SIZE] - 1)
    passed(slots, now, me, side, sent >> 8)
    slots[me + PENDING] = 0
    if sent & 0xFF > 1:
        forgotten(slots, me, (sent & 0xFF) - 1)
    elif slots[me + OWES] > STALE:
        forgotten(slots, me, slots[me + OWES] - STALE)
    return 0


def captured(rows: U64, slots: U64, registers: U64, row: int, now: int, me: int, other: int) -> int:
    """Take note of the segment's numbers: what the other end heard, what this end sent."""
    seq, ack, data, syn, fin = registers[S], registers[S + 1], registers[S + 2], registers[S + 4], registers[S + 6]
    most = slots[other + PEER_WINDOW]
    slots[other + PEER_WINDOW] = registers[S + 3] if most < registers[S + 3] else most
    known = slots[other + ACKED]
    if registers[S + 5] == 1 and (known == 0 or syn == 1 or (ack + WRAP + 1 - known) & MASK32 < HALF):
        slots[other + ACKED] = ack + 1
    if syn == 1:
        slots[other + PEER_FIRST] = seq + 1
        slots[me + ISN] = seq + 1
        slots[now + SCALES + rows[row + AT_SIDE]] = rows[row + AT_SCALE]
    if data + syn + fin != 0:
        slots[other + PEER_END] = ((seq + data + syn + fin) & MASK32) + 1
    if syn + fin != 0:
        slots[me + FIN_SENT] = fin
    return 0


def counted(rows: U64, slots: U64, registers: U64, row: int, now: int, me: int) -> int:
    """Count the segment as Tally does."""
    data, syn, has_ack, fin = registers[S + 2], registers[S + 4], registers[S + 5], registers[S + 6]
    slots[now + TOTAL] = slots[now + TOTAL] + 1
    slots[now + LAST_FRAME], slots[now + LAST_TIME] = rows[row + AT_FRAME], rows[row + AT_TIME]
    if slots[now + FIRST_FRAME] == 0:
        slots[now + FIRST_FRAME], slots[now + FIRST_TIME] = rows[row + AT_FRAME], rows[row + AT_TIME]
    slots[me + SEGMENTS] = slots[me + SEGMENTS] + 1
    slots[me + OCTETS] = slots[me + OCTETS] + data
    said = 0
    if data != 0:
        said = SAID_DATA
    elif has_ack == 1 and syn == 0:
        said = SAID_ACK
    if syn == 1:
        said = SAID_SYN_ACK if has_ack == 1 else SAID_SYN
        each = me + SYN_ACKS if has_ack == 1 else me + SYNS
        slots[each] = slots[each] + 1
    if fin == 1:
        said = said | SAID_FIN
        slots[me + FINS] = slots[me + FINS] + 1
        if slots[me + FIN_FRAME] == 0:
            slots[me + FIN_FRAME] = rows[row + AT_FRAME]
            for k in range(FIELDS):
                slots[me + FIN_FIELDS + k] = registers[S + k]
    slots[now + BITS] = slots[now + BITS] | said
    return 0
