"""Worlds as users name them: by a scenario, a name, or both."""

from __future__ import annotations

from checker.usage import UsageError, known
from spec.environment import World
from spec.language import nearest
from spec.scenarios import SCENARIOS


def world_named(scenario: str | None, name: str | None) -> World:
    """Return a scenario's world; without a scenario, that of the first one that has it; with neither, the textbook's.

    Raise UsageError for a name that does not exist.
    """
    if scenario is None and name is None:
        scenario = "tutorial"
    asked = list(SCENARIOS.values()) if scenario is None else [SCENARIOS[known("scenario", scenario, list(SCENARIOS))]]
    worlds = [world for each in asked for world in each.worlds]
    found = worlds if name is None else [world for world in worlds if world.name == name]
    if not found:
        names = list(dict.fromkeys(world.name for world in worlds))
        where = "no scenario has a" if scenario is None else f"scenario {scenario} has no"
        hint = nearest(str(name), names)
        raise UsageError(f"--world: {where} world {str(name)!r}.{hint} There are: {', '.join(names)}.")
    return found[0]
