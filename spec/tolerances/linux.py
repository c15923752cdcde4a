"""Where Linux differs from RFC 9293, in answer to a segment: ids X-, each asked for by its name as the CHOICE.

The names are those of a comparison of Linux 6.18 with RFC 9293 §3.10.7, segment by segment in every state.
"""

from __future__ import annotations

from dataclasses import replace

from spec.freedoms.answering import silent
from spec.freedoms.choosing import CHOICE_STEP, Freedom, added, chosen, known, own_step, unless
from spec.language import BoolExpr, Message, Relation, all_of, any_of, continue_at, lt, negated
from spec.segment_arrives.ack_text_fin import OPEN_OR_CLOSING
from spec.variants.time_wait import BARE_SYN
from spec.variants.timers import fin_wait_2_timeout
from spec.vocabulary import (
    ACCEPTABLE,
    ACK,
    FIN,
    FIN_NEXT,
    IRS,
    ISS,
    NEW_ACK,
    NEW_TEXT,
    OCTETS,
    ORIGIN,
    OTHER,
    OTHER_STEPS,
    PURE_ACK,
    RCV,
    RST,
    RST_FOR_ACK,
    RST_FOR_NO_ACK,
    SEG,
    SEND,
    SND,
    STATE,
    SYN,
    SYN_IN_WINDOW,
    SYNCHRONIZED,
    State,
    TcpRule,
    has,
    in_window,
    lacks,
    segment,
)

_SOURCE = "Linux net/ipv4/"
_PLAIN: tuple[BoolExpr, ...] = (lacks(RST), lacks(SYN))
_PASSIVE = ORIGIN == "passive"
_SYN_ACK = segment(SEQ=ISS, ACK=RCV.NXT, CTL=SYN | ACK)
_BEYOND = lt(RCV.NXT, SEG.SEQ)


def _rule(
    rule_id: str, name: str, title: str, where: str, state: tuple[State, ...], *when: BoolExpr,
    send: tuple[Message, ...] = (), goto: State | None = None,
) -> TcpRule:  # fmt: skip
    """Return a rule that is tried before all others of SEGMENT ARRIVES if a tolerance is on."""
    return TcpRule(
        id=rule_id, title=title, cite=f"{_SOURCE}{where}", on=CHOICE_STEP, state=state, when=(chosen(name), *when),
        send=send, goto=goto,
    )  # fmt: skip


_FW2 = "FW2_ORPHAN_MINISOCK"
_MINISOCK = "tcp_minisocks.c, tcp_timewait_state_process()"
_KILLS = any_of(SEG.DATA > 0, all_of(has(FIN), SEG.SEQ != RCV.NXT), SYN_IN_WINDOW)
FIN_WAIT_2 = (
    _rule(
        "X-1", _FW2, "An orphan in FIN-WAIT-2 answers text, a FIN behind a gap or a SYN by a RST, and is gone.",
        _MINISOCK, ("FIN-WAIT-2",), ACCEPTABLE, lacks(RST), _KILLS, has(ACK), send=RST_FOR_ACK, goto="CLOSED",
    ),
    _rule(
        "X-1n", _FW2, "So it does without an ACK.", _MINISOCK, ("FIN-WAIT-2",), ACCEPTABLE, lacks(RST), _KILLS,
        lacks(ACK), send=RST_FOR_NO_ACK, goto="CLOSED",
    ),
    _rule(
        "X-1r", _FW2, "Any RST in the window ends an orphan in FIN-WAIT-2.", _MINISOCK, ("FIN-WAIT-2",), ACCEPTABLE,
        has(RST), _BEYOND, goto="CLOSED",
    ),
    _rule(
        "X-1o", _FW2, "A RST outside the window is answered by an ACK.", _MINISOCK, ("FIN-WAIT-2",),
        negated(ACCEPTABLE), has(RST), send=PURE_ACK,
    ),
    replace(
        _rule(
            "X-1f", _FW2, "A FIN is taken whatever its ACK field says.", _MINISOCK, ("FIN-WAIT-2",), ACCEPTABLE,
            *_PLAIN, has(ACK), FIN_NEXT, SEG.DATA == 0, send=PURE_ACK, goto="TIME-WAIT",
        ),
        then=(RCV.NXT.becomes(RCV.NXT + 1),),
    ),
)  # fmt: skip

SYN_RECEIVED = (
    _rule(
        "X-2", "SYNRCVD_ACK_BEFORE_SEQ", "In a passive SYN-RECEIVED a bad ACK is answered by a RST, whatever its SEQ.",
        "tcp_minisocks.c, tcp_check_req()", ("SYN-RECEIVED",), _PASSIVE, lacks(RST), has(ACK), negated(NEW_ACK),
        negated(ACCEPTABLE), send=RST_FOR_ACK,
    ),
    replace(
        _rule(
            "X-9", "SIMOPEN_ACK_EQ_ISS", "After a simultaneous open an ACK of nothing, SEG.ACK = ISS, establishes.",
            "tcp_input.c, tcp_rcv_state_process()", ("SYN-RECEIVED",), ORIGIN == "active", ACCEPTABLE, *_PLAIN,
            has(ACK), SEG.ACK == ISS, goto="ESTABLISHED",
        ),
        note="Looks like a defect: the SYN,ACK is sent again from ESTABLISHED.",
    ),
    _rule(
        "X-10", "SYNRCVD_INWINDOW_SYN_RESET", "A SYN in the window of a passive SYN-RECEIVED is answered by a RST,ACK.",
        "tcp_minisocks.c, tcp_check_req()", ("SYN-RECEIVED",), _PASSIVE, ACCEPTABLE, lacks(RST), lacks(ACK),
        SYN_IN_WINDOW, send=RST_FOR_NO_ACK, goto="LISTEN",
    ),
    _rule(
        "X-10a", "SYNRCVD_INWINDOW_SYN_RESET", "A SYN,ACK in the window of a passive SYN-RECEIVED is answered by RST.",
        "tcp_minisocks.c, tcp_check_req()", ("SYN-RECEIVED",), _PASSIVE, ACCEPTABLE, lacks(RST), has(ACK),
        SYN_IN_WINDOW, send=RST_FOR_ACK, goto="LISTEN",
    ),
    _rule(
        "X-17", "SYNRCVD_DUP_SYN_REANSWERED", "The same SYN again is answered by the SYN,ACK again.",
        "tcp_minisocks.c, tcp_check_req()", ("SYN-RECEIVED",), _PASSIVE, has(SYN), lacks(ACK), lacks(RST),
        SEG.SEQ == IRS, send=_SYN_ACK,
    ),
    _rule(
        "X-23", "ACCEPT_QUEUE_FULL", "While the accept queue is full the ACK of our SYN is dropped.",
        "tcp_ipv4.c, tcp_v4_syn_recv_sock()", ("SYN-RECEIVED",), _PASSIVE, ACCEPTABLE, *_PLAIN, has(ACK), NEW_ACK,
    ),
)  # fmt: skip

TIME_WAIT = (
    _rule(
        "X-5", "TW_ACK_NOT_VALIDATED_OR_DATA_REACKED", "In TIME-WAIT text, and what is out of order, is acknowledged.",
        _MINISOCK, ("TIME-WAIT",), *_PLAIN, any_of(SEG.LEN > 0, SEG.SEQ != RCV.NXT), send=PURE_ACK,
    ),
    _rule(
        "X-11", "TW_INEXACT_RST_SILENT", "A RST in the window of TIME-WAIT but not at RCV.NXT is dropped.",
        _MINISOCK, ("TIME-WAIT",), ACCEPTABLE, has(RST), _BEYOND,
    ),
    _rule(
        "X-18", "TW_KILLED_BY_SYN_FIN", "A SYN,FIN beyond RCV.NXT deletes TIME-WAIT without a word.",
        _MINISOCK, ("TIME-WAIT",), has(SYN), has(FIN), lacks(RST), lacks(ACK), _BEYOND, goto="CLOSED",
    ),
)  # fmt: skip

SEQUENCE = (
    _rule(
        "X-3", "NO_ACK_BIT_NO_REPLY", "A segment without an ACK that is not acceptable is dropped silently.",
        "tcp_input.c, tcp_rcv_state_process()", OTHER, negated(ACCEPTABLE), *_PLAIN, lacks(ACK),
    ),
    _rule(
        "X-4", "OLD_ACK_CHALLENGED", "An ACK before SND.UNA is answered by an ACK, and the segment dropped.",
        "tcp_input.c, tcp_ack()", OPEN_OR_CLOSING, ACCEPTABLE, *_PLAIN, has(ACK), lt(SEG.ACK, SND.UNA), send=PURE_ACK,
    ),
    replace(
        _rule(
            "X-12", "LEFT_EDGE_LAX", "Of a segment that ends at RCV.NXT the ACK field counts; it is acknowledged.",
            "tcp_input.c, tcp_sequence()", OPEN_OR_CLOSING, *_PLAIN, has(ACK), SEG.LEN > 0,
            SEG.SEQ + SEG.LEN == RCV.NXT, send=PURE_ACK,
        ),
        flow=continue_at(OTHER_STEPS.ACK),
    ),
    _rule(
        "X-13", "RIGHT_EDGE_STRICT", "A segment that begins in the window and ends beyond it is refused.",
        "tcp_input.c, tcp_sequence()", OPEN_OR_CLOSING, lacks(RST), in_window(SEG.SEQ),
        lt(RCV.NXT + RCV.WND, SEG.SEQ + SEG.LEN), send=PURE_ACK,
    ),
)  # fmt: skip

CLOSING = (
    _rule(
        "X-7", "RST_NXT_MINUS_1_AFTER_FIN", "After the peer's FIN a RST at RCV.NXT-1 is taken.",
        "tcp_input.c, tcp_reset_check()", ("CLOSE-WAIT", "CLOSING", "LAST-ACK"), has(RST), SEG.SEQ + 1 == RCV.NXT,
        goto="CLOSED",
    ),
    _rule(
        "X-15", "DATA_AFTER_FIN_RST", "Text beyond the peer's FIN is answered by a RST.",
        "tcp_input.c, tcp_rcv_state_process()", ("CLOSE-WAIT", "CLOSING", "LAST-ACK"), *_PLAIN, has(ACK), NEW_TEXT,
        send=RST_FOR_ACK, goto="CLOSED",
    ),
    _rule(
        "X-6", "ORPHAN_DATA_RST", "Text for an application that has closed is answered by a RST.",
        "tcp_input.c, tcp_rcv_state_process()", ("FIN-WAIT-1", "FIN-WAIT-2"), *_PLAIN, has(ACK), NEW_TEXT,
        send=RST_FOR_ACK, goto="CLOSED",
    ),
)  # fmt: skip

OWED = own_step("OWED ACK", "internal", "Linux net/ipv4/tcp_output.c, tcp_send_ack()")


def _owed(relation: Relation[State]) -> Relation[State]:
    late = TcpRule(
        id="X-8",
        title="An acknowledgment that was owed is sent, though something else has acknowledged the same.",
        cite=f"{_SOURCE}tcp_timer.c, tcp_delack_timer_handler()",
        on=OWED,
        state=SYNCHRONIZED,
        when=(chosen("OWED_ACK"),),
        send=PURE_ACK,
    )
    return relation.add(late, steps=(OWED,))


def _fin_not_acked(relation: Relation[State]) -> Relation[State]:
    name = "FIN_AFTER_FIN_NOT_ACKED"
    ignored = TcpRule(
        id="X-14",
        title="A second FIN after the peer's first is not acknowledged.",
        cite=f"{_SOURCE}tcp_input.c, tcp_rcv_state_process()",
        on=OTHER_STEPS.FIN,
        state=("CLOSING", "LAST-ACK"),
        when=(chosen(name), FIN_NEXT),
    )
    elsewhere = negated(all_of(chosen(name), STATE.isin(ignored.state)))
    for rule in known(relation, ("F-4", "F-4w")):
        relation = relation.replace(rule.id, when=(*rule.when, elsewhere))
    return relation.add(ignored)


def _reused(relation: Relation[State]) -> Relation[State]:
    rule = relation.rule("Q-0")
    return relation.add(replace(rule, id="X-16", when=(chosen("TW_SYN_REUSE"), *BARE_SYN, _BEYOND)))


def _listen_syn_fin(relation: Relation[State]) -> Relation[State]:
    dropped = _rule(
        "X-19", "LISTEN_SYN_FIN_DROPPED", "A SYN,FIN in LISTEN is dropped.", "tcp_input.c, tcp_rcv_state_process()",
        ("LISTEN",), has(SYN), has(FIN), lacks(RST), lacks(ACK),
    )  # fmt: skip
    return relation.add(dropped)


def _fast_open(relation: Relation[State]) -> Relation[State]:
    sent = TcpRule(
        id="X-20",
        title="Text is sent in SYN-RECEIVED, before the handshake is complete.",
        cite="RFC 7413 §3; Linux net/ipv4/tcp_fastopen.c",
        on=SEND,
        state=("SYN-RECEIVED",),
        when=(chosen("TFO_STATE_OVERLAP"), SND.QUEUED == 0, OCTETS > 0),
        then=(SND.NXT.becomes(SND.NXT + OCTETS),),
        send=segment(SEQ=SND.NXT - OCTETS, ACK=RCV.NXT, CTL=ACK, DATA=OCTETS),
    )
    return unless(relation, "TFO_STATE_OVERLAP", "U-7").add(sent)


def _syn_ack_text(relation: Relation[State]) -> Relation[State]:
    rule = relation.rule("SS-5")
    ignored = TcpRule(
        id="X-21",
        title="Text and FIN of a SYN,ACK are ignored and must come again.",
        cite=f"{_SOURCE}tcp_input.c, tcp_rcv_synsent_state_process()",
        on=rule.on,
        state=rule.state,
        when=(*rule.when, chosen("SYNACK_TEXT_AND_FIN_IGNORED")),
        then=rule.then,
        send=rule.send,
        goto=rule.goto,
    )
    return unless(relation, "SYNACK_TEXT_AND_FIN_IGNORED", "SS-5", "SS-5w").add(ignored)


def _given_up(relation: Relation[State]) -> Relation[State]:
    patched = fin_wait_2_timeout(relation)
    return patched.replace("T-6", when=(chosen("FIN_WAIT_2_TIMEOUT"),))


def _rate_limit(relation: Relation[State]) -> Relation[State]:
    source = f"{_SOURCE}tcp_input.c, tcp_oow_rate_limited()"
    return silent(relation, ("Q-2", "Q-5"), "CHALLENGE_RATE_LIMIT", "l", source)


_ADDED = (*FIN_WAIT_2, *SYN_RECEIVED, *TIME_WAIT, *SEQUENCE, *CLOSING)
_SENTENCES = {
    "FW2_ORPHAN_MINISOCK": "FIN-WAIT-2 without an application is a mini socket: text, a gap or a SYN kill it.",
    "SYNRCVD_ACK_BEFORE_SEQ": "A passive SYN-RECEIVED looks at SEG.ACK before SEG.SEQ.",
    "NO_ACK_BIT_NO_REPLY": "What is not acceptable and has no ACK bit is dropped silently.",
    "OLD_ACK_CHALLENGED": "An ACK below SND.UNA is answered by an ACK, and its segment dropped.",
    "TW_ACK_NOT_VALIDATED_OR_DATA_REACKED": "TIME-WAIT does not look at SEG.ACK and acknowledges text.",
    "ORPHAN_DATA_RST": "Text for an application that has closed is answered by a RST.",
    "RST_NXT_MINUS_1_AFTER_FIN": "After the peer's FIN a RST at RCV.NXT-1 is taken.",
    "SIMOPEN_ACK_EQ_ISS": "After a simultaneous open an ACK of nothing establishes the connection.",
    "SYNRCVD_INWINDOW_SYN_RESET": "A SYN in the window of a passive SYN-RECEIVED is answered by a RST.",
    "TW_INEXACT_RST_SILENT": "A RST that TIME-WAIT does not take is not challenged.",
    "LEFT_EDGE_LAX": "The ACK field of a segment that ends at RCV.NXT counts.",
    "RIGHT_EDGE_STRICT": "A segment that ends beyond the window is refused as a whole.",
    "DATA_AFTER_FIN_RST": "Text beyond the peer's FIN is answered by a RST.",
    "SYNRCVD_DUP_SYN_REANSWERED": "The same SYN again is answered by the SYN,ACK again.",
    "TW_KILLED_BY_SYN_FIN": "A SYN,FIN deletes TIME-WAIT.",
    "ACCEPT_QUEUE_FULL": "The ACK of our SYN is dropped while the accept queue is full.",
}


def _of(name: str) -> tuple[TcpRule, ...]:
    return tuple(rule for rule in _ADDED if rule.when[0].payload == (name,))


LINUX: tuple[Freedom, ...] = (
    *(Freedom(name, sentence, _of(name)[0].cite, added(*_of(name))) for name, sentence in _SENTENCES.items()),
    Freedom("OWED_ACK", "An ACK that was owed comes later, or once more.", OWED.cite, _owed),
    Freedom(
        "FIN_AFTER_FIN_NOT_ACKED", "A second FIN in CLOSING or LAST-ACK is not acknowledged.", "tcp_input.c",
        _fin_not_acked,
    ),
    Freedom(
        "TW_SYN_REUSE", "A SYN beyond RCV.NXT reopens TIME-WAIT, whatever our ISN.", f"{_SOURCE}{_MINISOCK}", _reused
    ),
    Freedom("LISTEN_SYN_FIN_DROPPED", "A SYN,FIN in LISTEN is dropped.", f"{_SOURCE}tcp_input.c", _listen_syn_fin),
    Freedom("TFO_STATE_OVERLAP", "Text is sent in SYN-RECEIVED.", "RFC 7413 §3", _fast_open),
    Freedom(
        "SYNACK_TEXT_AND_FIN_IGNORED", "Text and FIN of a SYN,ACK must come again.", f"{_SOURCE}tcp_input.c",
        _syn_ack_text,
    ),
    Freedom("FIN_WAIT_2_TIMEOUT", "FIN-WAIT-2 is not for ever.", f"{_SOURCE}tcp.c, tcp_fin_timeout", _given_up),
    Freedom(
        "CHALLENGE_RATE_LIMIT", "ACKs of what is not acceptable are limited to one in 500 ms.",
        f"{_SOURCE}tcp_input.c, tcp_oow_rate_limited()", _rate_limit,
    ),
)  # fmt: skip
"""All of Linux's tolerances, as patches on a relation that has the freedoms."""
