"""The figures of RFC 9293 as stories: what each line of a figure sends, and the states after it.

Figure 7 cannot happen as drawn; its story says where it stops, and how the connection opens all the same.
"""

from __future__ import annotations

import re
from typing import Any

from checker.concrete import ConcreteReader, Values
from spec.tcp import TCP
from spec.vocabulary import CALL_FIELDS

READER = ConcreteReader(TCP, 32, CALL_FIELDS)


class Peer:
    """A TCP peer whose next connection is numbered from `isn`; `tcb` says what it remembers already."""

    def __init__(self, isn: int, **tcb: str | int) -> None:
        known: dict[str, Any] = dict(zip(READER.index, READER.initial, strict=True))
        self.tcb: Values = tuple({**known, **{name.replace("_", "."): value for name, value in tcb.items()}}.values())
        self.isn = isn
        self.told: list[str] = []

    @property
    def state(self) -> str:
        return str(self.tcb[0])

    def do(self, event: str, *, active: bool = False, octets: int = 0) -> list[str]:
        """Let the user call or a timer expire; return the segments sent."""
        return self._run(event, None, {"ISN": self.isn, "OCTETS": octets, "ACTIVE": active, "REMOTE": True})

    def get(self, segment: str) -> list[str]:
        """Let a segment arrive; return the segments sent in answer."""
        fields: dict[str, Any] = {name: False if name.endswith(" bit") else 0 for name in TCP.message}
        for name, value in re.findall(r"<(\w+)=([^>]*)>", segment):
            bits = {f"{bit} bit": True for bit in value.split(",")}
            fields |= bits if name == "CTL" else {name: int(value)}
        call = {"ISN": self.isn, "OCTETS": 0, "ACTIVE": False, "REMOTE": True}
        return self._run("SEGMENT ARRIVES", tuple(fields.values()), call)

    def _run(self, event: str, segment: Values | None, call: dict[str, Any]) -> list[str]:
        outcome = READER.run(self.tcb, event, segment, tuple(call[name] for name in CALL_FIELDS))
        assert outcome is not None, f"{event} does nothing in {self.state}"
        self.tcb = outcome.tcb
        self.told += outcome.signals
        return [written(dict(zip(TCP.message, sent, strict=True))) for sent in outcome.sent]


def written(fields: dict[str, Any]) -> str:
    """Return a segment as the figures write it."""
    bits = [bit for bit in ("SYN", "RST", "FIN", "ACK") if fields[f"{bit} bit"]]
    shown = {"SEQ": True, "ACK": "ACK" in bits, "DATA": fields["DATA"] > 0}
    return "".join(f"<{name}={fields[name]}>" for name in shown if shown[name]) + f"<CTL={','.join(bits)}>"


def established(send: int, receive: int) -> Peer:
    """Return a peer in ESTABLISHED, "(send 300,receive 100)", everything it sent acknowledged."""
    numbers = {"ISS": send - 1, "IRS": receive - 1, "SND_UNA": send, "SND_NXT": send, "RCV_NXT": receive}
    return Peer(0, STATE="ESTABLISHED", ORIGIN="active", **numbers)


def test_figure_6_basic_three_way_handshake() -> None:
    a, b = Peer(100), Peer(300)
    assert b.do("OPEN") == []
    assert (a.state, b.state) == ("CLOSED", "LISTEN")  # 1

    assert a.do("OPEN", active=True) == ["<SEQ=100><CTL=SYN>"]  # 2
    assert a.state == "SYN-SENT"
    assert b.get("<SEQ=100><CTL=SYN>") == ["<SEQ=300><ACK=101><CTL=SYN,ACK>"]  # 3
    assert b.state == "SYN-RECEIVED"
    assert a.get("<SEQ=300><ACK=101><CTL=SYN,ACK>") == ["<SEQ=101><ACK=301><CTL=ACK>"]  # 4
    assert a.state == "ESTABLISHED"
    assert b.get("<SEQ=101><ACK=301><CTL=ACK>") == []
    assert b.state == "ESTABLISHED"

    assert a.do("SEND", octets=1) == ["<SEQ=101><ACK=301><DATA=1><CTL=ACK>"]  # 5
    assert b.get("<SEQ=101><ACK=301><DATA=1><CTL=ACK>") == ["<SEQ=301><ACK=102><CTL=ACK>"]
    assert b.told == ["octets delivered"]
    assert (a.state, b.state) == ("ESTABLISHED", "ESTABLISHED")


def simultaneous_open() -> tuple[Peer, Peer]:
    """Return both peers after line 5 of Figure 7, their SYN,ACKs on the way."""
    a, b = Peer(100), Peer(300)
    assert (a.state, b.state) == ("CLOSED", "CLOSED")  # 1
    assert a.do("OPEN", active=True) == ["<SEQ=100><CTL=SYN>"]  # 2
    assert a.state == "SYN-SENT"
    assert b.do("OPEN", active=True) == ["<SEQ=300><CTL=SYN>"]  # 3
    assert b.state == "SYN-SENT"
    assert a.get("<SEQ=300><CTL=SYN>") == ["<SEQ=100><ACK=301><CTL=SYN,ACK>"]  # 5
    assert a.state == "SYN-RECEIVED"
    assert b.get("<SEQ=100><CTL=SYN>") == ["<SEQ=300><ACK=101><CTL=SYN,ACK>"]  # 4, 6
    assert b.state == "SYN-RECEIVED"
    return a, b


def test_figure_7_cannot_pass_line_6() -> None:
    a, _ = simultaneous_open()
    # Line 6 has B's SYN,ACK lead A to ESTABLISHED. But its one number, 300, lies left of A's RCV.NXT, 301:
    # "If an incoming segment is not acceptable, an acknowledgment should be sent in reply" (§3.10.7.4 first).
    before = a.tcb
    assert a.get("<SEQ=300><ACK=101><CTL=SYN,ACK>") == ["<SEQ=101><ACK=301><CTL=ACK>"]
    assert a.state == "SYN-RECEIVED"
    assert a.tcb == before


def test_figure_7_ends_by_the_acknowledgments_of_both_syn_acks() -> None:
    a, b = simultaneous_open()
    assert a.get("<SEQ=300><ACK=101><CTL=SYN,ACK>") == ["<SEQ=101><ACK=301><CTL=ACK>"]
    assert b.get("<SEQ=100><ACK=301><CTL=SYN,ACK>") == ["<SEQ=301><ACK=101><CTL=ACK>"]
    assert (a.state, b.state) == ("SYN-RECEIVED", "SYN-RECEIVED")
    assert b.get("<SEQ=101><ACK=301><CTL=ACK>") == []
    assert a.get("<SEQ=301><ACK=101><CTL=ACK>") == []
    assert (a.state, b.state) == ("ESTABLISHED", "ESTABLISHED")


def test_figure_8_recovery_from_old_duplicate_syn() -> None:
    a, b = Peer(100), Peer(300)
    b.do("OPEN")  # 1
    assert a.do("OPEN", active=True) == ["<SEQ=100><CTL=SYN>"]  # 2, delayed
    assert b.get("<SEQ=90><CTL=SYN>") == ["<SEQ=300><ACK=91><CTL=SYN,ACK>"]  # 3, 4
    assert b.state == "SYN-RECEIVED"
    assert a.get("<SEQ=300><ACK=91><CTL=SYN,ACK>") == ["<SEQ=91><CTL=RST>"]  # 5
    assert a.state == "SYN-SENT"
    assert b.get("<SEQ=91><CTL=RST>") == []
    assert b.state == "LISTEN"
    b.isn = 400
    assert b.get("<SEQ=100><CTL=SYN>") == ["<SEQ=400><ACK=101><CTL=SYN,ACK>"]  # 6, 7
    assert b.state == "SYN-RECEIVED"
    assert a.get("<SEQ=400><ACK=101><CTL=SYN,ACK>") == ["<SEQ=101><ACK=401><CTL=ACK>"]  # 8
    assert b.get("<SEQ=101><ACK=401><CTL=ACK>") == []
    assert (a.state, b.state) == ("ESTABLISHED", "ESTABLISHED")
    assert (a.told, b.told) == ([], [])  # "The user need not be informed."


def test_figure_9_half_open_connection_discovery() -> None:
    a, b = Peer(400), established(send=300, receive=100)  # 1, 2
    assert (a.state, b.state) == ("CLOSED", "ESTABLISHED")
    assert a.do("OPEN", active=True) == ["<SEQ=400><CTL=SYN>"]  # 3
    assert b.get("<SEQ=400><CTL=SYN>") == ["<SEQ=300><ACK=100><CTL=ACK>"]  # 4
    assert b.state == "ESTABLISHED"
    assert a.get("<SEQ=300><ACK=100><CTL=ACK>") == ["<SEQ=100><CTL=RST>"]  # 5
    assert b.get("<SEQ=100><CTL=RST>") == []
    assert (a.state, b.state) == ("SYN-SENT", "CLOSED")  # 6
    assert b.told == ["connection reset"]
    assert a.do("RETRANSMISSION TIMEOUT") == ["<SEQ=400><CTL=SYN>"]  # 7
    assert a.state == "SYN-SENT"


def test_figure_10_active_side_causes_half_open_connection_discovery() -> None:
    a, b = Peer(400), established(send=300, receive=100)  # 1
    assert b.do("SEND", octets=10) == ["<SEQ=300><ACK=100><DATA=10><CTL=ACK>"]  # 2
    assert a.get("<SEQ=300><ACK=100><DATA=10><CTL=ACK>") == ["<SEQ=100><CTL=RST>"]  # 3
    assert b.get("<SEQ=100><CTL=RST>") == []
    assert (a.state, b.state) == ("CLOSED", "CLOSED")
    assert b.told == ["connection reset"]


def test_figure_11_old_duplicate_syn_initiates_a_reset_on_two_passive_sockets() -> None:
    a, b = Peer(100), Peer(300)  # Z is 90, X is 300
    a.do("OPEN")
    b.do("OPEN")
    assert (a.state, b.state) == ("LISTEN", "LISTEN")  # 1
    assert b.get("<SEQ=90><CTL=SYN>") == ["<SEQ=300><ACK=91><CTL=SYN,ACK>"]  # 2
    assert b.state == "SYN-RECEIVED"
    assert a.get("<SEQ=300><ACK=91><CTL=SYN,ACK>") == ["<SEQ=91><CTL=RST>"]  # 3
    assert b.get("<SEQ=91><CTL=RST>") == []  # 4
    assert (a.state, b.state) == ("LISTEN", "LISTEN")  # 5


def test_figure_12_normal_close_sequence() -> None:
    a, b = established(send=100, receive=300), established(send=300, receive=100)  # 1
    assert a.do("CLOSE") == ["<SEQ=100><ACK=300><CTL=FIN,ACK>"]  # 2
    assert a.state == "FIN-WAIT-1"
    assert b.get("<SEQ=100><ACK=300><CTL=FIN,ACK>") == ["<SEQ=300><ACK=101><CTL=ACK>"]  # 3
    assert b.state == "CLOSE-WAIT"
    assert a.get("<SEQ=300><ACK=101><CTL=ACK>") == []
    assert a.state == "FIN-WAIT-2"
    assert b.do("CLOSE") == ["<SEQ=300><ACK=101><CTL=FIN,ACK>"]  # 4
    assert b.state == "LAST-ACK"
    assert a.get("<SEQ=300><ACK=101><CTL=FIN,ACK>") == ["<SEQ=101><ACK=301><CTL=ACK>"]  # 5
    assert a.state == "TIME-WAIT"
    assert b.get("<SEQ=101><ACK=301><CTL=ACK>") == []
    assert b.state == "CLOSED"
    assert a.do("TIME-WAIT TIMEOUT") == []  # 6
    assert a.state == "CLOSED"
    assert b.told == ["connection closing"]


def test_figure_13_simultaneous_close_sequence() -> None:
    a, b = established(send=100, receive=300), established(send=300, receive=100)  # 1
    assert a.do("CLOSE") == ["<SEQ=100><ACK=300><CTL=FIN,ACK>"]  # 2
    assert b.do("CLOSE") == ["<SEQ=300><ACK=100><CTL=FIN,ACK>"]
    assert (a.state, b.state) == ("FIN-WAIT-1", "FIN-WAIT-1")
    assert a.get("<SEQ=300><ACK=100><CTL=FIN,ACK>") == ["<SEQ=101><ACK=301><CTL=ACK>"]  # 3
    assert b.get("<SEQ=100><ACK=300><CTL=FIN,ACK>") == ["<SEQ=301><ACK=101><CTL=ACK>"]
    assert (a.state, b.state) == ("CLOSING", "CLOSING")
    assert a.get("<SEQ=301><ACK=101><CTL=ACK>") == []
    assert b.get("<SEQ=101><ACK=301><CTL=ACK>") == []
    assert (a.state, b.state) == ("TIME-WAIT", "TIME-WAIT")  # 4
    assert a.do("TIME-WAIT TIMEOUT") == []
    assert b.do("TIME-WAIT TIMEOUT") == []
    assert (a.state, b.state) == ("CLOSED", "CLOSED")
