"""Z-11: runs that the explorer finds, lifted to 32-bit numbers and real times."""

from __future__ import annotations

import time
from collections.abc import Callable

from checker.explore.run import explore_world
from checker.symbolic.lift import Lifted, LiftError, lift
from checker.symbolic.proof import REFUTED, Claim, Proof, verdict_of
from checker.verdict import judge
from diagrams.render.ladder_text import ladder
from spec.environment import World
from spec.properties import PROPERTIES
from spec.scenarios import OPEN_CLOSE, REOPEN, REPLAY
from spec.variants import VARIANTS

CONST = VARIANTS["isn-4ms"].isn
"""A clock so slow that it stands still between two connections."""
RUNS: tuple[tuple[str, str, World], ...] = (
    ("two-way", "P-01", REOPEN),
    ("three-way", "P-01", REOPEN if CONST is None else REOPEN.with_isn(CONST)),
    ("three-way", "P-32", OPEN_CLOSE),
    ("three-way", "P-21", REPLAY if CONST is None else REPLAY.with_isn(CONST)),
)
"""Variant, property and world of the runs that are lifted."""


def lifted(bits: int = 32, tell: Callable[[str], None] | None = None) -> Proof:
    """Return the answer to Z-11: each run lifted and replayed, or the first that cannot be."""
    started, claims = time.monotonic(), list[Claim]()
    says, lines = list[str](), list[str]()
    for variant, name, world in RUNS:
        if tell is not None:
            tell(f"Z-11: {name} of {variant}")
        relation, prop = VARIANTS[variant].relation, PROPERTIES[name]
        found = judge(prop, [explore_world(relation, world, [prop], fail_fast=True)])
        if found.trace is None:
            return Proof("Z-11", variant, REFUTED, "trace lifting", bits, f"{name} does not fail in {world.name}")
        try:
            run = lift(found.trace, relation, prop.parts[found.part], bits)
        except LiftError as error:
            return Proof("Z-11", variant, REFUTED, "trace lifting", bits, f"{name} of {variant}: {error}")
        says.append(f"{name} of {variant} in {found.steps} steps{_takes(run)}")
        lines += [f"{name}, {variant}, world {world.name}{_takes(run)}:", *ladder(run.trace).splitlines(), *_times(run)]
        claims += run.claims
    return Proof(
        "Z-11", "", verdict_of(claims), "trace lifting", bits, f"lifted and replayed: {'; '.join(says)}.",
        seconds=round(time.monotonic() - started, 2), witness=tuple(lines), claims=tuple(claims),
    )  # fmt: skip


def _takes(run: Lifted) -> str:
    if run.times is None:
        return ", which real clocks forbid: a segment would outlive its MSL"
    return f", {float(run.times[-1]):.3f} s after the first at the earliest"


def _times(run: Lifted) -> list[str]:
    return [] if run.times is None else ["at " + ", ".join(f"{float(moment):.3f}" for moment in run.times) + " s"]
