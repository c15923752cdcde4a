"""The text reader: expressions and rules in the RFC's own notation."""

from __future__ import annotations

from typing import Any

from spec.language.expressions import Expr
from spec.language.rules import Message, Rule

_INFIX = {
    "eq": "=", "seq_lt": "<", "seq_leq": "=<", "nat_lt": "<", "nat_leq": "=<",
    "seq_add": "+", "nat_add": "+", "seq_sub": "-", "nat_sub": "-", "distance": "-",
}  # fmt: skip
_CALL = {
    "nat_min": "min", "before": "before", "after": "after", "peer": "peer", "some_sent": "some sent",
    "every_sent": "every sent", "pairs_add": "add", "pairs_add_run": "add run", "pairs_meets_run": "meets",
    "pairs_other_first": "another in", "in_flight": "in flight",
}  # fmt: skip


def show(expression: Expr) -> str:
    """Return the expression in the RFC's notation, for example "SND.UNA < SEG.ACK =< SND.NXT"."""
    op, args, payload = expression.op, expression.args, expression.payload
    if op in ("nat_lt", "nat_leq") and args[0].op == "const":
        return f"{_operand(args[1])} {'>' if op == 'nat_lt' else '>='} {show(args[0])}"
    if op in _INFIX:
        return f"{_operand(args[0])} {_INFIX[op]} {_subtrahend(args[1]) if _INFIX[op] == '-' else _operand(args[1])}"
    if op in _CALL:
        return f"{_CALL[op]}({', '.join(show(argument) for argument in args)})"
    if op == "var":
        return _variable(payload)
    if op == "const":
        return _constant(expression)
    if op == "not":
        return _negation(args[0])
    if op in ("and", "or"):
        return _junction(op, args)
    return _special(op, args, payload)


def _special(op: str, args: tuple[Expr, ...], payload: Any) -> str:
    if op == "in":
        return f"{show(args[0])} in {{{', '.join(payload)}}}"
    if op == "named":
        return str(payload)
    if op == "count":
        return f"[{show(args[0])}]"
    if op == "pairs_has":
        return f"({show(args[1])}, {show(args[2])}) in {show(args[0])}"
    if op == "choose":
        return f"({show(args[1])} if {show(args[0])}, else {show(args[2])})"
    if op == "arrived":
        return "SEGMENT ARRIVES"
    if op == "sent_count":
        return "number of segments sent"
    if op == "assigned":
        return f"{payload} assigned"
    return f"{op} {' or '.join(payload)}"  # event, fired


def _variable(payload: tuple[str, str]) -> str:
    owner, name = payload
    bit = name.removesuffix(" bit")
    if bit != name:
        return f"{bit} in {owner}.CTL"
    return f"{owner}.{name}" if owner in ("SEG", "CALL", "SENT") else name


def _constant(expression: Expr) -> str:
    if expression.sort.name == "bool":
        return "true" if expression.payload else "false"
    return "{}" if expression.payload == () else str(expression.payload)


def _negation(inner: Expr) -> str:
    if inner.op == "eq":
        return f"{_operand(inner.args[0])} /= {_operand(inner.args[1])}"
    if inner.op == "var" and inner.payload[1].endswith(" bit"):
        return f"{inner.payload[1].removesuffix(' bit')} not in {inner.payload[0]}.CTL"
    return f"not {show(inner)}" if inner.op == "var" else f"not ({show(inner)})"


def _junction(op: str, args: tuple[Expr, ...]) -> str:
    if not args:
        return "true" if op == "and" else "false"
    chain = _chain(args) if op == "and" else None
    if chain is not None:
        return chain
    word = f" {op} "
    return word.join(f"({show(argument)})" if argument.op in ("and", "or") else show(argument) for argument in args)


def _chain(args: tuple[Expr, ...]) -> str | None:
    """Return `a < b =< c` for the conjunction of a < b and b =< c, else None."""
    if len(args) != 2 or any(argument.op not in ("seq_lt", "seq_leq") for argument in args):
        return None
    first, second = args
    if first.args[1].key() != second.args[0].key():
        return None
    return f"{show(first)} {_INFIX[second.op]} {_operand(second.args[1])}"


def _operand(expression: Expr) -> str:
    """Return an operand; a condition keeps its parentheses: (SYN in SEG.CTL) = (a < b)."""
    text = show(expression)
    return f"({text})" if expression.sort.name == "bool" and " " in text else text


def _subtrahend(expression: Expr) -> str:
    """Return the right operand of a difference: a - (b + c) keeps its parentheses."""
    return f"({show(expression)})" if _INFIX.get(expression.op) in ("+", "-") else _operand(expression)


def show_message(message: Message) -> str:
    """Return a message in the RFC's notation: <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>."""
    fields = dict(message.fields)
    bits = [name for name in fields if name.endswith(" bit")]
    shown = [name.removesuffix(" bit") for name in bits if _is(fields[name], True)]
    shown.sort(key=lambda bit: bit == "ACK")  # the RFC writes SYN,ACK and RST,ACK
    parts = []
    for name, value in fields.items():
        unused = (name == "ACK" and bits and "ACK" not in shown) or (name == "DATA" and _is(value, 0))
        if name not in bits and name != "WND" and not unused:
            parts.append(f"<{name}={show(value)}>")
    return "".join(parts) + (f"<CTL={','.join(shown)}>" if bits else "")


def _is(expression: Expr, value: object) -> bool:
    return expression.op == "const" and bool(expression.payload == value)


def rule_fields(rule: Rule[Any]) -> dict[str, str]:
    """Return the rule as printed, field by field, in the RFC's order; fields without content are empty."""
    flow = rule.flow.word if rule.flow.step is None else f"{rule.flow.word} {rule.flow.step}"
    return {
        "title": rule.title,
        "cite": rule.cite,
        "on": ", ".join(step.event.name if step.name == step.event.name else step.name for step in rule.steps),
        "state": ", ".join(rule.state),
        "when": "\n".join(show(condition) for condition in rule.when),
        "then": "\n".join(str(update) for update in rule.then),
        "send": "\n".join(show_message(message) for message in rule.send),
        "goto": rule.goto or "",
        "signal": rule.signal or "",
        "flow": flow,
        "note": rule.note,
    }


def show_rule(rule: Rule[Any]) -> str:
    """Return the rule as a block of text, one field a line."""
    lines = [rule.id]
    for name, text in rule_fields(rule).items():
        for number, line in enumerate(text.splitlines()):
            lines.append(f"  {name if number == 0 else '':<7} {line}")
    return "\n".join(lines)
