"""Variants with variables and events of their own, on TCBs and segments drawn at random: one rule a step, an answer."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.concrete import ConcreteReader, Values
from spec.language import Sort
from spec.tcp import TCP
from spec.variants import VARIANTS
from spec.vocabulary import CALL_FIELDS

BITS = 3
NAMES = [
    "hold", "tfo", "syn-cookies", "syn-cookies-unbound", "four-way-cookie",
    "backlog-drop", "backlog-drop-oldest", "backlog-reset", "sockets", "socket-calls",
    "accept-gate",
]  # fmt: skip


def drawn(name: str, sort: Sort) -> st.SearchStrategy[Any]:
    if sort.members:
        return st.sampled_from(("passive", "active") if sort.name == "origin" else sort.members)
    if sort.name == "bool":
        return st.booleans()
    return st.integers(0, {"seq": 2**BITS - 1, "nat": 4 if name == "RCV.WND" else 2}[sort.name])


@cache
def readers(name: str) -> tuple[ConcreteReader, ConcreteReader]:
    """Return readers of the variant and of its rules in the opposite order."""
    relation = VARIANTS[name].relation
    backwards = replace(relation, rules=relation.rules[::-1])
    return ConcreteReader(relation, BITS, CALL_FIELDS), ConcreteReader(backwards, BITS, CALL_FIELDS)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(derandomize=True, max_examples=250, deadline=None)
def test_an_event_has_one_outcome_and_every_arriving_segment_has_one(name: str, data: st.DataObject) -> None:
    relation = VARIANTS[name].relation
    reader, backwards = readers(name)
    tcb: Values = data.draw(st.tuples(*(drawn(v.name, v.sort) for v in relation.variables)))
    segment: Values = data.draw(st.tuples(*(drawn(field, sort) for field, sort in relation.message.items())))
    call: Values = data.draw(st.tuples(*(drawn(field, sort) for field, sort in CALL_FIELDS.items())))
    event = data.draw(st.sampled_from(["SEGMENT ARRIVES", *(event.name for event in relation.events)]))
    outcome = reader.run(tcb, event, segment, call)  # raises RulesOverlap when two rules of a step fire
    assert outcome == backwards.run(tcb, event, segment, call)
    assert outcome is not None or event != "SEGMENT ARRIVES"
    for variable, value in zip(relation.variables, outcome.tcb if outcome else (), strict=False):
        members = variable.sort.members
        assert value in members if members else 0 <= value < 2**BITS, variable.name


@pytest.mark.parametrize("name", NAMES)
def test_a_deleted_tcb_remembers_nothing_of_a_variant_either(name: str) -> None:
    relation = VARIANTS[name].relation
    own = {variable.name for variable in relation.variables} - {variable.name for variable in TCP.variables}
    assert own <= set(relation.forget["CLOSED"])


@pytest.mark.parametrize("name", NAMES)
def test_a_variant_is_a_patch_that_shows(name: str) -> None:
    relation = VARIANTS[name].relation
    changes = TCP.diff(relation)
    added = {rule.id for rule in relation.rules} - {rule.id for rule in TCP.rules}
    assert added <= {change.id for change in changes}
    most = 50 if name == "socket-calls" else 20  # seven calls, each with what refuses it
    assert 1 <= len({change.id for change in changes} - {"declarations"}) <= most
