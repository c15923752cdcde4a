"""What sequence numbers and emitted segments guarantee: P-06, P-09, P-11, P-15, P-19, P-20."""

from __future__ import annotations

from spec.environment import WRAPPING
from spec.ghosts import (
    FIN_OUT,
    FIN_SEQ,
    INC,
    LAP,
    NEW_INCARNATION,
    OCTETS_SENT,
    OVERRUN,
    SENDS_FIN,
    SENT,
    SENT_INC,
    SENT_INDEX,
    SENT_LAP,
)
from spec.language import BoolExpr, all_of, any_of, count, leq, named, negated
from spec.language.beside import Property, after, always, always_step, arrived, every_sent, in_flight
from spec.properties.words import HAS_TCB
from spec.vocabulary import ACK, FIN, ISS, RCV, RST, SEG, SND, STATE, STATES, SYN

OUR_TEXT: BoolExpr = named(
    "text of this incarnation", all_of(SENT.DATA > 0, SENT_INC == INC, SENT.SEQ - (SENT_INDEX + 1) == ISS)
)
"""The segment carries text that this incarnation of this end sent: the ISS tells the two ends' segments apart."""
NUMBER_GIVEN_AGAIN: BoolExpr = named(
    "its first number has been given again",
    any_of(SENT_LAP + 2 <= LAP, all_of(SENT_LAP + 1 == LAP, SENT.SEQ - ISS < SND.NXT - ISS)),
)
"""The numbering has come round to the first octet of the segment and passed it."""

UNIQUE_BINDING = Property(
    id="P-11",
    name="unique binding of octets to numbers",
    sentence="While an octet is in flight, its sequence number is not given again by the same incarnation.",
    cite='RFC 9293 §3.4.3 ("the unique binding of segment data to sequence space"); RFC 7323 §1.2, (1)',
    assumes="At most 2^k octets are sent while a segment lives, k the width of sequence numbers. Judged while at most "
    "half of all numbers were ever outstanding (RFC 7323 §2.3): no rule keeps a sender to its peer's window.",
    parts=(
        always(
            negated(in_flight(all_of(OUR_TEXT, NUMBER_GIVEN_AGAIN))),
            given=(HAS_TCB, negated(OVERRUN), any_of(LAP > 0, SND.NXT - ISS > 1), in_flight(OUR_TEXT)),
        ),
    ),
    asked=(WRAPPING,),
)

RULES_ALONE: tuple[Property, ...] = (
    Property(
        id="P-10",
        name="the relation is deterministic and total",
        sentence="Whatever the TCB and whatever arrives, at most one rule of a step fires, and every call and segment "
        "finds a rule.",
        cite="RFC 9293 §3.10 (each event is processed as one step says)",
        assumes="Windows and segments of less than half of all sequence numbers; a passive OPEN in LISTEN is left out, "
        "for which the text gives no action.",
        graph="rules",
        asked=(),
    ),
    Property(
        id="P-47",
        name="numbers may begin anywhere",
        sentence="An end does the same wherever its own and its peer's sequence numbers begin, but for the SEQ of 0 in "
        "the reset that answers a segment without ACK.",
        cite="RFC 9293 §3.4 (arithmetic modulo 2^32), §3.5.2",
        graph="rules",
        asked=(),
    ),
)
"""What is said of the rules alone: proved by z3, for all TCBs and segments, and never explored."""

PROPERTIES: tuple[Property, ...] = (
    Property(
        id="P-06",
        name="order of the sequence variables",
        sentence="ISS =< SND.UNA =< SND.NXT; SND.NXT counts the SYN, every octet and the FIN once; "
        "SND.UNA and RCV.NXT never go back.",
        cite="RFC 9293 §3.3.1, §3.4",
        parts=(
            always(
                leq(ISS, SND.UNA),
                leq(SND.UNA, SND.NXT),
                OCTETS_SENT + 1 + count(FIN_OUT) == SND.NXT - ISS,
                given=(STATE.isin(STATES[2:]),),
                says="order",
            ),
            always_step(
                leq(SND.UNA, after(SND.UNA)),
                leq(RCV.NXT, after(RCV.NXT)),
                given=(HAS_TCB, after(HAS_TCB), negated(NEW_INCARNATION)),
                says="monotone",
            ),
        ),
    ),
    Property(
        id="P-09",
        name="no reset for a reset",
        sentence="In no case does receipt of a segment containing RST give rise to a RST in response.",
        cite="RFC 9293 §4 (RST), §3.5.2",
        parts=(always_step(every_sent(SENT.lacks(RST)), given=(arrived(), SEG.has(RST))),),
    ),
    Property(
        id="P-15",
        name="emission discipline",
        sentence="A SYN carries the ISS and leaves only before it is acknowledged; every other segment but a RST "
        "carries an ACK, and an ACK field says RCV.NXT.",
        cite="RFC 9293 §3.1 (ACK: always sent once a connection is established), §3.10",
        parts=(
            always_step(
                every_sent(any_of(SENT.lacks(SYN), after(ISS) == SENT.SEQ)),
                every_sent(any_of(SENT.lacks(SYN), NEW_INCARNATION, STATE.isin(STATES[:4]), SND.UNA == ISS)),
                every_sent(any_of(SENT.has(ACK), SENT.has(RST), SENT.has(SYN))),
                every_sent(any_of(SENT.lacks(ACK), SENT.has(RST), after(RCV.NXT) == SENT.ACK)),
                given=(negated(every_sent(SENT.has(RST))),),
            ),
        ),
    ),
    Property(
        id="P-19",
        name="nothing after FIN",
        sentence="After its FIN an end numbers no octet and no second FIN.",
        cite='RFC 9293 §3.6 ("I have no more data to send")',
        parts=(
            always_step(
                every_sent(any_of(SENT.has(RST), leq(SENT.SEQ + SENT.LEN, FIN_SEQ + 1))),
                given=(FIN_OUT, HAS_TCB, negated(NEW_INCARNATION), negated(every_sent(SENT.has(RST)))),
            ),
        ),
    ),
    Property(
        id="P-20",
        name="one FIN per side and incarnation",
        sentence="All FIN segments of one incarnation carry the same number, the last before SND.NXT.",
        cite='RFC 9293 §3.10.4 ("as long as a second FIN is not emitted")',
        parts=(
            always_step(
                every_sent(any_of(SENT.lacks(FIN), after(FIN_SEQ) == SENT.SEQ + SENT.LEN - 1)),
                after(FIN_SEQ) == after(SND.NXT) - 1,
                given=(SENDS_FIN,),
            ),
        ),
    ),
)
