"""What TIME-WAIT is for: P-33 to P-35, judged in worlds with a clock."""

from __future__ import annotations

from spec.environment import TIME
from spec.ghosts import ENDED, INC, PINC, SENT, SENT_INC
from spec.language import all_of, any_of, negated
from spec.language.beside import Property, always, in_flight, peer
from spec.properties.words import MATCHED, WAS_CONNECTED
from spec.vocabulary import NO_CONNECTION, STATE

CLOCK = "Segments live MSL ticks, TIME-WAIT is measured by the same clock; all other timers fire at any moment."
_OUTLIVED = (ENDED == "time-wait timeout", MATCHED)
_PEER_ENDED = any_of(
    peer(STATE) == "TIME-WAIT",
    all_of(peer(STATE).isin(NO_CONNECTION), peer(ENDED).isin(("ack", "time-wait timeout"))),
)

PROPERTIES: tuple[Property, ...] = (
    Property(
        id="P-33",
        name="TIME-WAIT outlives LAST-ACK",
        sentence="When TIME-WAIT ends, the peer no longer waits for the acknowledgment of its FIN.",
        cite="RFC 9293 §3.3.2 (TIME-WAIT), §3.6",
        assumes=CLOCK,
        parts=(always(negated(peer(STATE).isin(("LAST-ACK", "CLOSING"))), given=_OUTLIVED),),
        asked=(TIME,),
    ),
    Property(
        id="P-34",
        name="clean close of both sides",
        sentence="When both users only CLOSE, neither end of a connection that was established sees a reset.",
        cite="RFC 9293 §3.3.2 (TIME-WAIT), §3.6",
        assumes=CLOCK,
        parts=(
            always(
                ENDED != "rst",
                given=(
                    WAS_CONNECTED,
                    MATCHED,
                    ENDED != "not yet",
                    peer(ENDED).isin(("not yet", "ack", "time-wait timeout", "rst")),
                ),
            ),
        ),
        asked=(TIME,),
    ),
    Property(
        id="P-35",
        name="the network is drained",
        sentence="When TIME-WAIT ends and the peer has ended by an acknowledgment, no segment of the connection that "
        "occupies sequence numbers is in flight.",
        cite="RFC 9293 §3.4.2, §3.4.3, §3.6; RFC 1185 appendix",
        assumes=CLOCK,
        parts=(
            always(
                negated(in_flight(all_of(SENT.LEN > 0, any_of(SENT_INC == INC, SENT_INC == PINC)))),
                given=(*_OUTLIVED, _PEER_ENDED),
            ),
        ),
        asked=(TIME,),
    ),
)
