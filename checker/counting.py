"""Counting: which forged segments change an ESTABLISHED connection, every number tried (P-14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from checker.concrete import ConcreteReader, Values
from spec.language import Relation
from spec.language.beside import Property
from spec.properties.blind import FLIGHT, GUESSES, Amount, Guess
from spec.vocabulary import CALL_FIELDS, SEGMENT_ARRIVES, WINDOW
from spec.words import FAILS, HOLDS

BITS = 6
"""The width at which a verdict is counted."""
_NO_CALL: Values = (0, 0, False, True)


@dataclass(frozen=True)
class Counts:
    """How many numbers of `bits` bits, or pairs of them, hit: by kind of segment."""

    bits: int
    window: int
    flight: int
    guesses: Mapping[str, Guess]
    hits: Mapping[str, int]

    def most(self, kind: str) -> int:
        """Return how many hits of this kind there may be."""
        return self.guesses[kind].hits.at(self.window, self.flight, self.bits)

    def tried(self, kind: str) -> int:
        """Return how many segments of this kind there are."""
        return 1 << self.bits * len(self.guesses[kind].guessed)

    def told(self, kind: str) -> str:
        """Return one count in words, with what is allowed where it is more than that."""
        words = f"{kind} {self.hits[kind]:,} of {self.tried(kind):,}"
        if self.hits[kind] <= self.most(kind):
            return words
        allowed, number = str(self.guesses[kind].hits), f"{self.most(kind):,}"
        return f"{words}, at most {number if allowed == number else f'{allowed} = {number}'}"


def count(
    relation: Relation[Any],
    bits: int = BITS,
    *,
    window: int = WINDOW,
    flight: int = FLIGHT,
    guesses: Mapping[str, Guess] = GUESSES,
) -> Counts:
    """Return how many segments of each kind change the state of an ESTABLISHED connection or what it has received.

    The connection has room for `window` octets and `flight` numbers unacknowledged.
    """
    reader = ConcreteReader(relation, bits, CALL_FIELDS)
    tcb = _established(reader, window, flight)
    return Counts(bits, window, flight, guesses, {kind: _hits(reader, tcb, guess) for kind, guess in guesses.items()})


def _established(reader: ConcreteReader, window: int, flight: int) -> Values:
    """Return a TCB whose window and flight both lie across the end of the numbers, where a slip would show."""
    last = (1 << reader.bits) - 1
    told = {
        "STATE": "ESTABLISHED",
        "ORIGIN": "active",
        "ISS": last - 1,
        "SND.UNA": last,
        "SND.NXT": (last + flight) & last,
        "IRS": last - 2,
        "RCV.NXT": last - 1,
        "RCV.WND": window,
        "MAX.SND.WND": window,  # where a variant has it: the peer's window is as large
    }
    return tuple(told.get(name, reader.initial[i]) for name, i in reader.index.items())


def _hits(reader: ConcreteReader, tcb: Values, guess: Guess) -> int:
    watched = [reader.index[name] for name in ("STATE", "RCV.NXT")]
    fields: dict[str, Any] = {name: False if name.endswith(" bit") else 0 for name in reader.relation.message}
    numbers = range(1 << reader.bits)
    hits = 0
    for guessed in product(numbers, repeat=len(guess.guessed)):
        segment = {**fields, **guess.fields, **dict(zip(guess.guessed, guessed, strict=True))}
        outcome = reader.run(tcb, SEGMENT_ARRIVES.name, tuple(segment.values()), _NO_CALL)
        hits += outcome is not None and any(outcome.tcb[i] != tcb[i] for i in watched)
    return hits


def law(relation: Relation[Any], guesses: Mapping[str, Guess] = GUESSES) -> dict[str, Amount]:
    """Return how each count grows with window, flight and width, read off small ones: what to expect at 32 bits."""
    bits, window, flight = 5, WINDOW, FLIGHT
    base = count(relation, bits, window=window, flight=flight, guesses=guesses)
    wider = count(relation, bits, window=window + 1, flight=flight, guesses=guesses)
    fuller = count(relation, bits, window=window, flight=flight + 1, guesses=guesses)
    more = count(relation, bits + 1, window=window, flight=flight, guesses=guesses)
    laws = {}
    for kind, hits in base.hits.items():
        slopes = Amount(
            window=wider.hits[kind] - hits,
            flight=fuller.hits[kind] - hits,
            half=(more.hits[kind] - hits) // (1 << bits - 1),
        )
        rest = hits - slopes.at(window, flight, bits)
        laws[kind] = Amount(rest, slopes.window, slopes.flight, slopes.half)
    return laws


def judge(prop: Property, relation: Relation[Any]) -> tuple[str, str]:
    """Return the word for a property that is counted, and why: the counts that are too large, or all of them."""
    counts = count(relation, guesses=prop.data or {})
    wrong = [kind for kind in counts.hits if counts.hits[kind] > counts.most(kind)]
    return (FAILS if wrong else HOLDS), "; ".join(counts.told(kind) for kind in wrong or counts.hits)
