"""What the socket calls promise their users: P-43, P-48 to P-50, for the variants that have them.

The variants are those of spec/variants/sockets.py and spec/variants/socket_calls.py.
"""

from __future__ import annotations

from spec.environment import SOCKETS
from spec.ghosts import ACCEPT_CALLED, BOUND, GIVEN_UP, QUEUE_FULL, SENT, TAKES_TEXT
from spec.language import negated
from spec.language.beside import (
    Property,
    after,
    always_step,
    arrived,
    fired,
    peer,
    sent_count,
    some_sent,
    sometimes,
    sometimes_step,
)
from spec.properties.words import MATCHED, WAS_CONNECTED
from spec.vocabulary import ACK, NEW_TEXT, ORIGIN, RCV, RST, SND, STATE, SYN

REFUSALS = ("K-4e", "K-4m", "K-5e", "K-6e", "K-6i", "K-7l", "K-7e", "K-7i", "K-8e", "K-9e")
"""The rules by which a socket call out of order is refused."""

P_43 = Property(
    id="P-43",
    name="API ordering",
    sentence="accept() and connect() return only connections that have been ESTABLISHED; a SYN,ACK does not wait "
    "for accept().",
    cite='RFC 9293 §3.10.7.2, third (a SYN in LISTEN is answered without a user call); §3.9.1.1 ("at once")',
    parts=(
        always_step(WAS_CONNECTED, given=(fired("K-1"),), says="accept() returns"),
        always_step(WAS_CONNECTED, given=(fired("K-2"),), says="connect() returns"),
        sometimes_step(
            some_sent(SENT.has(SYN, ACK)),
            after(ORIGIN) == "passive",
            negated(ACCEPT_CALLED),
            says="a SYN,ACK is sent before accept() is called",
        ),
    ),
    rules=("K-1", "K-2"),
)
P_48 = Property(
    id="P-48",
    name="socket calls in their order",
    sentence="Only listen() leads from CLOSED to LISTEN, and only after bind(); a call out of order is refused, sends "
    "nothing and changes nothing.",
    cite="POSIX.1-2017, bind(), listen(), connect(), accept(), shutdown(); RFC 9293 §3.10.1",
    parts=(
        always_step(
            fired("K-6"), BOUND, given=(STATE == "CLOSED", after(STATE) == "LISTEN"), says="LISTEN after bind()"
        ),
        always_step(
            sent_count() == 0,
            after(STATE) == STATE,
            after(ORIGIN) == ORIGIN,
            after(SND.NXT) == SND.NXT,
            after(RCV.NXT) == RCV.NXT,
            given=(fired(*REFUSALS),),
            says="a refused call",
        ),
    ),
    asked=(SOCKETS,),
    rules=("K-6",),
)
P_49 = Property(
    id="P-49",
    name="the accept queue has an end",
    sentence="While the accept queue is full, a connection that its client takes for ESTABLISHED stays in "
    "SYN-RECEIVED: its ACK is dropped.",
    cite="Linux listen(2), tcp(7) (tcp_abort_on_overflow); RFC 9293 knows no accept queue",
    parts=(
        always_step(
            after(STATE).isin(("SYN-RECEIVED", "LISTEN", "CLOSED")),
            given=(STATE == "SYN-RECEIVED", ORIGIN == "passive", QUEUE_FULL),
            says="it is not ESTABLISHED beside another that waits",
        ),
        sometimes(
            STATE == "SYN-RECEIVED",
            QUEUE_FULL,
            MATCHED,
            peer(STATE) == "ESTABLISHED",
            SND.UNA != SND.NXT,
            says="the client is ESTABLISHED, the server is not",
        ),
        sometimes_step(fired("A-1q"), says="an ACK is dropped"),
        sometimes_step(fired("K-1"), ACCEPT_CALLED, says="accept() returns"),
    ),
    asked=(SOCKETS,),
    rules=("A-1q",),
)
P_50 = Property(
    id="P-50",
    name="close() is not shutdown()",
    sentence="After shutdown() an end still takes text; after close() it takes none and answers text by a reset.",
    cite="RFC 9293 §3.6.1, MAY-1 and SHLD-3; RFC 1122 §4.2.2.13; RFC 2525 §2.16",
    parts=(
        sometimes_step(
            TAKES_TEXT, STATE.isin(("FIN-WAIT-1", "FIN-WAIT-2")), negated(GIVEN_UP), says="text taken after shutdown()"
        ),
        always_step(
            negated(TAKES_TEXT),
            some_sent(SENT.has(RST)),
            after(STATE) == "CLOSED",
            given=(GIVEN_UP, arrived(), NEW_TEXT, STATE.isin(("FIN-WAIT-1", "FIN-WAIT-2"))),
            says="text after close()",
        ),
    ),
    asked=(SOCKETS,),
    rules=("K-10",),
)
PROPERTIES: tuple[Property, ...] = (P_43, P_48, P_49, P_50)
