"""The pictures that the README shows are those that the program draws now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.cli import main

ROOT = Path(__file__).parents[2]
COMMANDS = [
    command.removeprefix("\t@$(TOOL) checker ").removesuffix(" >/dev/null")
    for command in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    if "docs/pictures/" in command and "checker" in command
]


def test_every_picture_has_a_command_and_the_readme_shows_only_these() -> None:
    drawn = {command.split()[-1] for command in COMMANDS}
    assert drawn == {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "pictures").iterdir()}
    shown = re.findall(r"\]\((docs/pictures/[^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(shown) >= 2
    assert set(shown) <= drawn


@pytest.mark.parametrize("command", COMMANDS)
def test_a_picture_is_current(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs" / "pictures").mkdir(parents=True)
    assert main(command.split()) == 0
    name = command.rsplit(maxsplit=1)[-1]
    drawn, kept = ((folder / name).read_bytes() for folder in (tmp_path, ROOT))
    assert drawn == kept, f"{name} differs from what the rules say now; run: make pictures"
