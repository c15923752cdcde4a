"""What opening a connection guarantees: P-01 to P-05, P-16."""

from __future__ import annotations

from spec.ghosts import CONNECTED, HIST, INC, PINC
from spec.language import leq, lt, negated
from spec.language.beside import Property, after, always, always_step, peer
from spec.properties.words import HAS_TCB, MATCHED, PEER_GONE, PEER_TOOK_OUR_SYN, PEER_WAS_CONNECTED
from spec.vocabulary import IRS, ISS, ORIGIN, RCV, SND, STATE, SYNCHRONIZED

FRESH_ISN = (
    "The server's ISN is fresh: with K its advance between two incarnations and n the octets the old one sent, "
    "K >= n + 2."
)

PROPERTIES: tuple[Property, ...] = (
    Property(
        id="P-01",
        name="no ghost connection",
        sentence="A stale SYN never yields an ESTABLISHED server: a server is never connected to a client "
        "incarnation that is gone and was never connected to it.",
        cite="RFC 9293 §3.4.1, §3.5 (Figure 8)",
        assumes=FRESH_ISN,
        parts=(always(PEER_WAS_CONNECTED, given=(CONNECTED, ORIGIN == "passive", PEER_GONE)),),
    ),
    Property(
        id="P-02",
        name="agreement",
        sentence="Who is connected is connected with somebody: a server's client was connected to this very "
        "incarnation of it before, a client's server had taken this very client's SYN.",
        cite="RFC 9293 §3.4.1; Lowe, A hierarchy of authentication specifications (1997)",
        assumes=FRESH_ISN,
        parts=(
            always(PEER_WAS_CONNECTED, given=(CONNECTED, ORIGIN == "passive"), says="the server's side"),
            always(PEER_TOOK_OUR_SYN, given=(CONNECTED, ORIGIN == "active"), says="the client's side"),
        ),
    ),
    Property(
        id="P-03",
        name="injective agreement",
        sentence="No client incarnation is matched by two server incarnations: a connection cannot be replayed.",
        cite="RFC 9293 §3.4.1; Lowe (1997)",
        assumes=FRESH_ISN,
        parts=(
            always_step(
                negated(HIST.has_other_first(after(INC), after(PINC))),
                given=(after(CONNECTED), after(ORIGIN) == "passive", negated(HIST.has(after(INC), after(PINC)))),
            ),
        ),
    ),
    Property(
        id="P-04",
        name="ISN synchronisation",
        sentence="Two ends that are synchronized with each other know each other's initial sequence numbers.",
        cite="RFC 9293 §3.4.1",
        parts=(
            always(
                peer(ISS) == IRS,
                peer(IRS) == ISS,
                given=(STATE.isin(SYNCHRONIZED), peer(STATE).isin(SYNCHRONIZED), MATCHED),
            ),
        ),
    ),
    Property(
        id="P-05",
        name="window knowledge chain",
        sentence="What is acknowledged has been received, and what is received has been sent: "
        "SND.UNA =< the peer's RCV.NXT =< SND.NXT.",
        cite="RFC 9293 §3.3.1, §3.4",
        parts=(
            always(
                leq(SND.UNA, peer(RCV.NXT)),
                leq(peer(RCV.NXT), SND.NXT),
                given=(HAS_TCB, peer(HAS_TCB), MATCHED),
            ),
        ),
    ),
    Property(
        id="P-16",
        name="SYN acknowledged before ESTABLISHED",
        sentence="An ESTABLISHED end has had its SYN acknowledged.",
        cite="RFC 9293 §3.4.1 (each side must receive a confirmation of its own ISN)",
        parts=(always(lt(ISS, SND.UNA), given=(STATE == "ESTABLISHED",)),),
    ),
)
