"""How states lie in words: which bits hold which field. The kernel's text says where; this says how wide.

A state of one word is packed as tightly as the ids in use allow and is laid out anew when they outgrow it; one of two
or three words has room for all ids there may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checker.compiled.memory import Words
from checker.explore.core import places
from checker.explore.graph import FAULT, LOCAL

_WORD = 64


@dataclass(frozen=True)
class Layout:
    """Widths in bits of both local states, losses and duplicates; of a slot; and how many words a state takes."""

    fields: tuple[int, int, int, int]
    slot: int
    capacity: int
    words: int
    interned: bool

    @property
    def rest_bits(self) -> int:
        """How many bits the ends and the faults take."""
        return sum(self.fields)

    def fits(self, local: int, other: int, segments: int) -> bool:
        """Return whether these many local states of each end and segments can be told apart."""
        ids_fit = local <= 1 << self.fields[0] and other <= 1 << self.fields[1]
        return ids_fit and (self.interned or segments < 1 << self.slot - 1)

    def pack(self, rest: Sequence[int], net: int) -> tuple[int, ...]:
        """Return the words of a state: the fields of its rest, and its network as the kernel has it."""
        value = at = 0
        for width, field in zip(self.fields, rest, strict=True):
            value, at = value | field << at, at + width
        if self.words == 1:
            return (value | net << at | places.MARK,)
        return tuple([value | places.MARK, net & places.M64, net >> _WORD][: self.words])

    def unpack(self, words: Sequence[int]) -> tuple[int, int, int, int, int]:
        """Return the fields of a state's rest, and its network."""
        value = words[0] ^ places.MARK
        found = []
        for width in self.fields:
            found.append(value & (1 << width) - 1)
            value >>= width
        net = value if self.words == 1 else words[1] | (words[2] << _WORD if self.words == 3 else 0)
        return found[0], found[1], found[2], found[3], net

    def slots(self, net: int) -> list[int]:
        """Return the occupied slots of a sorted network, lowest first."""
        found = []
        while net:
            found.append(net & (1 << self.slot) - 1)
            net >>= self.slot
        return found

    def tell(self, p: Words) -> None:
        """Write the widths where the kernel reads them."""
        ones = sum(1 << self.slot * i for i in range(self.capacity)) if not self.interned else 0
        spare = ones << self.slot - 1
        numbers = {
            places.SLOT: self.slot, places.CAPACITY: self.capacity, places.INTERNED: int(self.interned),
            places.ONES: ones & places.M64, places.ONES_HIGH: ones >> _WORD,
            places.SPARE: spare & places.M64, places.SPARE_HIGH: spare >> _WORD,
        }  # fmt: skip
        for place, number in (*enumerate(self.fields), *numbers.items()):
            p[place] = number


def chosen(
    ids: tuple[int, int, int], capacity: int, budgets: tuple[int | None, int | None], *, interned: bool
) -> Layout | None:
    """Return the tightest layout for so many local states of each end and segments; None if there is none.

    budgets  of losses and duplicates; None (no limit) and 0 take no bits.
    """
    faults = tuple(min((budget or 0).bit_length(), FAULT) for budget in budgets)
    tight = [max(count - 1, 1).bit_length() for count in ids[:2]]
    slot = ids[2].bit_length() + 1
    if not interned:
        for spare in (1, 0):  # a bit more than is needed now: fewer states are laid out anew
            fields = (tight[0] + spare, tight[1] + spare, faults[0], faults[1])
            if sum(fields) + capacity * (slot + spare) < _WORD:
                return Layout(fields, slot + spare, capacity, 1, interned=False)
    fields = (LOCAL, LOCAL, faults[0], faults[1])
    if interned:
        return Layout(fields, 32, 0, 2, interned=True)
    for words in (2, 3):
        wide = min((words - 1) * _WORD // capacity, places.ID + 1)
        if slot <= wide:
            return Layout(fields, wide, capacity, words, interned=False)
    return None
