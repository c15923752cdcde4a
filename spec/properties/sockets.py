"""What the socket calls promise their users: P-43, for the variants that have them (spec/variants/sockets.py)."""

from __future__ import annotations

from spec.ghosts import ACCEPT_CALLED, SENT
from spec.language import negated
from spec.language.beside import Property, after, always_step, fired, some_sent, sometimes_step
from spec.properties.words import WAS_CONNECTED
from spec.vocabulary import ACK, ORIGIN, SYN

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
PROPERTIES: tuple[Property, ...] = (P_43,)
