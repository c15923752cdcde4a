"""Murphi's words: operators, numbers, names, types.

Arithmetic is written out: Rumur works its way through every function called, again at every call.
"""

from __future__ import annotations

from collections.abc import Sequence

from checker.export.promela_words import among as ranges
from checker.export.promela_words import member
from checker.export.terms import Language
from spec.language import Sort

LONGEST = 32
"""Bits of the widest numbers, whose sums still fit Rumur's values."""
_DIFFERENCE, _BACK = "(({0} + (MODULUS - {1})) % MODULUS)", "(({1} + (MODULUS - {0})) % MODULUS)"
_OPERATORS = {
    "eq": "({0} = {1})", "not": "!({0})", "count": "({0} ? 1 : 0)", "choose": "({0} ? {1} : {2})",
    "seq_lt": f"({{0}} != {{1}} & {_BACK} <= HALF)", "seq_leq": f"({_BACK} <= HALF)",
    "seq_add": "(({0} + {1}) % MODULUS)",
    "seq_sub": _DIFFERENCE, "distance": _DIFFERENCE, "nat_lt": "({0} < {1})", "nat_leq": "({0} <= {1})",
    "nat_add": "(({0} + {1}) % MODULUS)", "nat_sub": _DIFFERENCE, "nat_min": "({0} < {1} ? {0} : {1})",
}  # fmt: skip


def among(value: str, sort: Sort, members: Sequence[str]) -> str:
    """Return that a value is one of the members, as ranges of their numbers."""
    return ranges(value, sort, members).replace("||", "|").replace("&&", "&").replace("==", "=")


def type_of(sort: Sort) -> str:
    """Return the type of a variable of the sort."""
    if sort.members:
        return f"0 .. {len(sort.members) - 1}"
    return "boolean" if sort.name == "bool" else "Number"


def murphi(bits: int) -> Language:
    """Return the language at a width of sequence numbers."""
    return Language(
        "Murphi",
        _OPERATORS,
        {"and": ("({})", " & ", "true"), "or": ("({})", " | ", "false")},
        ("true", "false"),
        lambda value, _: str(value & (1 << bits) - 1),
        member,
        among,
    )
