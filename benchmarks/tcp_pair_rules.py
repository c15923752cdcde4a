"""The rules of TcpPair: a connection lifecycle small enough to be written for other checkers by hand.

They follow RFC 9293 §3.10 without data, windows, options, simultaneous open, user abort and clocks. Only
SYN and FIN take a sequence number and the receive window is one number. What an end is and may do (opens
actively or listens, its first initial sequence number, how many incarnations) are variables that no rule
assigns.
"""

from __future__ import annotations

from spec.language import (
    CONTINUE,
    SEG,
    SEQ,
    Event,
    Message,
    Relation,
    Rule,
    SeqExpr,
    Step,
    Variable,
    bool_var,
    enum,
    enum_var,
    name_of,
    nat_var,
    negated,
    seq,
    seq_var,
)
from spec.language.expressions import lift
from spec.vocabulary import OTHER, RCV, SND, STATE, State

PairRule = Rule[State]

# --- what an endpoint remembers ---------------------------------------------------------------------------

ACTIVE = bool_var("ACTIVE")
FIRST_ISS = seq_var("FIRST.ISS")
LIMIT = nat_var("LIMIT")
USED = nat_var("USED")
VARIABLES = (
    Variable(STATE, "CLOSED", "The connection's state (RFC 9293 §3.3.2)."),
    Variable(USED, 0, "How many incarnations have begun: the OPENs so far."),
    Variable(SND.UNA, 0, "Oldest unacknowledged sequence number (RFC 9293 §3.3.1)."),
    Variable(SND.NXT, 0, "Next sequence number to be sent (RFC 9293 §3.3.1)."),
    Variable(RCV.NXT, 0, "Next sequence number expected (RFC 9293 §3.3.1)."),
    Variable(ACTIVE, initial=False, meaning="This end opens actively: a constant of the end."),
    Variable(FIRST_ISS, 0, "The initial sequence number of the first incarnation: a constant, the end's number."),
    Variable(LIMIT, 1, "How many incarnations may begin: a constant."),
)
_NUMBERS = (name_of(SND.UNA), name_of(SND.NXT), name_of(RCV.NXT))
NEXT_ISS = FIRST_ISS + USED + USED
"""The initial sequence number of the next incarnation: each is 2 further on than the one before."""
ISS = NEXT_ISS - 2
"""The initial sequence number of the incarnation begun last."""

# --- segments ---------------------------------------------------------------------------------------------

KINDS = enum("kind", "SYN", "SYN,ACK", "ACK", "FIN,ACK", "RST", "RST,ACK")
KIND = enum_var("KIND", KINDS, SEG)
SEG_SEQ = seq_var("SEQ", SEG)
SEG_ACK = seq_var("ACK", SEG)
MESSAGE = {"KIND": KINDS, "SEQ": SEQ, "ACK": SEQ}


def segment(kind: str, number: SeqExpr, ack: SeqExpr) -> tuple[Message, ...]:
    """Return one segment to send."""
    return (Message({"KIND": lift(kind, KINDS), "SEQ": number, "ACK": ack}),)


RESETS = KIND.isin(("RST", "RST,ACK"))
ACKNOWLEDGES = KIND.isin(("SYN,ACK", "ACK", "FIN,ACK"))
"""The segment has an ACK field and does not reset."""
PURE_ACK = segment("ACK", SND.NXT, RCV.NXT)
RST_FOR_ACK = segment("RST", SEG_ACK, seq(0))
RST_FOR_SYN = segment("RST,ACK", seq(0), SEG_SEQ + 1)
LAST_FIN = segment("FIN,ACK", SND.NXT - 1, RCV.NXT)
"""The FIN whose number is the last before SND.NXT."""

# --- events, and the steps of SEGMENT ARRIVES -------------------------------------------------------------


def _alone(name: str, kind: str, cite: str) -> Step:
    return Step(Event(name, kind, cite), name, name, cite)


OPEN = _alone("OPEN", "call", "§3.10.1")
CLOSE = _alone("CLOSE", "call", "§3.10.4")
RETRANSMISSION_TIMEOUT = _alone("RETRANSMISSION TIMEOUT", "timeout", "§3.10.8")
TIME_WAIT_TIMEOUT = _alone("TIME-WAIT TIMEOUT", "timeout", "§3.10.8")
SEGMENT_ARRIVES = Event("SEGMENT ARRIVES", "segment", "§3.10.7")


def _step(name: str, section: str) -> Step:
    return Step(SEGMENT_ARRIVES, name, name, section)


NOT_OPEN = _step("there is no connection", "§3.10.7.1, §3.10.7.2")
SYN_SENT = _step("a SYN is sent", "§3.10.7.3")
CHECK_SEQUENCE = _step("check sequence number", "§3.10.7.4, first")
CHECK_RST = _step("check the RST bit", "§3.10.7.4, second")
CHECK_SYN = _step("check the SYN bit", "§3.10.7.4, fourth")
CHECK_ACK = _step("check the ACK field", "§3.10.7.4, fifth")
CHECK_FIN = _step("check the FIN bit", "§3.10.7.4, eighth")
STEPS = (
    OPEN, CLOSE, RETRANSMISSION_TIMEOUT, TIME_WAIT_TIMEOUT,
    NOT_OPEN, SYN_SENT, CHECK_SEQUENCE, CHECK_RST, CHECK_SYN, CHECK_ACK, CHECK_FIN,
)  # fmt: skip

# --- the rules --------------------------------------------------------------------------------------------

_CLOSE_ENTERS: tuple[tuple[State, State], ...] = (("ESTABLISHED", "FIN-WAIT-1"), ("CLOSE-WAIT", "LAST-ACK"))

OWN_RULES = (
    PairRule(
        id="open.active",
        title="An active OPEN chooses the next initial sequence number and sends a SYN.",
        cite="RFC 9293 §3.10.1, CLOSED",
        on=OPEN,
        state=("CLOSED",),
        when=(ACTIVE, USED < LIMIT),
        then=(USED.becomes(USED + 1), SND.UNA.becomes(NEXT_ISS), SND.NXT.becomes(NEXT_ISS + 1)),
        send=segment("SYN", SND.UNA, seq(0)),
        goto="SYN-SENT",
    ),
    PairRule(
        id="open.passive",
        title="A passive OPEN listens.",
        cite="RFC 9293 §3.10.1, CLOSED",
        on=OPEN,
        state=("CLOSED",),
        when=(negated(ACTIVE), USED < LIMIT),
        then=(USED.becomes(USED + 1),),
        goto="LISTEN",
    ),
    PairRule(
        id="close.early",
        title="A CLOSE before there is a connection forgets it.",
        cite="RFC 9293 §3.10.4, LISTEN and SYN-SENT",
        on=CLOSE,
        state=("LISTEN", "SYN-SENT"),
        goto="CLOSED",
    ),
    *(
        PairRule(
            id=f"close.{state.lower()}",
            title="A CLOSE sends a FIN.",
            cite=f"RFC 9293 §3.10.4, {state}",
            on=CLOSE,
            state=(state,),
            then=(SND.NXT.becomes(SND.NXT + 1),),
            send=LAST_FIN,
            goto=entered,
        )
        for state, entered in _CLOSE_ENTERS
    ),
    PairRule(
        id="again.syn",
        title="The SYN is sent again.",
        cite="RFC 9293 §3.10.8",
        on=RETRANSMISSION_TIMEOUT,
        state=("SYN-SENT",),
        send=segment("SYN", SND.UNA, seq(0)),
    ),
    PairRule(
        id="again.syn-ack",
        title="The SYN,ACK is sent again.",
        cite="RFC 9293 §3.10.8",
        on=RETRANSMISSION_TIMEOUT,
        state=("SYN-RECEIVED",),
        send=segment("SYN,ACK", SND.UNA, RCV.NXT),
    ),
    PairRule(
        id="again.fin",
        title="The FIN is sent again.",
        cite="RFC 9293 §3.10.8",
        on=RETRANSMISSION_TIMEOUT,
        state=("FIN-WAIT-1", "CLOSING", "LAST-ACK"),
        send=LAST_FIN,
    ),
    PairRule(
        id="time-wait.over",
        title="TIME-WAIT runs out, at any time: there is no clock.",
        cite="RFC 9293 §3.10.8",
        on=TIME_WAIT_TIMEOUT,
        state=("TIME-WAIT",),
        goto="CLOSED",
    ),
)

BEFORE_CONNECTION_RULES = (
    PairRule(
        id="no-connection.ack",
        title="An acknowledgment of nothing is reset.",
        cite="RFC 9293 §3.10.7.1; §3.10.7.2, second",
        on=NOT_OPEN,
        state=("CLOSED", "LISTEN"),
        when=(ACKNOWLEDGES,),
        send=RST_FOR_ACK,
    ),
    PairRule(
        id="closed.syn",
        title="A SYN to a closed end is refused.",
        cite="RFC 9293 §3.10.7.1",
        on=NOT_OPEN,
        state=("CLOSED",),
        when=(KIND == "SYN",),
        send=RST_FOR_SYN,
    ),
    PairRule(
        id="listen.syn",
        title="A SYN to a listening end is answered by SYN,ACK.",
        cite="RFC 9293 §3.10.7.2, third",
        on=NOT_OPEN,
        state=("LISTEN",),
        when=(KIND == "SYN",),
        then=(SND.UNA.becomes(ISS), SND.NXT.becomes(ISS + 1), RCV.NXT.becomes(SEG_SEQ + 1)),
        send=segment("SYN,ACK", SND.UNA, RCV.NXT),
        goto="SYN-RECEIVED",
    ),
    PairRule(
        id="syn-sent.refused",
        title="A RST that acknowledges our SYN refuses the connection.",
        cite="RFC 9293 §3.10.7.3, second",
        on=SYN_SENT,
        state=("SYN-SENT",),
        when=(KIND == "RST,ACK", SEG_ACK == SND.NXT),
        goto="CLOSED",
    ),
    PairRule(
        id="syn-sent.bad-ack",
        title="An acknowledgment of something else than our SYN is reset.",
        cite="RFC 9293 §3.10.7.3, first",
        on=SYN_SENT,
        state=("SYN-SENT",),
        when=(ACKNOWLEDGES, SEG_ACK != SND.NXT),
        send=RST_FOR_ACK,
    ),
    PairRule(
        id="syn-sent.syn-ack",
        title="A SYN,ACK of our SYN establishes the connection.",
        cite="RFC 9293 §3.10.7.3, fourth",
        on=SYN_SENT,
        state=("SYN-SENT",),
        when=(KIND == "SYN,ACK", SEG_ACK == SND.NXT),
        then=(SND.UNA.becomes(SEG_ACK), RCV.NXT.becomes(SEG_SEQ + 1)),
        send=PURE_ACK,
        goto="ESTABLISHED",
    ),
)

_FIN_ENTERS: tuple[tuple[State, State], ...] = (
    ("ESTABLISHED", "CLOSE-WAIT"),
    ("FIN-WAIT-1", "CLOSING"),
    ("FIN-WAIT-2", "TIME-WAIT"),
)
_HAVE_NO_FIN: tuple[State, ...] = ("ESTABLISHED", "FIN-WAIT-2", "CLOSE-WAIT", "TIME-WAIT")

CONNECTION_RULES = (
    PairRule(
        id="sequence.unexpected-rst",
        title="A RST that is not at RCV.NXT is dropped.",
        cite="RFC 9293 §3.10.7.4, first",
        on=CHECK_SEQUENCE,
        state=OTHER,
        when=(RESETS, SEG_SEQ != RCV.NXT),
    ),
    PairRule(
        id="sequence.unexpected",
        title="A segment that is not at RCV.NXT is answered by an ACK.",
        cite="RFC 9293 §3.10.7.4, first",
        on=CHECK_SEQUENCE,
        state=OTHER,
        when=(negated(RESETS), SEG_SEQ != RCV.NXT),
        send=PURE_ACK,
    ),
    PairRule(
        id="rst.back-to-listen",
        title="A RST in SYN-RECEIVED returns to LISTEN.",
        cite="RFC 9293 §3.10.7.4, second",
        on=CHECK_RST,
        state=("SYN-RECEIVED",),
        when=(RESETS,),
        goto="LISTEN",
    ),
    PairRule(
        id="rst.reset",
        title="A RST ends the connection.",
        cite="RFC 9293 §3.10.7.4, second",
        on=CHECK_RST,
        state=OTHER[1:],
        when=(RESETS,),
        goto="CLOSED",
    ),
    PairRule(
        id="syn.challenge",
        title="A SYN is answered by an ACK.",
        cite="RFC 9293 §3.10.7.4, fourth",
        on=CHECK_SYN,
        state=OTHER,
        when=(KIND.isin(("SYN", "SYN,ACK")),),
        send=PURE_ACK,
    ),
    PairRule(
        id="ack.handshake-bad",
        title="In SYN-RECEIVED, an acknowledgment of something else than our SYN is reset.",
        cite="RFC 9293 §3.10.7.4, fifth, SYN-RECEIVED",
        on=CHECK_ACK,
        state=("SYN-RECEIVED",),
        when=(SEG_ACK != SND.NXT,),
        send=RST_FOR_ACK,
    ),
    PairRule(
        id="ack.handshake",
        title="An acknowledgment of our SYN establishes the connection.",
        cite="RFC 9293 §3.10.7.4, fifth, SYN-RECEIVED",
        on=CHECK_ACK,
        state=("SYN-RECEIVED",),
        when=(SEG_ACK == SND.NXT,),
        then=(SND.UNA.becomes(SEG_ACK),),
        goto="ESTABLISHED",
        flow=CONTINUE,
    ),
    PairRule(
        id="ack.bad",
        title="An acknowledgment of neither SND.NXT nor SND.UNA is answered by an ACK.",
        cite="RFC 9293 §3.10.7.4, fifth, ESTABLISHED",
        on=CHECK_ACK,
        state=OTHER[1:],
        when=(SEG_ACK != SND.NXT, SEG_ACK != SND.UNA),
        send=PURE_ACK,
    ),
    PairRule(
        id="ack.up-to-date",
        title="With no FIN of ours outstanding, an acknowledgment of all moves SND.UNA.",
        cite="RFC 9293 §3.10.7.4, fifth, ESTABLISHED",
        on=CHECK_ACK,
        state=_HAVE_NO_FIN,
        when=(SEG_ACK == SND.NXT,),
        then=(SND.UNA.becomes(SEG_ACK),),
        flow=CONTINUE,
    ),
    PairRule(
        id="ack.fin.fin-wait-1",
        title="Our FIN is acknowledged: the peer's is awaited.",
        cite="RFC 9293 §3.10.7.4, fifth, FIN-WAIT-1",
        on=CHECK_ACK,
        state=("FIN-WAIT-1",),
        when=(SEG_ACK == SND.NXT,),
        then=(SND.UNA.becomes(SEG_ACK),),
        goto="FIN-WAIT-2",
        flow=CONTINUE,
    ),
    PairRule(
        id="ack.fin.closing",
        title="Our FIN is acknowledged after the peer's came.",
        cite="RFC 9293 §3.10.7.4, fifth, CLOSING",
        on=CHECK_ACK,
        state=("CLOSING",),
        when=(SEG_ACK == SND.NXT,),
        then=(SND.UNA.becomes(SEG_ACK),),
        goto="TIME-WAIT",
    ),
    PairRule(
        id="ack.fin.last-ack",
        title="Our FIN, the last of the connection, is acknowledged.",
        cite="RFC 9293 §3.10.7.4, fifth, LAST-ACK",
        on=CHECK_ACK,
        state=("LAST-ACK",),
        when=(SEG_ACK == SND.NXT,),
        goto="CLOSED",
    ),
    *(
        PairRule(
            id=f"fin.{state.lower()}",
            title="The peer's FIN is acknowledged.",
            cite=f"RFC 9293 §3.10.7.4, eighth, {state}",
            on=CHECK_FIN,
            state=(state,),
            when=(KIND == "FIN,ACK",),
            then=(RCV.NXT.becomes(RCV.NXT + 1),),
            send=PURE_ACK,
            goto=entered,
        )
        for state, entered in _FIN_ENTERS
    ),
)

TCP_PAIR: Relation[State] = Relation(
    name="tcp-pair",
    title="The lifecycle of RFC 9293 cut down to SYN, FIN, ACK and RST.",
    variables=VARIABLES,
    message=MESSAGE,
    steps=STEPS,
    rules=(*OWN_RULES, *BEFORE_CONNECTION_RULES, *CONNECTION_RULES),
    forget={"CLOSED": _NUMBERS, "LISTEN": _NUMBERS},
)
