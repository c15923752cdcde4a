"""The table of expected verdicts: what is meant to fail, per scenario and variant. Everything else is meant to hold.

A key is a variant's name; with another ISN policy at both ends it is "variant/policy". Why the failures are right:

P-01 P-02 P-03 P-21  two-way handshakes; constant or slow ISNs; `continue-after-bad-ack`, where a FIN behind a bad ACK
                     is processed in SYN-RECEIVED; `four-way-split` (P-01, P-02), whose client may CLOSE in
                     SYN-RECEIVED and be gone before its SYN was acknowledged.
P-32                 assassination is what the RFC's letter allows (RFC 1337); `rfc1337` and `tw-drop-all` prevent it.
P-34                 untimed: TIME-WAIT may end at once, then a late segment of the peer meets a reset (H-21).
P-17 P-21 P-23       a FIN or text of an old connection is taken by a server that CLOSEd in SYN-RECEIVED (README).
P-25                 the variant has an edge of its own, or lacks one that Figure 5 draws.
P-26                 the variant makes a rule or a state unreachable.
others               tutorial mutants: what they break is why they are wrong.

P-01 in a scenario's sweep is expected to hold exactly where the server's ISN advances by at least octets + 2
(RFC 9293 §3.6.1, MAY-2 (1)), or + 3 where SYN-RECEIVED accepts SEG.ACK = SND.UNA (erratum 3301).
"""

from __future__ import annotations

from spec.environment import IsnPolicy

FAILS, VACUOUS = "FAILS", "VACUOUS"


def _row(fails: str, vacuous: str = "") -> dict[str, str]:
    return {**dict.fromkeys(fails.split(), FAILS), **dict.fromkeys(vacuous.split(), VACUOUS)}


_TUTORIAL: dict[str, dict[str, str]] = {
    "three-way": _row("", "P-32 P-42"),
    "two-way": _row("P-01 P-02", "P-32 P-42"),
    "two-way-strict": _row("P-01 P-02", "P-32 P-42"),
    "four-way-split": _row("P-02", "P-32 P-42"),
    "four-way-ack-then-synack": _row("", "P-32 P-42"),
    "rst-in-window": _row("", "P-32 P-42"),
    "rst-unchecked": _row("", "P-32 P-42"),
    "syn-reset": _row("", "P-32 P-42"),
    "rfc1337": _row("", "P-32 P-42"),
    "abort-to-time-wait": _row("", "P-32 P-42"),
    "silent-closed": _row("", "P-09 P-32 P-42"),
    "tw-ack-letter": _row("", "P-32 P-42"),
    "continue-after-bad-ack": _row("", "P-32 P-42"),
    "ack-out-of-order": _row("", "P-32 P-42"),
    "simopen-ack": _row("", "P-32 P-42"),
    "srcvd-ack-793": _row("", "P-32 P-42"),
    "close-wait-close-793": _row("", "P-07 P-32 P-42"),
    "bsd-resync": _row("", "P-32 P-42"),
    "queue-close": _row("", "P-32 P-42"),
    "merge-fin": _row("", "P-32 P-42"),
    "time-wait-reuse": _row("", "P-32 P-42"),
    "ack-range": _row("", "P-32 P-42"),
    "half-duplex-close": _row("P-18 P-24 P-34", "P-32 P-42"),
    "rfc1122": _row("", "P-32 P-42"),
    "rfc793": _row("", "P-07 P-32 P-42"),
    "rfc9293+1337": _row("", "P-32 P-42"),
    "bsd-output": _row("", "P-32 P-42"),
    "third-syn": _row("P-15", "P-32 P-42"),
    "rand-fin": _row("P-18 P-20", "P-01 P-07 P-17 P-24 P-32 P-34 P-42"),
    "fin-in-ack2": _row("P-05 P-06 P-07 P-19 P-20 P-24 P-32 P-34", "P-42"),
    "fin-in-ack4": _row("P-05 P-19 P-20 P-32 P-34", "P-42"),
    "fw2-deaf": _row("P-18", "P-32 P-42"),
    "auto-fin": _row("P-07 P-18", "P-32 P-42"),
    "tw-drop-all": _row("", "P-32 P-42"),
    "isn-4ms": _row("", "P-32 P-42"),
}
_QUICK: dict[str, dict[str, str]] = {
    "three-way": _row("P-32 P-34"),
    "two-way": _row("P-01 P-02 P-03 P-32 P-34"),
    "two-way-strict": _row("P-01 P-02 P-03 P-32 P-34"),
    "four-way-split": _row("P-01 P-02 P-32 P-34"),
    "four-way-ack-then-synack": _row("P-32 P-34"),
    "rst-in-window": _row("P-32 P-34"),
    "rst-unchecked": _row("P-32 P-34"),
    "syn-reset": _row("P-32 P-34"),
    "rfc1337": _row("P-34"),
    "abort-to-time-wait": _row("P-32 P-34"),
    "silent-closed": _row("P-32 P-34"),
    "tw-ack-letter": _row("P-32 P-34"),
    "continue-after-bad-ack": _row("P-32 P-34"),
    "ack-out-of-order": _row("P-32 P-34"),
    "simopen-ack": _row("P-32 P-34"),
    "srcvd-ack-793": _row("P-32 P-34"),
    "close-wait-close-793": _row("P-32 P-34", "P-07"),
    "bsd-resync": _row("P-32 P-34"),
    "queue-close": _row("P-32 P-34"),
    "merge-fin": _row("P-32 P-34"),
    "time-wait-reuse": _row("P-32 P-34"),
    "ack-range": _row("P-32 P-34"),
    "half-duplex-close": _row("P-18 P-24 P-32 P-34"),
    "rfc1122": _row("P-32 P-34"),
    "rfc793": _row("P-32 P-34", "P-07"),
    "rfc9293+1337": _row("P-34"),
    "bsd-output": _row("P-32 P-34"),
    "third-syn": _row("P-15 P-17 P-32 P-34"),
    "rand-fin": _row("P-18 P-19 P-20", "P-07 P-17 P-24 P-32"),
    "fin-in-ack2": _row("P-05 P-06 P-07 P-19 P-20 P-24 P-32 P-34"),
    "fin-in-ack4": _row("P-05 P-19 P-20 P-32 P-34"),
    "fw2-deaf": _row("P-18 P-32 P-34"),
    "auto-fin": _row("P-07 P-18 P-32 P-34"),
    "tw-drop-all": _row("P-34"),
    "isn-4ms": _row("P-01 P-02 P-03 P-32 P-34"),
    "three-way/const": _row("P-01 P-02 P-03 P-05 P-32 P-34"),
    "two-way/const": _row("P-01 P-02 P-03 P-05 P-32 P-34"),
    "three-way/next": _row("P-32 P-34"),
    "two-way/next": _row("P-01 P-02 P-03 P-32 P-34"),
    "three-way/clock(1)": _row("P-01 P-02 P-03 P-32 P-34"),
    "two-way/clock(1)": _row("P-01 P-02 P-03 P-32 P-34"),
    "three-way/clock(2)": _row("P-32 P-34"),
    "two-way/clock(2)": _row("P-01 P-02 P-03 P-32 P-34"),
    "three-way/clock(3)": _row("P-32 P-34"),
    "two-way/clock(3)": _row("P-01 P-02 P-03 P-32 P-34"),
}
_STANDARD: dict[str, dict[str, str]] = {
    "three-way": _row("P-32 P-34"),
    "two-way": _row("P-01 P-02 P-03 P-21 P-25 P-26 P-32 P-34"),
    "two-way-strict": _row("P-01 P-02 P-03 P-21 P-25 P-26 P-32 P-34"),
    "four-way-split": _row("P-01 P-02 P-17 P-32 P-34"),
    "four-way-ack-then-synack": _row("P-32 P-34"),
    "rst-in-window": _row("P-32 P-34"),
    "rst-unchecked": _row("P-32 P-34"),
    "syn-reset": _row("P-32 P-34"),
    "rfc1337": _row("P-34"),
    "abort-to-time-wait": _row("P-07 P-25 P-32 P-34"),
    "silent-closed": _row("P-26 P-32 P-34"),
    "tw-ack-letter": _row("P-32 P-34"),
    "continue-after-bad-ack": _row("P-01 P-02 P-03 P-32 P-34"),
    "ack-out-of-order": _row("P-32 P-34"),
    "simopen-ack": _row("P-32 P-34"),
    "srcvd-ack-793": _row("P-32 P-34"),
    "close-wait-close-793": _row("P-25 P-26 P-32 P-34", "P-07"),
    "bsd-resync": _row("P-17 P-32 P-34"),
    "queue-close": _row("P-25 P-32 P-34"),
    "merge-fin": _row("P-32 P-34"),
    "time-wait-reuse": _row("P-25 P-32 P-34"),
    "ack-range": _row("P-32 P-34"),
    "half-duplex-close": _row("P-18 P-24 P-32 P-34"),
    "rfc1122": _row("P-32 P-34"),
    "rfc793": _row("P-25 P-26 P-32 P-34", "P-07"),
    "rfc9293+1337": _row("P-34"),
    "bsd-output": _row("P-17 P-32 P-34"),
    "third-syn": _row("P-15 P-17 P-23 P-32 P-34"),
    "rand-fin": _row("P-18 P-19 P-20 P-25 P-26", "P-07 P-17 P-24 P-32"),
    "fin-in-ack2": _row("P-05 P-06 P-07 P-17 P-19 P-20 P-21 P-23 P-24 P-32 P-34"),
    "fin-in-ack4": _row("P-05 P-19 P-20 P-32 P-34"),
    "fw2-deaf": _row("P-18 P-32 P-34"),
    "auto-fin": _row("P-07 P-18 P-25 P-26 P-32 P-34"),
    "tw-drop-all": _row("P-26 P-34"),
    "isn-4ms": _row("P-01 P-02 P-03 P-21 P-32 P-34"),
    "three-way/const": _row("P-01 P-02 P-03 P-05 P-17 P-21 P-32 P-34"),
    "two-way/const": _row("P-01 P-02 P-03 P-05 P-17 P-21 P-25 P-26 P-32 P-34"),
    "three-way/next": _row("P-32 P-34"),
    "two-way/next": _row("P-01 P-02 P-03 P-21 P-25 P-26 P-32 P-34"),
    "three-way/clock(1)": _row("P-01 P-02 P-03 P-21 P-32 P-34"),
    "two-way/clock(1)": _row("P-01 P-02 P-03 P-21 P-25 P-26 P-32 P-34"),
    "three-way/clock(2)": _row("P-32 P-34"),
    "two-way/clock(2)": _row("P-01 P-02 P-03 P-21 P-25 P-26 P-32 P-34"),
    "three-way/clock(3)": _row("P-32 P-34"),
    "two-way/clock(3)": _row("P-01 P-02 P-03 P-21 P-25 P-26 P-32 P-34"),
}
_DEEP: dict[str, dict[str, str]] = {
    "three-way": _row("P-17 P-21 P-23 P-32 P-34"),
    "two-way": _row("P-01 P-02 P-03 P-17 P-21 P-25 P-26 P-32 P-34"),
    "two-way-strict": _row("P-01 P-02 P-03 P-17 P-21 P-25 P-26 P-32 P-34"),
    "four-way-split": _row("P-01 P-02 P-17 P-21 P-23 P-32 P-34"),
    "four-way-ack-then-synack": _row("P-17 P-21 P-23 P-32 P-34"),
    "queue-close": _row("P-25 P-32 P-34"),
    "rfc1337": _row("P-17 P-21 P-23 P-34"),
}

EXPECTED: dict[str, dict[str, dict[str, str]]] = {
    "tutorial": _TUTORIAL,
    "quick": _QUICK,
    "standard": _STANDARD,
    "deep": _DEEP,
}


def expected(scenario: str, key: str, property_id: str) -> str | None:
    """Return the expected word, or None when the table does not know this scenario and key."""
    rows = EXPECTED.get(scenario, {})
    if key not in rows:
        return None
    return rows[key].get(property_id, "HOLDS")


SWEPT: dict[str, int] = {"three-way": 2, "srcvd-ack-793": 3}
"""The variants of a sweep, and by how much more than the octets sent the server's ISN must advance."""


def expected_in_sweep(variant: str, policy: IsnPolicy, octets: int) -> str:
    """Return the expected word for P-01 when the server's ISNs follow `policy` and it sent `octets` octets."""
    if policy.kind == "fresh":
        return "HOLDS"
    return "HOLDS" if policy.kind == "clock" and policy.step >= octets + SWEPT[variant] else FAILS
