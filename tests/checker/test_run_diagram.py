"""`diagram`, `compare`, `docs`, `doctor`: what they print and write, and one sentence for whatever is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker import doctor
from checker.cli import main
from checker.doctor import NEEDED
from diagrams.render import graphviz
from spec.variants import VARIANTS


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("diagram states", "passive OPEN / create TCB"),
        ("diagram states --variant two-way --against three-way", "> -> ESTABLISHED   rcv SYN / snd SYN,ACK"),
        ("diagram states --world textbook", "three-way: what is reached in textbook"),
        ("diagram pairs --world textbook", "(ESTABLISHED, ESTABLISHED)"),
        (
            "diagram flow --state listen",
            "A SYN in LISTEN is answered by SYN,ACK. [snd SYN,ACK, enter SYN-RECEIVED] ends",
        ),
        ("diagram ladder --property P-01 --variant two-way --scenario quick", "P-01 no ghost connection: fails"),
        ("diagram ladder --property P-01 --variant two-way --scenario quick --relative", "<SEQ=0><CTL=SYN>"),
        ("diagram states --format mermaid", "stateDiagram-v2"),
        ("diagram states --format svg", "<svg xmlns="),
        ("diagram states --format dot", "digraph"),
        ("compare two-way three-way", "They part at step 3: ESTABLISHED, SYN-RECEIVED."),
        ("doctor", "Everything that verify and prove need is here."),
    ],
)
def test_it_prints(command: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command.split()) == 0
    out, err = capsys.readouterr()
    assert words in out
    assert err == ""


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("diagram", "KIND"),
        ("diagram cats", "choose from states, ladder, pairs, flow, matrix"),
        ("diagram states --variant towway", "Did you mean 'two-way'?"),
        ("diagram states --format gif", "format 'gif' does not exist"),
        ("diagram states -o picture.gif", "-o picture.gif: its suffix names no format; give --format: text, svg"),
        ("diagram states -o nowhere/picture.svg", "the folder nowhere does not exist"),
        ("diagram ladder", "name a saved trace, or a property with --property"),
        ("diagram ladder nothing.json", "nothing.json"),
        (
            "diagram ladder --property P-01 --scenario quick",
            "P-01 of three-way in quick: HOLDS; there is no run to draw",
        ),
        ("diagram matrix", "diagram matrix: name a table: isn-three-way"),
        ("diagram matrix isn-two-way", "table 'isn-two-way' does not exist. Did you mean 'isn-three-way'?"),
        ("diagram flow --state LISTENING", "Did you mean 'LISTEN'?"),
        ("diagram pairs --world abort", "131 changes between 43 pairs of states, more than the 100 that can be read"),
        ("compare two-way two-way", "two-way and itself do not differ"),
        ("compare two-way threeway", "Did you mean 'three-way'?"),
        ("compare two-way three-way --property P-1", "property 'P-1' does not exist"),
        ("compare two-way three-way --picture x.gif", "its suffix names no format"),
        ("docs", "DIR"),
    ],
)
def test_a_mistake_is_one_line(command: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command.split()) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert words in err
    assert list(tmp_path.iterdir()) == []


def test_pictures_are_written_by_their_suffix(tmp_path: Path) -> None:
    for name, begins in (
        ("a.svg", b"<svg"),
        ("a.mmd", b"---"),
        ("a.dot", b"digraph"),
        ("a.txt", b"three-way"),
        ("a.png", b"\x89PNG"),
    ):
        assert main(["diagram", "states", "-o", name]) == 0
        assert (tmp_path / name).read_bytes().startswith(begins)
    first = (tmp_path / "a.svg").read_bytes()
    assert main(["diagram", "states", "-o", "b.svg"]) == 0
    assert (tmp_path / "b.svg").read_bytes() == first


def test_without_graphviz_dot_is_written_and_it_is_said_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(graphviz, "which", lambda: "")
    assert main(["diagram", "states", "-o", "a.png"]) == 2
    err = capsys.readouterr().err
    assert "wrote a.dot instead; once Graphviz is there: neato -Tpng a.dot -o a.png" in err
    assert "png needs Graphviz: install Graphviz (sudo apt-get install graphviz)" in err
    assert [path.name for path in tmp_path.iterdir()] == ["a.dot"]
    assert (tmp_path / "a.dot").read_text(encoding="utf-8").startswith("digraph")


def test_a_saved_run_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = "verify --variant two-way --property P-01 --scenario quick --traces . -q"
    assert main(asked.split()) == 0
    capsys.readouterr()
    (saved,) = tmp_path.glob("*.itf.json")
    assert main(["diagram", "ladder", str(saved)]) == 0
    assert "P-01 no ghost connection: fails" in capsys.readouterr().out
    text = saved.read_text(encoding="utf-8")
    for right, wrong in (('"SYN-SENT"', '"LISTEN"'), ('"part": 0', '"part": 7')):
        assert right in text
        saved.write_text(text.replace(right, wrong), encoding="utf-8")
        assert main(["diagram", "ladder", str(saved)]) == 2
        assert saved.name in capsys.readouterr().err


def test_compare_tells_all_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "two-way", "three-way", "--picture", "both.svg"]) == 0
    out = capsys.readouterr().out
    assert "--- here they part ---" in out
    assert "two-way: P-01 no ghost connection: fails after step 3" in out
    assert "three-way: P-01 no ghost connection: holds after every step" in out
    assert re.search(r"^P-01  no ghost connection +FAILS @3 +holds$", out, re.MULTILINE)
    assert "@@ L-3 @@" in out
    assert (tmp_path / "both.svg").read_text(encoding="utf-8").count("here they part") == 2


def test_variants_that_break_nothing_are_compared_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "three-way", "hold", "--scenario", "tutorial"]) == 0
    assert "no property fails in one of them alone" in capsys.readouterr().out
    assert main(["compare", "three-way", "hold", "--scenario", "tutorial", "--picture", "x.svg"]) == 2


def test_docs_are_pages_with_pictures_that_are_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["docs", "book", "--variant", "two-way", "--variant", "three-way", "--scenario", "tutorial"]
    assert main(asked) == 0
    assert "files written to book; begin with index.md" in capsys.readouterr().out
    book = tmp_path / "book"
    texts = {path.relative_to(book).as_posix(): path.read_text(encoding="utf-8") for path in book.rglob("*.*")}
    linked = {link for text in texts.values() for link in re.findall(r"\]\(([^)#]+)\)", text)}
    assert linked <= set(texts)
    assert {name for name in texts if name.startswith("pictures/")} <= linked
    for rule in VARIANTS["three-way"].relation.rules:
        assert f"\n### {rule.id}\n" in texts["rules.md"]
    assert "@@ L-3 @@" in texts["variant-two-way.md"]
    assert main(asked) == 0
    assert texts == {p.relative_to(book).as_posix(): p.read_text(encoding="utf-8") for p in book.rglob("*.*")}
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(["docs", "file"]) == 2


def test_the_doctor_tells_what_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", (("no-such-package", True, "everything"), ("nor-this", False, "little")))
    monkeypatch.setattr(doctor, "which", lambda: "")
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert re.search(rf"^{NEEDED} +no-such-package +for everything: pip install no-such-package$", out, re.MULTILINE)
    assert re.search(r"^- +nor-this +for little: pip install nor-this$", out, re.MULTILINE)
    assert re.search(r"^- +Graphviz +PNG, PDF and graphs of pairs are not drawn", out, re.MULTILINE)
    assert "Something that is needed is missing." in out
