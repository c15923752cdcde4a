"""Hazards by somebody else: forged segments, guessed numbers, floods."""

from __future__ import annotations

from spec.hazards import worlds as w
from spec.hazards.hazard import VIOLATES, Experiment, Hazard, known, own, variants, worlds
from spec.language import negated
from spec.language.beside import Property, always
from spec.properties.blind import Amount, Guess
from spec.properties.words import HAS_TCB, PEER_GONE, PEER_WAS_CONNECTED
from spec.scenarios import FLOODED_LISTENER
from spec.variants import VARIANTS
from spec.vocabulary import ORIGIN, STATE

_ACK_OF_WHAT_WAS_SENT = Property(
    "H-50",
    "as this hazard needs it",
    "Forged text needs an ACK of something that was sent: the SYN or what is in flight.",
    "draft-ietf-tcpm-tcp-ghost-acks",
    graph="counting",
    data={"text": Guess({"DATA": 1, "ACK bit": True}, ("SEQ", "ACK"), Amount(plain=2, flight=1))},
)

HAZARDS: tuple[Hazard, ...] = (
    Hazard(
        "H-29",
        "blind RST",
        "A forged RST anywhere in the window resets a connection.",
        "RFC 5961 §3; Watson, Slipping in the window (2004)",
        Experiment(
            VIOLATES,
            VARIANTS["rst-in-window"],
            w.BLIND_ATTACK,
            known("P-45"),
            variants("syn-reset", "three-way"),
            part=0,
            counted=("RST",),
        ),
    ),
    Hazard(
        "H-30",
        "blind SYN",
        "A forged SYN anywhere in the window resets a connection.",
        "RFC 5961 §4",
        Experiment(
            VIOLATES,
            VARIANTS["syn-reset"],
            w.BLIND_ATTACK,
            known("P-45"),
            variants("rst-in-window", "three-way"),
            part=0,
            counted=("SYN",),
        ),
    ),
    Hazard(
        "H-31",
        "blind text",
        "Forged text with the right number is taken; half of all numbers will do as its ACK.",
        "RFC 5961 §5",
        Experiment(
            VIOLATES,
            VARIANTS["three-way"],
            w.LUCKY_ATTACK,
            known("P-12"),
            (*variants("ack-range"), *worlds({"the attacker guesses wrong": w.guessing(w.LUCKY_ATTACK)})),
            counted=("text", "FIN"),
        ),
        note="No check stops the right number; ack-range makes it harder to guess.",
    ),
    Hazard(
        "H-32",
        "challenge ACKs as a side channel",
        "A limit on challenge ACKs that connections share tells an attacker of one about another.",
        "Cao et al., Off-path TCP exploits: global rate limit considered dangerous (2016), CVE-2016-5696",
        outside="a second connection of the same host, a counter that both share, and a property of what an attacker "
        "learns (non-interference)",
    ),
    Hazard(
        "H-33",
        "guessed ISN",
        "Who can predict a server's ISN opens a connection in another's name without seeing an answer.",
        "Morris, A weakness in the 4.2BSD Unix TCP/IP software (1985); RFC 6528 §2",
        Experiment(
            VIOLATES,
            VARIANTS["three-way"],
            w.SPOOFED,
            own(
                "H-33",
                "A server that answered for a client that is gone and was never connected is not ESTABLISHED.",
                "RFC 9293 §3.4.1; RFC 6528 §2",
                always(
                    STATE != "ESTABLISHED",
                    given=(HAS_TCB, ORIGIN == "passive", PEER_GONE, negated(PEER_WAS_CONNECTED)),
                ),
            ),
            (*variants("ack-range"), *worlds({"the attacker cannot guess the ISN": w.guessing(w.SPOOFED)})),
        ),
        note="The SYN in another's name is one that a client has given up; the forged ACK is the attacker's.",
    ),
    Hazard(
        "H-34",
        "SYN flood",
        "SYNs from nowhere fill the backlog; a client's SYN is dropped for ever.",
        "RFC 4987 §2",
        Experiment(
            VIOLATES,
            VARIANTS["backlog-drop"],
            FLOODED_LISTENER,
            known("P-37"),
            variants("syn-cookies"),
        ),
    ),
    Hazard(
        "H-50",
        "ghost ACK",
        "An ACK of numbers before the ISS, which were never sent, is within the range of RFC 5961.",
        "draft-ietf-tcpm-tcp-ghost-acks; RFC 5961 §5.2",
        Experiment(
            VIOLATES, VARIANTS["ack-range"], w.BLIND_ATTACK, _ACK_OF_WHAT_WAS_SENT, variants("three-way", "ghost-ack")
        ),
        note="Counted, not explored: every number is tried on an ESTABLISHED end that has sent only its SYN.",
    ),
)
