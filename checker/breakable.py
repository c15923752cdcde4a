"""Which properties a single state or step can break, for a variant in a world."""

from __future__ import annotations

from spec.environment import World
from spec.language.beside import Property
from spec.properties import PROPERTIES
from spec.variants import Variant


def breakable(variant: Variant, world: World) -> list[Property]:
    """Return the properties of states and steps that are judged for a variant in a world."""
    return [prop for prop in PROPERTIES.values() if _of_states_or_steps(prop) and not _elsewhere(prop, variant, world)]


def why_not(prop: Property, variant: Variant, world: World) -> str:
    """Return a sentence on why a property is none of those, or "" when it is one."""
    if not _of_states_or_steps(prop):
        return f"{prop.id} is not about single states or steps: use verify or prove, and load the run that it saves."
    elsewhere = _elsewhere(prop, variant, world)
    return f"{prop.id} {elsewhere}." if elsewhere else ""


def _of_states_or_steps(prop: Property) -> bool:
    return any(part.kind == "always" for part in prop.parts)


def _elsewhere(prop: Property, variant: Variant, world: World) -> str:
    """Return for what else a property is judged, "" when it is judged here."""
    if prop.rules and not any(rule.id in prop.rules for rule in variant.relation.rules):
        return f"is only judged for variants with the rules {' or '.join(prop.rules)}"
    return "" if world.asks in prop.asked else f"is judged in worlds about {', '.join(prop.asked)}, not {world.asks}"
