from __future__ import annotations

from collections.abc import Iterator

import pytest

from checker.capture.conversations import Conversation, Told
from checker.conform import check as module
from checker.conform.check import check
from checker.conform.profiles import machine
from tests.checker.conform.wire import OPENING, segments

CLOSING = ("A 101.301 FA", "B 301.102 FA", "A 102.302 A")


def _many(count: int) -> Iterator[Told]:
    """Yield connections one after the other; the first says something more at the end."""
    first = None
    for number in range(count):
        captured = segments((*OPENING, *CLOSING))
        conversation = Conversation(number + 1, captured[0])
        first = first or conversation
        for segment in captured:
            yield conversation, segment
    assert first is not None
    yield first, segments(("A 102.302 A",))[0]
    yield first, None


def test_connections_that_are_over_are_let_go_of_and_may_still_say_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESTING", 1)
    monkeypatch.setattr(module, "SEEN_TO", 1)
    found = list(check(_many(50), machine(), keep=False))
    assert [each.verdict for each in found] == ["CONFORMS"] * 51
    assert [each.number for each in found].count(2) == 1
    assert all(each.final_states == ("TIME-WAIT", "CLOSED") for each in found if each.number == 1)


def test_incarnations_come_as_soon_as_they_are_over() -> None:
    lines = (*OPENING, *CLOSING, "A 5000 S t=100", "B 9000.5001 SA")
    captured = segments(lines)
    conversation = Conversation(1, captured[0])
    seen: list[int] = []

    def watched() -> Iterator[Told]:
        for segment in captured:
            seen.append(segment.frame)
            yield conversation, segment
        yield conversation, None

    first = next(check(watched(), machine()))
    assert (first.last_frame, seen[-1]) == (6, 8)
