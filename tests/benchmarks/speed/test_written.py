from __future__ import annotations

import pytest

from benchmarks.speed.measuring import Ratios
from benchmarks.speed.rows import MEMORY, ROWS, Compared
from benchmarks.speed.written import line, reached, table


def compared(name: str, theirs: float, ours: float) -> Compared:
    row = next(row for row in ROWS if row.name == name)
    return Compared(row, "spin -O3 -w20", "5 states, 9 transitions", Ratios((theirs,), (ours,)), 1.5, 0.02, (70, 40))


@pytest.mark.parametrize(("theirs", "word"), [(3.9, "below"), (4.0, "must"), (9.9, "must"), (10.0, "aim")])
def test_a_ratio_is_held_against_what_it_must_reach_and_what_it_aims_at(theirs: float, word: str) -> None:
    assert reached(compared("dfs4", theirs, 1.0)) == word


def test_a_line_says_who_was_measured_and_what_was_wanted() -> None:
    said = line(compared("dfs4", 2.0, 0.5))
    assert said == ("explore, K=4: spin -O3 -w20 2.000 s, ours 0.500 s: 4.0 (4.0-4.0) (must 4, aim 10: must)")


def test_memory_has_its_own_unit() -> None:
    row = next(row for row in ROWS if row.kind == MEMORY)
    assert "300 MiB, ours 250 MiB" in line(compared(row.name, 300, 250))


def test_each_comparison_is_a_line_of_either_table() -> None:
    both = table([compared(row.name, 2.0, 1.0) for row in ROWS]).split("\n\n")
    assert [len(one.splitlines()) for one in both] == [len(ROWS) + 2] * 2
    widths = {row.count("|") for one in both[:1] for row in one.splitlines()}
    assert len(widths) == 1
