"""What the user asked for: flags over [tool.synproof] of pyproject.toml over defaults, checked word by word."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from checker.explore.graph import Limits
from checker.flag_words import attacker, fairness, policy, reductions, time_wait
from checker.usage import UsageError, known
from checker.verify import DEFAULT_VARIANTS, Request, asked_worlds, is_judged
from spec.environment import Faults, Scenario, World
from spec.language import nearest
from spec.matrices import MATRICES
from spec.network import BAG, LONGEST_LIFE, Network
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
from spec.time_wait import TimeWait
from spec.variants import VARIANTS


@dataclass(frozen=True)
class Options:
    """The options of `verify`, as flags and as keys of [tool.synproof] (with - for _); None leaves the scenario's."""

    variant: tuple[str, ...] = DEFAULT_VARIANTS
    property: tuple[str, ...] = ()
    scenario: str = "standard"
    engine: str = "explore"
    format: str = "text"
    isn: str | None = None
    fairness: str | None = None
    msl: int | None = None
    time_wait: str | None = None
    attacker: str | None = None
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
    fingerprints: bool = False
    reduce: str | None = None


_WORLD_OPTIONS = (
    "network", "capacity", "loss", "dup", "retransmissions", "crashes", "user_timeouts", "incarnations",
    "seq_bits", "window", "msl", "time_wait", "attacker",
)  # fmt: skip
_CHOICES = {
    "engine": ("explore", "z3", "both"), "format": ("text", "json", "github"), "network": ("bag", "set", "fifo"),
}  # fmt: skip
_RANGES = {
    "msl": (1, LONGEST_LIFE), "capacity": (1, 16),
    "loss": (0, 200), "dup": (0, 200), "retransmissions": (0, 100), "crashes": (0, 100),
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
    if name in ("fairness", "time_wait", "attacker"):
        {"fairness": fairness, "time_wait": time_wait, "attacker": attacker}[name](_typed(value, str, source), source)
        return value
    if name in ("fail_fast", "fingerprints"):
        return _typed(value, bool, source)
    if name == "reduce":
        reductions(_typed(value, str, source), source)
        return value
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


def request(chosen: Options) -> Request:
    """Return what to verify. Raise UsageError when a bound does not fit."""
    scenario = SCENARIOS[chosen.scenario]
    matrices = tuple(MATRICES.get(scenario.name, {}).values())
    changed = any(getattr(chosen, name) is not None for name in _WORLD_OPTIONS)
    if changed:
        worlds = tuple(_changed(world, chosen) for world in scenario.worlds)
        scenario = Scenario(scenario.name, scenario.title, worlds, scenario.covers)
        _check_clocks(scenario, chosen)
    properties = chosen.property or tuple(PROPERTIES)
    if changed or chosen.isn is not None:
        matrices = ()
    asked = Request(
        variants=chosen.variant,
        properties=properties,
        scenario=scenario,
        isn=None if chosen.isn is None else policy(chosen.isn, "--isn"),
        fairness=None if chosen.fairness is None else fairness(chosen.fairness, "--fairness"),
        changed=changed,
        matrices=matrices,
        limits=_limits(chosen),
        fail_fast=chosen.fail_fast,
    )
    if not asked.tables:
        _ask(scenario, properties, chosen.variant)
    _check_packages(scenario, properties)
    return asked


def _limits(chosen: Options) -> Limits:
    reduced = () if chosen.reduce is None else reductions(chosen.reduce, "--reduce")
    return Limits(chosen.max_states, chosen.timeout, chosen.max_memory, chosen.fingerprints, reduced)


def _check_packages(scenario: Scenario, properties: Sequence[str]) -> None:
    """Raise UsageError when an endless run is to be judged and what that needs is not installed."""
    asked = [PROPERTIES[name] for name in properties]
    endless = [prop for prop in asked if any(part.over == "run" for part in prop.parts)]
    if asked_worlds(scenario.worlds, endless) and find_spec("scipy") is None:
        raise UsageError(
            f"{endless[0].id}: endless runs need the packages numpy and scipy: install them, use `make verify`, or "
            "choose properties with --property."
        )


def _ask(scenario: Scenario, properties: Sequence[str], variants: Sequence[str]) -> None:
    """Raise UsageError when none of the properties is judged for any of the variants in the scenario."""
    asked = [PROPERTIES[name] for name in properties]
    if all(prop.graph == "rules" for prop in asked):
        raise UsageError(f"{', '.join(properties)}: proved for all TCBs, not explored: use `prove --property`.")
    if not any(is_judged(prop, VARIANTS[name], scenario) for prop in asked for name in variants):
        able = [s.name for s in SCENARIOS.values() if any(is_judged(p, v, s) for p in asked for v in VARIANTS.values())]
        sorts = [
            v.name for v in VARIANTS.values() if any(is_judged(p, v, s) for p in asked for s in SCENARIOS.values())
        ]
        which = "every variant" if len(sorts) == len(VARIANTS) else ", ".join(sorts)
        raise UsageError(f"{', '.join(properties)}: judged in {', '.join(able)}, for {which}, not as asked.")


def _changed(world: World, chosen: Options) -> World:
    network = _network(world.network, chosen)
    return replace(
        world,
        network=network,
        faults=_faults(world.faults, chosen),
        incarnations=world.incarnations if chosen.incarnations is None else (chosen.incarnations, chosen.incarnations),
        seq_bits=chosen.seq_bits or world.seq_bits,
        window=chosen.window or world.window,
        time_wait=_time_wait(world.time_wait, network, chosen),
        quiet_time=world.quiet_time and network.lifetime is not None and chosen.loss is None,
        attacker=world.attacker if chosen.attacker is None else attacker(chosen.attacker, "--attacker"),
    )


def _time_wait(old: TimeWait | None, network: Network, chosen: Options) -> TimeWait | None:
    """Return how long TIME-WAIT lasts; a world without a clock has nothing to measure by."""
    length = old if chosen.time_wait is None else time_wait(chosen.time_wait, "--time-wait")
    measured = length is not None and length.msls is not None
    return None if measured and network.lifetime is None else length


def _check_clocks(scenario: Scenario, chosen: Options) -> None:
    """Raise UsageError when a clock is asked for that no world of the scenario can have."""
    if any(world.network.lifetime is not None for world in scenario.worlds):
        return
    if chosen.msl is not None:
        raise UsageError(
            f"--msl: segments age only in a bag, which no world of {scenario.name} is now: give --network bag too, "
            f"not {chosen.msl} alone."
        )
    length = None if chosen.time_wait is None else time_wait(chosen.time_wait, "--time-wait")
    if length is not None and length.msls is not None:
        raise UsageError(
            f"--time-wait: no world of {scenario.name} has a clock now: give --msl and --network bag too, "
            f"not {chosen.time_wait!r} alone."
        )


def _network(network: Network, chosen: Options) -> Network:
    kind = chosen.network or network.kind
    lifetime = chosen.msl or network.lifetime
    return Network(kind, chosen.capacity or network.capacity, network.overflow, lifetime if kind == BAG else None)


def _faults(old: Faults, chosen: Options) -> Faults:
    def given(value: int | None, otherwise: int | None) -> int | None:
        return otherwise if value is None else value

    return replace(
        old,
        losses=given(chosen.loss, old.losses),
        duplicates=given(chosen.dup, old.duplicates),
        retransmissions=given(chosen.retransmissions, old.retransmissions),
        crashes=given(chosen.crashes, old.crashes) or 0,
        user_timeouts=given(chosen.user_timeouts, old.user_timeouts) or 0,
    )
