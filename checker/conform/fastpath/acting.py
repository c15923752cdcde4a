"""What both ends do for one segment, if that is plain: one sends it, the other gets it. Nothing is written down yet."""

from __future__ import annotations

from checker.compiled.subset import U64
from checker.conform.fastpath.places import (
    ANNOUNCES,
    ARRIVES,
    CLOSED,
    CONNECTED,
    COUNT_MASK,
    FIELDS,
    FRESH,
    HOLDS,
    KIND,
    LATER,
    LISTENS,
    OWED,
    OWES,
    PART,
    PENDING,
    PENDING_FIELDS,
    RESETS,
    SAVED,
    SYN_BIT,
    TCB,
    TCB_SIZE,
    TOTAL,
    USUAL,
    C,
    M,
    S,
    T,
)
from checker.conform.fastpath.running import run

RCV_WND, ISS = 7, 2
"""Where these stand in a TCB."""
NO_ISN = 0x5EED_5EED
NOTHING = 1 << 20
"""In place of a part that there is not."""
WAITS = 1
"""The segment is on its way to an end that does not listen yet."""


def sending(slots: U64, code: U64, registers: U64, now: int, me: int, bits: int) -> int:
    """Have an end send the segment: an answer that it owes, or an own event that is usual; then announce the window.

    Return 0 if neither explains it; else the part of its TCB then, times 256, and the number of answers that are no
    longer owed, plus 1.
    """
    registers[SAVED + TCB_SIZE] = 0
    part, gone = slots[me + PART], 0
    if slots[me + PENDING] == 1:
        part = opened(slots, code, registers, me, bits)
    elif code[KIND + part] & CONNECTED == 0 and (code[KIND + part] & FRESH == 0 or slots[now + TOTAL] != 0):
        return 0
    else:
        gone = owed(slots, registers, me)
        if gone == 0:
            part = usual(slots, code, registers, me, bits)
        else:
            loaded(slots, registers, me)
    if part == NOTHING:
        return 0
    if registers[T + RCV_WND] != registers[S + 3] and code[KIND + part] & CLOSED == 0:
        if code[ANNOUNCES + part] == 0:
            return 0
        called(registers, registers[S], registers[S + 2], registers[S], registers[S + 3])
        at = run(code, registers, code[ANNOUNCES + part])
        if code[at + 1] != 0:
            part = code[at + 1] - 1
    return part * 256 + gone + 1


def owed(slots: U64, registers: U64, me: int) -> int:
    """Return how many answers an end owes up to the first that is this segment; 0 if none is."""
    for place in range(slots[me + OWES]):
        if same(slots, me + OWES + 1 + FIELDS * place, registers) == 1:
            return place + 1
    return 0


def same(fields: U64, at: int, registers: U64) -> int:
    """Return 1 if the fields that begin there are the segment's, whatever the window."""
    for k in range(FIELDS):
        if fields[at + k] != registers[S + k] and k != 3:
            return 0
    return 1


def usual(slots: U64, code: U64, registers: U64, me: int, bits: int) -> int:
    """Have an end do what usually sends such a segment; return the part of its TCB then, or NOTHING."""
    place = USUAL + slots[me + PART] * 32 + bits * 2
    if registers[S + 2] != 0:
        place = place + 1
    each = code[place]
    if each == 0:
        return NOTHING
    while code[each] != 0:
        loaded(slots, registers, me)
        called(registers, registers[S], registers[S + 2], registers[S], registers[S + 3])
        at = run(code, registers, code[each] >> 1)
        if code[at + 1] != 0 and code[at + 2] & COUNT_MASK == 1 and repeated(registers) == 1:
            return NOTHING if code[each] & 1 == 1 else code[at + 1] - 1
        each = each + 1
    return NOTHING


def repeated(registers: U64) -> int:
    """Return 1 if the first segment that a run sends is the one at hand, whatever the window."""
    for k in range(FIELDS):
        if registers[M + k] != registers[S + k] and k != 3:
            return 0
    return 1


def opened(slots: U64, code: U64, registers: U64, me: int, bits: int) -> int:
    """Have an end to which a SYN is on its way listen, get it and send the segment; return as `usual`."""
    program = code[LISTENS + bits]
    if program == 0:
        return NOTHING
    loaded(slots, registers, me)
    called(registers, NO_ISN, 0, 0, 0)
    at = run(code, registers, program)
    if code[at + 1] == 0 or code[at + 2] & COUNT_MASK != 0:
        return NOTHING
    part = code[at + 1] - 1
    registers[SAVED + TCB_SIZE] = part + 1
    program = code[ARRIVES + part * 16 + SYN_BIT]
    if program == 0:
        return NOTHING
    isn = registers[S]
    for k in range(FIELDS):
        registers[SAVED + k] = registers[S + k]
        registers[S + k] = slots[me + PENDING_FIELDS + k]
    called(registers, isn, 0, 0, 0)
    at = run(code, registers, program)
    for k in range(FIELDS):
        registers[S + k] = registers[SAVED + k]
    if code[at + 1] == 0 or code[at + 2] != 1 or repeated(registers) == 0:
        return NOTHING
    return code[at + 1] - 1


def loaded(slots: U64, registers: U64, end: int) -> int:
    """Put an end's TCB where rules read it."""
    for k in range(TCB_SIZE):
        registers[T + k] = slots[end + TCB + k]
    return 0


def called(registers: U64, isn: int, octets: int, remote: int, announced: int) -> int:
    """Put what comes with an event where rules read it; what is discrete of it is known to the program."""
    registers[C], registers[C + 1], registers[C + 4], registers[C + 5] = isn, octets, remote, announced
    return 0


def receiving(slots: U64, code: U64, registers: U64, now: int, other: int, bits: int) -> int:
    """Have the segment arrive at an end; return where the run ended, WAITS, or 0 if that is not plain."""
    part = slots[other + PART]
    if code[KIND + part] & FRESH != 0 and slots[now + TOTAL] == 0:
        return WAITS
    program = code[ARRIVES + part * 16 + bits]
    if program == 0 or code[KIND + part] & CONNECTED == 0 or slots[other + PENDING] == 1:
        return 0
    loaded(slots, registers, other)
    called(registers, NO_ISN, 0, 0, 0)
    at = run(code, registers, program)
    if code[at + 2] & (LATER | RESETS) != 0 or slots[other + OWES] + (code[at + 2] & COUNT_MASK) > OWED:
        return 0
    if code[at + 2] & HOLDS != 0 and registers[S + 2] + registers[S + 6] != 0:
        return 0
    if code[at + 1] != 0 and code[at + 1] - 1 != part and registers[T + ISS] == NO_ISN:
        return 0
    return at
