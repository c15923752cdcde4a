"""Rules name no width of sequence numbers, and few bits tell as much as 32 while all numbers lie close."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.concrete import ConcreteReader, Values
from checker.explore.run import explore_world
from spec.environment import World
from spec.language import BOOL, NAT, SEQ, Expr, Sort
from spec.scenarios import REOPEN, TUTORIAL_WORLD
from spec.tcp import TCP
from spec.vocabulary import CALL_FIELDS

EIGHT, THIRTY_TWO = (ConcreteReader(TCP, bits, CALL_FIELDS) for bits in (8, 32))
OWN = {"ISS", "SND.UNA", "SND.NXT", "ISN", "ACK"}  # numbered by this end; the others by its peer
EVENTS = ["SEGMENT ARRIVES", *(event.name for event in TCP.events)]


def expressions() -> Iterator[Expr]:
    for rule in TCP.rules:
        yield from rule.when
        yield from (update.value for update in rule.then)
        yield from (value for message in rule.send for value in message.fields.values())


def test_the_only_numbers_in_the_rules_are_0_and_1() -> None:
    numbers = {
        part.payload
        for expression in expressions()
        for part in expression.walk()
        if part.op == "const" and part.sort in (NAT, SEQ)
    }
    assert numbers == {0, 1}


# --- the same outcome at 8 bits and at 32, reduced modulo 2^8, while everything lies within 60 numbers ------

TCB_FIELDS = {variable.name: variable.sort for variable in TCP.variables}
MESSAGE, CALL = dict(TCP.message), dict(CALL_FIELDS)
NUMBERS = st.integers(0, 2**32 - 1)
OF_SORT: dict[Sort, st.SearchStrategy[Any]] = {
    BOOL: st.booleans(),
    NAT: st.integers(0, 4),
    SEQ: st.integers(-60, 60),  # from where its end has begun
}


def record(fields: dict[str, Sort]) -> st.SearchStrategy[Values]:
    return st.tuples(*(st.sampled_from(s.members) if s.members else OF_SORT[s] for s in fields.values()))


def in_order(tcb: Values) -> Values:
    """Return the TCB with SND.UNA =< SND.NXT."""
    values = dict(zip(TCB_FIELDS, tcb, strict=True))
    values["SND.UNA"], values["SND.NXT"] = sorted([values["SND.UNA"], values["SND.NXT"]])
    return tuple(values.values())


def placed(values: Values, fields: dict[str, Sort], own: int, peer: int) -> Values:
    """Return the record at 32 bits, with this end's numbers round `own` and its peer's round `peer`."""
    return tuple(
        (value + (own if name in OWN else peer)) % 2**32 if sort == SEQ else value
        for value, (name, sort) in zip(values, fields.items(), strict=True)
    )


def reduced(values: Values, fields: dict[str, Sort]) -> Values:
    """Return the record with its sequence numbers modulo 2^8."""
    return tuple(v % 256 if sort == SEQ else v for v, sort in zip(values, fields.values(), strict=True))


@given(
    event=st.sampled_from(EVENTS),
    tcb=record(TCB_FIELDS).map(in_order),
    segment=record(MESSAGE),
    call=record(CALL),
    begun=st.tuples(NUMBERS, NUMBERS),
)
@settings(derandomize=True, max_examples=1000, deadline=None)
def test_eight_bits_tell_as_much_as_32(
    event: str, tcb: Values, segment: Values, call: Values, begun: tuple[int, int]
) -> None:
    wide = [placed(v, f, *begun) for v, f in ((tcb, TCB_FIELDS), (segment, MESSAGE), (call, CALL))]
    narrow = [reduced(v, f) for v, f in zip(wide, (TCB_FIELDS, MESSAGE, CALL), strict=True)]
    far, near = THIRTY_TWO.run(wide[0], event, *wide[1:]), EIGHT.run(narrow[0], event, *narrow[1:])
    if far is None or near is None:
        assert far is near
        return
    assert (near.chain, near.signals) == (far.chain, far.signals)
    assert near.tcb == reduced(far.tcb, TCB_FIELDS)
    assert near.sent == tuple(reduced(sent, MESSAGE) for sent in far.sent)


# --- the explorer's counts ----------------------------------------------------------------------------------


def counts(world: World, bits: int) -> tuple[int, int, int]:
    run = explore_world(TCP, replace(world, seq_bits=bits), ())
    assert run.complete
    return run.states, run.transitions, run.depth


@pytest.mark.parametrize("world", [TUTORIAL_WORLD, REOPEN], ids=lambda world: world.name)
def test_the_state_space_is_the_same_at_8_16_and_32_bits(world: World) -> None:
    assert counts(world, 8) == counts(world, 16) == counts(world, 32)


def test_a_space_of_a_few_numbers_has_hazards_that_a_wide_one_has_not() -> None:
    assert counts(TUTORIAL_WORLD, 3) != counts(TUTORIAL_WORLD, 32)
