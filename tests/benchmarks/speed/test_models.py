from __future__ import annotations

from pathlib import Path

from benchmarks.speed.contenders import Counts
from benchmarks.speed.models import BY_HAND, pair, scenario
from benchmarks.speed.worlds import explored, worlds


def by_hand(folder: Path) -> Path:
    for name in BY_HAND:
        (folder / name).write_text("const\n  K    : 3;      -- capacity\n  NINC : 3;\n  MASK : 3;\n")
    return folder


def test_a_form_written_by_hand_gets_the_capacity_that_is_asked_for(tmp_path: Path) -> None:
    by, exported = pair(5, by_hand(tmp_path)).forms(Counts(1, 1), 0)
    assert (by.name, exported.name) == ("written by hand", "exported")
    assert by.texts["pml"].startswith("#define K 5\n#define NINC 2\n")
    assert "  K    : 5; " in by.texts["m"]
    assert "  NINC : 2;" in by.texts["m"]
    assert "  MASK : 3;" in by.texts["m"]
    assert "CONSTANTS K = 5 NInc = 2" in by.texts["cfg"]
    assert set(by.texts) == set(exported.texts)


def test_every_world_without_a_clock_or_an_attacker_is_measured() -> None:
    names = [subject.name for subject in scenario("quick")]
    assert names == list(worlds("quick"))
    assert "open-close" in names


def test_an_exploration_tells_what_it_found_and_what_it_took() -> None:
    found = explored(worlds("quick")["reopen"])
    assert found.stopped is None
    assert f"states={found.states} transitions={found.transitions} depth={found.depth} cut={found.cut}" in str(found)
    assert found.times.exploring > 0
    assert found.times.tabling > 0
