"""Which answers may wait, be withheld or be given beside the letter's: delayed, aggregated and challenge ACKs."""

from __future__ import annotations

from dataclasses import replace

from spec.freedoms.choosing import CHOICE_STEP, Freedom, added, chosen, known, unless
from spec.language import CONTINUE, Relation, all_of, leq, lt, negated
from spec.vocabulary import (
    ACCEPTABLE,
    ACK,
    IRS,
    NEW_ACK,
    ORIGIN,
    OTHER,
    PURE_ACK,
    RCV,
    RST,
    SEG,
    SND,
    SYN,
    State,
    TcpRule,
    has,
    lacks,
)

WAITS, WITHHELD, OUT_OF_ORDER, KEPT = "ACK waits", "ACK withheld", "ACK out of order", "ACK kept"
OF_SYN, CROSSED = "ACK of SYN,ACK waits", "SYN,ACK establishes"
NOT_NOW = "Q-4"
HELD: tuple[str, ...] = (NOT_NOW, "Q-4o", "Q-4k")
"""The rules after which a segment SHOULD be held for later processing (RFC 9293 §3.10.7.4 first, SHLD-31)."""
_TEXT_AND_FIN = ("D-1", "D-1b", "F-1", "F-2", "F-3", "F-4", "F-5")
_CHALLENGES = ("R-1", "Y-2", "Y-2a", "A-3f")


def silent(relation: Relation[State], rules: tuple[str, ...], name: str, suffix: str, cite: str) -> Relation[State]:
    """Return the relation in which these rules, if the choice is made, do all but answer."""
    twins = tuple(
        replace(
            rule,
            id=f"{rule.id}{suffix}",
            title=f"{rule.title} The answer: {name}.",
            cite=f"{rule.cite}; {cite}",
            when=(*rule.when, chosen(name)),
            send=(),
        )
        for rule in known(relation, rules)
    )
    return unless(relation, name, *rules).add(*twins)


def _waits(relation: Relation[State]) -> Relation[State]:
    return silent(relation, _TEXT_AND_FIN, WAITS, "w", "§3.8.6.3 and §3.10.7.4, MUST-58 and MUST-59")


def _syn_waits(relation: Relation[State]) -> Relation[State]:
    return silent(relation, ("SS-5",), OF_SYN, "w", "§3.10.7.3, fourth (MAY be included; suppress)")


def _withheld(relation: Relation[State]) -> Relation[State]:
    return silent(relation, _CHALLENGES, WITHHELD, "s", "RFC 5961 §7")


def _out_of_order(relation: Relation[State]) -> Relation[State]:
    rule = relation.rule("Q-4")
    answered = replace(
        rule,
        id="Q-4o",
        title="A segment beyond RCV.NXT is answered by an ACK; its ACK field is processed, its text not now.",
        cite="RFC 9293 §3.10.7.4, seventh, MAY-13; §3.8.6.3",
        when=(*rule.when, chosen(OUT_OF_ORDER)),
        send=PURE_ACK,
        flow=CONTINUE,
        note="If it is held (SHLD-31), it arrives again, as far as the relation is concerned, when the gap is filled.",
    )
    return unless(relation, OUT_OF_ORDER, "Q-4").add(answered)


def _kept(relation: Relation[State]) -> Relation[State]:
    """Return the relation that may take the ACK of a segment beyond RCV.NXT at once; its text and FIN wait."""
    rule = relation.rule("Q-4")
    taken = replace(
        rule,
        id="Q-4k",
        title="Of a segment that begins beyond RCV.NXT the ACK field is processed now.",
        cite="RFC 9293 §3.10.7.4, first (only text and FIN have a place in the sequence); §3.4",
        when=(*rule.when, chosen(KEPT)),
        flow=CONTINUE,
    )
    return unless(relation, KEPT, "Q-4").add(taken)


_OLD_ACK = TcpRule(
    id="A-0c",
    title="An ACK older than what the peer's window explains is answered by an ACK and dropped.",
    cite="RFC 9293 §3.10.7.4, fifth, MAY-12; RFC 5961 §5.2",
    on=CHOICE_STEP,
    state=OTHER,
    when=(
        chosen("old ACK challenged"),
        ACCEPTABLE,
        leq(SEG.SEQ, RCV.NXT),
        lacks(RST),
        lacks(SYN),
        has(ACK),
        lt(SEG.ACK, SND.UNA),
        negated(all_of(leq(SND.UNA - SEG.WND, SEG.ACK), SEG.WND > 0)),
    ),
    send=PURE_ACK,
    note="The RFC compares with MAX.SND.WND, the peer's largest window; the one in the segment stands for it.",
)
_TW_LETTER = TcpRule(
    id="A-10a",
    title="In TIME-WAIT, an acceptable segment with an ACK is acknowledged, whatever it is.",
    cite="RFC 9293 §3.10.7.4, fifth, TIME-WAIT, to the letter",
    on=CHOICE_STEP,
    state=("TIME-WAIT",),
    when=(chosen("TIME-WAIT acknowledges"), ACCEPTABLE, lacks(RST), lacks(SYN), has(ACK)),
    send=PURE_ACK,
)


_CROSSED = TcpRule(
    id="A-1c",
    title="In a simultaneous open the peer's SYN,ACK establishes the connection; it is answered by an ACK.",
    cite="RFC 9293 §3.5, Figure 7, lines 6 and 7",
    on=CHOICE_STEP,
    state=("SYN-RECEIVED",),
    when=(chosen(CROSSED), ORIGIN == "active", has(SYN), has(ACK), lacks(RST), SEG.SEQ == IRS, NEW_ACK),
    then=(SND.UNA.becomes(SEG.ACK),),
    send=PURE_ACK,
    goto="ESTABLISHED",
    note="To the letter of Table 6 its SYN lies left of the window, so that its ACK field does not count (Q-2).",
)


def _after_bad_ack(relation: Relation[State]) -> Relation[State]:
    rule = relation.rule("A-2")
    on = replace(
        rule,
        id="A-2c",
        title=f"{rule.title[:-1]}; text and FIN are processed all the same.",
        cite="RFC 9293 §3.10.7.4, fifth, SYN-RECEIVED, to the letter (no 'drop the segment and return')",
        when=(*rule.when, chosen("goes on after a bad ACK")),
        flow=CONTINUE,
        note="",
    )
    return unless(relation, "goes on after a bad ACK", "A-2").add(on)


ANSWERING: tuple[Freedom, ...] = (
    Freedom(
        WAITS,
        "The ACK of text or of a FIN may wait, for a ride, for more to acknowledge or for a timer.",
        "RFC 9293 §3.8.6.3, SHLD-18; §3.10.7.4, MUST-58 and MUST-59",
        _waits,
    ),
    Freedom(
        OF_SYN,
        "The ACK of a SYN,ACK may wait for what is queued, or for the ACK of the text that came with it.",
        'RFC 9293 §3.10.7.3, fourth ("Data or controls that were queued for transmission MAY be included")',
        _syn_waits,
    ),
    Freedom(
        WITHHELD,
        "Challenge ACKs may be throttled.",
        'RFC 9293 §3.10.7.4, second and fourth ("ACK throttling"); RFC 5961 §7',
        _withheld,
    ),
    Freedom(
        OUT_OF_ORDER,
        "A segment in the window but not at its left edge may be acknowledged at once.",
        "RFC 9293 §3.10.7.4, seventh, MAY-13; §3.8.6.3",
        _out_of_order,
    ),
    Freedom(
        KEPT,
        "The ACK field of a segment whose text must wait may be processed at once.",
        "RFC 9293 §3.10.7.4, first (SHLD-31): what is held is text and FIN in SEG.SEQ order",
        _kept,
    ),
    Freedom(
        "old ACK challenged",
        "An ACK older than any window the peer offered may be answered by an ACK and dropped.",
        "RFC 9293 §3.10.7.4, fifth, MAY-12; RFC 5961 §5.2",
        added(_OLD_ACK),
    ),
    Freedom(
        "TIME-WAIT acknowledges",
        "TIME-WAIT may acknowledge whatever is acceptable.",
        "RFC 9293 §3.10.7.4, fifth, TIME-WAIT, to the letter",
        added(_TW_LETTER),
    ),
    Freedom(
        CROSSED,
        "The SYN,ACK of a peer whose SYN crossed ours establishes the connection.",
        "RFC 9293 §3.5, Figure 7",
        added(_CROSSED),
    ),
    Freedom(
        "goes on after a bad ACK",
        "SYN-RECEIVED may go on with text and FIN after answering a bad ACK by a RST.",
        "RFC 9293 §3.10.7.4, fifth, SYN-RECEIVED, to the letter",
        _after_bad_ack,
    ),
)
