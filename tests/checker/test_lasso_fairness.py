"""Fairness in replay: what must happen in an endless run, what must not go wrong, and what can happen at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from spec.environment import Faults, IsnPolicy, User, UserCall, active_open, close, passive_open, receive, send
from spec.network import BAG, FIFO, SET, Network
from spec.vocabulary import SEND
from tests.checker.endless import (
    AGAIN,
    CALLER,
    DELIVERED,
    FOR_EVER,
    NOBODY,
    accept,
    calling,
    endless,
    leaves,
    losing,
    refuse,
)
from tests.checker.runs import A, B, Play, world

pytestmark = pytest.mark.usefixtures("compile_once")


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
            play.tick()
        if allowed:
            accept(endless(play), leaves("SYN-SENT", "FT"))
        else:
            refuse(endless(play), leaves("SYN-SENT", "FT"), "FT is violated: tick could happen")


# --- faults ---------------------------------------------------------------------------------------------------------


def repeating() -> Play:
    play = calling(world(CALLER, NOBODY, replace(FOR_EVER, duplicates=None)))
    play.duplicate(0)
    return play


def dying() -> Play:
    play = calling(world(CALLER, NOBODY, replace(FOR_EVER, losses=None), Network(lifetime=2)))
    play.tick(2)
    play.own(A, AGAIN)
    return play


@pytest.mark.parametrize("faulty", [losing, repeating, dying])
def test_a_loop_in_which_something_goes_wrong_is_refused_under_ff(faulty: Callable[[], Play]) -> None:
    accept(endless(faulty(), 1), leaves("SYN-SENT", "FT"))
    refuse(endless(faulty(), 1), leaves("SYN-SENT", "FT", "FF"), "something goes wrong again and again, which FF")


def test_a_segment_that_is_lost_whenever_it_flies_is_never_delivered() -> None:
    refuse(endless(losing(), 1), leaves("SYN-SENT", "FC", "FT"), "FC is violated")


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
