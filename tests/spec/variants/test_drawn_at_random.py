"""Patched relations on TCBs and segments drawn at random: one rule a step, and an answer to everything."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.concrete import ConcreteReader, Values
from spec.language import Sort
from spec.variants import VARIANTS, acknowledging, time_wait, timers
from spec.vocabulary import CALL_FIELDS

BITS = 4
PATCHED = [variant.name for group in (time_wait, acknowledging, timers) for variant in group.VARIANTS]
OF_SORT = {"bool": st.booleans(), "seq": st.integers(0, 2**BITS - 1), "nat": st.integers(0, 4)}


def record(sorts: Iterable[Sort]) -> st.SearchStrategy[Values]:
    return st.tuples(*(st.sampled_from(sort.members) if sort.members else OF_SORT[sort.name] for sort in sorts))


@pytest.mark.parametrize("variant", [*PATCHED, "linux-like"])
def test_no_two_rules_of_a_step_fire_and_every_segment_is_handled(variant: str) -> None:
    relation = VARIANTS[variant].relation
    reader = ConcreteReader(relation, BITS, CALL_FIELDS)
    tcbs, segments, calls = (
        record(sorts)
        for sorts in ((v.sort for v in relation.variables), relation.message.values(), CALL_FIELDS.values())
    )

    @settings(derandomize=True, max_examples=200, deadline=None)
    @given(tcb=tcbs, segment=segments, call=calls)
    def handled(tcb: Values, segment: Values, call: Values) -> None:
        assert reader.run(tcb, "SEGMENT ARRIVES", segment, call) is not None  # raises RulesOverlap when two rules fire
        for event in relation.events:
            reader.run(tcb, event.name, segment, call)

    handled()
