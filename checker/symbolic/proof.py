"""What a proof is to the rest of the program: plain data, and claims that any solver can check again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import z3

from checker.symbolic.solving import GROUND, SAT, UNSAT, Answer
from checker.symbolic.terms import Term

PROVED, REFUTED, UNDECIDED = "PROVED", "REFUTED", "UNKNOWN"
"""Verdicts. What z3 cannot decide within its limit is UNKNOWN and never anything else."""


@dataclass(frozen=True)
class Claim:
    """Conditions that cannot hold together (`expected` "unsat"), or that can ("sat": nothing is vacuous).

    kind   "initiation", "consecution", "safety", "lemma", "vacuity" or "query"; name: what it says, for people;
    logic  of SMT-LIB, for the file; assumptions: the ids of the assumptions among the conditions.
    """

    name: str
    kind: str
    conditions: tuple[Term, ...]
    expected: str
    found: str
    logic: str = GROUND
    assumptions: tuple[str, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether z3 found what is claimed."""
        return self.found == self.expected

    def text(self) -> str:
        """Return the claim as an SMT-LIB 2.6 file."""
        made = z3.SimpleSolver()
        made.add(*self.conditions)
        body = "\n".join(line for line in made.sexpr().splitlines() if line)
        return (
            f"; {self.kind}: {self.name}\n; assumptions: {', '.join(self.assumptions) or 'none'}\n"
            f"(set-info :status {self.expected})\n(set-logic {self.logic})\n{body}\n(check-sat)\n"
        )


@dataclass(frozen=True)
class Proof:
    """The answer to one question.

    property      the id of a property (P-01), of a query (Z-3), or of a lemma set.
    method        how: "induction", "one-step induction", "bounded model checking", "arithmetic".
    width         of sequence numbers, in bits; None where there are none.
    says          one sentence: what was found, with its numbers.
    unbounded     what is not bounded, in words; assumptions: ids of what is assumed.
    seconds       of wall time; certificate: the folder of its claims, "" when none was written.
    steps         of the counterexample, where it is a run.
    witness       lines that show a counterexample, a counterexample to induction, or an example.
    """

    property: str
    variant: str
    verdict: str
    method: str
    width: int | None
    says: str
    unbounded: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    seconds: float = 0.0
    certificate: str = ""
    witness: tuple[str, ...] = ()
    steps: int | None = None
    claims: tuple[Claim, ...] = field(default=(), repr=False)


def claim(
    name: str, kind: str, conditions: Sequence[Term], answer: Answer, expected: str = UNSAT, logic: str = GROUND
) -> Claim:
    """Return the claim that z3's answer decides."""
    return Claim(name, kind, tuple(conditions), expected, answer.word, logic)


def verdict_of(claims: Sequence[Claim]) -> str:
    """Return PROVED when every claim stands, UNKNOWN when one is undecided, else REFUTED."""
    if all(each.stands for each in claims):
        return PROVED
    return REFUTED if any(each.found in (SAT, UNSAT) and not each.stands for each in claims) else UNDECIDED
