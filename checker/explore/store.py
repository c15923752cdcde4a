"""The states found so far: packed words in the order found, a table to look them up, and where each was found."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, overload

from checker.compiled.memory import Words
from checker.explore.core import places
from checker.explore.core.looking import mixed
from checker.explore.graph import DUP_STEP, LOCAL, LOSS_STEP, NET
from checker.explore.layout import Layout, chosen
from checker.explore.networks import packed
from checker.explore.tables import Tables, TablesFull

if TYPE_CHECKING:
    from checker.explore.loops import Loops

_LOAD = (4, 5)
"""How full the table may be."""
_WORTH_ASKING = 1 << 24
"""More bytes than that are not taken without asking whether they may be."""
_LEAST, _MOST_EXPECTED = 3000, 1 << 19
"""For how many states there is room at first, at least, and at most where an earlier search found more."""


class Store:
    """States by number, and numbers by state.

    With `numbered`, a look-up tells a state's number (steps are kept). Otherwise, where a state is one word, the table
    holds a bijection of the states themselves; where it is more and `fingerprints` are enough, a hash of it, and states
    are forgotten once they are expanded: all but those that an exploration has to speak of (`keep`).
    """

    def __init__(
        self,
        tables: Tables,
        budgets: tuple[int | None, int | None],
        *,
        numbered: bool,
        fingerprints: bool,
        may_take: Callable[[int], None],
    ) -> None:
        self.tables, self.budgets, self.numbered = tables, budgets, numbered
        self.fingerprints, self.may_take = fingerprints and not numbered, may_take
        self.base = 0
        self.kept: dict[int, tuple[int, int, int, int, int]] = {}
        self.capacity = tables.network.capacity
        self.count = self.room = 0
        self.layout = self._chosen()
        expected = min(max(tables.states + 1, _LEAST), _MOST_EXPECTED)
        known = tables.states > 0
        self.words = Words(expected * self.layout.words, at_once=known)
        self.parent_words, self.action_words = (Words(expected, 4, at_once=known) for _ in range(2))
        self.table = Words(1 << (expected * _LOAD[1] // _LOAD[0]).bit_length(), at_once=known)
        self._tell()

    # --- how states lie -------------------------------------------------------------------------------------

    def _chosen(self) -> Layout:
        tables = self.tables
        ids = (tables.locals[0], tables.locals[1], tables.segments)
        found = chosen(ids, self.capacity, self.budgets, interned=tables.interned)
        if found is None:
            raise TablesFull(f"limit of {tables.segments:,} different segments in a network of {self.capacity}")
        return found

    def _tell(self) -> None:
        p, layout = self.tables.p, self.layout
        layout.tell(p)
        at = layout.fields[0] + layout.fields[1]
        for budget, step, most, begin in (
            (self.budgets[0], places.LOSS_STEP, places.MAX_LOSS, at),
            (self.budgets[1], places.DUP_STEP, places.MAX_DUP, at + layout.fields[2]),
        ):
            p[step], p[most] = (0, places.M64) if budget is None else (1 << begin, budget)
        p[places.KEYED] = int(not self.numbered and (layout.words == 1 or self.fingerprints))
        p[places.BASE] = self.base
        p[places.TABLE_SHIFT] = 64 - (len(self.table).bit_length() - 1)
        p[places.TABLE_MASK] = len(self.table) - 1

    def fits(self) -> bool:
        """Return whether every field holds the ids in use."""
        tables = self.tables
        return self.layout.fits(tables.locals[0], tables.locals[1], tables.segments)

    def lay_out(self, loops: Loops) -> None:
        """Lay all states out anew: ids have outgrown their fields. Raise TablesFull where states were forgotten."""
        if self.base:
            raise TablesFull(f"limit of {self.tables.segments:,} different segments where fingerprints are kept")
        old, self.layout, self.room = self.layout, self._chosen(), 0
        before, after = Words(64), Words(64)
        old.tell(before)
        self.layout.tell(after)
        wider = Words(max(self.count * self.layout.words, 4096))
        arrays = {"states": self.words, "wider": wider, "p": before, "q": after}
        run, rest = loops.bound("repack", arrays, old.words)
        run(self.count, self.layout.words, *rest)
        self.words = wider
        self._rehash(len(self.table), loops)

    def make_room(self, most: int, loops: Loops) -> None:
        """Have room for `most` more states. Raise limits.Stopped if that takes too much memory."""
        count = self.count + most
        if count <= self.room:
            return
        held = (count - self.base) * self.layout.words
        size = len(self.table)
        while count * _LOAD[1] > size * _LOAD[0]:
            size *= 2
        more = 8 * max(held - len(self.words), 0) + 8 * max(count - len(self.parent_words), 0)
        more += 8 * size if size != len(self.table) else 0
        if more > _WORTH_ASKING:
            self.may_take(2 * more if self.dropping else more)
        self.words.grow(held)
        self.parent_words.grow(count)
        self.action_words.grow(count)
        if size != len(self.table):
            self._rehash(size, loops, again=True)
        lengths = (self.base + len(self.words) // self.layout.words, len(self.parent_words), len(self.action_words))
        self.room = min(*lengths, len(self.table) * _LOAD[0] // _LOAD[1])

    def _rehash(self, size: int, loops: Loops, *, again: bool = False) -> None:
        """Make the table anew: from the states, the old one being gone before; or, where they are, from the old one."""
        old, self.table = self.table, Words(0)
        from_old = bool(self.base) or (again and self.tables.p[places.KEYED] == 1 and size <= 1 << 21)
        if not from_old:
            del old
        self.table = Words(size)
        self._tell()
        if from_old:
            run, rest = loops.bound("reenter", {"old": old, "table": self.table, "p": self.tables.p}, self.layout.words)
            run(0, len(old), *rest)
            return
        arrays = {"states": self.words, "table": self.table, "p": self.tables.p}
        run, rest = loops.bound("rehash", arrays, self.layout.words)
        run(0, self.count, *rest)

    # --- forgetting -----------------------------------------------------------------------------------------

    @property
    def dropping(self) -> bool:
        """Whether states are forgotten once they are expanded."""
        return self.fingerprints and self.layout.words > 1

    @property
    def omission(self) -> float:
        """An upper bound of the probability that some state was taken for another one: pairs of states / 2^64."""
        return self.count**2 / 2.0**65 if self.dropping else 0.0

    def keep(self, number: int) -> None:
        """Remember a state although it is expanded."""
        if self.dropping:
            self.kept[number] = self.state(number)

    def forget(self, first: int) -> None:
        """Forget the states before `first` if fingerprints are enough."""
        if not self.dropping:
            return
        words = self.layout.words
        begin, end = (first - self.base) * words, (self.count - self.base) * words
        self.words.numbers[: end - begin] = self.words.numbers[begin:end]
        self.base = self.tables.p[places.BASE] = first
        self.room = 0

    # --- single states --------------------------------------------------------------------------------------

    def offer(self, ends: tuple[int, int], content: int, buffers: Mapping[str, Words]) -> None:
        """Write an initial state down as a successor of none; `content` is the network's, or its number."""
        net = content
        if not self.tables.interned:
            slots = sorted(segment + 1 for segment in self.tables.network.content(content))
            net = sum(slot << self.layout.slot * i for i, slot in enumerate(slots))
        words = self.layout.pack((*ends, 0, 0), net)
        hashed = 0
        for i, word in enumerate(words):
            buffers["successors"][i] = word
            hashed = mixed(hashed ^ word)
        buffers["hashes"][0] = hashed
        buffers["links"][0] = places.M64

    def state(self, number: int) -> tuple[int, int, int, int, int]:
        """Return a state's local states, losses, duplicates, and its network as the channel has it."""
        if number < self.base:
            if number not in self.kept:
                raise ValueError(f"state {number} was forgotten: only its fingerprint is left")
            return self.kept[number]
        words, at = self.layout.words, number - self.base
        a, b, losses, duplicates, net = self.layout.unpack(self.words.numbers[at * words : (at + 1) * words])
        if self.tables.interned:
            return a, b, losses, duplicates, self.tables.contents[net]
        return a, b, losses, duplicates, packed(self.layout.slots(net))

    def ends(self, number: int) -> tuple[int, int]:
        """Return a state's local states."""
        if number < self.base:
            return self.state(number)[:2]
        word, (a_bits, b_bits, *_) = self.words[(number - self.base) * self.layout.words], self.layout.fields
        return word & (1 << a_bits) - 1, word >> a_bits & (1 << b_bits) - 1


class _Column(Sequence[int], ABC):
    """One number for each state of a store, worked out when it is asked for."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __len__(self) -> int:
        return self.store.count

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        if isinstance(index, slice):
            return [self.number(i) for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"there are {len(self)} states, no state {index}")
        return self.number(index % len(self))

    @abstractmethod
    def number(self, index: int) -> int:
        """Return the number of the state with this index."""


class States(_Column):
    """The states of a store, each as one number: see checker.explore.graph."""

    def number(self, index: int) -> int:
        """Return a state."""
        a, b, losses, duplicates, net = self.store.state(index)
        return net << NET | duplicates * DUP_STEP | losses * LOSS_STEP | b << LOCAL | a

    def ends(self, number: int) -> tuple[int, int]:
        """Return both ends' local states, without looking at the rest."""
        return self.store.ends(number)

    def pairs(self) -> set[tuple[int, int]]:
        """Return every pair of local states that is reached."""
        keys = (key - 1 for key in self.store.tables.pairs)
        return {(key & places.ID_MASK, key >> places.ID) for key in keys}


class Parents(_Column):
    """The state out of which each was found; -1 for an initial state."""

    def number(self, index: int) -> int:
        """Return a state's parent."""
        return _link(self.store.parent_words[index])


class Actions(_Column):
    """The action by which each state was found; -1 for an initial state."""

    def number(self, index: int) -> int:
        """Return the action that led to a state."""
        return _link(self.store.action_words[index])


def _link(number: int) -> int:
    return -1 if number == places.LOW32 else number
