"""The hole that a CLOSE in SYN-RECEIVED opens (RFC 9293 §3.10.4, to the letter), and what closes it."""

from __future__ import annotations

import pytest

from checker.explore.run import WorldRun, explore_world
from checker.replay import replay
from checker.verdict import judge
from spec.properties import PROPERTIES
from spec.scenarios import EARLY_CLOSE
from spec.trace import DUPLICATE
from spec.variants import VARIANTS
from spec.words import FAILS, HOLDS

ASKED = ("P-17", "P-21", "P-23")


@pytest.fixture(scope="module")
def runs() -> dict[str, WorldRun]:
    properties = [PROPERTIES[name] for name in ASKED]
    names = ("three-way", "queue-close")
    return {n: explore_world(VARIANTS[n].relation, EARLY_CLOSE, properties, variant=n) for n in names}


@pytest.mark.parametrize(("name", "steps"), [("P-17", 12), ("P-21", 15), ("P-23", 15)])
def test_a_close_before_established_lets_old_segments_in_although_isns_are_fresh(
    runs: dict[str, WorldRun], name: str, steps: int
) -> None:
    judgement = judge(PROPERTIES[name], [runs["three-way"]])
    assert (judgement.word, judgement.steps) == (FAILS, steps)
    trace = judgement.trace
    assert trace is not None
    replay(trace, VARIANTS["three-way"].relation, PROPERTIES[name].parts[judgement.part])
    fired = [rule for step in trace.steps for event in step.events for rule in event.chain]
    assert fired.count("U-15") == 1
    assert sum(step.kind == DUPLICATE for step in trace.steps) == 2


@pytest.mark.parametrize("name", ASKED)
def test_a_close_that_waits_for_established_does_not(runs: dict[str, WorldRun], name: str) -> None:
    assert runs["queue-close"].complete
    assert judge(PROPERTIES[name], [runs["queue-close"]]).word == HOLDS
