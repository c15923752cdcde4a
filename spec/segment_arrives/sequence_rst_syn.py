"""SEGMENT ARRIVES, other states, before the ACK field: RFC 9293 §3.10.7.4 first, second and fourth.

Ids Q- (sequence number), R- (RST bit), Y- (SYN bit).
"""

from __future__ import annotations

from spec.language import CONTINUE, lt, negated
from spec.vocabulary import (
    ACCEPTABLE,
    ORIGIN,
    OTHER,
    OTHER_STEPS,
    PURE_ACK,
    RCV,
    RST,
    SEG,
    SYN,
    SYN_IN_WINDOW,
    SYNCHRONIZED,
    ZERO_WINDOW_ALLOWANCE,
    TcpRule,
    has,
    lacks,
)

SEQUENCE_RULES: tuple[TcpRule, ...] = (
    TcpRule(
        id="Q-1",
        title="A RST that is not acceptable is dropped.",
        cite="RFC 9293 §3.10.7.4, first",
        on=OTHER_STEPS.SEQUENCE,
        state=OTHER,
        when=(negated(ACCEPTABLE), negated(ZERO_WINDOW_ALLOWANCE), has(RST)),
    ),
    TcpRule(
        id="Q-2",
        title="A segment that is not acceptable is answered by an ACK and dropped.",
        cite="RFC 9293 §3.10.7.4, first; §3.5.2, group 3",
        on=OTHER_STEPS.SEQUENCE,
        state=OTHER,
        when=(negated(ACCEPTABLE), negated(ZERO_WINDOW_ALLOWANCE), lacks(RST)),
        send=PURE_ACK,
    ),
    TcpRule(
        id="Q-5",
        title="With a zero window, what begins at RCV.NXT is answered by an ACK; its ACK field still counts.",
        cite="RFC 9293 §3.10.7.4, first (special allowance); §3.4, MUST-66",
        on=OTHER_STEPS.SEQUENCE,
        state=OTHER,
        when=(ZERO_WINDOW_ALLOWANCE, lacks(RST)),
        send=PURE_ACK,
        flow=CONTINUE,
        note="Text and FIN are not taken: the seventh and eighth steps ask for a window.",
    ),
    TcpRule(
        id="Q-3",
        title="What lies left of the window is trimmed.",
        cite="RFC 9293 §3.10.7.4, first (the idealized segment)",
        on=OTHER_STEPS.IDEALIZED,
        state=OTHER,
        when=(lt(SEG.SEQ, RCV.NXT),),
        flow=CONTINUE,
    ),
    TcpRule(
        id="Q-4",
        title="A segment that begins beyond RCV.NXT is not processed now.",
        cite="RFC 9293 §3.10.7.4, first (SHLD-31)",
        on=OTHER_STEPS.IDEALIZED,
        state=OTHER,
        when=(lt(RCV.NXT, SEG.SEQ), lacks(RST), lacks(SYN)),
        note="It SHOULD be held; here it is dropped and comes again by retransmission (docs/decisions/0007).",
    ),
)

RST_RULES: tuple[TcpRule, ...] = (
    TcpRule(
        id="R-0",
        title="A RST that begins left of the window is dropped, even if its text reaches into it.",
        cite="RFC 9293 §3.10.7.4, second, 1); RFC 5961 §3.2",
        on=OTHER_STEPS.RST,
        state=OTHER,
        when=(has(RST), lt(SEG.SEQ, RCV.NXT)),
    ),
    TcpRule(
        id="R-1",
        title="A RST in the window but not at RCV.NXT is answered by a challenge ACK.",
        cite="RFC 9293 §3.10.7.4, second, 3); RFC 5961 §3.2",
        on=OTHER_STEPS.RST,
        state=OTHER,
        when=(has(RST), lt(RCV.NXT, SEG.SEQ)),
        send=PURE_ACK,
    ),
    TcpRule(
        id="R-2",
        title="A RST returns a connection that came from a passive OPEN to LISTEN.",
        cite="RFC 9293 §3.10.7.4, second, SYN-RECEIVED; Figure 5, note 1",
        on=OTHER_STEPS.RST,
        state=("SYN-RECEIVED",),
        when=(has(RST), SEG.SEQ == RCV.NXT, ORIGIN == "passive"),
        goto="LISTEN",
    ),
    TcpRule(
        id="R-3",
        title="A RST refuses a connection that came from an active OPEN.",
        cite="RFC 9293 §3.10.7.4, second, SYN-RECEIVED",
        on=OTHER_STEPS.RST,
        state=("SYN-RECEIVED",),
        when=(has(RST), SEG.SEQ == RCV.NXT, ORIGIN == "active"),
        goto="CLOSED",
        signal="connection refused",
    ),
    TcpRule(
        id="R-4",
        title="A RST resets a connection that is still open in some direction.",
        cite="RFC 9293 §3.10.7.4, second, ESTABLISHED to CLOSE-WAIT",
        on=OTHER_STEPS.RST,
        state=("ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT"),
        when=(has(RST), SEG.SEQ == RCV.NXT),
        goto="CLOSED",
        signal="connection reset",
    ),
    TcpRule(
        id="R-5",
        title="A RST ends a connection that both ends have closed; in TIME-WAIT that is assassination.",
        cite="RFC 9293 §3.10.7.4, second, CLOSING to TIME-WAIT; RFC 1337",
        on=OTHER_STEPS.RST,
        state=("CLOSING", "LAST-ACK", "TIME-WAIT"),
        when=(has(RST), SEG.SEQ == RCV.NXT),
        goto="CLOSED",
    ),
)

SYN_RULES: tuple[TcpRule, ...] = (
    TcpRule(
        id="Y-1",
        title="A SYN in the window returns a passive SYN-RECEIVED to LISTEN.",
        cite="RFC 9293 §3.10.7.4, fourth, SYN-RECEIVED; RFC 1122 §4.2.2.20(e)",
        on=OTHER_STEPS.SYN,
        state=("SYN-RECEIVED",),
        when=(SYN_IN_WINDOW, ORIGIN == "passive"),
        goto="LISTEN",
    ),
    TcpRule(
        id="Y-2a",
        title="A SYN in an active SYN-RECEIVED is answered by a challenge ACK.",
        cite="RFC 9293 §3.10.7.4, fourth (RFC 5961 §4.2)",
        on=OTHER_STEPS.SYN,
        state=("SYN-RECEIVED",),
        when=(has(SYN), ORIGIN == "active"),
        send=PURE_ACK,
    ),
    TcpRule(
        id="Y-2",
        title="A SYN in a synchronized state is answered by a challenge ACK.",
        cite="RFC 9293 §3.10.7.4, fourth; RFC 5961 §4.2",
        on=OTHER_STEPS.SYN,
        state=SYNCHRONIZED,
        when=(has(SYN),),
        send=PURE_ACK,
    ),
)

RULES: tuple[TcpRule, ...] = (*SEQUENCE_RULES, *RST_RULES, *SYN_RULES)
