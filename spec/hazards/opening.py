"""Hazards of opening: old SYNs, what is taken for an answer, handshakes that are something else."""

from __future__ import annotations

from dataclasses import replace

from spec.environment import IsnPolicy
from spec.ghosts import INC, PINC, SEG_INC
from spec.hazards import worlds as w
from spec.hazards.hazard import MUST_HOLD, REACHES, VIOLATES, Experiment, Hazard, known, own, variants, worlds
from spec.language.beside import after, always_step, arrived, peer, sent_count, sometimes
from spec.parametric_worlds import stale_syn
from spec.properties.words import MATCHED
from spec.scenarios import REPLAY
from spec.variants import VARIANTS
from spec.vocabulary import ACK, IRS, ISS, ORIGIN, RCV, RST, SEG, SND, STATE, SYN

_THREE_WAY, _TWO_WAY = VARIANTS["three-way"], VARIANTS["two-way"]
_BOTH = (STATE == "ESTABLISHED", peer(STATE) == "ESTABLISHED", MATCHED)
_OLD_SERVER = replace(stale_syn(0, 2), isn=(IsnPolicy(), w.CONST))
_REPLAYED = replace(REPLAY, isn=(IsnPolicy(), w.CONST), time_wait=w.FOR_EVER)
_SLOW = replace(w.FIGURE_8, name="slow-reopen", isn=(w.clock(2), IsnPolicy()))
_ALMOST_FRESH = replace(stale_syn(0, 1), isn=(IsnPolicy(), w.clock(2)))

HAZARDS: tuple[Hazard, ...] = (
    Hazard(
        "H-01",
        "stale SYN",
        "An old SYN makes a two-way server ESTABLISHED with a client that is gone.",
        "Tomlinson, Selecting sequence numbers (1975); RFC 9293 §3.4.1",
        Experiment(VIOLATES, _TWO_WAY, stale_syn(0, 1), known("P-01"), variants("two-way-strict", "three-way")),
    ),
    Hazard(
        "H-03",
        "stale SYN and stale ACK",
        "If the server's ISN repeats, an old SYN and an old ACK fool a three-way server too.",
        "RFC 9293 §3.4.1, §3.4.3; Tomlinson (1975)",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            _OLD_SERVER,
            known("P-01"),
            worlds(
                {
                    "TIME-WAIT for ever": replace(_OLD_SERVER, time_wait=w.FOR_EVER),
                    "ISN of B: clock(1)": w.isn_of_b(_OLD_SERVER, w.clock(1)),
                    "ISN of B: clock(2)": w.isn_of_b(_OLD_SERVER, w.clock(2)),
                }
            ),
        ),
    ),
    Hazard(
        "H-04",
        "old duplicate SYN recovered",
        "A server answers an old SYN; a reset sends it back to LISTEN, and the real SYN opens the connection.",
        "RFC 9293 §3.5, Figure 8",
        Experiment(
            MUST_HOLD,
            _THREE_WAY,
            w.FIGURE_8,
            known("P-02"),
            variants("two-way"),
            recovery=sometimes(*_BOTH, INC == 2, peer(INC) == 2, says="the second attempt succeeds after a reset"),
        ),
    ),
    Hazard(
        "H-05",
        "the real SYN overtakes the reset",
        "The real SYN arrives while the server still believes the old one, is used up, and must be sent again.",
        "RFC 9293 §3.5, after Figure 8",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            w.FIGURE_8,
            known("P-30a"),
            worlds({"the SYN is sent again": w.with_faults(w.FIGURE_8, w.SENT_AGAIN)}),
        ),
    ),
    Hazard(
        "H-06",
        "two listeners poked by an old SYN",
        "An old SYN arrives where both ends listen; both listen again afterwards.",
        "RFC 9293 §3.5.1, Figure 11",
        Experiment(
            MUST_HOLD,
            _THREE_WAY,
            w.FIGURE_11,
            known("P-02"),
            variants("two-way"),
            recovery=sometimes(
                STATE == "LISTEN", INC == 1, peer(STATE) == "LISTEN", peer(INC) == 1, says="both listen again"
            ),
        ),
    ),
    Hazard(
        "H-11",
        "SYN,ACK war",
        "After a simultaneous open the two ends answer each other's SYN,ACK by their own for ever.",
        "draft-gont-tcpm-tcp-seq-validation §3.1",
        Experiment(
            VIOLATES, VARIANTS["bsd-resync"], w.SIMULTANEOUS, known("P-30b"), variants("three-way", "simopen-ack")
        ),
    ),
    Hazard(
        "H-12",
        "Figure 7 cannot happen",
        "A SYN,ACK in SYN-RECEIVED lies left of the window: it is answered by an ACK and establishes nothing.",
        "RFC 9293 §3.5, Figure 7, lines 6 and 7; §3.10.7.4, first",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            w.SIMULTANEOUS,
            own(
                "H-12",
                "A SYN,ACK of this connection that arrives in SYN-RECEIVED establishes it, as Figure 7 draws.",
                "RFC 9293 §3.5, Figure 7",
                always_step(
                    after(STATE) == "ESTABLISHED",
                    given=(STATE == "SYN-RECEIVED", arrived(), SEG.has(SYN, ACK), SEG_INC == PINC),
                ),
            ),
            variants("seqcheck-linux", "seqcheck-gont"),
        ),
    ),
    Hazard(
        "H-37",
        "SYN-RECEIVED swallows a new SYN",
        "A client that opens again with a number in the window sends the server back to LISTEN; its SYN is used up.",
        "RFC 9293 §3.10.7.4, fourth, SYN-RECEIVED; RFC 1122 §4.2.2.20(e)",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            _SLOW,
            own(
                "H-37",
                "A SYN that arrives in SYN-RECEIVED is answered.",
                "RFC 9293 §3.5",
                always_step(
                    sent_count() != 0, given=(STATE == "SYN-RECEIVED", arrived(), SEG.has(SYN), SEG.lacks(RST))
                ),
            ),
            (*worlds({"ISN of A: fresh": w.isn_of_a(_SLOW, IsnPolicy())}), *variants("rfc793")),
        ),
    ),
    Hazard(
        "H-42",
        "self-connection",
        "An end that opens towards itself gets its own SYN for a simultaneous open, and is ESTABLISHED with itself.",
        "Stevens, TCP/IP Illustrated 2 (1995), p. 960; draft-gont-tcpm-tcp-seq-validation §3.2",
        Experiment(
            REACHES,
            _THREE_WAY,
            w.MIRROR,
            own(
                "H-42",
                "Two ends that both opened actively are ESTABLISHED, and their numbers are all the same.",
                "RFC 9293 §3.5, simultaneous open (MUST-10)",
                sometimes(
                    *_BOTH,
                    ORIGIN == "active",
                    peer(ORIGIN) == "active",
                    ISS == IRS,
                    SND.UNA == RCV.NXT,
                    SND.NXT == RCV.NXT,
                    peer(SND.UNA) == SND.UNA,
                    peer(SND.NXT) == SND.NXT,
                    peer(RCV.NXT) == RCV.NXT,
                ),
            ),
            worlds({"the other end listens": replace(w.MIRROR, users=w.ONE_OPENS.users)}),
        ),
        note="One end connected to itself is not modelled; its mirror image is: two ends with the same numbers. What "
        "an end sends itself is what its mirror image sends it.",
    ),
    Hazard(
        "H-43",
        "split handshake",
        "A server that answers with a SYN of its own leads the client through SYN-RECEIVED, as if it were the server.",
        "Beardsley and Qian, The TCP Split Handshake (2010)",
        Experiment(
            REACHES,
            VARIANTS["four-way-split"],
            w.ONE_OPENS,
            own(
                "H-43",
                "A client of a listener is in SYN-RECEIVED.",
                "Beardsley and Qian (2010)",
                sometimes(STATE == "SYN-RECEIVED", ORIGIN == "active", peer(ORIGIN) == "passive"),
            ),
            variants("four-way-ack-then-synack", "three-way"),
        ),
        note="The middleboxes that take the client for the server are not modelled. P-38 compares what the users see.",
    ),
    Hazard(
        "H-44",
        "text of a SYN taken twice",
        "A copy of a SYN with text is delivered again when the listener listens again (TCP Fast Open, T/TCP).",
        "RFC 7413 §2; RFC 1644",
        Experiment(
            VIOLATES,
            VARIANTS["tfo"],
            w.ON_THE_SYN,
            known("P-21"),
            variants("three-way"),
        ),
    ),
    Hazard(
        "H-46",
        "ACK of an old connection's end",
        "Accepting SEG.ACK = SND.UNA in SYN-RECEIVED, an old ACK completes a new connection whose ISN is one too low.",
        "RFC 793 p. 72; RFC erratum 3301",
        Experiment(
            VIOLATES,
            VARIANTS["srcvd-ack-793"],
            _ALMOST_FRESH,
            known("P-02"),
            (*variants("three-way"), *worlds({"ISN of B: clock(3)": w.isn_of_b(_ALMOST_FRESH, w.clock(3))})),
        ),
    ),
    Hazard(
        "H-51",
        "replay of a whole connection",
        "Copies of a SYN and of text repeat a whole connection to a two-way server.",
        "RFC 1337 §1 (1)",
        Experiment(VIOLATES, _TWO_WAY, REPLAY, known("P-21"), variants("two-way-strict", "three-way")),
    ),
    Hazard(
        "H-52",
        "TIME-WAIT on the wrong side",
        "With a server ISN that repeats, old text is taken again although the client's TIME-WAIT never ends.",
        "RFC 1185 appendix, (A) to (C), which does not cover it; RFC 9293 §3.4.3",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            _REPLAYED,
            known("P-21"),
            (*variants("rfc1337"), *worlds({"ISN of B: clock(1)": w.isn_of_b(_REPLAYED, w.clock(1))})),
        ),
    ),
)
