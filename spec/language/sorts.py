"""Sorts: what a variable can hold.

Five of them: truth values, enumerations, sequence numbers of a width nobody names here,
natural numbers, and (for ghosts) sets of pairs of naturals.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sort:
    """A sort by name. `members` is empty except for an enumeration, where it lists the values in order."""

    name: str
    members: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


BOOL = Sort("bool")
SEQ = Sort("seq")
"""A sequence number: arithmetic modulo 2^k, order as in RFC 9293 §3.4. The reader chooses k."""
NAT = Sort("nat")
"""A natural number below 2^k: octet counts, windows, distances between sequence numbers."""
PAIRS = Sort("pairs")
"""A finite set of pairs of naturals; only ghosts have it."""


def enum(name: str, *members: str) -> Sort:
    """Return an enumeration sort; the first member is its initial value unless a variable says otherwise."""
    return Sort(name, members)
