"""Our explorer against Spin, Rumur and TLC, and how its cost grows.

    python -m benchmarks.bench [--row NAME ...] [--pairs N] [--tlc JAR] [--by-hand FOLDER] [--most STATES] [-o FOLDER]

Everybody explores the same model and must count the same. Figures are CPU seconds, taken in turn; a ratio is the
median over pairs, with the least and the greatest. `-o` writes benchmarks.md and growth.svg. Exit code 0 when all
counts agree, 1 when some do not or a program fails, 2 for bad flags, 3 when no peer is installed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.speed.contenders import Peers
from benchmarks.speed.growth import picture, points
from benchmarks.speed.measuring import Failed
from benchmarks.speed.models import BY_HAND
from benchmarks.speed.rows import ROWS, Bench, Compared, Disagree
from benchmarks.speed.written import curve, line, point_line, table

DIFFERENT, NOBODY = 1, 3
GROWTH = "growth"
"""Named among the rows: how cost grows."""


def _count(word: str) -> int:
    """Return the natural number from 1 on that a flag gives."""
    value = int(word)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {word}")
    return value


def _forms(word: str) -> Path:
    """Return the folder that a flag names, in which the forms written by hand lie."""
    folder = Path(word)
    for name in BY_HAND:
        if not (folder / name).is_file():
            raise argparse.ArgumentTypeError(
                f"there is no {folder / name}; a folder with {', '.join(BY_HAND)} is meant"
            )
    return folder


def _flags(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="time our explorer against other checkers")
    names = [*(row.name for row in ROWS), GROWTH]
    parser.add_argument("--row", action="append", choices=names, help="only these (all)")
    parser.add_argument("--pairs", type=_count, default=5, metavar="N", help="runs of each in turn (5)")
    parser.add_argument("--tlc", metavar="JAR", help="tla2tools.jar, or a class path (TLC_JAR)")
    parser.add_argument("--by-hand", type=_forms, metavar="FOLDER", help="forms of the common model for peers")
    parser.add_argument("--most", type=_count, default=8_000_000, metavar="STATES", help="the growth curve ends beyond")
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="write the tables and the plot there, too")
    return parser.parse_args(words)


def _compare(flags: argparse.Namespace, scratch: Path) -> list[Compared]:
    """Carry out the rows that are asked for, and print them."""
    peers = Peers(flags.tlc or os.environ.get("TLC_JAR"))
    for sentence in peers.lacking():
        print(sentence)
    bench, done = Bench(peers, scratch, flags.pairs, flags.by_hand), []
    for row in ROWS:
        if flags.row and row.name not in flags.row:
            continue
        compared = bench.compared(row)
        if compared is None:
            print(f"{row.name}: no peer for it is installed.")
        else:
            done.append(compared)
            print(line(compared), flush=True)
    return done


def _grow(most: int, scratch: Path) -> tuple[str, str]:
    """Explore worlds that grow, print what that takes, and return a table and a picture of it."""
    found = []
    for point in points(most, scratch):
        print(point_line(point), flush=True)
        found.append(point)
    return curve(found), picture(found)


def main(words: Sequence[str]) -> int:
    """Measure; return the exit code."""
    flags, files = _flags(words), {}
    growing = not flags.row or GROWTH in flags.row
    with tempfile.TemporaryDirectory() as scratch:
        try:
            done = _compare(flags, Path(scratch))
            files["benchmarks.md"] = table(done) if done else ""
            if growing:
                grown, files["growth.svg"] = _grow(flags.most, Path(scratch))
                files["benchmarks.md"] += grown
        except (Disagree, Failed) as failure:
            print(failure, file=sys.stderr)
            return DIFFERENT
    if flags.output is not None:
        flags.output.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (flags.output / name).write_text(text, encoding="utf-8")
    asked = not flags.row or any(name != GROWTH for name in flags.row)
    return NOBODY if asked and not done else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
