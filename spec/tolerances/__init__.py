"""What named implementations do against RFC 9293, each a guarded rule or patch of its own, off unless asked for."""

from __future__ import annotations

from spec.freedoms.choosing import Freedom
from spec.language import Relation
from spec.tolerances.linux import LINUX
from spec.vocabulary import State

TOLERATED: dict[str, Freedom] = {each.name: each for each in LINUX}
"""Every tolerance by its name."""


def tolerant(relation: Relation[State], names: tuple[str, ...]) -> Relation[State]:
    """Return a relation that has the freedoms (spec/freedoms) with these tolerances too."""
    for name in names:
        relation = TOLERATED[name].patch(relation)
    return relation


__all__ = ["LINUX", "TOLERATED", "tolerant"]
