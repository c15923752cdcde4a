"""The export command: what it writes where, and one sentence for whatever cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.cli import main
from checker.exits import EXIT_OK, EXIT_USAGE
from checker.run_export import MODELS

NARROW = ["--seq-bits", "7"]


@pytest.mark.parametrize("language", MODELS)
def test_a_world_is_written_to_a_file_or_printed(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out"
    assert main(["export", "--to", language, *NARROW, "-o", str(path)]) == EXIT_OK
    assert main(["export", "--to", language, *NARROW]) == EXIT_OK
    written, printed = path.read_text().splitlines(), capsys.readouterr().out.splitlines()
    differ = [pair for pair in zip(written, printed, strict=True) if pair[0] != pair[1]]
    assert all("MODULE" in line or ".tla" in line or ".cfg" in line for pair in differ for line in pair)


def test_a_module_is_named_after_its_file(tmp_path: Path) -> None:
    path = tmp_path / "Reopen.tla"
    assert main(["export", "--to", "tla", "--world", "reopen", *NARROW, "-o", str(path)]) == EXIT_OK
    assert " MODULE Reopen " in path.read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "export needs --to: one of promela, tla, murphi, smtlib"),
        (["--to", "promla"], "no such format as 'promla'"),
        (["--to", "promela", "run.itf.json"], "exports a variant in a world, not a saved run"),
        (["--to", "promela", "--world", "last-ack"], "has a clock by which segments age"),
        (["--to", "promela", "--world", "under-attack"], "has an attacker"),
        (["--to", "promela", "--world", "socket-calls"], "make calls that three-way does not know"),
        (["--to", "promela", "--variant", "four-way"], "variant 'four-way' does not exist"),
        (["--to", "promela", "--property", "P-99"], "property 'P-99' does not exist"),
        (["--to", "promela", "--seq-bits", "1"], "--seq-bits: must be a number from 2 to 32, not 1"),
        (["--to", "tla"], "give --seq-bits 2 to 30"),
        (["--to", "tla", *NARROW, "--property", "P-28"], "P-28 (half-closed connections go on) asks for 'leads to'"),
        (["--to", "murphi", "--property", "P-01"], "Murphi has no sets of pairs"),
        (["--to", "promela", "--depth", "3"], "it is for smtlib"),
        (["--to", "smtlib", "--depth", "3"], "name one with --property"),
        (["--to", "smtlib", "--property", "P-16", "--depth", "0"], "--depth: must be a number from 1 to 100, not 0"),
        (["--to", "promela", "-o", "no/such/folder/x"], "does not exist"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *words]) == EXIT_USAGE
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
