"""Asking z3: fixed seeds and a limit counted in its own steps, so that an answer repeats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import z3

from checker.symbolic.terms import Term

SAT, UNSAT, UNKNOWN = "sat", "unsat", "unknown"
LIMIT = 100_000_000
"""How many of z3's resource units one question may take: some 10 to 20 seconds of one core."""
GROUND = "QF_UFBV"
"""The logic of questions about bit-vectors and uninterpreted predicates without quantifiers."""


@dataclass(frozen=True)
class Answer:
    """sat, unsat or unknown; for sat the model, for unknown why."""

    word: str
    model: Any = None
    why: str = ""


def solver(logic: str = GROUND, limit: int = LIMIT) -> Any:
    """Return a solver with fixed seeds that gives up after `limit` resource units."""
    made = z3.SolverFor(logic) if logic else z3.SimpleSolver()
    made.set("rlimit", limit)
    made.set("random_seed", 0)
    return made


def ask(*conditions: Iterable[Term], logic: str = GROUND, limit: int = LIMIT) -> Answer:
    """Return whether the conditions can hold together."""
    made = solver(logic, limit)
    for group in conditions:
        made.add(*group)
    return answer(made)


def answer(made: Any, assumptions: Sequence[Term] = ()) -> Answer:
    """Return what a solver finds. Raise KeyboardInterrupt when it was interrupted."""
    word = str(made.check(*assumptions))
    if word == SAT:
        return Answer(SAT, made.model())
    why = made.reason_unknown() if word == UNKNOWN else ""
    if "interrupted" in why:
        raise KeyboardInterrupt
    return Answer(word, None, why)
