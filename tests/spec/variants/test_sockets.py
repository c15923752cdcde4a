"""When accept() and connect() return, and a listener that waits for accept() before it answers."""

from __future__ import annotations

import pytest

from tests.spec.variants.hosts import Peer, established, shake_hands

SYN = "<SEQ=100><CTL=SYN>"


def listener(variant: str) -> Peer:
    b = Peer(variant, 300)
    b.do("OPEN")
    return b


def test_each_call_returns_once_when_its_end_is_established() -> None:
    a, b = Peer("sockets", 100), listener("sockets")
    assert not a.can("CONNECT RETURNS")
    assert not b.can("ACCEPT")
    shake_hands(a, b)
    assert not a.can("ACCEPT")
    assert not b.can("CONNECT RETURNS")
    assert a.do("CONNECT RETURNS") == b.do("ACCEPT") == []
    assert (a.told, b.told) == (["connect returns"], ["accept returns"])
    assert not a.can("CONNECT RETURNS")
    assert not b.can("ACCEPT")


def test_neither_returns_before_established() -> None:
    a, b = Peer("sockets", 100), listener("sockets")
    [syn] = a.do("OPEN", active=True)
    b.get(syn)
    assert (a.state, b.state) == ("SYN-SENT", "SYN-RECEIVED")
    assert not a.can("CONNECT RETURNS")
    assert not b.can("ACCEPT")


def test_after_a_close_in_syn_received_accept_returns_only_when_the_syn_is_acknowledged() -> None:
    b = listener("sockets")
    b.get(SYN)
    b.do("CLOSE")
    assert b.state == "FIN-WAIT-1"
    assert not b.can("ACCEPT")
    b.get("<SEQ=101><ACK=301><CTL=ACK>")
    assert b.state == "FIN-WAIT-1"
    assert b.can("ACCEPT")


def test_a_connection_that_the_peer_has_closed_already_is_still_returned() -> None:
    a, b = Peer("sockets", 100), listener("sockets")
    shake_hands(a, b)
    [fin] = a.do("CLOSE")
    b.get(fin)
    assert b.state == "CLOSE-WAIT"
    b.do("ACCEPT")
    assert b.told == ["connection closing", "accept returns"]


def test_the_next_connection_is_returned_anew() -> None:
    b = established("sockets", send=301, receive=101, ORIGIN="passive", ACCEPTED=True)
    b.do("ABORT")
    assert not b["ACCEPTED"]


def test_a_gated_listener_drops_a_syn_until_accept_is_called_and_it_comes_again() -> None:
    a, b = Peer("accept-gate", 100), listener("accept-gate")
    [syn] = a.do("OPEN", active=True)
    assert b.get(syn) == []
    assert b.state == "LISTEN"
    b.do("ACCEPT CALLED")
    assert not b.can("ACCEPT CALLED"), "one call waits"
    assert a.do("RETRANSMISSION TIMEOUT") == [syn]
    assert b.get(syn) == ["<SEQ=300><ACK=101><CTL=SYN,ACK>"]


def test_a_call_of_accept_goes_on_waiting_when_a_half_open_connection_is_reset() -> None:
    b = listener("accept-gate")
    b.do("ACCEPT CALLED")
    b.get(SYN)
    b.get("<SEQ=101><CTL=RST>")
    assert (b.state, b["ACCEPT.WAITS"]) == ("LISTEN", True)
    b.do("CLOSE")
    assert not b["ACCEPT.WAITS"]


@pytest.mark.parametrize("variant", ["sockets", "accept-gate"])
def test_the_handshake_is_the_usual_one(variant: str) -> None:
    a, b = Peer(variant, 100), listener(variant)
    if variant == "accept-gate":
        b.do("ACCEPT CALLED")
    assert shake_hands(a, b) == 3
    assert (a.state, b.state) == ("ESTABLISHED", "ESTABLISHED")
