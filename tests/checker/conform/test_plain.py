"""The short way an end is followed, against the long one: the same runs, facts and verdicts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checker.capture.conversations import conversations
from checker.capture.notes import Notes
from checker.conform.check import check
from checker.conform.machine import Machine
from checker.conform.plain import PlainEnd
from checker.conform.profiles import machine
from spec.freedoms import CHOICE
from tests.checker.conform import wire
from tests.checker.conform.follows import followed
from tests.checker.conform.transfers import CASES, CASES_OF_PROFILES, LONG


@pytest.mark.parametrize(
    ("case", "profile"),
    CASES_OF_PROFILES,
)
def test_the_short_way_finds_what_the_long_way_finds(case: str, profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    captured = CASES[case]()
    if not captured:
        pytest.skip(f"{case} sends nothing")
    short = {keep: followed(captured, machine(profile), keep=keep) for keep in (True, False)}
    for way in ("takes", "sends"):
        monkeypatch.setattr(PlainEnd, way, lambda *_: False)
    for keep, found in short.items():
        assert found == followed(captured, machine(profile), keep=keep)


def test_most_segments_go_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = {"takes": 0, "sends": 0}

    def counted(name: str) -> Callable[..., bool]:
        original: Callable[..., bool] = getattr(PlainEnd, name)

        def wrapped(*arguments: object) -> bool:
            done = original(*arguments)
            taken[name] += done
            return done

        return wrapped

    for name in taken:
        monkeypatch.setattr(PlainEnd, name, counted(name))
    captured = wire.segments(LONG[-1])
    followed(captured, machine("rfc9293"))
    assert min(taken.values()) > 0.95 * len(captured)


def test_an_isn_that_nothing_tells_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    relation = machine().relation  # in which whoever likes may reopen; here, everybody does
    conditions = [
        when for when in relation.rule("Q-0").when if CHOICE.key() not in {part.key() for part in when.walk()}
    ]
    reopening = Machine("reopening", relation.replace("Q-0", when=tuple(conditions)))
    closed = (*wire.OPENING, "B 301.101 FA", "A 101.302 A", "A 101.302 FA", "B 302.102 A")
    captured = wire.segments((*closed, "A 9000 S t=1", "B 7000.9001 SA", "A 9001.7001 A"))
    short = list(check(conversations(captured, Notes()), reopening))
    for way in ("takes", "sends"):
        monkeypatch.setattr(PlainEnd, way, lambda *_: False)
    assert short == list(check(conversations(captured, Notes()), reopening))
    assert [each.verdict for each in short] == ["CONFORMS", "CONFORMS"]
    reopened = [step for each in short for step in each.server.steps if step.chain and step.chain[0] == "Q-0"]
    assert [step.before[0] for step in reopened] == ["TIME-WAIT"]
