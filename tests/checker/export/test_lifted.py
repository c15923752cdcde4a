"""Runs with numbers of the wire: the same run or none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.export import lifted
from checker.export.lifted import on_the_wire
from checker.reenact import schedule
from checker.replay import ReplayError
from checker.usage import UsageError
from spec.environment import Faults, User, active_open, passive_open, send
from spec.network import Network
from spec.scenarios import TUTORIAL_WORLD, WRAP
from spec.trace import FORGE, Trace
from tests.checker.export.dissected import random_run
from tests.checker.runs import A, Play, ghost_connection, open_and_close, timed, with_event, world

pytestmark = pytest.mark.usefixtures("compile_once")


def chains(trace: Trace) -> list[list[tuple[str, ...]]]:
    return [[event.chain for event in step.events] for step in trace.steps]


def narrow(bits: int, octets: int) -> Play:
    """Return a play at a small width in which B has taken `octets` octets of text, three at a time."""
    play = Play(replace(WRAP, seq_bits=bits))
    (syn,) = play.own(A, "OPEN", ACTIVE=True)
    (answer,) = play.deliver(syn)
    (ack,) = play.deliver(answer)
    play.deliver(ack)
    for _ in range(octets // 3):
        (text,) = play.own(A, "SEND", OCTETS=3)
        (ack,) = play.deliver(text)
        play.deliver(ack)
    return play


def test_a_run_of_32_bits_is_itself() -> None:
    trace = open_and_close().trace()
    assert on_the_wire(trace) == trace


def test_a_run_about_a_property_is_a_run() -> None:
    trace = ghost_connection()
    assert on_the_wire(trace) == replace(trace, property="", part=0)


def test_a_run_of_narrow_numbers_that_wrapped_goes_on_at_32_bits() -> None:
    trace = narrow(4, 18).trace()
    wide = on_the_wire(trace)
    assert wide.world.seq_bits == 32
    assert (schedule(wide), chains(wide)) == (schedule(trace), chains(trace))
    assert wide.tcb(A, len(wide.steps))["SND.UNA"] == 100 + 1 + 18


def test_a_run_that_needs_narrow_numbers_is_refused_with_the_step() -> None:
    play = narrow(4, 0)
    (first,) = play.own(A, "SEND", OCTETS=3)
    (ack,) = play.duplicate(first)
    play.deliver(ack)
    for _ in range(5):
        (text,) = play.own(A, "SEND", OCTETS=3)
        (ack,) = play.deliver(text)
        play.deliver(ack)
    play.deliver(first)  # sixteen numbers later its own have come round: RCV.NXT lies within it
    trace = play.trace()
    assert "D-1" in trace.steps[-1].events[0].chain
    with pytest.raises(
        UsageError, match=r"^step 23: at 32 bits, with the same ISNs, the run goes another way, and z3 finds no"
    ):
        on_the_wire(trace)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["attacked", "on the path"]), st.integers(0, 10_000), st.integers(1, 2**32 - 1))
def test_forged_segments_are_formed_anew_from_the_numbers_of_the_victim(name: str, seed: int, first: int) -> None:
    trace = random_run(name, seed)
    try:
        moved = on_the_wire(trace, (first, first))
    except UsageError as error:
        assert "goes another way" in str(error)  # noqa: PT017  # which of the two happens is not known here
        return
    assert chains(moved) == chains(trace)
    for step, old in zip(moved.steps, trace.steps, strict=True):
        if step.kind == FORGE:
            new, was = (run.segments[s.segment or 0].fields for run, s in ((moved, step), (trace, old)))
            shift = first - (300 if step.end == A else 100)
            assert (new["SEQ"] - was["SEQ"] - shift) % 2**32 == 0


def test_isns_that_make_it_another_run_are_refused_with_the_step() -> None:
    play = Play(world(User((active_open(),)), User((active_open(),)), Faults(), Network(capacity=4)))
    (syn,) = play.own(A, "OPEN", ACTIVE=True)
    (reset,) = play.deliver(syn)  # B is CLOSED: <SEQ=0><ACK=101><CTL=RST,ACK>
    (other,) = play.own(1, "OPEN", ACTIVE=True)
    (answer,) = play.deliver(other)
    play.deliver(reset)  # at 300 and a window of 4 it is not acceptable
    assert play.trace().steps[-1].events[0].chain == ("Q-1",)
    assert answer
    assert chains(on_the_wire(play.trace(), (100, 400))) == chains(play.trace())
    with pytest.raises(UsageError, match=r"^step 5: with ISNs 100 and 4294967295 the run goes another way\.$"):
        on_the_wire(play.trace(), (100, 2**32 - 1))


def test_a_window_that_makes_it_another_run_is_refused_with_the_step() -> None:
    play = Play(replace(TUTORIAL_WORLD, window=1, users=(User((active_open(), send(2))), User((passive_open(),)))))
    play.own(1, "OPEN")
    (syn,) = play.own(A, "OPEN", ACTIVE=True)
    (answer,) = play.deliver(syn)
    (ack,) = play.deliver(answer)
    play.deliver(ack)
    (text,) = play.own(A, "SEND", OCTETS=2)
    play.deliver(text)
    with pytest.raises(UsageError, match=r"^step 7: with a window of 9 octets, not 1, the run goes another way\.$"):
        on_the_wire(play.trace(), window=9)
    assert on_the_wire(play.trace(), window=1)


def test_what_the_other_world_does_not_permit_is_refused_with_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    trace, replays = open_and_close().trace(), iter([None, ReplayError("step 3 of 15: nobody may.")])

    def second_time(*_: object) -> None:
        if error := next(replays):
            raise error

    monkeypatch.setattr(lifted, "replay", second_time)
    with pytest.raises(UsageError, match=r"^step 3 of 15: nobody may, with ISNs 1 and 2 so that it is no run there\.$"):
        on_the_wire(trace, (1, 2))


def test_z3_cannot_choose_numbers_where_a_clock_ticks() -> None:
    pytest.importorskip("z3", reason="z3-solver is not installed")
    with pytest.raises(UsageError, match=r"^--isn solve, and z3 finds no others: world by-hand has a clock"):
        on_the_wire(timed().trace(), "solve")


def test_without_z3_one_line_says_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.usage.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"^--isn solve: needs the package z3-solver"):
        on_the_wire(ghost_connection(), "solve")


def test_what_is_no_run_does_not_replay() -> None:
    with pytest.raises(ReplayError):
        on_the_wire(with_event(open_and_close().trace(), 3, chain=("L-2",)))


def test_rules_that_select_an_iss_are_those_that_assign_it() -> None:
    from spec.variants import VARIANTS

    assert lifted.selects_iss(VARIANTS["three-way"].relation) == {"U-2", "U-3", "U-4", "L-3"}
