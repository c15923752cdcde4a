"""How many numbers a blind attacker has to hit: P-14, counted, one kind of forged segment at a time.

An attacker off the path knows the two sockets but no number (RFC 5961 §1.2). What counts is how many of the M = 2^k
sequence numbers, or pairs of SEG.SEQ and SEG.ACK, change an ESTABLISHED connection with a window of W octets and F
numbers in flight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spec.language.beside import Property

FLIGHT = 2
"""F: how many numbers are sent and not acknowledged where it is counted."""


@dataclass(frozen=True)
class Amount:
    """A number that grows with W, F and half of all numbers: plain + window W + flight F + half M/2."""

    plain: int = 0
    window: int = 0
    flight: int = 0
    half: int = 0

    def at(self, window: int, flight: int, bits: int) -> int:
        """Return the number for a window, a flight and a width of sequence numbers."""
        return self.plain + self.window * window + self.flight * flight + self.half * (1 << bits - 1)

    def __str__(self) -> str:
        halves = {0: [], 1: ["M/2"], 2: ["M"]}.get(self.half, [f"{self.half} M/2"])
        others = [name if n == 1 else f"{n} {name}" for n, name in ((self.window, "W"), (self.flight, "F")) if n]
        words = [*halves, *others]
        return " + ".join([*words, *([str(self.plain)] if self.plain or not words else [])])


@dataclass(frozen=True)
class Guess:
    """A kind of segment that a blind attacker sends: what it sets, what it must guess, how many hits there may be."""

    fields: Mapping[str, int | bool]
    guessed: tuple[str, ...]
    hits: Amount


_ACCEPTED = Amount(plain=1, flight=1, half=1)
GUESSES: dict[str, Guess] = {
    "RST": Guess({"RST bit": True}, ("SEQ",), Amount(plain=1)),
    "SYN": Guess({"SYN bit": True}, ("SEQ",), Amount()),
    "text": Guess({"DATA": 1, "ACK bit": True}, ("SEQ", "ACK"), _ACCEPTED),
    "FIN": Guess({"FIN bit": True, "ACK bit": True}, ("SEQ", "ACK"), _ACCEPTED),
}
"""Each kind, with the most hits that RFC 5961 leaves.

A RST needs the very number, a SYN has none (RFC 5961 §3.2, §4.2). An octet of text and a FIN need the very number and
an ACK that is not of the future: half of all, and those in flight (§5.1; §5.2 narrows it, which is a MAY). Text beyond
RCV.NXT is not held here (Q-4): with SHLD-31 every number in the window would be a hit.
"""

BLIND_ROBUSTNESS = Property(
    id="P-14",
    name="blind robustness",
    sentence="Of all sequence numbers, one forged RST and no forged SYN changes an ESTABLISHED connection; forged text "
    "or a FIN needs the number and an acceptable ACK.",
    cite="RFC 5961 §1.3, §3.2, §4.2, §5.1",
    assumes="Counted at a small width: the counts of RST and SYN are the same at every width, those of text and FIN "
    "grow as half of all numbers.",
    graph="counting",
    asked=(),
    data=GUESSES,
)
