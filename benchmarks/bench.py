"""Our explorer against Spin, Rumur and TLC, and how its cost grows.

    python -m benchmarks.bench [--row NAME ...] [--pairs N] [--tlc JAR] [--by-hand FOLDER] [-o FILE]

Everybody explores the same model and must count the same. Figures are CPU seconds, taken in turn; a ratio is the
median over pairs, with the least and the greatest. Exit code 0 when all counts agree, 1 when some do not, 2 for bad
flags, 3 when no peer is installed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.speed.contenders import Peers
from benchmarks.speed.measuring import Failed
from benchmarks.speed.rows import ROWS, Bench, Compared, Disagree
from benchmarks.speed.written import line, table

DIFFERENT, NOBODY = 1, 3


def _flags(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="time our explorer against other checkers")
    parser.add_argument("--row", action="append", choices=[row.name for row in ROWS], help="only these (all)")
    parser.add_argument("--pairs", type=int, default=5, metavar="N", help="runs of each in turn (5)")
    parser.add_argument("--tlc", metavar="JAR", help="tla2tools.jar, or a class path (TLC_JAR)")
    parser.add_argument(
        "--by-hand", type=Path, metavar="FOLDER", help="tcp_pair.pml, tcp_pair.m, TcpPair.tla for peers"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the tables to a file, too")
    return parser.parse_args(words)


def main(words: Sequence[str]) -> int:
    """Measure; return the exit code."""
    flags = _flags(words)
    peers = Peers(flags.tlc or os.environ.get("TLC_JAR"))
    for sentence in peers.lacking():
        print(sentence)
    done: list[Compared] = []
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(peers, Path(scratch), flags.pairs, flags.by_hand)
        for row in ROWS:
            if flags.row and row.name not in flags.row:
                continue
            try:
                compared = bench.compared(row)
            except (Disagree, Failed) as failure:
                print(f"{row.name}: {failure}", file=sys.stderr)
                return DIFFERENT
            if compared is None:
                print(f"{row.name}: no peer")
                continue
            done.append(compared)
            print(line(compared), flush=True)
    text = table(done)
    if flags.output is not None:
        flags.output.write_text(text, encoding="utf-8")
    return 0 if done else NOBODY


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
