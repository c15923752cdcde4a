"""Replay under fault injection: real runs, damaged one way at a time, are refused with a sentence naming the step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.explore.run import explore_world
from checker.replay import ReplayError, replay
from checker.verify import Request, verify
from spec.environment import Faults, User, active_open, close, passive_open
from spec.properties import PROPERTIES
from spec.scenarios import CRASH, SCENARIOS
from spec.trace import DELIVER, LOSE, OWN, EventRecord, SentSegment, Trace, TraceStep
from spec.variants import VARIANTS
from tests.checker.runs import A, B, Play, check, cut, ghost_connection, open_and_close, refused, with_step, world

pytestmark = pytest.mark.usefixtures("compile_once")
GHOST, CLOSED_BY_HAND = ghost_connection(), open_and_close().trace()


def with_event(trace: Trace, number: int, **changes: Any) -> Trace:
    """Return the trace with the first event of its step `number` changed."""
    events = trace.steps[number - 1].events
    return with_step(trace, number, events=(replace(events[0], **changes), *events[1:]))


def other(value: Any) -> Any:
    """Return a value of the same sort that differs."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return "CLOSING" if isinstance(value, str) else ((9, 9),)


# --- real runs ----------------------------------------------------------------------------------------------------


def test_every_failing_trace_of_every_variant_in_the_tutorial_replays() -> None:
    result = verify(Request(tuple(VARIANTS), tuple(PROPERTIES), SCENARIOS["tutorial"]))
    failing = [v for v in result.all if v.judgement.word == "FAILS" and v.judgement.trace is not None]
    assert {"two-way", "two-way-strict", "four-way-split"} <= {v.variant for v in failing}
    for verdict in failing:
        trace = verdict.judgement.trace
        assert trace is not None
        assert (trace.property, trace.variant) == (verdict.about.id, verdict.variant)
        check(trace)


def test_the_runs_to_be_damaged_replay() -> None:
    check(GHOST)
    check(CLOSED_BY_HAND)


# --- one record wrong ---------------------------------------------------------------------------------------------


def places(trace: Trace) -> Iterator[tuple[int, EventRecord]]:
    """Yield each step that has events with its first event."""
    for number, step in enumerate(trace.steps, 1):
        if step.events:
            yield number, step.events[0]


@pytest.mark.parametrize("what", ["tcb", "ghosts"])
def test_every_wrong_value_of_a_tcb_or_ghost_is_refused(what: str) -> None:
    """One value of every event, going round, and every value of the last one."""
    last = len(CLOSED_BY_HAND.steps)
    for number, event in places(CLOSED_BY_HAND):
        record = getattr(event, what)
        names = list(record)
        for name in names if number == last else [names[number % len(names)]]:
            damaged = with_event(CLOSED_BY_HAND, number, **{what: {**record, name: other(record[name])}})
            refused(damaged, rf" {re.escape(name)} is .*, not ", number)


@pytest.mark.parametrize("number", [1, 3])
def test_every_wrong_field_and_ghost_of_a_segment_is_refused(number: int) -> None:
    segment = CLOSED_BY_HAND.segments[number]
    wrong = [replace(segment, fields={**segment.fields, n: other(v)}) for n, v in segment.fields.items()]
    wrong += [replace(segment, ghosts={**segment.ghosts, n: other(v)}) for n, v in segment.ghosts.items()]
    assert len(wrong) == 11
    for damaged in wrong:
        segments = tuple(damaged if s is segment else s for s in CLOSED_BY_HAND.segments)
        refused(replace(CLOSED_BY_HAND, segments=segments), "segment [A-Z]+.* is ", segment.step)


def test_a_segment_that_says_another_sender_step_or_number_is_refused() -> None:
    for segment in CLOSED_BY_HAND.segments[::3]:
        for wrong in (
            replace(segment, sender=1 - segment.sender),
            replace(segment, step=segment.step + 1),
            replace(segment, number=segment.number + 1),
        ):
            segments = tuple(wrong if s is segment else s for s in CLOSED_BY_HAND.segments)
            refused(replace(CLOSED_BY_HAND, segments=segments), f"segment {segment.number} ", segment.step)


def test_every_wrong_chain_is_refused() -> None:
    for number, event in places(CLOSED_BY_HAND):
        wrong = ((), (*event.chain, "T-4"), ("Q-1", *event.chain), event.chain[:-1])[number % 4]
        refused(with_event(CLOSED_BY_HAND, number, chain=wrong), "the rules that fire are", number)


def test_every_wrong_signal_is_refused() -> None:
    assert any(event.signals for _, event in places(CLOSED_BY_HAND))
    for number, event in places(CLOSED_BY_HAND):
        wrong = () if event.signals else ("connection reset",)
        refused(with_event(CLOSED_BY_HAND, number, signals=wrong), "the signals are", number)


def test_a_segment_too_few_or_too_many_is_refused() -> None:
    for number, event in places(CLOSED_BY_HAND):
        wrong = () if event.sent and number % 2 else (*event.sent, 0)
        refused(with_event(CLOSED_BY_HAND, number, sent=wrong), "number of segments", number)


def test_segments_must_be_numbered_in_order_of_sending() -> None:
    refused(with_event(CLOSED_BY_HAND, 4, sent=(1,)), "not numbered in order", 4)
    missing = replace(CLOSED_BY_HAND, segments=CLOSED_BY_HAND.segments[:-1])
    with pytest.raises(ReplayError, match=r"^step 13 of 15: "):
        check(missing)


@pytest.mark.parametrize("name", ["OCTETS", "ACTIVE", "REMOTE"])
def test_what_comes_with_an_event_is_checked(name: str) -> None:
    for number in (2, 3, 9, 15):
        call = CLOSED_BY_HAND.steps[number - 1].events[0].call
        wrong = with_event(CLOSED_BY_HAND, number, call={**call, name: other(call[name])})
        refused(wrong, "the user never makes this|comes with no call", number)


def test_a_wrong_isn_is_refused_everywhere() -> None:
    for number, event in places(CLOSED_BY_HAND):
        call = {**event.call, "ISN": event.call["ISN"] + 1}
        refused(with_event(CLOSED_BY_HAND, number, call=call), "the ISN on offer is", number)


def test_a_wrong_start_is_refused() -> None:
    (tcb, ghosts), b = CLOSED_BY_HAND.initial
    for name, value in tcb.items():
        damaged = replace(CLOSED_BY_HAND, initial=(({**tcb, name: other(value)}, ghosts), b))
        refused(damaged, f"TCB {name} is ", 0)


# --- one step wrong -----------------------------------------------------------------------------------------------

BAD_STEPS: dict[str, tuple[int, dict[str, Any], str]] = {
    "an event it does not have": (1, {"kind": "wait"}, "no kind of step"),
    "an own event with a segment": (3, {"kind": OWN}, "neither an event of an end's own nor a tick concerns a segment"),
    "an own event with a number": (1, {"segment": 0}, "neither an event of an end's own nor a tick concerns a segment"),
    "a segment never sent": (3, {"segment": 7}, "segment 7 is not in flight"),
    "no segment": (3, {"segment": None}, "segment None is not in flight"),
    "the wrong end": (3, {"end": A}, "does not travel to this end"),
    "a loss with an event": (3, {"kind": LOSE}, "a lost segment causes no event"),
    "a loss without a budget": (3, {"kind": LOSE, "events": ()}, "no loss is left in the budget of 0"),
    "a duplicate without a budget": (3, {"kind": "duplicate"}, "no duplicate is left in the budget of 0"),
    "nothing": (2, {"events": ()}, "nothing happens"),
    "two events": (9, {"events": CLOSED_BY_HAND.steps[8].events * 2}, "cannot follow by itself"),
    "a third end": (2, {"end": 2}, "2 is not an end"),
    "no end": (3, {"kind": LOSE, "events": (), "end": None}, "None is not an end"),
    "the last end": (2, {"end": -1}, "-1 is not an end"),
    "the other end's call": (2, {"end": B}, "is not|is .*, not|never makes"),
}


@pytest.mark.parametrize("name", BAD_STEPS)
def test_a_step_that_cannot_be_is_refused(name: str) -> None:
    number, changes, words = BAD_STEPS[name]
    refused(with_step(CLOSED_BY_HAND, number, **changes), words, number)


def test_a_delivery_that_is_no_segment_arrives_is_refused() -> None:
    refused(with_event(CLOSED_BY_HAND, 3, event="CLOSE"), "a delivery must be SEGMENT ARRIVES", 3)


def test_segment_arrives_needs_a_delivery() -> None:
    refused(with_event(CLOSED_BY_HAND, 1, event="SEGMENT ARRIVES"), "only by a delivery", 1)


def test_an_event_that_does_not_exist_is_refused() -> None:
    refused(with_event(CLOSED_BY_HAND, 1, event="PANIC"), "PANIC", 1)


def test_a_segment_delivered_twice_is_refused() -> None:
    for number, step in enumerate(CLOSED_BY_HAND.steps, 1):
        if step.kind == DELIVER:
            steps = (*CLOSED_BY_HAND.steps[:number], step)
            refused(replace(CLOSED_BY_HAND, steps=steps), f"segment {step.segment} is not in flight")


def test_every_step_left_out_is_refused() -> None:
    for number in range(1, len(CLOSED_BY_HAND.steps) - 1):
        steps = CLOSED_BY_HAND.steps[: number - 1] + CLOSED_BY_HAND.steps[number:]
        with pytest.raises(ReplayError, match=r"^step \d+ of 14: .+\.$"):
            check(replace(CLOSED_BY_HAND, steps=steps))


def test_every_step_repeated_is_refused() -> None:
    for number, step in enumerate(CLOSED_BY_HAND.steps, 1):
        steps = (*CLOSED_BY_HAND.steps[:number], step, *CLOSED_BY_HAND.steps[number:])
        refused(replace(CLOSED_BY_HAND, steps=steps), "", number + 1)


def test_other_rules_refuse_the_run() -> None:
    with pytest.raises(ReplayError, match=r"^step 3 of 15: the rules|^step 3 of 15: TCB"):
        replay(CLOSED_BY_HAND, VARIANTS["two-way"].relation)


# --- what the run claims ------------------------------------------------------------------------------------------


def test_a_run_that_stops_short_does_not_show_its_claim() -> None:
    refused(cut(GHOST, len(GHOST.steps) - 1), "does not show what it says of P-01")


def test_an_event_added_to_a_violating_step_does_not_show_its_claim() -> None:
    shown = next(
        v.judgement.trace
        for v in verify(Request(("fin-in-ack2",), ("P-20",), SCENARIOS["tutorial"])).all
        if v.judgement.trace is not None
    )
    added = Play(shown.world, shown.variant)
    for step in shown.steps:
        event = step.events[0]
        if step.segment is None:
            added.own(step.end, event.event, **{n: v for n, v in event.call.items() if n != "ISN"})
        else:
            added.deliver(step.segment)
    check(added.trace("P-20"))
    added.own(A, "CLOSE") if added.state(A) == "ESTABLISHED" else added.own(B, "SEND", OCTETS=1)
    refused(added.trace("P-20"), "does not show what it says of P-20")


@pytest.mark.parametrize("claim", [("P-04", 0), ("P-06", 0), ("P-06", 1), ("P-07", 6), ("P-18", 0)], ids=str)
def test_a_claim_about_another_property_or_part_is_refused(claim: tuple[str, int]) -> None:
    refused(replace(GHOST, property=claim[0], part=claim[1]), f"does not show what it says of {claim[0]}")


def test_a_run_of_rules_that_keep_the_property_does_not_show_its_claim() -> None:
    refused(open_and_close().trace("P-01"), "does not show what it says of P-01")


HOLES: dict[str, Trace] = {
    "a segment that no step sends": replace(
        CLOSED_BY_HAND,
        segments=(*CLOSED_BY_HAND.segments, replace(CLOSED_BY_HAND.segments[0], number=len(CLOSED_BY_HAND.segments))),
    ),
    "a ghost that does not begin at its initial value": replace(
        CLOSED_BY_HAND,
        initial=((CLOSED_BY_HAND.initial[0][0], {**CLOSED_BY_HAND.initial[0][1], "INC": 7}), CLOSED_BY_HAND.initial[1]),
    ),
    "a TCB without a variable": with_event(
        CLOSED_BY_HAND,
        1,
        tcb={name: value for name, value in CLOSED_BY_HAND.steps[0].events[0].tcb.items() if name != "SND.NXT"},
    ),
    "a TCB with a variable too many": with_event(
        CLOSED_BY_HAND, 1, tcb={**CLOSED_BY_HAND.steps[0].events[0].tcb, "SND.OOPS": 1}
    ),
}


@pytest.mark.parametrize("name", HOLES)
def test_a_record_with_other_names_is_refused(name: str) -> None:
    with pytest.raises(ReplayError):
        check(HOLES[name])


def test_the_order_of_the_fields_of_a_call_does_not_matter() -> None:
    call = CLOSED_BY_HAND.steps[1].events[0].call
    check(with_event(CLOSED_BY_HAND, 2, call=dict(reversed(call.items()))))


# --- any number wrong ---------------------------------------------------------------------------------------------

Path = tuple[Any, ...]


def numbers(thing: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every number and truth value in a trace."""
    if isinstance(thing, (bool, int)):
        yield path
    elif isinstance(thing, dict):
        for name, value in thing.items():
            yield from numbers(value, (*path, name))
    elif isinstance(thing, tuple):
        for i, value in enumerate(thing):
            yield from numbers(value, (*path, i))
    elif isinstance(thing, (TraceStep, EventRecord, SentSegment)):
        for field in fields(thing):
            yield from numbers(getattr(thing, field.name), (*path, field.name))


def put(thing: Any, path: Path, value: Any) -> Any:
    """Return the thing with the value at a path."""
    if not path:
        return value
    head, rest = path[0], path[1:]
    if isinstance(thing, tuple):
        return (*thing[:head], put(thing[head], rest, value), *thing[head + 1 :])
    if isinstance(thing, dict):
        return {**thing, head: put(thing[head], rest, value)}
    return replace(thing, **{head: put(getattr(thing, head), rest, value)})


CRASHING = next(
    trace
    for (old, new), trace in explore_world(
        VARIANTS["three-way"].relation, CRASH, [PROPERTIES["P-02"]], variant="three-way"
    ).edges.items()
    if (old, new) == ("ESTABLISHED", "CLOSED")
)


def lost() -> Trace:
    """Return a run whose SYN is lost, sent again and taken twice."""
    faults = Faults(losses=1, duplicates=1, retransmissions=1)
    play = Play(world(User((active_open(), close())), User((passive_open(), close())), faults))
    play.own(B, "OPEN")
    play.own(A, "OPEN", ACTIVE=True)
    play.lose(0)
    (again,) = play.own(A, "RETRANSMISSION TIMEOUT")
    play.duplicate(again)
    play.deliver(again)
    return play.trace()


LOST = lost()
VICTIMS = (GHOST, CLOSED_BY_HAND, LOST, CRASHING)
PLACES = [
    (victim, (part, *path))
    for victim, trace in enumerate(VICTIMS)
    for part in ("segments", "steps")
    for path in numbers(getattr(trace, part))
]


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(PLACES), st.one_of(st.integers(-2, 400), st.integers(0, 2**33), st.booleans(), st.none()))
def test_any_wrong_number_is_refused(place: tuple[int, Path], value: Any) -> None:
    victim, path = place
    trace = VICTIMS[victim]
    damaged = put(trace, path, value)
    if damaged == trace:
        check(damaged)
    else:
        with pytest.raises(ReplayError, match=r"^step \d+ of \d+: "):
            check(damaged)
