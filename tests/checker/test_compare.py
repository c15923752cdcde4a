"""Comparing: the schedule of a run repeated in another variant, every run a run, where they part found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.compare import Comparison, compared, first_failure, roomy
from checker.replay import replay
from checker.run_compare import comparison, has_run
from checker.verify import Request, verify
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
from spec.trace import LOSE, OWN
from spec.variants import VARIANTS
from tests.diagrams.runs import VARIANTS_DRAWN, failing

BASE = VARIANTS["three-way"]


def comparisons() -> list[Comparison]:
    return [
        compared(verdict.about, verdict.judgement.part, verdict.judgement.trace, BASE)
        for variant in VARIANTS_DRAWN
        for verdict in failing(variant)
        if has_run(verdict) and verdict.judgement.trace is not None
    ]


@pytest.fixture(scope="module")
def found() -> list[Comparison]:
    return comparisons()


def test_there_is_something_to_compare(found: list[Comparison]) -> None:
    assert len({each.first.variant for each in found}) >= 4
    assert len(found) >= 10


def test_both_runs_replay_and_the_first_one_shows_what_it_should(found: list[Comparison]) -> None:
    for each in found:
        replay(each.second, BASE.relation)
        replay(each.first, VARIANTS[each.first.variant].relation, each.about.parts[each.part])
        assert each.broken[0] == len(each.first.steps)
        assert each.second.world == roomy(each.first.world)


def test_lines_are_the_steps_of_both_runs_in_order(found: list[Comparison]) -> None:
    for each in found:
        first = [line.first for line in each.lines if line.first is not None]
        second = [line.second for line in each.lines if line.second is not None]
        assert first == list(range(1, len(each.first.steps) + 1))
        assert second == list(range(1, len(each.second.steps) + 1))
        assert all(line.why for line in each.lines if line.second is None)


def test_corresponding_steps_are_the_same_choice(found: list[Comparison]) -> None:
    for each in found:
        for line in each.lines:
            if line.first is None or line.second is None:
                continue
            mine, theirs = each.first.steps[line.first - 1], each.second.steps[line.second - 1]
            assert (mine.kind, mine.end) == (theirs.kind, theirs.end)
            if mine.kind == OWN:
                assert mine.events[0].event == theirs.events[0].event
            if not line.parts and mine.kind != LOSE:
                assert mine.events[-1].tcb["STATE"] == theirs.events[-1].tcb["STATE"]
                assert [len(event.sent) for event in mine.events] == [len(event.sent) for event in theirs.events]


def test_before_they_part_nothing_differs_but_hidden_variables(found: list[Comparison]) -> None:
    for each in found:
        for line in each.lines[: len(each.first.steps) if each.parting is None else each.parting]:
            assert line.parts == ""
            assert line.first == line.second


def test_a_variant_never_parts_from_itself() -> None:
    for verdict in failing("three-way"):
        if has_run(verdict) and verdict.judgement.trace is not None:
            each = compared(verdict.about, verdict.judgement.part, verdict.judgement.trace, BASE)
            assert each.parting is None
            for mine, theirs in zip(each.first.steps, each.second.steps, strict=False):
                assert [(e.event, e.chain, e.tcb, e.sent) for e in mine.events] == [
                    (e.event, e.chain, e.tcb, e.sent) for e in theirs.events
                ]
            assert each.broken[0] == each.broken[1]


def test_two_way_and_three_way_part_where_the_old_syn_arrives() -> None:
    result = verify(Request(("two-way", "three-way"), ("P-01",), SCENARIOS["quick"]))
    each = comparison(result, ("two-way", "three-way"))
    assert each is not None
    assert (each.about.id, each.broken, each.parting) == ("P-01", (3, None), 2)
    assert each.lines[2].parts == "ESTABLISHED, SYN-RECEIVED"
    assert [line.first for line in each.lines] == [1, 2, 3, None, None]
    assert each.second.tcb(1, len(each.second.steps))["STATE"] == "LISTEN"


def test_the_failing_variant_comes_first_however_they_are_named() -> None:
    result = verify(Request(("three-way", "two-way"), ("P-01", "P-02"), SCENARIOS["quick"]))
    each = comparison(result, ("three-way", "two-way"), "P-02")
    assert each is not None
    assert (each.first.variant, each.second.variant, each.about.id) == ("two-way", "three-way", "P-02")


def test_no_difference_no_comparison() -> None:
    result = verify(Request(("three-way", "hold"), ("P-01",), SCENARIOS["quick"]))
    assert comparison(result, ("three-way", "hold")) is None


def test_the_first_failure_is_the_first() -> None:
    verdict = next(each for each in failing("two-way") if each.about.id == "P-01")
    trace, part = verdict.judgement.trace, PROPERTIES["P-01"].parts[verdict.judgement.part]
    assert trace is not None
    assert first_failure(trace, part) == 3
    assert first_failure(replace(trace, steps=trace.steps[:2]), part) is None
