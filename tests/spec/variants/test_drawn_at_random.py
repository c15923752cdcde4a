"""Patched relations on TCBs and segments drawn at random: one rule a step, and an answer to everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

import pytest

from checker.concrete import ConcreteReader, Values
from spec.language import Sort
from spec.variants import VARIANTS, acknowledging, time_wait, timers
from spec.vocabulary import CALL_FIELDS

BITS = 4
PATCHED = [variant.name for group in (time_wait, acknowledging, timers) for variant in group.VARIANTS]


def drawn(random: Random, sorts: Iterable[Sort]) -> Values:
    """Return a record; its sequence numbers lie close together, round 0, so that they often meet."""
    others: dict[str, Callable[[], object]] = {
        "bool": lambda: random.random() < 0.5,
        "seq": lambda: random.randint(-2, 3) % 2**BITS,
        "nat": lambda: random.randint(0, 4),
    }
    return tuple(random.choice(sort.members) if sort.members else others[sort.name]() for sort in sorts)


@pytest.mark.parametrize("variant", [*PATCHED, "linux-like"])
def test_no_two_rules_of_a_step_fire_and_every_segment_is_handled(variant: str) -> None:
    relation, random = VARIANTS[variant].relation, Random(variant)  # noqa: S311  # a test's cases, no secrets
    reader = ConcreteReader(relation, BITS, CALL_FIELDS)
    for number in range(5000):
        tcb = drawn(random, (variable.sort for variable in relation.variables))
        segment, call = drawn(random, relation.message.values()), drawn(random, CALL_FIELDS.values())
        assert reader.run(tcb, "SEGMENT ARRIVES", segment, call) is not None  # raises RulesOverlap when two rules fire
        reader.run(tcb, relation.events[number % len(relation.events)].name, segment, call)
