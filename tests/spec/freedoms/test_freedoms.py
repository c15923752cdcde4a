from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from checker.concrete import ConcreteReader
from spec.freedoms import CHOICE, CONFORM_CALL_FIELDS, FREEDOMS, GRANTED, LETTER, granted
from spec.freedoms.choosing import TOLERANCES
from spec.tcp import TCP
from spec.tolerances import TOLERATED, tolerant
from spec.variants import VARIANTS
from spec.vocabulary import STATES

ALL = tolerant(granted(TCP), tuple(TOLERATED))


def _asked() -> Iterator[str]:
    for rule in ALL.rules:
        for condition in rule.when:
            for part in condition.walk():
                if part.op == "in" and part.args[0].key() == CHOICE.key():
                    yield from part.payload


def test_every_choice_is_asked_for_by_a_rule_and_none_is_unknown() -> None:
    assert set(_asked()) == {*FREEDOMS, *TOLERANCES}
    assert set(TOLERANCES) == set(TOLERATED)


@pytest.mark.parametrize("each", [*GRANTED, *TOLERATED.values()], ids=lambda each: each.name)
def test_every_freedom_and_tolerance_has_a_sentence_and_a_source(each: Any) -> None:
    assert each.sentence.endswith(".")
    assert any(word in each.cite for word in ("RFC 9293 §", "RFC 1337 §", "RFC 7413 §", "Linux ", "tcp_input.c"))


def _case(chance: random.Random) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return a TCB and a segment whose numbers lie close together."""
    near = chance.randrange(1 << 32)
    numbers = [(near + chance.randrange(-4, 5)) % (1 << 32) for _ in range(len(TCP.variables) + 2)]
    syn, no_ack, fin, rst = (chance.random() < 0.3 for _ in range(4))
    tcb = [numbers[i] if v.sort.name == "seq" else v.initial for i, v in enumerate(TCP.variables)]
    tcb[0], tcb[1], tcb[7] = chance.choice(STATES), chance.choice(("passive", "active")), chance.choice((0, 4, 10))
    return tuple(tcb), (*numbers[-2:], chance.choice((0, 0, 1, 3)), 4, syn, not no_ack, fin, rst)


@pytest.mark.parametrize("relation", [TCP, VARIANTS["rfc793"].relation], ids=["rfc9293", "rfc793"])
def test_where_no_choice_is_made_an_arrival_does_what_the_letter_says(relation: Any) -> None:
    letter = ConcreteReader(relation, 32, CONFORM_CALL_FIELDS)
    free = ConcreteReader(tolerant(granted(relation), tuple(TOLERATED)), 32, CONFORM_CALL_FIELDS)
    chance = random.Random(1)  # noqa: S311  # a test wants the same draws each time
    for _ in range(4000):
        tcb, segment = _case(chance)
        call = (7, 0, False, True, 0, 0, LETTER)
        assert free.run(tcb, "SEGMENT ARRIVES", segment, call) == letter.run(tcb, "SEGMENT ARRIVES", segment, call)


@pytest.mark.parametrize("choice", [*FREEDOMS, *TOLERANCES])
def test_a_choice_makes_no_two_rules_fire_and_leaves_no_segment_without_one(choice: str) -> None:
    letter = ConcreteReader(TCP, 32, CONFORM_CALL_FIELDS)
    free = ConcreteReader(ALL, 32, CONFORM_CALL_FIELDS)  # raises where two rules of a step fire
    chance = random.Random(choice)  # noqa: S311  # a test wants the same draws each time
    for _ in range(600):
        tcb, segment = _case(chance)
        call = (7, 0, False, True, 0, 0, choice)
        done, usual = free.run(tcb, "SEGMENT ARRIVES", segment, call), letter.run(tcb, "SEGMENT ARRIVES", segment, call)
        assert (done is None) <= (usual is None)


def test_the_base_relation_knows_nothing_of_choices() -> None:
    assert not any("CHOICE" in str(condition) for rule in TCP.rules for condition in rule.when)
