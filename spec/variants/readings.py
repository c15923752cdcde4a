"""Readings of the RFC's letter, and choices it leaves open: LT-2, LT-3, LT-11 to LT-13, LT-15, V-10, V-12.

The defaults are argued in docs/decisions/0007; each other reading is a patch here. The last is a row that the RFC
allows and the default leaves out: half-duplex close (D-3).
"""

from __future__ import annotations

from spec.language import (
    CONTINUE,
    Relation,
    all_of,
    before,
    between,
    negated,
)
from spec.tcp import TCP
from spec.variants.variant import Variant, variant
from spec.vocabulary import (
    ACK,
    CLOSE_QUEUED,
    FIN,
    ISS,
    NEW_TEXT,
    OTHER_STEPS,
    PURE_ACK,
    RCV,
    RST,
    SEG,
    SND,
    STATE,
    SYN,
    State,
    TcpRule,
    segment,
)


def bsd_resync(relation: Relation[State]) -> Relation[State]:
    """Return the relation whose answer to an unacceptable segment is the front of the retransmission queue."""
    unacceptable = relation.rule("Q-2").when
    only_fin = all_of(SND.UNA != ISS, SND.NXT - SND.UNA == 1, negated(CLOSE_QUEUED))
    resend_syn = TcpRule(
        id="Q-2s",
        title="A segment that is not acceptable is answered by sending our SYN,ACK again.",
        cite="BSD tcp_output(); draft-gont-tcpm-tcp-seq-validation",
        on=OTHER_STEPS.SEQUENCE,
        state=("SYN-RECEIVED",),
        when=unacceptable,
        send=segment(SEQ=ISS, ACK=RCV.NXT, CTL=SYN | ACK),
    )
    resend_fin = TcpRule(
        id="Q-2f",
        title="A segment that is not acceptable is answered by sending our FIN again.",
        cite="BSD tcp_output(); draft-gont-tcpm-tcp-seq-validation",
        on=OTHER_STEPS.SEQUENCE,
        state=("FIN-WAIT-1", "CLOSING", "LAST-ACK"),
        when=(*unacceptable, only_fin),
        send=segment(SEQ=SND.UNA, ACK=RCV.NXT, CTL=FIN | ACK),
    )
    in_fin_states = STATE.isin(("FIN-WAIT-1", "CLOSING", "LAST-ACK"))
    plain = tuple(state for state in relation.rule("Q-2").state if state != "SYN-RECEIVED")
    return relation.replace("Q-2", state=plain, when=(*unacceptable, negated(all_of(in_fin_states, only_fin)))).add(
        resend_syn, resend_fin
    )


def half_duplex_close(relation: Relation[State]) -> Relation[State]:
    """Return the relation in which text after CLOSE is answered by a reset (MAY-1, SHLD-3)."""
    receiving = {"state": ("ESTABLISHED",)}
    patched = relation
    for rule_id in ("D-1", "D-1f", "D-1b", "D-1bf"):
        patched = patched.replace(rule_id, **receiving)
    return patched.add(
        TcpRule(
            id="D-3",
            title="Text that arrives after CLOSE is lost, and a reset says so.",
            cite="RFC 9293 §3.6.1, MAY-1 and SHLD-3; RFC 2525 §2.17",
            on=OTHER_STEPS.TEXT,
            state=("FIN-WAIT-1", "FIN-WAIT-2"),
            when=(NEW_TEXT,),
            send=segment(SEQ=SND.NXT, CTL=RST),
            goto="CLOSED",
            signal="connection reset",
        )
    )


def fin_with_text(relation: Relation[State]) -> Relation[State]:
    """Return the relation in which the FIN goes with the text that is queued before it, in one segment."""
    both = segment(SEQ=before(SND.NXT), ACK=RCV.NXT, CTL=FIN | ACK, DATA=before(SND.QUEUED))
    numbered = (SND.NXT.becomes(SND.NXT + SND.QUEUED + 1), SND.QUEUED.becomes(0), CLOSE_QUEUED.becomes(False))
    patched = relation.replace("O-1", when=(SND.QUEUED > 0, negated(CLOSE_QUEUED)))
    for rule_id in ("O-2", "O-4"):
        title = f"{relation.rule(rule_id).title[:-1]}, with the text before it."
        patched = patched.replace(rule_id, title=title, when=(CLOSE_QUEUED,), then=numbered, send=both)
    return patched


VARIANTS: tuple[Variant, ...] = (
    variant(
        "tw-ack-letter",
        "TIME-WAIT acknowledges every acceptable segment that has an ACK, FIN or not.",
        "RFC 9293 §3.10.7.4, fifth, TIME-WAIT, to the letter",
        TCP.without("A-10n").replace(
            "A-10", title="In TIME-WAIT, whatever arrives is acknowledged.", when=(), send=PURE_ACK
        ),
    ),
    variant(
        "continue-after-bad-ack",
        "SYN-RECEIVED goes on processing text and FIN after answering a bad ACK by a RST.",
        "RFC 9293 §3.10.7.4, fifth, SYN-RECEIVED, to the letter (no 'drop the segment and return')",
        TCP.replace("A-2", flow=CONTINUE),
    ),
    variant(
        "ack-out-of-order",
        "Any segment that begins beyond RCV.NXT is answered by an ACK, with or without text.",
        "RFC 9293 §3.10.7.4, seventh, MAY-13, applied to every segment",
        TCP.replace("Q-4", send=PURE_ACK),
    ),
    variant(
        "simopen-ack",
        "SYN-SENT answers a bare SYN by an ACK instead of a SYN,ACK.",
        "RFC 793, Figure 6 (an error by RFC 1122 §4.2.2.8(a))",
        TCP.replace("SS-6", send=PURE_ACK),
    ),
    variant(
        "srcvd-ack-793",
        "SYN-RECEIVED accepts SEG.ACK = SND.UNA too.",
        "RFC 793 p. 72 (erratum 3301)",
        TCP.replace("A-1", when=(between(SND.UNA, "=<", SEG.ACK, "=<", SND.NXT),)).replace(
            "A-2", when=(negated(between(SND.UNA, "=<", SEG.ACK, "=<", SND.NXT)),)
        ),
    ),
    variant(
        "close-wait-close-793",
        "A CLOSE in CLOSE-WAIT enters CLOSING.",
        "RFC 793 p. 61 (an error by RFC 1122 §4.2.2.20(a))",
        TCP.replace("U-18", goto="CLOSING").replace("O-4", goto="CLOSING"),
    ),
    variant(
        "bsd-resync",
        "An unacceptable segment is answered by the front of the retransmission queue.",
        "BSD tcp_output(); draft-gont-tcpm-tcp-seq-validation §3",
        bsd_resync(TCP),
    ),
    variant(
        "queue-close",
        "A CLOSE in SYN-RECEIVED always waits for ESTABLISHED.",
        'RFC 9293 §3.10.4, SYN-RECEIVED ("otherwise, queue for processing after entering ESTABLISHED state")',
        TCP.replace(
            "U-15",
            title="A CLOSE in SYN-RECEIVED is queued.",
            then=(CLOSE_QUEUED.becomes(True),),
            send=(),
            goto=None,
        ),
    ),
    variant(
        "half-duplex-close",
        "After CLOSE nothing more is read: text that arrives is lost, and a reset says so.",
        "RFC 9293 §3.6.1, MAY-1 and SHLD-3",
        half_duplex_close(TCP),
    ),
    variant(
        "fin-with-text",
        "A FIN goes in one segment with the text that is queued before it.",
        'RFC 9293 §3.4 ("the FIN is considered to occur after the last actual data octet in a segment")',
        fin_with_text(TCP),
    ),
)
