"""What an end knows of the other from its own TCB alone: P-36, the premises of the three-way handshake.

An end knows what is so in every reachable state in which its TCB is the same (Halpern and Moses, Knowledge and common
knowledge in a distributed environment, 1990).
"""

from __future__ import annotations

from spec.environment import KNOWING
from spec.ghosts import CONNECTED
from spec.language import negated
from spec.language.beside import Property, knows, not_common, peer, unsure
from spec.properties.words import MATCHED, PEER_GONE, PEER_TOOK_OUR_SYN
from spec.vocabulary import ORIGIN, STATE

KNOWLEDGE = Property(
    id="P-36",
    name="knowledge",
    sentence="An ESTABLISHED server knows that its client took its SYN; in SYN-RECEIVED it does not even know that the "
    "client still exists; and that both are connected is never common knowledge.",
    cite="RFC 9293 §3.4.1; Halpern and Moses (1990)",
    assumes="An end knows what follows from its TCB in the printed worlds, their bounds included: judged where the "
    "client may give up any attempt and segments may be lost.",
    parts=(
        knows(
            PEER_TOOK_OUR_SYN,
            given=(STATE == "ESTABLISHED", ORIGIN == "passive"),
            says="ESTABLISHED: the client took our SYN",
        ),
        unsure(
            negated(PEER_GONE),
            given=(STATE == "SYN-RECEIVED", ORIGIN == "passive"),
            says="SYN-RECEIVED: the client still exists",
        ),
        not_common(CONNECTED, peer(CONNECTED), MATCHED, says="both are connected with each other"),
    ),
    asked=(KNOWING,),
)
