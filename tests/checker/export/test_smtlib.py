"""SMT-LIB: as many steps as the explorer needs break a property, and one less does not; z3 and cvc5 agree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cvc5
import pytest
import z3

from benchmarks.cross_check import Case, of_pair, of_tcp
from benchmarks.tcp_pair import AGREE, WINDOW
from checker.export import smtlib
from checker.export.model import of_world
from checker.export.reach import OutOfReach
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
from spec.tcp import TCP

QUICK = {world.name: world for world in SCENARIOS["quick"].worlds}
TEXTBOOK = SCENARIOS["tutorial"].worlds[0]


def asked_z3(text: str) -> str:
    solver = z3.Solver()
    solver.from_string(text.replace("(check-sat)", ""))
    return str(solver.check())


def asked_cvc5(text: str, folder: Path) -> str:
    path = folder / "run.smt2"
    path.write_text(text)
    solver: Any = cvc5.Solver(cvc5.TermManager())
    parser: Any = cvc5.InputParser(solver)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, str(path))
    said = ""
    command = parser.nextCommand()
    while not command.isNull():
        said += str(command.invoke(solver, parser.getSymbolManager()))
        command = parser.nextCommand()
    return said.strip()


def broken() -> Case:
    return of_tcp("rst-unchecked", QUICK["open-close"], (PROPERTIES["P-08"],))


def test_a_run_as_short_as_the_explorers_and_no_shorter() -> None:
    case = broken()
    assert case.ours.shortest == 6
    assert asked_z3(smtlib.write(case.model, "", 6)) == "sat"
    assert asked_z3(smtlib.write(case.model, "", 5)) == "unsat"


@pytest.mark.parametrize("variant", ["three-way", "two-way"])
def test_ghosts_are_written_along(variant: str) -> None:
    case = of_tcp(variant, QUICK["open-close"], [PROPERTIES[name] for name in ("P-04", "P-13", "P-20")])
    assert not case.ours.broken
    assert asked_z3(smtlib.write(case.model, "", 4)) == "unsat"


def test_queues_and_wide_numbers() -> None:
    world = replace(TEXTBOOK, seq_bits=32)
    model = of_world(TCP, world, (PROPERTIES["P-16"],))
    assert asked_z3(smtlib.write(model, "", 4)) == "unsat"


def test_cvc5_says_the_same(tmp_path: Path) -> None:
    assert asked_cvc5(smtlib.write(broken().model, "", 1), tmp_path) == "unsat"
    case = of_pair(2, 2, (WINDOW, AGREE))
    assert asked_cvc5(smtlib.write(case.model, "", 3), tmp_path) == "unsat"


def test_without_a_depth_only_the_step_is_defined() -> None:
    text = smtlib.write(broken().model, "", 0)
    assert "(define-fun Next ((w World) (v World) (way Way)) Bool" in text
    assert "check-sat" not in text
    assert asked_z3(text) == "sat"


def test_sets_of_pairs_are_refused() -> None:
    model = of_world(TCP, replace(TEXTBOOK, seq_bits=8), (PROPERTIES["P-01"],))
    with pytest.raises(OutOfReach, match="SMT-LIB has no sets of pairs"):
        smtlib.write(model, "", 1)
