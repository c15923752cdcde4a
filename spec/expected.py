"""The table of expected verdicts: what is meant to fail, per scenario and variant. Everything else is meant to hold.

A key is a variant's name; with another ISN policy at both ends it is "variant/policy". A row says how it differs from
the scenario's own row: "P-01" fails, "P-42?" is vacuous, "-P-32" holds after all. Why the failures are right:

P-01 P-02 P-03 P-21  two-way handshakes; constant or slow ISNs; `continue-after-bad-ack`, where a FIN behind a bad ACK
                     is processed in SYN-RECEIVED; `four-way-split` (P-01, P-02), whose client may CLOSE in
                     SYN-RECEIVED and be gone before its SYN was acknowledged.
P-32                 assassination is what the RFC's letter allows (RFC 1337); `rfc1337` and `tw-drop-all` prevent it.
P-34                 untimed: TIME-WAIT may end at once, then a late segment of the peer meets a reset.
P-17 P-21 P-23       a FIN or text of an old connection is taken by a server that CLOSEd in SYN-RECEIVED (README).
P-25                 the variant has an edge of its own, or lacks one that Figure 5 draws.
P-26                 the variant makes a rule or a state unreachable.
P-42                 slow ISNs: after a crash, SYN-SENT and ESTABLISHED answer each other in vain (RFC 5961 §4.2, end);
                     `silent-closed` and `rst-unchecked`: nobody tells an end that its peer is gone.
others               tutorial mutants: what they break is why they are wrong.

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
    "P-32? P-42?",
    {
        "two-way": "P-01 P-02",
        "two-way-strict": "P-01 P-02",
        "four-way-split": "P-02",
        "silent-closed": "P-09?",
        "close-wait-close-793": "P-07",
        "half-duplex-close": "P-18 P-24 P-34",
        "rfc793": "P-07",
        "third-syn": "P-15",
        "rand-fin": "P-01? P-07? P-17? P-18 P-20 P-24? P-34?",
        "fin-in-ack2": "P-05 P-06 P-07 P-19 P-20 P-24 P-32 P-34",
        "fin-in-ack4": "P-05 P-19 P-20 P-32 P-34",
        "fw2-deaf": "P-18",
        "auto-fin": "P-07 P-18",
    },
)
_QUICK = _Table(
    "P-32 P-34",
    {
        "two-way": "P-01 P-02 P-03",
        "two-way-strict": "P-01 P-02 P-03",
        "four-way-split": "P-01 P-02",
        "rst-unchecked": "P-42",
        "rfc1337": "-P-32",
        "silent-closed": "P-42",
        "close-wait-close-793": "P-07",
        "half-duplex-close": "P-18 P-24",
        "rfc793": "P-07",
        "rfc9293+1337": "-P-32",
        "third-syn": "P-15 P-17",
        "rand-fin": "P-07? P-17? P-18 P-19 P-20 P-24? P-32? P-42 -P-34",
        "fin-in-ack2": "P-05 P-06 P-07 P-19 P-20 P-24",
        "fin-in-ack4": "P-05 P-19 P-20",
        "fw2-deaf": "P-18",
        "auto-fin": "P-07 P-18",
        "tw-drop-all": "-P-32",
        "isn-4ms": "P-01 P-02 P-03 P-42",
        "three-way/const": "P-01 P-02 P-03 P-05 P-42",
        "two-way/const": "P-01 P-02 P-03 P-05 P-42",
        "three-way/next": "P-42",
        "two-way/next": "P-01 P-02 P-03",
        "three-way/clock(1)": "P-01 P-02 P-03 P-42",
        "two-way/clock(1)": "P-01 P-02 P-03",
        "three-way/clock(2)": "P-42",
        "two-way/clock(2)": "P-01 P-02 P-03",
        "three-way/clock(3)": "P-42",
        "two-way/clock(3)": "P-01 P-02 P-03",
    },
)
_STANDARD = _Table(
    "P-32 P-34",
    {
        "two-way": "P-01 P-02 P-03 P-21 P-25 P-26",
        "two-way-strict": "P-01 P-02 P-03 P-21 P-25 P-26",
        "four-way-split": "P-01 P-02 P-17 P-42",
        "rst-unchecked": "P-42",
        "rfc1337": "-P-32",
        "abort-to-time-wait": "P-07 P-25",
        "silent-closed": "P-26 P-42",
        "continue-after-bad-ack": "P-01 P-02 P-03",
        "close-wait-close-793": "P-07 P-25 P-26",
        "bsd-resync": "P-17 P-42",
        "queue-close": "P-25",
        "time-wait-reuse": "P-25",
        "half-duplex-close": "P-18 P-24",
        "rfc793": "P-07 P-25 P-26",
        "rfc9293+1337": "-P-32",
        "bsd-output": "P-17 P-42",
        "third-syn": "P-15 P-17 P-23",
        "rand-fin": "P-07? P-17? P-18 P-19 P-20 P-24? P-25 P-26 P-32? P-42 -P-34",
        "fin-in-ack2": "P-05 P-06 P-07 P-17 P-19 P-20 P-21 P-23 P-24",
        "fin-in-ack4": "P-05 P-19 P-20",
        "fw2-deaf": "P-18 P-42",
        "auto-fin": "P-07 P-18 P-25 P-26",
        "tw-drop-all": "P-26 -P-32",
        "isn-4ms": "P-01 P-02 P-03 P-21 P-42",
        "three-way/const": "P-01 P-02 P-03 P-05 P-17 P-21 P-42",
        "two-way/const": "P-01 P-02 P-03 P-05 P-17 P-21 P-25 P-26 P-42",
        "three-way/next": "P-42",
        "two-way/next": "P-01 P-02 P-03 P-21 P-25 P-26",
        "three-way/clock(1)": "P-01 P-02 P-03 P-21 P-42",
        "two-way/clock(1)": "P-01 P-02 P-03 P-21 P-25 P-26",
        "three-way/clock(2)": "P-42",
        "two-way/clock(2)": "P-01 P-02 P-03 P-21 P-25 P-26",
        "three-way/clock(3)": "P-42",
        "two-way/clock(3)": "P-01 P-02 P-03 P-21 P-25 P-26",
    },
)
_DEEP = _Table(
    "P-17 P-21 P-23 P-32 P-34",
    {
        "three-way": "",
        "two-way": "P-01 P-02 P-03 P-25 P-26 -P-23",
        "queue-close": "P-25 -P-17 -P-21 -P-23",
        "rfc1337": "-P-32",
        "two-way-strict": "P-01 P-02 P-03 P-25 P-26 -P-23",
        "four-way-ack-then-synack": "",
        "four-way-split": "P-01 P-02 P-42",
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
