"""Documents that run: below each `$ command` in a ```console block of tests/cli/*.md stands what it prints.

A line `...` stands for any lines. `pytest --update-golden` writes what has changed, except where `...` still fits.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
SHELL = 'synproof() { "$PYTHON" -m checker "$@"; }\n'
UNSET = ("NO_COLOR", "FORCE_COLOR", "PYTHONHASHSEED")


class Console:
    """A shell in a folder; it remembers the last exit status, so that `echo $?` works."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.status = folder, 0
        kept = {name: value for name, value in os.environ.items() if name not in UNSET}
        self.environment = {**kept, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}

    def run(self, command: str) -> str:
        """Return what a command prints, errors too."""
        done = subprocess.run(
            ("/bin/sh", "-c", f"{SHELL}(exit {self.status})\n{command}"),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        self.status = done.returncode
        return done.stdout


def fits(expected: str, printed: str) -> bool:
    lines = [r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in expected.splitlines()]
    return re.fullmatch("".join(lines), printed) is not None


@pytest.mark.parametrize("document", sorted(HERE.glob("*.md")), ids=lambda path: path.stem)
def test_the_commands_print_what_the_document_says(
    document: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    console, update = Console(tmp_path), request.config.getoption("--update-golden")
    text = document.read_text(encoding="utf-8")

    def checked(found: re.Match[str]) -> str:
        command, expected = found[1], found[2]
        printed = console.run(command)
        if update and not fits(expected, printed):
            return f"$ {command}\n{printed}"
        assert fits(expected, printed), f"$ {command}\n{printed}"
        return found[0]

    blocks = [block[1] for block in BLOCK.finditer(text)]
    assert any(COMMAND.search(block) for block in blocks), "the document runs nothing"
    new = BLOCK.sub(lambda block: f"```console\n{COMMAND.sub(checked, block[1])}```", text)
    if new != text:
        document.write_text(new, encoding="utf-8")


def test_an_elision_stands_for_any_lines_and_nothing_else_does() -> None:
    assert fits("a\n...\nd\n", "a\nb\nc\nd\n")
    assert fits("a\n...\nd\n", "a\nd\n")
    assert not fits("a\nd\n", "a\nb\nd\n")
    assert not fits("a ... d\n", "a b d\n")
