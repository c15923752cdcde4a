"""SEGMENT ARRIVES, SYN-SENT STATE: RFC 9293 §3.10.7.3, ids SS-."""

from __future__ import annotations

from spec.language import any_of, continue_at, leq, lt
from spec.vocabulary import (
    ACK,
    IRS,
    ISS,
    OTHER_STEPS,
    PURE_ACK,
    RCV,
    RST,
    RST_FOR_ACK,
    SEG,
    SND,
    SYN,
    SYN_SENT_STEPS,
    TcpRule,
    has,
    lacks,
    segment,
)

BAD_ACK = any_of(leq(SEG.ACK, ISS), lt(SND.NXT, SEG.ACK))
"""SEG.ACK =< ISS or SEG.ACK > SND.NXT."""

RULES: tuple[TcpRule, ...] = (
    TcpRule(
        id="SS-1",
        title="A RST whose ACK is not acceptable is dropped.",
        cite="RFC 9293 §3.10.7.3, first",
        on=SYN_SENT_STEPS.ACK,
        state=("SYN-SENT",),
        when=(has(ACK), BAD_ACK, has(RST)),
    ),
    TcpRule(
        id="SS-2",
        title="An ACK of something never sent is answered by a RST.",
        cite="RFC 9293 §3.10.7.3, first; Figures 8 and 9",
        on=SYN_SENT_STEPS.ACK,
        state=("SYN-SENT",),
        when=(has(ACK), BAD_ACK, lacks(RST)),
        send=RST_FOR_ACK,
    ),
    TcpRule(
        id="SS-3",
        title="A RST that acknowledges our SYN refuses the connection.",
        cite="RFC 9293 §3.10.7.3, second",
        on=SYN_SENT_STEPS.RST,
        state=("SYN-SENT",),
        when=(has(RST), has(ACK)),
        goto="CLOSED",
        signal="error: connection reset",
        note="The RFC 5961 paragraph before this one compares with RCV.NXT, which SYN-SENT has not (erratum 8167).",
    ),
    TcpRule(
        id="SS-4",
        title="A RST without an ACK is dropped.",
        cite="RFC 9293 §3.10.7.3, second",
        on=SYN_SENT_STEPS.RST,
        state=("SYN-SENT",),
        when=(has(RST), lacks(ACK)),
    ),
    TcpRule(
        id="SS-5",
        title="A SYN,ACK of our SYN establishes the connection.",
        cite="RFC 9293 §3.10.7.3, fourth",
        on=SYN_SENT_STEPS.SYN,
        state=("SYN-SENT",),
        when=(has(SYN), has(ACK)),
        then=(RCV.NXT.becomes(SEG.SEQ + 1), IRS.becomes(SEG.SEQ), SND.UNA.becomes(SEG.ACK)),
        send=PURE_ACK,
        goto="ESTABLISHED",
        flow=continue_at(OTHER_STEPS.TEXT),
        note="The sixth step, where the RFC continues, is URG, which is not modelled.",
    ),
    TcpRule(
        id="SS-6",
        title="A SYN alone means simultaneous open: it is answered by SYN,ACK.",
        cite="RFC 9293 §3.10.7.3, fourth; §3.5 Figure 7",
        on=SYN_SENT_STEPS.SYN,
        state=("SYN-SENT",),
        when=(has(SYN), lacks(ACK)),
        then=(RCV.NXT.becomes(SEG.SEQ + 1), IRS.becomes(SEG.SEQ)),
        send=segment(SEQ=ISS, ACK=RCV.NXT, CTL=SYN | ACK),
        goto="SYN-RECEIVED",
        note='"If there are other controls or text in the segment, queue them": not kept; the peer sends them again.',
    ),
    TcpRule(
        id="SS-7",
        title="A segment with neither SYN nor RST is dropped, even if its ACK is acceptable.",
        cite="RFC 9293 §3.10.7.3, fifth",
        on=SYN_SENT_STEPS.OTHER,
        state=("SYN-SENT",),
        when=(lacks(SYN), lacks(RST)),
    ),
)
