"""Whole profiles (V-9): earlier specifications and what systems do, as patches on this one.

Some names mean the relation of another variant; their titles say so.
"""

from __future__ import annotations

from spec.language import Relation, between, lt, negated
from spec.tcp import TCP
from spec.variants.acknowledging import seqcheck_linux
from spec.variants.readings import bsd_resync
from spec.variants.resets import rfc1337, rst_in_window, syn_reset
from spec.variants.time_wait import time_wait_reuse
from spec.variants.variant import Variant, variant
from spec.vocabulary import ACK, NEW_ACK, SEG, SND, SYN_IN_WINDOW, State, has, lacks


def _rfc793(relation: Relation[State]) -> Relation[State]:
    acceptable = between(SND.UNA, "=<", SEG.ACK, "=<", SND.NXT)
    resets_any = syn_reset(rst_in_window(relation)).without("Y-1")
    return (
        resets_any.replace("Y-3", when=(SYN_IN_WINDOW, lacks(ACK)))
        .replace("Y-3a", when=(SYN_IN_WINDOW, has(ACK)))
        .replace("A-1", when=(acceptable,))
        .replace("A-2", when=(negated(acceptable),))
        .replace("A-3d", when=(lt(SEG.ACK, SND.UNA), negated(NEW_ACK)))
        .replace("U-18", goto="CLOSING")
        .replace("O-4", goto="CLOSING")
    )


_WITHOUT_5961 = syn_reset(rst_in_window(TCP))

VARIANTS: tuple[Variant, ...] = (
    variant(
        "rfc1122",
        "RFC 9293 without RFC 5961: RST and SYN in the window reset.",
        "RFC 1122 §4.2.2.20",
        _WITHOUT_5961,
    ),
    variant(
        "rfc793",
        "RFC 793 as printed: no RFC 1122 corrections, no RFC 5961.",
        "RFC 793 pp. 61, 71 and 72",
        _rfc793(TCP),
    ),
    variant(
        "rfc9293",
        "RFC 9293 without RFC 5961, whose checks it recommends: the relation of rfc1122.",
        'RFC 9293 §3.10.7.4, second and fourth ("that do not follow RFC 5961")',
        _WITHOUT_5961,
    ),
    variant(
        "rfc9293+5961",
        "RFC 9293 with RFC 5961's checks of RST and SYN: the relation of three-way, under its full name.",
        "RFC 9293; RFC 5961 §3 and §4",
        TCP,
    ),
    variant(
        "rfc9293+5961+1337",
        "RFC 9293 with RFC 5961, and TIME-WAIT ignores RST segments: the relation of rfc9293+1337 and rfc1337.",
        "RFC 9293; RFC 5961; RFC 1337 §3, (F1)",
        rfc1337(TCP),
    ),
    variant(
        "rfc9293+1337",
        "RFC 9293 with RFC 5961, and TIME-WAIT ignores RST segments.",
        "RFC 9293; RFC 5961; RFC 1337 §3, (F1)",
        rfc1337(TCP),
    ),
    variant(
        "bsd-output",
        "RFC 9293 without RFC 5961, unacceptable segments answered the BSD way.",
        "RFC 1122 §4.2.2.20; BSD tcp_output()",
        bsd_resync(_WITHOUT_5961),
    ),
    variant(
        "linux-like",
        "Linux's defaults as far as they are patches: its sequence check, and TIME-WAIT left for a SYN beyond.",
        "Linux net/ipv4/tcp_input.c, tcp_sequence(); tcp_minisocks.c, tcp_timewait_state_process()",
        seqcheck_linux(time_wait_reuse(TCP)),
    ),
    variant(
        "bsd-like",
        "RFC 9293 with RFC 5961, unacceptable segments answered the BSD way: the relation of bsd-resync.",
        "RFC 9293; RFC 5961; BSD tcp_output()",
        bsd_resync(TCP),
    ),
)
