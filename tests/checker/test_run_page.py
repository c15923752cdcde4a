"""`explore --html` and `trace --html`: files that are written whole, mistakes in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker import itf
from checker.cli import main
from tests.checker.runs import ghost_connection, war, with_step

pytestmark = pytest.mark.usefixtures("compile_once")


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_world_becomes_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "--variant", "two-way", "--html", "page.html"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("page.html: ")
    assert out.endswith("; open it in a browser.\n")
    assert out.count("\n") == 1
    text = Path("page.html").read_text(encoding="utf-8")
    assert "<h1>two-way in world textbook</h1>" in text
    main(["explore", "--variant", "two-way", "--html", "again.html"])
    assert Path("again.html").read_bytes() == Path("page.html").read_bytes()


def test_a_saved_run_becomes_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    Path("run.json").write_text(itf.dumps(ghost_connection()), encoding="utf-8")
    assert main(["trace", "run.json", "--html", "page.html"]) == 0
    assert capsys.readouterr().out.startswith("page.html: A run of 4 steps, replayed. ")
    text = Path("page.html").read_text(encoding="utf-8")
    assert "<h1>P-01 no ghost connection: two-way in world textbook</h1>" in text
    assert "After step 4, at B, this is false:" in text


def test_an_endless_run_becomes_a_page_with_its_loop() -> None:
    trace = war()
    Path("run.json").write_text(itf.dumps(trace), encoding="utf-8")
    assert main(["trace", "run.json", "--html", "page.html"]) == 0
    assert f'"loop":{trace.loop}' in Path("page.html").read_text(encoding="utf-8")


def test_a_run_that_does_not_replay_is_never_shown(capsys: pytest.CaptureFixture[str]) -> None:
    trace = ghost_connection()
    Path("run.json").write_text(itf.dumps(with_step(trace, 1, end=1 - trace.steps[0].end)), encoding="utf-8")
    assert main(["trace", "run.json", "--html", "page.html"]) == 2
    assert "run.json: does not replay: " in capsys.readouterr().err
    assert not Path("page.html").exists()


SENTENCES = {
    "explore --html nowhere/page.html": "page.html: cannot be written (No such file or directory).",
    "explore --html .": ".: cannot be written (",
    "explore --html page.html --load run.json": "a saved run is shown by `trace FILE --html OUT`, not by --load.",
    "explore --html page.html --max-states 10": "more states than --max-states 10: raise it (to at most 50,000)",
    "explore --html page.html --max-states 0": "--max-states: must be a number from 1",
    "explore --html page.html --world nowhere": "no scenario has a world 'nowhere'.",
    "trace nowhere --html page.html": "nowhere: cannot be read",
}


@pytest.mark.parametrize("line", SENTENCES)
def test_mistakes_are_one_sentence(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert SENTENCES[line] in err
    assert err.count("\n") == 1
    assert not Path("page.html").exists()
