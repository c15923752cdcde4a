"""Trace lifting: explored runs with other numbers and real times."""

from __future__ import annotations

from fractions import Fraction

import pytest

from checker.durations import ONE_WAY
from checker.explore.run import explore_world
from checker.symbolic.lift import LAST, LiftError, lift
from checker.symbolic.lifting import RUNS, lifted
from checker.symbolic.proof import PROVED
from checker.verdict import judge
from spec.environment import World
from spec.properties import PROPERTIES
from spec.scenarios import REOPEN
from spec.trace import DELIVER, DUPLICATE, Trace
from spec.variants import VARIANTS


def explored(variant: str, name: str, world: World) -> tuple[Trace, int]:
    prop = PROPERTIES[name]
    found = judge(prop, [explore_world(VARIANTS[variant].relation, world, [prop], fail_fast=True)])
    assert found.trace is not None
    return found.trace, found.part


@pytest.mark.parametrize(("variant", "name", "world"), RUNS, ids=lambda value: getattr(value, "name", value))
def test_the_same_rules_fire_with_numbers_that_wrap_round(variant: str, name: str, world: World) -> None:
    trace, part = explored(variant, name, world)
    run = lift(trace, VARIANTS[variant].relation, PROPERTIES[name].parts[part])
    chains = [[[event.chain for event in step.events] for step in each.steps] for each in (trace, run.trace)]
    assert chains[0] == chains[1]
    assert run.trace.world.isn[0].values[0] == LAST
    assert trace.world.isn[0].values == ()


def test_times_leave_every_segment_its_way() -> None:
    trace, part = explored("three-way", "P-32", RUNS[2][2])
    run = lift(trace, VARIANTS["three-way"].relation, PROPERTIES["P-32"].parts[part])
    assert run.times is not None
    for number, step in enumerate(run.trace.steps):
        if step.segment is not None and step.kind in (DELIVER, DUPLICATE):
            sent = run.times[run.trace.segments[step.segment].step - 1]
            assert Fraction(120) >= run.times[number] - sent >= ONE_WAY


def test_a_replay_across_time_wait_needs_a_segment_older_than_an_msl() -> None:
    variant, name, world = RUNS[3]
    trace, part = explored(variant, name, world)
    assert lift(trace, VARIANTS[variant].relation, PROPERTIES[name].parts[part]).times is None


def test_a_run_of_another_relation_is_refused() -> None:
    trace, _ = explored("two-way", "P-01", REOPEN)
    with pytest.raises(LiftError, match="step 3"):
        lift(trace, VARIANTS["silent-closed"].relation.without("L-3"), None)


def test_z_11_says_which_runs_real_clocks_forbid() -> None:
    answer = lifted()
    assert answer.verdict == PROVED
    assert "which real clocks forbid" in answer.says
