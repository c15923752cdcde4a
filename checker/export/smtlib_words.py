"""SMT-LIB's words: operators on bit-vectors, sorts, names as the RFC spells them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checker.export.terms import Language
from spec.language import Sort


def symbol(name: str) -> str:
    """Return a name as a symbol: SND.UNA and SYN-SENT are as they are."""
    return re.sub(r"[^\w.-]+", "_", name).strip("_")


def member(sort: Sort, name: str) -> str:
    """Return the name of an enumeration's member; a TCP state's is its own, others bear their sort's."""
    return symbol(name) if sort.name == "TCP state" else f"{symbol(sort.name)}.{symbol(name)}"


def bits_of(count: int) -> int:
    """Return how many bits tell `count` things apart."""
    return max(1, (count - 1).bit_length())


def vector(value: int, bits: int) -> str:
    """Return a bit-vector."""
    return f"(_ bv{value & (1 << bits) - 1} {bits})"


def sort_of(sort: Sort, bits: int) -> str:
    """Return a sort."""
    if sort.members:
        return f"(_ BitVec {bits_of(len(sort.members))})"
    return "Bool" if sort.name == "bool" else f"(_ BitVec {bits})"


def smtlib(bits: int) -> Language:
    """Return the language at a width of sequence numbers."""
    zero, one, half = (vector(value, bits) for value in (0, 1, 1 << bits - 1))
    operators = {
        "eq": "(= {0} {1})", "not": "(not {0})", "count": f"(ite {{0}} {one} {zero})", "choose": "(ite {0} {1} {2})",
        "seq_lt": f"(and (distinct {{0}} {{1}}) (bvule (bvsub {{1}} {{0}}) {half}))",
        "seq_leq": f"(bvule (bvsub {{1}} {{0}}) {half})", "seq_add": "(bvadd {0} {1})", "seq_sub": "(bvsub {0} {1})",
        "distance": "(bvsub {0} {1})", "nat_lt": "(bvult {0} {1})", "nat_leq": "(bvule {0} {1})",
        "nat_add": "(bvadd {0} {1})", "nat_sub": "(bvsub {0} {1})", "nat_min": "(ite (bvult {0} {1}) {0} {1})",
    }  # fmt: skip
    return Language(
        "SMT-LIB",
        operators,
        {"and": ("(and {})", " ", "true"), "or": ("(or {})", " ", "false")},
        ("true", "false"),
        lambda value, _: vector(value, bits),
        member,
        _among,
    )


def _among(value: str, sort: Sort, members: Sequence[str]) -> str:
    said = [f"(= {value} {member(sort, name)})" for name in members]
    return f"(or false {' '.join(said)})" if len(said) != 1 else said[0]
