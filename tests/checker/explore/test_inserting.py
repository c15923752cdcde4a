"""The table of hashes: lines that are full, the last line, growing; against a set."""

from __future__ import annotations

from random import Random

import pytest

from checker.compiled.memory import Words
from checker.explore.core import places
from checker.explore.loops import Loops

SIZE, ROUNDS = 64, 40


class Table:
    """A small table of hashes and all that `insert` and `reenter` ask for."""

    def __init__(self, loops: Loops) -> None:
        self.loops = loops
        names = ("states", "table", "successors", "links", "hashes", "targets", "p")
        self.arrays = {name: Words(512) for name in names}
        self.arrays |= {name: Words(512, 4) for name in ("parents", "reached_by", "actions")}
        self.arrays["p"][places.KEYED] = 1
        self.size, self.total = 0, 0
        self.make(SIZE)

    def make(self, size: int) -> None:
        """Make the table as large as this, with what there is."""
        old, self.arrays["table"] = self.arrays["table"], Words(512)
        p = self.arrays["p"]
        p[places.TABLE_SHIFT], p[places.TABLE_MASK] = 64 - (size.bit_length() - 1), size - 1
        run, rest = self.loops.bound("reenter", {**self.arrays, "old": old}, 1)
        assert run(0, self.size, *rest) == self.size
        self.size = size

    def add(self, hashes: list[int]) -> int:
        """Add states with these hashes; return how many are new."""
        for i, hashed in enumerate(hashes):
            self.arrays["hashes"][i], self.arrays["links"][i] = hashed, i << 32 | self.total
            self.arrays["successors"][i] = hashed and hashed ^ 1
        self.arrays["p"][places.COUNT] = len(hashes)
        run, rest = self.loops.bound("insert", self.arrays, 1)
        before, self.total = self.total, run(self.total, *rest)
        return self.total - before

    def entries(self) -> list[int]:
        """Return the hashes that the table holds."""
        return sorted(entry for entry in self.arrays["table"].head(self.size) if entry)


@pytest.mark.parametrize("compiled", [False, True])
def test_the_table_of_hashes_holds_each_once_however_full_it_is(compiled: bool) -> None:  # noqa: FBT001  # both ways
    if compiled:
        pytest.importorskip("llvmlite", reason="llvmlite is not installed: nothing is compiled")
    for seed in range(ROUNDS if compiled else 8):
        chance = Random(seed)  # noqa: S311  # a test wants the same draws each time
        table = Table(Loops(0 if compiled else None))
        crowded = 64 - (SIZE.bit_length() - 1)
        known: list[int] = []
        for _ in range(3):
            places_wanted = [chance.choice([0, 7, 56, 63, chance.randrange(SIZE)]) for _ in range(17)]
            new = [place << crowded | chance.randrange(1, 1 << crowded) for place in places_wanted]
            found = [
                hashed for pair in zip(new, chance.choices([0, *known, *new], k=17), strict=True) for hashed in pair
            ]
            assert table.add(found) == len(new)
            known += [hashed for hashed in dict.fromkeys(found) if hashed and hashed not in known]
            assert table.entries() == sorted(known)
            assert [word ^ 1 for word in table.arrays["states"].head(table.total)] == known
            assert table.add(known) == 0
        table.make(2 * SIZE)
        assert table.entries() == sorted(known)
        assert table.add(known) == 0
