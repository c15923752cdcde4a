"""Outlines: which first states of counterexamples to induction the explorer reaches."""

from __future__ import annotations

from typing import Any

from checker.symbolic.reached import outline, outlines
from spec.scenarios import REOPEN
from spec.tcp import TCP

CLOSED: dict[str, Any] = {"STATE": "CLOSED", "INC": 0, "PINC": 0}


def an_end(state: str, **changed: Any) -> dict[str, Any]:
    numbers = {"ISS": 0xFFFFFFF0, "SND.UNA": 0xFFFFFFF0, "SND.NXT": 0xFFFFFFF1, "RCV.NXT": 0}
    return {"STATE": state, "ORIGIN": "active", "CLOSE.QUEUED": False, "INC": 1, "PINC": 0, **numbers, **changed}


def test_a_state_after_an_open_is_reached_wherever_its_numbers_begin() -> None:
    listening = {**CLOSED, "STATE": "LISTEN"}
    assert outline((an_end("SYN-SENT"), listening), 32) in outlines(TCP, REOPEN)


def test_a_syn_sent_that_was_acknowledged_is_not() -> None:
    listening = {**CLOSED, "STATE": "LISTEN"}
    wrong = an_end("SYN-SENT", **{"SND.UNA": 0xFFFFFFF1})
    assert outline((wrong, listening), 32) not in outlines(TCP, REOPEN)


def test_an_end_is_compared_with_the_incarnation_whose_syn_it_took() -> None:
    server = an_end("SYN-RECEIVED", ORIGIN="passive", PINC=1, **{"RCV.NXT": 0xFFFFFFF1})
    known = outlines(TCP, REOPEN)
    assert outline((an_end("SYN-SENT"), server), 32) in known
    assert outline((an_end("SYN-SENT"), {**server, "RCV.NXT": 5}), 32) not in known
