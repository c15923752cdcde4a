"""Expressions as text of another language: one walk for all of them, and a table of operators for each.

A template's {0}, {1}, .. are the arguments. What has no template cannot be said in that language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from checker.export.reach import OutOfReach
from spec.language import Expr, Sort

Variables = Callable[[tuple[str, str]], str]
Named = Callable[[Expr], str | None]


def _unnamed(_: Expr) -> str | None:
    return None


def identifier(name: str) -> str:
    """Return a name of ours as most languages allow it: SND.UNA becomes SND_UNA."""
    return re.sub(r"\W+", "_", name).strip("_")


@dataclass(frozen=True)
class Scope:
    """Where variables stand: (owner, name) -> text.

    shift   where they stand inside before(...), after(...) and peer(...).
    named   how a named expression is referred to; None, and it is written out.
    about   what only a step can tell (event, fired, assigned, some_sent, ..), given the operator's payload or argument.
    """

    variable: Variables
    shift: Mapping[str, Variables] = field(default_factory=dict)
    named: Named = _unnamed
    about: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)

    def moved(self, word: str) -> Scope:
        """Return the scope inside before(...), after(...) or peer(...)."""
        if word not in self.shift:
            raise OutOfReach(f"{word}(...) has no meaning there.")
        return replace(self, variable=self.shift[word], named=_unnamed)


@dataclass(frozen=True)
class Language:
    """How a language writes expressions.

    name      as users know it; operators: templates by operator.
    joined    how conditions are joined, by operator: around them, between them, and what an empty join is.
    truth     the words for true and false.
    number    a sequence number or natural, given its value and sort.
    member    a value of an enumeration, given its sort and name.
    among     membership in some of an enumeration's members: the value's text, its sort, the members.
    """

    name: str
    operators: Mapping[str, str]
    joined: Mapping[str, tuple[str, str, str]]
    truth: tuple[str, str]
    number: Callable[[int, Sort], str]
    member: Callable[[Sort, str], str]
    among: Callable[[str, Sort, Sequence[str]], str]

    def say(self, expression: Expr, scope: Scope) -> str:
        """Return the expression in this language. Raise OutOfReach for an operator that it lacks."""
        op, args, payload = expression.op, expression.args, expression.payload
        if op in ("before", "after", "peer"):
            return self.say(args[0], scope.moved(op))
        if op == "var":
            return scope.variable(payload)
        if op == "const":
            return self.value(payload, expression.sort)
        if op in scope.about:
            return scope.about[op](args[0] if args else payload)
        if op == "named":
            return scope.named(expression) or self.say(args[0], scope)
        said = [self.say(argument, scope) for argument in args]
        if op in self.joined:
            around, between, empty = self.joined[op]
            return around.format(between.join(said)) if len(said) > 1 else (said[0] if said else empty)
        if op == "in":
            return self.among(said[0], args[0].sort, payload)
        if op not in self.operators:
            raise OutOfReach(f"{self.name} has no words for {op}, which '{expression}' needs.")
        return self.operators[op].format(*said)

    def value(self, value: Any, sort: Sort) -> str:
        """Return a value of a sort."""
        if sort.members:
            return self.member(sort, value)
        if sort.name == "bool":
            return self.truth[0 if value else 1]
        if sort.name in ("seq", "nat"):
            return self.number(value, sort)
        raise OutOfReach(f"{self.name} has no sets of pairs of numbers, which a ghost is.")


def runs(sort: Sort, members: Sequence[str]) -> list[tuple[int, int]]:
    """Return the members' numbers as runs (first, last) without gaps."""
    numbers = sorted(sort.members.index(member) for member in members)
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def enumerations(sorts: Sequence[Sort]) -> tuple[Sort, ...]:
    """Return the enumerations among some sorts, each once."""
    return tuple(dict.fromkeys(sort for sort in sorts if sort.members))


def substituted(expression: Expr, values: Mapping[tuple[str, str], Expr]) -> Expr:
    """Return the expression with variables replaced by their values; before(x) is x as it was."""
    if expression.op == "before":
        return expression.args[0]
    if expression.op == "var":
        return values.get(expression.payload, expression)
    arguments = tuple(substituted(argument, values) for argument in expression.args)
    return type(expression)(expression.op, expression.sort, arguments, expression.payload)
