"""The fast lane, against following in Python: the same runs, facts and verdicts, told in the same order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from benchmarks import capture as made
from checker.capture.notes import Notes
from checker.capture.reading import segments
from checker.capture.segment import ACK, FIN, SYN, Segment
from checker.compiled.native import NotNative
from checker.conform import check as checking
from checker.conform.fastpath.lane import PAST, Lane
from checker.conform.machine import Machine
from checker.conform.pair import Pair
from checker.conform.profiles import machine
from tests.checker.conform import wire
from tests.checker.conform.follows import followed
from tests.checker.conform.transfers import CASES, CASES_OF_PROFILES, LONG


@pytest.fixture(params=["interpreted", "compiled"])
def _loops(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "interpreted":
        monkeypatch.setattr(checking, "loops", lambda: None)


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    checking.loops()
    monkeypatch.setenv("SYNPROOF_CACHE", str(tmp_path / "kept"))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return how often things happen: what goes through the lane, what leaves it, which pairs are made anew."""
    counts: Counter[str] = Counter()

    def count(owner: type, name: str) -> None:
        original = getattr(owner, name)

        def wrapped(*arguments: Any, **named: Any) -> Any:
            found = original(*arguments, **named)
            counts[name] += found is not None and found is not False
            counts[f"all {name}"] += 1
            return found

        monkeypatch.setattr(owner, name, wrapped)

    for owner, name in ((Lane, "put"), (Lane, "enter"), (Lane, "told"), (Lane, "out"), (Pair, "whole")):
        count(owner, name)
    return counts


def learning(profile: str) -> Machine:
    """Return a profile that learns at once."""
    like = machine(profile)
    found = Machine(like.name, like.relation, like.tolerances)
    found.reader.patience = 1
    return found


@pytest.mark.usefixtures("_loops")
@pytest.mark.parametrize("calm", [1, 8])
@pytest.mark.parametrize(("case", "profile"), CASES_OF_PROFILES)
def test_the_lane_finds_what_pairs_find(case: str, profile: str, calm: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "CALM", calm)
    captured, relation = CASES[case](), learning(profile)
    if not captured:
        pytest.skip(f"{case} sends nothing")
    expected = followed(captured, relation)
    assert followed(captured, relation, lane_after=1) == expected  # what it learns as it goes
    assert followed(captured, relation, lane_after=1) == expected  # what it knows from the beginning


# --- many connections -----------------------------------------------------------------------------------------------


@cache
def many(octets: int = 300_000) -> tuple[Segment, ...]:
    """Return a capture of many connections, some of them long."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "many.pcap"
        made.make(path, octets, 0.3)
        return tuple(segments(path, Notes()))


def disturbed(captured: Sequence[Segment], seed: int) -> list[Segment]:
    """Return a capture in which now and then a segment is missing, repeated, late, or says something else."""
    chance = random.Random(seed)  # noqa: S311  # the same draws each time

    def changed(segment: Segment) -> Iterator[Segment]:
        match chance.randrange(400):
            case 0:
                return
            case 1:
                yield segment
                yield segment._replace(time=segment.time + 6_000_000, ip_id=segment.ip_id + 7777 & 0xFFFF)
            case 2:
                yield segment._replace(ack=segment.ack + chance.choice((1, -1, 1000, -1448)) & 0xFFFF_FFFF)
            case 3:
                yield segment._replace(seq=segment.seq + chance.choice((1, -1, 1448, -1448)) & 0xFFFF_FFFF)
            case 4:
                yield segment._replace(flags=segment.flags ^ chance.choice((FIN, ACK)))
            case 5:
                yield segment._replace(window=chance.choice((0, 1, 65_535)))
            case _:
                yield segment

    found = [each for segment in captured for each in changed(segment)]
    for place in chance.sample(range(1, len(found)), 3):
        found[place - 1], found[place] = found[place], found[place - 1]
    return [segment._replace(frame=frame) for frame, segment in enumerate(found, 1)]


@pytest.mark.parametrize("resting", [1, 64])
@pytest.mark.parametrize("seed", range(4))
def test_many_connections_are_told_in_the_same_order(
    seed: int, resting: int, monkeypatch: pytest.MonkeyPatch, counted: Counter[str]
) -> None:
    monkeypatch.setattr(checking, "RESTING", resting)
    monkeypatch.setattr(checking, "SEEN_TO", 1)
    captured, relation = disturbed(many(), seed), learning("rfc9293")
    expected = followed(captured, relation)
    assert followed(captured, relation, lane_after=1) == expected
    counted.clear()
    assert followed(captured, relation, lane_after=1) == expected
    assert counted["all put"] > 0.8 * len(captured)
    assert counted["out"] > 3
    assert counted["whole"] > 0


def test_ordinary_connections_stay_in_the_lane_to_their_end(counted: Counter[str]) -> None:
    relation = learning("rfc9293")
    captured = many()
    found = followed(captured, relation)
    followed(captured, relation, lane_after=1)
    counted.clear()
    assert followed(captured, relation, lane_after=1) == found
    resets = sum(bool(each.facts.resets) for each in found)
    assert counted["told"] > 0.9 * (len(found) - resets)
    assert counted["whole"] == 0


def test_a_search_looks_at_what_came_before_the_lane_too(counted: Counter[str]) -> None:
    relation = learning("rfc9293")
    lines = list(LONG[2][:-4])
    captured = wire.segments([*lines, "B 999.101 A 1000"])
    expected = followed(captured, relation)
    assert expected[0].verdict != "CONFORMS"
    for _ in range(2):
        assert followed(captured, relation, lane_after=1) == expected
    assert counted["whole"] > 0


def test_what_is_remembered_of_a_long_connection_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = []
    original = Lane.put

    def put(lane: Lane, slot: int, side: int, segment: Segment) -> None:
        original(lane, slot, side, segment)
        lengths.append(len(lane._owners[slot].recent))  # noqa: SLF001  # what is bounded

    monkeypatch.setattr(Lane, "put", put)
    relation, acks = learning("rfc9293"), []
    for number in range(1200):
        acks += [f"B {301 + 10 * number}.101 A 10", f"A 101.{311 + 10 * number} A"]
    captured = wire.segments([*wire.OPENING, *acks])
    assert followed(captured, relation, lane_after=1) == followed(captured, relation)
    assert PAST < max(lengths) <= 2 * PAST


def test_with_steps_or_at_an_end_the_lane_stays_shut(counted: Counter[str]) -> None:
    followed(many()[:500], learning("rfc9293"), lane_after=1, keep=True)
    assert counted["all put"] == 0


def test_where_nothing_compiles_the_lane_stays_shut(monkeypatch: pytest.MonkeyPatch, counted: Counter[str]) -> None:
    def refused() -> None:
        raise NotNative("no machine code here")

    monkeypatch.setattr(checking, "loops", refused)
    captured = many()[:500]
    assert followed(captured, learning("rfc9293"), lane_after=1) == followed(captured, learning("rfc9293"))
    assert counted["all put"] == 0


def test_a_syn_that_comes_again_leaves_the_lane(counted: Counter[str]) -> None:
    relation = learning("rfc9293")
    again = [*wire.OPENING[:1], *wire.OPENING[:1], *wire.OPENING[1:]]
    captured = wire.segments(again)
    for _ in range(2):
        assert followed(captured, relation, lane_after=1) == followed(captured, relation)
    first = wire.segments(["A 100 S"])
    assert first[0].flags == SYN
    assert followed([*many()[:400], *first], relation, lane_after=1) == followed([*many()[:400], *first], relation)
    assert counted["out"] > 0
