"""Simultaneous updates as assignments one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spec.language import Expr, Rule, name_of

Assignment = tuple[str, Expr]


def sequenced(rule: Rule[Any]) -> tuple[tuple[str, ...], tuple[Assignment, ...]]:
    """Return a rule's updates in an order in which most read what they should, and whose old values are needed.

    An update comes before those that overwrite what it reads; where that goes round in a circle, or where a segment
    sent reads before(x), the old value is to be kept aside first.
    """
    left = [(name_of(update.variable), update.value) for update in rule.then]
    kept = {name for message in rule.send for value in message.fields.values() for name in _before(value)}
    kept &= {name for name, _ in left} | ({_STATE} if rule.goto is not None else set())
    done: list[Assignment] = []
    while left:
        free = [one for one in left if not any(one[0] in reads(other) - kept for other in left if other[0] != one[0])]
        if not free:
            kept.add(left[0][0])
            continue
        done.append(free[0])
        left.remove(free[0])
    return tuple(sorted(kept)), tuple(done)


_STATE = "STATE"


def reads(assignment: Assignment) -> set[str]:
    """Return the TCB variables that an assignment reads."""
    return {part.payload[1] for part in assignment[1].walk() if part.op == "var" and part.payload[0] == "TCB"}


def _before(value: Expr) -> Sequence[str]:
    inner = [part for part in value.walk() if part.op == "before"]
    return [part.payload[1] for one in inner for part in one.walk() if part.op == "var" and part.payload[0] == "TCB"]
