"""TLA+'s words: operators, numbers, names, and the definitions that every exported module begins with."""

from __future__ import annotations

from collections.abc import Sequence

from checker.export.terms import Language
from spec.language import Sort

LONGEST = 30
"""Bits of numbers whose sums TLC can count to."""
_OPERATORS = {
    "eq": "({0} = {1})", "not": "~({0})", "count": "Count({0})", "choose": "(IF {0} THEN {1} ELSE {2})",
    "seq_lt": "Lt({0}, {1})", "seq_leq": "Leq({0}, {1})", "seq_add": "Add({0}, {1})", "seq_sub": "Sub({0}, {1})",
    "distance": "Sub({0}, {1})", "nat_lt": "({0} < {1})", "nat_leq": "({0} <= {1})", "nat_add": "Add({0}, {1})",
    "nat_sub": "Sub({0}, {1})", "nat_min": "Min({0}, {1})", "pairs_has": "(<<{1}, {2}>> \\in {0})",
    "pairs_add": "({0} \\cup {{<<{1}, {2}>>}})", "pairs_add_run": "({0} \\cup Run({1}, {2}, {3}))",
    "pairs_meets_run": "({0} \\cap Run({1}, {2}, {3}) # {{}})",
    "pairs_other_first": "(\\E pair \\in {0} : pair[2] = {2} /\\ pair[1] # {1})",
}  # fmt: skip


def arithmetic(bits: int) -> list[str]:
    """Return arithmetic modulo 2^bits, and the runs of pairs that ghosts are made of."""
    return [
        f"Modulus == {1 << bits}",
        "Add(a, b) == (a + b) % Modulus",
        "Sub(a, b) == (a - b + Modulus) % Modulus",
        "\\* a < b and a =< b on sequence numbers, RFC 9293 section 3.4",
        "Leq(a, b) == Sub(b, a) <= Modulus \\div 2",
        "Lt(a, b) == a # b /\\ Leq(a, b)",
        "Min(a, b) == IF a < b THEN a ELSE b",
        "Count(condition) == IF condition THEN 1 ELSE 0",
        "Run(x, y, n) == {<<x, y + i>> : i \\in 0 .. n - 1}",
    ]


def _among(value: str, _: Sort, members: Sequence[str]) -> str:
    return f"({value} \\in {{{', '.join(quoted(member) for member in members)}}})"


def quoted(word: str) -> str:
    """Return a word as TLA+ writes strings."""
    return f'"{word}"'


class TlaPlus(Language):
    """TLA+, which has sets of pairs."""

    def value(self, value: object, sort: Sort) -> str:
        """Return a value of a sort."""
        return "{}" if sort.name == "pairs" else super().value(value, sort)


def tla(bits: int) -> TlaPlus:
    """Return the language at a width of sequence numbers."""
    return TlaPlus(
        "TLA+",
        _OPERATORS,
        {"and": ("({})", " /\\ ", "TRUE"), "or": ("({})", " \\/ ", "FALSE")},
        ("TRUE", "FALSE"),
        lambda value, _: str(value & (1 << bits) - 1),
        lambda _, member: quoted(member),
        _among,
    )
