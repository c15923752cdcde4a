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

TURNS = 120
RELATIONS = {"granted": granted(TCP), "granted rfc793": granted(VARIANTS["rfc793"].relation), "letter": TCP}


def _numbers(chance: random.Random, relation: Relation[Any], bits: int, discrete: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a TCB with these discrete values; its sequence numbers lie close together."""
    near = chance.randrange(1 << bits)
    drawn = []
    for variable, value in zip(relation.variables, discrete, strict=True):
        if variable.sort.name == "seq":
            drawn.append((near + chance.randrange(-3, 4)) % (1 << bits))
        else:
            drawn.append(chance.choice((0, 0, 1, 2, 4)) if variable.sort.name == "nat" else value)
    return tuple(drawn)


def _bit(chance: random.Random, likely: float = 0.3) -> bool:
    return chance.random() < likely


@pytest.mark.parametrize("name", RELATIONS)
@pytest.mark.parametrize("bits", [4, 32])
def test_the_unrolled_reader_does_what_the_concrete_reader_does(name: str, bits: int) -> None:
    relation, chance = RELATIONS[name], random.Random(bits)  # noqa: S311  # a test wants the same draws each time
    plain = ConcreteReader(relation, bits, CONFORM_CALL_FIELDS, {"RCV.WND": 4})
    quick = Unrolled(relation, bits, CONFORM_CALL_FIELDS, {"RCV.WND": 4}, patience=1)
    events = [event.name for event in relation.events]
    fired: set[str] = set()
    for _ in range(TURNS):  # writing a function takes a while: many numbers for each
        discrete = tuple(
            chance.choice(v.sort.members) if v.sort.members else _bit(chance, 0.2) for v in relation.variables
        )
        discrete = (chance.choice(STATES), *discrete[1:-1], _bit(chance, 0.8))
        controls = (_bit(chance), _bit(chance, 0.7), _bit(chance), _bit(chance))
        called = (_bit(chance), _bit(chance, 0.7), chance.choice((LETTER, *FREEDOMS)))
        event = chance.choice((*events, *["SEGMENT ARRIVES"] * len(events)))
        for _ in range(60):
            tcb = _numbers(chance, relation, bits, discrete)
            seq, ack, isn, again = ((tcb[i] + chance.randrange(-4, 5)) % (1 << bits) for i in (6, 4, 2, 4))
            arrived = (seq, ack, chance.choice((0, 0, 1, 3)), chance.randrange(5), *controls)
            call = (isn, chance.choice((0, 1, 2)), *called[:2], again, chance.randrange(5), called[2])
            segment = arrived if event == "SEGMENT ARRIVES" else None
            expected, found = plain.run(tcb, event, segment, call), quick.run(tcb, event, segment, call)
            if expected is None:
                assert found is None
            else:
                assert found == (expected.tcb, expected.chain, expected.sent, expected.signals)
                fired |= set(expected.chain)
    assert len(fired) > 40
