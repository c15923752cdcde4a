"""The alternating bit protocol over queues that lose: the model MCAlternatingBit of "Specifying Systems".

Source: TLA+ Examples, specifications/SpecifyingSystems/TLC/AlternatingBit.tla and MCAlternatingBit.cfg (two
values, at most two messages each way), described in L. Lamport, Specifying Systems, §14.2. A sender numbers
values 0, 1, 0, .. and repeats the last until its number comes back; a receiver takes whatever comes and
returns the last number it saw, as often as it likes.

In TLC the bound of two is a constraint on states: a third message counts as generated, and goes no further.
"""

from __future__ import annotations

from itertools import product
from typing import Literal

from benchmarks.plain_machine import SEGMENT, Habits, PlainMachine
from benchmarks.published.counting import Counts, as_tlc_counts
from benchmarks.published.queues import Queues
from checker.explore.kernel import explore
from spec.language import (
    BOOL,
    CALL,
    SEG,
    BoolExpr,
    EnumExpr,
    Event,
    Message,
    Relation,
    Rule,
    Step,
    Variable,
    bool_var,
    enum,
    enum_var,
    negated,
)
from spec.language.expressions import lift

PUBLISHED = Counts(distinct=240, generated=1392, depth=10)
"""manifest.json of SpecifyingSystems, MCAlternatingBit.cfg."""
VALUES = ("d1", "d2")
LENGTH = 2
"""How many messages may be under way in each direction."""

Role = Literal["sender", "receiver"]
RoleRule = Rule[Role]

ROLE = enum_var("ROLE", enum("role", "sender", "receiver"))
BIT = bool_var("BIT")
ACKED = bool_var("ACKED")
VALUE_OR_NONE = enum("value", "none", *VALUES)
VALUE = enum_var("VALUE", VALUE_OR_NONE)
VARIABLES = (
    Variable(ROLE, "sender", "What this end is; it never changes."),
    Variable(BIT, initial=False, meaning="The number of the last value sent; at the receiver, received."),
    Variable(ACKED, initial=False, meaning="At the sender: the number acknowledged last."),
    Variable(VALUE, "d1", "The last value sent; at the receiver, received."),
)

SEG_BIT = bool_var("BIT", SEG)
SEG_VALUE = enum_var("VALUE", VALUE_OR_NONE, SEG)
NEW_VALUE = enum_var("NEW.VALUE", VALUE_OR_NONE, CALL)


def _message(bit: BoolExpr, value: EnumExpr | str) -> tuple[Message, ...]:
    return (Message({"BIT": bit, "VALUE": lift(value, VALUE_OR_NONE)}),)


def _step(name: str, kind: str) -> Step:
    return Step(Event(name, kind, "AlternatingBit.tla"), name, name, "AlternatingBit.tla")


SEND_NEW = _step("SEND A NEW VALUE", "call")
SEND_AGAIN = _step("SEND IT AGAIN", "timeout")
ACKNOWLEDGE = _step("ACKNOWLEDGE", "internal")
RECEIVE = _step("RECEIVE", SEGMENT)

RULES = (
    RoleRule(
        id="send-new",
        title="When the last value is acknowledged, the next is sent under the other number.",
        cite="AlternatingBit.tla, SndNewValue",
        on=SEND_NEW,
        state=("sender",),
        when=(ACKED == BIT,),
        then=(BIT.becomes(negated(BIT)), VALUE.becomes(NEW_VALUE)),
        send=_message(BIT, VALUE),
    ),
    RoleRule(
        id="send-again",
        title="Until then it may be sent again.",
        cite="AlternatingBit.tla, ReSndMsg",
        on=SEND_AGAIN,
        state=("sender",),
        when=(ACKED != BIT,),
        send=_message(BIT, VALUE),
    ),
    RoleRule(
        id="receive-value",
        title="The receiver takes the number and the value.",
        cite="AlternatingBit.tla, RcvMsg",
        on=RECEIVE,
        state=("receiver",),
        then=(BIT.becomes(SEG_BIT), VALUE.becomes(SEG_VALUE)),
    ),
    RoleRule(
        id="acknowledge",
        title="The receiver returns the last number at any time.",
        cite="AlternatingBit.tla, SndAck",
        on=ACKNOWLEDGE,
        state=("receiver",),
        send=_message(BIT, "none"),
    ),
    RoleRule(
        id="receive-acknowledgment",
        title="The sender takes the number.",
        cite="AlternatingBit.tla, RcvAck",
        on=RECEIVE,
        state=("sender",),
        then=(ACKED.becomes(SEG_BIT),),
    ),
)

ALTERNATING_BIT: Relation[Role] = Relation(
    name="alternating-bit",
    title="The alternating bit protocol.",
    variables=VARIABLES,
    message={"BIT": BOOL, "VALUE": VALUE_OR_NONE},
    steps=(SEND_NEW, SEND_AGAIN, ACKNOWLEDGE, RECEIVE),
    rules=RULES,
    forget={},
)


def counts() -> Counts:
    """Return what our kernel finds, counted as TLC counts. It starts with any number and any values."""
    habits = Habits(
        call_fields={"NEW.VALUE": VALUE_OR_NONE},
        calls={SEND_NEW.event.name: tuple((value,) for value in VALUES)},
    )
    machine = PlainMachine(ALTERNATING_BIT, 1, ({}, {"ROLE": "receiver"}), habits=habits)
    starts = [
        machine.start({"BIT": bit, "ACKED": bit, "VALUE": sent}, {"BIT": bit, "VALUE": received})
        for bit, sent, received in product((False, True), VALUES, VALUES)
    ]
    network = Queues(machine.destination, admits=lambda queue: len(queue) <= LENGTH)
    return as_tlc_counts(explore(machine, network, starts=starts, losses=None), len(starts))
