"""Listeners that others can exhaust (V-21), and one that keeps nothing (V-20): RFC 4987.

SPOOFED SYN is the environment's: a SYN from an address that will never answer. The relation says only what it does
to a listener with room for one half-open connection. Ids B- (the half-open slot), L-3d, L-3r, L-5.
"""

from __future__ import annotations

from collections.abc import Callable

from spec.language import (
    BoolExpr,
    Event,
    Relation,
    SeqExpr,
    Step,
    Update,
    Variable,
    all_of,
    bool_var,
    continue_at,
    named,
    negated,
    seq,
)
from spec.tcp import TCP
from spec.variants.variant import Variant, variant
from spec.vocabulary import (
    ACK,
    IRS,
    ISN,
    ISS,
    LISTEN_STEPS,
    ORIGIN,
    OTHER_STEPS,
    RCV,
    RST_FOR_NO_ACK,
    SEG,
    SND,
    SYN,
    State,
    TcpRule,
    has,
    lacks,
    segment,
)

BACKLOG_FULL = bool_var("BACKLOG.FULL")


def _own(name: str, kind: str, cite: str) -> Step:
    event = Event(name, kind, cite)
    return Step(event, name, name, cite)


SPOOFED_SYN = _own("SPOOFED SYN", "attack", "RFC 4987 §2.2")
HALF_OPEN_TIMEOUT = _own("HALF-OPEN TIMEOUT", "timeout", "RFC 4987 §3.3")


def _backlog(relation: Relation[State], *more: TcpRule) -> Relation[State]:
    """Return the relation whose listener has one half-open slot, which a spoofed SYN takes until it times out."""
    full = Variable(BACKLOG_FULL, False, "The listener's one half-open slot is held by a spoofed SYN (RFC 4987 §2.2).")
    taken = TcpRule(
        id="B-1",
        title="A spoofed SYN takes the listener's half-open slot.",
        cite="RFC 4987 §2.2",
        on=SPOOFED_SYN,
        state=("LISTEN",),
        when=(negated(BACKLOG_FULL),),
        then=(BACKLOG_FULL.becomes(True),),
        note="Its SYN,ACK goes where nobody answers and is not modelled.",
    )
    reaped = TcpRule(
        id="B-2",
        title="A half-open connection without progress is given up: the slot is free again.",
        cite="RFC 4987 §3.3",
        on=HALF_OPEN_TIMEOUT,
        state=("LISTEN",),
        when=(BACKLOG_FULL,),
        then=(BACKLOG_FULL.becomes(False),),
    )
    steps = (SPOOFED_SYN, HALF_OPEN_TIMEOUT)
    return relation.add(taken, reaped, *more, variables=(full,), steps=steps, forget={"CLOSED": (full.name,)})


def backlog_drop(relation: Relation[State]) -> Relation[State]:
    """Return the relation whose listener drops a SYN while its half-open slot is taken."""
    dropped = TcpRule(
        id="L-3d",
        title="A SYN in LISTEN is dropped while the half-open slot is taken.",
        cite='RFC 4987 §2.2 ("incoming SYN segments are ignored")',
        on=LISTEN_STEPS.SYN,
        state=("LISTEN",),
        when=(has(SYN), BACKLOG_FULL),
    )
    return _backlog(relation, dropped).replace("L-3", when=(*relation.rule("L-3").when, negated(BACKLOG_FULL)))


def backlog_reset(relation: Relation[State]) -> Relation[State]:
    """Return the relation whose listener refuses a SYN while its half-open slot is taken."""
    refused = TcpRule(
        id="L-3r",
        title="A SYN in LISTEN is answered by RST,ACK while the half-open slot is taken.",
        cite='RFC 4987 §2.2 ("TCP RSTs might be generated")',
        on=LISTEN_STEPS.SYN,
        state=("LISTEN",),
        when=(has(SYN), BACKLOG_FULL),
        send=RST_FOR_NO_ACK,
    )
    return _backlog(relation, refused).replace("L-3", when=(*relation.rule("L-3").when, negated(BACKLOG_FULL)))


def backlog_drop_oldest(relation: Relation[State]) -> Relation[State]:
    """Return the relation whose listener lets a new SYN evict the half-open connection there is."""
    evicted = TcpRule(
        id="B-3",
        title="A spoofed SYN evicts a half-open connection of ours.",
        cite="RFC 4987 §3.4",
        on=SPOOFED_SYN,
        state=("SYN-RECEIVED",),
        when=(ORIGIN == "passive",),
        then=(BACKLOG_FULL.becomes(True),),
        goto="LISTEN",
    )
    return _backlog(relation, evicted).replace(
        "L-3",
        title="A SYN in LISTEN evicts a spoofed half-open connection, if there is one, and is answered by SYN,ACK.",
        then=(*relation.rule("L-3").then, BACKLOG_FULL.becomes(False)),
    )


SELECT_COOKIE: tuple[Update, ...] = (
    ISS.becomes(SEG.ACK - 1),
    SND.NXT.becomes(SEG.ACK),
    SND.UNA.becomes(SEG.ACK),
)
"""The cookie that SEG.ACK acknowledges is the ISS."""
Cookie = Callable[[SeqExpr], SeqExpr]
"""From the number of a SYN to the number of the SYN,ACK in answer."""


def bound_cookie(syn: SeqExpr) -> SeqExpr:
    """Return RFC 4987 Appendix A's cookie: the number of the SYN it answers plus a secret of the time, the ISN."""
    return named(f"the cookie for {syn}", ISN + (syn - seq(0)))


def unbound_cookie(_syn: SeqExpr) -> SeqExpr:
    """Return a cookie that does not say which SYN it answers: the ISN alone."""
    return ISN


def _believed(of_cookie: BoolExpr) -> TcpRule:
    return TcpRule(
        id="L-5",
        title="An ACK of a cookie in LISTEN creates the connection, ESTABLISHED.",
        cite="RFC 4987 §3.6 and Appendix A",
        on=LISTEN_STEPS.ACK,
        state=("LISTEN",),
        when=(has(ACK), of_cookie),
        then=(
            RCV.NXT.becomes(SEG.SEQ),
            IRS.becomes(SEG.SEQ - 1),
            *SELECT_COOKIE,
        ),
        goto="ESTABLISHED",
        flow=continue_at(OTHER_STEPS.TEXT),
        note="The ISN on offer stands for the secret and the clock: cookies stay valid until a connection is made.",
    )


_NO_TRACE = TcpRule(
    id="B-4",
    title="A spoofed SYN leaves no trace in a listener that keeps nothing.",
    cite="RFC 4987 §3.6",
    on=SPOOFED_SYN,
    state=("LISTEN",),
)


def syn_cookies(relation: Relation[State], cookie: Cookie = bound_cookie) -> Relation[State]:
    """Return the relation whose listener keeps nothing of a SYN and believes an ACK of the cookie it answered with."""
    of_cookie = named("SEG acknowledges a cookie", all_of(lacks(SYN), cookie(SEG.SEQ - 1) + 1 == SEG.ACK))
    return (
        relation.replace("L-2", when=(*relation.rule("L-2").when, negated(of_cookie)))
        .replace(
            "L-3",
            title="A SYN in LISTEN is answered by SYN,ACK, its number a cookie; nothing is kept.",
            cite="RFC 4987 §3.6 and Appendix A",
            then=(),
            send=segment(SEQ=cookie(SEG.SEQ), ACK=SEG.SEQ + 1, CTL=SYN | ACK),
            goto=None,
            note="The SYN,ACK is never sent again; text and FIN of the SYN are not kept, as ever.",
        )
        .add(_believed(of_cookie), _NO_TRACE, steps=(SPOOFED_SYN,))
    )


VARIANTS: tuple[Variant, ...] = (
    variant(
        "syn-cookies",
        "A listener keeps nothing of a SYN: its SYN,ACK carries a cookie, and an ACK of it creates the connection.",
        "RFC 4987 §3.6 and Appendix A",
        syn_cookies(TCP),
    ),
    variant(
        "syn-cookies-unbound",
        "As syn-cookies, but the cookie does not depend on the SYN that it answers.",
        "mutant of RFC 4987 Appendix A: what the client's number in the cookie is for",
        syn_cookies(TCP, unbound_cookie),
    ),
    variant(
        "backlog-drop",
        "A listener has room for one half-open connection; while a spoofed SYN takes it, a SYN is dropped.",
        "RFC 4987 §2.2",
        backlog_drop(TCP),
    ),
    variant(
        "backlog-drop-oldest",
        "A listener has room for one half-open connection; a new SYN evicts the one there is.",
        "RFC 4987 §3.4",
        backlog_drop_oldest(TCP),
    ),
    variant(
        "backlog-reset",
        "A listener has room for one half-open connection; while a spoofed SYN takes it, a SYN is answered by RST.",
        "RFC 4987 §2.2",
        backlog_reset(TCP),
    ),
)
