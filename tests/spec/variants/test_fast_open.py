"""Text on the SYN: sent, delivered, acknowledged, sent again (RFC 7413)."""

from __future__ import annotations

from tests.spec.variants.hosts import Peer, shake_hands

SYN_WITH_TEXT = "<SEQ=100><DATA=2><CTL=SYN>"


def listener(variant: str = "tfo", **tcb: object) -> Peer:
    return Peer(variant, 300, STATE="LISTEN", ORIGIN="passive", **tcb)


def test_text_leaves_on_the_syn_and_is_delivered_and_acknowledged_by_the_syn_ack() -> None:
    a, b = Peer("tfo", 100), listener()
    assert a.do("OPEN", active=True, octets=2) == [SYN_WITH_TEXT]
    assert b.get(SYN_WITH_TEXT) == ["<SEQ=300><ACK=103><CTL=SYN,ACK>"]
    assert (b.state, b.told) == ("SYN-RECEIVED", ["octets delivered"])
    assert a.get("<SEQ=300><ACK=103><CTL=SYN,ACK>") == ["<SEQ=103><ACK=301><CTL=ACK>"]
    assert b.get("<SEQ=103><ACK=301><CTL=ACK>") == []
    assert (a.state, b.state) == ("ESTABLISHED", "ESTABLISHED")
    assert a["SND.UNA"] == a["SND.NXT"] == b["RCV.NXT"] == 103


def test_without_text_an_open_is_as_ever() -> None:
    a, b = Peer("tfo", 100), listener()
    shake_hands(a, b)
    assert (a.state, b.state, b["RCV.NXT"]) == ("ESTABLISHED", "ESTABLISHED", 101)


def test_the_syn_is_sent_again_with_its_text() -> None:
    a, b = Peer("tfo", 100), listener()
    a.do("OPEN", active=True, octets=2)
    assert a.do("RETRANSMISSION TIMEOUT") == [SYN_WITH_TEXT]
    b.get(SYN_WITH_TEXT)
    assert b.get(SYN_WITH_TEXT) == ["<SEQ=301><ACK=103><CTL=ACK>"]
    assert b.told == ["octets delivered"], "a listener that has not forgotten does not deliver it twice"


def test_text_that_the_syn_ack_does_not_acknowledge_is_sent_again_and_establishes_the_server() -> None:
    """The client's ACK stands behind that text: until then it lies beyond RCV.NXT."""
    a, b = Peer("tfo", 100), listener(RCV_WND=1)
    shake_hands(a, b, octets=2)
    assert (a.state, b.state, a["SND.UNA"]) == ("ESTABLISHED", "SYN-RECEIVED", 102)
    [again] = a.do("RETRANSMISSION TIMEOUT")
    assert again == "<SEQ=102><ACK=301><DATA=1><CTL=ACK>"
    assert b.get(again) == ["<SEQ=301><ACK=103><CTL=ACK>"]
    assert b.state == "ESTABLISHED"


def test_a_listener_without_fast_open_makes_the_client_send_its_text_again() -> None:
    a, b = Peer("tfo", 100), listener("three-way")
    shake_hands(a, b, octets=2)
    assert (a.state, b.state, b["RCV.NXT"]) == ("ESTABLISHED", "SYN-RECEIVED", 101)
    [again] = a.do("RETRANSMISSION TIMEOUT")
    assert again == "<SEQ=101><ACK=301><DATA=2><CTL=ACK>"
    assert b.get(again) == ["<SEQ=301><ACK=103><CTL=ACK>"]
    assert b.state == "ESTABLISHED"


def test_text_of_a_syn_fills_the_buffer_when_no_receive_waits() -> None:
    b = listener(RECEIVE_QUEUED=False)
    assert b.get(SYN_WITH_TEXT) == ["<SEQ=300><ACK=103><CTL=SYN,ACK>"]
    assert (b["RCV.USER"], b["RCV.WND"], b.told) == (2, 2, [])


def test_when_both_open_at_once_the_text_of_the_syns_is_sent_again() -> None:
    a, b = Peer("tfo", 100), Peer("tfo", 300)
    [from_a], [from_b] = a.do("OPEN", active=True, octets=1), b.do("OPEN", active=True)
    [answer_a], [answer_b] = a.get(from_b), b.get(from_a)
    [ack_a], [ack_b] = a.get(answer_b), b.get(answer_a)
    assert a.get(ack_b) == b.get(ack_a) == []
    assert (a.state, b.state) == ("ESTABLISHED", "SYN-RECEIVED")
    [again] = a.do("RETRANSMISSION TIMEOUT")
    assert again == "<SEQ=101><ACK=301><DATA=1><CTL=ACK>"
    assert b.get(again) == ["<SEQ=301><ACK=102><CTL=ACK>"]
    assert (b.state, b.told) == ("ESTABLISHED", ["octets delivered"])
