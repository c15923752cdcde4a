"""A hazard of the literature as data: where it is described, what is looked for and where, what may prevent it.

Nothing here says what comes out: whether it is found, in how many steps and what prevents it is computed
(checker/hazards.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from spec.environment import World
from spec.language.beside import Part, Property
from spec.properties import PROPERTIES
from spec.variants import VARIANTS, Variant

VIOLATES, REACHES, MUST_HOLD = "violates", "reaches", "must hold"
"""What is looked for: a run that breaks a property; a situation; or, where the literature describes a recovery, that
the property holds all the same, and a run that recovers."""


@dataclass(frozen=True)
class Switch:
    """One premise changed: another variant, world or fairness; what is None stays as it is."""

    name: str
    variant: Variant | None = None
    world: World | None = None
    fairness: tuple[str, ...] | None = None


@dataclass(frozen=True, eq=False)
class Experiment:
    """What is asked of a variant in a world.

    about      a property; of its parts, only number `part` if that is given; under `fairness` if that is given.
    switches   single premises, in the order in which they are tried: the first that helps is reported; for
               "must hold", the first without which it fails.
    recovery   what is witnessed where the property must hold.
    counted    kinds of forged segments to count (P-14) for the variant and for those of the switches.
    """

    kind: str
    variant: Variant
    world: World
    about: Property
    switches: tuple[Switch, ...] = ()
    part: int | None = None
    fairness: tuple[str, ...] | None = None
    recovery: Part | None = None
    counted: tuple[str, ...] = ()

    @property
    def asked(self) -> Property:
        """The property as it is asked: its part alone, under the given fairness."""
        parts = self.about.parts if self.part is None else (self.about.parts[self.part],)
        if self.fairness is not None:
            parts = tuple(replace(part, fairness=self.fairness) if part.fairness else part for part in parts)
        return replace(self.about, parts=parts)

    def switched(self, switch: Switch) -> Experiment:
        """Return the experiment with one premise changed."""
        return replace(
            self,
            variant=switch.variant or self.variant,
            world=switch.world or self.world,
            fairness=self.fairness if switch.fairness is None else switch.fairness,
        )


@dataclass(frozen=True, eq=False)
class Hazard:
    """A hazard: an id that never changes, a name, a sentence, its source.

    outside   what would be needed, for a hazard that cannot be asked of this model; others have an experiment.
    note      how it is modelled, where that is not plain.
    """

    id: str
    name: str
    title: str
    cite: str
    experiment: Experiment | None = None
    outside: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if (self.experiment is None) != bool(self.outside):
            raise ValueError(f"{self.id} has either an experiment or what would be needed for one.")


def known(property_id: str) -> Property:
    """Return a property of the catalogue."""
    return PROPERTIES[property_id]


def own(hazard_id: str, sentence: str, cite: str, *parts: Part) -> Property:
    """Return a property that the catalogue does not have, named after the hazard that needs it."""
    return Property(hazard_id, "as this hazard needs it", sentence, cite, parts=parts)


def variants(*names: str) -> tuple[Switch, ...]:
    """Return the switches to these variants."""
    return tuple(Switch(f"variant {name}", variant=VARIANTS[name]) for name in names)


def worlds(changed: Mapping[str, World]) -> tuple[Switch, ...]:
    """Return the switches to these worlds, each named by what differs."""
    return tuple(Switch(name, world=world) for name, world in changed.items())
