"""Contradictions about closing: FIN-WAIT-2, the FIN's number, company and cause, CLOSING, TIME-WAIT, close()."""

from __future__ import annotations

from fractions import Fraction

from spec.claims.claim import Contradiction, Not, Seen, Side, Sum
from spec.claims.s0_closing import ACK_LEADS_TO_FIN_WAIT_2, FIN_IS_COUNTED, FIN_IS_NEXT, FIN_WAIT_2_TAKES_TEXT
from spec.claims.s0_words import FIN_ARRIVES, MSL, ONE_SENT, entered
from spec.claims.s2_closing import RESENDS_LOST_ACK
from spec.claims.s2_worlds import NO_WAIT, NO_WAIT_LOSSY, ONE_SIDED, TWO_MSL, TWO_MSL_LOSSY
from spec.claims.s4_closing import (
    ANSWERED_IN_TIME_WAIT,
    FIN_WITH_TEXT,
    READS_AFTER_CLOSE,
    READS_AFTER_SHUTDOWN,
    RESTARTED_BY_LETTER,
)
from spec.claims.worlds import PLAIN, TALK
from spec.ghosts import FIN_OUT, PEER_FIN, SENDS_FIN, SENT
from spec.language import BoolExpr, all_of, any_of, negated
from spec.language.beside import (
    after,
    always_step,
    arrived,
    event_is,
    every_sent,
    leads_to,
    sent_count,
    some_sent,
    sometimes,
    sometimes_step,
)
from spec.properties import PROPERTIES
from spec.vocabulary import CLOSE, CLOSE_QUEUED, FIN, ORIGIN, RST, SEG, SEGMENTIZE, SND, STATE

_ENTERS_BY_FIN = Seen(always_step(arrived(), SEG.has(FIN), given=(entered("FIN-WAIT-2"),)), TALK)
_MERGED = Seen(sometimes_step(STATE == "FIN-WAIT-1", entered("TIME-WAIT")), PLAIN, "merge-fin")
"""In a network that keeps order only one segment that is ACK and FIN leads there."""
_ALWAYS_MERGED = Seen(
    always_step(
        after(STATE) == "LAST-ACK",
        ONE_SENT,
        given=(STATE == "ESTABLISHED", FIN_ARRIVES, SND.QUEUED == 0, SND.UNA == SND.NXT),
    ),
    PLAIN,
    "merge-fin",
)
_FIRST_FIN = (SENDS_FIN, negated(FIN_OUT))
_RANDOM_FIN = Seen(
    sometimes_step(negated(FIN_OUT), some_sent(all_of(SENT.has(FIN), SND.NXT != SENT.SEQ + SENT.DATA))), TALK
)
_SECOND = (STATE == "ESTABLISHED", entered("CLOSE-WAIT"))
_FOURTH = (STATE == "FIN-WAIT-2", entered("TIME-WAIT"))
_PASSIVE_FIN = (*_FIRST_FIN, PEER_FIN, ORIGIN == "passive")
_BY_THE_USER = always_step(any_of(event_is(CLOSE), all_of(event_is(SEGMENTIZE), CLOSE_QUEUED)), given=_PASSIVE_FIN)
_BY_ITSELF = leads_to(
    FIN_OUT,
    given=(PEER_FIN, ORIGIN == "passive", SND.QUEUED == 0),
    fairness=("FC", "FT", "FF"),
    says="its own FIN",
)
_DISCARDED = always_step(
    sent_count() == 0, after(STATE) == "TIME-WAIT", given=(STATE == "TIME-WAIT", arrived(), SEG.lacks(RST))
)
_CLEAN, _DRAINED = PROPERTIES["P-34"].parts[0], PROPERTIES["P-35"].parts[0]
_ANSWERS_THE_FIN = (*RESENDS_LOST_ACK, Not(Seen(_CLEAN, NO_WAIT, "rfc1337")), Seen(_CLEAN, TWO_MSL, "rfc1337"))
"""With TIME-WAIT a FIN that comes again is answered; without, its sender sees a reset."""
_DRAINS = (Not(Seen(_DRAINED, NO_WAIT_LOSSY)), Seen(_DRAINED, TWO_MSL_LOSSY))
"""With TIME-WAIT old segments have died when it is over; without, they have not."""


def _fin_set(step: tuple[BoolExpr, ...], *, there: bool) -> Seen:
    """Return the question whether what is sent in a step has FIN set, or has it not."""
    bit = SENT.has(FIN) if there else SENT.lacks(FIN)
    return Seen(always_step(every_sent(bit), ONE_SENT, given=step), PLAIN)


_FIN_WAIT_2 = (
    Contradiction(
        "X1",
        "whether FIN-WAIT-2 receives data",
        (
            Side("it does", (FIN_WAIT_2_TAKES_TEXT,), ("S0-18", "S3-11", "S4-8")),
            Side("it does not", (Not(FIN_WAIT_2_TAKES_TEXT),), ("S1-7",)),
        ),
    ),
    Contradiction(
        "X2",
        "what leads to FIN-WAIT-2",
        (
            Side("the peer's FIN and ACK", (_ENTERS_BY_FIN,), ("S1-7",)),
            Side("the ACK of one's own FIN", (ACK_LEADS_TO_FIN_WAIT_2, Not(_ENTERS_BY_FIN)), ("S0-18", "S1-22")),
        ),
    ),
)
_FINS = (
    Contradiction(
        "X3",
        "merging the second and the third message of the close",
        (
            Side("they are one segment whenever nothing is left to send", (_ALWAYS_MERGED,), ("S1-20",)),
            Side("they cannot be merged", (Not(_MERGED),), ("S2-20",)),
            Side("they can be, if the user closes before a delayed ACK leaves", (_MERGED, Not(_ALWAYS_MERGED))),
        ),
    ),
    Contradiction(
        "X4",
        "the sequence number of a FIN",
        (
            Side("the next one, after the last octet's", (FIN_IS_NEXT,), ("S0-13", "S0-19", "S1-17")),
            Side("a random one", (_RANDOM_FIN,), ("S3-5", "S3-7")),
        ),
    ),
    Contradiction(
        "X5",
        "what leads to CLOSING",
        (
            Side("two FINs that cross", (Seen(PROPERTIES["P-17"].parts[0], TALK),), ("S1-10",)),
            Side("that the server's ACK is lost", (Seen(sometimes(STATE == "CLOSING"), ONE_SIDED),), ("S3-15",)),
        ),
    ),
    Contradiction(
        "X7",
        "the FIN flag of the second and the fourth message of the close",
        (
            Side("it is not set", (_fin_set(_SECOND, there=False), _fin_set(_FOURTH, there=False)), ("S0-16", "S0-20")),
            Side("it is set", (_fin_set(_SECOND, there=True), _fin_set(_FOURTH, there=True)), ("S3-6", "S3-8")),
        ),
    ),
    Contradiction(
        "X8",
        "whether a FIN can carry data",
        (
            Side("it can, and counts as one number even if it does not", (FIN_WITH_TEXT, FIN_IS_COUNTED), ("S0-15",)),
            Side("it cannot", (Not(FIN_WITH_TEXT),), ("S4-9",)),
        ),
    ),
    Contradiction(
        "X11",
        "what makes the side that was closed send its own FIN",
        (
            Side("its user's CLOSE", (Seen(_BY_THE_USER, TALK), Not(Seen(_BY_ITSELF, PLAIN))), ("S4-12",)),
            Side("that nothing is left to send", (Seen(_BY_ITSELF, PLAIN),), ("S1-20", "S2-19")),
        ),
    ),
)
_TIME_WAIT = (
    Contradiction(
        "X14",
        "what becomes of a segment that arrives late, in TIME-WAIT",
        (
            Side("it is discarded", (Seen(_DISCARDED, ONE_SIDED),), ("S2-29",)),
            Side(
                "a FIN is acknowledged, and the 2 MSL start anew",
                (*ANSWERED_IN_TIME_WAIT, RESTARTED_BY_LETTER),
                ("S4-15",),
            ),
            Side(
                "a FIN is acknowledged; by the letter the 2 MSL go on",
                (*ANSWERED_IN_TIME_WAIT, Not(RESTARTED_BY_LETTER)),
            ),
        ),
    ),
    Contradiction(
        "X15",
        "what the 2 MSL are for",
        (
            Side(
                "only for a FIN that is sent again",
                (*_ANSWERS_THE_FIN, Seen(_DRAINED, NO_WAIT_LOSSY)),
                ("S2-26",),
            ),
            Side("only for old segments to die out", (*_DRAINS, Seen(_CLEAN, NO_WAIT, "rfc1337")), ("S4-16",)),
            Side("for both", (*_ANSWERS_THE_FIN, *_DRAINS), ("S3-17",)),
        ),
    ),
    Contradiction(
        "X16",
        "how long an MSL is",
        (
            Side(
                "one to four minutes",
                (
                    Sum("one minute, and the MSL of RFC 9293 in seconds", Fraction(60), "about", MSL),
                    Sum("four minutes, and the MSL of RFC 9293 in seconds", Fraction(240), "about", MSL),
                ),
                ("S0-21",),
            ),
            Side("two minutes", (Sum("two minutes, and the MSL of RFC 9293 in seconds", Fraction(120), "=", MSL),)),
        ),
    ),
    Contradiction(
        "X18",
        "whether one can read after close()",
        (
            Side("one can", (READS_AFTER_CLOSE,), ("S4-8",)),
            Side("not after close(), but after shutdown()", (Not(READS_AFTER_CLOSE), READS_AFTER_SHUTDOWN)),
        ),
    ),
)

CONTRADICTIONS: tuple[Contradiction, ...] = (*_FIN_WAIT_2, *_FINS, *_TIME_WAIT)
