"""Message sequences: every step a row, every segment with a fate, numbers relative where asked."""

from __future__ import annotations

from collections import Counter

import pytest

from diagrams.sequence import ARRIVED, COPY, FLYING, GAP, LOST, RELATIVE, Ladder, message_sequence, spread
from spec.trace import DELIVER, DUPLICATE, FORGE, LOSE, OWN, Trace
from tests.checker.runs import ghost_connection, war
from tests.diagrams.runs import traces


def test_every_step_is_a_row_with_its_events() -> None:
    for trace in traces():
        ladder = message_sequence(trace)
        assert [row.number for row in ladder.rows] == list(range(1, len(trace.steps) + 1))
        for row, step in zip(ladder.rows, trace.steps, strict=True):
            assert (row.kind, row.end, row.segment) == (step.kind, step.end, step.segment)
            assert [h.rules for h in row.happenings] == [event.chain for event in step.events]
            assert [bool(h.event) for h in row.happenings][:1] == ([step.kind == OWN] if step.events else [])


def test_every_arrival_and_loss_is_a_fate_of_its_segment() -> None:
    words = {DELIVER: ARRIVED, FORGE: ARRIVED, DUPLICATE: COPY, LOSE: LOST}
    seen: Counter[str] = Counter()
    for trace in traces():
        ladder = message_sequence(trace)
        fates = {(m.number, fate.step): fate.word for m in ladder.messages for fate in m.fates}
        for number, step in enumerate(trace.steps, 1):
            if step.segment is not None:
                assert fates[step.segment, number] == words[step.kind]
                seen[step.kind] += 1
        assert all(message.fates for message in ladder.messages)
        flying = {m.number for m in ladder.messages for fate in m.fates if fate.word == FLYING}
        assert flying <= set(trace.in_flight(len(trace.steps)))
    assert set(seen) >= {DELIVER, DUPLICATE, LOSE}


def test_a_state_is_said_when_it_is_entered() -> None:
    for trace in traces():
        states = [trace.tcb(0, 0)["STATE"], trace.tcb(1, 0)["STATE"]]
        for row in message_sequence(trace).rows:
            for happening in row.happenings:
                assert happening.entered == (happening.state != states[happening.end])
                states[happening.end] = happening.state


def texts(ladder: Ladder) -> list[str]:
    return [message.text for message in ladder.messages]


def test_numbers_can_be_counted_from_the_iss() -> None:
    trace = ghost_connection()
    assert texts(message_sequence(trace))[0] != "<SEQ=0><CTL=SYN>"
    for text in texts(message_sequence(trace, numbers=RELATIVE)):
        if "SYN" in text:
            assert text.startswith("<SEQ=0>")
        if "ACK=" in text and "RST" not in text:
            assert "<ACK=1>" in text or "<ACK=2>" in text


def test_a_lasso_keeps_its_loop() -> None:
    trace: Trace = war()
    assert message_sequence(trace).loop == trace.loop is not None


@pytest.mark.parametrize("places", [[1, 2, 4], [2, 3, 4], [1, 3, 5]])
def test_rows_can_be_spread_to_stand_beside_others(places: list[int]) -> None:
    ladder = message_sequence(ghost_connection())
    places = [*places, *range(places[-1] + 1, places[-1] + 1 + len(ladder.rows) - len(places))][: len(ladder.rows)]
    count = places[-1] + 2
    moved = spread(ladder, places, count, {count: "nothing more"})
    assert [row.number for row in moved.rows] == list(range(1, count + 1))
    assert [row.number for row in moved.rows if row.kind != GAP] == places
    assert moved.rows[-1].said == "nothing more"
    for old, new in zip(ladder.messages, moved.messages, strict=True):
        assert new.step == places[old.step - 1]
        for before, after in zip(old.fates, new.fates, strict=True):
            wanted = count + 1 if before.step == len(places) + 1 else places[before.step - 1]
            assert after.step == wanted
