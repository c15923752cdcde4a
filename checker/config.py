"""What the user asked for: flags over [tool.synproof] of pyproject.toml over defaults, checked word by word."""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from checker.explore.kernel import Limits
from checker.usage import UsageError, known
from checker.verify import DEFAULT_VARIANTS, NEEDS_COVER, Request
from spec.environment import Faults, IsnPolicy, Scenario, World
from spec.language import nearest
from spec.network import Network
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
from spec.variants import VARIANTS


@dataclass(frozen=True)
class Options:
    """The options of `verify`, as flags and as keys of [tool.synproof] (with - for _); None leaves the scenario's."""

    variant: tuple[str, ...] = DEFAULT_VARIANTS
    property: tuple[str, ...] = ()
    scenario: str = "standard"
    format: str = "text"
    isn: str | None = None
    network: str | None = None
    capacity: int | None = None
    loss: int | None = None
    dup: int | None = None
    retransmissions: int | None = None
    crashes: int | None = None
    user_timeouts: int | None = None
    incarnations: int | None = None
    seq_bits: int | None = None
    window: int | None = None
    max_states: int | None = None
    max_memory: int | None = None
    timeout: float | None = None
    fail_fast: bool = False


_WORLD_OPTIONS = (
    "network", "capacity", "loss", "dup", "retransmissions", "crashes", "user_timeouts", "incarnations",
    "seq_bits", "window",
)  # fmt: skip
_CHOICES = {"format": ("text", "json", "github"), "network": ("bag", "set", "fifo")}
_RANGES = {
    "capacity": (1, 16), "loss": (0, 200), "dup": (0, 200), "retransmissions": (0, 100), "crashes": (0, 100),
    "user_timeouts": (0, 100), "incarnations": (1, 100), "seq_bits": (4, 64), "window": (1, 65535),
    "max_states": (1, 10**9), "max_memory": (1, 10**7), "timeout": (1, 10**7),
}  # fmt: skip


def options(flags: argparse.Namespace, start: Path) -> Options:
    """Return the options after defaults, the nearest pyproject.toml at or above `start`, and flags."""
    merged = _from_file(start)
    for field in fields(Options):
        value = getattr(flags, field.name, None)
        if value is not None and value is not False:  # 0 is a value
            merged[field.name] = (value, f"--{field.name.replace('_', '-')}")
    chosen = {name: _checked(name, value, source) for name, (value, source) in merged.items()}
    return replace(Options(), **chosen)


def _from_file(start: Path) -> dict[str, tuple[Any, str]]:
    path = next((d / "pyproject.toml" for d in (start, *start.parents) if (d / "pyproject.toml").is_file()), None)
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            tool = tomllib.load(file).get("tool", {})
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path}: cannot be read: {error}.") from error
    table = tool.get("synproof", {}) if isinstance(tool, Mapping) else None
    if not isinstance(table, Mapping):
        raise UsageError(f"{path}: tool.synproof must be a table of options.")
    names = [field.name.replace("_", "-") for field in fields(Options)]
    for key in table:
        if key not in names:
            raise UsageError(f"{path}: [tool.synproof] has no key {key!r}.{nearest(key, names)}")
    return {key.replace("-", "_"): (value, f"{path}: [tool.synproof] {key}") for key, value in table.items()}


def _checked(name: str, value: Any, source: str) -> Any:
    if name in ("variant", "property"):
        return _names(name, [value] if isinstance(value, str) else value, source)
    if name == "scenario":
        return known("scenario", _typed(value, str, source), list(SCENARIOS))
    if name in _CHOICES:
        if value not in _CHOICES[name]:
            raise UsageError(f"{source}: must be one of {', '.join(_CHOICES[name])}, not {value!r}.")
        return value
    if name == "isn":
        policy(_typed(value, str, source), source)
        return value
    if name == "fail_fast":
        return _typed(value, bool, source)
    low, high = _RANGES[name]
    number = _typed(value, (int, float) if name == "timeout" else int, source)
    if isinstance(number, bool) or not low <= number <= high:
        raise UsageError(f"{source}: must be a number from {low:,} to {high:,}, not {value!r}.")
    return number


def _typed(value: Any, kind: Any, source: str) -> Any:
    if not isinstance(value, kind):
        word = {str: "a string", bool: "true or false"}.get(kind, "a number")
        raise UsageError(f"{source}: must be {word}, not {value!r}.")
    return value


def _names(name: str, values: Any, source: str) -> tuple[str, ...]:
    if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
        raise UsageError(f"{source}: must be a name or a list of names, not {values!r}.")
    names: list[str] = list(VARIANTS) if name == "variant" else list(PROPERTIES)
    if "all" in values:
        return tuple(names)
    folded: dict[str, str] = {each.upper(): each for each in names}
    return tuple(dict.fromkeys(known(name, folded.get(str(value).upper(), str(value)), names) for value in values))


def policy(text: str, source: str) -> IsnPolicy:
    """Return the ISN policy of "fresh", "next", "const" or "clock:K"."""
    if text in ("fresh", "next", "const"):
        return IsnPolicy(text)
    clock = re.fullmatch(r"clock:([0-9]{1,20})", text)
    if clock:
        return IsnPolicy("clock", int(clock[1]))
    raise UsageError(f"{source}: must be fresh, next, const or clock:K with a number K, not {text!r}.")


def request(chosen: Options) -> Request:
    """Return what to verify. Raise UsageError when a bound does not fit."""
    scenario = SCENARIOS[chosen.scenario]
    changed = any(getattr(chosen, name) is not None for name in _WORLD_OPTIONS)
    if changed:
        worlds = tuple(_changed(world, chosen) for world in scenario.worlds)
        sweep = tuple(_changed(world, chosen) for world in scenario.sweep)
        scenario = Scenario(scenario.name, scenario.title, worlds, scenario.covers, sweep, scenario.policies)
    properties = chosen.property or tuple(PROPERTIES)
    if not scenario.covers and all(PROPERTIES[name].graph in NEEDS_COVER for name in properties):
        able = ", ".join(s.name for s in SCENARIOS.values() if s.covers)
        raise UsageError(f"{', '.join(properties)}: needs a scenario whose worlds cover every rule: {able}.")
    return Request(
        variants=chosen.variant,
        properties=properties,
        scenario=scenario,
        isn=None if chosen.isn is None else policy(chosen.isn, "--isn"),
        changed=changed,
        sweep=chosen.isn is None,
        limits=Limits(chosen.max_states, chosen.timeout, chosen.max_memory),
        fail_fast=chosen.fail_fast,
    )


def _changed(world: World, chosen: Options) -> World:
    old = world.faults

    def given(value: int | None, otherwise: int) -> int:
        return otherwise if value is None else value

    faults = Faults(
        losses=old.losses if chosen.loss is None else chosen.loss,
        duplicates=old.duplicates if chosen.dup is None else chosen.dup,
        retransmissions=old.retransmissions if chosen.retransmissions is None else chosen.retransmissions,
        crashes=given(chosen.crashes, old.crashes),
        user_timeouts=given(chosen.user_timeouts, old.user_timeouts),
        r2=old.r2,
    )
    network = Network(
        chosen.network or world.network.kind,
        chosen.capacity or world.network.capacity,
        world.network.overflow,
    )
    both = None if chosen.incarnations is None else (chosen.incarnations, chosen.incarnations)
    return replace(
        world,
        network=network,
        faults=faults,
        incarnations=both or world.incarnations,
        seq_bits=chosen.seq_bits or world.seq_bits,
        window=chosen.window or world.window,
    )
