"""What stands beside the relation, as far as a file can say it: invariants of states and of steps.

A property is exported part by part; each must say what always holds, in states or in steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checker.export.facts import assigns
from checker.export.model import Model
from checker.export.reach import OutOfReach
from checker.export.terms import identifier
from spec.language import BoolExpr, Expr, Sort
from spec.language.beside import Part
from spec.language.sorts import BOOL


@dataclass(frozen=True)
class Invariant:
    """What holds at each end in every state, or in every step of it."""

    name: str
    says: str
    over: str
    holds: BoolExpr


def invariants(model: Model) -> tuple[Invariant, ...]:
    """Return the model's properties as invariants. Raise OutOfReach for one that is not."""
    found = []
    for about in model.properties:
        if not about.parts:
            raise OutOfReach(f"{about.id} ({about.name}) is judged on the whole graph; invariants are exported.")
        several = len(about.parts) > 1
        for i, part in enumerate(about.parts):
            if part.kind != "always":
                asked = part.kind.replace("_", " ")
                raise OutOfReach(f"{about.id} ({about.name}) asks for '{asked}'; what always holds is exported.")
            name = f"{identifier(about.id)}{f'_{i + 1}' if several else ''}"
            found.append(Invariant(name, f"{about.id} {about.name}", part.over, _formula(part)))
    return tuple(found)


def _formula(part: Part) -> BoolExpr:
    return BoolExpr("or", BOOL, (BoolExpr("not", BOOL, (_all(part.given),)), _all(part.holds)))


def _all(formulas: tuple[BoolExpr, ...]) -> BoolExpr:
    return BoolExpr("and", BOOL, formulas)


def assigning(model: Model, name: Any) -> tuple[str, ...]:
    """Return the ids of the rules that assign a variable."""
    return tuple(rule.id for rule in model.rules if assigns(rule, str(name)))


def without_pairs(model: Model, language: str) -> None:
    """Raise OutOfReach when a ghost is a set of pairs, which most languages have no words for."""
    pairs = [ghost.name for ghost in model.ghosts if ghost.variable.sort.name == "pairs"]
    if pairs:
        asked = ", ".join(about.id for about in model.properties)
        raise OutOfReach(f"{asked}: {language} has no sets of pairs, which the history {pairs[0]} is; TLA+ has.")


def formulas(model: Model) -> list[Expr]:
    """Return everything that is said about steps: ghosts, those of segments, properties."""
    said: list[Expr] = [formula for ghost in model.ghosts for pair in ghost.updates for formula in pair]
    return [*said, *model.tags.values(), *(one.holds for one in invariants(model) if one.over == "step")]


def traced(model: Model) -> frozenset[str]:
    """Return the ids of the rules of which a formula asks whether they fired."""
    parts = [part for formula in formulas(model) for part in formula.walk()]
    named = {rule for part in parts if part.op == "fired" for rule in part.payload}
    named |= {rule for part in parts if part.op == "assigned" for rule in assigning(model, part.payload)}
    return frozenset(named & {rule.id for rule in model.rules})


def calls_read(model: Model) -> dict[str, Sort]:
    """Return what formulas read of a call, with its sort."""
    parts = [part for formula in formulas(model) for part in formula.walk() if part.op == "var"]
    return {part.payload[1]: part.sort for part in parts if part.payload[0] == "CALL"}
