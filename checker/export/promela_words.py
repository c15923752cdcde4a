"""Promela's words: operators, numbers, names, types."""

from __future__ import annotations

from collections.abc import Sequence

from checker.export.terms import Language, identifier, runs
from spec.language import Sort

LONGEST = 32
"""Bits of Promela's widest numbers."""
_NARROW = {"LT": "(DIFF(b, a) != 0 && DIFF(b, a) <= HALF)", "LEQ": "(DIFF(b, a) <= HALF)", "LESS": "((a) < (b))"}
_WIDE = {"LT": "((a) - (b) < 0)", "LEQ": "((a) - (b) <= 0)", "LESS": "(((a) ^ TOP) < ((b) ^ TOP))"}


def arithmetic(bits: int) -> list[str]:
    """Return the definitions of arithmetic modulo 2^bits; at 32 bits, Promela's own (compile with -fwrapv)."""
    wide = bits == LONGEST
    compare = _WIDE if wide else _NARROW
    ring = "((a) {} (b))" if wide else "(((a) {} (b)) & MASK)"
    lines = ["#define TOP  (1 << 31)"] if wide else [f"#define MASK {(1 << bits) - 1}", f"#define HALF {1 << bits - 1}"]
    return [
        *lines,
        f"#define ADD(a, b)  {ring.format('+')}",
        f"#define DIFF(a, b) {ring.format('-')}",
        f"#define LT(a, b)   {compare['LT']}  /* a < b on sequence numbers, RFC 9293 §3.4 */",
        f"#define LEQ(a, b)  {compare['LEQ']}",
        f"#define LESS(a, b) {compare['LESS']}  /* a < b on natural numbers */",
        "#define MIN(a, b)  (LESS(a, b) -> (a) : (b))",
    ]


_OPERATORS = {
    "eq": "({0} == {1})", "not": "!({0})", "count": "({0} -> 1 : 0)", "choose": "({0} -> {1} : {2})",
    "seq_lt": "LT({0}, {1})", "seq_leq": "LEQ({0}, {1})", "seq_add": "ADD({0}, {1})", "seq_sub": "DIFF({0}, {1})",
    "distance": "DIFF({0}, {1})", "nat_lt": "LESS({0}, {1})", "nat_leq": "!LESS({1}, {0})",
    "nat_add": "ADD({0}, {1})", "nat_sub": "DIFF({0}, {1})", "nat_min": "MIN({0}, {1})",
}  # fmt: skip


def member(sort: Sort, name: str) -> str:
    """Return the name of an enumeration's member; a TCP state's is its own, others bear their sort's."""
    return identifier(name) if sort.name == "TCP state" else f"{identifier(sort.name).upper()}_{identifier(name)}"


def among(value: str, sort: Sort, members: Sequence[str]) -> str:
    """Return that a value is one of the members, as ranges of their numbers."""
    said = []
    for first, last in runs(sort, members):
        low, high = (member(sort, sort.members[number]) for number in (first, last))
        if first == last:
            said.append(f"{value} == {low}")
        elif first == 0:
            said.append(f"{value} <= {high}")
        elif last == len(sort.members) - 1:
            said.append(f"{value} >= {low}")
        else:
            said.append(f"({value} >= {low} && {value} <= {high})")
    return f"({' || '.join(said)})"


def number(value: int, bits: int) -> str:
    """Return a number modulo 2^bits as Promela stores it."""
    value &= (1 << bits) - 1
    return str(value - (1 << bits) if bits == LONGEST and value >> bits - 1 else value)


def type_of(sort: Sort, bits: int) -> str:
    """Return the type of a variable of the sort."""
    if sort.name == "bool":
        return "bool"
    if sort.members or bits <= 8:
        return "byte"
    return "short" if bits < 16 else "int"


def scratch_type(sort: Sort, bits: int) -> str:
    """Return the type of a scratch variable of the sort: Spin hides no single bits."""
    return "byte" if sort.name == "bool" else type_of(sort, bits)


def promela(bits: int) -> Language:
    """Return the language at a width of sequence numbers."""
    return Language(
        "Promela",
        _OPERATORS,
        {"and": ("({})", " && ", "true"), "or": ("({})", " || ", "false")},
        ("true", "false"),
        lambda value, _: number(value, bits),
        member,
        among,
    )
