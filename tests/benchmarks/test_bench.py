from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import bench
from benchmarks.speed.rows import Bench, Disagree, Row


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--pairs", "0"], "must be 1 or more, not 0"),
        (["--row", "dfs9"], "invalid choice: 'dfs9'"),
        (["--by-hand", "nowhere"], "there is no nowhere/tcp_pair.pml"),
    ],
)
def test_bad_flags_exit_2_and_are_named(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(words)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_without_any_peer_the_exit_code_is_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert bench.main(["--row", "again2"]) == 3
    assert "spin: not run, spin is not installed." in capsys.readouterr().out


def test_counts_that_differ_exit_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def differ(self: Bench, row: Row) -> None:
        raise Disagree(f"spin finds 4 states in {row.name} of {self.pairs}")

    monkeypatch.setattr(Bench, "compared", differ)
    assert bench.main(["--row", "again2", "--pairs", "2"]) == 1
    assert capsys.readouterr().err == "spin finds 4 states in again2 of 2\n"


def test_growth_alone_needs_no_peer_and_writes_a_table_and_a_plot(tmp_path: Path) -> None:
    assert bench.main(["--row", "growth", "--most", "1000", "-o", str(tmp_path / "made")]) == 0
    assert "(limit)" in (tmp_path / "made" / "benchmarks.md").read_text(encoding="utf-8")
    assert (tmp_path / "made" / "growth.svg").read_text(encoding="utf-8").startswith("<svg")
