"""What is written at an edge of a state diagram, read off the rules in the wording of RFC 9293's Figure 5.

Above the line what happens ("rcv SYN", "CLOSE", "active OPEN"), below it what the endpoint does ("snd SYN,ACK",
"delete TCB", "x" for nothing).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from diagrams.chains import Chain
from spec.language import Expr, Message, Relation, Rule
from spec.vocabulary import (
    ABORT,
    ACTIVE,
    FIN_ACKED,
    NEW_ACK,
    OPEN,
    OTHER_STEPS,
    R2_REACHED,
    SEGMENT_ARRIVES,
    TIME_WAIT_TIMEOUT,
    USER_TIMEOUT,
)

NOTHING = "x"
"""How Figure 5 writes that nothing is done."""
NORMAL, SECONDARY, ERROR, ABNORMAL = range(4)
"""How prominent a cause is. "The state diagram ... addresses neither error conditions nor actions that are not
connected with state changes" (§3.3.2): normal ones; what an endpoint later does with a queued call; resets, and SYNs
that do not belong; aborts and giving up."""
_EVENTS = {TIME_WAIT_TIMEOUT.event: "Timeout=2MSL"}
_GIVES_UP = (ABORT.event, USER_TIMEOUT.event, R2_REACHED.event)
_CHECKS = (OTHER_STEPS.RST, OTHER_STEPS.SYN)
_PHRASES: tuple[tuple[Expr, str, str], ...] = (
    (NEW_ACK, "SYN-RECEIVED", "ACK of SYN"),
    (FIN_ACKED, "", "ACK of FIN"),
)
"""Conditions that Figure 5 has a word for: the condition, the state in which it means that ("" any), the word."""


@dataclass(frozen=True)
class Label:
    """A cause and what is done: the two lines of an edge's label; `rank` tells how prominent it is."""

    cause: str
    action: str
    rank: int = NORMAL

    @property
    def words(self) -> tuple[str, str]:
        """What is written, however prominent it is."""
        return self.cause, self.action

    def __str__(self) -> str:
        return f"{self.cause} / {self.action}"


@cache
def always_with_ack(relation: Relation[Any]) -> frozenset[str]:
    """Return the control bits that every segment of the relation sends together with ACK: such a FIN is just a FIN."""
    bits: dict[str, bool] = {}
    for rule in relation.rules:
        for message in rule.send:
            mine = sent_controls(message)
            for bit in mine:
                bits[bit] = bits.get(bit, True) and "ACK" in mine
    return frozenset(bit for bit, always in bits.items() if always and bit != "ACK")


def sent_controls(message: Message) -> set[str]:
    """Return the control bits that a rule sets in a segment."""
    fields = message.fields.items()
    return {name.removesuffix(" bit") for name, value in fields if name.endswith(" bit") and _is_true(value)}


def _is_true(value: Expr) -> bool:
    return value.op == "const" and bool(value.payload)


def controls(bits: set[str], relation: Relation[Any]) -> str:
    """Return control bits as the RFC writes them: SYN,ACK; RST; FIN, which has its ACK always."""
    if bits - {"ACK"} and bits - {"ACK"} <= always_with_ack(relation):
        bits = bits - {"ACK"}
    order = [bit for bit in ("SYN", "RST", "FIN", "ACK") if bit in bits]
    return ",".join([*order, *sorted(bits - set(order))])


def label(chain: Chain, relation: Relation[Any]) -> Label:
    """Return the label of a chain that changes the state."""
    return Label(cause(chain, relation), action(chain, relation), rank(chain))


def cause(chain: Chain, relation: Relation[Any]) -> str:
    """Return what happened: a call, a timeout, or what in the segment moved the endpoint."""
    if chain.event == OPEN.event:
        active = chain.facts.read(ACTIVE)
        return {True: "active OPEN", False: "passive OPEN", None: "OPEN"}[active]
    if chain.event != SEGMENT_ARRIVES:
        return _EVENTS.get(chain.event, chain.event.name)
    bits, phrases = set[str](), list[str]()
    for rule in chain.moves:
        for part in (part for condition in rule.when for part in _conjuncts(condition)):
            bits |= _bit(part)
            phrases += _phrases(part, rule)
    words = [controls(bits, relation), *dict.fromkeys(phrases)]
    return f"rcv {', '.join(filter(None, words)) or 'segment'}"


def _conjuncts(condition: Expr) -> Iterator[Expr]:
    """Yield a condition and, while it is a conjunction or has a name, its parts."""
    yield condition
    if condition.op in ("and", "named"):
        for argument in condition.args:
            yield from _conjuncts(argument)


def _phrases(part: Expr, rule: Rule[Any]) -> list[str]:
    return [word for known, state, word in _PHRASES if part.key() == known.key() and state in ("", *rule.state)]


def _bit(part: Expr) -> set[str]:
    owner, name = part.payload if part.op == "var" else ("", "")
    return {name.removesuffix(" bit")} if owner == "SEG" and name.endswith(" bit") else set()


def action(chain: Chain, relation: Relation[Any]) -> str:
    """Return what the endpoint does: creates or deletes its TCB, sends segments, or nothing."""
    closed = relation.states[0]
    words = ["create TCB"] if chain.source == closed else []
    words += ["delete TCB"] if chain.target == closed else []
    sent = dict.fromkeys(controls(sent_controls(message), relation) for message in chain.sent)
    words += [f"snd {each}" for each in sent]
    return ", ".join(words) or NOTHING


def rank(chain: Chain) -> int:
    """Return how prominent a chain is among those of its edge."""
    if chain.event in _GIVES_UP:
        return ABNORMAL
    if chain.event == SEGMENT_ARRIVES and any(_is_error(rule) for rule in chain.moves):
        return ERROR
    return SECONDARY if chain.event.kind == "internal" else NORMAL


def _is_error(rule: Rule[Any]) -> bool:
    return any(step in _CHECKS for step in rule.steps) or (rule.signal or "").startswith("error:")
