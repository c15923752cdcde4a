"""Murphi's words: operators, numbers, names, types, arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

from checker.export.promela_words import among as ranges
from checker.export.promela_words import member
from checker.export.terms import Language
from spec.language import Sort

LONGEST = 32
_OPERATORS = {
    "eq": "({0} = {1})", "not": "!({0})", "count": "COUNT({0})", "choose": "({0} ? {1} : {2})",
    "seq_lt": "LT({0}, {1})", "seq_leq": "LEQ({0}, {1})", "seq_add": "ADD({0}, {1})", "seq_sub": "DIFF({0}, {1})",
    "distance": "DIFF({0}, {1})", "nat_lt": "({0} < {1})", "nat_leq": "({0} <= {1})", "nat_add": "ADD({0}, {1})",
    "nat_sub": "DIFF({0}, {1})", "nat_min": "MIN({0}, {1})",
}  # fmt: skip
_FUNCTIONS = """\
function ADD(a: Number; b: Number): Number; begin return (a + b) % MODULUS; end;
function DIFF(a: Number; b: Number): Number; begin return (a + (MODULUS - b)) % MODULUS; end;
-- a < b and a =< b on sequence numbers, RFC 9293 section 3.4
function LEQ(a: Number; b: Number): boolean; begin return DIFF(b, a) <= HALF; end;
function LT(a: Number; b: Number): boolean; begin return a != b & LEQ(a, b); end;
function MIN(a: Number; b: Number): Number; begin return a < b ? a : b; end;
function COUNT(condition: boolean): Number; begin return condition ? 1 : 0; end;"""


def arithmetic() -> list[str]:
    """Return arithmetic modulo 2^bits."""
    return _FUNCTIONS.splitlines()


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
        {"and": (" & ", "true"), "or": (" | ", "false")},
        ("true", "false"),
        lambda value, _: str(value & (1 << bits) - 1),
        member,
        among,
    )
