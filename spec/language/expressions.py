"""Expressions: a small frozen syntax tree that readers interpret (concrete, z3, text, foreign).

Every operator stands once in `OPERATORS`. A formula is never a truth value: `and`, `or`, `not`, `if`
and chained comparisons on it raise `SpecError`. There is no `<` on sequence numbers: `lt` and `leq` are
the comparisons of RFC 9293 §3.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Never, NoReturn, TypeVar, overload

from spec.language.errors import SpecError, nearest
from spec.language.sorts import BOOL, NAT, PAIRS, SEQ, Sort

OPERATORS: dict[str, str] = {
    "const": "a value of the sort",
    "var": "a variable: payload is the Variable's owner and name",
    "not": "negation",
    "and": "conjunction of all arguments",
    "or": "disjunction of all arguments",
    "eq": "equality within one sort",
    "in": "the enumeration argument is one of the payload's members",
    "seq_lt": "a < b on sequence numbers: signed(a - b) < 0 at the width",
    "seq_leq": "a =< b on sequence numbers: a = b or a < b",
    "seq_add": "a sequence number, n further on (modulo 2^k)",
    "seq_sub": "a sequence number, n further back (modulo 2^k)",
    "distance": "how far the first sequence number lies ahead of the second: (a - b) mod 2^k, a natural",
    "nat_lt": "a < b on naturals",
    "nat_leq": "a <= b on naturals",
    "nat_add": "a + b on naturals",
    "nat_sub": "a - b on naturals (the rule's condition ensures a >= b)",
    "nat_min": "the smaller natural",
    "choose": "the second argument if the first holds, else the third",
    "count": "1 if the condition holds, else 0",
    "pairs_has": "the pair (x, y) is in the set",
    "pairs_add": "the set with the pair (x, y)",
    "pairs_add_run": "the set with the pairs (x, y), (x, y+1), .. n of them",
    "pairs_meets_run": "the set holds one of the pairs (x, y), (x, y+1), .. n of them",
    "pairs_other_first": "the set holds a pair (w, y) with w != x",
    "named": "the argument, under the payload's name in print",
    "before": "the argument, read in the state before the rule (only in what a rule sends)",
    "after": "the argument, read in the state after the step (only beside the relation)",
    "peer": "the argument, read at the other end (only in properties)",
    "event": "the step was caused by one of the payload's events (only beside the relation)",
    "fired": "one of the payload's rules fired in this step (only beside the relation)",
    "assigned": "a rule that fired in this step assigns the payload's variable (only beside the relation)",
    "arrived": "the step handled an arriving segment (only beside the relation)",
    "some_sent": "some segment sent in this step satisfies the argument, reading it as SENT",
    "every_sent": "every segment sent in this step satisfies the argument, reading it as SENT",
    "sent_count": "how many segments were sent in this step (only beside the relation)",
    "in_flight": "some segment in flight satisfies the argument, reading it as SENT (only in properties of states)",
}


E = TypeVar("E", bound="Expr")


class Expr:
    """A frozen expression: an operator, its arguments, a payload for operators that need one, and its sort."""

    __slots__ = ("args", "op", "payload", "sort")
    op: str
    args: tuple[Expr, ...]
    payload: Any
    sort: Sort

    def __init__(self, op: str, sort: Sort, args: tuple[Expr, ...] = (), payload: Any = None) -> None:
        if op not in OPERATORS:
            raise SpecError(f"{op!r} is not an operator of the language.")
        for name, value in (("op", op), ("sort", sort), ("args", args), ("payload", payload)):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise SpecError(f"{self} is frozen: {name} cannot be set.")

    def __delattr__(self, name: str) -> NoReturn:
        raise SpecError(f"{self} is frozen: {name} cannot be deleted.")

    def __reduce__(self) -> Never:
        raise SpecError("Expressions are not pickled: send names across processes and look them up there.")

    def __bool__(self) -> NoReturn:
        raise SpecError(
            f"'{self}' is a formula, not a truth value: write one condition per line of when=, "
            "any_of(...) for 'or', negated(...) for 'not', between(...) for a chain of comparisons."
        )

    def __and__(self, other: Never) -> NoReturn:
        raise SpecError(
            f"'&' is not defined on '{self}', on purpose (it binds tighter than '=='): "
            "write one condition per line of when=, or all_of(...)."
        )

    __rand__ = __and__

    def __or__(self, other: Never) -> NoReturn:
        raise SpecError(f"'|' is not defined on '{self}': write any_of(...).")

    __ror__ = __or__

    if not TYPE_CHECKING:  # to a type checker there is none

        def __invert__(self) -> NoReturn:
            raise SpecError(f"'~' is not defined on '{self}': write negated(...).")

    def __hash__(self) -> int:
        return object.__hash__(self)

    def key(self) -> tuple[Any, ...]:
        """Return a structural, hashable key: equal keys mean the same expression."""
        return (self.op, self.payload, *(argument.key() for argument in self.args))

    def walk(self) -> Iterator[Expr]:
        """Yield this expression and all below it, outermost first."""
        yield self
        for argument in self.args:
            yield from argument.walk()

    def __str__(self) -> str:
        from spec.language.text import show  # a reader, needed only to print

        return show(self)

    __repr__ = __str__


def _no_order(left: Expr, symbol: str) -> NoReturn:
    remedy = {"<": "lt(a, b)", "<=": "leq(a, b)", ">": "lt(b, a)", ">=": "leq(b, a)"}[symbol]
    raise SpecError(
        f"there is no '{symbol}' on '{left}': sequence numbers wrap round. "
        f"Write {remedy}, or between(a, '<', x, '=<', b) for a range."
    )


class BoolExpr(Expr):
    """A condition."""

    __slots__ = ()
    __hash__ = Expr.__hash__

    def __eq__(self, other: BoolExpr | bool) -> BoolExpr:  # type: ignore[override]  # builds a formula
        return BoolExpr("eq", BOOL, (self, lift(other, BOOL)))

    def __ne__(self, other: BoolExpr | bool) -> BoolExpr:  # type: ignore[override]  # builds a formula
        return negated(self == other)


class SeqExpr(Expr):
    """A sequence number."""

    __slots__ = ()
    __hash__ = Expr.__hash__

    def __eq__(self, other: SeqExpr) -> BoolExpr:  # type: ignore[override]  # builds a formula
        return BoolExpr("eq", BOOL, (self, lift(other, SEQ)))

    def __ne__(self, other: SeqExpr) -> BoolExpr:  # type: ignore[override]  # builds a formula
        return negated(self == other)

    def __add__(self, other: NatExpr | int) -> SeqExpr:
        return SeqExpr("seq_add", SEQ, (self, lift(other, NAT)))

    @overload
    def __sub__(self, other: SeqExpr) -> NatExpr: ...
    @overload
    def __sub__(self, other: NatExpr | int) -> SeqExpr: ...
    def __sub__(self, other: SeqExpr | NatExpr | int) -> SeqExpr | NatExpr:
        if isinstance(other, SeqExpr):
            return NatExpr("distance", NAT, (self, other))
        return SeqExpr("seq_sub", SEQ, (self, lift(other, NAT)))

    def __lt__(self, other: Never) -> NoReturn:
        _no_order(self, "<")

    def __le__(self, other: Never) -> NoReturn:
        _no_order(self, "<=")

    def __gt__(self, other: Never) -> NoReturn:
        _no_order(self, ">")

    def __ge__(self, other: Never) -> NoReturn:
        _no_order(self, ">=")


class NatExpr(Expr):
    """A natural number."""

    __slots__ = ()
    __hash__ = Expr.__hash__

    def __eq__(self, other: NatExpr | int) -> BoolExpr:  # type: ignore[override]  # builds a formula
        return BoolExpr("eq", BOOL, (self, lift(other, NAT)))

    def __ne__(self, other: NatExpr | int) -> BoolExpr:  # type: ignore[override]  # builds a formula
        return negated(self == other)

    def __add__(self, other: NatExpr | int) -> NatExpr:
        return NatExpr("nat_add", NAT, (self, lift(other, NAT)))

    def __sub__(self, other: NatExpr | int) -> NatExpr:
        return NatExpr("nat_sub", NAT, (self, lift(other, NAT)))

    def __lt__(self, other: NatExpr | int) -> BoolExpr:
        return BoolExpr("nat_lt", BOOL, (self, lift(other, NAT)))

    def __le__(self, other: NatExpr | int) -> BoolExpr:
        return BoolExpr("nat_leq", BOOL, (self, lift(other, NAT)))

    def __gt__(self, other: NatExpr | int) -> BoolExpr:
        return BoolExpr("nat_lt", BOOL, (lift(other, NAT), self))

    def __ge__(self, other: NatExpr | int) -> BoolExpr:
        return BoolExpr("nat_leq", BOOL, (lift(other, NAT), self))


class EnumExpr(Expr):
    """A member of an enumeration."""

    __slots__ = ()
    __hash__ = Expr.__hash__

    def __eq__(self, other: EnumExpr | str) -> BoolExpr:  # type: ignore[override]  # builds a formula
        return BoolExpr("eq", BOOL, (self, lift(other, self.sort)))

    def __ne__(self, other: EnumExpr | str) -> BoolExpr:  # type: ignore[override]  # builds a formula
        return negated(self == other)

    def isin(self, members: tuple[str, ...]) -> BoolExpr:
        """Return the condition that the value is one of `members`."""
        for member in members:
            lift(member, self.sort)
        return BoolExpr("in", BOOL, (self,), tuple(members))


class PairsExpr(Expr):
    """A finite set of pairs of naturals."""

    __slots__ = ()
    __hash__ = Expr.__hash__

    def has(self, first: NatExpr, second: NatExpr) -> BoolExpr:
        """Return the condition that (first, second) is in the set."""
        return BoolExpr("pairs_has", BOOL, (self, first, second))

    def with_pair(self, first: NatExpr, second: NatExpr) -> PairsExpr:
        """Return the set with (first, second)."""
        return PairsExpr("pairs_add", PAIRS, (self, first, second))

    def with_run(self, first: NatExpr, second: NatExpr, length: NatExpr) -> PairsExpr:
        """Return the set with (first, second), (first, second + 1), .. `length` of them."""
        return PairsExpr("pairs_add_run", PAIRS, (self, first, second, length))

    def meets_run(self, first: NatExpr, second: NatExpr, length: NatExpr) -> BoolExpr:
        """Return the condition that one of (first, second), (first, second + 1), .. is in the set."""
        return BoolExpr("pairs_meets_run", BOOL, (self, first, second, length))

    def has_other_first(self, first: NatExpr, second: NatExpr) -> BoolExpr:
        """Return the condition that some (other, second) with other != first is in the set."""
        return BoolExpr("pairs_other_first", BOOL, (self, first, second))


CLASS_OF_SORT: dict[str, type[Expr]] = {"bool": BoolExpr, "seq": SeqExpr, "nat": NatExpr, "pairs": PairsExpr}


def of_sort(op: str, sort: Sort, args: tuple[Expr, ...] = (), payload: Any = None) -> Expr:
    """Return an expression of the class that belongs to `sort`."""
    return CLASS_OF_SORT.get(sort.name, EnumExpr)(op, sort, args, payload)


def lift(value: object, sort: Sort) -> Expr:
    """Return `value` as an expression of `sort`; raise SpecError with the remedy when it is not one."""
    if isinstance(value, Expr):
        if value.sort != sort:
            raise SpecError(f"'{value}' is a {value.sort}, where a {sort} is needed{_remedy(value.sort, sort)}.")
        return value
    if sort.members:
        if value not in sort.members:
            raise SpecError(f"{value!r} is not a {sort}.{nearest(str(value), sort.members)}")
        return EnumExpr("const", sort, (), value)
    if sort == BOOL and isinstance(value, bool):
        return BoolExpr("const", BOOL, (), value)
    if sort in (NAT, SEQ) and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return of_sort("const", sort, (), value)
    if sort == PAIRS and value == ():
        return PairsExpr("const", PAIRS, (), ())
    literals = {"bool": "True or False", "pairs": "()"}.get(sort.name, "a whole number from 0 on")
    raise SpecError(f"{value!r} is not a {sort}: write an expression of that sort, or {literals}.")


def _remedy(given: Sort, needed: Sort) -> str:
    """Return ": write ..." where one operator turns what is given into what is needed, else ""."""
    remedies = {
        ("bool", "nat"): ": write count(...), which is 1 or 0",
        ("bool", "seq"): ": write a number, such as SEG.SEQ + count(...)",
        ("seq", "nat"): ": write the distance between two, such as SND.NXT - SND.UNA",
        ("nat", "seq"): ": write the number that far on, such as RCV.NXT + n",
    }
    return remedies.get((given.name, needed.name), ": compare it with something" if needed == BOOL else "")


def seq(value: int) -> SeqExpr:
    """Return a literal sequence number; the only one the RFC writes is 0, in <SEQ=0>."""
    return SeqExpr("const", SEQ, (), value)


def _conditions(name: str, conditions: tuple[Expr, ...]) -> tuple[Expr, ...]:
    for condition in conditions:
        if not isinstance(condition, BoolExpr):
            raise SpecError(f"{name}(...) holds '{condition}', which is not a condition: compare it with something.")
    return conditions


def all_of(*conditions: BoolExpr) -> BoolExpr:
    """Return the conjunction: true when there are no conditions."""
    return BoolExpr("and", BOOL, _conditions("all_of", conditions))


def any_of(*conditions: BoolExpr) -> BoolExpr:
    """Return the disjunction: false when there are no conditions."""
    return BoolExpr("or", BOOL, _conditions("any_of", conditions))


def negated(condition: BoolExpr) -> BoolExpr:
    """Return the negation."""
    return BoolExpr("not", BOOL, _conditions("negated", (condition,)))


def lt(left: SeqExpr, right: SeqExpr) -> BoolExpr:
    """Return left < right on sequence numbers: signed(left - right) < 0 (RFC 9293 §3.4)."""
    return BoolExpr("seq_lt", BOOL, (lift(left, SEQ), lift(right, SEQ)))


def leq(left: SeqExpr, right: SeqExpr) -> BoolExpr:
    """Return left =< right on sequence numbers (RFC 9293 §3.4)."""
    return BoolExpr("seq_leq", BOOL, (lift(left, SEQ), lift(right, SEQ)))


def between(low: SeqExpr, first: str, value: SeqExpr, second: str, high: SeqExpr) -> BoolExpr:
    """Return a chain of comparisons, written in the order of the RFC: low, "<" or "=<", value, "<" or "=<", high."""
    compare = {"<": lt, "=<": leq}
    if first not in compare or second not in compare:
        raise SpecError(f"between() compares with '<' or '=<', not {first!r}, {second!r}.")
    return all_of(compare[first](low, value), compare[second](value, high))


def smaller(left: NatExpr, right: NatExpr) -> NatExpr:
    """Return the smaller of two naturals."""
    return NatExpr("nat_min", NAT, (lift(left, NAT), lift(right, NAT)))


def choose(condition: BoolExpr, then: NatExpr, otherwise: NatExpr) -> NatExpr:
    """Return `then` where the condition holds, `otherwise` where it does not."""
    return NatExpr("choose", NAT, (lift(condition, BOOL), lift(then, NAT), lift(otherwise, NAT)))


def count(condition: BoolExpr) -> NatExpr:
    """Return 1 if the condition holds, else 0."""
    return NatExpr("count", NAT, (lift(condition, BOOL),))


def named(name: str, expression: E) -> E:
    """Return the expression under a name of the RFC's, kept in print; its meaning is unchanged."""
    return type(expression)("named", expression.sort, (expression,), name)


def before(expression: E) -> E:
    """Return the expression read before the rule's updates; allowed only in what a rule sends."""
    return type(expression)("before", expression.sort, (expression,))


@dataclass(frozen=True, eq=False)
class Update:
    """One assignment of a rule: `variable` becomes `value`, read in the state before the rule."""

    variable: Expr
    value: Expr

    def __str__(self) -> str:
        return f"{self.variable} <- {self.value}"
