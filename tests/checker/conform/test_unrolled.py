from __future__ import annotations

import random
from typing import Any

import pytest

from checker.concrete import ConcreteReader
from checker.conform.unrolled import Unrolled
from spec.freedoms import CONFORM_CALL_FIELDS, FREEDOMS, LETTER, granted
from spec.language import Relation
from spec.tcp import TCP
from spec.variants import VARIANTS
from spec.vocabulary import STATES

RELATIONS = {"granted": granted(TCP), "granted rfc793": granted(VARIANTS["rfc793"].relation), "letter": TCP}


def _tcb(chance: random.Random, relation: Relation[Any], bits: int) -> tuple[Any, ...]:
    near = chance.randrange(1 << bits)
    value = {
        "bool": lambda: chance.random() < 0.2,
        "seq": lambda: (near + chance.randrange(-3, 4)) % (1 << bits),
        "nat": lambda: chance.choice((0, 0, 1, 2, 4)),
    }
    drawn = [
        chance.choice(v.sort.members) if v.sort.members else value[v.sort.name]() for v in relation.variables
    ]
    drawn[0] = chance.choice(STATES)
    drawn[-1] = chance.random() < 0.8
    return tuple(drawn)


@pytest.mark.parametrize("name", RELATIONS)
@pytest.mark.parametrize("bits", [4, 32])
def test_the_unrolled_reader_does_what_the_concrete_reader_does(name: str, bits: int) -> None:
    relation, chance = RELATIONS[name], random.Random(bits)  # noqa: S311  # a test wants the same draws each time
    plain = ConcreteReader(relation, bits, CONFORM_CALL_FIELDS, {"RCV.WND": 4})
    quick = Unrolled(relation, bits, CONFORM_CALL_FIELDS, {"RCV.WND": 4}, patience=1)
    events = [event.name for event in relation.events]
    fired: set[str] = set()
    for round_ in range(6000):
        if round_ % 20 == 0:  # the same discrete values meet several numbers: a function is written once for them
            tcb = _tcb(chance, relation, bits)
        near, bit = tcb[chance.choice((2, 3, 4, 5, 6))], lambda: chance.random() < 0.3
        numbers = [(near + chance.randrange(-4, 5)) % (1 << bits) for _ in range(4)]
        segment = (*numbers[:2], chance.choice((0, 0, 1, 3)), chance.randrange(5), bit(), not bit(), bit(), bit())
        choice = chance.choice((LETTER, *FREEDOMS))
        call = (numbers[2], chance.choice((0, 1, 2)), bit(), not bit(), numbers[3], chance.randrange(5), choice)
        event = chance.choice((*events, *["SEGMENT ARRIVES"] * len(events)))
        arrived = segment if event == "SEGMENT ARRIVES" else None
        expected = plain.run(tcb, event, arrived, call)
        found = quick.run(tcb, event, arrived, call)
        if expected is None:
            assert found is None
        else:
            assert found == (expected.tcb, expected.chain, expected.sent, expected.signals)
            fired |= set(expected.chain)
    assert len(fired) > 60
