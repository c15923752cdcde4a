"""What is known along a chain of rules: which of their conditions must be true, must be false, or are open.

A cheap reading of conditions, for pictures: formulas are taken apart as far as `and`, `or` and `not` go; what is left
are atoms, such as SYN in SEG.CTL or SND.UNA < SEG.ACK, which are compared by how they are written. What it calls
impossible is impossible; what it leaves open may still be (tests hold it against z3's answer).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from spec.language import Expr

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Facts:
    """Atoms known to be true or false, by key, each with the variables that it reads."""

    known: dict[Key, bool] = field(default_factory=dict)
    reads: dict[Key, frozenset[tuple[str, str]]] = field(default_factory=dict)

    def read(self, formula: Expr) -> bool | None:
        """Return whether a formula is true or false; None where that is open."""
        op, args = formula.op, formula.args
        whole = self.known.get(formula.key())
        if whole is not None:
            return whole
        if op == "named":
            return self.read(args[0])
        if op == "not":
            inner = self.read(args[0])
            return None if inner is None else not inner
        if op in ("and", "or"):
            decides = op == "or"
            found = [self.read(argument) for argument in args]
            return decides if decides in found else None if None in found else not decides
        if op == "const":
            return bool(formula.payload)
        key, positive = _atom(formula)
        if key in self.known:
            return self.known[key] is positive
        return self._other_member(key, positive=positive)

    def _other_member(self, key: Key, *, positive: bool) -> bool | None:
        """Return what follows for an enumeration from its being another member: ORIGIN = passive, not active."""
        if key[0] != "member":
            return None
        others = (value for known, value in self.known.items() if known[:2] == key[:2])
        return not positive if any(others) else None

    def told(self, formula: Expr, *, truth: bool = True) -> Facts | None:
        """Return the facts after a formula is known to be true (or false); None where that cannot be."""
        before = self.read(formula)
        if before is not None:
            return self if before is truth else None
        op, args = formula.op, formula.args
        if op == "named":
            return self.told(args[0], truth=truth)
        if op == "not":
            return self.told(args[0], truth=not truth)
        if op in ("and", "or"):
            if truth is (op == "and"):
                return self.all_told(args, truth=truth)
            left = [argument for argument in args if self.read(argument) is None]
            return self.told(left[0], truth=truth) if len(left) == 1 else self._with(formula.key(), formula, truth)
        key, positive = _atom(formula)
        return self._with(key, formula, truth is positive)

    def _with(self, key: Key, formula: Expr, value: bool) -> Facts:  # noqa: FBT001  # a fact is its value
        reads = frozenset(part.payload for part in formula.walk() if part.op == "var")
        return Facts({**self.known, key: value}, {**self.reads, key: reads})

    def all_told(self, formulas: Iterable[Expr], *, truth: bool = True) -> Facts | None:
        """Return the facts after several formulas are known to be true (or false); None where that cannot be."""
        facts: Facts | None = self
        for formula in formulas:
            facts = None if facts is None else facts.told(formula, truth=truth)
        return facts

    def assigned(self, variables: Iterable[Expr]) -> Facts:
        """Return the facts that are left when these variables change."""
        names = {variable.payload for variable in variables}
        left = {key: value for key, value in self.known.items() if not self.reads[key] & names}
        return Facts(left, {key: self.reads[key] for key in left})

    def members(self, variable: Expr) -> str | None:
        """Return which member an enumeration is known to be, if it is known."""
        wanted = ("member", variable.payload)
        return next((key[2] for key, value in self.known.items() if key[:2] == wanted and value), None)


def is_member(variable: Expr, member: str) -> tuple[Key, frozenset[tuple[str, str]]]:
    """Return the key of the atom that an enumeration is this member, and what it reads."""
    return ("member", variable.payload, member), frozenset({variable.payload})


def _atom(formula: Expr) -> tuple[Key, bool]:
    """Return what an atom is known by, and False where it is written the other way round: a < b is not (b =< a)."""
    op, args = formula.op, formula.args
    if op == "eq" and args[0].op == "var" and args[1].op == "const" and args[0].sort.members:
        return ("member", args[0].payload, args[1].payload), True
    if op == "eq":
        return ("eq", frozenset({args[0].key(), args[1].key()})), True
    if op == "nat_lt" and args[0].op == "const" and args[0].payload == 0:  # a natural is 0 or more
        return ("eq", frozenset({args[0].key(), args[1].key()})), False
    if op in ("seq_lt", "nat_lt"):
        return (op.replace("lt", "leq"), args[1].key(), args[0].key()), False
    return formula.key(), True
