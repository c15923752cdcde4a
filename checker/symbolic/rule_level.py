"""Questions about rules alone, against any TCB and any segment: disjoint, total, dead, chains, translation symmetry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Any

import z3

from checker.symbolic.endpoint import Endpoint, Path
from checker.symbolic.proof import Claim, claim
from checker.symbolic.solving import SAT, UNSAT, Answer, ask
from checker.symbolic.terms import Record, Term, Terms, conjunction
from spec.language import SEQ, BoolExpr, Relation, Rule, Step
from spec.lemmas import Lemma
from spec.vocabulary import CALL_FIELDS, NO_CONNECTION, OTHER, OUR_NUMBERS, PEER_NUMBERS

MUST_ANSWER = ("call", "segment")
"""The kinds of event that must find a rule in every state: timeouts and queued output need not strike."""


@dataclass(frozen=True)
class Fault:
    """Something wrong with the rules, and a TCB, segment and call that show it: a line each."""

    says: str
    witness: tuple[str, ...]


class RuleLevel:
    """The rules of a relation at a width.

    sizes      conditions on what arrives and on windows, assumed; lemmas: what is true of every TCB (spec.lemmas).
    states     only chains from these states; all by default.
    unsaid     (event, state, condition): what the specification leaves open, so that no rule need answer.
    """

    def __init__(
        self,
        relation: Relation[Any],
        bits: int = 32,
        sizes: Sequence[BoolExpr] = (),
        lemmas: Sequence[Lemma] = (),
        unsaid: Sequence[tuple[str, str, BoolExpr]] = (),
        states: Sequence[str] = (),
    ) -> None:
        self.relation, self.terms = relation, Terms(bits)
        self.end = Endpoint(relation, self.terms)
        self.states = tuple(states) or relation.states
        self.faults: list[Fault] = []
        self._sizes, self._lemmas, self._unsaid = tuple(sizes), tuple(lemmas), tuple(unsaid)
        self._forks: list[tuple[Path, Step, list[tuple[Rule[Any], Term]]]] = []

    @cached_property
    def paths(self) -> list[Path]:
        """Every chain of every event in every state, the empty ones too."""
        return [
            path
            for event in self.relation.events
            for state in self.states
            for path in self.end.paths(event, state, lambda *fork: self._forks.append(fork))
        ]

    def _given(self, state: str) -> list[Term]:
        """Return what is known of a TCB in a state and of what arrives."""
        tcb = {**self.end.tcb, self.relation.state.name: self.end.state(state)}
        view = replace(self.end.view(tcb), arrived=True)
        typed = [self.terms.in_sort(tcb[name], sort) for name, sort in self.end.sorts.items() if sort.members]
        found = [*typed, *(self.terms.read(formula, view) for formula in self._sizes)]
        for lemma in self._lemmas:
            given, holds = (
                conjunction([self.terms.read(f, view) for f in part]) for part in (lemma.given, lemma.holds)
            )
            found.append(z3.Implies(given, holds))
        return [term for term in map(z3.simplify, found) if not z3.is_true(term)]

    # --- P-10: disjoint and total ---------------------------------------------------------------------------

    def disjoint(self) -> Iterator[Claim]:
        """Yield, for each two rules of one step, that none of the chains leading there lets both fire.

        One claim speaks for all chains where the two conditions alone cannot hold together.
        """
        _ = self.paths
        settled: dict[tuple[int, int], bool] = {}
        for path, step, considered in self._forks:
            for (one, first), (two, second) in combinations(considered, 2):
                key = (first.get_id(), second.get_id())
                says = f"{one.id} and {two.id} never fire together"
                if key not in settled:
                    found = ask([first, second])
                    settled[key] = found.word == UNSAT
                    if settled[key]:
                        yield claim(f"{says}: {step.name}", "query", [first, second], found)
                if not settled[key]:
                    yield self._apart(path, step, (one, two), (first, second))

    def _apart(self, path: Path, step: Step, rules: tuple[Rule[Any], Rule[Any]], guards: tuple[Term, Term]) -> Claim:
        conditions = [*self._given(path.state), *self._origin(path.state), *path.conditions, *path.definitions, *guards]
        found = ask(conditions)
        both = " and ".join(rule.id for rule in rules)
        where = f"{path.event} in {path.state}" + (f" after {' '.join(path.chain)}" if path.chain else "")
        if found.word == SAT:
            self.faults.append(Fault(f"{both} both fire: {where}, {step.name}", self.shown(found, rules, path.state)))
        return claim(f"{both} never fire together: {where}, {step.name}", "query", conditions, found)

    def _origin(self, state: str) -> list[Term]:
        """Return that both ends' numbers begin at 0 where there are any: without loss of generality by `symmetric`."""
        return [self.end.tcb[name] == 0 for name in ("ISS", "RCV.NXT")] if state in OTHER else []

    def total(self) -> Iterator[Claim]:
        """Yield, for each call and arriving segment in each state, that some rule fires, unless nothing is said."""
        for path in self.paths:
            if path.chain or self.relation.event(path.event).kind not in MUST_ANSWER:
                continue
            view = self.end.view({**self.end.tcb, self.relation.state.name: self.end.state(path.state)})
            left_open = [
                self.terms.read(f, view)
                for event, state, f in self._unsaid
                if (event, state) == (path.event, path.state)
            ]
            conditions = [*self._given(path.state), *path.conditions, *map(z3.Not, left_open)]
            found = ask(conditions)
            if found.word == SAT:
                asked = self.relation.steps_of(self.relation.event(path.event))
                rules = [rule for step in asked for rule in self.end.rules(step, path.state)]
                says = f"no rule answers {path.event} in {path.state}"
                self.faults.append(Fault(says, self.shown(found, rules, path.state)))
            yield claim(f"some rule answers {path.event} in {path.state}", "query", conditions, found)

    def shown(self, found: Answer, rules: Sequence[Rule[Any]], state: str) -> tuple[str, ...]:
        """Return what the rules read, with the values of a model, in the RFC's names."""
        read = dict.fromkeys(payload for rule in rules for payload in sorted(rule.reads))
        records = {"TCB": self.end.tcb, "SEG": self.end.segment, "CALL": self.end.call}
        sorts = {"TCB": self.end.sorts, "SEG": self.relation.message, "CALL": CALL_FIELDS}
        lines = [f"STATE = {state}"]
        for owner, name in read:
            if name != self.relation.state.name:
                value = self.terms.plain(
                    found.model.eval(records[owner][name], model_completion=True), sorts[owner][name]
                )
                lines.append(f"{'' if owner == 'TCB' else owner + '.'}{name} = {value}")
        return tuple(lines)

    # --- chains, edges, dead rules --------------------------------------------------------------------------

    def dead(self) -> list[str]:
        """Return the rules on no chain: no TCB, segment or call makes them fire."""
        fires = {rule for path in self.paths for rule in path.chain}
        return [rule.id for rule in self.relation.rules if rule.id not in fires]

    def edges(self) -> dict[tuple[str, str], list[Path]]:
        """Return every change of state that one event can cause, with the chains that do."""
        found: dict[tuple[str, str], list[Path]] = {}
        for path in self.paths:
            if path.goal != path.state:
                found.setdefault((path.state, path.goal), []).append(path)
        return found

    @property
    def symmetry_is_asked(self) -> bool:
        """Whether every sequence number of a TCB is known to belong to one of the two spaces."""
        return set(self._numbers) <= {*OUR_NUMBERS, *PEER_NUMBERS}

    # --- translation ----------------------------------------------------------------------------------------

    def symmetric(self) -> Iterator[Claim]:
        """Yield, for each chain, that it is the same wherever both ends' numbers begin.

        Shifted are the numbers of each end's own space, in its TCB, in segments and on offer. What a state has
        forgotten, and an ACK field without the bit, may shift by any amount. One field is excepted: the SEQ of the
        reset that answers a segment without ACK is 0 (§3.5.2).
        """
        for path in self.paths:
            if path.chain:
                wrong = self._unlike(path)
                conditions = [*path.conditions, *path.definitions, wrong]
                found = Answer(UNSAT) if z3.is_false(wrong) else ask(conditions)
                yield claim(f"{path} is the same for all beginnings", "query", conditions, found)

    def _unlike(self, path: Path) -> Term:
        """Return that the shifted chain differs: in whether it fires, in the TCB after it, or in what it sends."""
        ours, theirs = (self.terms.symbol(f"shift of {whose} numbers", SEQ) for whose in ("our", "the peer's"))
        pairs = [(self.end.tcb[name], self._shifted(name, path.state, ours, theirs)) for name in self._numbers]
        ack = z3.If(self.end.segment["ACK bit"], ours, self.terms.symbol("shift of no ACK", SEQ))
        pairs += [(self.end.segment["SEQ"], self.end.segment["SEQ"] + theirs)]
        pairs += [(self.end.segment["ACK"], self.end.segment["ACK"] + ack)]
        pairs += [(self.end.call["ISN"], self.end.call["ISN"] + ours)]
        chosen = [definition.arg(0) for definition in path.definitions]
        move = [*pairs, *((symbol, symbol + self._shift_of(symbol, theirs)) for symbol in chosen)]

        def moved(term: Term) -> Term:
            return z3.substitute(term, *move)

        same = [moved(condition) == condition for condition in (*path.conditions, *path.definitions)]
        for name in self.end.sorts:
            shift = self._after(name, path.goal, ours, theirs)
            if shift is not None:
                after = path.tcb[name] + shift if name in self._numbers else path.tcb[name]
                same.append(moved(path.tcb[name]) == after)
        same += [part for sent in path.sent for part in self._same_segment(sent, moved, ours, theirs)]
        return z3.simplify(z3.Not(conjunction([z3.simplify(part) for part in same])))

    def _shift_of(self, symbol: Term, theirs: Term) -> Term:
        """Return the shift of a number defined along a path: RCV.NXT moves with the peer's numbers, counts do not."""
        return theirs if any(f".{name} by " in symbol.decl().name() for name in PEER_NUMBERS) else self.terms.number(0)

    @cached_property
    def _numbers(self) -> list[str]:
        return [name for name, sort in self.end.sorts.items() if sort == SEQ]

    def _shifted(self, name: str, state: str, ours: Term, theirs: Term) -> Term:
        shift = self._after(name, state, ours, theirs)
        return self.end.tcb[name] + (self.terms.symbol(f"shift of {name}, forgotten", SEQ) if shift is None else shift)

    @staticmethod
    def _after(name: str, state: str, ours: Term, theirs: Term) -> Term | None:
        """Return the shift of a variable in a state, or None where the state says nothing of it."""
        if name in OUR_NUMBERS:
            return None if state in NO_CONNECTION else ours
        if name in PEER_NUMBERS:
            return theirs if state in OTHER else None
        return z3.BitVecVal(0, theirs.size())

    @staticmethod
    def _same_segment(sent: Record, moved: Any, ours: Term, theirs: Term) -> list[Term]:
        has_ack, is_reset = z3.is_true(sent["ACK bit"]), z3.is_true(sent["RST bit"])
        same = [] if is_reset and has_ack else [moved(sent["SEQ"]) == sent["SEQ"] + ours]
        same += [moved(sent["ACK"]) == sent["ACK"] + theirs] if has_ack else []
        return same + [moved(value) == value for name, value in sent.items() if name not in ("SEQ", "ACK")]
