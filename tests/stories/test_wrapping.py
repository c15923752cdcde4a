"""Numbers come round: an octet in flight shares its number with a later one (RFC 9293 §3.4.3; RFC 7323 §1.2, (1))."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.explore.run import PartFound, explore_world
from checker.replay import replay
from spec.environment import Faults, User, UserCall, World, active_open
from spec.network import BAG, FIFO, Network
from spec.properties.sequence import UNIQUE_BINDING
from spec.scenarios import TUTORIAL_WORLD, WRAP
from spec.tcp import TCP
from spec.trace import DUPLICATE, TICK
from spec.vocabulary import SEND


def asked(world: World) -> PartFound:
    run = explore_world(TCP, world, [UNIQUE_BINDING], variant="three-way")
    assert run.complete
    return run.parts[0]


def sending(*octets: int) -> World:
    """Return the world with other SENDs, in any order."""
    calls = [UserCall(SEND, octets.count(n), octets=n, states=("ESTABLISHED",)) for n in sorted({*octets})]
    return replace(WRAP, users=(User((active_open(), *calls)), WRAP.users[1]))


def test_an_old_copy_meets_a_later_octet_of_the_same_number() -> None:
    found = asked(WRAP)
    assert found.trace is not None
    assert found.steps == 20
    replay(found.trace, TCP, UNIQUE_BINDING.parts[0])
    text = [segment for segment in found.trace.segments if segment.fields["DATA"]]
    places = [(segment.ghosts["LAP"], segment.ghosts["INDEX"], segment.fields["SEQ"]) for segment in text]
    assert places == [(0, 0, 5), (0, 3, 8), (0, 6, 11), (0, 9, 14), (0, 12, 1), (1, 15, 4)]
    repeated = [found.trace.segments[step.segment or 0] for step in found.trace.steps if step.kind == DUPLICATE]
    assert repeated == text[:1]
    assert text[-1].fields["SEQ"] < text[0].fields["SEQ"] < text[-1].fields["SEQ"] + 3


@pytest.mark.parametrize(("sends", "shares"), [((3, 3, 3, 3, 3, 1), False), ((3, 3, 3, 3, 3, 2), True)])
def test_sixteen_octets_fit_into_four_bits_and_seventeen_do_not(sends: tuple[int, ...], shares: bool) -> None:  # noqa: FBT001
    found = asked(sending(*sends))
    assert found.given
    assert (found.steps is not None) == shares


@pytest.mark.parametrize(
    "world",
    [
        replace(WRAP, seq_bits=5),
        replace(WRAP, faults=Faults()),
        replace(WRAP, network=Network(FIFO, 4)),
        TUTORIAL_WORLD,
    ],
    ids=["twice the numbers", "no copy", "in order", "32 bits"],
)
def test_nothing_is_shared_without_room_for_an_old_copy(world: World) -> None:
    found = asked(world)
    assert found.given
    assert found.steps is None


def test_an_msl_alone_is_no_cure_where_sending_takes_no_time() -> None:
    """The premise is a bound on octets per lifetime; a lifetime in ticks that need not pass is none."""
    found = asked(replace(WRAP, network=Network(BAG, 2, lifetime=1)))
    assert found.trace is not None
    assert found.steps == 20
    assert not any(step.kind == TICK for step in found.trace.steps)


def test_a_sender_with_more_than_half_of_all_numbers_outstanding_is_not_judged() -> None:
    """No rule keeps a sender to its peer's window; without a copy, only such a sender uses a number twice."""
    world = replace(sending(4, 4, 4, 4, 4), faults=Faults(), window=4)
    assert asked(world).steps is None
    part = UNIQUE_BINDING.parts[0]
    every_sender = replace(part, given=tuple(f for f in part.given if "OVERRUN" not in str(f)))
    assert len(every_sender.given) == len(part.given) - 1
    run = explore_world(TCP, world, [replace(UNIQUE_BINDING, parts=(every_sender,))])
    assert run.parts[0].steps is not None
