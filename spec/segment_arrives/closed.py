"""SEGMENT ARRIVES, CLOSED STATE: RFC 9293 §3.10.7.1, ids C-."""

from __future__ import annotations

from spec.vocabulary import ACK, CLOSED_STEPS, RST, RST_FOR_ACK, RST_FOR_NO_ACK, TcpRule, has, lacks

RULES: tuple[TcpRule, ...] = (
    TcpRule(
        id="C-1",
        title="A RST to a connection that does not exist is discarded.",
        cite="RFC 9293 §3.10.7.1",
        on=CLOSED_STEPS.ANY,
        state=("CLOSED",),
        when=(has(RST),),
    ),
    TcpRule(
        id="C-2a",
        title="A segment without an ACK to a connection that does not exist is answered by RST,ACK.",
        cite="RFC 9293 §3.10.7.1; §3.5.2, group 1",
        on=CLOSED_STEPS.ANY,
        state=("CLOSED",),
        when=(lacks(RST), lacks(ACK)),
        send=RST_FOR_NO_ACK,
    ),
    TcpRule(
        id="C-2b",
        title="A segment with an ACK to a connection that does not exist is answered by a RST it will believe.",
        cite="RFC 9293 §3.10.7.1; §3.5.2, group 1",
        on=CLOSED_STEPS.ANY,
        state=("CLOSED",),
        when=(lacks(RST), has(ACK)),
        send=RST_FOR_ACK,
    ),
)
