from __future__ import annotations

import pytest

from spec.freedoms import FREEDOMS, GRANTED
from tests.checker.conform.wire import OPENING, b_of, found, one

CLOSED_BY_B = (*OPENING, "B 301.101 FA", "A 101.302 A")
BOTH_CLOSED = (*CLOSED_BY_B, "A 101.302 FA", "B 302.102 A")
LATER = "A 1 R t=2"

AT_B: dict[str, tuple[str, ...]] = {
    "ACK waits": (*OPENING, "A 101.301 A 5", "A 106.301 A 5", "B 301.111 A"),
    "ACK withheld": (*OPENING, "A 150 R"),
    "ACK out of order": (*OPENING, "A 106.301 A 5", "B 301.101 A", "A 101.301 A 5", "B 301.111 A"),
    "text of SYN taken": ("A 100 S 5", "B 300.106 SA", "A 106.301 A"),
    "part sent again": (
        *OPENING, "B 301.101 A 100", "B 401.101 A 100", "B 301.101 A 50 t=1", "B 451.101 A 100 t=1", "A 101.551 A",
    ),
    "FIN sent again": (*OPENING, "B 301.101 A 10", "B 311.101 FA", "B 301.101 FA 10 t=1"),
    "RST with ACK": (*OPENING, "B 301.101 RA"),
    "RST in window": (*OPENING, "A 150 R", "A 101.301 A 5 t=0.5", "B 301 R"),
    "SYN in window resets": (*OPENING, "A 150 S", "B 0.151 RA"),
    "reopened from TIME-WAIT": (*BOTH_CLOSED, "A 5000 S", "B 900.5001 SA", "A 5001.901 A"),
    "half-duplex close": (*CLOSED_BY_B, "A 101.302 A 5", "B 302 R"),
    "TIME-WAIT acknowledges": (*BOTH_CLOSED, "A 102.302 A 2", "B 302.102 A"),
    "old ACK challenged": (
        *OPENING, "B 301.101 A 100", "A 101.401 A", "A 101.301 A w=10", "B 401.101 A",
    ),
    "FIN with text": (*OPENING, "B 301.101 FA 10", "A 101.312 A"),
    "window": (*OPENING, "A 101.301 A 5", "B 301.106 A w=100", "B 301.106 A w=5000"),
    "keep-alive": (*OPENING, "B 300.101 A t=7200", "A 101.301 A"),
}  # fmt: skip
"""Freedom -> a capture taken at B that makes use of it."""
ELSEWHERE = {
    "ACK of SYN,ACK waits": "test_the_ack_of_a_syn_ack_may_ride_on_the_first_text",
    "SYN,ACK establishes": "test_crossing_syns_establish_as_figure_7_shows",
    "ACK kept": "test_the_ack_field_of_a_segment_that_is_held_may_count_at_once",
    "RST ignored in TIME-WAIT": "test_a_reset_may_or_may_not_end_time_wait",
    "goes on after a bad ACK": "test_text_after_a_bad_ack_may_be_taken",
}


def test_every_freedom_has_its_capture() -> None:
    assert {*AT_B, *ELSEWHERE} == {each.name for each in GRANTED} | set(FREEDOMS)


@pytest.mark.parametrize("name", AT_B)
def test_what_rfc_9293_grants_conforms(name: str) -> None:
    incarnations = found((*AT_B[name], LATER), vantage="server")
    ends = [b_of(each) for each in incarnations]
    assert {each.verdict for each in ends} == {"CONFORMS"}
    if name in FREEDOMS and name not in ("RST in window", "reopened from TIME-WAIT", "half-duplex close"):
        assert any(
            name in each.freedoms for each in ends
        )  # of those three a timeout or an ABORT may be the cheaper run


def test_the_ack_of_a_syn_ack_may_ride_on_the_first_text() -> None:
    lines = ("A 100 S", "B 300.101 SA", "A 101.301 A 5", "B 301.106 A t=2")
    assert "ACK of SYN,ACK waits" in one(lines, vantage="client").client.freedoms


def test_crossing_syns_establish_as_figure_7_shows() -> None:
    lines = ("A 100 S", "B 300 S", "A 100.301 SA", "B 300.101 SA", "A 101.301 A", "A 101.301 A 5", "B 301.106 A")
    found = one(lines, vantage="client")
    assert (found.client.verdict, found.final_states) == ("CONFORMS", ("ESTABLISHED", "ESTABLISHED"))
    assert found.client.freedoms == ("SYN,ACK establishes",)


def test_the_ack_field_of_a_segment_that_is_held_may_count_at_once() -> None:
    lines = (*OPENING, "B 301.101 FA", "A 106.302 A 5", "A 101.302 A 5", "B 302.111 A", "A 111.302 FA", "B 302.112 A")
    assert b_of(one((*lines, LATER), vantage="server")).state == "TIME-WAIT"


def test_a_reset_may_or_may_not_end_time_wait() -> None:
    stays = (*BOTH_CLOSED, "A 102 R", "A 101.302 FA t=0.5", "B 302.102 A")
    gone = (*BOTH_CLOSED, "A 102 R", "A 101.302 FA t=0.5", "B 302 R")
    assert "RST ignored in TIME-WAIT" in b_of(one((*stays, LATER), vantage="server")).freedoms
    assert b_of(one((*gone, LATER), vantage="server")).freedoms == ()


def test_text_after_a_bad_ack_may_be_taken() -> None:
    lines = (*OPENING[:2], "A 101.999 A", "B 999 R", "A 101.301 A 5", "B 301.106 A")
    assert b_of(one((*lines, LATER), vantage="server")).verdict == "CONFORMS"


def test_what_no_freedom_grants_deviates_at_its_frame() -> None:
    cases: dict[tuple[str, ...], int] = {
        (*OPENING, "B 301.90000 A t=1"): 4,  # acknowledges more than A can have sent
        (*OPENING, "B 300.101 SA t=1"): 4,  # the SYN,ACK again, though it has been acknowledged
        (*OPENING, "B 301.101 A t=1"): 4,  # an ACK without a reason
        (*OPENING, "B 301.101 FA", "A 101.302 A", "B 302.101 A 5"): 6,  # text after the FIN
        (*OPENING, "A 101.301 A 5", "B 301.106 A", "B 301.101 A 3 t=1"): 6,  # RCV.NXT went back
        (*OPENING, "A 50.301 A 5"): 4,  # not acceptable, and not answered
    }  # fmt: skip
    for lines, frame in cases.items():
        end = b_of(one((*lines, LATER), vantage="server"))
        assert (end.verdict, end.frame) == ("DEVIATES", frame), lines
        assert end.deviation is not None
