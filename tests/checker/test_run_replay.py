"""The `replay` command: what it prints and saves, its exit codes, its mistakes."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from checker.cli import main
from spec.figures import NAMES, source

MINE = "Mine\n1. CLOSED LISTEN\n2. SYN-SENT --> <SEQ=7><CTL=SYN> --> SYN-RECEIVED\n"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.txt"
    path.write_text(MINE)
    return path


def test_an_accepted_script_is_a_ladder_and_exit_0(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(mine)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("mine  Mine\n")
    assert "--> <SEQ=7><CTL=SYN>" in out
    assert "U-2; inferred" in out
    assert "L-3; line 2" in out
    assert out.endswith("Accepted by three-way: 3 steps, 2 of them inferred.\n")


def test_a_refused_figure_says_why_and_what_is_allowed_instead(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--figure", "9293-7"]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "Refused at line 6: TCP Peer A stays in SYN-RECEIVED" in out
    assert "Q-2 fires when" in out
    assert "What three-way allows instead: 3 steps from there" in out


def test_a_variant_can_be_named(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--figure", "9293-7", "--variant", "seqcheck-gont"]) == 0
    assert main(["replay", str(mine), "--variant", "two-way"]) == 1
    assert "where the figure has SYN-RECEIVED: L-3" in " ".join(capsys.readouterr().out.split())


def test_a_built_in_figure_can_be_copied_and_played(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "copy.txt"
    path.write_text(source("9293-12"))
    assert main(["replay", str(path)]) == 0
    copied = capsys.readouterr().out
    assert main(["replay", "--figure", "9293-12"]) == 0
    assert copied == capsys.readouterr().out


def test_all_figures_are_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--figures"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1 : len(NAMES) + 1]] == list(NAMES)
    assert lines[0].split() == ["id", "source", "variant", "verdict", "steps", "inferred"]


def test_json_is_a_list_with_an_entry_for_each(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--figures", "--format", "json"]) == 1
    entries = json.loads(capsys.readouterr().out)
    assert [entry["id"] for entry in entries] == list(NAMES)
    seventh = next(entry for entry in entries if entry["id"] == "9293-7")
    assert (seventh["accepted"], seventh["line"], seventh["rule"], seventh["instead"]) == (False, 6, "Q-2", 3)
    assert main(["replay", str(mine), "--format", "json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert (entry["accepted"], entry["line"], entry["why"], entry["steps"], entry["inferred"]) == (
        True, None, "", 3, [1, 2],
    )  # fmt: skip


def test_pictures_are_saved_by_suffix_and_say_what_is_inferred(tmp_path: Path) -> None:
    for figure, code in (("9293-6", 0), ("9293-7", 1)):
        path = tmp_path / f"{figure}.svg"
        assert main(["replay", "--figure", figure, "-o", str(path)]) == code
        text = "".join(ET.fromstring(path.read_text()).itertext())  # noqa: S314  # we wrote it ourselves
        assert "(OPEN active) inferred" in text
        assert ("Refused at line 6" in text) == (code == 1)
    path = tmp_path / "run.mmd"
    assert main(["replay", "--figure", "5961-1", "-o", str(path)]) == 1
    assert "sequenceDiagram" in path.read_text()


MISTAKES = {
    "replay": "name a script, or --figure ID, or --figures",
    "replay mine.txt --figures": "name a script, or --figure ID, or --figures",
    "replay --figure 9293-5": "figure '9293-5' does not exist",
    "replay --figure 9293-66": "Did you mean '9293-6'?",
    "replay --figure 9293-6 --variant towway": "Did you mean 'two-way'?",
    "replay --figures --format svg": "draws one figure",
    "replay --figure 9293-6 --format dot": "invalid choice: 'dot'",
    "replay nowhere.txt": "nowhere.txt: cannot be read (No such file or directory)",
    "replay .": ".: cannot be read (Is a directory)",
    "replay binary.txt": "binary.txt: is not UTF-8 text",
    "replay long.txt": "long.txt: is longer than 1,048,576 octets",
    "replay bad.txt": "bad.txt:2:11: expected a state, an arrow or a (comment), not 'LISTNE'. Did you mean 'LISTEN'?",
    "replay unknown.txt": "variant 'none' does not exist",
    "replay --figure 9293-6 -o nowhere/x.svg": "the folder nowhere does not exist",
}


@pytest.mark.parametrize("command", MISTAKES)
def test_a_mistake_is_one_sentence_and_exit_2(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.txt").write_text("T\n1. CLOSED LISTNE\n")
    Path("unknown.txt").write_text("T\nvariant none\n1. CLOSED\n")
    Path("binary.txt").write_bytes(b"\xff\xfe")
    Path("long.txt").write_text("#" * (1 << 20) + "#")
    assert main(command.split()) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert MISTAKES[command] in err
