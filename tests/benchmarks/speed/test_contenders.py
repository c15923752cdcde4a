from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from benchmarks.speed.contenders import BEST, Counts, Form, Peers, number, ours, rumur, spin, tlc
from benchmarks.speed.measuring import Failed

TEXTS = {"pml": "active proctype p() { skip }", "m": "var x: 0..1;", "tla": "---- MODULE TcpPair ----\n====", "cfg": ""}
FORM = Form("exported", TEXTS, states=138_396, cut=7)
PAN = """State-vector 36 byte, depth reached 68, errors: 0
   138396 states, stored
  1200793 states, matched
  1339196 transitions (= stored+matched)
"""
RUMUR = """<progress states="10000" duration_seconds="1" rules_fired="55815" queue_size="3976" thread_id="0"/>
<summary states="138396" rules_fired="1339188" errors="0" duration_seconds="27"/>
"""
TLC = """Progress(12) at 19:00: 912,345 states generated, 100,100 distinct states found, 9 states left on queue.
1339189 states generated, 138396 distinct states found, 0 states left on queue.
"""
WANTED = Counts(138_396, 1_339_188)


def test_spin_counts_neither_the_initial_state_nor_steps_cut_off() -> None:
    assert spin(FORM, "-O3", BEST, 18).read(PAN) == WANTED


@pytest.mark.parametrize("said", [PAN.replace("errors: 0", "errors: 1"), "error: max search depth too small\n" + PAN])
def test_spin_that_did_not_finish_is_not_believed(said: str) -> None:
    with pytest.raises(Failed, match="did not finish"):
        spin(FORM, "-O3", BEST, 18).read(said)


def test_rumurs_counts_are_those_of_its_summary_and_not_of_its_progress() -> None:
    assert rumur(FORM, "-O3").read(RUMUR) == WANTED


def test_tlcs_counts_are_those_of_its_last_line_without_the_initial_state() -> None:
    assert tlc(FORM, "tla2tools.jar").read(TLC) == WANTED


def test_tlc_gets_its_module_in_a_file_of_that_name() -> None:
    assert set(tlc(FORM, "tla2tools.jar").files) == {"TcpPair.tla", "m.cfg"}


def test_our_counts_and_seconds_are_read_from_what_our_program_prints(tmp_path: Path) -> None:
    mine = ours(("benchmarks.tcp_pair", "1", "2", "--time"), tmp_path / "kept")
    spent = mine.ran(tmp_path)
    assert mine.read(spent.said) == Counts(725, 2965)
    assert 0 < mine.explored(spent) < spent.seconds


def test_a_figure_that_is_not_said_is_named() -> None:
    with pytest.raises(Failed, match="states, stored"):
        number(r"(\d+) states, stored", "pan: out of memory")


@pytest.mark.parametrize("kind", ["spin", "spin, breadth first", "spin, usual flags", "any, built first"])
def test_a_table_of_spins_has_room_for_every_state(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda program: f"/usr/bin/{program}")
    found = [one for one in Peers(None).candidates(kind, FORM) if one.name.startswith("spin")]
    assert found
    for contender in found:
        slots = next(int(word[2:]) for word in contender.run if re.fullmatch(r"-w\d+", word))
        assert 1 << slots >= FORM.states


def test_peers_that_are_not_installed_are_said_and_never_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    said = list(Peers("tla2tools.jar").lacking())
    assert said == [
        "spin: not run, spin is not installed.",
        "rumur: not run, rumur is not installed.",
        "tlc: not run, java is not installed.",
    ]
    for kind in ("spin", "rumur", "tlc", "any, built first"):
        assert not list(Peers("tla2tools.jar").candidates(kind, FORM))


def test_our_programs_run_under_the_interpreter_that_runs_the_benchmark(tmp_path: Path) -> None:
    assert ours(("benchmarks.tcp_pair",), tmp_path).run[0] == sys.executable
