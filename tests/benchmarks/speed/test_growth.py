from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.speed import growth
from benchmarks.speed.written import curve


def test_the_ladder_is_climbed_up_to_the_first_world_that_has_too_many_states(tmp_path: Path) -> None:
    found = list(growth.points(3000, tmp_path))
    assert [point.stopped for point in found] == [False] * (len(found) - 1) + [True]
    assert [point.bounds for point in found] == list(growth.LADDER[: len(found)])
    assert [point.states for point in found] == sorted(point.states for point in found)
    assert all(point.bytes_per_state > 8 for point in found)
    assert "(limit)" in curve(found).splitlines()[-1]
    assert growth.picture(found).count("<circle") == 2 * len(found)


def test_each_world_of_the_ladder_allows_all_that_the_one_before_does() -> None:
    for smaller, larger in zip(growth.LADDER, growth.LADDER[1:], strict=False):
        assert all(one <= other for one, other in zip(smaller, larger, strict=True))


def test_what_one_world_took_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    growth.main(["1", "0", "0", "0", "20"])
    printed = capsys.readouterr().out
    assert "exploring=" in printed
    assert printed.splitlines()[-1].startswith("stopped: limit of 20 states")
