"""Lemmas: what else is true of two ends and of every segment ever sent, so that P-01 and P-02 are inductive.

Each speaks of one end, its peer, and none, one or two arbitrary segments that the peer ever sent to it (SENT and
ANOTHER), of arbitrary incarnations X and Y. Nothing is assumed of the network: it may lose, repeat, reorder and keep
every segment for ever. A segment with a RST has no part in it: it deletes TCBs, and so do users.
"""

from __future__ import annotations

from itertools import pairwise

from spec.ghosts import (
    COOKIE_OUT,
    ENDED,
    FIRST_ISS,
    HIST,
    INC,
    INCS,
    MET,
    NEW_INCARNATION,
    PINC,
    SENT,
    SENT_INC,
    USED,
)
from spec.language import SEG as SEG_OWNER
from spec.language import BoolExpr, SeqExpr, all_of, any_of, lt, nat_var, negated, seq
from spec.language.beside import after, arrived, peer
from spec.lemmas.lemma import Assumption, Lemma, X, Y
from spec.properties.handshake import PROPERTIES as HANDSHAKE
from spec.properties.words import HAS_TCB, NO_TCB
from spec.vocabulary import ACK, ISS, ORIGIN, RCV, RST, SEG, SND, STATE, SYN, Fields

ANOTHER = Fields(SEG_OWNER)
"""A second segment that the peer ever sent to this end."""
ANOTHER_INC = nat_var("INC", SEG_OWNER)
AGREEMENT = next(prop for prop in HANDSHAKE if prop.id == "P-02")
HAS_ISS = negated(NO_TCB)
_LIVE = SENT.lacks(RST)
_END = SENT.SEQ + SENT.LEN
_SEG_END = SEG.SEQ + SEG.LEN


def _ours(*numbers: SeqExpr) -> BoolExpr:
    """Return the condition that these numbers of this end's space are in order, counted from its first ISS."""
    return all_of(*(a - FIRST_ISS <= b - FIRST_ISS for a, b in pairwise(numbers)))


def _theirs(*numbers: SeqExpr) -> BoolExpr:
    """Return the condition that these numbers of the peer's space are in order, counted from its first ISS."""
    first = peer(FIRST_ISS)
    return all_of(*(a - first <= b - first for a, b in pairwise(numbers)))


_SPAN: BoolExpr = all_of(lt(FIRST_ISS, USED), negated(lt(USED, FIRST_ISS)))
"""What this end has used is less than half of all numbers."""

ASSUMPTIONS: tuple[Assumption, ...] = (
    Assumption(
        "fresh-isn",
        "A new ISS is not smaller than any number that the end has used before.",
        "RFC 9293 §3.4.1; §3.4.3",
        (any_of(negated(NEW_INCARNATION), INCS == 0, _ours(USED, after(ISS))),),
    ),
    Assumption(
        "half-space",
        "In all its incarnations an end uses less than half of all sequence numbers, so that old numbers stay smaller.",
        "RFC 9293 §3.4.1 (the cycle of 4.55 hours), §3.4.3",
        (any_of(INCS == 0, _ours(USED, after(USED))), any_of(after(INCS) == 0, after(_SPAN))),
    ),
    Assumption(
        "origin",
        "The first ISS of each end is 0. Without loss of generality: the relation is the same wherever numbers begin.",
        "RFC 9293 §3.4 (arithmetic modulo 2^32)",
        (after(FIRST_ISS) == seq(0),),
    ),
)

ISN_ASSUMPTIONS = ASSUMPTIONS[:2]
"""Those that are asked of the environment; the origin is none, by symmetry."""

ARRIVAL = Lemma(
    "I-00",
    "What an end expects moves on, at most to the end of what arrived.",
    (
        any_of(
            after(RCV.NXT) == RCV.NXT,
            all_of(STATE == "SYN-SENT", after(RCV.NXT) != SEG.SEQ, _theirs(SEG.SEQ, after(RCV.NXT), _SEG_END)),
            all_of(HAS_TCB, _theirs(RCV.NXT, after(RCV.NXT), _SEG_END)),
        ),
    ),
    (arrived(), SEG.lacks(RST), STATE != "LISTEN", after(HAS_TCB)),
)
"""About a step, for what arrives in it: a stepping stone between the arithmetic of a rule and the lemmas below."""

LEMMAS: tuple[Lemma, ...] = (
    Lemma("I-01", "Numbers are counted from 0.", (seq(0) == FIRST_ISS,)),
    Lemma(
        "I-02",
        "The numbers an end has used lie between its first ISS and the last SND.NXT; each incarnation takes one.",
        (_SPAN, INCS <= USED - FIRST_ISS),
        (INCS > 0,),
    ),
    Lemma("I-03", "An end uses the last ISS it chose, and gave out no cookie.", (INC == INCS, negated(COOKIE_OUT))),
    Lemma(
        "I-04",
        "A TCB's own numbers are in order, and end with the last that was used.",
        (INC > 0, ENDED == "not yet", ORIGIN != "none", _ours(ISS, SND.UNA, SND.NXT), ISS != SND.NXT, SND.NXT == USED),
        (HAS_ISS,),
    ),
    Lemma(
        "I-05",
        "Before ESTABLISHED nothing is acknowledged.",
        (SND.UNA == ISS,),
        (STATE.isin(("SYN-SENT", "SYN-RECEIVED")),),
    ),
    Lemma("I-06", "A listener came from a passive OPEN.", (ORIGIN == "passive",), (STATE == "LISTEN",)),
    Lemma("I-07", "Who sent a SYN unasked came from an active OPEN.", (ORIGIN == "active",), (STATE == "SYN-SENT",)),
    Lemma(
        "I-08",
        "What an end expects is a number that its peer has used, after a SYN of an incarnation that was.",
        (_theirs(RCV.NXT, peer(USED)), peer(FIRST_ISS) != RCV.NXT, PINC > 0, peer(INCS) >= PINC),
        (HAS_TCB,),
    ),
    Lemma("I-09", "An end takes SYNs of incarnations that were.", (X <= INCS, peer(INCS) >= Y), (MET.has(X, Y),)),
    Lemma("I-10", "An incarnation takes one SYN.", (HAS_TCB, X == PINC), (HAS_ISS, MET.has(INC, X))),
    Lemma("I-11", "It remembers whose.", (MET.has(INC, PINC),), (HAS_TCB,)),
    Lemma(
        "I-12",
        "A segment carries numbers that its sender has used.",
        (SENT_INC > 0, peer(INCS) >= SENT_INC, SENT.DATA <= SENT.LEN, _theirs(SENT.SEQ, _END, peer(USED))),
        (_LIVE,),
    ),
    Lemma(
        "I-13",
        "A segment acknowledges numbers that were used.",
        (INCS > 0, FIRST_ISS != SENT.ACK, _ours(SENT.ACK, USED)),
        (_LIVE, SENT.has(ACK)),
    ),
    Lemma(
        "I-14",
        "A segment of the incarnation in use lies behind its ISS, where only a SYN is at it.",
        (_theirs(peer(ISS), SENT.SEQ), SENT.bits["SYN"] == (peer(ISS) == SENT.SEQ)),
        (_LIVE, peer(HAS_ISS), peer(INC) == SENT_INC),
    ),
    Lemma(
        "I-15",
        "A segment of an earlier incarnation ends before the ISS.",
        (_theirs(_END, peer(ISS)),),
        (_LIVE, peer(HAS_ISS), peer(INC) > SENT_INC),
    ),
    Lemma(
        "I-16",
        "An end that has not taken the SYN of its peer's incarnation expects nothing behind its ISS.",
        (_theirs(RCV.NXT, peer(ISS)),),
        (HAS_TCB, peer(HAS_ISS), peer(INC) != PINC),
    ),
    Lemma(
        "I-17",
        "Who acknowledges a number behind this ISS has taken its SYN.",
        (any_of(_ours(SENT.ACK, ISS), peer(MET).has(SENT_INC, INC)),),
        (_LIVE, SENT.has(ACK), HAS_ISS),
    ),
    Lemma(
        "I-18",
        "Segments of an earlier incarnation end before those of a later one begin.",
        (_theirs(_END, ANOTHER.SEQ), any_of(ANOTHER.has(SYN), _END != ANOTHER.SEQ)),
        (_LIVE, ANOTHER.lacks(RST), SENT_INC < ANOTHER_INC),
    ),
    Lemma(
        "I-19",
        "Segments of a later incarnation than the one whose SYN was taken begin where nothing is expected yet.",
        (_theirs(RCV.NXT, SENT.SEQ), any_of(SENT.has(SYN), RCV.NXT != SENT.SEQ)),
        (_LIVE, HAS_TCB, PINC < SENT_INC),
    ),
    Lemma(
        "I-20",
        "Segments of an earlier one end before what is expected.",
        (_theirs(_END, RCV.NXT), RCV.NXT != _END),
        (_LIVE, HAS_TCB, SENT_INC < PINC),
    ),
    Lemma(
        "I-21",
        "The SYN of a passive end carries an ACK.",
        (SENT.has(ACK),),
        (_LIVE, SENT.has(SYN), peer(HAS_ISS), peer(INC) == SENT_INC, peer(ORIGIN) == "passive"),
    ),
    Lemma(
        "I-22",
        "Who takes the SYN of a passive end is the one whose SYN that end took, and is connected at once.",
        (peer(PINC) == X, HIST.has(X, peer(INC))),
        (MET.has(X, peer(INC)), peer(HAS_TCB), peer(ORIGIN) == "passive"),
    ),
    *(
        Lemma(f"{AGREEMENT.id}/{number}", f"{AGREEMENT.name}: {part.says}", part.holds, part.given)
        for number, part in enumerate(AGREEMENT.parts, 1)
    ),
)
