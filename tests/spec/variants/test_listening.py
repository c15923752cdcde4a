"""Listeners: one that keeps nothing (SYN cookies), and those whose half-open slot others can take (RFC 4987)."""

from __future__ import annotations

import pytest

from tests.spec.variants.hosts import Peer, shake_hands

SYN = "<SEQ=100><CTL=SYN>"
COOKIE = "<SEQ=400><ACK=101><CTL=SYN,ACK>"  # 300, the secret, and 100, the number of the SYN
BACKLOGS = ("backlog-drop", "backlog-drop-oldest", "backlog-reset")


def listener(variant: str, **tcb: object) -> Peer:
    return Peer(variant, 300, STATE="LISTEN", ORIGIN="passive", **tcb)


def test_a_listener_with_cookies_keeps_nothing_of_a_syn() -> None:
    b = listener("syn-cookies")
    before = b.tcb
    assert b.get(SYN) == [COOKIE]
    assert b.tcb == before
    assert not b.can("RETRANSMISSION TIMEOUT")


def test_an_ack_of_the_cookie_creates_the_connection() -> None:
    a, b = Peer("syn-cookies", 100), listener("syn-cookies")
    shake_hands(a, b)
    assert (a.state, b.state) == ("ESTABLISHED", "ESTABLISHED")
    assert (b["ISS"], b["SND.UNA"], b["SND.NXT"]) == (400, 401, 401) == (a["IRS"], a["RCV.NXT"], a["RCV.NXT"])
    assert (b["IRS"], b["RCV.NXT"]) == (100, 101) == (a["ISS"], a["SND.NXT"])


@pytest.mark.parametrize(
    ("segment", "state", "rules"),
    [
        ("<SEQ=101><ACK=401><DATA=2><CTL=ACK>", "ESTABLISHED", ("L-5", "D-1")),
        ("<SEQ=101><ACK=401><CTL=FIN,ACK>", "CLOSE-WAIT", ("L-5", "F-1")),
    ],
)
def test_text_and_fin_that_come_with_the_ack_are_taken(segment: str, state: str, rules: tuple[str, ...]) -> None:
    b = listener("syn-cookies")
    [answer] = b.get(segment)
    assert answer.startswith("<SEQ=401><ACK=10")
    assert (b.state, b.fired) == (state, rules)


@pytest.mark.parametrize(
    "segment",
    [
        "<SEQ=101><ACK=301><CTL=ACK>",
        "<SEQ=101><ACK=402><CTL=ACK>",
        "<SEQ=102><ACK=401><DATA=1><CTL=ACK>",
        "<SEQ=100><ACK=401><CTL=SYN,ACK>",
    ],
    ids=["no cookie", "another cookie", "not the number after the SYN", "a SYN"],
)
def test_any_other_ack_is_answered_by_a_rst(segment: str) -> None:
    b = listener("syn-cookies")
    [answer] = b.get(segment)
    assert answer.endswith("<CTL=RST>")
    assert b.state == "LISTEN"


def test_the_cookie_of_a_later_moment_is_another() -> None:
    b = listener("syn-cookies")
    b.get(SYN)
    b.isn = 500
    assert b.get("<SEQ=101><ACK=401><CTL=ACK>") == ["<SEQ=401><CTL=RST>"]


def test_a_cookie_that_forgets_the_syn_takes_any_number_for_the_first() -> None:
    b = listener("syn-cookies-unbound")
    assert b.get(SYN) == ["<SEQ=300><ACK=101><CTL=SYN,ACK>"]
    b.get("<SEQ=102><ACK=301><DATA=1><CTL=ACK>")
    assert (b.state, b["IRS"]) == ("ESTABLISHED", 101)


@pytest.mark.parametrize("variant", BACKLOGS)
def test_without_attack_a_backlog_of_one_is_enough_for_one_client(variant: str) -> None:
    a, b = Peer(variant, 100), listener(variant)
    shake_hands(a, b)
    assert (a.state, b.state) == ("ESTABLISHED", "ESTABLISHED")


@pytest.mark.parametrize(
    ("variant", "answers", "state"),
    [
        ("backlog-drop", [], "LISTEN"),
        ("backlog-drop-oldest", ["<SEQ=300><ACK=101><CTL=SYN,ACK>"], "SYN-RECEIVED"),
        ("backlog-reset", ["<SEQ=0><ACK=101><CTL=RST,ACK>"], "LISTEN"),
        ("syn-cookies", [COOKIE], "LISTEN"),
    ],
)
def test_what_a_syn_meets_after_a_spoofed_one(variant: str, answers: list[str], state: str) -> None:
    b = listener(variant)
    assert b.do("SPOOFED SYN") == []
    assert b.get(SYN) == answers
    assert b.state == state


@pytest.mark.parametrize("variant", ["backlog-drop", "backlog-reset"])
def test_the_spoofed_connection_times_out_and_the_next_syn_is_answered(variant: str) -> None:
    b = listener(variant)
    assert not b.can("HALF-OPEN TIMEOUT")
    b.do("SPOOFED SYN")
    assert not b.can("SPOOFED SYN"), "the slot is taken"
    b.do("HALF-OPEN TIMEOUT")
    assert b.get(SYN) == ["<SEQ=300><ACK=101><CTL=SYN,ACK>"]


def test_a_refused_client_gives_up_and_an_ignored_one_does_not() -> None:
    for variant, state in (("backlog-reset", "CLOSED"), ("backlog-drop", "SYN-SENT")):
        a, b = Peer(variant, 100), listener(variant)
        b.do("SPOOFED SYN")
        shake_hands(a, b)
        assert a.state == state


def test_evicting_the_oldest_lets_a_flood_evict_the_client_too() -> None:
    a, b = Peer("backlog-drop-oldest", 100), listener("backlog-drop-oldest")
    [syn] = a.do("OPEN", active=True)
    [answer] = b.get(syn)
    b.do("SPOOFED SYN")
    assert (b.state, b["BACKLOG.FULL"], b["ISS"]) == ("LISTEN", True, 0)
    [ack] = a.get(answer)
    assert b.get(ack) == ["<SEQ=301><CTL=RST>"]
    assert a.get("<SEQ=301><CTL=RST>") == []
    assert (a.state, a.told) == ("CLOSED", ["connection reset"])


@pytest.mark.parametrize("variant", BACKLOGS)
def test_an_established_connection_is_out_of_reach(variant: str) -> None:
    a, b = Peer(variant, 100), listener(variant)
    shake_hands(a, b)
    assert not b.can("SPOOFED SYN")


def test_a_spoofed_syn_does_nothing_to_a_half_open_connection_when_new_ones_are_dropped() -> None:
    for variant in ("backlog-drop", "backlog-reset", "syn-cookies"):
        b = Peer(variant, STATE="SYN-RECEIVED", ORIGIN="passive")
        assert not b.can("SPOOFED SYN")


@pytest.mark.parametrize("variant", BACKLOGS)
def test_a_listener_that_is_closed_forgets_its_backlog(variant: str) -> None:
    b = listener(variant)
    b.do("SPOOFED SYN")
    b.do("CLOSE")
    assert not b["BACKLOG.FULL"]
