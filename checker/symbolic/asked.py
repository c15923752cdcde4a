"""A child process that puts SMT-LIB texts to a solver's Python package: `python asked.py cvc5`.

Texts come and answers go as JSON, one a line. It stands alone, so that a solver that crashes, hangs or is killed takes
nothing else with it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import TextIO

Solve = Callable[[str], str]
"""What a solver prints when it carries out the commands of a text."""
_BIT_VECTORS = re.compile(r"^\(set-logic QF_(UF)?BV\)", re.MULTILINE)


def cvc5() -> Solve:
    """Return how to ask cvc5."""
    import cvc5 as package

    def solve(text: str) -> str:
        manager = package.TermManager()
        solver, symbols = package.Solver(manager), package.SymbolManager(manager)
        solver.setOption("incremental", "false")
        if _BIT_VECTORS.search(text):
            solver.setOption("bitblast", "eager")  # arithmetic of steps: tenths of a second instead of minutes
        parser = package.InputParser(solver, symbols)
        parser.setStringInput(package.InputLanguage.SMT_LIB_2_6, text, "claim")
        said = []
        while not (command := parser.nextCommand()).isNull():
            said.append(command.invoke(solver, symbols))
        return "".join(said)

    return solve


def z3() -> Solve:
    """Return how to ask z3."""
    import z3 as package

    def solve(text: str) -> str:
        context = package.Context()
        return str(package.Z3_eval_smtlib2_string(context.ref(), text))

    return solve


def bitwuzla() -> Solve:
    """Return how to ask bitwuzla."""
    import bitwuzla as package

    def solve(text: str) -> str:
        parser = package.Parser(package.TermManager(), package.Options(), "smt2")
        parser.parse(text, parse_only=True, parse_file=False)
        return str(parser.bitwuzla().check_sat()).lower()

    return solve


PACKAGES: dict[str, Callable[[], Solve]] = {"cvc5": cvc5, "z3": z3, "bitwuzla": bitwuzla}


def _replies() -> TextIO:
    """Return where replies go; what a solver prints itself goes nowhere."""
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return kept


def main(name: str) -> None:
    """Answer until the input ends: first with the version, then with what the solver says to each text."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    replies = _replies()
    solve = PACKAGES[name]()
    print(json.dumps(version("z3-solver" if name == "z3" else name)), file=replies, flush=True)
    for line in sys.stdin:
        try:
            said = solve(json.loads(line))
        except Exception as error:  # noqa: BLE001  # each package has its own; all mean that the text was refused
            said = f"(error {json.dumps(str(error), ensure_ascii=False)})"
        print(json.dumps(said), file=replies, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
