"""Hazards of closing: ends that answer each other for ever, deadlocks, who pays TIME-WAIT."""

from __future__ import annotations

from spec.hazards import worlds as w
from spec.hazards.hazard import REACHES, VIOLATES, Experiment, Hazard, known, own, variants, worlds
from spec.language.beside import peer, sometimes
from spec.variants import VARIANTS
from spec.vocabulary import STATE

_THREE_WAY = VARIANTS["three-way"]

HAZARDS: tuple[Hazard, ...] = (
    Hazard(
        "H-13",
        "FIN war",
        "Both ends in CLOSING answer an unacceptable segment by sending their FIN again, for ever.",
        "draft-gont-tcpm-tcp-seq-validation §3.3",
        Experiment(VIOLATES, VARIANTS["bsd-resync"], w.OPEN_CLOSE, known("P-30b"), variants("three-way")),
    ),
    Hazard(
        "H-14",
        "ACK war beyond the window's edge",
        "If every segment beyond RCV.NXT is acknowledged, two ends that miss each other's FIN exchange ACKs for ever.",
        "RFC 9293 §3.10.7.4, seventh, MAY-13; draft-gont-tcpm-tcp-seq-validation §3.4",
        Experiment(
            VIOLATES, VARIANTS["ack-out-of-order"], w.OPEN_CLOSE_REPEATED, known("P-30b"), variants("three-way")
        ),
        note="Its window probes, one number left of the window, are not modelled: what is here is the right side.",
    ),
    Hazard(
        "H-15",
        "two TIME-WAITs answer each other",
        "After a simultaneous close, if TIME-WAIT acknowledges whatever arrives, one ACK bounces for ever.",
        "RFC 9293 §3.10.7.4, fifth, TIME-WAIT, to the letter",
        Experiment(VIOLATES, VARIANTS["tw-ack-letter"], w.OPEN_CLOSE, known("P-30b"), variants("three-way")),
    ),
    Hazard(
        "H-16",
        "TIME-WAIT and SYN-RECEIVED answer each other",
        "A stale SYN wakes a listener whose peer is in TIME-WAIT; each finds the other's ACK out of the window.",
        "RFC 9293 §3.10.7.4, first; Cardwell, tcp: mitigate ACK loops for connections (Linux, 2015)",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            w.STALE_WAIT,
            known("P-30b"),
            variants("rfc1337", "time-wait-reuse", "seqcheck-gont", "seqcheck-linux", "tw-recycle"),
        ),
    ),
    Hazard(
        "H-17",
        "desynchronised pair",
        "After a forged segment one end acknowledges what was never sent; both answer each other's ACKs for ever.",
        "RFC 1337 §2.3 (H2), Figure 3; RFC 5961 §5.1",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            w.STORM,
            known("P-30b"),
            (*variants("rfc1337", "ack-range"), *worlds({"the attacker guesses wrong": w.guessing(w.STORM)})),
        ),
    ),
    Hazard(
        "H-36",
        "CLOSE in SYN-RECEIVED deadlocks",
        "The FIN overtakes the SYN,ACK and is dropped in SYN-SENT; without retransmission it is missed for ever.",
        "Han and Billington, Termination properties of TCP's connection management (2005)",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            w.OPEN_CLOSE,
            known("P-46"),
            (
                *variants("queue-close"),
                *worlds(
                    {"with retransmission": w.OPEN_CLOSE_AGAIN, "a network that keeps order": w.in_order(w.OPEN_CLOSE)}
                ),
            ),
        ),
    ),
    Hazard(
        "H-41",
        "both ends pay TIME-WAIT",
        "After a simultaneous close both ends are in TIME-WAIT.",
        "RFC 9293 §3.6, Figure 13",
        Experiment(
            REACHES,
            _THREE_WAY,
            w.OPEN_CLOSE,
            own(
                "H-41",
                "Both ends are in TIME-WAIT.",
                "RFC 9293 §3.6, Figure 13",
                sometimes(STATE == "TIME-WAIT", peer(STATE) == "TIME-WAIT"),
            ),
            (*variants("queue-close"), *worlds({"one closes after the other": w.ONE_AFTER_THE_OTHER})),
        ),
    ),
    Hazard(
        "H-47",
        "CLOSING instead of LAST-ACK",
        "To RFC 793's letter a CLOSE in CLOSE-WAIT enters CLOSING, so that the end that closed last waits too.",
        "RFC 793 p. 61; RFC 1122 §4.2.2.20(a)",
        Experiment(
            VIOLATES, VARIANTS["close-wait-close-793"], w.OPEN_CLOSE, known("P-07"), variants("three-way"), part=4
        ),
    ),
)
