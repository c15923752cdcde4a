"""SEGMENT ARRIVES, LISTEN STATE: RFC 9293 §3.10.7.2, ids L-."""

from __future__ import annotations

from spec.vocabulary import (
    ACK,
    IRS,
    ISN,
    ISS,
    LISTEN_STEPS,
    RCV,
    RST,
    RST_FOR_ACK,
    SEG,
    SND,
    SYN,
    TcpRule,
    has,
    segment,
)

RULES: tuple[TcpRule, ...] = (
    TcpRule(
        id="L-1",
        title="A RST in LISTEN is ignored.",
        cite="RFC 9293 §3.10.7.2, first",
        on=LISTEN_STEPS.RST,
        state=("LISTEN",),
        when=(has(RST),),
    ),
    TcpRule(
        id="L-2",
        title="Any acknowledgment is bad in LISTEN: it is answered by a RST.",
        cite="RFC 9293 §3.10.7.2, second",
        on=LISTEN_STEPS.ACK,
        state=("LISTEN",),
        when=(has(ACK),),
        send=RST_FOR_ACK,
    ),
    TcpRule(
        id="L-3",
        title="A SYN in LISTEN is answered by SYN,ACK.",
        cite="RFC 9293 §3.10.7.2, third",
        on=LISTEN_STEPS.SYN,
        state=("LISTEN",),
        when=(has(SYN),),
        then=(
            RCV.NXT.becomes(SEG.SEQ + 1),
            IRS.becomes(SEG.SEQ),
            ISS.becomes(ISN),
            SND.NXT.becomes(ISN + 1),
            SND.UNA.becomes(ISN),
        ),
        send=segment(SEQ=ISS, ACK=RCV.NXT, CTL=SYN | ACK),
        goto="SYN-RECEIVED",
        note='"Any other control or text should be queued for processing later": not kept, so the peer sends it again.',
    ),
    TcpRule(
        id="L-4",
        title="Anything else should not be reached and is dropped.",
        cite="RFC 9293 §3.10.7.2, fourth",
        on=LISTEN_STEPS.OTHER,
        state=("LISTEN",),
    ),
)
