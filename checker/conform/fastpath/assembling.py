"""Functions of checker/conform/unrolled.py as programs of the machine in running.py."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from checker.conform.fastpath import places as p

_COMPARED = {
    ast.Eq: (p.IF_EQ, False), ast.NotEq: (p.IF_NE, False), ast.Lt: (p.IF_LT, False), ast.GtE: (p.IF_GE, False),
    ast.Gt: (p.IF_LT, True), ast.LtE: (p.IF_GE, True),
}  # fmt: skip
"""The instruction that goes on if the comparison holds, and whether its operands change places."""
_CONTRARY = {p.IF_EQ: p.IF_NE, p.IF_NE: p.IF_EQ, p.IF_LT: p.IF_GE, p.IF_GE: p.IF_LT}
_WRAPS: dict[type, int] = {ast.Add: p.ADD, ast.Sub: p.SUB}
_FIRST = {"t": p.T, "s": p.S, "n": p.N}


class NotAssembled(Exception):
    """The function says something for which the machine has no instruction."""


class Result(NamedTuple):
    """How a function ends: the discrete part of the TCB then, the rules that fired, and which segments it sends."""

    part: tuple[Any, ...]
    chain: tuple[str, ...]
    sent: int
    resets: bool


def assembled(
    text: str, begin: int, constant: Callable[[int], int], ended: Callable[[Result], tuple[int, int]]
) -> list[int]:
    """Return a function's program, to be put at `begin`.

    constant  returns the register of a number.
    ended     returns the two operands of END_OF_RUN for a result.

    Raise NotAssembled.
    """
    return _Assembler(begin, constant, ended).program(text)


class _Assembler:
    """Writes one program."""

    def __init__(self, begin: int, constant: Callable[[int], int], ended: Callable[[Result], tuple[int, int]]) -> None:
        self.begin, self.constant, self.ended = begin, constant, ended
        self.code: list[int] = []
        self.known: dict[str, int] = {"M": constant((1 << 32) - 1), "H": constant(1 << 31)}
        self.resets: dict[str, bool] = {}
        self.named = self.free = p.W

    def program(self, text: str) -> list[int]:
        """Return the program of a function."""
        function = ast.parse(text).body[0]
        if not isinstance(function, ast.FunctionDef):
            raise NotAssembled(text)
        self.block(function.body)
        return self.code

    def say(self, word: int, a: int = 0, b: int = 0, c: int = 0) -> int:
        """Add an instruction; return where it lies in the program."""
        self.code += (word, a, b, c)
        return len(self.code) - 4

    def here(self, jumps: Sequence[int]) -> None:
        """Have jumps lead to what comes next."""
        for at in jumps:
            self.code[at + 3] = self.begin + len(self.code)

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Write statements in order."""
        for statement in statements:
            self.free = self.named
            match statement:
                case ast.Assign(targets=[ast.Tuple()], value=ast.Name()):
                    pass  # the arguments taken apart: they lie in registers
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.assign(name, value)
                case ast.If(test=test, body=body, orelse=[]):
                    past = self.unless(test)
                    self.block(body)
                    self.here(past)
                case ast.Return(value=value):
                    self.end(value)
                case _:
                    raise NotAssembled(ast.unparse(statement))

    def assign(self, name: str, value: ast.expr) -> None:
        """Write an assignment: of a segment to send, of a condition that is asked several times, of a number."""
        if name[0] == "m" and isinstance(value, ast.Tuple):
            which = int(name[1:])
            if which >= p.MOST_SENT:
                raise NotAssembled("more segments at once than there are registers for")
            for place, each in enumerate(value.elts):
                self.number(each, p.M + p.FIELDS * which + place)
            last = value.elts[-1]
            if not isinstance(last, ast.Constant):
                raise NotAssembled("a RST bit that is not known beforehand")
            self.resets[name] = bool(last.value)
        elif name[0] == "g":
            self.known[name] = self.named
            self.named += 1
            self.free = self.named
            no = self.unless(value)
            self.say(p.MOVE, self.constant(1), 0, self.known[name])
            over = self.say(p.JUMP)
            self.here(no)
            self.say(p.MOVE, self.constant(0), 0, self.known[name])
            self.here([over])
        else:
            self.number(value, self.register(name))

    def end(self, value: ast.expr | None) -> None:
        """Write the end of a run."""
        match value:
            case ast.Constant(value=None):
                self.say(p.END_OF_RUN)
            case ast.Tuple(elts=[ast.Tuple(elts=tcb), chain, ast.Tuple(elts=sent), _]):
                for place, each in enumerate(tcb):
                    if isinstance(each, ast.Name) and self.register(each.id) != p.T + place:
                        raise NotAssembled("a variable that stands elsewhere")
                part = tuple(each.value for each in tcb if isinstance(each, ast.Constant))
                names = [each.id for each in sent if isinstance(each, ast.Name)]
                if names != [f"m{i}" for i in range(len(sent))]:
                    raise NotAssembled("segments that are not sent in their order")
                resets = any(self.resets[name] for name in names)
                self.say(p.END_OF_RUN, *self.ended(Result(part, tuple(ast.literal_eval(chain)), len(names), resets)))
            case _:
                raise NotAssembled("returns something else")

    # --- numbers ------------------------------------------------------------------------------------------------

    def register(self, name: str) -> int:
        """Return where a name lies."""
        if name in self.known:
            return self.known[name]
        if name[0] not in _FIRST:
            raise NotAssembled(name)
        return _FIRST[name[0]] + int(name[1:])

    def number(self, node: ast.expr, into: int | None = None) -> int:
        """Write what works a number out; return its register, `into` if that is given."""
        match node:
            case ast.Constant(value=int(number)):
                return self.moved(self.constant(int(number)), into)
            case ast.Name(id=name):
                return self.moved(self.register(name), into)
            case ast.Subscript(value=ast.Name(id="c"), slice=ast.Constant(value=int(place))):
                return self.moved(p.C + place, into)
            case ast.BinOp(left=ast.Constant(value=int(number)), op=ast.BitAnd(), right=ast.Name(id="M")):
                return self.moved(self.constant(number & 0xFFFF_FFFF), into)
            case ast.BinOp(
                left=ast.BinOp(left, ast.Add() | ast.Sub() as op, right), op=ast.BitAnd(), right=ast.Name(id="M")
            ):
                word = p.ADD if isinstance(op, ast.Add) else p.SUB
                return self.worked_out(word, left, right, into)
            case ast.Call(func=ast.Name(id="min"), args=[left, right]):
                return self.worked_out(p.MIN, left, right, into)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                into = self.temporary() if into is None else into
                no = self.unless(test)
                self.number(body, into)
                over = self.say(p.JUMP)
                self.here(no)
                self.number(orelse, into)
                self.here([over])
                return into
            case _:
                raise NotAssembled(ast.unparse(node))

    def moved(self, register: int, into: int | None) -> int:
        """Return a register, or the one that it is copied to."""
        if into is None or into == register:
            return register
        self.say(p.MOVE, register, 0, into)
        return into

    def temporary(self) -> int:
        """Return a register for the statement at hand."""
        self.free += 1
        if self.free >= p.REGISTERS:
            raise NotAssembled("more numbers on the way than registers")
        return self.free - 1

    def worked_out(self, word: int, left: ast.expr, right: ast.expr, into: int | None) -> int:
        """Write an instruction on two numbers."""
        a, b = self.number(left), self.number(right)
        into = self.temporary() if into is None else into
        self.say(word, a, b, into)
        return into

    # --- conditions -----------------------------------------------------------------------------------------------

    def unless(self, node: ast.expr, *, contrary: bool = False) -> list[int]:
        """Write a condition: what follows is done if it holds; return the jumps for when it does not.

        contrary   the other way round.
        """
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.unless(operand, contrary=not contrary)
            case ast.BoolOp(op=op, values=values):
                if isinstance(op, ast.And) is not contrary:
                    return [at for value in values for at in self.unless(value, contrary=contrary)]
                enough = [at for value in values[:-1] for at in self.unless(value, contrary=not contrary)]
                jumps = self.unless(values[-1], contrary=contrary)
                self.here(enough)
                return jumps
            case ast.Compare(left=left, ops=[first, second], comparators=[middle, right]):
                once = self.number(middle)
                return self.both(left, first, once, second, right, contrary=contrary)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARED:
                return [self.compared(self.number(left), op, self.number(right), contrary=contrary)]
            case ast.Name(id=name):
                return [self.say(p.IF_EQ if contrary else p.IF_NE, self.register(name), self.constant(0))]
            case ast.Constant(value=bool(holds)):
                return [self.say(p.JUMP)] if holds is contrary else []
            case _:
                raise NotAssembled(ast.unparse(node))

    def both(
        self, left: ast.expr, first: ast.cmpop, middle: int, second: ast.cmpop, right: ast.expr, *, contrary: bool
    ) -> list[int]:
        """Write `left < middle <= right` and the like."""
        low = self.compared(self.number(left), first, middle, contrary=False)
        high = self.compared(middle, second, self.number(right), contrary=contrary)
        if not contrary:
            return [low, high]
        self.here([low])
        return [high]

    def compared(self, left: int, op: ast.cmpop, right: int, *, contrary: bool) -> int:
        """Write one comparison; return the jump for when it does not hold."""
        word, swapped = _COMPARED[type(op)]
        if swapped:
            left, right = right, left
        return self.say(_CONTRARY[word] if contrary else word, left, right)
