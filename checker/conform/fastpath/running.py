"""A machine of a few instructions on registers; its programs say what checker/conform/unrolled.py writes."""

from __future__ import annotations

from checker.compiled.subset import U64
from checker.conform.fastpath.places import ADD, END_OF_RUN, IF_EQ, IF_GE, IF_LT, IF_NE, JUMP, MIN, SUB

MASK32 = 0xFFFF_FFFF
WRAP = 1 << 32


def run(code: U64, registers: U64, program: int) -> int:
    """Run a program; return where it ended: at an END_OF_RUN, whose operands say what the rules did."""
    at = program
    word = code[at]
    while word != END_OF_RUN:
        a, b = registers[code[at + 1]], registers[code[at + 2]]
        if word > JUMP:
            registers[code[at + 3]] = result(word, a, b)
            at = at + 4
        elif holds(word, a, b) == 1:
            at = at + 4
        else:
            at = code[at + 3]
        word = code[at]
    return at


def result(word: int, a: int, b: int) -> int:
    """Return what an instruction works out; differences and sums wrap."""
    if word == SUB:
        return (a + WRAP - b) & MASK32
    if word == ADD:
        return (a + b) & MASK32
    if word == MIN:
        return a if a < b else b
    return a


def holds(word: int, a: int, b: int) -> int:
    """Return 1 if the condition holds that an instruction asks; for JUMP it never does."""
    if word == IF_EQ:
        return 1 if a == b else 0
    if word == IF_LT:
        return 1 if a < b else 0
    if word == IF_GE:
        return 1 if a >= b else 0
    if word == IF_NE:
        return 1 if a != b else 0
    return 0
