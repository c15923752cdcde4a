"""The calls of the socket layer: in order, out of order, and what close() and a full accept queue do."""

from __future__ import annotations

import pytest

from tests.spec.variants.hosts import Peer

SYN = "<SEQ=100><CTL=SYN>"
ACK = "<SEQ=101><ACK=301><CTL=ACK>"
TEXT = "<SEQ=301><ACK=102><DATA=1><CTL=ACK>"


def peer(*calls: str, isn: int = 100) -> Peer:
    end = Peer("socket-calls", isn)
    for call in calls:
        end.do(call)
    return end


def listener(*more: str) -> Peer:
    return peer("socket()", "bind()", "listen()", *more, isn=300)


def server() -> Peer:
    """Return the server's end of a connection that accept() has returned."""
    b = listener()
    b.get(SYN)
    b.get(ACK)
    b.do("ACCEPT")
    return b


def client(*more: str) -> Peer:
    """Return the client's end of a connection, whose user goes on to make some calls."""
    a = peer("socket()", "connect()")
    a.get("<SEQ=300><ACK=101><CTL=SYN,ACK>")
    for call in more:
        a.do(call)
    return a


def test_socket_and_bind_leave_an_end_closed_and_listen_makes_it_listen() -> None:
    b = peer(isn=300)
    for call, state in (("socket()", "CLOSED"), ("bind()", "CLOSED"), ("listen()", "LISTEN")):
        assert b.do(call) == []
        assert b.state == state
    assert (b["ORIGIN"], b.told) == ("passive", [])


def test_connect_sends_a_syn_and_binds_by_itself() -> None:
    a = peer("socket()")
    assert a.do("connect()") == [SYN]
    assert (a.state, a["DESCRIPTOR"]) == ("SYN-SENT", "bound")


def test_a_syn_is_answered_without_accept_which_returns_what_is_established() -> None:
    b = listener()
    assert b.get(SYN) == ["<SEQ=300><ACK=101><CTL=SYN,ACK>"]
    assert not b.can("ACCEPT")
    b.get(ACK)
    b.do("ACCEPT")
    assert (b.state, b.told) == ("ESTABLISHED", ["accept returns"])
    assert not b.can("ACCEPT")


REFUSED = [
    (peer(), "bind()", "EBADF"),
    (peer(), "listen()", "EBADF"),
    (peer(), "connect()", "EBADF"),
    (peer(), "accept()", "EBADF"),
    (peer(), "shutdown()", "EBADF"),
    (peer(), "close()", "EBADF"),
    (peer("socket()"), "socket()", "EMFILE"),
    (peer("socket()"), "listen()", "EDESTADDRREQ"),
    (peer("socket()"), "accept()", "EINVAL"),
    (peer("socket()"), "shutdown()", "ENOTCONN"),
    (peer("socket()", "bind()"), "bind()", "EINVAL"),
    (peer("socket()", "connect()"), "connect()", "EALREADY"),
    (peer("socket()", "connect()"), "shutdown()", "ENOTCONN"),
    (listener(), "connect()", "EOPNOTSUPP"),
    (listener(), "shutdown()", "ENOTCONN"),
    (client(), "connect()", "EISCONN"),
    (client(), "listen()", "EINVAL"),
    (client(), "accept()", "EINVAL"),
    (server(), "listen()", "EINVAL"),
]


@pytest.mark.parametrize(("end", "call", "error"), REFUSED, ids=[f"{e.state} {c} {x}" for e, c, x in REFUSED])
def test_a_call_out_of_order_is_refused_and_changes_nothing(end: Peer, call: str, error: str) -> None:
    before = end.tcb
    assert end.do(call) == []
    assert (end.told[-1], end.tcb) == (f"error: {error}", before)


def test_listening_again_and_waiting_in_accept_change_nothing() -> None:
    b = listener()
    before = b.tcb
    assert b.do("listen()") == b.do("accept()") == []
    assert (b.tcb, b.told) == (before, [])


def test_after_shutdown_text_is_taken_and_after_close_it_is_answered_by_a_reset() -> None:
    shut = client("shutdown()")
    assert shut.get(TEXT) == ["<SEQ=102><ACK=302><CTL=ACK>"]
    assert (shut.state, shut.told) == ("FIN-WAIT-2", ["ok", "octets delivered"])
    gone = client("close()")
    assert gone.get(TEXT) == ["<SEQ=102><CTL=RST>"]
    assert (gone.state, gone["DESCRIPTOR"]) == ("CLOSED", "none")


@pytest.mark.parametrize("call", ["shutdown()", "close()"])
def test_either_sends_the_fin_of_a_close(call: str) -> None:
    a = client()
    assert a.do(call) == ["<SEQ=101><ACK=301><CTL=FIN,ACK>"]
    assert a.state == "FIN-WAIT-1"


def test_the_fin_is_not_sent_twice() -> None:
    a = client("shutdown()")
    assert a.do("shutdown()") == a.do("close()") == []
    assert a.state == "FIN-WAIT-1"
    assert a.get(TEXT) == ["<SEQ=102><CTL=RST>"], "close() after shutdown() stops reading too"


def test_a_close_of_what_is_not_connected_leaves_nothing() -> None:
    for end in (peer("socket()"), listener(), peer("socket()", "connect()")):
        assert end.do("close()") == []
        assert (end.state, end["DESCRIPTOR"], end["ORIGIN"]) == ("CLOSED", "none", "none")


def test_closing_the_listener_aborts_a_connection_that_nobody_has_accepted() -> None:
    b = listener()
    b.get(SYN)
    b.get(ACK)
    assert b.do("close()") == ["<SEQ=301><CTL=RST>"]
    assert b.state == "CLOSED"


def test_beyond_a_full_accept_queue_a_connection_stays_half_open_until_there_is_room() -> None:
    b = listener()
    b.get(SYN)
    b.do("OTHER CONNECTION")
    assert not b.can("OTHER CONNECTION"), "there is room for one"
    assert b.get(ACK) == []
    assert (b.state, b.fired) == ("SYN-RECEIVED", ("A-1q",))
    b.do("ACCEPT")
    assert (b.state, b.told) == ("SYN-RECEIVED", ["accept returns another connection"])
    assert b.do("RETRANSMISSION TIMEOUT") == ["<SEQ=300><ACK=101><CTL=SYN,ACK>"]
    b.get(ACK)
    b.do("ACCEPT")
    assert (b.state, b.told[-1]) == ("ESTABLISHED", "accept returns")


def test_an_open_is_all_the_calls_that_lead_to_it() -> None:
    b = peer(isn=300)
    b.do("OPEN")
    assert (b.state, b["DESCRIPTOR"]) == ("LISTEN", "bound")
    assert b.do("connect()") == []
    assert b.told == ["error: EOPNOTSUPP"]
