"""Small relations made up for exports: one that golden files show, and any number drawn at random."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from checker.export.model import Model, of_rules
from spec.language import (
    BOOL,
    CONTINUE,
    NAT,
    RETURN,
    SEG,
    SEQ,
    BoolExpr,
    Event,
    Expr,
    Message,
    NatExpr,
    Relation,
    Rule,
    SeqExpr,
    Step,
    Update,
    Variable,
    all_of,
    any_of,
    before,
    bool_var,
    choose,
    continue_at,
    count,
    enum,
    enum_var,
    leq,
    lt,
    named,
    nat_var,
    negated,
    seq,
    seq_var,
    smaller,
)
from spec.network import BAG, FIFO, SET, Network

STATES = ("IDLE", "BUSY", "DONE")
STATE = enum_var("STATE", enum("state", *STATES))
NUMBER, TRIES, ASKED = seq_var("NUMBER"), nat_var("TRIES"), bool_var("ASKED")
SEG_NUMBER, SEG_SIZE, SEG_LAST = seq_var("NUMBER", SEG), nat_var("SIZE", SEG), bool_var("LAST bit", SEG)
MESSAGE = {"NUMBER": SEQ, "SIZE": NAT, "LAST bit": BOOL}
ARRIVES = Event("MESSAGE ARRIVES", "segment", "the test")
GO = Event("GO", "call", "the test")
BEGIN = Step(GO, "GO", "GO", "the test")
FIRST, SECOND, THIRD = (Step(ARRIVES, name, name, "the test") for name in ("first", "second", "third"))
VARIABLES = (
    Variable(STATE, "IDLE", "What it does."),
    Variable(NUMBER, 0, "The number that comes next."),
    Variable(TRIES, 0, "How often it tried."),
    Variable(ASKED, initial=False, meaning="It was asked."),
)
EXPECTED = named("the number expected", leq(NUMBER, SEG_NUMBER))


def message(number: SeqExpr, size: NatExpr, last: BoolExpr) -> Message:
    return Message({"NUMBER": number, "SIZE": size, "LAST bit": last})


TRUE, ZERO = BoolExpr("const", BOOL, (), True), NatExpr("const", NAT, (), 0)


def _tiny_rules() -> tuple[Rule[Any], ...]:
    return (
        Rule(
            id="G-1",
            title="It begins.",
            cite="the test, 1",
            on=BEGIN,
            state=("IDLE",),
            when=(TRIES < 2,),
            then=(NUMBER.becomes(NUMBER + 1), TRIES.becomes(TRIES + 1)),
            send=(message(before(NUMBER), before(TRIES), TRUE),),
            goto="BUSY",
        ),
        Rule(
            id="A-1",
            title="What is expected is counted.",
            cite="the test, 2",
            on=FIRST,
            state=("BUSY", "DONE"),
            when=(EXPECTED,),
            then=(NUMBER.becomes(SEG_NUMBER), ASKED.becomes(SEG_LAST)),
            flow=CONTINUE,
        ),
        Rule(
            id="A-2",
            title="The last one ends it.",
            cite="the test, 3",
            on=SECOND,
            state=STATES,
            when=(SEG_LAST,),
            send=(message(NUMBER, smaller(SEG_SIZE, TRIES), negated(TRUE)),),
            goto="IDLE",
        ),
    )


TINY: Relation[Any] = Relation(
    "tiny", "A toy.", VARIABLES, MESSAGE, (BEGIN, FIRST, SECOND), _tiny_rules(), {"IDLE": ("ASKED",)}
)
ENDS: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {"NUMBER": 2})


def tiny() -> Model:
    return of_rules(TINY, 3, ENDS, Network(BAG, 2))


class Chance:
    """Expressions and rules drawn at random; rules of one step and state never overlap: a guard splits on parity."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  # a test's own dice

    def number(self, depth: int, *, segment: bool) -> SeqExpr:
        pick = self.random.choice
        if depth == 0:
            return pick([NUMBER, seq(self.random.randrange(4)), *[SEG_NUMBER] * segment])
        inner, size = self.number(depth - 1, segment=segment), self.size(depth - 1, segment=segment)
        return pick([inner + size, inner - size, inner])

    def size(self, depth: int, *, segment: bool) -> NatExpr:
        pick = self.random.choice
        if depth == 0:
            return pick([TRIES, NatExpr("const", NAT, (), self.random.randrange(3)), *[SEG_SIZE] * segment])
        one, two = (self.size(depth - 1, segment=segment) for _ in range(2))
        condition = self.condition(depth - 1, segment=segment)
        far = self.number(depth - 1, segment=segment) - self.number(depth - 1, segment=segment)
        return pick([one + two, smaller(one, two), count(condition), choose(condition, one, two), far, one - two])

    def condition(self, depth: int, *, segment: bool) -> BoolExpr:
        pick = self.random.choice
        if depth == 0:
            return pick([ASKED, STATE.isin((pick(STATES),)), STATE.isin(("IDLE", "DONE")), *[SEG_LAST] * segment])
        a, b = (self.number(depth - 1, segment=segment) for _ in range(2))
        m, n = (self.size(depth - 1, segment=segment) for _ in range(2))
        p, q = (self.condition(depth - 1, segment=segment) for _ in range(2))
        return pick([lt(a, b), leq(a, b), a == b, m < n, m <= n, all_of(p, q), any_of(p, q), negated(p), p == q])

    def update(self, *, segment: bool) -> tuple[Update, ...]:
        values = {
            NUMBER: self.number(2, segment=segment),
            TRIES: smaller(self.size(2, segment=segment), NatExpr("const", NAT, (), 2)),
            ASKED: self.condition(1, segment=segment),
        }
        return tuple(Update(variable, value) for variable, value in values.items() if self.random.random() < 0.6)

    def sent(self, *, segment: bool) -> tuple[Message, ...]:
        if self.random.random() < 0.4:
            return ()
        number: Expr = self.number(1, segment=segment)
        if self.random.random() < 0.5:
            number = before(number)
        size = smaller(self.size(1, segment=segment), NatExpr("const", NAT, (), 1))
        return (Message({"NUMBER": number, "SIZE": size, "LAST bit": self.condition(1, segment=segment)}),)

    def rules(self) -> tuple[Rule[Any], ...]:
        found: list[Rule[Any]] = []
        for step, flows in (
            (BEGIN, [RETURN]),
            (FIRST, [RETURN, CONTINUE, continue_at(THIRD)]),
            (SECOND, [RETURN, CONTINUE]),
            (THIRD, [RETURN]),
        ):
            segment = step is not BEGIN
            split = self.condition(1, segment=segment)
            for side in (split, negated(split)):
                states = tuple(self.random.sample(STATES, self.random.randint(1, 3)))
                found.append(
                    Rule(
                        id=f"{step.name}-{len(found)}",
                        title="At random.",
                        cite="the test",
                        on=step,
                        state=states,
                        when=(side, self.condition(1, segment=segment)),
                        then=self.update(segment=segment),
                        send=self.sent(segment=segment),
                        goto=self.random.choice([None, *STATES]),
                        flow=self.random.choice(flows),
                    )
                )
        return tuple(found)


def at_random(seed: int) -> tuple[Relation[Any], Network]:
    """Return a relation and a network drawn at random, the same for the same seed."""
    chance = Chance(seed)
    forget = {"IDLE": ("ASKED", "TRIES")} if seed % 2 else {}
    relation: Relation[Any] = Relation(
        f"random-{seed}", "At random.", VARIABLES, MESSAGE, (BEGIN, FIRST, SECOND, THIRD), chance.rules(), forget
    )
    kind = (BAG, SET, FIFO)[seed % 3]
    return relation, Network(kind, 2, "block" if seed % 4 < 2 else "lose")
