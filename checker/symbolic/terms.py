"""Expressions as z3 terms: the one place where an operator of the language meets z3.

A truth value is a Bool; sequence numbers and naturals are bit-vectors of the reader's width, compared as RFC 9293 §3.4
and as unsigned numbers; a member of an enumeration is its index; a set of pairs is a predicate, a Python function of
two terms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import z3

from spec.language import Expr, Sort, name_of
from spec.language.relation import Variable

Term = Any
"""A z3 term, or for a set of pairs a function of two terms."""
Record = Mapping[str, Term]
"""Terms by name: a TCB, the ghosts of an end, a segment, what comes with a call."""


class NotSymbolic(Exception):
    """The formula has no counterpart without quantifiers: the message names the operator."""


@dataclass(frozen=True)
class View:
    """What a formula reads: records by owner, the views that after(...), peer(...) and before(...) move to, the step.

    event and chain say what happened, `assigned` what the chain assigned, `sent` what was sent (each segment with its
    ghosts); event is "" in a state.
    """

    records: Mapping[str, Record]
    moved: Mapping[str, View] = field(default_factory=dict)
    event: str = ""
    chain: tuple[str, ...] = ()
    assigned: frozenset[str] = frozenset()
    sent: Sequence[Record] = ()
    arrived: bool = False

    def reading(self, owner: str, record: Record) -> View:
        """Return the view with one owner's record replaced, here and where after, peer and before look."""
        return View(
            {**self.records, owner: record},
            {word: view.reading(owner, record) for word, view in self.moved.items()},
            self.event,
            self.chain,
            self.assigned,
            self.sent,
            self.arrived,
        )


class Terms:
    """Reads expressions at a width of `bits` (1 to 64)."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self._half = 1 << (bits - 1)
        self._apply: dict[str, Callable[..., Term]] = {
            "not": z3.Not, "eq": lambda a, b: a == b, "choose": z3.If,
            "and": lambda *args: conjunction(args), "or": lambda *args: disjunction(args),
            "seq_lt": lambda a, b: z3.And(a != b, self._ahead(a, b)), "seq_leq": self._ahead,
            "seq_add": lambda a, b: a + b, "seq_sub": lambda a, b: a - b, "distance": lambda a, b: a - b,
            "nat_lt": z3.ULT, "nat_leq": z3.ULE, "nat_add": lambda a, b: a + b, "nat_sub": lambda a, b: a - b,
            "nat_min": lambda a, b: z3.If(z3.ULE(a, b), a, b),
            "count": lambda a: z3.If(a, self.number(1), self.number(0)), "named": lambda a: a,
            "pairs_has": lambda pairs, x, y: pairs(x, y), "pairs_add": _with_pair, "pairs_add_run": _with_run,
        }  # fmt: skip

    def _ahead(self, low: Term, high: Term) -> Term:
        """Return low =< high on sequence numbers: high lies at most half of all numbers ahead."""
        return z3.ULE(high - low, self.number(self._half))

    def number(self, value: int) -> Term:
        """Return a sequence number or natural."""
        return z3.BitVecVal(value, self.bits)

    def value(self, value: Any, sort: Sort) -> Term:
        """Return a constant of a sort."""
        if sort.name == "pairs":
            return Pairs(None, tuple(Added(self.number(a), self.number(b)) for a, b in value))
        if sort.members:
            return z3.BitVecVal(sort.members.index(value), _index_bits(sort))
        return z3.BoolVal(value) if sort.name == "bool" else self.number(value)

    @staticmethod
    def plain(value: Term, sort: Sort) -> Any:
        """Return a constant term as a plain value: bool, number, or member."""
        if sort.name == "bool":
            return z3.is_true(value)
        return sort.members[value.as_long()] if sort.members else value.as_long()

    def symbol(self, name: str, sort: Sort) -> Term:
        """Return an unknown of a sort: for a set of pairs an uninterpreted predicate."""
        if sort.name == "pairs":
            return z3.Function(name, z3.BitVecSort(self.bits), z3.BitVecSort(self.bits), z3.BoolSort())
        if sort.name == "bool":
            return z3.Bool(name)
        return z3.BitVec(name, _index_bits(sort) if sort.members else self.bits)

    def in_sort(self, term: Term, sort: Sort) -> Term:
        """Return the condition that an unknown of an enumeration is one of its members."""
        return z3.ULT(term, len(sort.members)) if len(sort.members) < 1 << _index_bits(sort) else z3.BoolVal(True)

    def record(self, prefix: str, sorts: Mapping[str, Sort]) -> dict[str, Term]:
        """Return a record of unknowns named "prefix.name"."""
        return {name: self.symbol(f"{prefix}.{name}", sort) for name, sort in sorts.items()}

    def initial(self, variables: Sequence[Variable]) -> dict[str, Term]:
        """Return the record of initial values."""
        return {variable.name: self.value(variable.initial, variable.sort) for variable in variables}

    def read(self, expression: Expr, view: View) -> Term:
        """Return the expression as a term. Raise NotSymbolic where only a quantifier could say it."""
        op, payload = expression.op, expression.payload
        if op in view.moved:
            return self.read(expression.args[0], view.moved[op])
        if op == "var":
            return view.records[payload[0]][name_of(expression)]
        if op == "const":
            return self.value(payload, expression.sort)
        if op == "in":
            argument = self.read(expression.args[0], view)
            return disjunction([argument == self.value(member, expression.args[0].sort) for member in payload])
        if op in self._apply:
            return self._apply[op](*(self.read(argument, view) for argument in expression.args))
        return self._of_step(expression, view)

    def _of_step(self, expression: Expr, view: View) -> Term:
        op, payload = expression.op, expression.payload
        if op in ("some_sent", "every_sent"):
            each = [self.read(expression.args[0], view.reading("SENT", sent)) for sent in view.sent]
            return disjunction(each) if op == "some_sent" else conjunction(each)
        known: dict[str, Callable[[], Term]] = {
            "event": lambda: z3.BoolVal(view.event in payload),
            "fired": lambda: z3.BoolVal(any(rule in payload for rule in view.chain)),
            "assigned": lambda: z3.BoolVal(payload in view.assigned),
            "arrived": lambda: z3.BoolVal(view.arrived),
            "sent_count": lambda: self.number(len(view.sent)),
        }
        if op not in known:
            raise NotSymbolic(f"'{expression}' has no counterpart without quantifiers ({op}).")
        return known[op]()


def _index_bits(sort: Sort) -> int:
    return max(1, (len(sort.members) - 1).bit_length())


def conjunction(terms: Sequence[Term]) -> Term:
    """Return the conjunction, which is true of nothing at all; constants are folded."""
    open_ = [term for term in terms if not z3.is_true(term)]
    if any(z3.is_false(term) for term in open_):
        return z3.BoolVal(False)
    return z3.BoolVal(True) if not open_ else z3.And(*open_) if len(open_) > 1 else open_[0]


def disjunction(terms: Sequence[Term]) -> Term:
    """Return the disjunction, which is false of nothing at all; constants are folded."""
    open_ = [term for term in terms if not z3.is_false(term)]
    if any(z3.is_true(term) for term in open_):
        return z3.BoolVal(True)
    return z3.BoolVal(False) if not open_ else z3.Or(*open_) if len(open_) > 1 else open_[0]


@dataclass(frozen=True)
class Added:
    """What was added to a set of pairs: (first, second), or from there `length` in a row; only if `given`."""

    first: Term
    second: Term
    length: Term | None = None
    given: Term | None = None

    def only(self, condition: Term) -> Added:
        """Return the addition made only if a condition holds besides."""
        return replace(self, given=condition if self.given is None else z3.And(self.given, condition))

    def terms(self) -> list[Term]:
        """Return its terms."""
        return [term for term in (self.first, self.second, self.length, self.given) if term is not None]


class Pairs:
    """A set of pairs as a predicate of two terms: a base, and what was added since."""

    def __init__(self, base: Callable[[Term, Term], Term] | None, added: tuple[Added, ...] = ()) -> None:
        self.base, self.added = base, added

    def __call__(self, x: Term, y: Term) -> Term:
        """Return the condition that the pair is in the set."""
        found = [] if self.base is None else [self.base(x, y)]
        for each in self.added:
            run = each.length
            here = y == each.second if run is None else z3.And(z3.ULE(each.second, y), z3.ULT(y - each.second, run))
            found.append(conjunction([x == each.first, here, *([] if each.given is None else [each.given])]))
        return disjunction(found)

    def only_if(self, condition: Term, otherwise: Pairs) -> Pairs:
        """Return the set where the condition holds, and `otherwise` where it does not: the same base, added to."""
        if self.base is not otherwise.base:
            raise NotSymbolic("a choice between sets of pairs that do not begin alike")
        same = 0
        while same < min(len(self.added), len(otherwise.added)) and self.added[same] is otherwise.added[same]:
            same += 1
        here = [each.only(condition) for each in self.added[same:]]
        there = [each.only(z3.Not(condition)) for each in otherwise.added[same:]]
        return Pairs(self.base, (*self.added[:same], *here, *there))

    def simplified(self) -> Pairs:
        """Return the set with simple terms, each addition once."""
        kept: dict[tuple[int, ...], Added] = {}
        for each in self.added:
            parts = [
                None if part is None else z3.simplify(part)
                for part in (each.first, each.second, each.length, each.given)
            ]
            if parts[3] is not None and z3.is_false(parts[3]):
                continue
            given = None if parts[3] is None or z3.is_true(parts[3]) else parts[3]
            simple = Added(parts[0], parts[1], parts[2], given)
            kept.setdefault(tuple(term.get_id() for term in simple.terms()), simple)
        return Pairs(self.base, tuple(kept[key] for key in sorted(kept)))

    def terms(self) -> list[Term]:
        """Return the terms that were added."""
        return [term for each in self.added for term in each.terms()]


def _with_pair(pairs: Term, first: Term, second: Term) -> Term:
    return _with_run(pairs, first, second, None)


def _with_run(pairs: Term, first: Term, second: Term, length: Term) -> Term:
    known = as_pairs(pairs)
    return Pairs(known.base, (*known.added, Added(first, second, length)))


def as_pairs(value: Term) -> Pairs:
    """Return a set of pairs, be it an unknown predicate or already one."""
    return value if isinstance(value, Pairs) else Pairs(value)
