"""What closing a connection guarantees: P-07, P-17, P-18, P-24, P-32, P-34."""

from __future__ import annotations

from spec.ghosts import (
    CLOSE_FIRST,
    ENDED,
    FIN_FIRST,
    FIN_OUT,
    INC,
    OCTETS_SENT,
    OCTETS_TAKEN,
    PEER_FIN,
    PINC,
    SENT,
    TAKES_TEXT,
)
from spec.language import BoolExpr, all_of, any_of, named, negated
from spec.language.beside import Property, after, always, always_step, arrived, peer, some_sent, sometimes_step
from spec.properties.words import MATCHED
from spec.vocabulary import CLOSE_QUEUED, RST, SEG, SND, STATE

_FIN_ACKED: tuple[BoolExpr, ...] = (FIN_OUT, SND.UNA == SND.NXT)
_FIN_PENDING: BoolExpr = named(
    "our FIN is queued, or sent and not acknowledged",
    any_of(all_of(CLOSE_QUEUED, negated(FIN_OUT)), all_of(negated(CLOSE_QUEUED), FIN_OUT, SND.UNA != SND.NXT)),
)
_GRACEFUL = ("ack", "time-wait timeout")

PROPERTIES: tuple[Property, ...] = (
    Property(
        id="P-07",
        name="the state tells whose FIN is where",
        sentence="Each synchronized state is one combination of (own FIN: none, out, acknowledged) and "
        "(peer's FIN: not taken, taken); CLOSING and LAST-ACK are told apart by who closed first.",
        cite="RFC 9293 §3.3.2, Figure 5",
        parts=(
            always(negated(FIN_OUT), negated(PEER_FIN), given=(STATE == "ESTABLISHED",), says="ESTABLISHED"),
            always(negated(FIN_OUT), PEER_FIN, given=(STATE == "CLOSE-WAIT",), says="CLOSE-WAIT"),
            always(_FIN_PENDING, negated(PEER_FIN), given=(STATE == "FIN-WAIT-1",), says="FIN-WAIT-1"),
            always(*_FIN_ACKED, negated(PEER_FIN), given=(STATE == "FIN-WAIT-2",), says="FIN-WAIT-2"),
            always(
                _FIN_PENDING,
                PEER_FIN,
                CLOSE_FIRST.has(INC, PINC),
                given=(STATE == "CLOSING",),
                says="CLOSING",
            ),
            always(
                _FIN_PENDING,
                PEER_FIN,
                negated(CLOSE_FIRST.has(INC, PINC)),
                given=(STATE == "LAST-ACK",),
                says="LAST-ACK",
            ),
            always(*_FIN_ACKED, PEER_FIN, given=(STATE == "TIME-WAIT",), says="TIME-WAIT"),
        ),
    ),
    Property(
        id="P-17",
        name="CLOSING only by crossing FINs",
        sentence="An end is in CLOSING only if its peer sent its FIN before it took this end's FIN; a lost ACK "
        "is not enough.",
        cite="RFC 9293 §3.6, case 3 (Figure 13)",
        parts=(always(peer(FIN_FIRST).has(PINC, INC), given=(STATE == "CLOSING",)),),
    ),
    Property(
        id="P-18",
        name="half-close works",
        sentence="An end in FIN-WAIT-2 still takes text but sends none; an end in CLOSE-WAIT still sends text.",
        cite="RFC 9293 §3.6, §3.6.1",
        parts=(
            sometimes_step(TAKES_TEXT, STATE == "FIN-WAIT-2", says="text taken in FIN-WAIT-2"),
            always_step(
                after(OCTETS_SENT) == OCTETS_SENT, given=(STATE == "FIN-WAIT-2",), says="none sent in FIN-WAIT-2"
            ),
            sometimes_step(STATE == "CLOSE-WAIT", some_sent(SENT.DATA > 0), says="text sent in CLOSE-WAIT"),
        ),
    ),
    Property(
        id="P-24",
        name="a graceful close is complete",
        sentence="If both ends of a connection ended by the close handshake, every octet sent was taken.",
        cite='RFC 9293 §3.6 ("reliably deliver all buffers SENT before the connection was CLOSED")',
        parts=(
            always(
                peer(OCTETS_TAKEN) == OCTETS_SENT,
                given=(ENDED.isin(_GRACEFUL), peer(ENDED).isin(_GRACEFUL), MATCHED),
            ),
        ),
    ),
    Property(
        id="P-32",
        name="no TIME-WAIT assassination",
        sentence="A RST does not end TIME-WAIT.",
        cite="RFC 1337 §2 (F1)",
        parts=(always_step(after(STATE) == "TIME-WAIT", given=(STATE == "TIME-WAIT", arrived(), SEG.has(RST))),),
    ),
)
