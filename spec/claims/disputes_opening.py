"""Contradictions about opening: the flags of the third segment, initial sequence numbers, SYN,ACK and accept()."""

from __future__ import annotations

from fractions import Fraction

from spec.claims.claim import Contradiction, Question, Seen, Side, Sum
from spec.claims.s0_opening import LISTENER_ANSWERS
from spec.claims.s0_words import ONE_SENT, entered
from spec.claims.s2_opening import ANSWERS_SYN, ANY_NUMBER_DOES, CYCLE, FRESH
from spec.claims.s4_opening import SYN_ACK_AFTER_ACCEPT, SYN_ACK_ON_SYN, SYN_ACK_WITHOUT_ACCEPT, UNEXPECTED_SYN_ACK
from spec.claims.worlds import PLAIN, TALK, TWICE
from spec.ghosts import SENT
from spec.language import all_of
from spec.language.beside import after, always_step, every_sent, sent_count
from spec.properties.handshake import PROPERTIES as HANDSHAKE
from spec.vocabulary import ACK, RST, SEG, STATE, SYN

_THIRD = (STATE == "SYN-SENT", entered("ESTABLISHED"))
_NUMBERS = 2**32
_PER_SECOND = {"milliseconds": 250, "microseconds": 250_000}
"""How often a clock ticks whose tick is 4 milliseconds, or 4 microseconds."""
_AGREED = next(prop for prop in HANDSHAKE if prop.id == "P-02").parts[0]


def _comes_round(unit: str) -> Sum:
    """Return the question whether a clock with a tick of 4 of this unit goes round in the 4.55 hours of the RFC."""
    told = f"2^32 ticks of 4 {unit}, and the 4.55 hours of RFC 9293 §3.4.1, in seconds"
    return Sum(told, Fraction(_NUMBERS, _PER_SECOND[unit]), "about", CYCLE)


_FOUR_MILLISECONDS, _FOUR_MICROSECONDS = _comes_round("milliseconds"), _comes_round("microseconds")
_ANY_COUNTER: Question = Seen(_AGREED, TWICE, "isn-4ms")
"""A server whose number has crept by one since its last connection is connected to nobody but its client."""
_ONE_SEGMENT = Seen(
    always_step(ONE_SENT, every_sent(all_of(SENT.has(SYN, ACK), SENT.ACK == SEG.SEQ + 1)), given=LISTENER_ANSWERS),
    TALK,
)
_NO_CLIENT_ANSWERS_A_SYN = always_step(
    STATE == "LISTEN", given=(STATE.isin(("LISTEN", "SYN-SENT")), after(STATE) == "SYN-RECEIVED")
)
"""SYN-RECEIVED is a server's state: no client enters it."""

CONTRADICTIONS: tuple[Contradiction, ...] = (
    Contradiction(
        "X6",
        "the SYN flag of the third segment",
        (
            Side(
                "it is not set",
                (Seen(always_step(every_sent(SENT.lacks(SYN)), ONE_SENT, given=_THIRD), PLAIN),),
                ("S0-10", "S2-13", "S4-6"),
            ),
            Side(
                "it is set", (Seen(always_step(every_sent(SENT.has(SYN)), ONE_SENT, given=_THIRD), PLAIN),), ("S3-4",)
            ),
        ),
    ),
    Contradiction(
        "X9",
        "where initial sequence numbers come from",
        (
            Side("chance: any number will do", (ANY_NUMBER_DOES,), ("S0-1", "S2-5", "S3-2")),
            Side(
                "a counter, one tick every 4 milliseconds",
                (_FOUR_MILLISECONDS, _ANY_COUNTER),
                ("S2-9",),
            ),
            Side(
                "a clock of 4 microseconds and a keyed pseudorandom function: a number that is fresh",
                (_FOUR_MICROSECONDS, *FRESH.questions, Seen(_AGREED, TWICE)),
            ),
        ),
    ),
    Contradiction(
        "X10",
        "the tick of the ISN's clock",
        (
            Side("4 milliseconds", (_FOUR_MILLISECONDS,), ("S2-9",)),
            Side("4 microseconds", (_FOUR_MICROSECONDS,)),
        ),
    ),
    Contradiction(
        "X12",
        "when the SYN,ACK leaves",
        (
            Side("when the server's user has called accept()", (SYN_ACK_AFTER_ACCEPT,), ("S4-5",)),
            Side("when the SYN arrives", (SYN_ACK_ON_SYN, SYN_ACK_WITHOUT_ACCEPT), ("S0-9", "S1-4", "S2-11")),
        ),
    ),
    Contradiction(
        "X13",
        "the server's SYN and ACK: one segment or two",
        (
            Side("one segment", (_ONE_SEGMENT, ANSWERS_SYN), ("S0-9", "S2-11", "S4-1")),
            Side(
                "two will do as well: an ACK, and then a SYN",
                (Seen(_NO_CLIENT_ANSWERS_A_SYN, TALK, "four-way-split"),),
                ("S1-16",),
            ),
        ),
    ),
    Contradiction(
        "X17",
        "what a client does with a SYN,ACK that it did not ask for",
        (
            Side(
                "it ignores it",
                (Seen(always_step(sent_count() == 0, given=UNEXPECTED_SYN_ACK), TWICE),),
                ("S1-15", "S4-7"),
            ),
            Side(
                "it answers it by a RST that acknowledges nothing and names the number acknowledged",
                (
                    Seen(
                        always_step(
                            ONE_SENT,
                            every_sent(all_of(SENT.has(RST), SENT.lacks(ACK), SENT.SEQ == SEG.ACK)),
                            given=UNEXPECTED_SYN_ACK,
                        ),
                        TWICE,
                    ),
                ),
            ),
        ),
    ),
)
