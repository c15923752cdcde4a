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
from spec.language import BoolExpr
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
