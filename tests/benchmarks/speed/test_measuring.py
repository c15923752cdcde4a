from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.speed.measuring import Failed, Ratios, TooSlow, in_turn, spend

FIGURES = st.lists(st.tuples(st.floats(0.001, 1000), st.floats(0.001, 1000)), min_size=1, max_size=9)


@given(FIGURES)
def test_the_ratio_lies_between_the_least_and_the_greatest_of_the_pairs(pairs: list[tuple[float, float]]) -> None:
    ratios = Ratios(tuple(one for one, _ in pairs), tuple(other for _, other in pairs))
    assert min(ratios.all) <= ratios.median <= max(ratios.all)
    assert len(ratios.all) == len(pairs)


def test_the_ratio_is_the_median_over_pairs_and_not_that_of_the_medians() -> None:
    ratios = Ratios((1.0, 10.0, 30.0), (1.0, 1.0, 10.0))
    assert ratios.medians == (10.0, 1.0)
    assert ratios.median == 3.0
    assert str(ratios) == "3.0 (1.0-10.0)"


def test_contenders_take_turns() -> None:
    order: list[str] = []

    def side(name: str) -> float:
        order.append(name)
        return 1.0

    in_turn(lambda: side("theirs"), lambda: side("ours"), 3)
    assert order == ["theirs", "ours"] * 3


def test_what_a_program_starts_is_counted_with_it(tmp_path: Path) -> None:
    work = "sum(i * i for i in range(3_000_000))"
    started = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}], check=True); print('done')"
    alone = spend((sys.executable, "-c", "pass"), tmp_path)
    spent = spend((sys.executable, "-c", started), tmp_path)
    assert spent.said == "done\n"
    assert spent.seconds > alone.seconds + 0.05


def test_the_last_lines_of_a_program_that_fails_are_shown(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="ended with 3:\nno such model"):
        spend((sys.executable, "-c", "print('no such model'); raise SystemExit(3)"), tmp_path)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="no-such-checker cannot be started"):
        spend(("no-such-checker",), tmp_path)


def test_a_program_gets_no_more_time_than_it_is_given(tmp_path: Path) -> None:
    with pytest.raises(TooSlow, match="takes more than 1 s"):
        spend((sys.executable, "-c", "while True: pass"), tmp_path, most=0.5)
