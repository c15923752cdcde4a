"""Lemmas about one end alone, whatever arrives: any segment, of any sender, attackers included.

They make P-06, P-07, P-19 and P-20 inductive, and say which TCBs rules have to answer for (P-10).
"""

from __future__ import annotations

from spec.ghosts import (
    CLOSE_FIRST,
    COOKIE_OUT,
    FIN_OUT,
    FIN_SEQ,
    INC,
    INCS,
    NEW_INCARNATION,
    OCTETS_SENT,
    PEER_FIN,
    PINC,
)
from spec.language import BoolExpr, SeqExpr, all_of, any_of, leq, lt, negated, seq
from spec.language.beside import after, arrived
from spec.lemmas.lemma import Assumption, Lemma, X, Y
from spec.properties.words import NO_TCB
from spec.vocabulary import CLOSE_QUEUED, ISS, ORIGIN, RCV, SEG, SND, STATE, STATES

_HAS_ISS = negated(NO_TCB)
_BEFORE_FIN = ("SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT")
_OUR_FIN = ("FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "LAST-ACK", "TIME-WAIT")


def _short(low: SeqExpr, high: SeqExpr) -> BoolExpr:
    """Return the condition that `high` lies less than half of all numbers ahead of `low`."""
    return all_of(leq(low, high), negated(all_of(low != high, lt(high, low))))


SIZES = Assumption(
    "less-than-half",
    "A window and the length of a segment are less than half of all sequence numbers.",
    "RFC 7323 §2.3 (windows of less than 2^30); RFC 9293 §3.4",
    (
        _short(RCV.NXT, RCV.NXT + RCV.WND),
        any_of(negated(arrived()), all_of(_short(SEG.SEQ, SEG.SEQ + SEG.LEN), SEG.DATA <= SEG.LEN)),
    ),
)
ONE_CONNECTION = Assumption(
    "half-a-connection",
    "One incarnation numbers less than half of all sequence numbers; an end has fewer incarnations than numbers.",
    "RFC 9293 §3.4 (all comparisons are modulo 2^32)",
    (
        any_of(after(NO_TCB), _short(after(ISS), after(SND.NXT))),
        any_of(NO_TCB, NEW_INCARNATION, after(NO_TCB), after(SND.NXT) - ISS >= SND.NXT - ISS),
        any_of(negated(NEW_INCARNATION), INCS + 1 > INCS),
    ),
)
NOT_OPPOSITE = Assumption(
    "not-opposite",
    "No ACK is exactly half of all numbers away from SND.UNA: such a number is both before and behind it.",
    "RFC 9293 §3.4 (comparisons modulo 2^32)",
    (any_of(negated(arrived()), negated(all_of(lt(SEG.ACK, SND.UNA), lt(SND.UNA, SEG.ACK)))),),
)
ORIGIN_0 = Assumption(
    "iss-0",
    "The ISS is 0. Without loss of generality: the relation is the same wherever numbers begin.",
    "RFC 9293 §3.4 (arithmetic modulo 2^32)",
    (after(ISS) == seq(0),),
)
ASSUMPTIONS: tuple[Assumption, ...] = (SIZES, ONE_CONNECTION, NOT_OPPOSITE, ORIGIN_0)

OF_TCB = ("E-03", "E-04", "E-05", "E-06", "E-07")
"""The lemmas that read no ghost: which TCBs there can be."""

LEMMAS: tuple[Lemma, ...] = (
    Lemma("E-00", "Numbers are counted from 0.", (seq(0) == ISS,)),
    Lemma("E-01", "An end uses the last ISS it chose, and gave out no cookie.", (INC == INCS, negated(COOKIE_OUT))),
    Lemma(
        "E-02",
        "A TCB's own numbers are in order, within less than half of all.",
        (INC > 0, SND.UNA - ISS <= SND.NXT - ISS, _short(ISS, SND.NXT), ISS != SND.NXT),
        (_HAS_ISS,),
    ),
    Lemma("E-03", "Before ESTABLISHED nothing is acknowledged.", (SND.UNA == ISS,), (STATE.isin(STATES[2:4]),)),
    Lemma("E-04", "A listener came from a passive OPEN.", (ORIGIN == "passive",), (STATE == "LISTEN",)),
    Lemma("E-05", "Who sent a SYN unasked came from an active OPEN.", (ORIGIN == "active",), (STATE == "SYN-SENT",)),
    Lemma("E-06", "Every connection came from an OPEN.", (ORIGIN != "none",), (STATE != "CLOSED",)),
    Lemma(
        "E-07",
        "What is queued is queued by a connection that may still send it.",
        (negated(CLOSE_QUEUED),),
        (STATE.isin(("CLOSED", "LISTEN", "SYN-SENT", "FIN-WAIT-2", "LAST-ACK", "TIME-WAIT")),),
    ),
    Lemma(
        "E-08",
        "A FIN is out only after the user's CLOSE, and nothing is queued behind it.",
        (negated(FIN_OUT),),
        (STATE.isin(_BEFORE_FIN),),
    ),
    Lemma(
        "E-09",
        "In the closing states our FIN is out, or queued.",
        (negated(CLOSE_QUEUED) == FIN_OUT,),
        (STATE.isin(_OUR_FIN),),
    ),
    Lemma(
        "E-10",
        "The FIN has the last number; it takes one behind the SYN and the octets.",
        (FIN_SEQ == SND.NXT - 1, SND.QUEUED == 0),
        (_HAS_ISS, FIN_OUT),
    ),
    Lemma("E-11", "Before ESTABLISHED the peer's FIN is not taken.", (negated(PEER_FIN),), (STATE.isin(STATES[2:4]),)),
    Lemma("E-12", "A close is remembered for incarnations that were.", (X <= INCS,), (CLOSE_FIRST.has(X, Y),)),
    Lemma(
        "E-13",
        "Who has not closed yet has not closed first.",
        (negated(CLOSE_FIRST.has(INC, X)),),
        (STATE.isin(_BEFORE_FIN),),
    ),
    Lemma(
        "E-14",
        "Every number is the SYN's, an octet's or the FIN's.",
        (OCTETS_SENT <= SND.NXT - ISS,),
        (_HAS_ISS,),
    ),
    Lemma("E-15", "Who is in FIN-WAIT-1 has closed first.", (CLOSE_FIRST.has(INC, PINC),), (STATE == "FIN-WAIT-1",)),
)
