"""Expressions with some variables known: what follows from them is worked out once, before a function is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spec.language import BOOL, BoolExpr, Expr
from spec.language.expressions import CLASS_OF_SORT, EnumExpr

Known = Mapping[tuple[str, str], Any]
"""(owner, name) -> the value that a variable has."""
_VALUES: dict[str, Callable[..., Any]] = {
    "eq": lambda a, b: a == b, "nat_lt": lambda a, b: a < b, "nat_leq": lambda a, b: a <= b,
    "nat_add": lambda a, b: a + b, "nat_min": min, "count": int, "not": lambda a: not a,
}  # fmt: skip


def _constant(value: Any, like: Expr) -> Expr:
    return CLASS_OF_SORT.get(like.sort.name, EnumExpr)("const", like.sort, (), value)


def _junction(expression: Expr, args: list[Expr]) -> Expr:
    """Return a conjunction or disjunction without the arguments that decide nothing."""
    neutral = expression.op == "and"
    rest = []
    for argument in args:
        if argument.op != "const":
            rest.append(argument)
        elif argument.payload is not neutral:
            return _constant(not neutral, expression)
    if not rest:
        return _constant(neutral, expression)
    return rest[0] if len(rest) == 1 else BoolExpr(expression.op, BOOL, tuple(rest))


def folded(expression: Expr, known: Known, old: Known | None = None) -> Expr:
    """Return the expression with the known variables put in. `old` holds inside before(...); the same if None."""
    if expression.op == "var":
        return _constant(known[expression.payload], expression) if expression.payload in known else expression
    if expression.op == "const":
        return expression
    if expression.op == "before":
        return type(expression)("before", expression.sort, (folded(expression.args[0], old or known),))
    args = [folded(argument, known, old) for argument in expression.args]
    if expression.op in ("and", "or"):
        return _junction(expression, args)
    if expression.op == "named":
        return args[0]
    if expression.op == "in" and args[0].op == "const":
        return _constant(args[0].payload in expression.payload, expression)
    if expression.op == "choose" and args[0].op == "const":
        return args[1] if args[0].payload else args[2]
    return _calculated(expression, args)


def _calculated(expression: Expr, args: list[Expr]) -> Expr:
    adds_nothing = expression.op in ("seq_add", "nat_add", "seq_sub", "nat_sub") and args[1].op == "const"
    if adds_nothing and args[1].payload == 0:
        return args[0]
    if expression.op in _VALUES and all(argument.op == "const" for argument in args):
        return _constant(_VALUES[expression.op](*(argument.payload for argument in args)), expression)
    return type(expression)(expression.op, expression.sort, tuple(args), expression.payload)
