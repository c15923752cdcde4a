"""The handshake of SCTP said with TCP's segments: SYN, SYN,ACK, SYN,ACK, ACK (RFC 9260 §5.1)."""

from __future__ import annotations

import pytest

from tests.spec.variants.hosts import Peer, shake_hands

ECHO = "<SEQ=100><ACK=401><CTL=SYN,ACK>"
COOKIE_ACK = "<SEQ=401><ACK=101><CTL=ACK>"


def pair() -> tuple[Peer, Peer]:
    return Peer("four-way-cookie", 100), Peer("four-way-cookie", 300, STATE="LISTEN", ORIGIN="passive")


def test_the_client_is_established_by_the_fourth_segment() -> None:
    a, b = pair()
    [syn] = a.do("OPEN", active=True)
    [cookie] = b.get(syn)
    assert (a.state, b.state) == ("SYN-SENT", "LISTEN")
    assert a.get(cookie) == [ECHO]
    assert (a.state, b.state) == ("SYN-RECEIVED", "LISTEN")
    assert b.get(ECHO) == [COOKIE_ACK]
    assert (a.state, b.state) == ("SYN-RECEIVED", "ESTABLISHED")
    assert a.get(COOKIE_ACK) == []
    assert (a.state, b.state) == ("ESTABLISHED", "ESTABLISHED")
    assert (a["IRS"], a["RCV.NXT"]) == (b["ISS"], b["SND.NXT"]) == (400, 401)
    assert (b["IRS"], b["RCV.NXT"]) == (a["ISS"], a["SND.NXT"]) == (100, 101)
    assert a["SND.UNA"] == 101


def test_a_lost_cookie_ack_is_given_again_when_the_echo_is_sent_again() -> None:
    a, b = pair()
    [syn] = a.do("OPEN", active=True)
    [cookie] = b.get(syn)
    a.get(cookie)
    b.get(ECHO)  # its answer is lost
    assert a.do("RETRANSMISSION TIMEOUT") == [ECHO]
    assert b.get(ECHO) == [COOKIE_ACK]
    a.get(COOKIE_ACK)
    assert (a.state, b.state) == ("ESTABLISHED", "ESTABLISHED")


def test_the_ack_of_a_repeated_cookie_echoes_it_too() -> None:
    a, b = pair()
    [syn] = a.do("OPEN", active=True)
    [cookie] = b.get(syn)
    a.get(cookie)
    assert a.get(cookie) == ["<SEQ=101><ACK=401><CTL=ACK>"]
    assert b.get("<SEQ=101><ACK=401><CTL=ACK>") == [COOKIE_ACK]
    assert b.get(ECHO) == [COOKIE_ACK]
    a.get(COOKIE_ACK)
    assert (a.state, b.state) == ("ESTABLISHED", "ESTABLISHED")


def test_text_that_comes_with_the_echo_is_acknowledged_once() -> None:
    _, b = pair()
    assert b.get("<SEQ=101><ACK=401><DATA=2><CTL=ACK>") == ["<SEQ=401><ACK=103><CTL=ACK>"]
    assert b.fired == ("L-5f", "D-1")


@pytest.mark.parametrize("segment", ["<SEQ=100><ACK=402><CTL=SYN,ACK>", "<SEQ=102><ACK=401><CTL=ACK>"])
def test_what_echoes_no_cookie_is_answered_by_a_rst(segment: str) -> None:
    _, b = pair()
    [answer] = b.get(segment)
    assert answer.endswith("<CTL=RST>")
    assert b.state == "LISTEN"


def test_a_client_whose_cookie_is_no_longer_valid_is_refused() -> None:
    a, b = pair()
    [syn] = a.do("OPEN", active=True)
    [cookie] = b.get(syn)
    [echo] = a.get(cookie)
    b.isn = 500
    [rst] = b.get(echo)
    assert a.get(rst) == []
    assert (a.state, a.told) == ("CLOSED", ["connection refused"])


def test_a_simultaneous_open_is_as_ever() -> None:
    a, b = Peer("four-way-cookie", 100), Peer("four-way-cookie", 300)
    [from_a], [from_b] = a.do("OPEN", active=True), b.do("OPEN", active=True)
    [answer_a], [answer_b] = a.get(from_b), b.get(from_a)
    [ack_a], [ack_b] = a.get(answer_b), b.get(answer_a)
    assert a.get(ack_b) == b.get(ack_a) == []
    assert (a.state, b.state) == ("ESTABLISHED", "ESTABLISHED")


def test_handshakes_without_faults_take_the_number_of_segments_that_they_are_named_after() -> None:
    names = ("two-way", "three-way", "four-way-cookie", "syn-cookies")
    counts = {name: segments_of(name) for name in names}
    assert counts == {"two-way": 2, "three-way": 3, "four-way-cookie": 4, "syn-cookies": 3}


def segments_of(variant: str) -> int:
    """Return how many segments leave until both ends are ESTABLISHED."""
    a, b = Peer(variant, 100), Peer(variant, 300, STATE="LISTEN", ORIGIN="passive")
    total = shake_hands(a, b)
    assert (a.state, b.state) == ("ESTABLISHED", "ESTABLISHED")
    return total
