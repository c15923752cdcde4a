"""What happens sooner or later, and what must not go on for ever: P-27 to P-31, P-37."""

from __future__ import annotations

from spec.language import all_of, any_of, negated
from spec.language.beside import Property, leads_to, no_delivery_cycle, peer
from spec.properties.resets import EXIT_OF_TIME_WAIT
from spec.properties.words import MATCHED, NO_TCB
from spec.vocabulary import SND, STATE, SYNCHRONIZED

_DELIVERED = ("FC", "FT", "FF")
_OPENING = STATE.isin(("SYN-SENT", "SYN-RECEIVED"))
HALF_OPEN = all_of(STATE.isin(SYNCHRONIZED), STATE != "TIME-WAIT", any_of(peer(NO_TCB), negated(MATCHED)))
"""This end is connected and its peer knows nothing of it (§3.5.1)."""

PROPERTIES: tuple[Property, ...] = (
    Property(
        id="P-27",
        name="simultaneous open succeeds",
        sentence="Two ends that opened towards each other and are both in SYN-RECEIVED become ESTABLISHED, with each "
        "other.",
        cite="RFC 9293 §3.5, Figure 7 (MUST-10)",
        parts=(
            leads_to(
                STATE.isin(SYNCHRONIZED),
                peer(STATE).isin(SYNCHRONIZED),
                MATCHED,
                given=(STATE == "SYN-RECEIVED", peer(STATE) == "SYN-RECEIVED"),
                fairness=_DELIVERED,
            ),
        ),
        asked=("opening",),
    ),
    Property(
        id="P-28",
        name="half-closed connections go on",
        sentence="FIN-WAIT-2 and CLOSE-WAIT are left, if every user whose peer has closed closes too.",
        cite="RFC 9293 §3.6, case 1 and case 2",
        parts=(
            leads_to(
                STATE != "FIN-WAIT-2", given=(STATE == "FIN-WAIT-2",), fairness=(*_DELIVERED, "FA"), says="FIN-WAIT-2"
            ),
            leads_to(
                STATE != "CLOSE-WAIT", given=(STATE == "CLOSE-WAIT",), fairness=(*_DELIVERED, "FA"), says="CLOSE-WAIT"
            ),
        ),
        asked=("closing",),
    ),
    Property(
        id="P-29",
        name="half-open is resolved",
        sentence="A connection whose peer knows nothing of it ends once its end has something outstanding.",
        cite="RFC 9293 §3.5.1",
        assumes="FS stands in the antecedent: the end that is left has sent something that stays unacknowledged.",
        parts=(
            leads_to(
                any_of(negated(HALF_OPEN), SND.UNA == SND.NXT),
                given=(HALF_OPEN, SND.UNA != SND.NXT),
                fairness=_DELIVERED,
            ),
        ),
        asked=("half-open",),
    ),
    Property(
        id="P-30a",
        name="opening ends",
        sentence="An end that is opening is connected, refused or listening again sooner or later.",
        cite="RFC 9293 §3.5; Murphy and Shankar (1991)",
        parts=(leads_to(negated(_OPENING), given=(_OPENING,), fairness=_DELIVERED),),
        asked=("opening", "half-open"),
    ),
    Property(
        id="P-30b",
        name="no answering for ever",
        sentence="The two ends never answer each other for ever without a timer or a user taking part.",
        cite="RFC 9293 §3.10.7.4; draft-gont-tcpm-tcp-seq-validation §3",
        parts=(no_delivery_cycle(),),
        asked=("opening", "closing", "half-open"),
    ),
    Property(
        id="P-31",
        name="TIME-WAIT ends, by its timer",
        sentence="TIME-WAIT is left sooner or later, and by its timer alone.",
        cite="RFC 9293 §3.3.2, §3.10.8",
        parts=(
            *EXIT_OF_TIME_WAIT,
            leads_to(
                STATE != "TIME-WAIT", given=(STATE == "TIME-WAIT",), fairness=("FC", "FT", "FF"), says="sooner or later"
            ),
        ),
        asked=("closing",),
    ),
    Property(
        id="P-37",
        name="a listener stays available",
        sentence="A client that opens to a listener gets an answer, whoever else opens connections to it.",
        cite="RFC 4987 §2 (SYN flooding)",
        parts=(leads_to(STATE != "SYN-SENT", given=(STATE == "SYN-SENT",), fairness=_DELIVERED),),
        asked=("flood",),
    ),
    Property(
        id="P-46",
        name="closing ends",
        sentence="An end that has sent its FIN sooner or later learns that it arrived, or that there is no connection.",
        cite="RFC 9293 §3.6; Han and Billington, Termination properties of TCP's connection management (2005)",
        parts=(
            leads_to(
                negated(STATE.isin(("FIN-WAIT-1", "CLOSING", "LAST-ACK"))),
                given=(STATE.isin(("FIN-WAIT-1", "CLOSING", "LAST-ACK")),),
                fairness=_DELIVERED,
            ),
        ),
        asked=("closing",),
    ),
)
