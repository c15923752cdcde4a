"""Captures taken beside a sender: what is sent arrives a round trip's worth of segments later, or never."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence

import pytest

from checker.capture.segment import Segment
from checker.conform import follow
from checker.conform.endpoint import Now, Seen
from checker.conform.profiles import machine
from checker.conform.result import Incarnation
from checker.conform.search import Search
from tests.checker.conform import wire
from tests.checker.conform.follows import followed

MSS = 1000


def transfer(count: int, in_flight: int, lost: Collection[int] = (), *, burst: bool = False) -> list[str]:
    """Return what is seen beside B, which sends so many segments, at most so many of them unacknowledged.

    lost    by number, those that do not arrive when they are sent first.
    burst   as many as may be are sent at once; else slowly more.
    """
    lines, acks, rtx = [*wire.OPENING], deque[tuple[int, int]](), deque[int]()
    missing, there = set(lost), set[int]()
    sent = una = rcv = again = time = 0
    allowed = in_flight if burst else 10
    while una < count:
        while acks and acks[0][0] <= time:
            number = acks.popleft()[1]
            lines.append(f"A 101.{301 + MSS * number} A w=65535")
            again = again + 1 if number == una else 0
            una, allowed = max(una, number), min(in_flight, allowed + 2)
            if again == 3:
                rtx.append(una)
        if not acks and not rtx and (sent == count or sent - una >= allowed):
            rtx.append(una)  # the retransmission timeout
        time += 1
        if not rtx and (sent == count or sent - una >= allowed):
            continue
        number = rtx.popleft() if rtx else sent
        lines.append(f"B {301 + MSS * number}.101 A {MSS}")
        sent = max(sent, number + 1)
        if number in missing:
            missing.discard(number)
            continue
        there.add(number)
        while rcv in there:
            rcv += 1
        acks.append((time + in_flight, rcv))
    return lines


def scaled(lines: list[str]) -> list[Segment]:
    """Return the segments of lines, windows scaled so far that no transfer here fills one."""
    captured = wire.segments(lines)
    scale = b"\x03\x03\x08"
    return [each._replace(options=scale) if each.flags & 2 else each for each in captured]


def judged(lines: list[str]) -> Incarnation:
    (found,) = followed(scaled(lines), machine())
    return found


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Seen]:
    """Return the segments that another run is looked for."""
    searches: list[Seen] = []
    original = Search.run

    def run(search: Search, trail: Sequence[tuple[Now, Seen]], now: Now, segment: Seen) -> Now | None:
        searches.append(segment)
        return original(search, trail, now, segment)

    monkeypatch.setattr(Search, "run", run)
    return searches


@pytest.mark.parametrize("burst", [False, True])
@pytest.mark.parametrize("in_flight", [5, 30, 100, 400])
def test_acks_that_come_long_after_conform(in_flight: int, *, burst: bool) -> None:
    found = judged(transfer(900, in_flight, burst=burst))
    assert (found.verdict, found.final_states) == ("CONFORMS", ("ESTABLISHED", "ESTABLISHED"))


@pytest.mark.parametrize("in_flight", [5, 30, 100, 400])
def test_a_capture_that_begins_in_the_middle_waits_for_what_was_sent_before(in_flight: int) -> None:
    """How far windows are scaled is not known then, and the first ACKs are for what no frame shows."""
    whole = scaled(transfer(1500, in_flight))
    (found,) = followed([each._replace(frame=n) for n, each in enumerate(whole[1000:], 1)], machine())
    assert (found.verdict, found.midstream) == ("CONFORMS", True)


@pytest.mark.parametrize("in_flight", [5, 30, 100, 300])
@pytest.mark.parametrize("lost", [(300,), (300, 302), (300, 301, 302), (250, 500, 600)])
def test_a_loss_behind_the_capture_point_conforms(lost: tuple[int, ...], in_flight: int) -> None:
    found = judged(transfer(700, in_flight, lost))
    assert found.verdict == "CONFORMS"


def test_an_end_that_asks_for_the_same_again_and_again_is_followed_without_a_search_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searches = counted(monkeypatch)
    lines = [*wire.OPENING, "B 301.101 A 1000", "A 101.1301 A", "B 1301.101 A 1000"]  # this one is lost
    for number in range(500):
        lines += [f"B {2301 + 1000 * number}.101 A 1000", "A 101.1301 A w=65535"]
    lines += ["B 1301.101 A 1000", "A 101.502301 A"]
    found = judged(lines)
    assert found.verdict == "CONFORMS"
    assert len(searches) < 5


def test_what_is_asked_for_was_there_if_it_was_acknowledged() -> None:
    lines = transfer(600, 30)
    found = judged([*lines, "A 101.200301 A"])
    assert (found.verdict, found.client.frame) == ("DEVIATES", len(lines) + 1)


def test_beyond_what_is_remembered_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "PENDING", 20)
    lines = transfer(400, 100)
    for number in range(5):
        lines.append(f"A 101.{301 + 1000 * (300 + number)} A")
    found = judged(transfer(700, 300, (300, 302)))
    assert found.verdict in ("CONFORMS", "UNKNOWN")
    assert judged(lines).verdict in ("DEVIATES", "UNKNOWN")


def test_after_many_that_no_run_explains_no_more_runs_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    searches = counted(monkeypatch)
    lines = transfer(30, 10)
    for number in range(300):
        lines.append(f"A 101.{900_000 + 7919 * number % 100_000} A")
    assert judged(lines).verdict in ("DEVIATES", "UNKNOWN")
    assert 0 < len(searches) <= 2 * follow.ENOUGH
