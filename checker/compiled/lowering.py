"""Functions of the subset as LLVM IR.

The subset: functions of numbers (`int`, `Wide`) and arrays (`U64`, `U32`) that return a number; assignment, `if`,
`while`, `for .. in range`, `break`, `continue`, `return`; + - * & | ^ << >>, comparisons, `and`, `or`, `not`,
`x if c else y`, `.bit_count()`, calls of each other. Numbers are unsigned. What else stands there raises LoweringError.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

INT = "i64"
_ELEMENTS = {"U64": "i64", "U32": "i32"}
_BINARY = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
    ast.LShift: "shl", ast.RShift: "lshr",
}  # fmt: skip
_COMPARE = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "ult", ast.LtE: "ule", ast.Gt: "ugt", ast.GtE: "uge"}
_WORD = 1 << 64
_VECTOR = 8
"""A loop that goes round a fixed number of times, at least so often, is left for vectors, not written out."""


class LoweringError(Exception):
    """The text leaves the subset; names the line and what stands there."""


@dataclass(frozen=True)
class Typed:
    """A value of the IR: its name or literal, and its type."""

    text: str
    type: str


@dataclass(frozen=True)
class Signature:
    """A function's parameters (name, annotation) and the annotation of what it returns."""

    parameters: tuple[tuple[str, str], ...]
    returns: str


def lowered(
    text: str, constants: Mapping[str, int], exported: Sequence[str], bound: Mapping[str, int], *, wide_bits: int
) -> str:
    """Return the IR of all functions in `text`; `exported` are those to be called from outside.

    constants  the module's names for numbers; bound: parameters that are fixed in this compilation, by name.
    wide_bits  what `Wide` is: 64 or 128.
    """
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    signatures = {node.name: _signature(node) for node in functions}
    wide = f"i{wide_bits}"
    intrinsics = [
        "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)",
        *(f"declare {kind} @llvm.ctpop.{kind}({kind})" for kind in dict.fromkeys((INT, wide))),
    ]
    parts = [
        "\n".join(_Function(node, signatures, constants, bound, wide).lines(exported=node.name in exported))
        for node in functions
    ]
    return "\n".join([*intrinsics, *parts, "!0 = distinct !{!0, !1}", '!1 = !{!"llvm.loop.unroll.disable"}', ""])


def _signature(node: ast.FunctionDef) -> Signature:
    parameters = tuple((each.arg, _annotation(each.annotation, node)) for each in node.args.args)
    return Signature(parameters, _annotation(node.returns, node))


def _annotation(node: ast.expr | None, where: ast.stmt) -> str:
    if isinstance(node, ast.Name) and node.id in ("int", "Wide", *_ELEMENTS):
        return node.id
    raise LoweringError(f"line {where.lineno}: every parameter and result is int, Wide, U64 or U32.")


class _Function:
    """The IR of one function; every local variable is a place on the stack, which LLVM turns into registers."""

    def __init__(
        self,
        node: ast.FunctionDef,
        signatures: Mapping[str, Signature],
        constants: Mapping[str, int],
        bound: Mapping[str, int],
        wide: str,
    ) -> None:
        self.node, self.signatures, self.constants, self.bound, self.wide = node, signatures, constants, bound, wide
        self.signature = signatures[node.name]
        self.arrays = {name: _ELEMENTS[kind] for name, kind in self.signature.parameters if kind in _ELEMENTS}
        self.places: dict[str, str] = {}
        self.body: list[str] = []
        self.number, self.open = 0, True
        self.loops: list[tuple[str, str]] = []

    def lines(self, *, exported: bool) -> Iterator[str]:
        """Yield the function's text."""
        kinds = {"int": INT, "Wide": self.wide}
        parameters = ", ".join(
            f"ptr noalias %{name}" if kind in _ELEMENTS else f"{kinds[kind]} %{name}"
            for name, kind in self.signature.parameters
        )
        head = "define" if exported else "define internal"
        inlined = "" if exported else " alwaysinline"
        how = f'nounwind "no-builtins" "prefer-vector-width"="512"{inlined}'  # nothing outside is called
        yield f"{head} {kinds[self.signature.returns]} @{self.node.name}({parameters}) {how} {{"
        for name, kind in self.signature.parameters:
            if kind not in _ELEMENTS:
                self.places[name] = kinds[kind]
                fixed = self.bound.get(name)
                self.say(f"store {kinds[kind]} {f'%{name}' if fixed is None else fixed}, ptr %{name}.at")
        self.block(self.node.body)
        if self.open:
            self.say(f"ret {kinds[self.signature.returns]} 0")
        yield from (f"  %{name}.at = alloca {kind}" for name, kind in self.places.items())
        yield from self.body
        yield "}"

    # --- writing --------------------------------------------------------------------------------------------

    def say(self, line: str) -> None:
        """Add an instruction; what follows a jump in its block is never reached and left out."""
        if self.open:
            self.body.append(f"  {line}")

    def value(self, line: str, kind: str) -> Typed:
        """Add an instruction that gives a value."""
        self.number += 1
        self.say(f"%v{self.number} = {line}")
        return Typed(f"%v{self.number}", kind)

    def label(self) -> str:
        """Return a new label."""
        self.number += 1
        return f"b{self.number}"

    def jump(self, label: str) -> None:
        """End the block by a jump."""
        self.say(f"br label %{label}")
        self.open = False

    def begin(self, label: str) -> None:
        """Begin a block, falling into it from the one before."""
        self.jump(label)
        self.body.append(f"{label}:")
        self.open = True

    def wrong(self, node: ast.AST, what: str) -> LoweringError:
        """Return the error for a node that is not of the subset."""
        line = getattr(node, "lineno", self.node.lineno)
        return LoweringError(f"line {line}, {self.node.name}: {what}: {ast.unparse(node)}")

    # --- statements -----------------------------------------------------------------------------------------

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Lower statements in order."""
        for statement in statements:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        """Lower one statement."""
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                pass  # a docstring
            case ast.Expr(value=ast.Call() as call):
                self.call(call)
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=sources)):
                values = [self.expression(source) for source in sources]
                for target, value in zip(targets, values, strict=True):
                    self.store(target, value)
            case ast.Assign(targets=[target], value=source):
                self.store(target, self.expression(source))
            case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="Wide"), value=source) if source:
                self.places.setdefault(name, self.wide)
                self.store(node.target, self.expression(source))
            case ast.If(test=test, body=body, orelse=orelse):
                self.branch(test, body, orelse)
            case ast.While(test=test, body=body, orelse=[]):
                self.loop(test, body)
            case ast.For(target=ast.Name(), iter=ast.Call(func=ast.Name(id="range")), orelse=[]):
                self.count(node)
            case _:
                self.leave(node)

    def leave(self, node: ast.stmt) -> None:
        """Lower a statement after which nothing of its block is reached."""
        match node:
            case ast.Break():
                self.jump(self.loops[-1][1])
            case ast.Continue():
                self.jump(self.loops[-1][0])
            case ast.Return(value=value) if value is not None:
                kind = self.wide if self.signature.returns == "Wide" else INT
                self.say(f"ret {kind} {self.as_type(self.expression(value), kind, node)}")
                self.open = False
            case _:
                raise self.wrong(node, "is no statement of the subset")

    def store(self, target: ast.expr, value: Typed) -> None:
        """Assign a value to a name or to an element of an array."""
        match target:
            case ast.Name(id=name):
                kind = self.places.setdefault(name, value.type)
                self.say(f"store {kind} {self.as_type(value, kind, target)}, ptr %{name}.at")
            case ast.Subscript():
                pointer, kind = self.element(target)
                text = self.as_type(value, INT, target)
                if kind != INT:
                    text = self.value(f"trunc {INT} {text} to {kind}", kind).text
                self.say(f"store {kind} {text}, ptr {pointer}")
            case _:
                raise self.wrong(target, "cannot be assigned to")

    def branch(self, test: ast.expr, body: Sequence[ast.stmt], orelse: Sequence[ast.stmt]) -> None:
        """Lower an `if`."""
        then, other, end = self.label(), self.label(), self.label()
        self.condition(test, then, other)
        for label, statements in ((then, body), (other, orelse)):
            self.body.append(f"{label}:")
            self.open = True
            self.block(statements)
            self.jump(end)
        self.body.append(f"{end}:")
        self.open = True

    def loop(self, test: ast.expr, body: Sequence[ast.stmt]) -> None:
        """Lower a `while`."""
        again, inside, end = self.label(), self.label(), self.label()
        self.begin(again)
        self.condition(test, inside, end)
        self.body.append(f"{inside}:")
        self.open = True
        self.loops.append((again, end))
        self.block(body)
        self.loops.pop()
        self.jump(again)
        self.body.append(f"{end}:")
        self.open = True

    def count(self, node: ast.For) -> None:
        """Lower a `for` over a range; its bounds are worked out once, the variable is the loop's own."""
        if not isinstance(node.target, ast.Name) or not isinstance(node.iter, ast.Call):
            raise self.wrong(node, "is no loop of the subset")
        bounds = [self.expression(bound) for bound in node.iter.args]
        start, stop = bounds if len(bounds) == 2 else (Typed("0", INT), bounds[0])
        name = node.target.id
        self.places.setdefault(name, INT)
        counter = f"{name}.{self.label()}"
        self.places[counter] = INT
        again, inside, step, end = (self.label() for _ in range(4))
        self.say(f"store {INT} {start.text}, ptr %{counter}.at")
        self.begin(again)
        here = self.value(f"load {INT}, ptr %{counter}.at", INT)
        more = self.value(f"icmp ult {INT} {here.text}, {stop.text}", "i1")
        self.say(f"br i1 {more.text}, label %{inside}, label %{end}")
        self.body.append(f"{inside}:")
        self.say(f"store {INT} {here.text}, ptr %{name}.at")
        self.loops.append((step, end))
        self.block(node.body)
        self.loops.pop()
        self.begin(step)
        after = self.value(f"add {INT} {here.text}, 1", INT)
        self.say(f"store {INT} {after.text}, ptr %{counter}.at")
        self.jump(f"{again}, !llvm.loop !0" if stop.text.isdigit() and int(stop.text) >= _VECTOR else again)
        self.body.append(f"{end}:")
        self.open = True

    # --- expressions ----------------------------------------------------------------------------------------

    def as_type(self, value: Typed, kind: str, node: ast.AST) -> str:
        """Return a value's text as one of another type: a number may become wide, never narrow."""
        if value.type == kind:
            return value.text
        if value.type != INT or kind != self.wide:
            raise self.wrong(node, "is too wide: use word()")
        return self.value(f"zext {INT} {value.text} to {kind}", kind).text

    def expression(self, node: ast.expr) -> Typed:
        """Lower an expression that gives a number."""
        match node:
            case ast.Constant(value=int(number)):
                return self.literal(number)
            case ast.Name(id=name) if name in self.bound:
                return self.literal(self.bound[name])
            case ast.Name(id=name) if name in self.places:
                return self.value(f"load {self.places[name]}, ptr %{name}.at", self.places[name])
            case ast.Name(id=name) if name in self.constants:
                return self.literal(self.constants[name])
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                a, b = self.expression(left), self.expression(right)
                kind = self.wide if self.wide in (a.type, b.type) else INT
                one, two = self.as_type(a, kind, node), self.as_type(b, kind, node)
                return self.value(f"{_BINARY[type(op)]} {kind} {one}, {two}", kind)
            case ast.Subscript():
                pointer, kind = self.element(node)
                loaded = self.value(f"load {kind}, ptr {pointer}", kind)
                return loaded if kind == INT else self.value(f"zext {kind} {loaded.text} to {INT}", INT)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.chosen(test, body, orelse)
            case ast.Call():
                return self.call(node)
            case _:
                raise self.wrong(node, "is no expression of the subset")

    def literal(self, number: int) -> Typed:
        """Return a number, written as LLVM reads it: signed."""
        if not 0 <= number < _WORD:
            raise LoweringError(f"{self.node.name}: {number} is not below 2^64.")
        return Typed(str(number if number < _WORD >> 1 else number - _WORD), INT)

    def chosen(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> Typed:
        """Lower `x if c else y`."""
        then, other, end = self.label(), self.label(), self.label()
        place = f"chosen.{end}"
        self.condition(test, then, other)
        kind = ""
        for label, part in ((then, body), (other, orelse)):
            self.body.append(f"{label}:")
            self.open = True
            value = self.expression(part)
            kind = kind or value.type
            self.places[place] = kind
            self.say(f"store {kind} {self.as_type(value, kind, part)}, ptr %{place}.at")
            self.jump(end)
        self.body.append(f"{end}:")
        self.open = True
        return self.value(f"load {kind}, ptr %{place}.at", kind)

    def element(self, node: ast.Subscript) -> tuple[str, str]:
        """Return the address of an array's element, and its type."""
        if not isinstance(node.value, ast.Name) or node.value.id not in self.arrays:
            raise self.wrong(node, "is no element of an array")
        kind = self.arrays[node.value.id]
        index = self.as_type(self.expression(node.slice), INT, node)
        return self.value(f"getelementptr {kind}, ptr %{node.value.id}, i64 {index}", "ptr").text, kind

    def condition(self, node: ast.expr, yes: str, no: str) -> None:
        """Jump to `yes` if a condition holds, else to `no`; what need not be looked at is not."""
        match node:
            case ast.BoolOp(op=op, values=values):
                for value in values[:-1]:
                    further = self.label()
                    if isinstance(op, ast.And):
                        self.condition(value, further, no)
                    else:
                        self.condition(value, yes, further)
                    self.body.append(f"{further}:")
                    self.open = True
                self.condition(values[-1], yes, no)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.condition(operand, no, yes)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
                a, b = self.expression(left), self.expression(right)
                kind = self.wide if self.wide in (a.type, b.type) else INT
                one, two = self.as_type(a, kind, node), self.as_type(b, kind, node)
                holds = self.value(f"icmp {_COMPARE[type(op)]} {kind} {one}, {two}", "i1")
                self.say(f"br i1 {holds.text}, label %{yes}, label %{no}")
                self.open = False
            case _:
                raise self.wrong(node, "is no condition of the subset")

    def call(self, node: ast.Call) -> Typed:
        """Lower a call: of a function of the text, of `word`, `prefetch`, or of `.bit_count()`."""
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="bit_count"), args=[]):
                counted = self.expression(value)
                whole = self.value(f"call {counted.type} @llvm.ctpop.{counted.type}({counted.type} {counted.text})", "")
                return self.narrow(Typed(whole.text, counted.type))
            case ast.Call(func=ast.Name(id="word"), args=[value]):
                return self.narrow(self.expression(value))
            case ast.Call(func=ast.Name(id="prefetch"), args=[array, index]):
                pointer, _ = self.element(ast.Subscript(array, index, ast.Load()))
                self.say(f"call void @llvm.prefetch.p0(ptr {pointer}, i32 0, i32 3, i32 1)")
                return Typed("0", INT)
            case ast.Call(func=ast.Name(id=name)) if name in self.signatures:
                return self.inner(node, name)
            case _:
                raise self.wrong(node, "is no call of the subset")

    def narrow(self, value: Typed) -> Typed:
        """Return the lower 64 bits of a value."""
        return value if value.type == INT else self.value(f"trunc {value.type} {value.text} to {INT}", INT)

    def inner(self, node: ast.Call, name: str) -> Typed:
        """Lower the call of another function of the text."""
        called, kinds = self.signatures[name], {"int": INT, "Wide": self.wide}
        if len(node.args) != len(called.parameters):
            raise self.wrong(node, f"{name} takes {len(called.parameters)} arguments")
        words = []
        for argument, (parameter, kind) in zip(node.args, called.parameters, strict=True):
            if kind in _ELEMENTS:
                if not isinstance(argument, ast.Name) or self.arrays.get(argument.id) != _ELEMENTS[kind]:
                    raise self.wrong(node, f"{parameter} must be an array {kind}")
                words.append(f"ptr %{argument.id}")
            else:
                words.append(f"{kinds[kind]} {self.as_type(self.expression(argument), kinds[kind], node)}")
        returned = kinds[called.returns]
        return self.value(f"call {returned} @{name}({', '.join(words)})", returned)
