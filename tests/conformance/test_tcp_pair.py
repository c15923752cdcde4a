"""TcpPair's figures are those on which TLC, Spin and Rumur agree for the same model in their languages.

Every row that these three report is here but K=5, NINC=2 (6,374,963 states, 97,470,943 transitions, depth 35,
holds): it agrees too, and takes a minute and 2.5 GB. The last two rows take nearly all of the time here.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import tcp_pair

ROWS = {
    (1, 2): "states=725 transitions=2965 depth=18 verdict=holds",
    (2, 2): "states=13018 transitions=89423 depth=27 verdict=holds",
    (3, 2): "states=138396 transitions=1339188 depth=31 verdict=holds",
    (2, 3): "states=63263 transitions=452552 depth=33 verdict=holds",
    (4, 2): "states=1059338 transitions=13219144 depth=34 verdict=holds",
    (3, 3): "states=1219126 transitions=12206024 depth=42 verdict=agree fails, 16 steps",
}


@pytest.mark.parametrize(("capacity", "incarnations"), ROWS)
def test_figures_are_those_of_the_other_checkers(capacity: int, incarnations: int) -> None:
    assert str(tcp_pair.tcp_pair(capacity, incarnations)) == ROWS[capacity, incarnations]


def test_runs_as_a_program() -> None:
    command = [sys.executable, "-m", "benchmarks.tcp_pair", "1", "2"]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == ROWS[1, 2] + "\n"
    assert not done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "tcp_pair takes two numbers, K and NINC, not 0."),
        (["3"], "tcp_pair takes two numbers, K and NINC, not 1."),
        (["1", "2", "3"], "tcp_pair takes two numbers, K and NINC, not 3."),
        (["0", "2"], "tcp_pair: K must be a whole number from 1 to 16, not '0'."),
        (["17", "2"], "tcp_pair: K must be a whole number from 1 to 16, not '17'."),
        (["two", "2"], "tcp_pair: K must be a whole number from 1 to 16, not 'two'."),
        (["2", "4"], "tcp_pair: NINC must be a whole number from 1 to 3, not '4'."),
    ],
)
def test_bad_arguments_exit_2_with_one_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tcp_pair.main(words) == 2
    printed = capsys.readouterr()
    assert not printed.out
    assert printed.err == sentence + "\n"
