"""P-39, service refinement: what a connection service promises its users, whatever protocol provides it.

The abstract service has calls and signals only. Here it is told as invariants over ghosts, one part a promise: each
says when a signal may be given, by what both users and ends did before. Text counts as handed over when it is taken:
a user that does not ask for it at once gets it later, in the same order.
"""

from __future__ import annotations

from spec.ghosts import (
    CLOSED_AFTER,
    ENDED,
    FIRST_INDEX,
    HIST,
    INC,
    LOST,
    OCTETS_SENT,
    OCTETS_TAKEN,
    PEER_FIN,
    PINC,
    RESET,
    SEG_INC,
    SEGMENT_OCTETS,
    TAKEN,
    TAKES_FIN,
    TAKES_TEXT,
)
from spec.language import BoolExpr, all_of, any_of, named, negated
from spec.language.beside import Property, after, always, always_step, fired, peer
from spec.properties.handshake import FRESH_ISN
from spec.properties.text import FOLLOWS, OWN_TEXT
from spec.properties.words import MATCHED, PEER_TOOK_OUR_SYN
from spec.vocabulary import ORIGIN, STATE

TOLD_ESTABLISHED: BoolExpr = named(
    "the user is told that the connection is established",
    any_of(fired("A-1", "SS-5", "L-5", "L-5f"), all_of(fired("L-3"), after(STATE) == "ESTABLISHED")),
)
_WAS_TOLD = STATE.isin(("ESTABLISHED", "CLOSE-WAIT"))
PEER_IS_OPENING: BoolExpr = named(
    "the peer's incarnation whose SYN was taken is still in SYN-SENT",
    all_of(peer(INC) == PINC, peer(STATE) == "SYN-SENT"),
)
PEER_LOST_IT: BoolExpr = named(
    "the peer's incarnation whose SYN was taken aborted or lost the connection", peer(LOST).has(PINC, INC)
)
PEER_NEVER_HAD_IT: BoolExpr = named(
    "the peer's incarnation whose SYN was taken, if any, was never connected to this one",
    negated(peer(HIST).has(PINC, INC)),
)

SERVICE = Property(
    id="P-39",
    name="service refinement",
    sentence="Two ends keep what a connection service promises: who is told that a connection is established has a "
    "partner, once; text is handed over in order, once, from that partner; a close is told when the partner closed "
    "and all its text was taken; a reset is told only for a reason.",
    cite="Murphy and Shankar, Connection management for the transport layer (1991); Lampson, Lynch and "
    "Sogaard-Andersen, Correctness of at-most-once message delivery protocols (1993)",
    assumes=FRESH_ISN,
    parts=(
        always_step(
            negated(HIST.has(after(INC), after(PINC))),
            negated(HIST.has_other_first(after(INC), after(PINC))),
            given=(TOLD_ESTABLISHED,),
            says="an incarnation is told once that it is connected, and with an incarnation that no other was "
            "connected with",
        ),
        always(
            any_of(PEER_TOOK_OUR_SYN, PEER_IS_OPENING),
            given=(_WAS_TOLD, ORIGIN == "passive"),
            says="who accepted a connection has a partner: the incarnation that opened took its SYN, or still waits "
            "for it",
        ),
        always(
            PEER_TOOK_OUR_SYN,
            given=(_WAS_TOLD, ORIGIN == "active"),
            says="who opened a connection and was told that it is established has a partner that took its SYN",
        ),
        always_step(
            OWN_TEXT,
            FOLLOWS,
            negated(TAKEN.meets_run(SEG_INC, FIRST_INDEX, SEGMENT_OCTETS)),
            given=(TAKES_TEXT,),
            says="text is taken in order, at most once, from the partner",
        ),
        always(
            peer(CLOSED_AFTER).has(PINC, OCTETS_TAKEN),
            given=(PEER_FIN,),
            says="that the connection is closing is told when the partner's user has closed it, and all text sent "
            "before was taken",
        ),
        always_step(
            negated(PEER_FIN),
            given=(TAKES_FIN,),
            says="that the connection is closing is told once",
        ),
        always(
            peer(PEER_FIN),
            peer(OCTETS_TAKEN) == OCTETS_SENT,
            given=(STATE.isin(("FIN-WAIT-2", "TIME-WAIT")), ENDED == "not yet", MATCHED),
            says="a CLOSE is acknowledged when the partner has taken it, and all text sent before",
        ),
        always(
            any_of(PEER_NEVER_HAD_IT, PEER_LOST_IT),
            given=(RESET,),
            says="a connection is refused or reset only if the peer was never connected, or aborted it, gave up, "
            "crashed or was reset itself",
        ),
    ),
)
