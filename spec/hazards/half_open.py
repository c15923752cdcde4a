"""Hazards of an end that is gone, silent or forgetful, and of users that leave a connection behind."""

from __future__ import annotations

from dataclasses import replace

from spec.environment import User, active_open
from spec.fairness import FAIRNESS
from spec.ghosts import INC, LOST
from spec.hazards import worlds as w
from spec.hazards.hazard import (
    MUST_HOLD,
    VIOLATES,
    Experiment,
    Hazard,
    Switch,
    known,
    own,
    variants,
    worlds,
)
from spec.language import BoolExpr, NatExpr, negated
from spec.language.beside import always, fired, in_flight, leads_to, peer, sometimes, sometimes_step
from spec.language.sorts import BOOL, NAT
from spec.properties.progress import HALF_OPEN
from spec.properties.words import MATCHED, WAS_CONNECTED
from spec.variants import VARIANTS, Variant
from spec.variants.resets import silent_closed
from spec.variants.variant import variant
from spec.vocabulary import ORIGIN, RCV, SND, STATE

_THREE_WAY = VARIANTS["three-way"]
_DELIVERED = ("FC", "FT", "FF")
_EVERY = tuple(FAIRNESS)
_USERS_CLOSE = (Switch("fairness FA", fairness=(*_DELIVERED, "FA")),)
_ONE = NatExpr("const", NAT, (), 1)
_ANYTHING = BoolExpr("const", BOOL, (), True)
TWO_WAY_SILENT: Variant = variant(
    "two-way-silent",
    "As two-way, and a connection that does not exist answers nothing.",
    "the handshake that RFC 9293 §3.4.1 argues against; environment of §3.10.7.1",
    silent_closed(VARIANTS["two-way"].relation),
)
"""The client's host is down, or a firewall drops what it gets."""


def _resolved(hazard_id: str) -> Experiment:
    """Return the experiment whether a half-open connection ends by itself, whoever sends or not."""
    prop = own(
        hazard_id,
        "A connection whose peer knows nothing of it ends.",
        "RFC 9293 §3.5.1",
        leads_to(negated(HALF_OPEN), given=(HALF_OPEN,), fairness=_DELIVERED),
    )
    return Experiment(VIOLATES, _THREE_WAY, w.SILENCE, prop)


_RESTARTED = w.isn_of_a(w.FIGURE_9, w.CONST)
_CLIENT_SPEAKS = replace(w.BANNER, users=(User((active_open(), w.TALKS)), w.BANNER.users[1]))

GONE: tuple[Hazard, ...] = (
    Hazard(
        "H-02",
        "ghost that nobody ends",
        "A two-way server that took an old SYN talks for ever to a host that does not answer.",
        "RFC 9293 §3.4.1",
        Experiment(VIOLATES, TWO_WAY_SILENT, w.GHOST, known("P-29"), variants("silent-closed", "two-way")),
        note="With three segments there is no ESTABLISHED ghost to speak of, so P-29 says nothing there.",
    ),
    Hazard(
        "H-07",
        "half-open, the restarted end opens",
        "A client that lost its memory opens again; what the old server says is reset, and the new connection is made.",
        "RFC 9293 §3.5.1, Figure 9",
        Experiment(
            MUST_HOLD,
            _THREE_WAY,
            w.FIGURE_9,
            known("P-30a"),
            (*variants("silent-closed"), *worlds({"ISN of A: const": _RESTARTED})),
            recovery=sometimes(
                STATE == "ESTABLISHED",
                ORIGIN == "active",
                INC == 2,
                peer(STATE) == "ESTABLISHED",
                MATCHED,
                peer(LOST).has(_ONE, _ONE),
                says="the old connection was reset and the new one is made",
            ),
        ),
    ),
    Hazard(
        "H-08",
        "half-open, the survivor sends",
        "A server sends to a client that lost its memory; a reset ends the connection.",
        "RFC 9293 §3.5.1, Figure 10",
        Experiment(
            MUST_HOLD,
            _THREE_WAY,
            w.FIGURE_10,
            known("P-29"),
            variants("silent-closed"),
            recovery=sometimes_step(
                fired("R-4"), STATE == "ESTABLISHED", SND.UNA != SND.NXT, says="text is answered by a reset"
            ),
        ),
    ),
    Hazard(
        "H-09",
        "half-open, nobody sends",
        "After a crash the other end stays ESTABLISHED for ever if it has nothing to say.",
        'RFC 9293 §3.5.1 ("if an attempt is made to send data")',
        replace(_resolved("H-09"), switches=variants("keep-alive")),
    ),
    Hazard(
        "H-10",
        "restart with the number before RCV.NXT",
        "A restarted client's SYN looks like its old one: the ACK in answer acknowledges it and is dropped, for ever.",
        "RFC 5961 §4.2, end",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            _RESTARTED,
            known("P-30a"),
            (*variants("syn-reset"), *worlds({"ISN of A: clock(1)": w.isn_of_a(w.FIGURE_9, w.clock(1))})),
        ),
    ),
    Hazard(
        "H-35",
        "SYN cookie and a lost ACK",
        "The last ACK is lost: the client waits for the server to speak, the server knows of no connection.",
        "RFC 4987 §3.6",
        Experiment(
            VIOLATES,
            VARIANTS["syn-cookies"],
            w.BANNER,
            own(
                "H-35",
                "A client that is ESTABLISHED has a server that is, sooner or later.",
                "RFC 9293 §3.5",
                leads_to(
                    peer(STATE) == "ESTABLISHED",
                    given=(STATE == "ESTABLISHED", ORIGIN == "active"),
                    fairness=(*_DELIVERED, "FS"),
                ),
            ),
            (*variants("three-way"), *worlds({"the client speaks first": _CLIENT_SPEAKS})),
        ),
    ),
    Hazard(
        "H-48",
        "keep-alive kills a live connection",
        "One lost probe is taken for a dead peer: the connection is given up, and the peer is not told.",
        "RFC 9293 §3.8.4, MUST-29",
        Experiment(
            VIOLATES,
            VARIANTS["keep-alive-1"],
            w.IDLE,
            own(
                "H-48",
                "An end whose connection was given up, with nothing more in flight, has no peer that is ESTABLISHED.",
                "RFC 9293 §3.8.4, MUST-29",
                always(
                    peer(STATE) != "ESTABLISHED",
                    given=(STATE == "CLOSED", WAS_CONNECTED, negated(in_flight(_ANYTHING))),
                ),
            ),
            variants("keep-alive"),
        ),
        note="Timers fire at any moment; what is asked is whether the answer was lost, not whether it was late.",
    ),
    Hazard(
        "H-49",
        "user timeout leaves the peer behind",
        "A user timeout deletes the TCB and sends nothing: the peer stays ESTABLISHED for ever.",
        "RFC 9293 §3.10.8, USER TIMEOUT",
        replace(_resolved("H-49"), world=w.IMPATIENT, switches=variants("user-timeout-reset", "keep-alive")),
    ),
)

LEFT: tuple[Hazard, ...] = (
    Hazard(
        "H-38",
        "FIN-WAIT-2 for ever",
        "An end that has closed waits for ever for a peer that never closes.",
        "Linux, tcp_fin_timeout; RFC 9293 §3.6, case 1",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            w.OPEN_CLOSE_AGAIN,
            known("P-28"),
            (*variants("keep-alive", "fin-wait-2-timeout"), *_USERS_CLOSE),
            part=0,
            fairness=_DELIVERED,
        ),
    ),
    Hazard(
        "H-39",
        "CLOSE-WAIT leak",
        "An end whose user never closes stays in CLOSE-WAIT for ever.",
        "RFC 9293 §3.6, case 2",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            w.OPEN_CLOSE_AGAIN,
            known("P-28"),
            (*variants("keep-alive", "fin-wait-2-timeout"), *_USERS_CLOSE),
            part=1,
            fairness=_DELIVERED,
        ),
    ),
    Hazard(
        "H-40",
        "LAST-ACK stuck",
        "An end sends its FIN for ever to a host that does not answer.",
        "RFC 9293 §3.8.3, §3.10.7.1",
        Experiment(VIOLATES, VARIANTS["silent-closed"], w.LAST_WORDS, known("P-46"), variants("three-way")),
    ),
    Hazard(
        "H-45",
        "unread text lost in silence",
        "A user that reads no more after CLOSE loses text that the peer believes delivered.",
        "RFC 2525 §2.16, §2.17; RFC 9293 §3.6.1, SHLD-3",
        Experiment(
            VIOLATES,
            VARIANTS["half-duplex-close"],
            w.UNREAD,
            own(
                "H-45",
                "No text is left unread where nothing more will be read.",
                "RFC 2525 §2.17; RFC 9293 §3.6.1, SHLD-3",
                always(RCV.USER == 0, given=(STATE.isin(("FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "TIME-WAIT")),)),
            ),
            variants("half-duplex-close-unread"),
        ),
    ),
)
HAZARDS = (*GONE, *LEFT)
