"""What begins beyond RCV.NXT is held and taken when the gap is filled (SHLD-31)."""

from __future__ import annotations

from itertools import permutations, product

import pytest

from tests.spec.variants.hosts import Peer, established

ACK_301 = "<SEQ=101><ACK=301><CTL=ACK>"


def receiver(**tcb: object) -> Peer:
    return established("hold", send=101, receive=301, **tcb)


def test_text_beyond_a_gap_is_acknowledged_held_and_delivered_with_the_text_that_fills_it() -> None:
    peer = receiver()
    assert peer.get("<SEQ=302><ACK=101><DATA=2><CTL=ACK>") == [ACK_301]
    assert (peer["RCV.NXT"], peer.told) == (301, [])
    assert peer.get("<SEQ=301><ACK=101><DATA=1><CTL=ACK>") == ["<SEQ=101><ACK=304><CTL=ACK>"]
    assert peer.fired == ("A-3d", "D-1h", "H-3", "H-4")
    assert peer.told == ["octets delivered", "octets delivered"]
    assert peer["HELD.LEN"] == 0


@pytest.mark.parametrize(
    ("state", "nxt", "after", "rule"),
    [
        ("ESTABLISHED", 101, "CLOSE-WAIT", "F-1h"),
        ("FIN-WAIT-1", 102, "CLOSING", "F-2h"),
        ("FIN-WAIT-2", 101, "TIME-WAIT", "F-3h"),
    ],
)
def test_a_fin_beyond_a_gap_is_held_and_moves_the_state_when_the_gap_is_filled(
    state: str, nxt: int, after: str, rule: str
) -> None:
    peer = receiver(STATE=state, SND_NXT=nxt)
    peer.get("<SEQ=303><ACK=101><CTL=FIN,ACK>")
    assert (peer.state, peer.told) == (state, ["ok"] if state == "FIN-WAIT-2" else [])
    assert peer.get("<SEQ=301><ACK=101><DATA=2><CTL=ACK>") == [f"<SEQ={nxt}><ACK=304><CTL=ACK>"]
    assert (peer.state, peer.fired[-1]) == (after, rule)
    assert peer.told[-1] == "connection closing"
    assert not peer["HELD.FIN"]


def test_the_acknowledgment_in_a_held_segment_counts_at_once() -> None:
    peer = receiver(STATE="FIN-WAIT-1", SND_NXT=102)
    peer.get("<SEQ=302><ACK=102><CTL=FIN,ACK>")
    assert peer.state == "FIN-WAIT-2"
    peer.get("<SEQ=301><ACK=101><DATA=1><CTL=ACK>")
    assert peer.state == "TIME-WAIT"


def test_in_syn_received_the_segment_beyond_the_gap_establishes_and_is_held() -> None:
    peer = receiver(STATE="SYN-RECEIVED", ORIGIN="passive", SND_UNA=100, SND_NXT=101)
    assert peer.get("<SEQ=302><ACK=101><DATA=1><CTL=ACK>") == [ACK_301]
    assert (peer.state, peer["HELD.SEQ"], peer["HELD.LEN"]) == ("ESTABLISHED", 302, 1)


def test_in_syn_received_nothing_is_held_of_a_segment_whose_acknowledgment_is_bad() -> None:
    peer = receiver(STATE="SYN-RECEIVED", ORIGIN="passive", SND_UNA=100, SND_NXT=101)
    assert peer.get("<SEQ=302><ACK=90><DATA=1><CTL=ACK>") == ["<SEQ=90><CTL=RST>"]
    assert peer["HELD.LEN"] == 0


def test_what_is_held_is_trimmed_to_the_window_and_a_fin_outside_it_is_not_held() -> None:
    peer = receiver()
    peer.get("<SEQ=303><ACK=101><DATA=2><CTL=FIN,ACK>")
    assert (peer["HELD.LEN"], peer["HELD.FIN"]) == (2, False)
    peer = receiver()
    peer.get("<SEQ=303><ACK=101><DATA=1><CTL=FIN,ACK>")
    assert (peer["HELD.LEN"], peer["HELD.FIN"]) == (1, True)
    peer = receiver()
    peer.get("<SEQ=304><ACK=101><DATA=3><CTL=ACK>")
    assert (peer["HELD.SEQ"], peer["HELD.LEN"]) == (304, 1)


def test_while_a_block_is_held_another_segment_beyond_the_gap_is_dropped_with_an_ack() -> None:
    peer = receiver()
    peer.get("<SEQ=303><ACK=101><DATA=1><CTL=ACK>")
    assert peer.get("<SEQ=302><ACK=101><DATA=1><CTL=ACK>") == [ACK_301]
    assert (peer["HELD.SEQ"], peer["HELD.LEN"]) == (303, 1)
    assert peer.get("<SEQ=301><ACK=101><DATA=1><CTL=ACK>") == ["<SEQ=101><ACK=302><CTL=ACK>"]
    assert peer.get("<SEQ=302><ACK=101><DATA=1><CTL=ACK>") == ["<SEQ=101><ACK=304><CTL=ACK>"]


def test_a_segment_without_text_or_fin_beyond_the_gap_is_dropped_without_an_answer() -> None:
    peer = receiver()
    assert peer.get("<SEQ=302><ACK=101><CTL=ACK>") == []
    assert peer.fired == ("Q-4",)


def test_where_segment_and_block_overlap_the_segment_wins_and_the_rest_of_the_block_follows() -> None:
    """RFC 1337 Figure 2, lines 3 to 6: 80 octets from 560 lurk until 500 to 599 overlap them."""
    peer = established("hold", send=101, receive=500, RCV_WND=1000)
    peer.get("<SEQ=560><ACK=101><DATA=80><CTL=ACK>")
    assert peer.get("<SEQ=500><ACK=101><DATA=100><CTL=ACK>") == ["<SEQ=101><ACK=640><CTL=ACK>"]


def test_a_block_that_a_longer_segment_has_overtaken_is_let_go_also_its_fin() -> None:
    peer = receiver()
    peer.get("<SEQ=302><ACK=101><CTL=FIN,ACK>")
    assert peer.get("<SEQ=301><ACK=101><DATA=3><CTL=ACK>") == ["<SEQ=101><ACK=304><CTL=ACK>"]
    assert (peer.state, peer["HELD.FIN"]) == ("ESTABLISHED", False)


def test_held_text_fills_the_buffer_when_no_receive_waits() -> None:
    peer = receiver(RECEIVE_QUEUED=False)
    peer.get("<SEQ=302><ACK=101><DATA=2><CTL=ACK>")
    assert peer.get("<SEQ=301><ACK=101><DATA=1><CTL=ACK>") == ["<SEQ=101><ACK=304><CTL=ACK>"]
    assert (peer["RCV.USER"], peer["RCV.WND"], peer.told) == (3, 1, [])


@pytest.mark.parametrize("call", ["ABORT", "USER TIMEOUT"])
def test_a_deleted_tcb_holds_nothing(call: str) -> None:
    peer = receiver()
    peer.get("<SEQ=302><ACK=101><DATA=1><CTL=ACK>")
    peer.do(call)
    assert (peer.state, peer["HELD.SEQ"], peer["HELD.LEN"]) == ("CLOSED", 0, 0)


def test_a_fin_at_rcv_nxt_lets_go_what_is_held_beyond_it() -> None:
    peer = receiver()
    peer.get("<SEQ=303><ACK=101><DATA=1><CTL=ACK>")
    peer.get("<SEQ=301><ACK=101><CTL=FIN,ACK>")
    assert (peer.state, peer["HELD.LEN"]) == ("CLOSE-WAIT", 0)


SENT = ["<SEQ=301><ACK=101><DATA=1><CTL=ACK>", "<SEQ=302><ACK=101><DATA=2><CTL=ACK>", "<SEQ=304><ACK=101><CTL=FIN,ACK>"]


@pytest.mark.parametrize(("order", "reads"), [*product(permutations(SENT), [True, False])])
def test_in_whatever_order_and_however_often_segments_arrive_the_result_is_that_of_arriving_in_order(
    order: tuple[str, ...], *, reads: bool
) -> None:
    ordered, shuffled = (receiver(RECEIVE_QUEUED=reads) for _ in range(2))
    for segment in SENT:
        ordered.get(segment)
    for segment in order * 2:  # what is dropped comes again
        shuffled.get(segment)
    assert ordered.state == "CLOSE-WAIT"
    assert shuffled.tcb == ordered.tcb
