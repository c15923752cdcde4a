"""Timeouts: RFC 9293 §3.10.8 and R2 of §3.8.3, ids T-. When they fire is the environment's choice."""

from __future__ import annotations

from spec.language import count, negated
from spec.vocabulary import (
    ACK,
    CLOSE_QUEUED,
    FIN,
    ISS,
    R2_REACHED,
    RCV,
    RETRANSMISSION_TIMEOUT,
    SND,
    STATES,
    SYN,
    TIME_WAIT_TIMEOUT,
    USER_TIMEOUT,
    State,
    TcpRule,
    segment,
)

_FIN_STATES: tuple[State, ...] = ("FIN-WAIT-1", "CLOSING", "LAST-ACK")
OUTSTANDING = SND.NXT - SND.UNA
"""How many sequence numbers are sent and not acknowledged: the retransmission queue's extent."""
FIN_SENT = count(negated(CLOSE_QUEUED))
"""In FIN-WAIT-1, CLOSING and LAST-ACK: 1 when our FIN has its number, 0 while it is queued."""

RETRANSMISSION_RULES: tuple[TcpRule, ...] = (
    TcpRule(
        id="T-2a",
        title="The SYN is sent again.",
        cite="RFC 9293 §3.10.8, RETRANSMISSION TIMEOUT",
        on=RETRANSMISSION_TIMEOUT,
        state=("SYN-SENT",),
        send=segment(SEQ=ISS, CTL=SYN),
    ),
    TcpRule(
        id="T-2b",
        title="The SYN,ACK is sent again.",
        cite="RFC 9293 §3.10.8, RETRANSMISSION TIMEOUT",
        on=RETRANSMISSION_TIMEOUT,
        state=("SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "CLOSE-WAIT", "CLOSING", "LAST-ACK"),
        when=(SND.UNA == ISS,),
        send=segment(SEQ=ISS, ACK=RCV.NXT, CTL=SYN | ACK),
        note="Beyond SYN-RECEIVED: after a CLOSE there, or in variants, our SYN is still the front of the queue.",
    ),
    TcpRule(
        id="T-2c",
        title="Unacknowledged text is sent again.",
        cite="RFC 9293 §3.10.8, RETRANSMISSION TIMEOUT",
        on=RETRANSMISSION_TIMEOUT,
        state=("ESTABLISHED", "CLOSE-WAIT"),
        when=(SND.UNA != ISS, OUTSTANDING > 0),
        send=segment(SEQ=SND.UNA, ACK=RCV.NXT, CTL=ACK, DATA=OUTSTANDING),
        note="As one segment: the RFC lets a sender repacketize.",
    ),
    TcpRule(
        id="T-2e",
        title="Unacknowledged text before our FIN is sent again.",
        cite="RFC 9293 §3.10.8, RETRANSMISSION TIMEOUT; §3.6, case 1",
        on=RETRANSMISSION_TIMEOUT,
        state=_FIN_STATES,
        when=(SND.UNA != ISS, OUTSTANDING > FIN_SENT),
        send=segment(SEQ=SND.UNA, ACK=RCV.NXT, CTL=ACK, DATA=OUTSTANDING - FIN_SENT),
    ),
    TcpRule(
        id="T-2d",
        title="The FIN is sent again.",
        cite="RFC 9293 §3.10.8, RETRANSMISSION TIMEOUT; §3.10.4",
        on=RETRANSMISSION_TIMEOUT,
        state=_FIN_STATES,
        when=(SND.UNA != ISS, OUTSTANDING == 1, negated(CLOSE_QUEUED)),
        send=segment(SEQ=SND.UNA, ACK=RCV.NXT, CTL=FIN | ACK),
    ),
)

RULES: tuple[TcpRule, ...] = (
    TcpRule(
        id="T-1",
        title="A user timeout aborts the connection without a reset.",
        cite="RFC 9293 §3.10.8, USER TIMEOUT",
        on=USER_TIMEOUT,
        state=STATES[1:],
        goto="CLOSED",
        signal="error: connection aborted due to user timeout",
    ),
    *RETRANSMISSION_RULES,
    TcpRule(
        id="T-3",
        title="After R2 retransmissions the connection is closed.",
        cite="RFC 9293 §3.8.3, MUST-20 and MUST-23",
        on=R2_REACHED,
        state=("SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "CLOSE-WAIT", "CLOSING", "LAST-ACK"),
        when=(OUTSTANDING > 0,),
        goto="CLOSED",
        note="How the user is told is not said (§3.9.1.8).",
    ),
    TcpRule(
        id="T-4",
        title="When the 2 MSL wait is over the TCB is deleted.",
        cite="RFC 9293 §3.10.8, TIME-WAIT TIMEOUT",
        on=TIME_WAIT_TIMEOUT,
        state=("TIME-WAIT",),
        goto="CLOSED",
    ),
)
