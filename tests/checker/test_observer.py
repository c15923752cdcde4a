"""What users see of runs played by hand."""

from __future__ import annotations

from checker.observer import Observer
from checker.replay import replay
from spec.environment import Faults, User, abort, active_open, close, passive_open, receive, send
from spec.network import Network
from spec.scenarios import TUTORIAL_WORLD
from spec.variants import VARIANTS
from tests.checker.runs import A, B, Play, open_and_close, world


def seen(play: Play, **how: object) -> tuple[str, ...]:
    """Return what the users see of a run, which has to be one."""
    trace, relation = play.trace(), VARIANTS[play.variant].relation
    replay(trace, relation)
    return Observer(relation, 32).trace(trace, **how)  # type: ignore[arg-type]  # watched and swapped


def test_an_open_and_a_close() -> None:
    assert seen(open_and_close()) == (
        "B calls OPEN passive",
        "A calls OPEN active",
        'A is told "connection established"',
        'B is told "connection established"',
        "A calls SEND 1",
        'B is told "octet delivered"',
        "A calls CLOSE",
        'B is told "connection closing"',
        'A is told "ok"',
        "B calls CLOSE",
        'A is told "connection closing"',
    )


def test_each_end_may_be_watched_alone_and_names_may_be_swapped() -> None:
    only_a = seen(open_and_close(), watched=(A,))
    assert only_a == tuple(word for word in seen(open_and_close()) if word.startswith("A "))
    swapped = seen(open_and_close(), watched=(B,), swapped=True)
    assert swapped == tuple("B" + word[1:] for word in only_a)


def test_a_refused_call_is_seen_with_its_error() -> None:
    play = Play(TUTORIAL_WORLD)
    play.own(A, "CLOSE")
    play.own(A, "OPEN", ACTIVE=True)
    play.own(A, "CLOSE")
    assert seen(play) == (
        'A calls CLOSE, which returns "error: connection does not exist"',
        "A calls OPEN active",
        'A calls CLOSE, which returns "error: closing"',
    )


def test_text_is_seen_octet_by_octet_whatever_the_segments_were() -> None:
    at_once, apart = (User((active_open(), send(octets, times))) for octets, times in ((2, 1), (1, 2)))
    stories = []
    for user, octets in ((at_once, (2,)), (apart, (1, 1))):
        play = Play(world(user, User((passive_open(),)), network=Network(capacity=4)))
        play.own(B, "OPEN")
        (ack,) = play.deliver(*play.deliver(*play.own(A, "OPEN", ACTIVE=True)))
        play.deliver(ack)
        for some in octets:
            play.deliver(*play.own(A, "SEND", OCTETS=some))
        stories.append(seen(play, watched=(B,)))
    assert stories[0] == stories[1]
    assert stories[0].count('B is told "octet delivered"') == 2


def test_text_that_waited_is_seen_when_the_user_receives_it() -> None:
    reader = User((passive_open(), receive(1)), reads=False)
    play = Play(world(User((active_open(), send(2))), reader))
    play.own(B, "OPEN")
    (ack,) = play.deliver(*play.deliver(*play.own(A, "OPEN", ACTIVE=True)))
    play.deliver(ack)
    play.deliver(*play.own(A, "SEND", OCTETS=2))
    before = seen(play)
    play.own(B, "RECEIVE")
    assert seen(play) == (*before, "B calls RECEIVE", *['B is told "octet delivered"'] * 2)


def test_a_close_is_acknowledged_once() -> None:
    play = Play(world(User((active_open(), close())), User((passive_open(), send(1)))))
    play.own(B, "OPEN")
    (ack,) = play.deliver(*play.deliver(*play.own(A, "OPEN", ACTIVE=True)))
    play.deliver(ack)
    (ack,) = play.deliver(*play.own(A, "CLOSE"))
    play.deliver(ack)
    play.deliver(*play.own(B, "SEND", OCTETS=1))
    chains = [chain for step in play.steps for event in step.events for chain in event.chain]
    assert chains.count("A-5") == 2
    assert seen(play, watched=(A,))[-2:] == ('A is told "ok"', 'A is told "octet delivered"')


def test_established_is_seen_even_when_the_same_segment_closes() -> None:
    play = Play(world(User((active_open(), close())), User((passive_open(),)), network=Network(capacity=4)))
    play.own(B, "OPEN")
    play.deliver(*play.deliver(*play.own(A, "OPEN", ACTIVE=True)))
    (fin,) = play.own(A, "CLOSE")
    play.deliver(fin)  # before the ACK of the handshake
    assert play.state(B) == "CLOSE-WAIT"
    assert seen(play, watched=(B,))[-2:] == ('B is told "connection established"', 'B is told "connection closing"')


def test_a_close_in_syn_received_is_never_followed_by_established() -> None:
    play = Play(world(User((active_open(),)), User((passive_open(), close()))))
    play.own(B, "OPEN")
    (syn_ack,) = play.deliver(*play.own(A, "OPEN", ACTIVE=True))
    play.own(B, "CLOSE")
    (ack,) = play.deliver(syn_ack)
    play.deliver(ack)
    assert seen(play, watched=(B,)) == ("B calls OPEN passive", "B calls CLOSE")


def test_a_crash_a_loss_and_a_listener_that_persists_are_silent() -> None:
    faults = Faults(losses=1, retransmissions=1, crashes=1)
    play = Play(world(User((active_open(), abort())), User((), listens=True), faults))
    (syn,) = play.own(A, "OPEN", ACTIVE=True)
    play.lose(syn)
    (syn,) = play.own(A, "RETRANSMISSION TIMEOUT")
    play.deliver(syn)
    play.own(B, "CRASH")
    assert play.state(B) == "LISTEN"
    assert seen(play) == ("A calls OPEN active",)
    play.own(A, "ABORT")
    assert seen(play) == ("A calls OPEN active", 'A calls ABORT, which returns "connection reset"')
