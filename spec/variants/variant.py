"""A variant: a patch on named rules of the relation, with a sentence and a citation."""

from __future__ import annotations

from dataclasses import dataclass

from spec.environment import IsnPolicy, World
from spec.language import Relation
from spec.vocabulary import State


@dataclass(frozen=True, eq=False)
class Variant:
    """`relation` differs from `base`'s by a patch that `checker diff` shows; `isn`, if set, replaces both policies."""

    name: str
    title: str
    cite: str
    relation: Relation[State]
    isn: IsnPolicy | None = None

    def world(self, world: World) -> World:
        """Return a world with this variant's own ISN policy at both ends, if it has one."""
        return world if self.isn is None else world.with_isn(self.isn)

    def knows(self, world: World) -> bool:
        """Return whether the relation has all calls that a world's users make; few have those of the socket layer."""
        return all(call.step in self.relation.steps for user in world.users for call in user.calls)


def variant(name: str, title: str, cite: str, relation: Relation[State], isn: IsnPolicy | None = None) -> Variant:
    """Return the variant, its relation named after it."""
    return Variant(name, title, cite, relation.named(name, title), isn)
