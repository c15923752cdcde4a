"""The README is true: its ladder is what `verify` prints, its rule is the rule, its commands run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line.split("#")[0].split() for line in re.findall(r"^    python -m (checker .*)$", README, re.MULTILINE)]

NEEDS_TIME = {"--fairness", "--msl", "--attacker"}
"""Flags of properties that the textbook's world does not ask for."""


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=300, check=False, env={"PYTHONPATH": str(ROOT)}
    )


def test_the_ladder_is_what_verify_prints(tmp_path: Path) -> None:
    block = README[README.index("    P-01 no ghost connection:") : README.index("\nA server that is satisfied")]
    shown = [line.removeprefix("    ").rstrip() for line in block.splitlines() if line.strip()]
    asked = shlex.split("checker verify --variant two-way --property P-01 --scenario quick")
    printed = run(asked, tmp_path).stdout.splitlines()
    assert len(shown) > 8
    assert [line for line in shown if line not in printed] == []


def test_the_lasso_is_what_verify_prints(tmp_path: Path) -> None:
    block = README[README.index("     13. ") : README.index("\n## What `verify` promises")]
    shown = [line.removeprefix("    ").rstrip() for line in block.splitlines() if line.strip()]
    printed = run(shlex.split("checker verify --variant three-way --property P-30b"), tmp_path).stdout.splitlines()
    assert len(shown) == 6
    assert [line for line in shown if line not in printed] == []


def test_the_claim_is_what_claims_prints(tmp_path: Path) -> None:
    block = README[README.index("    S3-15  FALSE") : README.index("\nNothing of a verdict is typed in")]
    shown = [line.removeprefix("    ").rstrip() for line in block.splitlines() if line.strip()]
    printed = run(shlex.split("checker claims S3-15"), tmp_path).stdout.splitlines()
    assert len(shown) == 3
    assert [line for line in shown if line not in printed] == []


def test_the_rule_is_the_rule() -> None:
    source = (ROOT / "spec" / "segment_arrives" / "listen.py").read_text(encoding="utf-8")
    block = README[README.index("    TcpRule(\n") : README.index("\nConditions and updates read")]
    lines = [line for line in block.splitlines() if line.strip() not in ("", ")")]
    assert [line for line in lines if line not in source.splitlines()] == []


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_runs(command: list[str], tmp_path: Path) -> None:
    words = list(command)
    if "verify" in words:
        words += ["--scenario", "quick" if NEEDS_TIME & set(words) else "tutorial", "-q"]
    if "certify" in words:
        assert run(shlex.split("checker prove --property Z-2 --certificates certificates"), tmp_path).returncode == 0
    if "runs/FILE.itf.json" in words:
        asked = shlex.split("checker verify --variant two-way --property P-01 --scenario tutorial -q --traces runs")
        assert run(asked, tmp_path).returncode == 0
        (saved,) = (tmp_path / "runs").iterdir()
        words[words.index("runs/FILE.itf.json")] = str(saved)
    if "FILE.pcap" in words:
        words[words.index("FILE.pcap")] = str(ROOT / "tests" / "captures" / "simultaneous-close.pcap")
    done = run(words, tmp_path)
    assert done.stderr == ""
    assert done.returncode in ((0, 1) if {"--dup", "rfc1337", "replay", *NEEDS_TIME} & set(words) else (0,))
    assert done.stdout or "-o" in words


def test_the_table_of_exit_codes_is_the_programs_own(tmp_path: Path) -> None:
    told = run(["checker", "--help"], tmp_path).stdout
    for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE):
        assert re.search(rf"(^|\s){code}  \w", told), code
