"""Re-enacting a trace's own schedule gives the trace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.explore.run import explore_world
from checker.reenact import reenact, schedule
from checker.verdict import judge
from spec.environment import IsnPolicy, World
from spec.ghosts import GHOSTS
from spec.properties import PROPERTIES
from spec.scenarios import CRASH, OPEN_CLOSE, REOPEN, REPLAY
from spec.variants import VARIANTS


@pytest.mark.parametrize(
    ("variant", "name", "world"),
    [
        ("two-way", "P-01", REOPEN),
        ("three-way", "P-32", OPEN_CLOSE),
        ("two-way", "P-21", REPLAY),
        ("two-way", "P-01", CRASH),
    ],
)
def test_the_schedule_of_a_run_gives_the_run(variant: str, name: str, world: World) -> None:
    relation, prop = VARIANTS[variant].relation, PROPERTIES[name]
    found = judge(prop, [explore_world(relation, world, [prop], fail_fast=True)])
    assert found.trace is not None
    again = reenact(relation, variant, world, schedule(found.trace), (name, found.part))
    assert (again.rules, again.property, again.part) == (found.trace.rules, name, found.part)
    for one, two in zip(found.trace.steps, again.steps, strict=True):
        assert (one.kind, one.end, one.segment) == (two.kind, two.end, two.segment)
        for mine, theirs in zip(one.events, two.events, strict=True):
            assert replace(mine, ghosts={}) == replace(theirs, ghosts={})
            assert mine.ghosts.items() <= theirs.ghosts.items()
            assert set(theirs.ghosts) == {ghost.name for ghost in GHOSTS}


def test_the_policy_next_goes_on_from_the_last_number_of_the_incarnation_before() -> None:
    relation, world = VARIANTS["three-way"].relation, REOPEN.with_isn(IsnPolicy("next"))
    found = explore_world(relation, world, [PROPERTIES["P-01"], PROPERTIES["P-42"], PROPERTIES["P-05"]])
    runs = [*found.terminal.values(), *(part.trace for part in found.parts if part.trace is not None)]
    second = 0
    for run in runs:
        again = reenact(relation, "three-way", run.world, schedule(run))
        offered = [event.call["ISN"] for step in run.steps for event in step.events]
        assert offered == [event.call["ISN"] for step in again.steps for event in step.events]
        second += len(set(offered)) > 3
    assert second
