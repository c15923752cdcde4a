from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.speed.contenders import Contender, Counts, Peers, number
from benchmarks.speed.rows import EXPLORE, MEMORY, ROWS, WHOLE, Bench, Disagree, Side

COUNTING = "import sys; print('states=5 transitions=9 took=' + sys.argv[1])"


def counter(seconds: str) -> Contender:
    return Contender(
        "a counter",
        (sys.executable, "-c", COUNTING, seconds),
        lambda said: Counts(int(number(r"states=(\d+)", said)), int(number(r"transitions=(\d+)", said))),
        ((sys.executable, "-c", "open('built', 'a').write('x')"),),
        inside=lambda said: number(r"took=([\d.]+)", said),
    )


def test_a_contender_that_counts_otherwise_is_not_timed(tmp_path: Path) -> None:
    side = Side(counter("1"), Counts(5, 10), tmp_path / "1", EXPLORE)
    with pytest.raises(Disagree, match="a counter finds 5 states, 9 transitions; ours are 5 states, 10 transitions"):
        side()


def test_building_is_apart_from_exploring(tmp_path: Path) -> None:
    side = Side(counter("0.25"), Counts(5, 9), tmp_path / "1", EXPLORE)
    assert [side(), side()] == [0.25, 0.25]
    assert (tmp_path / "1" / "built").read_text() == "x"
    assert side.building > 0


def test_a_whole_command_is_built_anew_each_time(tmp_path: Path) -> None:
    side = Side(counter("0"), Counts(5, 9), tmp_path / "1", WHOLE)
    first = side()
    (tmp_path / "1" / "left").touch()
    assert first > 0
    assert side() > side.building
    assert not (tmp_path / "1" / "left").exists()


def test_memory_is_what_the_run_held_at_most(tmp_path: Path) -> None:
    side = Side(counter("0"), Counts(5, 9), tmp_path / "1", MEMORY)
    assert side() == side.peaks[0] / 1024 > 1


def test_without_a_peer_a_row_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    smallest = next(row for row in ROWS if row.name == "again2")
    assert Bench(Peers(None), tmp_path, 1, None).compared(smallest) is None


def test_rows_have_names_of_their_own_and_aim_higher_than_they_must() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    assert all(row.must < row.aim for row in ROWS)
