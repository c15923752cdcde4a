"""Bounded model checking: all runs of a world of up to n steps, numbers left open; the first that breaks a property.

Steps are unrolled one at a time, states that differ in nothing are taken once, and what the numbers must satisfy is
asked of z3. That no run of fewer steps breaks the property is established on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import z3

from checker.reenact import reenact
from checker.replay import replay
from checker.symbolic.proof import Claim, claim
from checker.symbolic.runs import Runs, State
from checker.symbolic.solving import SAT, UNKNOWN, ask
from spec.environment import World
from spec.language import Relation
from spec.language.beside import Property
from spec.lemmas import Assumption
from spec.trace import Trace


@dataclass(frozen=True)
class Unrolled:
    """What unrolling found: the run (replayed) and its length, or None up to `steps` steps.

    complete   whether every run of up to `steps` steps was covered; states: how many symbolic states there were;
    claims     for z3 and others: one per state in which numbers decide.
    """

    steps: int
    trace: Trace | None
    complete: bool
    states: int
    claims: tuple[Claim, ...] = ()
    why: str = ""


class Unroll:
    """Unrolls a world of a relation for the parts of one property that speak of states."""

    def __init__(
        self,
        relation: Relation[Any],
        variant: str,
        world: World,
        prop: Property,
        assumptions: Sequence[Assumption],
        bits: int = 32,
    ) -> None:
        self.relation, self.variant, self.world, self.prop = relation, variant, world, prop
        self.parts = [(number, part) for number, part in enumerate(prop.parts) if part.over == "state"]
        formulas = [f for _, part in self.parts for f in (*part.given, *part.holds)]
        self.runs = Runs(relation, world, formulas, assumptions, bits)
        self.bits = bits
        self.claims: list[Claim] = []

    def search(self, steps: int, limit: int = 20_000, tell: Callable[[str], None] | None = None) -> Unrolled:
        """Return the first violation within `steps` steps, or that there is none; stop at `limit` states."""
        frontier, depth = [self.runs.start()], 0
        seen: set[tuple[Any, ...]] = set()
        while True:
            for state in frontier:
                found = self._violated(state)
                if isinstance(found, Unrolled):
                    return replace(found, steps=depth, states=len(seen), claims=tuple(self.claims))
            if depth == steps or not frontier:
                return Unrolled(depth, None, True, len(seen), tuple(self.claims))
            following: list[State] = []
            for state in frontier:
                for after in self.runs.successors(state):
                    key = self.runs.key(after)
                    if key in seen or not self.runs.fits(after) or not self._possible(state, after):
                        continue
                    seen.add(key)
                    following.append(after)
                if len(seen) > limit:
                    return Unrolled(depth, None, False, len(seen), tuple(self.claims), f"limit of {limit:,} states")
            depth += 1
            frontier = following
            if tell is not None:
                tell(f"{self.prop.id} {self.variant}: {depth} steps, {len(seen):,} symbolic states")

    @staticmethod
    def _possible(before: State, after: State) -> bool:
        if len(after.conditions) == len(before.conditions):
            return True
        return ask(after.conditions).word != "unsat"

    def _violated(self, state: State) -> Unrolled | None:
        for number, part in self.parts:
            for end in (0, 1):
                given = self.runs.said(part.given, state, end)
                wrong = z3.simplify(z3.And(given, z3.Not(self.runs.said(part.holds, state, end))))
                if z3.is_false(wrong):
                    continue
                found = ask(state.conditions, [wrong])
                name = f"{self.prop.id} after {len(state.moves)} steps of {self.variant}"
                expected = found.word if found.word == SAT else "unsat"
                self.claims.append(claim(name, "query", [*state.conditions, wrong], found, expected))
                if found.word == UNKNOWN:
                    return Unrolled(len(state.moves), None, False, 0, (), found.why)
                if found.word == SAT:
                    return Unrolled(len(state.moves), self._trace(state, found.model, number), True, 0)
        return None

    def _trace(self, state: State, model: Any, number: int) -> Trace:
        """Return the run with the numbers of a model, replayed."""
        world = replace(self.world, seq_bits=self.bits, isn=self.runs.policies(model, state))
        trace = reenact(self.relation, self.variant, world, state.moves, (self.prop.id, number))
        replay(trace, self.relation, self.prop.parts[number])
        return trace
