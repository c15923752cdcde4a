"""Two runs in one order: every frame once, as captured; every event once, in its end's order; nothing arrives early."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.conform.result import Incarnation
from checker.interleaving import SIDES, Move, first_states, in_order, steps_of
from tests.checker.captured import BAD_ACK, CLOSED, HOLE, RECORDED, kept
from tests.checker.conform import wire


def everything(path: Path) -> list[Incarnation]:
    return [shown.found for shown in kept(path)[1]]


def must_hold(found: Incarnation) -> None:
    moves = in_order(found)
    assert [move.frame for move in moves if move.kind == "departs"] == list(found.frames)
    for end, result in enumerate(found.ends):
        own = [move.step for move in moves if move.end == end and move.kind != "departs"]
        assert own == list(steps_of(result))
    departed = set()
    for move in moves:
        if move.kind == "departs":
            departed.add(move.frame)
        elif move.kind == "arrives" and move.frame is not None:
            assert move.frame in departed
    states_follow(found, moves)


def states_follow(found: Incarnation, moves: list[Move]) -> None:
    states = list(first_states(found))
    for move in moves:
        if move.kind != "departs" and move.step is not None:
            assert states[move.end] == move.step.before[0]
            states[move.end] = move.step.after[0]
        assert move.states == tuple(states)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_runs_of_recorded_captures_are_in_one_order(path: Path) -> None:
    for found in everything(path):
        must_hold(found)


@pytest.mark.parametrize("lines", [CLOSED, BAD_ACK, HOLE])
def test_runs_of_captures_that_end_otherwise_are_too(lines: list[str]) -> None:
    for found in wire.found(lines):
        must_hold(found)


def test_a_segment_that_the_run_takes_in_late_arrives_after_what_its_receiver_sent_meanwhile() -> None:
    (found,) = wire.found([*wire.OPENING, "A 101.301 A 5", "B 301.101 A 3", "B 304.106 A", "A 106.304 A"])
    moves = [(move.kind, SIDES[move.end], move.frame.frame) for move in in_order(found) if move.frame is not None]
    assert moves.index(("arrives", "server", 4)) > moves.index(("departs", "server", 5))


def test_of_an_end_that_was_never_seen_nothing_happens() -> None:
    (found,) = wire.found(["A 100 S"])
    assert {move.end for move in in_order(found)} == {0}
