"""The relation as a whole, on TCBs and segments drawn at random: one rule a step, a sound result."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from checker.concrete import ConcreteReader, Outcome, Values
from spec.language import BOOL, Sort
from spec.tcp import TCP
from spec.vocabulary import CALL_FIELDS, OPEN

BITS = 3
READER = ConcreteReader(TCP, BITS, CALL_FIELDS)
BACKWARDS = ConcreteReader(replace(TCP, rules=TCP.rules[::-1]), BITS, CALL_FIELDS)
EVENTS = [event.name for event in TCP.events]

OF_SORT: dict[str, st.SearchStrategy[Any]] = {
    "bool": st.booleans(),
    "seq": st.integers(0, 2**BITS - 1),
    "nat": st.integers(0, 2),
    "TCP state": st.sampled_from(TCP.states),
    "origin": st.sampled_from(["passive", "active"]),
}
WINDOWS = st.integers(0, 4)  # half of the space, as at 32 bits a window is less than half
TCBS = st.tuples(*(WINDOWS if v.name == "RCV.WND" else OF_SORT[v.sort.name] for v in TCP.variables))
SEGMENTS = st.tuples(*(OF_SORT[sort.name] for sort in TCP.message.values()))
CALLS = st.tuples(*(OF_SORT[sort.name] for sort in CALL_FIELDS.values()))
DRAWN = {
    "tcb": TCBS,
    "event": st.sampled_from(["SEGMENT ARRIVES", *EVENTS]),
    "segment": SEGMENTS,
    "call": CALLS,
}


def settled(examples: int) -> settings:
    return settings(derandomize=True, max_examples=examples, deadline=None)


def in_sort(value: object, sort: Sort) -> bool:
    if sort.members:
        return value in sort.members
    if sort == BOOL:
        return value in (True, False)
    return isinstance(value, int) and 0 <= value < 2**BITS


def steps_of(outcome: Outcome) -> list[int]:
    """Return where in its event's processing each rule of the chain stands."""
    steps = TCP.steps_of(TCP.event(outcome.event))
    return [min(steps.index(step) for step in TCP.rule(i).steps if step in steps) for i in outcome.chain]


@given(**DRAWN)
@settled(2000)
def test_an_event_has_one_outcome_in_whatever_order_the_rules_stand(
    tcb: Values, event: str, segment: Values, call: Values
) -> None:
    outcome = READER.run(tcb, event, segment, call)  # raises RulesOverlap when two rules of a step fire
    assert outcome == READER.run(tcb, event, segment, call)
    assert outcome == BACKWARDS.run(tcb, event, segment, call)
    if outcome is None:
        return
    for variable, value in zip(TCP.variables, outcome.tcb, strict=True):
        assert in_sort(value, variable.sort), variable.name
    for sent in outcome.sent:
        assert all(in_sort(value, sort) for value, sort in zip(sent, TCP.message.values(), strict=True))
    places = steps_of(outcome)
    assert places == sorted(set(places)), "each rule of the chain is of a later step"


@given(tcb=TCBS, segment=SEGMENTS, call=CALLS)
@settled(1000)
def test_every_arriving_segment_is_handled_by_some_rule(tcb: Values, segment: Values, call: Values) -> None:
    assert READER.run(tcb, "SEGMENT ARRIVES", segment, call) is not None


@given(tcb=TCBS, call=CALLS)
@settled(500)
def test_every_user_call_has_an_answer(tcb: Values, call: Values) -> None:
    known, came = dict(zip(READER.index, tcb, strict=True)), dict(zip(CALL_FIELDS, call, strict=True))
    assume(not (known["STATE"] == "SYN-SENT" and known["CLOSE.QUEUED"]))  # a CLOSE in SYN-SENT deletes the TCB
    for event in TCP.events:
        silent = event == OPEN.event and known["STATE"] == "LISTEN" and came["REMOTE"] and not came["ACTIVE"]
        if event.kind == "call" and not silent:  # RFC 9293 §3.10.1 does not say what a second passive OPEN does
            assert READER.run(tcb, event.name, None, call) is not None, event.name
