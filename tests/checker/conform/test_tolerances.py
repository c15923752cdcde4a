from __future__ import annotations

import pytest

from spec.tolerances import TOLERATED
from tests.checker.conform.wire import OPENING, b_of, found, one

ESTABLISHED = OPENING
CLOSED_BY_B = (*OPENING, "B 301.101 FA", "A 101.302 A")
BOTH_CLOSED = (*CLOSED_BY_B, "A 101.302 FA", "B 302.102 A")
CLOSE_WAIT = (*OPENING, "A 101.301 FA", "B 301.102 A")
LATER = "A 1 R t=2"
"""Nothing answers this; what was due before it is overdue."""

AT_B: dict[str, tuple[tuple[str, ...], int]] = {
    "FW2_ORPHAN_MINISOCK": ((*CLOSED_BY_B, "A 50 R", "B 302.101 A"), 7),
    "SYNRCVD_ACK_BEFORE_SEQ": ((*OPENING[:2], "A 50.999 A", "B 999 R"), 4),
    "NO_ACK_BIT_NO_REPLY": ((*ESTABLISHED, "A 50 - 3"), 4),
    "OLD_ACK_CHALLENGED": (
        (*ESTABLISHED, "B 301.101 A 10", "A 101.311 A", "A 101.305 A", "B 311.101 A"), 7,
    ),
    "TW_ACK_NOT_VALIDATED_OR_DATA_REACKED": ((*BOTH_CLOSED, "A 102 - 3", "B 302.102 A"), 9),
    "ORPHAN_DATA_RST": ((*ESTABLISHED, "B 301.101 FA", "A 101.301 A 5", "B 301 R"), 6),
    "RST_NXT_MINUS_1_AFTER_FIN": ((*CLOSE_WAIT, "A 101 R", "A 102.299 A", "B 299 R"), 8),
    "OWED_ACK": ((*ESTABLISHED, "A 101.301 A 5", "B 301.106 A", "B 301.106 A"), 6),
    "RIGHT_EDGE_STRICT": ((*OPENING[:1], "B 300.101 SA w=10", OPENING[2], "A 101.301 A 20", "B 301.101 A w=10"), 5),
    "FIN_AFTER_FIN_NOT_ACKED": (
        (*CLOSE_WAIT, "B 301.102 FA", "A 102.301 FA", "B 301.102 FA t=2"), 8,
    ),
    "DATA_AFTER_FIN_RST": ((*CLOSE_WAIT, "A 102.300 A 5", "B 300 R"), 7),
    "SYNRCVD_DUP_SYN_REANSWERED": ((*OPENING[:2], "A 100 S", "B 300.101 SA", OPENING[2]), 3),
    "LISTEN_SYN_FIN_DROPPED": (("A 100 SF", "A 90 S t=2", "B 300.91 SA", "A 91.301 A"), 1),
    "FIN_WAIT_2_TIMEOUT": ((*CLOSED_BY_B, "A 101.302 FA t=0.5", "B 302 R"), 6),
    "ACCEPT_QUEUE_FULL": ((*OPENING, "B 300.101 SA t=1", "A 101.301 A"), 4),
    "CHALLENGE_RATE_LIMIT": ((*ESTABLISHED, "A 50.301 A 3"), 4),
}  # fmt: skip
"""Tolerance -> a capture taken at B that needs it, and the frame at which B deviates without it."""
ELSEWHERE = {
    "SIMOPEN_ACK_EQ_ISS": "test_after_a_simultaneous_open_linux_takes_an_ack_of_nothing",
    "SYNACK_TEXT_AND_FIN_IGNORED": "test_linux_ignores_text_on_a_syn_ack",
    "TFO_STATE_OVERLAP": "test_text_in_syn_received_is_fast_open",
    "SYNRCVD_INWINDOW_SYN_RESET": "test_a_syn_in_the_window_of_syn_received_is_reset",
    "LEFT_EDGE_LAX": "an ABORT in LAST-ACK, which sends nothing, explains it",
    "TW_INEXACT_RST_SILENT": "ACK throttling grants it",
    "TW_SYN_REUSE": "the end of TIME-WAIT, at any time, explains it",
    "TW_KILLED_BY_SYN_FIN": "the end of TIME-WAIT, at any time, explains it",
}
"""The other tolerances: where they are tested, or why no capture needs them."""


def test_every_tolerance_has_its_capture_or_its_reason() -> None:
    assert {*AT_B, *ELSEWHERE} == set(TOLERATED)


@pytest.mark.parametrize("name", AT_B)
def test_a_capture_conforms_with_the_tolerance_and_deviates_at_that_frame_without(name: str) -> None:
    lines, frame = AT_B[name]
    without = [b_of(each) for each in found((*lines, LATER), vantage="server")]
    assert [(each.verdict, each.frame) for each in without if each.verdict != "CONFORMS"] == [("DEVIATES", frame)]
    tolerant = [b_of(each) for each in found((*lines, LATER), name, vantage="server")]
    assert {each.verdict for each in tolerant} <= {"CONFORMS WITH", "CONFORMS"}
    assert {each.tolerances for each in tolerant} - {()} == {(name,)}


def test_after_a_simultaneous_open_linux_takes_an_ack_of_nothing() -> None:
    lines = ("A 100 S", "B 300 S", "A 100.301 SA", "B 301.100 A", "A 101.301 A 5", "B 301.106 A")
    without, tolerant = one(lines, vantage="client"), one(lines, "SIMOPEN_ACK_EQ_ISS", vantage="client")
    assert without.client.verdict == "CAPTURE INCOMPLETE", "B owes a SYN,ACK, which may have been missed"
    assert tolerant.client.tolerances == ("SIMOPEN_ACK_EQ_ISS",)


def test_linux_ignores_text_on_a_syn_ack() -> None:
    lines = ("A 100 S", "B 300.101 SA 5", "A 101.301 A", "A 101.301 A 3 t=2")
    name = "SYNACK_TEXT_AND_FIN_IGNORED"
    assert one(lines, vantage="client").client.verdict == "DEVIATES"
    assert one(lines, name, vantage="client").client.tolerances == (name,)


def test_text_in_syn_received_is_fast_open() -> None:
    lines = (*OPENING[:2], "B 301.101 A 5")
    assert b_of(one(lines)).verdict == "CAPTURE INCOMPLETE"
    assert b_of(one(lines, "TFO_STATE_OVERLAP")).tolerances == ("TFO_STATE_OVERLAP",)


def test_a_syn_in_the_window_of_syn_received_is_reset() -> None:
    lines, name = (*OPENING[:2], "A 105 S", "B 0.106 RA"), "SYNRCVD_INWINDOW_SYN_RESET"
    worst = {b_of(each).verdict for each in found(lines, vantage="server")}
    assert worst == {"CONFORMS", "CAPTURE INCOMPLETE"}, (
        "the ACK that A owes may have been missed: then B was ESTABLISHED"
    )
    assert {b_of(each).tolerances for each in found(lines, name, vantage="server")} == {(), (name,)}


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "LEFT_EDGE_LAX",
            (*ESTABLISHED, "A 101.301 FA", "B 301.102 FA", "A 101.302 FA", "B 302.102 A", "A 102.302 A", "B 302 R"),
        ),
        ("TW_INEXACT_RST_SILENT", (*BOTH_CLOSED, "A 110 R", "A 102.302 A t=2")),
        ("TW_SYN_REUSE", (*BOTH_CLOSED, "A 5000 S", "B 200.5001 SA")),
        ("TW_KILLED_BY_SYN_FIN", (*BOTH_CLOSED, "A 200 SF", "A 201.302 A t=2", "B 302 R")),
    ],
)
def test_what_a_freedom_or_a_timeout_explains_needs_no_tolerance(name: str, lines: tuple[str, ...]) -> None:
    assert all(b_of(each).verdict == "CONFORMS" for each in found(lines, vantage="server")), name


def test_the_linux_profile_has_them_all_and_a_run_names_only_what_it_needs() -> None:
    name = "SYNRCVD_ACK_BEFORE_SEQ"
    assert b_of(one(AT_B[name][0], profile="linux", vantage="server")).tolerances == (name,)
    assert b_of(one(OPENING, profile="linux", vantage="server")).tolerances == ()
