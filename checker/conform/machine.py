"""The relation as captures are held against it: a profile's rules, its choices, and what each inference costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from checker.conform.unrolled import Done, Unrolled
from spec.freedoms import CHOICE, CONFORM_CALL_FIELDS, FREEDOMS, LETTER, TOLERANCES
from spec.ghosts import CRASH
from spec.language import Relation, Rule
from spec.vocabulary import ISN, NO_CONNECTION, SEGMENT_ARRIVES, State

Values = tuple[Any, ...]
BITS = 32
MASK, HALF = (1 << BITS) - 1, 1 << (BITS - 1)
ARRIVES = SEGMENT_ARRIVES.name
SEQ, ACK, DATA, WND, SYN_BIT, ACK_BIT, FIN_BIT, RST_BIT = range(8)
"""Places of a segment's fields, in the relation's order."""
NO_ISN = 0x5EED5EED
"""Stands for an ISN that nothing seen tells yet."""
BUFFER = 65_535
"""The receive window before an end has announced one, in octets."""

COSTS: dict[str, int] = {
    "OPEN": 0, "SEND": 0, "CLOSE": 0, "SEGMENTIZE": 0, "RETRANSMISSION TIMEOUT": 1, "WINDOW UPDATE": 1,
    "KEEP-ALIVE TIMEOUT": 1, "ABORT": 1, "TIME-WAIT TIMEOUT": 1, "USER TIMEOUT": 6, "R2 REACHED": 7,
}  # fmt: skip
"""What it costs to infer an event of the endpoint's own: of several runs the cheapest is taken."""
GIVING_UP = ("USER TIMEOUT", "R2 REACHED")
SHORTEST_TIMEOUT = 10**9
"""No end gives up sooner, in ns: a user timeout is longer than the RTO (RFC 5482 §3.1), which is at least a second
(RFC 6298 §2)."""
OWN_DEFAULT, FREEDOM_COST, TOLERANCE_COST = 4, 1, 8


class Own(NamedTuple):
    """An event of the endpoint's own that may be inferred, with a choice; `active` is for OPEN."""

    event: str
    choice: str
    active: bool
    cost: int


CRASHED = Own(CRASH.name, LETTER, active=False, cost=8)
"""The host has lost its TCB, and its user opens again (RFC 9293 §3.5.1)."""


def call_of(fields: Values, choice: str, *, active: bool = False) -> Values:
    """Return what comes with an event that is to send a segment: its numbers are those of the segment."""
    return (fields[SEQ], fields[DATA], active, True, fields[SEQ], fields[WND], choice)


def key_of(fields: Values) -> Values:
    """Return what is compared of a segment: all fields but the window."""
    return fields[:3] + fields[4:]


PLAIN_CALL: Values = (NO_ISN, 0, False, True, 0, 0, LETTER)


@dataclass(eq=False)
class Machine:
    """A relation with its choices. `tolerances` are those switched on."""

    name: str
    relation: Relation[State]
    tolerances: tuple[str, ...] = ()
    reader: Unrolled = field(init=False)
    arrival_choices: tuple[str, ...] = field(init=False)
    own: tuple[Own, ...] = field(init=False)
    habits: dict[Any, list[Own]] = field(init=False, default_factory=dict)
    from_listeners: set[Values] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self.reader = Unrolled(self.relation, BITS, CONFORM_CALL_FIELDS, {"RCV.WND": BUFFER})
        self.run = self.reader.run
        self.allowed = frozenset((*FREEDOMS, *self.tolerances))
        self.index = self.reader.index
        self.rcv_nxt, self.rcv_wnd = self.index["RCV.NXT"], self.index["RCV.WND"]
        self.arrival_choices = tuple(self._choices(ARRIVES))
        self.arrival_freedoms = tuple(name for name in self.arrival_choices if name in FREEDOMS)
        self.own = tuple(self._own())
        self.cheapest_first = sorted(self.own, key=lambda own: own.cost)
        self.choosing = frozenset(self._choosing())

    def _choices(self, event: str) -> Iterator[str]:
        rules = [rule for rule in self.relation.rules if any(step.event.name == event for step in rule.steps)]
        asked = {name for rule in rules for name in choices_of(rule)}
        yield from (name for name in (*FREEDOMS, *TOLERANCES) if name in asked and name in self.allowed)

    def _choosing(self) -> Iterator[State]:
        """Yield the states in which the ISN that may be chosen when a segment arrives is read by a rule."""
        for rule in self.relation.rules:
            parts = [
                *rule.when,
                *(each.value for each in rule.then),
                *(f for m in rule.send for f in m.fields.values()),
            ]
            arrives = any(step.event.name == ARRIVES for step in rule.steps)
            if arrives and any(part.key() == ISN.key() for each in parts for part in each.walk()):
                yield from rule.state

    def _own(self) -> Iterator[Own]:
        for event in self.relation.events:
            if event.name in (ARRIVES, "WINDOW"):
                continue
            base = COSTS.get(event.name, OWN_DEFAULT)
            for choice in (LETTER, *self._choices(event.name)):
                for active in (False, True) if event.name == "OPEN" else (False,):
                    yield Own(event.name, choice, active, base + self.cost(choice))

    def cost(self, choice: str) -> int:
        """Return what it costs to make use of a freedom or tolerance."""
        if choice == LETTER:
            return 0
        return FREEDOM_COST if choice in FREEDOMS else TOLERANCE_COST

    def explain(self, tcb: Values, fields: Values) -> Iterator[tuple[Own, Done, Values]]:
        """Yield the own events that send exactly this segment, with what they do; the cheapest first."""
        wanted = key_of(fields)
        for own in self.cheapest_first:
            call = call_of(fields, own.choice, active=own.active)
            done = self.reader.run(tcb, own.event, None, call)
            if done is not None and len(done[2]) == 1 and key_of(done[2][0]) == wanted:
                yield own, done, call

    def silent(self, tcb: Values, fields: Values, quiet: int) -> Iterator[tuple[Own, Done, Values]]:
        """Yield the own events that change the state and send nothing, before a segment is sent after `quiet` ns."""
        seen = set()
        for own in self.own:
            if own.event in GIVING_UP and quiet < SHORTEST_TIMEOUT:
                continue
            call = (NO_ISN, 1, own.active, True, 0, 0, own.choice)
            done = self.reader.run(tcb, own.event, None, call)
            if done is not None and not done[2] and done[0][0] != tcb[0] and done[0] not in seen:
                seen.add(done[0])
                yield own, done, call
        if fields[SYN_BIT] and not fields[ACK_BIT] and tcb[0] not in NO_CONNECTION:
            yield CRASHED, (self.reader.initial, ("E-2",), (), ()), PLAIN_CALL


@cache
def choices_of(rule: Rule[State]) -> frozenset[str]:
    """Return the freedoms and tolerances that a rule's conditions name."""
    parts = [part for condition in rule.when for part in condition.walk() if part.op == "in"]
    return frozenset(name for part in parts if part.args[0].key() == CHOICE.key() for name in part.payload)
