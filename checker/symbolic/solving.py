"""Asking z3: fixed seeds and a limit counted in its own steps, so that an answer repeats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import z3

from checker.symbolic.terms import Term

SAT, UNSAT, UNKNOWN = "sat", "unsat", "unknown"
LIMIT = 100_000_000
"""How many of z3's resource units one question may take: some 10 to 20 seconds of one core."""
ENDLESS = 1 << 63
"""The limit of what has none: z3.Optimize."""
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
    return answer(made, limit=limit)


def answer(made: Any, assumptions: Sequence[Term] = (), limit: int = LIMIT) -> Answer:
    """Return what a solver with this limit finds. Raise KeyboardInterrupt when Ctrl-C ended it."""
    before = _spent(made)
    word = str(made.check(*assumptions))
    if word == SAT:
        return Answer(SAT, made.model())
    why = made.reason_unknown() if word == UNKNOWN else ""
    if "interrupted" in why or ("canceled" in why and _spent(made) - before < limit):  # the limit may say so too
        raise KeyboardInterrupt
    return Answer(word, None, why)


def _spent(made: Any) -> int:
    """Return how many resource units z3 has used so far."""
    counts = made.statistics()
    return int(counts.get_key_value("rlimit count")) if "rlimit count" in counts.keys() else 0  # noqa: SIM118  # no mapping


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn what z3 raises when Ctrl-C meets it outside of a check into KeyboardInterrupt."""
    try:
        yield
    except z3.Z3Exception as error:
        if "cancel" in str(error) or "interrupted" in str(error):
            raise KeyboardInterrupt from error
        raise
