"""P-39: what holds for three-way, what each promise catches, and what it allows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.explore.run import PartFound, WorldRun, explore_world
from checker.replay import replay
from spec.environment import Faults, IsnPolicy, User, World, active_open, close, passive_open, send
from spec.language import Relation
from spec.network import Network
from spec.properties import PROPERTIES
from spec.properties.service import SERVICE, TOLD_ESTABLISHED
from spec.scenarios import CRASH, EARLY_CLOSE, QUICK, REPLAY, SIMULTANEOUS, TUTORIAL_WORLD
from spec.tcp import TCP
from spec.variants import VARIANTS
from spec.vocabulary import CLOSE_QUEUED, State

_QUICK_REOPEN = next(world for world in QUICK if world.name == "reopen")
ONCE, ACCEPTED, OPENED, TEXT, CLOSING, CLOSING_ONCE, ACKNOWLEDGED, RESET = range(8)


def explored(relation: Relation[State], where: World) -> WorldRun:
    return explore_world(relation, where, [SERVICE], variant=relation.name)


def wrong(relation: Relation[State], where: World) -> dict[int, PartFound]:
    """Return the parts that fail in a world, each with its run, replayed."""
    found = {part.number: part for part in explored(relation, where).parts if part.trace is not None}
    for part in found.values():
        assert part.trace is not None
        replay(part.trace, relation, part.part)
    return found


def ends(found: PartFound) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the last step of a run: which end, its rules, its signals."""
    assert found.trace is not None
    step = found.trace.steps[-1]
    return "AB"[step.end], step.events[0].chain, step.events[0].signals


@pytest.mark.parametrize("where", QUICK, ids=lambda world: world.name)
def test_three_way_keeps_every_promise(where: World) -> None:
    assert wrong(TCP, where) == {}


def test_every_promise_is_asked_for() -> None:
    seen = {part.number for where in QUICK for part in explored(TCP, where).parts if part.given}
    assert seen == set(range(len(SERVICE.parts)))


def test_every_promise_has_its_sentence() -> None:
    assert all(part.says for part in SERVICE.parts)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_rule_that_tells_of_a_connection_is_named(variant: str) -> None:
    told = {rule for part in TOLD_ESTABLISHED.walk() if part.op == "fired" for rule in part.payload}
    assert {rule.id for rule in VARIANTS[variant].relation.rules if rule.goto == "ESTABLISHED"} <= told


def test_a_two_way_server_may_have_no_partner() -> None:
    found = wrong(VARIANTS["two-way"].relation, TUTORIAL_WORLD)
    assert set(found) == {ACCEPTED}
    trace = found[ACCEPTED].trace
    assert trace is not None
    assert [event.event for step in trace.steps for event in step.events].count("CLOSE") == 1
    assert (trace.tcb(0, len(trace.steps))["STATE"], trace.tcb(1, len(trace.steps))["STATE"]) == (
        "CLOSED",
        "ESTABLISHED",
    )


def test_a_server_whose_client_still_waits_has_a_partner() -> None:
    patient = replace(TUTORIAL_WORLD, users=(User((active_open(),)), User((passive_open(),))))
    assert wrong(VARIANTS["two-way"].relation, patient) == {}


def test_a_repeated_syn_makes_two_way_tell_twice_of_one_client() -> None:
    found = wrong(VARIANTS["two-way"].relation, REPLAY)
    assert {ONCE, ACCEPTED, TEXT} <= set(found)


def test_with_a_slow_isn_three_way_tells_twice_of_one_client() -> None:
    found = wrong(TCP, _QUICK_REOPEN.with_isn(IsnPolicy("clock", 1)))
    assert ends(found[ONCE]) == ("B", ("A-1", "A-3"), ())


def test_with_a_constant_isn_a_client_takes_the_answer_to_its_forerunner() -> None:
    found = wrong(TCP, _QUICK_REOPEN.with_isn(IsnPolicy("const")))
    assert ends(found[OPENED]) == ("A", ("SS-5",), ())


def test_a_close_in_syn_received_lets_text_be_taken_twice_unless_it_is_queued() -> None:
    client = User((active_open(), send(1), close()), ordered=True)
    server = User((close(states=("CLOSE-WAIT",)), close(states=("SYN-RECEIVED",))), ordered=True, listens=True)
    where = replace(EARLY_CLOSE, users=(client, server), network=Network(capacity=3))
    found = wrong(TCP, where)
    assert set(found) == {TEXT}
    assert ends(found[TEXT]) == ("B", ("A-3d", "D-1"), ("octets delivered",))
    assert wrong(VARIANTS["queue-close"].relation, where) == {}


@pytest.mark.parametrize("variant", ["auto-fin", "fin-in-ack2"])
def test_a_fin_that_no_user_asked_for_tells_of_a_close_that_was_none(variant: str) -> None:
    found = wrong(VARIANTS[variant].relation, TUTORIAL_WORLD)
    assert "connection closing" in ends(found[CLOSING])[2]


def test_a_fin_that_overtakes_queued_text_tells_too_early() -> None:
    hasty = TCP.replace("O-2", when=(CLOSE_QUEUED,)).replace("O-1", state=("ESTABLISHED", "CLOSE-WAIT"))
    users = (User((active_open(), send(1), close())), User((passive_open(),)))
    found = wrong(hasty, replace(TUTORIAL_WORLD, users=users))
    assert ends(found[CLOSING]) == ("B", ("A-3d", "F-1"), ("connection closing",))


def test_a_fin_in_the_last_ack_tells_twice_of_one_close() -> None:
    found = wrong(VARIANTS["fin-in-ack4"].relation, next(world for world in QUICK if world.name == SIMULTANEOUS.name))
    assert set(found) == {CLOSING_ONCE}
    assert "F-5" in ends(found[CLOSING_ONCE])[1]


def test_a_close_acknowledged_by_any_ack_is_acknowledged_too_early() -> None:
    found = wrong(TCP.replace("A-4", when=()), TUTORIAL_WORLD)
    assert ACKNOWLEDGED in found
    assert ends(found[ACKNOWLEDGED])[2] == ("ok",)


def test_half_duplex_close_resets_a_connection_that_nobody_aborted() -> None:
    found = wrong(VARIANTS["half-duplex-close"].relation, TUTORIAL_WORLD)
    assert set(found) == {RESET}
    assert ends(found[RESET])[1:] == (("A-3d", "D-3"), ("connection reset",))


def test_a_reset_after_a_crash_or_an_abort_has_its_reason() -> None:
    run = explored(TCP, CRASH)
    assert run.parts[RESET].given
    assert all(part.trace is None for part in run.parts)


def test_a_late_reset_in_last_ack_is_told_to_nobody() -> None:
    users = (User((active_open(), close())), User((passive_open(), close())))
    where = World("late-reset", "", users, Network(capacity=3), Faults(retransmissions=1))
    clean, service = PROPERTIES["P-34"], SERVICE
    run = explore_world(TCP, where, [clean, service])
    failing = {part.about.id for part in run.parts if part.trace is not None}
    assert failing == {"P-34"}
    last = next(part.trace for part in run.parts if part.trace is not None).steps[-1]
    assert (last.events[0].chain, last.events[0].signals) == (("R-5",), ())
