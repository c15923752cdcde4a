"""Candidates for lemmas about one end, mined from what the explorer reaches.

A literal says something of an end's variables; which literals there are follows from their sorts. A candidate says that
a literal holds in some states, perhaps only where a condition does too. It is worth trying if the literal held in every
local state that the explorer met in these states.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, permutations, product
from typing import Any, TypeVar

from checker.concrete import Scope, Values, compiled, source
from checker.explore.machine import TcpMachine
from checker.explore.run import graph_of
from checker.explore.watch import formulas_of, needed
from spec.environment import IsnPolicy, World
from spec.ghosts import GHOSTS
from spec.language import (
    NAT,
    SEQ,
    BoolExpr,
    EnumExpr,
    Expr,
    NatExpr,
    PairsExpr,
    Relation,
    SeqExpr,
    any_of,
    leq,
    lt,
    negated,
    seq,
)
from spec.language.beside import Property
from spec.lemmas import ARBITRARY, Lemma
from spec.lemmas.lemma import X, Y
from spec.vocabulary import OUR_NUMBERS, PEER_NUMBERS, STATE

FROM_0 = IsnPolicy("given", values=(0,))
"""Every ISS is 0, as proofs about one end assume (spec.lemmas.one_end.ORIGIN_0)."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """In a state, and where `given` holds, `literal` holds."""

    state: str
    given: tuple[BoolExpr, ...]
    literal: BoolExpr

    @cached_property
    def numbers(self) -> list[str]:
        """Which of the arbitrary incarnations X and Y it names."""
        return sorted({part.payload[1] for part in self.literal.walk() if _owner(part) == ARBITRARY})


@dataclass(frozen=True, eq=False)
class Sample:
    """What the explorer met at one end: TCB and ghosts, at a width."""

    tcb: Values
    ghosts: Values
    bits: int


@dataclass(frozen=True)
class Samples:
    """Local states by the names of their variables."""

    fields: Mapping[str, Mapping[str, int]]
    met: tuple[Sample, ...]

    def where(self, formula: BoolExpr) -> int:
        """Return the set of samples in which a formula holds, as bits; for all incarnations X and Y."""
        names = sorted({part.payload[1] for part in formula.walk() if _owner(part) == ARBITRARY})
        text = source(formula, Scope({"TCB": "t", "GHOST": "g", ARBITRARY: "n"}, self.fields, {}))
        numbers = [dict(zip(names, chosen, strict=True)) for chosen in product(_INCARNATIONS, repeat=len(names))]
        pairs = [(chosen.get("X", 0), chosen.get("Y", 0)) for chosen in numbers]
        found = 0
        for i, sample in enumerate(self.met):
            read = compiled("t, g, n", text, sample.bits)
            if all(read(sample.tcb, sample.ghosts, pair) for pair in pairs):
                found |= 1 << i
        return found


_INCARNATIONS = range(4)
"""More than the ends of a small world have."""


def _owner(part: Expr) -> str:
    return str(part.payload[0]) if part.op == "var" else ""


# --- samples --------------------------------------------------------------------------------------------------


def samples(relation: Relation[Any], worlds: Sequence[World], properties: Sequence[Property]) -> Samples:
    """Return every local state of either end that the explorer reaches in the worlds, numbers counted from 0."""
    met: dict[tuple[Values, Values, int], None] = {}
    fields: dict[str, Mapping[str, int]] = {}
    for world in worlds:
        machine = TcpMachine(relation, world.with_isn(FROM_0), properties)
        graph_of(machine)
        fields = {"TCB": machine.layout.tcb, "GHOST": machine.layout.ghosts, ARBITRARY: {"X": 0, "Y": 1}}
        met |= {(local.tcb, local.ghosts, world.seq_bits): None for end in machine.locals for local in end}
    return Samples(fields, tuple(Sample(*each) for each in met))


# --- what goes with what --------------------------------------------------------------------------------------

OURS, THEIRS = "our numbers", "their numbers"


class Kinds:
    """Which variables go together, as the relation and the ghosts use them: what is assigned to, added to or compared.

    An amount of octets is of the kind of the sequence numbers that it is the distance of; so incarnations are never
    compared with octets, nor our octets with the peer's.
    """

    def __init__(self, relation: Relation[Any]) -> None:
        self._of: dict[str, str] = {}
        for kind, names in ((OURS, OUR_NUMBERS), (THEIRS, PEER_NUMBERS)):
            for name in names:
                self._join([kind, f"TCB {name}"])
        updates = [(update.variable, update.value) for rule in relation.rules for update in rule.then]
        updates += [(ghost.variable, value) for ghost in GHOSTS for _, value in ghost.updates]
        read = [condition for rule in relation.rules for condition in rule.when]
        read += [condition for ghost in GHOSTS for condition, _ in ghost.updates]
        for variable, value in updates:
            self._join([self._node(variable), *self._nodes(value)])
        for formula in [*read, *(value for _, value in updates)]:
            for part in formula.walk():
                self._use(part)

    def of(self, expression: Expr) -> str:
        """Return the kind of a number or an amount."""
        nodes = self._nodes(expression)
        return self._root(nodes[0]) if nodes else ""

    def of_pairs(self, pairs: Expr) -> tuple[str, str]:
        """Return the kinds of the first and second members of a set's pairs."""
        return self._root(f"{self._node(pairs)} 1"), self._root(f"{self._node(pairs)} 2")

    @staticmethod
    def _node(variable: Expr) -> str:
        return " ".join(variable.payload)

    def _root(self, node: str) -> str:
        while node in self._of:
            node = self._of[node]
        return node

    def _join(self, nodes: Sequence[str]) -> None:
        for node in nodes[1:]:
            first, other = self._root(nodes[0]), self._root(node)
            if first != other:
                self._of[other] = first

    def _nodes(self, expression: Expr) -> list[str]:
        """Return the variables whose kind a number or an amount has; a bit that is counted has none."""
        if expression.op == "var":
            return [self._node(expression)] if expression.sort in (SEQ, NAT) else []
        if expression.op in ("count", "const") or expression.sort not in (SEQ, NAT):
            return []
        arguments = expression.args[1:] if expression.op == "choose" else expression.args
        return [node for argument in arguments for node in self._nodes(argument)]

    def _use(self, part: Expr) -> None:
        """Learn from one operator: its operands go together, or are members of a set's pairs."""
        if part.op in ("pairs_has", "pairs_add", "pairs_add_run", "pairs_meets_run"):
            pairs, *members = part.args
            while pairs.op != "var":
                pairs = pairs.args[0]
            for i, member in enumerate(members[:2], 1):
                self._join([f"{self._node(pairs)} {i}", *self._nodes(member)])
        elif part.sort in (SEQ, NAT):
            self._join(self._nodes(part))
        elif part.args and part.args[0].sort in (SEQ, NAT):
            self._join([node for argument in part.args for node in self._nodes(argument)])


# --- literals -------------------------------------------------------------------------------------------------


def variables_of(relation: Relation[Any], formulas: Sequence[Expr]) -> list[Expr]:
    """Return the variables of an end apart from its state, and the ghosts on which the formulas depend."""
    own = [variable.variable for variable in relation.variables if variable is not relation.state]
    return [*own, *(ghost.variable for ghost in needed(GHOSTS, formulas))]


def conditions(variables: Sequence[Expr]) -> list[BoolExpr]:
    """Return each truth value and its negation."""
    return [formula for each in variables if isinstance(each, BoolExpr) for formula in (each, negated(each))]


def literals(relation: Relation[Any], variables: Sequence[Expr]) -> list[BoolExpr]:
    """Return what a candidate can say of an end, in a fixed order."""
    kinds = Kinds(relation)
    spaces = _by_kind(kinds, [each for each in variables if isinstance(each, SeqExpr)])
    counted = [each for each in variables if isinstance(each, NatExpr)]
    distances = [each - space[0] for space in spaces.values() for each in space[1:]]
    amounts = _by_kind(kinds, [*counted, *distances])
    return [
        *conditions(variables),
        *_members(variables),
        *(formula for space in spaces.values() for formula in _orders(space)),
        *(formula for kind in amounts.values() for formula in _amounts(kind)),
        *(formula for each in variables if isinstance(each, PairsExpr) for formula in _history(each, kinds, amounts)),
    ]


_Number = TypeVar("_Number", SeqExpr, NatExpr)


def _by_kind(kinds: Kinds, numbers: Sequence[_Number]) -> dict[str, list[_Number]]:
    found: dict[str, list[_Number]] = {}
    for each in numbers:
        found.setdefault(kinds.of(each), []).append(each)
    return found


def _members(variables: Sequence[Expr]) -> Iterator[BoolExpr]:
    for each in variables:
        if isinstance(each, EnumExpr):
            for member in each.sort.members:
                yield each == member
                yield each != member


def _orders(space: Sequence[SeqExpr]) -> Iterator[BoolExpr]:
    """Yield how the numbers of one space may lie to each other; its first one is where it begins."""
    yield space[0] == seq(0)
    for a, b in combinations(space, 2):
        yield a == b
        yield a != b
    for a, b in permutations(space, 2):
        yield from (a + 1 == b, leq(a, b), negated(lt(b, a)))


def _amounts(amounts: Sequence[NatExpr]) -> Iterator[BoolExpr]:
    for each in amounts:
        yield each == 0
        yield each > 0
    for a, b in combinations(amounts, 2):
        yield a == b
        yield a != b
    for a, b in permutations(amounts, 2):
        yield a <= b


def _history(pairs: PairsExpr, kinds: Kinds, amounts: Mapping[str, Sequence[NatExpr]]) -> Iterator[BoolExpr]:
    """Yield what a set may have: a pair of amounts, none with an amount, none beyond it."""
    firsts, seconds = (amounts.get(kind, ()) for kind in kinds.of_pairs(pairs))
    for a, b in product(firsts, seconds):
        yield pairs.has(a, b)
        yield negated(pairs.has(a, b))
    for a in firsts:
        yield negated(pairs.has(a, X))
        yield any_of(negated(pairs.has(X, Y)), a >= X)
    for b in seconds:
        yield negated(pairs.has(X, b))
        yield any_of(negated(pairs.has(X, Y)), b >= Y)


# --- candidates -----------------------------------------------------------------------------------------------


def candidates(relation: Relation[Any], seen: Samples, variables: Sequence[Expr]) -> tuple[int, list[Candidate]]:
    """Return how many candidates there were, and those that held in every sample.

    A literal under a condition is tried where it does not hold without. Of a state that no sample is in, the candidate
    is that no end is ever in it.
    """
    inside = {state: seen.where(STATE.isin((state,))) for state in relation.states}
    held = [(literal, seen.where(literal)) for literal in literals(relation, variables)]
    given = [(condition, seen.where(condition)) for condition in conditions(variables)]
    tried, found = 0, []
    for state, here in inside.items():
        if not here:
            tried += 1
            found.append(Candidate(state, (), negated(STATE.isin((state,)))))
            continue
        for literal, true in held:
            tried += 1
            if not here & ~true:
                found.append(Candidate(state, (), literal))
                continue
            for condition, there in given:
                tried += 1
                if here & there and not here & there & ~true and condition.key() != literal.key():
                    found.append(Candidate(state, (condition,), literal))
    return tried, found


def lemmas(found: Sequence[Candidate], prefix: str = "M") -> list[Lemma]:
    """Return candidates as lemmas: one for each literal and condition, about all its states."""
    grouped: dict[tuple[Any, ...], list[Candidate]] = {}
    for each in found:
        key = (each.literal.key(), tuple(condition.key() for condition in each.given))
        grouped.setdefault(key, []).append(each)
    made = []
    for number, group in enumerate(grouped.values(), 1):
        given = (STATE.isin(tuple(each.state for each in group)), *group[0].given)
        sentence = f"{group[0].literal}, if {' and '.join(str(each) for each in given)}."
        made.append(Lemma(f"{prefix}-{number:03}", sentence, (group[0].literal,), given))
    return made


def mined(
    relation: Relation[Any], worlds: Sequence[World], properties: Sequence[Property], formulas: Sequence[Expr] = ()
) -> tuple[int, list[Candidate]]:
    """Return how many candidates there were for lemmas of these properties, and those that hold in all samples."""
    variables = variables_of(relation, [*formulas_of(properties), *formulas])
    return candidates(relation, samples(relation, worlds, properties), variables)
