"""Endless runs in replay: an honest one is accepted, a tampered one is refused with one sentence that says why."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from checker.explore.run import explore_world
from checker.replay import ReplayError, replay
from spec.attackers import FLOOD, Attacker
from spec.environment import Faults, IsnPolicy, User, UserCall, World, active_open, close, passive_open, receive, send
from spec.language import negated
from spec.language.beside import Part, Property, leads_to, no_delivery_cycle
from spec.network import BAG, FIFO, SET, Network
from spec.properties import PROPERTIES
from spec.scenarios import LIVE_CLOSE, LIVE_HALF_OPEN, LIVE_REOPEN, LIVE_SIMULTANEOUS
from spec.trace import TICK, Trace, TraceStep
from spec.variants import VARIANTS
from spec.variants.listening import BACKLOG_FULL
from spec.vocabulary import SEND, STATE, State
from tests.checker.runs import A, B, Play, world

pytestmark = pytest.mark.usefixtures("compile_once")
AGAIN = "RETRANSMISSION TIMEOUT"
FOR_EVER = Faults(retransmissions=None)
CALLER, NOBODY = User((active_open(),)), User(())
ALONE = world(CALLER, NOBODY, FOR_EVER)
DELIVERED = ("FC", "FT", "FF")


def leaves(state: State, *fairness: str) -> Part:
    """Return the claim that a state is left sooner or later."""
    here = STATE.isin((state,))
    return leads_to(negated(here), given=(here,), fairness=fairness)


def accept(trace: Trace, claim: Part) -> None:
    replay(trace, VARIANTS[trace.variant].relation, claim)


def refuse(trace: Trace, claim: Part, words: str) -> None:
    with pytest.raises(ReplayError) as caught:
        accept(trace, claim)
    sentence = str(caught.value)
    assert re.fullmatch(r"step \d+ of \d+: [^\n]+[^.]\.", sentence), sentence
    assert words in sentence, sentence


def endless(play: Play, loop: int | None = None) -> Trace:
    """Return the run so far, which goes back to a step for ever; unless told otherwise, it stutters."""
    trace = play.trace("P-0")
    return replace(trace, loop=len(trace.steps) if loop is None else loop)


def tick(play: Play) -> None:
    play.steps.append(TraceStep(TICK, 0, None, ()))


def calling(where: World = ALONE, variant: str = "silent-closed") -> Play:
    """Return a play in which A has sent its SYN, segment 0, to an end that does not answer."""
    play = Play(where, variant)
    play.own(A, "OPEN", ACTIVE=True)
    return play


def in_vain() -> Play:
    """Return a play in which A's SYN arrives and is sent again: the last two steps can go on for ever."""
    play = calling()
    play.deliver(0)
    play.own(A, AGAIN)
    return play


# --- a loop by hand -------------------------------------------------------------------------------------------------


def test_an_honest_loop_is_accepted() -> None:
    accept(endless(in_vain(), 1), leaves("SYN-SENT", *DELIVERED))


@pytest.mark.parametrize("start", [0, 2])
def test_a_loop_that_begins_elsewhere_does_not_close(start: int) -> None:
    refuse(endless(in_vain(), start), leaves("SYN-SENT", *DELIVERED), "the loop does not come back to its start")


@pytest.mark.parametrize("start", [-1, 4, 99])
def test_a_loop_begins_at_a_step_of_the_run(start: int) -> None:
    refuse(endless(in_vain(), start), leaves("SYN-SENT", *DELIVERED), f"the run cannot go back to step {start}")


def test_a_loop_without_one_of_its_steps_is_refused() -> None:
    trace = endless(in_vain(), 1)
    opened, arrived, again = trace.steps
    late = replace(trace.segments[1], step=2)
    undelivered = replace(trace, steps=(opened, again), segments=(trace.segments[0], late))
    refuse(undelivered, leaves("SYN-SENT", *DELIVERED), "a copy of what is sent again is in flight")
    unsent = replace(trace, steps=(opened, arrived), segments=trace.segments[:1])
    refuse(unsent, leaves("SYN-SENT", *DELIVERED), "the loop does not come back to its start")


def test_a_run_about_what_never_ends_has_a_loop_and_no_other_has_one() -> None:
    refuse(in_vain().trace("P-0"), leaves("SYN-SENT", *DELIVERED), "a run about what never ends has a loop")
    for claim in (None, PROPERTIES["P-01"].parts[0]):
        with pytest.raises(ReplayError, match="and no other has one"):
            replay(endless(in_vain(), 1), VARIANTS["silent-closed"].relation, claim)


# --- what it shows --------------------------------------------------------------------------------------------------


def test_a_loop_shows_nothing_of_a_state_that_it_never_saw() -> None:
    refuse(endless(in_vain(), 1), leaves("ESTABLISHED", *DELIVERED), "the run does not show what it says of P-0")


def test_a_loop_shows_nothing_where_what_should_follow_holds_at_once() -> None:
    same = leads_to(STATE == "SYN-SENT", given=(STATE == "SYN-SENT",), fairness=DELIVERED)
    refuse(endless(in_vain(), 1), same, "the run does not show what it says of P-0")


def test_what_should_follow_may_follow_in_the_next_round() -> None:
    """A flood fills the listener's backlog, which is emptied again, for ever."""
    flood = Attacker(FLOOD, None, (B,))
    play = Play(world(NOBODY, User((), listens=True), FOR_EVER, attacker=flood), "backlog-drop")
    play.own(B, "SPOOFED SYN")
    play.own(B, "HALF-OPEN TIMEOUT")
    empty = leads_to(BACKLOG_FULL, given=(STATE == "LISTEN", negated(BACKLOG_FULL)), fairness=("FT", "FF"))
    full = replace(empty, given=(BACKLOG_FULL,), holds=(negated(BACKLOG_FULL),))
    for claim in (empty, full):
        refuse(endless(play, 0), claim, "does not show")
    accept(endless(play, 2), empty)


def test_what_should_follow_may_have_come_on_the_stem() -> None:
    """In LISTEN before its SYN, never again after it."""
    play = Play(world(User((passive_open(), active_open())), NOBODY, FOR_EVER), "silent-closed")
    play.own(A, "OPEN")
    play.own(A, "OPEN", ACTIVE=True)
    play.deliver(0)
    play.own(A, AGAIN)
    listens = STATE == "LISTEN"
    accept(endless(play, 2), leads_to(listens, given=(STATE == "SYN-SENT",), fairness=DELIVERED))
    active = STATE == "SYN-SENT"
    refuse(endless(play, 2), leads_to(active, given=(listens,), fairness=DELIVERED), "does not show")


# --- fairness -------------------------------------------------------------------------------------------------------


def test_a_segment_in_flight_for_ever_is_delivered() -> None:
    refuse(endless(calling()), leaves("SYN-SENT", *DELIVERED), "FC is violated: ")
    accept(endless(calling()), leaves("SYN-SENT", "FT", "FF"))


def test_a_timer_that_can_always_fire_fires() -> None:
    play = calling()
    play.deliver(0)
    words = f"FT is violated: (0, '{AGAIN}') could happen again and again and does not"
    refuse(endless(play), leaves("SYN-SENT", *DELIVERED), words)
    accept(endless(play), leaves("SYN-SENT", "FC", "FF"))


def test_a_timer_of_one_end_that_fires_again_and_again_is_none_of_the_other_end() -> None:
    """Both opened; B's SYN was lost, and it never sends it again, while A's dies on its way again and again."""
    play = calling(world(CALLER, CALLER, replace(FOR_EVER, losses=None)))
    (syn,) = play.own(B, "OPEN", ACTIVE=True)
    play.lose(syn)
    play.lose(0)
    play.own(A, AGAIN)
    refuse(endless(play, 3), leaves("SYN-SENT", "FT"), f"FT is violated: (1, '{AGAIN}')")
    (again,) = play.own(B, AGAIN)
    play.lose(again)
    accept(endless(play, 3), leaves("SYN-SENT", "FT"))


def closing() -> Play:
    """Return a play in which A has closed, B is in CLOSE-WAIT, and nothing is in flight."""
    play = Play(world(User((active_open(), close())), User((passive_open(), send(1), close())), FOR_EVER))
    play.own(B, "OPEN")
    (syn,) = play.own(A, "OPEN", ACTIVE=True)
    (syn_ack,) = play.deliver(syn)
    (ack,) = play.deliver(syn_ack)
    play.deliver(ack)
    (fin,) = play.own(A, "CLOSE")
    (ack,) = play.deliver(fin)
    play.deliver(ack)
    return play


def test_a_user_whose_peer_has_closed_closes_and_one_that_has_something_to_send_sends_it() -> None:
    for name, state in ((A, "FIN-WAIT-2"), (B, "CLOSE-WAIT")):
        assert closing().state(name) == state
        claim = leaves("CLOSE-WAIT" if name else "FIN-WAIT-2", *DELIVERED)
        accept(endless(closing()), claim)
        refuse(endless(closing()), replace(claim, fairness=(*DELIVERED, "FA")), "FA is violated: 1 could happen")
        refuse(endless(closing()), replace(claim, fairness=(*DELIVERED, "FS")), "FS is violated: 1 could happen")


def test_a_call_that_is_refused_again_and_again_is_not_taken() -> None:
    """B listens and may SEND to somebody; it only tries to SEND to nobody, which changes nothing."""
    refused = UserCall(SEND, octets=1, remote=False)
    play = Play(world(NOBODY, User((passive_open(), refused, send(1))), FOR_EVER))
    play.own(B, "OPEN")
    play.own(B, "SEND", OCTETS=1, REMOTE=False)
    assert play.state(B) == "LISTEN"
    refuse(endless(play, 1), leaves("LISTEN", "FS"), "FS is violated: 1 could happen")
    accept(endless(play, 1), leaves("LISTEN", "FT"))


def test_time_passes_while_something_is_in_flight_unless_what_would_die_must_not_be_lost() -> None:
    ageing = Network(capacity=2, lifetime=2)
    for losses, steps, allowed in ((0, 0, False), (0, 1, True), (1, 1, False), (None, 1, False)):
        play = calling(world(CALLER, NOBODY, replace(FOR_EVER, losses=losses), ageing))
        for _ in range(steps):
            tick(play)
        if allowed:
            accept(endless(play), leaves("SYN-SENT", "FT"))
        else:
            refuse(endless(play), leaves("SYN-SENT", "FT"), "FT is violated: tick could happen")


# --- faults ---------------------------------------------------------------------------------------------------------


def losing() -> Play:
    play = calling(world(CALLER, NOBODY, replace(FOR_EVER, losses=None)))
    play.lose(0)
    play.own(A, AGAIN)
    return play


def repeating() -> Play:
    play = calling(world(CALLER, NOBODY, replace(FOR_EVER, duplicates=None)))
    play.duplicate(0)
    return play


def dying() -> Play:
    play = calling(world(CALLER, NOBODY, replace(FOR_EVER, losses=None), Network(lifetime=2)))
    tick(play)
    tick(play)
    play.own(A, AGAIN)
    return play


@pytest.mark.parametrize("faulty", [losing, repeating, dying])
def test_a_loop_in_which_something_goes_wrong_is_refused_under_ff(faulty: Callable[[], Play]) -> None:
    accept(endless(faulty(), 1), leaves("SYN-SENT", "FT"))
    refuse(endless(faulty(), 1), leaves("SYN-SENT", "FT", "FF"), "something goes wrong again and again, which FF")


def test_what_goes_wrong_on_the_stem_is_allowed() -> None:
    play = calling(world(CALLER, NOBODY, replace(FOR_EVER, losses=1, duplicates=1)))
    play.duplicate(0)
    play.lose(0)
    (again,) = play.own(A, AGAIN)
    play.deliver(again)
    play.own(A, AGAIN)
    accept(endless(play, 4), leaves("SYN-SENT", *DELIVERED))


# --- what can happen in odd worlds ----------------------------------------------------------------------------------


def test_after_its_last_retransmission_an_end_that_may_give_up_sends_nothing_again() -> None:
    for gives_up in (True, False):
        play = calling(world(CALLER, NOBODY, Faults(retransmissions=1, r2=gives_up)))
        play.own(A, AGAIN)
        play.deliver(0)
        play.deliver(1)
        if gives_up:
            accept(endless(play), leaves("SYN-SENT", *DELIVERED))
        else:
            refuse(endless(play), leaves("SYN-SENT", *DELIVERED), "FT is violated")


@pytest.mark.parametrize("kind", [FIFO, SET, BAG])
def test_what_a_full_network_would_lose_changes_nothing(kind: str) -> None:
    """One octet is in flight, the next one was lost; sent again they are one segment, for which there is no room."""
    for capacity, room in ((1, False), (3, True)):
        users = (User((active_open(), send(1, 2))), User((passive_open(),)))
        play = Play(world(*users, FOR_EVER, Network(kind, capacity, "lose")))
        play.own(B, "OPEN")
        (syn,) = play.own(A, "OPEN", ACTIVE=True)
        (syn_ack,) = play.deliver(syn)
        (ack,) = play.deliver(syn_ack)
        play.deliver(ack)
        play.own(A, "SEND", OCTETS=1)
        play.own(A, "SEND", OCTETS=1)
        if room:
            refuse(endless(play), leaves("ESTABLISHED", "FT"), f"FT is violated: (0, '{AGAIN}')")
        else:
            accept(endless(play), leaves("ESTABLISHED", "FT"))


def test_a_copy_that_an_earlier_incarnation_sent_is_a_copy() -> None:
    """With a constant ISN both SYNs look alike; the second one has arrived, the first one still flies, then not."""
    twice = User((active_open(2), close()))
    where = world(twice, NOBODY, FOR_EVER, Network(), incarnations=(2, 1)).with_isn(IsnPolicy("const"))
    play = calling(where)
    play.own(A, "CLOSE")
    (second,) = play.own(A, "OPEN", ACTIVE=True)
    play.deliver(second)
    accept(endless(play), leaves("SYN-SENT", "FT"))
    play.deliver(0)
    refuse(endless(play), leaves("SYN-SENT", "FT"), f"FT is violated: (0, '{AGAIN}')")


def test_segments_that_differ_in_the_window_alone_are_alike() -> None:
    """B's ACK with a small window is lost; when it is sent again the window is open, and nothing else has changed."""
    reader = User((passive_open(), receive(2)), reads=False)
    lossy = replace(FOR_EVER, losses=None)
    play = Play(world(User((active_open(), send(1))), reader, lossy, window=2))
    play.own(B, "OPEN")
    (syn,) = play.own(A, "OPEN", ACTIVE=True)
    (syn_ack,) = play.deliver(syn)
    (ack,) = play.deliver(syn_ack)
    play.deliver(ack)
    (text,) = play.own(A, "SEND", OCTETS=1)
    (small,) = play.deliver(text)
    play.own(B, "RECEIVE")
    start = len(play.steps)
    play.lose(small)
    (text,) = play.own(A, AGAIN)
    (large,) = play.deliver(text)
    assert play.sent[small].fields["WND"] != play.sent[large].fields["WND"]
    accept(endless(play, start), leaves("ESTABLISHED", "FT"))


def test_a_listener_that_crashes_listens_in_its_quiet_time_and_hears_nothing() -> None:
    faults = replace(FOR_EVER, losses=None, crashes=1)
    where = world(CALLER, User((), listens=True), faults, Network(lifetime=2), incarnations=(1, 2), quiet_time=True)
    play = calling(where, "three-way")
    (syn_ack,) = play.deliver(0)
    play.own(B, "CRASH")
    play.lose(syn_ack)
    play.own(A, AGAIN)
    assert play.state(B) == "LISTEN"
    accept(endless(play), leaves("SYN-SENT", "FC"))
    refuse(endless(play), leaves("SYN-SENT", "FC", "FT"), "FT is violated: tick could happen")


# --- loops that the explorer finds ----------------------------------------------------------------------------------


def found(variant: str, where: World, name: str) -> tuple[Trace, Part]:
    run = explore_world(VARIANTS[variant].relation, where, [PROPERTIES[name]], variant=variant)
    trace = run.parts[0].trace
    assert trace is not None
    return trace, run.parts[0].part


FOUND = {
    f"{variant} {name}": found(variant, where, name)
    for variant, where, name in (
        ("three-way", LIVE_REOPEN, "P-30b"),
        ("bsd-resync", LIVE_SIMULTANEOUS, "P-27"),
        ("bsd-resync", LIVE_SIMULTANEOUS, "P-30b"),
        ("silent-closed", LIVE_HALF_OPEN, "P-29"),
        ("three-way", LIVE_HALF_OPEN.with_isn(IsnPolicy("const")), "P-30a"),
    )
}


@pytest.mark.parametrize(("trace", "claim"), FOUND.values(), ids=list(FOUND))
def test_what_the_explorer_finds_is_accepted_and_refused_with_another_loop(trace: Trace, claim: Part) -> None:
    accept(trace, claim)
    for start in set(range(-1, len(trace.steps) + 2)) - {trace.loop}:
        refuse(replace(trace, loop=start), claim, "")


@pytest.mark.parametrize(("trace", "claim"), FOUND.values(), ids=list(FOUND))
def test_what_the_explorer_finds_is_refused_without_one_of_its_steps(trace: Trace, claim: Part) -> None:
    assert trace.loop is not None
    for gone in range(len(trace.steps)):
        steps = (*trace.steps[:gone], *trace.steps[gone + 1 :])
        refuse(replace(trace, steps=steps, loop=min(trace.loop, len(steps))), claim, "")


def test_a_cycle_is_one_of_deliveries_alone() -> None:
    trace, _ = FOUND["silent-closed P-29"]
    refuse(trace, no_delivery_cycle(), "the cycle is not one of deliveries alone")
    refuse(replace(trace, loop=len(trace.steps)), no_delivery_cycle(), "the run has no cycle")


@pytest.mark.parametrize(
    ("state", "assumed", "more"),
    [("CLOSE-WAIT", ("FT", "FF"), "FC"), ("FIN-WAIT-1", ("FC", "FF"), "FT"), ("CLOSE-WAIT", DELIVERED, "FA")],
)
def test_what_is_fair_enough_is_not_so_when_more_is_assumed(state: State, assumed: tuple[str, ...], more: str) -> None:
    weak, relation = leaves(state, *assumed), VARIANTS["three-way"].relation
    run = explore_world(relation, LIVE_CLOSE, [Property("P-0", "", "", "", (weak,))], variant="three-way")
    trace = run.parts[0].trace
    assert trace is not None
    accept(trace, weak)
    refuse(trace, leaves(state, *assumed, more), f"{more} is violated")
