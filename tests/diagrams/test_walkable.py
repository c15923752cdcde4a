"""Traces as graphs of one path: states, steps, segments and changes of state are those of the trace."""

from __future__ import annotations

from typing import Any

import pytest

from diagrams.sequence import message_sequence, show_segment
from diagrams.states import DRAWN_KIND, NOT_DRAWN, UNREACHABLE
from diagrams.walkable import Numbered, Walkable, from_trace
from spec.ghosts import CRASH
from spec.trace import DELIVER, DUPLICATE, FORGE, LOSE, OWN, TICK, Trace
from spec.variants import VARIANTS
from tests.checker.runs import A, Play, ghost_connection, open_and_close, timed

pytestmark = pytest.mark.usefixtures("compile_once")


def walk_of(trace: Trace) -> Walkable:
    return from_trace(trace, VARIANTS[trace.variant].relation, message_sequence(trace))


def shown(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("play", [open_and_close, timed])
def test_every_state_is_the_traces(play: Any) -> None:
    trace = play().trace()
    walk = walk_of(trace)
    assert len(walk.nodes) == len(trace.steps) + 1
    for number, node in enumerate(walk.nodes):
        for end in (0, 1):
            values = walk.locals[node.ends[end]].values
            assert values == tuple(shown(value) for value in trace.tcb(end, number).values())
        assert node.flying == trace.in_flight(number)
        assert node.edges == (((number, number + 1),) if number < len(trace.steps) else ())
    assert [name for name, _, _ in walk.variables] == list(trace.tcb(0, 0))
    assert walk.path == (0,) * len(trace.steps)


@pytest.mark.parametrize("play", [open_and_close, timed])
def test_every_step_is_the_traces(play: Any) -> None:
    trace = play().trace()
    walk = walk_of(trace)
    for move, step in zip(walk.moves, trace.steps, strict=True):
        assert (move.kind, move.end, move.segment) == (step.kind, step.end, step.segment)
        assert [h.rules for h in move.happenings] == [event.chain for event in step.events]
        assert [h.sent for h in move.happenings] == [event.sent for event in step.events]
        assert [h.state for h in move.happenings] == [event.tcb["STATE"] for event in step.events]
    assert [segment.text for segment in walk.segments] == [show_segment(segment) for segment in trace.segments]


def test_segments_are_named_whole_and_by_their_bits() -> None:
    walk = walk_of(open_and_close().trace())
    texts = {segment.short: (segment.to, segment.text) for segment in reversed(walk.segments)}
    assert texts["SYN"] == (1, "<SEQ=100><CTL=SYN>")
    assert texts["SYN,ACK"] == (0, "<SEQ=300><ACK=101><CTL=SYN,ACK>")
    assert texts["ACK DATA=1"] == (1, "<SEQ=101><ACK=301><DATA=1><CTL=ACK>")


def test_steps_are_said_in_words() -> None:
    said = {move.kind: (move.says, move.brief) for move in reversed(walk_of(timed().trace()).moves)}
    assert said[OWN][0] == "B (OPEN passive)"
    assert said[TICK] == ("a tick of the clock", "a tick of the clock")
    assert said[DELIVER] == ("B receives <SEQ=100><CTL=SYN>", "B receives SYN")
    assert said[FORGE] == ("A receives <SEQ=302><CTL=SYN> (forged)", "A receives SYN (forged)")
    play = Play(timed().world)
    play.own(A, "OPEN", ACTIVE=True)
    play.duplicate(0)
    play.lose(0)
    kinds = {move.kind: move for move in walk_of(play.trace()).moves}
    assert kinds[DUPLICATE].notes == ("duplicate",)
    assert kinds[LOSE].says == "the network loses <SEQ=100><CTL=SYN> to B"


def test_a_stale_segment_is_told_apart() -> None:
    move = walk_of(ghost_connection()).moves[-1]
    assert (move.look, move.notes) == ("stale", ("stale",))
    assert move.says.endswith("(stale)")


def test_the_diagram_has_the_changes_of_the_run() -> None:
    walk = walk_of(open_and_close().trace())
    kinds = {(edge.source, edge.target): edge.kind for edge in walk.diagram.edges}
    taken = {pair for move in walk.moves for pair in move.changes}
    assert ("SYN-SENT", "ESTABLISHED") in taken
    assert {pair for pair, kind in kinds.items() if kind in (DRAWN_KIND, NOT_DRAWN)} == taken
    assert kinds["FIN-WAIT-1", "CLOSING"] == UNREACHABLE
    assert all(edge.times is None for edge in walk.diagram.edges)


def test_rules_are_told_with_title_and_citation_and_a_crash_is_none() -> None:
    walk = walk_of(open_and_close().trace())
    fired = {rule for move in walk.moves for happening in move.happenings for rule in happening.rules}
    assert {note.id for note in walk.rules} == fired
    rule = next(note for note in walk.rules if note.id == "L-3")
    assert (rule.title, rule.cite) == ("A SYN in LISTEN is answered by SYN,ACK.", "RFC 9293 §3.10.7.2, third")
    play = Play(timed().world)
    play.own(A, "OPEN", ACTIVE=True)
    play.own(A, CRASH.name)
    crashed = walk_of(play.trace())
    assert crashed.moves[-1].changes == ()
    assert crashed.rules[-1].title == "CRASH: no rule of TCP"


def test_things_are_numbered_as_they_are_met() -> None:
    things = Numbered[str]()
    assert [things.number(word) for word in ("a", "b", "a", "c")] == [0, 1, 0, 2]
    assert things.things == ("a", "b", "c")
