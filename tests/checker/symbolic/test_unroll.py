"""Bounded model checking: the same shortest runs as the explorer's, with numbers that z3 chose."""

from __future__ import annotations

import pytest

from checker.explore.run import explore_world
from checker.symbolic.proof import REFUTED
from checker.symbolic.questions import rules
from checker.symbolic.unroll import Unroll, Unrolled
from checker.verdict import judge
from spec.environment import World
from spec.expected import REFUTED_PROOFS
from spec.lemmas.two_ends import ISN_ASSUMPTIONS
from spec.properties import PROPERTIES
from spec.scenarios import CRASH, LAST_ACK, OPEN_CLOSE, REOPEN, REPLAY, SIMULTANEOUS
from spec.variants import VARIANTS
from spec.words import FAILS


def unroll(variant: str, name: str, world: World, steps: int, *, fresh: bool = True) -> Unrolled:
    assumptions = ISN_ASSUMPTIONS if fresh else ()
    return Unroll(VARIANTS[variant].relation, variant, world, PROPERTIES[name], assumptions).search(steps)


@pytest.mark.parametrize(
    ("variant", "name", "world"),
    [
        ("two-way", "P-01", REOPEN),
        ("two-way", "P-02", REOPEN),
        ("two-way", "P-02", OPEN_CLOSE),
        ("two-way-strict", "P-01", REPLAY),
        ("four-way-split", "P-02", SIMULTANEOUS),
        ("four-way-split", "P-02", REOPEN),
        ("continue-after-bad-ack", "P-16", OPEN_CLOSE),
        ("three-way", "P-01", CRASH),
        ("three-way", "P-04", OPEN_CLOSE),
    ],
)
def test_z3_and_the_explorer_find_runs_of_the_same_length(variant: str, name: str, world: World) -> None:
    relation, prop = VARIANTS[variant].relation, PROPERTIES[name]
    explored = judge(prop, [explore_world(relation, world, [prop], fail_fast=True)])
    within = 5 if explored.word != FAILS or explored.steps is None else min(explored.steps, 5)
    found = unroll(variant, name, world, within)
    assert found.complete
    if explored.word == FAILS and explored.steps is not None and explored.steps <= within:
        assert found.trace is not None
        assert found.steps == explored.steps
    else:
        assert found.trace is None


@pytest.mark.parametrize(
    ("variant", "name"), [(v, n) for v, names in REFUTED_PROOFS.items() for n in names if n in ("P-01", "P-02")]
)
def test_what_is_expected_to_be_refuted_is(variant: str, name: str) -> None:
    assert unroll(variant, name, REOPEN, 5).trace is not None


@pytest.mark.parametrize(
    ("variant", "name"), [(v, n) for v, names in REFUTED_PROOFS.items() for n in names if n not in ("P-01", "P-02")]
)
def test_so_is_what_is_said_of_rules(variant: str, name: str) -> None:
    assert rules(VARIANTS[variant].relation, variant, (name,), 8, None)[0].verdict == REFUTED


def test_with_any_isn_three_way_fails_as_the_explorer_says_of_a_constant_one() -> None:
    found = unroll("three-way", "P-02", REOPEN, 6, fresh=False)
    assert found.steps == 5
    assert found.trace is not None
    assert found.trace.world.seq_bits == 32


def test_a_limit_is_reached_and_said() -> None:
    found = Unroll(VARIANTS["three-way"].relation, "three-way", REOPEN, PROPERTIES["P-01"], ISN_ASSUMPTIONS).search(
        6, 50
    )
    assert (found.complete, found.trace, found.why) == (False, None, "limit of 50 states")


def test_a_world_with_a_clock_is_refused() -> None:
    with pytest.raises(ValueError, match="last-ack has a clock"):
        unroll("three-way", "P-01", LAST_ACK, 1)
