"""What is acknowledged, when, and by which ACKs: V-6, V-11, V-13, V-14, and unread text at CLOSE (V-12)."""

from __future__ import annotations

from spec.language import (
    CONTINUE,
    Event,
    NatExpr,
    Relation,
    Step,
    Variable,
    all_of,
    any_of,
    between,
    bool_var,
    continue_at,
    leq,
    lt,
    named,
    nat_var,
    negated,
    smaller,
)
from spec.segment_arrives.ack_text_fin import OPEN_OR_CLOSING, RECEIVING
from spec.tcp import TCP
from spec.variants.readings import half_duplex_close
from spec.variants.variant import Variant, variant
from spec.vocabulary import (
    ACK,
    CLOSE,
    CLOSE_QUEUED,
    ISS,
    NEW_ACK,
    OTHER,
    OTHER_STEPS,
    PURE_ACK,
    RCV,
    RST,
    SEG,
    SND,
    SYN,
    WINDOW,
    ZERO_WINDOW_ALLOWANCE,
    State,
    TcpRule,
    has,
    lacks,
    segment,
)

# --- when to send an ACK --------------------------------------------------------------------------------------

ACK_DUE = bool_var("ACK.DUE")
_TIMEOUT = Event("DELAYED ACK TIMEOUT", "timeout", "RFC 9293 §3.8.6.3")
DELAYED_ACK_TIMEOUT = Step(_TIMEOUT, _TIMEOUT.name, _TIMEOUT.name, _TIMEOUT.cite)


def _delayed(
    relation: Relation[State], rules: tuple[str, ...], states: tuple[State, ...], meaning: str
) -> Relation[State]:
    """Return the relation in which the ACK that these rules send waits, in these states, for a timer or a ride."""
    due = Variable(ACK_DUE, False, meaning)
    timer = TcpRule(
        id="T-7",
        title="The delayed acknowledgment is sent.",
        cite="RFC 9293 §3.8.6.3, MUST-40",
        on=DELAYED_ACK_TIMEOUT,
        state=states,
        when=(ACK_DUE,),
        then=(ACK_DUE.becomes(False),),
        send=PURE_ACK,
    )
    forget = {"CLOSED": (due.name,), "LISTEN": (due.name,)}
    delayed = relation.add(timer, variables=(due,), steps=(DELAYED_ACK_TIMEOUT,), forget=forget)
    for rule in relation.rules:
        sends_ack = any(message.fields["ACK bit"].payload for message in rule.send)
        if rule.id in rules:
            delayed = delayed.replace(rule.id, then=(*rule.then, ACK_DUE.becomes(True)), send=())
        elif sends_ack and set(states) & set(rule.state):
            delayed = delayed.replace(rule.id, then=(*rule.then, ACK_DUE.becomes(False)))
    return delayed


def merge_fin(relation: Relation[State]) -> Relation[State]:
    """Return the relation in which the ACK of a FIN may wait, so that one FIN,ACK can do for both."""
    meaning = "The FIN's acknowledgment is delayed (§3.8.6.3)."
    title = "A FIN closes the peer's direction: CLOSE-WAIT; its acknowledgment may be delayed."
    return _delayed(relation, ("F-1",), ("CLOSE-WAIT",), meaning).replace("F-1", title=title)


def delayed_ack(relation: Relation[State]) -> Relation[State]:
    """Return the relation in which the ACK of text may wait; any segment with an ACK field takes it along."""
    delayed = _delayed(relation, ("D-1", "D-1b"), RECEIVING, "The acknowledgment of text is delayed (§3.8.6.3).")
    note = "However many segments of text it is for: SHLD-19's every second one is a timer that fires earlier."
    return (
        delayed.replace("D-1", title="New text is delivered to a waiting RECEIVE; its acknowledgment may be delayed.")
        .replace("D-1b", title="New text is buffered until the user asks for it; its acknowledgment may be delayed.")
        .replace("T-7", note=note)
    )


# --- which ACKs are acceptable --------------------------------------------------------------------------------

MAX_SND_WND = nat_var("MAX.SND.WND")


def ack_range(relation: Relation[State], back: NatExpr = MAX_SND_WND) -> Relation[State]:
    """Return the relation that also discards an ACK older than any window the peer ever offered (MAY-12).

    `back` is how far before SND.UNA an acceptable ACK may lie.
    """
    in_range = between(SND.UNA - back, "=<", SEG.ACK, "=<", SND.NXT)
    challenge = TcpRule(
        id="A-0b",
        title="An ACK outside the acceptable range is answered by an ACK and dropped.",
        cite="RFC 9293 §3.10.7.4, fifth, MAY-12; RFC 5961 §5.2",
        on=OTHER_STEPS.ACK,
        state=OTHER,
        when=(has(ACK), negated(in_range)),
        send=PURE_ACK,
    )
    largest = Variable(MAX_SND_WND, WINDOW, "The largest window ever offered by the peer; fixed here.")
    return relation.add(challenge, variables=(largest,))


def ghost_ack(relation: Relation[State]) -> Relation[State]:
    """Return the relation that also discards an ACK of what was never sent: one before our ISS."""
    return ack_range(relation, smaller(MAX_SND_WND, SND.UNA - ISS)).replace(
        "A-0b",
        title="An ACK outside the acceptable range, or before our ISS, is answered by an ACK and dropped.",
        cite="RFC 5961 §5.2; draft-ietf-tcpm-tcp-ghost-acks",
        note="SND.UNA - ISS counts what is acknowledged; on the wire it wraps round, and a longer counter is needed.",
    )


# --- which segments are acceptable ----------------------------------------------------------------------------

ONE_LEFT = named(
    "SEG ends at RCV.NXT-1",
    any_of(all_of(SEG.LEN == 0, SEG.SEQ + 1 == RCV.NXT), all_of(SEG.LEN > 0, SEG.SEQ + SEG.LEN == RCV.NXT)),
)
"""Its last number, or if it occupies none its own, is the one left of the window."""


def seqcheck_gont(relation: Relation[State]) -> Relation[State]:
    """Return the relation that processes the ACK field of a segment one number left of the window."""
    processed = all_of(ONE_LEFT, has(ACK), NEW_ACK)
    unacceptable = relation.rule("Q-2").when
    return relation.replace("Q-2", when=(*unacceptable, negated(processed))).add(
        TcpRule(
            id="Q-2g",
            title="A segment one number left of the window is answered by an ACK; its ACK field counts all the same.",
            cite="draft-gont-tcpm-tcp-seq-validation-04 §4.1",
            on=OTHER_STEPS.SEQUENCE,
            state=OTHER,
            when=(*unacceptable, processed),
            send=PURE_ACK,
            flow=continue_at(OTHER_STEPS.ACK),
            note="The draft calls it acceptable and so leaves the answer out; a retransmitted FIN would then never be "
            "acknowledged, nor a keep-alive answered. An ACK of nothing new changes nothing and is left to Q-2. "
            "To the draft a segment from RCV.NXT-1 to beyond the window is acceptable too; here it stays as it was.",
        )
    )


LINUX_ACCEPTABLE = named(
    "SEG is acceptable (tcp_sequence)",
    all_of(negated(lt(SEG.SEQ + SEG.LEN, RCV.NXT)), negated(lt(RCV.NXT + RCV.WND, SEG.SEQ))),
)
"""Linux's test: the segment does not end before RCV.NXT, nor begin after the window's right edge."""
_TABLE_6_STILL: tuple[State, ...] = ("SYN-RECEIVED", "TIME-WAIT")
_LINUX = "Linux net/ipv4/tcp_input.c, "


_NOTHING_TAKEN = any_of(leq(SEG.SEQ + SEG.LEN, RCV.NXT), leq(RCV.NXT + RCV.WND, SEG.SEQ), RCV.WND == 0)

LINUX_RULES: tuple[TcpRule, ...] = (
    TcpRule(
        id="Q-1l",
        title="A RST that fails Linux's sequence check is dropped.",
        cite=f"{_LINUX}tcp_sequence(), tcp_validate_incoming()",
        on=OTHER_STEPS.SEQUENCE,
        state=OPEN_OR_CLOSING,
        when=(negated(LINUX_ACCEPTABLE), has(RST)),
    ),
    TcpRule(
        id="Q-2l",
        title="A segment that fails Linux's sequence check is answered by an ACK and dropped.",
        cite=f"{_LINUX}tcp_sequence(), tcp_validate_incoming()",
        on=OTHER_STEPS.SEQUENCE,
        state=OPEN_OR_CLOSING,
        when=(negated(LINUX_ACCEPTABLE), lacks(RST)),
        send=PURE_ACK,
        note="RCV.NXT stands for RCV.WUP, the RCV.NXT last told to the peer: here each number is acknowledged when it "
        "is taken. Not modelled: that such ACKs are rate-limited (one withheld is like one lost), and that "
        "a RST at RCV.NXT-1 resets after the peer's FIN. SYN-RECEIVED and TIME-WAIT have other checks in Linux and "
        "keep Table 6 here.",
    ),
    TcpRule(
        id="Q-4l",
        title="Of a segment that begins beyond RCV.NXT the ACK field is processed now.",
        cite=f"{_LINUX}tcp_rcv_established(): tcp_ack() before tcp_data_queue()",
        on=OTHER_STEPS.IDEALIZED,
        state=OPEN_OR_CLOSING,
        when=(lt(RCV.NXT, SEG.SEQ), lacks(RST), lacks(SYN)),
        flow=CONTINUE,
        note="Its text is not held, as in the default.",
    ),
    TcpRule(
        id="D-4",
        title="A segment that is old as a whole, or of which nothing fits the window, is answered by an ACK.",
        cite=f'{_LINUX}tcp_data_queue(), "A retransmit, 2nd most common case. Force an immediate ack."',
        on=OTHER_STEPS.FIN,
        state=OPEN_OR_CLOSING,
        when=(SEG.LEN > 0, lacks(SYN), _NOTHING_TAKEN, negated(ZERO_WINDOW_ALLOWANCE)),
        send=PURE_ACK,
        note="What begins at RCV.NXT while the window is 0 has had its answer by Q-5.",
    ),
)


def seqcheck_linux(relation: Relation[State]) -> Relation[State]:
    """Return the relation with Linux's sequence check from ESTABLISHED to LAST-ACK, and what it makes of old text."""
    patched = relation.replace(
        "A-7", title="In CLOSING, a segment that does not acknowledge our FIN changes no state.", flow=CONTINUE
    )
    for rule_id in ("Q-1", "Q-2", "Q-4"):
        patched = patched.replace(rule_id, state=_TABLE_6_STILL)
    return patched.add(*LINUX_RULES)


# --- text that nobody has read --------------------------------------------------------------------------------


def half_duplex_close_unread(relation: Relation[State]) -> Relation[State]:
    """Return the relation of half-duplex-close in which a CLOSE with unread text sends a reset too."""
    patched = half_duplex_close(relation)
    for rule_id in ("U-17", "U-17q", "U-18", "U-18q"):
        patched = patched.replace(rule_id, when=(*relation.rule(rule_id).when, RCV.USER == 0))
    return patched.add(
        TcpRule(
            id="U-17u",
            title="A CLOSE with unread text on hand sends a reset: the text is lost.",
            cite="RFC 9293 §3.6.1, MAY-1 and SHLD-3; RFC 2525 §2.17",
            on=CLOSE,
            state=("ESTABLISHED", "CLOSE-WAIT"),
            when=(negated(CLOSE_QUEUED), RCV.USER > 0),
            send=segment(SEQ=SND.NXT, CTL=RST),
            goto="CLOSED",
            signal="connection reset",
            note="A CLOSE queued in SYN-RECEIVED came before any text.",
        )
    )


VARIANTS: tuple[Variant, ...] = (
    variant(
        "merge-fin",
        "The ACK of a FIN may wait a little, so that a prompt CLOSE answers with one FIN,ACK.",
        "RFC 9293 §3.8.6.3 (delayed acknowledgments), Figure 5 note 2",
        merge_fin(TCP),
    ),
    variant(
        "delayed-ack",
        "The ACK of text may wait for the next segment that goes the same way, or for a timer.",
        "RFC 9293 §3.8.6.3, SHLD-18 and MUST-40",
        delayed_ack(TCP),
    ),
    variant(
        "ack-range",
        "An ACK older than any window the peer ever offered is answered by an ACK and dropped.",
        "RFC 5961 §5.2; RFC 9293 MAY-12",
        ack_range(TCP),
    ),
    variant(
        "ghost-ack",
        "As ack-range, and an ACK before our ISS, of what was never sent, is not acceptable either.",
        "draft-ietf-tcpm-tcp-ghost-acks; RFC 5961 §5.2",
        ghost_ack(TCP),
    ),
    variant(
        "seqcheck-gont",
        "The ACK field of a segment that lies one number left of the window is processed.",
        "draft-gont-tcpm-tcp-seq-validation-04 §4.1",
        seqcheck_gont(TCP),
    ),
    variant(
        "seqcheck-linux",
        "Linux's sequence check: what ends at RCV.NXT, or begins at the window's right edge, is acceptable too.",
        "Linux net/ipv4/tcp_input.c, tcp_sequence(); draft-gont-tcpm-tcp-seq-validation-04 §4.2",
        seqcheck_linux(TCP),
    ),
    variant(
        "half-duplex-close-unread",
        "As half-duplex-close, and a CLOSE with unread text on hand sends a reset instead of a FIN.",
        "RFC 9293 §3.6.1, MAY-1 and SHLD-3; RFC 2525 §2.17",
        half_duplex_close_unread(TCP),
    ),
)
