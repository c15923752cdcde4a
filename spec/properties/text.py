"""What the transfer of text guarantees across incarnations: P-12, P-21, P-22, P-23."""

from __future__ import annotations

from spec.ghosts import (
    FIRST_INDEX,
    HELD_INC,
    HELD_INDEX,
    HELD_OCTETS,
    HIST,
    INC,
    OCTETS_BEFORE,
    PINC,
    SEG_INC,
    SEGMENT_OCTETS,
    TAKEN,
    TAKES_HELD,
    TAKES_TEXT,
)
from spec.language import BoolExpr, all_of, any_of, named, negated
from spec.language.beside import Property, after, always_step
from spec.properties.handshake import FRESH_ISN

OWN_TEXT: BoolExpr = named(
    "what was taken, also of what was held, came from the incarnation whose SYN was taken",
    all_of(after(PINC) == SEG_INC, any_of(negated(TAKES_HELD), after(PINC) == HELD_INC)),
)
FOLLOWS: BoolExpr = named(
    "what was taken follows what this incarnation had taken",
    all_of(
        FIRST_INDEX == OCTETS_BEFORE,
        any_of(negated(TAKES_HELD), HELD_INDEX == OCTETS_BEFORE + SEGMENT_OCTETS),
    ),
)

PROPERTIES: tuple[Property, ...] = (
    Property(
        id="P-12",
        name="no text across incarnations",
        sentence="Every octet taken was sent by the incarnation whose SYN was taken.",
        cite="RFC 9293 §3.4.1",
        assumes=FRESH_ISN,
        parts=(always_step(OWN_TEXT, given=(TAKES_TEXT,)),),
    ),
    Property(
        id="P-21",
        name="at most once",
        sentence="No octet is taken twice, not even by two incarnations of the receiver.",
        cite="RFC 9293 §3.4.1; RFC 1337 §1 (replay of a connection)",
        assumes=FRESH_ISN,
        parts=(
            always_step(
                negated(TAKEN.meets_run(SEG_INC, FIRST_INDEX, SEGMENT_OCTETS)),
                negated(TAKEN.meets_run(HELD_INC, HELD_INDEX, HELD_OCTETS)),
                given=(TAKES_TEXT,),
            ),
        ),
    ),
    Property(
        id="P-22",
        name="in order, without gaps",
        sentence="What an end has taken is a prefix of what its peer's incarnation sent.",
        cite="RFC 9293 §3.4, §3.10.7.4 seventh",
        assumes=FRESH_ISN,
        parts=(always_step(OWN_TEXT, FOLLOWS, given=(TAKES_TEXT,)),),
    ),
    Property(
        id="P-23",
        name="no delivery before ESTABLISHED",
        sentence="Text is taken only by an end that is connected.",
        cite='RFC 9293 §3.5 ("doesn\'t deliver the data to the user until it is clear the data is valid")',
        parts=(always_step(after(HIST).has(after(INC), after(PINC)), given=(TAKES_TEXT,)),),
    ),
)
