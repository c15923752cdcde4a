"""What a segment may do to a connection: which resets are valid, and which relations let too much happen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.concrete import ConcreteReader, Outcome
from checker.explore.run import PartFound, explore_world
from checker.formulas import Layout, step_view
from checker.replay import replay
from spec.attackers import BLIND, ON_PATH, Attacker
from spec.environment import IsnPolicy, User, World, active_open, close, passive_open
from spec.language.beside import Property
from spec.network import Network
from spec.properties import PROPERTIES
from spec.properties.resets import EXIT_OF_TIME_WAIT, FORGERY, VALID_RESET
from spec.scenarios import ABORT, CRASH, OPEN_CLOSE, QUICK, TUTORIAL_WORLD
from spec.tcp import TCP
from spec.trace import FORGE, Trace
from spec.variants import VARIANTS
from spec.vocabulary import CALL_FIELDS

READER = ConcreteReader(TCP, 32, CALL_FIELDS)
MESSAGE = {name: i for i, name in enumerate(TCP.message)}
VALID = Layout(READER.index, {}, MESSAGE, {name: i for i, name in enumerate(CALL_FIELDS)}, 32).on_step(VALID_RESET)


def valid(state: str, window: int = 4, **fields: int) -> bool:
    """Return whether a RST is valid where ISS is 100, SND.NXT 101 and RCV.NXT 301."""
    numbers = {"STATE": state, "ISS": 100, "SND.UNA": 100, "SND.NXT": 101, "RCV.NXT": 301, "RCV.WND": window}
    tcb = tuple(numbers.get(name, READER.initial[i]) for name, i in READER.index.items())
    told: dict[str, Any] = {"SEQ": 0, "RST bit": True, "ACK bit": "ACK" in fields, **fields}
    segment = tuple(told.get(name, False if name.endswith(" bit") else 0) for name in MESSAGE)
    outcome = Outcome("SEGMENT ARRIVES", tcb, (), (), (), frozenset())
    return bool(VALID(step_view(tcb, (), segment, (), outcome)))


@pytest.mark.parametrize("state", ["SYN-RECEIVED", "ESTABLISHED", "TIME-WAIT"])
def test_a_reset_is_valid_in_the_window(state: str) -> None:
    assert [number for number in range(290, 320) if valid(state, SEQ=number)] == [301, 302, 303, 304]


def test_with_a_zero_window_only_the_next_number_is_valid() -> None:
    assert [number for number in range(290, 320) if valid("ESTABLISHED", 0, SEQ=number)] == [301]


def test_in_syn_sent_a_reset_acknowledges_the_syn() -> None:
    assert [number for number in range(90, 110) if valid("SYN-SENT", ACK=number)] == [101]
    assert not valid("SYN-SENT", SEQ=301)


# --- in worlds --------------------------------------------------------------------------------------------------


def asked(prop: Property, world: World, variant: str = "three-way") -> PartFound:
    """Return what is found of the property's first part; a run that is shown is replayed."""
    run = explore_world(VARIANTS[variant].relation, world, [prop], variant=variant)
    assert run.complete
    found = run.parts[0]
    if found.trace is not None:
        replay(found.trace, VARIANTS[variant].relation, prop.parts[0])
    return found


def last_chain(found: PartFound) -> tuple[str, ...]:
    assert found.trace is not None
    return found.trace.steps[-1].events[0].chain


@pytest.mark.parametrize("variant", ["three-way", "rst-in-window", "rfc793", "bsd-output", "rst-unchecked"])
def test_only_a_relation_that_checks_no_number_takes_an_invalid_reset(variant: str) -> None:
    found = asked(PROPERTIES["P-08"], TUTORIAL_WORLD, variant)
    assert found.given
    assert found.steps == (7 if variant == "rst-unchecked" else None)


REOPEN = next(world for world in QUICK if world.name == "reopen")


@pytest.mark.parametrize(("policy", "steps"), [("fresh", None), ("clock", 13), ("const", 6)])
def test_control_of_another_incarnation_has_no_effect_if_isns_are_fresh(policy: str, steps: int | None) -> None:
    found = asked(PROPERTIES["P-13"], REOPEN.with_isn(IsnPolicy(policy, 1)))
    assert found.given
    assert found.steps == steps
    if found.trace is not None:
        step = found.trace.steps[-1]
        ghosts = found.trace.ghosts(step.end, len(found.trace.steps) - 1)
        assert found.trace.segments[step.segment or 0].ghosts["INC"] != ghosts["PINC"]
        assert last_chain(found) == ("A-1", "A-3")


@pytest.mark.parametrize(
    ("variant", "steps", "chain"),
    [
        ("three-way", None, ()),
        ("four-way-split", 3, ("L-3",)),
        ("four-way-ack-then-synack", 3, ("L-3",)),
        ("auto-fin", 6, ("A-3d", "F-1")),
    ],
)
def test_who_answers_with_two_segments_amplifies(variant: str, steps: int | None, chain: tuple[str, ...]) -> None:
    found = asked(PROPERTIES["P-44"], TUTORIAL_WORLD, variant)
    assert found.given
    assert found.steps == steps
    if found.trace is not None:
        assert last_chain(found) == chain
        assert len(found.trace.steps[-1].events[0].sent) == 2


ATTACKED = World(
    "attacked",
    "One connection that the client closes, and one forged segment to each end.",
    (User((active_open(), close())), User((passive_open(),))),
    Network(capacity=2),
    attacker=Attacker(BLIND),
)


@pytest.mark.parametrize(
    ("variant", "rule"),
    [("three-way", None), ("rfc1337", None), ("rst-in-window", "R-4"), ("syn-reset", "Y-3"), ("rfc793", "R-4")],
)
def test_a_blind_attacker_changes_no_synchronized_connection_since_rfc_5961(variant: str, rule: str | None) -> None:
    found = asked(FORGERY, ATTACKED, variant)
    assert found.given
    assert (found.steps is None) == (rule is None)
    if rule is not None:
        assert rule in last_chain(found)
        assert found.trace is not None
        assert found.trace.steps[-1].kind == FORGE


def test_an_attacker_on_the_path_changes_what_it_likes() -> None:
    found = asked(FORGERY, replace(ATTACKED, attacker=Attacker(ON_PATH)))
    assert found.trace is not None
    assert found.trace.steps[-1].kind == FORGE


def test_a_forged_syn_returns_syn_received_to_listen() -> None:
    """RFC 5961 §4.2 speaks of synchronized states; RFC 9293 §3.10.7.4 fourth keeps this for passive OPENs."""
    run = explore_world(TCP, ATTACKED, [FORGERY])
    trace = run.edges["SYN-RECEIVED", "LISTEN"]
    assert trace.steps[-1].events[0].chain == ("Y-1",)
    assert trace.steps[-1].kind == FORGE


# --- how TIME-WAIT ends -----------------------------------------------------------------------------------------

EXIT = Property("P-00", "", "", "", parts=EXIT_OF_TIME_WAIT)


def how_it_ended(trace: Trace | None) -> tuple[str, tuple[str, ...]] | None:
    return None if trace is None else (trace.steps[-1].events[0].event, trace.steps[-1].events[0].chain)


@pytest.mark.parametrize(
    ("variant", "world", "ending"),
    [
        ("three-way", QUICK[0], ("SEGMENT ARRIVES", ("R-5",))),
        ("rfc1337", QUICK[0], None),
        ("rfc1337", ABORT, ("ABORT", ("U-23",))),
        ("time-wait-reuse", REOPEN, ("SEGMENT ARRIVES", ("Q-0",))),
    ],
    ids=["assassination", "resets ignored", "an ABORT", "reuse"],
)
def test_time_wait_is_left_early_by_a_reset_an_abort_or_a_syn(
    variant: str, world: World, ending: tuple[str, tuple[str, ...]] | None
) -> None:
    found = asked(EXIT, world, variant)
    assert found.given
    assert how_it_ended(found.trace) == ending


def test_a_crash_is_no_way_to_leave_time_wait() -> None:
    world = replace(OPEN_CLOSE, name="crash", faults=replace(CRASH.faults, retransmissions=0))
    found = asked(EXIT, world, "rfc1337")
    assert found.given
    assert found.steps is None
