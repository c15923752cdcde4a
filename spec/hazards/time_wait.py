"""Hazards that TIME-WAIT guards against: assassinated, too short, left out, left early; numbers that come round."""

from __future__ import annotations

from dataclasses import replace

from spec.ghosts import INC, PINC, SEG_INC, TAKES_TEXT
from spec.hazards import worlds as w
from spec.hazards.hazard import VIOLATES, Experiment, Hazard, known, own, variants, worlds
from spec.language.beside import Property, after, always_step, arrived
from spec.parametric_worlds import last_ack
from spec.scenarios import WRAP
from spec.time_wait import TimeWait
from spec.variants import VARIANTS
from spec.vocabulary import ORIGIN, STATE

_THREE_WAY, _RFC1337 = VARIANTS["three-way"], VARIANTS["rfc1337"]
_NO_OLDER_TEXT = always_step(after(PINC) <= SEG_INC, given=(TAKES_TEXT,))


def _older_text(hazard_id: str) -> Property:
    """Return the property that no text is taken of an incarnation before the one whose SYN was taken (P-12's half)."""
    sentence = "No text is taken that is older than the connection."
    return own(hazard_id, sentence, "RFC 1337 §2.2 (H1); RFC 9293 §3.4.1", _NO_OLDER_TEXT)


_CLEAN = last_ack(TimeWait(0), 0, 0)
_UNCLEAN = last_ack(TimeWait(2), 1, 1)
_ONE_MSL = last_ack(TimeWait(1, "any_emission"), 0, 1)
_TWO_MSL = last_ack(TimeWait(2, "letter"), None, 1)

AFTERWARDS: tuple[Hazard, ...] = (
    Hazard(
        "H-18",
        "TIME-WAIT assassination",
        "A late segment makes TIME-WAIT send an ACK to a peer that is gone; the RST in answer ends TIME-WAIT.",
        "RFC 1337 §1, Figure 1",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            w.OPEN_CLOSE,
            known("P-32"),
            variants("rfc9293", "ack-range", "time-wait-reuse", "rfc1337"),
        ),
        note="three-way is RFC 9293 with RFC 5961's checks; rfc9293 is without them.",
    ),
    Hazard(
        "H-19",
        "H1: old text after an assassination",
        "After TIME-WAIT was ended by a RST, text of the old connection is taken by the new one.",
        "RFC 1337 §2.2 (H1), Figure 2",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            w.AFTER_TIME_WAIT,
            _older_text("H-19"),
            (*variants("rfc1337"), *worlds({"ISN of A: clock(1)": w.isn_of_a(w.AFTER_TIME_WAIT, w.clock(1))})),
        ),
        note="TIME-WAIT has no end here, so that nothing but a RST leads out of it.",
    ),
    Hazard(
        "H-20",
        "H3: the new connection dies",
        "A RST in answer to a segment of the old connection returns the new server to LISTEN; its client is reset.",
        "RFC 1337 §2.4 (H3), Figure 4",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            w.SHORT_WAIT,
            own(
                "H-20",
                "A client's second connection is not reset, as nobody aborts.",
                "RFC 1337 §2.4 (H3)",
                always_step(
                    after(STATE) != "CLOSED",
                    given=(STATE == "ESTABLISHED", ORIGIN == "active", INC == 2, arrived()),  # the second
                ),
            ),
            (
                *variants("rfc1337"),
                *worlds(
                    {
                        "ISN of A: clock(2)": w.isn_of_a(w.SHORT_WAIT, w.clock(2)),
                        "ISN of A: clock(3)": w.isn_of_a(w.SHORT_WAIT, w.clock(3)),
                    }
                ),
            ),
        ),
    ),
    Hazard(
        "H-25",
        "reset skips TIME-WAIT",
        "An ABORT leaves no TIME-WAIT: text of the aborted connection is taken by the next.",
        "Heavens, draft-heavens-problems-rsts-00 (1995); RFC 1185 appendix",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            w.AFTER_ABORT,
            _older_text("H-25"),
            (*variants("abort-to-time-wait"), *worlds({"ISN of A: clock(1)": w.isn_of_a(w.AFTER_ABORT, w.clock(1))})),
        ),
    ),
    Hazard(
        "H-26",
        "numbers come round",
        "A connection numbers so many octets that a number is given again while its first octet is in flight.",
        "RFC 1185 §2; RFC 7323 §1.2; RFC 9293 §3.4.3",
        Experiment(VIOLATES, _THREE_WAY, WRAP, known("P-11"), worlds({"numbers of 5 bits": replace(WRAP, seq_bits=5)})),
    ),
    Hazard(
        "H-27",
        "TIME-WAIT left for any SYN",
        "A SYN reopens a connection from TIME-WAIT with the old ISN; text of the other direction is taken again.",
        "RFC 1122 §4.2.2.13; RFC 9293 §3.6.1, MAY-2; RFC 1185 appendix",
        Experiment(
            VIOLATES,
            VARIANTS["time-wait-reuse-any"],
            w.REUSED_WAIT,
            known("P-12"),
            variants("time-wait-reuse-timestamps", "time-wait-reuse"),
        ),
    ),
    Hazard(
        "H-28",
        "tw_recycle behind a NAT",
        "A listener that remembers a host's timestamps drops the SYNs of another host behind the same address.",
        "Linux 2.4 to 4.11, net.ipv4.tcp_tw_recycle",
        Experiment(
            VIOLATES,
            VARIANTS["tw-recycle"],
            w.CLOCK_GOES_BACK,
            known("P-30a"),
            variants("time-wait-reuse-timestamps", "three-way"),
        ),
        note="A second client is not modelled; an address whose timestamps go back is, and the server sees no more.",
    ),
)

MEASURED: tuple[Hazard, ...] = (
    Hazard(
        "H-21",
        "no TIME-WAIT at all",
        "Without TIME-WAIT the last ACK is not repeated, and an end that closed cleanly sees a reset.",
        "RFC 9293 §3.3.2 (TIME-WAIT), §3.6",
        Experiment(
            VIOLATES, _RFC1337, _CLEAN, known("P-34"), worlds({"TIME-WAIT of 1 MSL": last_ack(TimeWait(1), 0, 0)})
        ),
        note="rfc1337, so that TIME-WAIT ends by its length alone.",
    ),
    Hazard(
        "H-22",
        "LAST-ACK outlives TIME-WAIT",
        "The last ACK is lost and the FIN sent again so late that nobody answers it any more.",
        "RFC 9293 §3.6; the two generals' problem",
        Experiment(
            VIOLATES,
            _RFC1337,
            _UNCLEAN,
            known("P-33"),
            worlds({"TIME-WAIT of 4 MSL": last_ack(TimeWait(4), 1, 1), "no losses": last_ack(TimeWait(2), 0, 1)}),
        ),
        note="The retransmission timer is not bounded: Z-10 says how much is enough if it is.",
    ),
    Hazard(
        "H-23",
        "1 MSL leaves a FIN in flight",
        "The FIN is sent again while the last ACK travels; a TIME-WAIT of 1 MSL ends before it.",
        "RFC 9293 §3.4.2, §3.6",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            _ONE_MSL,
            known("P-35"),
            worlds({"TIME-WAIT of 2 MSL": last_ack(TimeWait(2, "any_emission"), 0, 1)}),
        ),
    ),
    Hazard(
        "H-24",
        "2 MSL that is not started anew",
        "What TIME-WAIT sends late keeps the peer alive; if that does not start the wait anew, a FIN outlives it.",
        "RFC 9293 §3.10.7.4, first, fifth and eighth, TIME-WAIT",
        Experiment(
            VIOLATES,
            _THREE_WAY,
            _TWO_MSL,
            known("P-35"),
            worlds(
                {
                    "re-armed by a FIN": last_ack(TimeWait(2, "fin"), None, 1),
                    "re-armed by any emission": last_ack(TimeWait(2, "any_emission"), None, 1),
                }
            ),
        ),
    ),
)
HAZARDS = (*AFTERWARDS, *MEASURED)
