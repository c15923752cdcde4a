"""Segments as a few whole numbers: where each field stands, for languages whose networks are arrays of integers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spec.language import Sort

WORD = 31
"""Bits of a number that is never negative in 32 bits."""
DESTINATION, DESTINATION_BITS = "to", 2
"""Where a segment goes: 1 for A, 2 for B, so that an empty slot is 0."""


@dataclass(frozen=True)
class Place:
    """Where a field stands: which word, how far up, how many bits."""

    word: int
    shift: int
    bits: int


def width(sort: Sort, bits: int) -> int:
    """Return how many bits a value of the sort takes, sequence numbers being `bits` wide."""
    if sort.members:
        return max(1, (len(sort.members) - 1).bit_length())
    return 1 if sort.name == "bool" else bits


def packed(fields: Mapping[str, Sort], bits: int) -> dict[str, Place]:
    """Return the place of every field of a segment, its destination uppermost in the first word."""
    sizes = {DESTINATION: DESTINATION_BITS, **{name: width(sort, bits) for name, sort in fields.items()}}
    words: list[list[str]] = [[]]
    room = WORD
    for name, size in sizes.items():
        if size > room:
            words.append([])
            room = WORD
        words[-1].append(name)
        room -= size
    places = {}
    for number, names in enumerate(words):
        shift = 0
        for name in reversed(names):
            places[name] = Place(number, shift, sizes[name])
            shift += sizes[name]
    return {name: places[name] for name in sizes}


def words(places: Mapping[str, Place]) -> int:
    """Return how many words a segment takes."""
    return 1 + max(place.word for place in places.values())
