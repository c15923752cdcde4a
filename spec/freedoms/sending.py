"""How what is queued may leave: SENDs cut and joined, FINs with text, text on a SYN, windows, probes, RSTs with ACK."""

from __future__ import annotations

from dataclasses import replace

from spec.freedoms.choosing import ANNOUNCED, FROM, Freedom, chosen, known, own_step, unless
from spec.language import Relation, Update, all_of, leq, lt, negated, smaller
from spec.timeouts import FIN_SENT, OUTSTANDING
from spec.vocabulary import (
    ACK,
    ACTIVE,
    CLOSE_QUEUED,
    FIN,
    ISN,
    ISS,
    LISTEN_STEPS,
    OCTETS,
    OPEN,
    ORIGIN,
    OTHER,
    PURE_ACK,
    RCV,
    REMOTE,
    RETRANSMISSION_TIMEOUT,
    RST,
    SEG,
    SND,
    STATES,
    SYN,
    State,
    TcpRule,
    segment,
)

PART, WITH_ACK, SYN_TEXT = "part sent again", "RST with ACK", "text of SYN taken"
_QUEUE = "RFC 9293 §3.8.6 (repackaging), §3.10.8"
_FIN_STATES: tuple[State, ...] = ("FIN-WAIT-1", "CLOSING", "LAST-ACK")
_ON_QUEUE = all_of(SND.UNA != ISS, leq(SND.UNA, FROM), leq(FROM, SND.NXT))
_END = FROM + OCTETS

AGAIN_RULES: tuple[TcpRule, ...] = (
    TcpRule(
        id="T-2p",
        title="A part of the text on the retransmission queue is sent again.",
        cite=_QUEUE,
        on=RETRANSMISSION_TIMEOUT,
        state=("ESTABLISHED", "CLOSE-WAIT", *_FIN_STATES),
        when=(chosen(PART), _ON_QUEUE, OCTETS > 0, OCTETS <= OUTSTANDING, leq(_END, SND.NXT)),
        send=segment(SEQ=FROM, ACK=RCV.NXT, CTL=ACK, DATA=OCTETS),
        note="By a timeout or sooner, as fast retransmission does (RFC 5681 §3.2).",
    ),
    TcpRule(
        id="T-2n",
        title="Text on the retransmission queue is sent again, with new text after it in one segment.",
        cite=_QUEUE,
        on=RETRANSMISSION_TIMEOUT,
        state=("ESTABLISHED", "CLOSE-WAIT"),
        when=(chosen(PART), _ON_QUEUE, lt(FROM, SND.NXT), lt(SND.NXT, _END), negated(CLOSE_QUEUED)),
        then=(SND.NXT.becomes(_END),),
        send=segment(SEQ=FROM, ACK=RCV.NXT, CTL=ACK, DATA=OCTETS),
    ),
)
FIN_AGAIN = TcpRule(
    id="T-2f",
    title="The FIN is sent again, with text on the queue before it or without.",
    cite=_QUEUE,
    on=RETRANSMISSION_TIMEOUT,
    state=_FIN_STATES,
    when=(chosen("FIN sent again"), _ON_QUEUE, FIN_SENT == 1, _END + 1 == SND.NXT),
    send=segment(SEQ=FROM, ACK=RCV.NXT, CTL=FIN | ACK, DATA=OCTETS),
)


def _part(relation: Relation[State]) -> Relation[State]:
    before_fin = tuple(
        replace(rule, when=(*rule.when, leq(_END + FIN_SENT, SND.NXT)), state=_FIN_STATES, id="T-2q")
        for rule in AGAIN_RULES[:1]
    )
    open_part = replace(AGAIN_RULES[0], state=("ESTABLISHED", "CLOSE-WAIT"))
    relation = unless(relation, PART, "T-2c", "T-2d", "T-2e")
    relation = unless(relation, "FIN sent again", "T-2d", "T-2e")
    return relation.add(open_part, *before_fin, AGAIN_RULES[1], FIN_AGAIN)


def _fin_with_text(relation: Relation[State]) -> Relation[State]:
    """Return the relation whose FIN may ride on text: new, sent again, or both."""
    twins = tuple(
        replace(
            rule,
            id=f"{rule.id}t",
            title=f"{rule.title[:-1]} on the text before it.",
            cite='RFC 9293 §3.4 ("the FIN is considered to occur after the last actual data octet in a segment")',
            when=(*rule.when, OCTETS > 0, _ON_QUEUE, leq(SND.NXT, _END)),
            then=(SND.NXT.becomes(_END + 1),),
            send=segment(SEQ=FROM, ACK=RCV.NXT, CTL=FIN | ACK, DATA=OCTETS),
        )
        for rule in known(relation, ("U-17", "U-18"))
    )
    for rule in known(relation, ("U-17", "U-18")):
        relation = relation.replace(rule.id, when=(*rule.when, OCTETS == 0))
    return relation.add(*twins)


_SYN_OCTETS = smaller(SEG.DATA, RCV.WND)
_TAKEN: tuple[Update, ...] = (RCV.NXT.becomes(SEG.SEQ + 1 + _SYN_OCTETS),)


_SENT_ON_SYN = TcpRule(
    id="U-2t",
    title="An active OPEN with text selects an ISS and sends the text on the SYN.",
    cite='RFC 9293 §3.10.1, LISTEN ("data ... may be sent with SYN segment")',
    on=OPEN,
    state=("CLOSED",),
    when=(ACTIVE, REMOTE, OCTETS > 0),
    then=(
        ISS.becomes(ISN),
        SND.UNA.becomes(ISN),
        SND.NXT.becomes(ISN + 1 + OCTETS),
        ORIGIN.becomes("active"),
    ),
    send=segment(SEQ=ISS, CTL=SYN, DATA=OCTETS),
    goto="SYN-SENT",
)


def _text_on_syn(relation: Relation[State]) -> Relation[State]:
    """Return the relation in which an OPEN's text may leave on the SYN and be acknowledged by the SYN,ACK."""
    again = replace(
        relation.rule("T-2a"),
        id="T-2t",
        title="The SYN is sent again with text.",
        when=(OCTETS > 0, OCTETS + 1 <= OUTSTANDING),
        send=segment(SEQ=ISS, CTL=SYN, DATA=OCTETS),
    )
    listen = relation.rule("L-3")
    kept = tuple(update for update in listen.then if str(update.variable) != "RCV.NXT")
    taken = replace(
        listen,
        id="L-3t",
        title="The text of a SYN in LISTEN is kept; the SYN,ACK acknowledges it.",
        cite='RFC 9293 §3.10.7.2, third ("any other control or text should be queued for processing later")',
        on=LISTEN_STEPS.SYN,
        when=(*listen.when, SEG.DATA > 0, chosen(SYN_TEXT)),
        then=(*_TAKEN, *kept),
        note="RFC 9293 delivers it once the connection is ESTABLISHED; TCP Fast Open (RFC 7413) at once.",
    )
    plain = relation.rule("U-2")
    relation = relation.replace("U-2", when=(*plain.when, OCTETS == 0)).replace("T-2a", when=(OCTETS == 0,))
    return (
        unless(relation, SYN_TEXT, "L-3")
        .replace("L-3", when=(*listen.when, negated(all_of(SEG.DATA > 0, chosen(SYN_TEXT)))))
        .add(_SENT_ON_SYN, again, taken)
    )


def _rst_with_ack(relation: Relation[State]) -> Relation[State]:
    abort = relation.rule("U-22")
    twin = replace(
        abort,
        id="U-22a",
        title="An ABORT sends a reset with an ACK and deletes the TCB.",
        cite='RFC 9293 §3.1, ACK field ("Once a connection is established, this is always sent"); §3.10.5',
        when=(*abort.when, chosen(WITH_ACK)),
        send=segment(SEQ=SND.NXT, ACK=RCV.NXT, CTL=RST | ACK),
    )
    return unless(relation, WITH_ACK, "U-22").add(twin)


WINDOW = own_step("WINDOW", "internal", "RFC 9293 §3.8.6")
WINDOW_UPDATE = own_step("WINDOW UPDATE", "internal", "RFC 9293 §3.8.6.2.2")
KEEP_ALIVE = own_step("KEEP-ALIVE TIMEOUT", "idle", "RFC 9293 §3.8.4")
_IDLE: tuple[State, ...] = ("ESTABLISHED", "FIN-WAIT-2", "CLOSE-WAIT")

WINDOW_RULES: tuple[TcpRule, ...] = (
    TcpRule(
        id="W-1",
        title="The receiver chooses the window that it announces with its segments.",
        cite="RFC 9293 §3.8.6 and §3.10.7.4, seventh",
        on=WINDOW,
        state=STATES,
        then=(RCV.WND.becomes(ANNOUNCED),),
        note="That the right edge SHOULD NOT move left (SHLD-14) is not held against it.",
    ),
    TcpRule(
        id="W-2",
        title="A window that has changed is announced.",
        cite="RFC 9293 §3.8.6.2.2",
        on=WINDOW_UPDATE,
        state=OTHER,
        when=(ANNOUNCED != RCV.WND,),
        then=(RCV.WND.becomes(ANNOUNCED),),
        send=PURE_ACK,
    ),
)
_PROBE = TcpRule(
    id="T-5",
    title="An idle connection, or a window that is closed, is probed.",
    cite="RFC 9293 §3.8.4, MAY-5, MAY-6 and SHLD-12",
    on=KEEP_ALIVE,
    state=_IDLE,
    when=(OUTSTANDING == 0, SND.QUEUED == 0, OCTETS <= 1),
    send=segment(SEQ=SND.NXT - 1, ACK=RCV.NXT, CTL=ACK, DATA=OCTETS),
)


def _windows(relation: Relation[State]) -> Relation[State]:
    return relation.add(*WINDOW_RULES, steps=(WINDOW, WINDOW_UPDATE))


def _keep_alive(relation: Relation[State]) -> Relation[State]:
    return relation.add(_PROBE, steps=(KEEP_ALIVE,))


SENDING: tuple[Freedom, ...] = (
    Freedom(
        PART,
        "What is on the retransmission queue may be cut and joined anew, with new text, and sent again at any time.",
        'RFC 9293 §3.8.6 ("may repackage segments on the retransmission queue"); RFC 5681 §3.2',
        _part,
    ),
    Freedom(
        "FIN with text",
        "A FIN may ride on the text before it.",
        "RFC 9293 §3.4",
        _fin_with_text,
    ),
    Freedom(
        SYN_TEXT,
        "Text may be sent on a SYN, and kept by a listener that acknowledges it with its SYN,ACK.",
        "RFC 9293 §3.10.1, LISTEN; §3.10.7.2, third",
        _text_on_syn,
    ),
    Freedom(
        WITH_ACK,
        "A reset that aborts a connection may carry an ACK.",
        "RFC 9293 §3.1, ACK field; §3.10.5",
        _rst_with_ack,
    ),
    Freedom(
        "window",
        "The receiver chooses the window, and announces a new one at any time.",
        "RFC 9293 §3.8.6, §3.8.6.2.2",
        _windows,
    ),
    Freedom(
        "keep-alive",
        "An idle connection may be probed.",
        "RFC 9293 §3.8.4, MAY-5 and MAY-6",
        _keep_alive,
    ),
)
