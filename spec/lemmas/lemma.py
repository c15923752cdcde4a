"""What a lemma is, and an assumption."""

from __future__ import annotations

from dataclasses import dataclass

from spec.language import BoolExpr, nat_var

ARBITRARY = "ARBITRARY"
"""The owner of X and Y."""
X, Y = nat_var("X", ARBITRARY), nat_var("Y", ARBITRARY)
"""Arbitrary incarnations."""


@dataclass(frozen=True, eq=False)
class Lemma:
    """A formula that holds in every reachable state, whatever the network does: given implies holds."""

    id: str
    sentence: str
    holds: tuple[BoolExpr, ...]
    given: tuple[BoolExpr, ...] = ()


@dataclass(frozen=True, eq=False)
class Assumption:
    """A condition on every step of an end: what is asked of the environment. `cite` says where it comes from."""

    id: str
    sentence: str
    cite: str
    holds: tuple[BoolExpr, ...]
