"""Variables: who owns them, how they are named, and how a rule assigns them.

Owners: `TCB` (what an endpoint remembers), `SEG` (the arriving segment), `CALL` (what comes with an event),
`SENT` (a segment just sent, for properties) and `GHOST` (history kept beside the relation, never read by a rule).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from spec.language.errors import SpecAttributeError, SpecError, nearest
from spec.language.expressions import (
    BoolExpr,
    EnumExpr,
    Expr,
    NatExpr,
    PairsExpr,
    SeqExpr,
    Update,
    lift,
)
from spec.language.sorts import BOOL, NAT, PAIRS, SEQ, Sort

TCB, SEG, CALL, SENT, GHOST = "TCB", "SEG", "CALL", "SENT", "GHOST"


def _assign(variable: Expr, value: object) -> Update:
    if variable.payload[0] not in (TCB, GHOST):
        raise SpecError(
            f"{variable} cannot be assigned: a rule changes the endpoint's own variables only, such as RCV.NXT."
        )
    try:
        return Update(variable, lift(value, variable.sort))
    except SpecError as error:
        raise SpecError(f"{variable} <- {value}: {error}") from None


class BoolVar(BoolExpr):
    """A truth value that an endpoint remembers."""

    __slots__ = ()
    __hash__ = Expr.__hash__

    def becomes(self, value: BoolExpr | bool) -> Update:  # noqa: FBT001  # becomes(True) reads as it should
        """Return the assignment of `value`, which is read before the rule."""
        return _assign(self, value)


class SeqVar(SeqExpr):
    """A sequence number that an endpoint remembers."""

    __slots__ = ()
    __hash__ = Expr.__hash__

    def becomes(self, value: SeqExpr) -> Update:
        """Return the assignment of `value`, which is read before the rule."""
        return _assign(self, value)


class NatVar(NatExpr):
    """A natural number that an endpoint remembers."""

    __slots__ = ()
    __hash__ = Expr.__hash__

    def becomes(self, value: NatExpr | int) -> Update:
        """Return the assignment of `value`, which is read before the rule."""
        return _assign(self, value)


class EnumVar(EnumExpr):
    """A member of an enumeration that an endpoint remembers."""

    __slots__ = ()
    __hash__ = Expr.__hash__

    def becomes(self, value: EnumExpr | str) -> Update:
        """Return the assignment of `value`, which is read before the rule."""
        return _assign(self, value)


class PairsVar(PairsExpr):
    """A set of pairs, kept as a ghost."""

    __slots__ = ()
    __hash__ = Expr.__hash__

    def becomes(self, value: PairsExpr) -> Update:
        """Return the assignment of `value`, which is read before the step."""
        return _assign(self, value)


def bool_var(name: str, owner: str = TCB) -> BoolVar:
    """Return the variable `name` of sort bool."""
    return BoolVar("var", BOOL, (), (owner, name))


def seq_var(name: str, owner: str = TCB) -> SeqVar:
    """Return the variable `name` of sort seq."""
    return SeqVar("var", SEQ, (), (owner, name))


def nat_var(name: str, owner: str = TCB) -> NatVar:
    """Return the variable `name` of sort nat."""
    return NatVar("var", NAT, (), (owner, name))


def enum_var(name: str, sort: Sort, owner: str = TCB) -> EnumVar:
    """Return the variable `name` of the enumeration `sort`."""
    return EnumVar("var", sort, (), (owner, name))


def pairs_var(name: str, owner: str = GHOST) -> PairsVar:
    """Return the ghost variable `name` of sort pairs."""
    return PairsVar("var", PAIRS, (), (owner, name))


def name_of(variable: Expr) -> str:
    """Return a variable's name as the RFC spells it, for example "SND.UNA"."""
    return str(variable.payload[1])


class Spelling(type):
    """The metaclass of a group of names (SND, RCV, SEG): a misspelt member names the nearest one."""

    if not TYPE_CHECKING:

        def __getattr__(cls, name: str) -> NoReturn:
            known = [member for member in vars(cls) if not member.startswith("_")]
            raise SpecAttributeError(f"{cls.__name__} has no {name!r}.{nearest(name, known)}")

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        raise SpecError(f"{cls.__name__}.{name} is a name of the language and cannot be set.")
