"""The table of expected verdicts: what is meant to fail, per scenario and variant. Everything else is meant to hold.

A key is a variant's name; with another ISN policy at both ends it is "variant/policy". A row says how it differs from
the scenario's own row: "P-01" fails, "P-42?" is vacuous, "-P-32" holds after all. Why the failures are right:

P-01 P-02 P-03 P-21 P-39  two-way handshakes; constant or slow ISNs; `continue-after-bad-ack`, where a FIN behind a bad
                     ACK is processed in SYN-RECEIVED; `four-way-split` (P-01, P-02), whose client may CLOSE in
                     SYN-RECEIVED and be gone before its SYN was acknowledged; cookies, whose server keeps nothing.
P-13                 an old ACK completes SYN-RECEIVED (constant or slow ISNs); vacuous with one incarnation.
P-14 P-45            RST or SYN in the window resets: no RFC 5961. `hold` (P-45): forged text beyond RCV.NXT is kept.
P-17 P-21 P-23       a FIN or text of an old connection is taken by a server that CLOSEd in SYN-RECEIVED (README).
P-25                 the variant has an edge of its own, or lacks one that Figure 5 draws.
P-26                 the variant makes a rule or a state unreachable, or needs calls that no world makes (tfo).
P-27 P-30a           bsd-resync: SYN,ACKs for ever; two-way and split handshakes: the other end stays half open;
                     silent-closed, constant ISNs: nobody answers what would help.
P-28 P-29            rst-unchecked, syn-cookies-unbound: an end is gone and nobody tells; constant ISNs, silent-closed.
P-30b                a stale SYN and a TIME-WAIT answer each other for ever; `tw-recycle` drops the SYN; tw-ack-letter,
                     ack-out-of-order, bsd-resync: wars of their own.
P-31 P-32 P-34       a RST ends TIME-WAIT to the letter (RFC 1337); `rfc1337` and `tw-drop-all` prevent it.
P-36                 two-way: an ESTABLISHED server knows nothing of its client; vacuous where SYN-RECEIVED is not used.
P-37                 a backlog that drops leaves no room while it is flooded.
P-42 P-46            slow ISNs: after a crash, SYN-SENT and ESTABLISHED answer each other in vain (RFC 5961 §4.2, end);
                     `silent-closed` and `rst-unchecked`: nobody tells an end that its peer is gone.
P-43                 accept-gate: no SYN,ACK before accept().
P-44                 two segments answer one: split handshakes, auto-fin, continue-after-bad-ack.
others               tutorial mutants and timers that give up: what they break is why they are wrong.

The tables of spec/matrices.py carry their own expectations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spec.variants import VARIANTS
from spec.words import FAILS, HOLDS, VACUOUS


@dataclass(frozen=True)
class _Table:
    """A scenario's own row, and the rows that differ; `every_variant` says that variants not listed have its own."""

    own: str
    rows: Mapping[str, str]
    every_variant: bool = True

    def words(self) -> dict[str, dict[str, str]]:
        keys = [*(VARIANTS if self.every_variant else ()), *self.rows]
        return {key: _words(f"{self.own} {self.rows.get(key, '')}") for key in dict.fromkeys(keys)}


def _words(text: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for token in text.split():
        if token.startswith("-"):
            del words[token[1:]]
        else:
            words[token.rstrip("?")] = VACUOUS if token.endswith("?") else FAILS
    return words


_TUTORIAL = _Table(
    "P-13? P-32? P-42?",
    {
        "two-way": "P-01 P-02 P-39",
        "two-way-strict": "P-01 P-02 P-39",
        "four-way-split": "P-02 P-44",
        "four-way-ack-then-synack": "P-44",
        "four-way-cookie": "P-02 P-15",
        "rst-in-window": "P-14",
        "rst-unchecked": "P-08 P-14",
        "syn-reset": "P-14",
        "silent-closed": "P-08? P-09? P-39?",
        "close-wait-close-793": "P-07",
        "half-duplex-close": "P-18 P-24 P-39",
        "half-duplex-close-unread": "P-18 P-24 P-39",
        "fin-wait-2-timeout": "P-39",
        "keep-alive": "P-32 P-39",
        "keep-alive-1": "P-32 P-39",
        "syn-cookies": "P-02 P-15 P-39",
        "syn-cookies-unbound": "P-02 P-15 P-39",
        "accept-gate": "P-43",
        "rfc1122": "P-14",
        "rfc793": "P-07 P-14",
        "rfc9293": "P-14",
        "bsd-output": "P-14",
        "third-syn": "P-15 P-39?",
        "rand-fin": "P-01? P-07? P-17? P-18 P-20 P-24? P-39?",
        "fin-in-ack2": "P-05 P-06 P-07 P-19 P-20 P-24 P-32 P-39",
        "fin-in-ack4": "P-05 P-19 P-20 P-32 P-39",
        "fw2-deaf": "P-18",
        "auto-fin": "P-07 P-18 P-39 P-44",
    },
)
_QUICK = _Table(
    "P-31 P-32 P-34",
    {
        "two-way": "P-01 P-02 P-03 P-30a P-36 P-39",
        "two-way-strict": "P-01 P-02 P-03 P-30a P-36 P-39",
        "four-way-split": "P-01 P-02 P-30a P-30b P-44",
        "four-way-ack-then-synack": "P-44",
        "four-way-cookie": "P-01 P-02 P-15 P-30b P-36? P-39",
        "rst-in-window": "P-14 P-45",
        "rst-unchecked": "P-08 P-14 P-27 P-28 P-39 P-42 P-45",
        "syn-reset": "P-14 P-45",
        "rfc1337": "-P-31 -P-32 -P-34",
        "silent-closed": "P-29 P-30a P-42 P-46 -P-31 -P-34",
        "tw-ack-letter": "P-30b",
        "ack-out-of-order": "P-30b",
        "close-wait-close-793": "P-07 -P-34",
        "bsd-resync": "P-27 P-30a P-30b",
        "half-duplex-close": "P-18 P-24 P-39",
        "half-duplex-close-unread": "P-18 P-24 P-39",
        "fin-wait-2-timeout": "P-39",
        "keep-alive": "P-27 P-30b P-39",
        "keep-alive-1": "P-17 P-27 P-30b P-39",
        "hold": "P-45",
        "syn-cookies": "P-02 P-15 P-30b P-36? P-39",
        "syn-cookies-unbound": "P-02 P-04 P-15 P-24 P-28 P-29 P-36? P-39",
        "backlog-drop": "P-37",
        "accept-gate": "P-43",
        "rfc1122": "P-14 P-45",
        "rfc793": "P-07 P-14 P-45 -P-34",
        "rfc9293": "P-14 P-45",
        "rfc9293+5961+1337": "-P-31 -P-32 -P-34",
        "rfc9293+1337": "-P-31 -P-32 -P-34",
        "bsd-output": "P-14 P-27 P-30a P-30b P-45",
        "bsd-like": "P-27 P-30a P-30b",
        "third-syn": "P-15 P-17 P-30b",
        "rand-fin": "P-07? P-17? P-18 P-19 P-20 P-24? P-28? P-31? P-32? P-33? P-34? P-35? P-39? P-42 P-46",
        "fin-in-ack2": "P-05 P-06 P-07 P-19 P-20 P-24 P-30b P-33? P-35? P-39",
        "fin-in-ack4": "P-05 P-19 P-20 P-39",
        "fw2-deaf": "P-18",
        "auto-fin": "P-07 P-18 P-28? P-39 P-44",
        "tw-drop-all": "-P-31 -P-32 -P-34",
        "isn-4ms": "P-01 P-02 P-03 P-13 P-36 P-39 P-42",
        "three-way/const": "P-01 P-02 P-03 P-05 P-13 P-29 P-30a P-30b P-36 P-39 P-42",
        "two-way/const": "P-01 P-02 P-03 P-05 P-13 P-29 P-30a P-30b P-36 P-39 P-42",
        "three-way/next": "P-42",
        "two-way/next": "P-01 P-02 P-03 P-30a P-36 P-39",
        "three-way/clock(1)": "P-01 P-02 P-03 P-13 P-36 P-39 P-42",
        "two-way/clock(1)": "P-01 P-02 P-03 P-30a P-36 P-39",
        "three-way/clock(2)": "P-42",
        "two-way/clock(2)": "P-01 P-02 P-03 P-30a P-36 P-39",
        "three-way/clock(3)": "P-42",
        "two-way/clock(3)": "P-01 P-02 P-03 P-30a P-36 P-39",
    },
)
_STANDARD = _Table(
    "P-30b P-31 P-32 P-34",
    {
        "two-way": "P-01 P-02 P-03 P-21 P-25 P-26 P-30a P-36 P-39",
        "two-way-strict": "P-01 P-02 P-03 P-21 P-25 P-26 P-30a P-36 P-39",
        "four-way-split": "P-01 P-02 P-17 P-27 P-30a P-42 P-44",
        "four-way-ack-then-synack": "P-44",
        "four-way-cookie": "P-01 P-02 P-15 P-25 P-26 P-36? P-39",
        "rst-in-window": "P-14 P-45",
        "rst-unchecked": "P-08 P-14 P-27 P-28 P-39 P-42 P-45",
        "syn-reset": "P-14 P-45",
        "rfc1337": "-P-31 -P-32 -P-34",
        "abort-to-time-wait": "P-07 P-25",
        "silent-closed": "P-26 P-29 P-30a P-42 P-46 -P-31 -P-34",
        "continue-after-bad-ack": "P-01 P-02 P-03 P-39 P-44",
        "close-wait-close-793": "P-07 P-25 P-26 -P-34",
        "bsd-resync": "P-17 P-27 P-30a P-42",
        "queue-close": "P-25",
        "half-duplex-close": "P-18 P-24 P-39",
        "time-wait-reuse": "P-25",
        "time-wait-reuse-back": "P-25",
        "time-wait-reuse-any": "P-25",
        "time-wait-reuse-timestamps": "P-25",
        "tw-recycle": "P-25 -P-30b",
        "ghost-ack": "P-26",
        "half-duplex-close-unread": "P-18 P-24 P-39",
        "fin-wait-2-timeout": "P-17 P-39",
        "keep-alive": "P-27 P-39",
        "keep-alive-1": "P-17 P-21 P-23 P-27 P-39",
        "hold": "P-45",
        "syn-cookies": "P-02 P-15 P-25 P-26 P-36? P-39",
        "syn-cookies-unbound": "P-02 P-04 P-15 P-24 P-25 P-26 P-28 P-29 P-36? P-39 P-42 -P-30b",
        "backlog-drop": "P-37",
        "tfo": "P-26",
        "accept-gate": "P-43",
        "rfc1122": "P-14 P-45",
        "rfc793": "P-07 P-14 P-25 P-26 P-45 -P-34",
        "rfc9293": "P-14 P-45",
        "rfc9293+5961+1337": "-P-31 -P-32 -P-34",
        "rfc9293+1337": "-P-31 -P-32 -P-34",
        "bsd-output": "P-14 P-17 P-27 P-30a P-42 P-45",
        "linux-like": "P-25",
        "bsd-like": "P-17 P-27 P-30a P-42",
        "third-syn": "P-15 P-17 P-23",
        "rand-fin": "P-07? P-17? P-18 P-19 P-20 P-24? P-25 P-26 P-28? P-31? P-32? P-33? P-34? P-35? P-39? P-42 P-46 "
        "-P-30b",
        "fin-in-ack2": "P-05 P-06 P-07 P-17 P-19 P-20 P-21 P-23 P-24 P-33? P-35? P-39",
        "fin-in-ack4": "P-05 P-19 P-20 P-39",
        "fw2-deaf": "P-18 P-42",
        "auto-fin": "P-07 P-18 P-25 P-26 P-28? P-39 P-44",
        "tw-drop-all": "P-26 -P-30b -P-31 -P-32 -P-34",
        "isn-4ms": "P-01 P-02 P-03 P-13 P-21 P-36 P-39 P-42 -P-30b",
        "three-way/const": "P-01 P-02 P-03 P-05 P-13 P-17 P-21 P-29 P-30a P-36 P-39 P-42",
        "two-way/const": "P-01 P-02 P-03 P-05 P-13 P-17 P-21 P-25 P-26 P-29 P-30a P-36 P-39 P-42",
        "three-way/next": "P-42 -P-30b",
        "two-way/next": "P-01 P-02 P-03 P-21 P-25 P-26 P-30a P-36 P-39 -P-30b",
        "three-way/clock(1)": "P-01 P-02 P-03 P-13 P-21 P-36 P-39 P-42 -P-30b",
        "two-way/clock(1)": "P-01 P-02 P-03 P-13 P-21 P-25 P-26 P-30a P-36 P-39 -P-30b",
        "three-way/clock(2)": "P-42 -P-30b",
        "two-way/clock(2)": "P-01 P-02 P-03 P-21 P-25 P-26 P-30a P-36 P-39 -P-30b",
        "three-way/clock(3)": "P-42 -P-30b",
        "two-way/clock(3)": "P-01 P-02 P-03 P-21 P-25 P-26 P-30a P-36 P-39 -P-30b",
    },
)
_DEEP = _Table(
    "P-17 P-21 P-23 P-30a P-30b P-31 P-32 P-34 P-39",
    {
        "three-way": "",
        "two-way": "P-01 P-02 P-03 P-25 P-26 P-29 P-36 -P-23",
        "queue-close": "P-25 -P-17 -P-21 -P-23 -P-39",
        "rfc1337": "-P-31 -P-32 -P-34",
        "two-way-strict": "P-01 P-02 P-03 P-25 P-26 P-29 P-36 -P-23",
        "four-way-ack-then-synack": "P-44",
        "four-way-split": "P-01 P-02 P-27 P-42 P-44",
    },
    every_variant=False,
)

EXPECTED: dict[str, dict[str, dict[str, str]]] = {
    "tutorial": _TUTORIAL.words(),
    "quick": _QUICK.words(),
    "standard": _STANDARD.words(),
    "deep": _DEEP.words(),
}
"""Scenario -> key -> property -> expected word, for properties that are not expected to hold."""


def expected(scenario: str, key: str, property_id: str) -> str | None:
    """Return the expected word, or None when the table does not know this scenario and key."""
    rows = EXPECTED.get(scenario, {})
    return rows[key].get(property_id, HOLDS) if key in rows else None


REFUTED_PROOFS: dict[str, tuple[str, ...]] = {
    "two-way": ("P-01", "P-02", "P-25"),
    "two-way-strict": ("P-01", "P-02", "P-25"),
    "four-way-cookie": ("P-02", "P-25"),
    "four-way-split": ("P-02",),
    "rfc793": ("P-10", "P-25"),
}
"""Variant -> properties that z3 refutes; of variants that are not here, all should be proved."""


def expected_proof(variant: str, name: str) -> str:
    """Return the verdict that `prove` is expected to reach: PROVED unless the table says REFUTED."""
    return "REFUTED" if name in REFUTED_PROOFS.get(variant, ()) else "PROVED"
