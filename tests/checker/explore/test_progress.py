"""Endless runs of the real relation in small worlds: the known wars and deadlocks, and what repairs them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import islice

import numpy as np
import pytest

from checker.explore.graph import LOSE, TICK, Graph, Row, action_kind, action_subject
from checker.explore.kernel import TablesFull, explore
from checker.explore.machine import TcpMachine
from checker.explore.networks import AgeingNetwork, PackedNetwork
from checker.explore.progress import Endings
from checker.explore.run import PartFound, WorldRun, explore_world
from checker.explore.writer import TraceWriter
from checker.lasso import Class, Lasso
from checker.replay import replay
from spec.environment import Faults, IsnPolicy, User, World, active_open, close, send
from spec.language import negated
from spec.language.beside import Part, Property, leads_to
from spec.network import FIFO, SET, Network
from spec.properties import PROPERTIES
from spec.scenarios import (
    CRASH,
    GIVE_UP,
    LIVE_CLOSE,
    LIVE_CRASHES,
    LIVE_HALF_OPEN,
    LIVE_REOPEN,
    LIVE_SIMULTANEOUS,
    LIVE_TIME_WAIT,
)
from spec.trace import DELIVER, Trace
from spec.variants import VARIANTS
from spec.vocabulary import STATE, STATES

pytestmark = pytest.mark.usefixtures("compile_once")
ALL = ("FC", "FT", "FA", "FS", "FF")
CONST = LIVE_HALF_OPEN.with_isn(IsnPolicy("const"))
SYN_SENT, OPENING, CONNECTED = "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED"


@cache
def liveness(variant: str, world: World) -> WorldRun:
    properties = [p for p in PROPERTIES.values() if world.asks in p.asked]
    return explore_world(VARIANTS[variant].relation, world, properties, variant=variant)


def part(variant: str, world: World, name: str, number: int = 0) -> PartFound:
    run = liveness(variant, world)
    assert run.complete
    (found,) = (p for p in run.parts if (p.about.id, p.number) == (name, number))
    return found


def lengths(trace: Trace) -> tuple[int, int]:
    """Return how long the stem and the loop are."""
    assert trace.loop is not None
    return trace.loop, len(trace.steps) - trace.loop


def pairs(trace: Trace) -> set[tuple[str, str]]:
    """Return the states that both ends are in while the loop goes round, or where it stutters."""
    assert trace.loop is not None
    moments = range(trace.loop, len(trace.steps) + 1)
    return {(trace.tcb(0, i)["STATE"], trace.tcb(1, i)["STATE"]) for i in moments}


def round_about(trace: Trace) -> set[str]:
    """Return the control bits of the segments that go round in the loop."""
    steps = [step for step in trace.steps[trace.loop :] if step.segment is not None]
    segments = [trace.segments[step.segment].fields for step in steps if step.segment is not None]
    return {",".join(bit for bit in ("SYN", "FIN", "RST", "ACK") if s[f"{bit} bit"]) for s in segments}


KNOWN = [
    # H-11: in SYN-RECEIVED each answers the other's SYN,ACK by its own, of which neither takes the ACK
    ("bsd-resync", LIVE_SIMULTANEOUS, "P-27", 0, (4, 2), (OPENING, OPENING), "SYN,ACK"),
    ("bsd-resync", LIVE_SIMULTANEOUS, "P-30a", 0, (4, 2), (OPENING, OPENING), "SYN,ACK"),
    ("bsd-resync", LIVE_SIMULTANEOUS, "P-30b", 0, (4, 2), (OPENING, OPENING), "SYN,ACK"),
    # H-13: the same with FINs that crossed
    ("bsd-resync", LIVE_CLOSE, "P-30b", 0, (9, 2), ("CLOSING", "CLOSING"), "FIN,ACK"),
    # H-14: ACKs beyond the unreceived FINs are answered by ACKs
    ("ack-out-of-order", LIVE_CLOSE, "P-30b", 0, (8, 2), ("FIN-WAIT-1", "FIN-WAIT-1"), "ACK"),
    # H-15: two ends in TIME-WAIT acknowledge each other's ACK, and each starts the other's wait anew
    ("tw-ack-letter", LIVE_CLOSE, "P-30b", 0, (10, 2), ("TIME-WAIT", "TIME-WAIT"), "ACK"),
    ("tw-ack-letter", LIVE_TIME_WAIT, "P-31", 1, (11, 5), ("TIME-WAIT", "TIME-WAIT"), "ACK"),
    # H-16: a stale SYN opens a server whose peer is in TIME-WAIT
    ("three-way", LIVE_REOPEN, "P-30b", 0, (13, 2), ("TIME-WAIT", OPENING), "ACK"),
    # H-02: nobody answers what the end that is left sends
    ("silent-closed", LIVE_HALF_OPEN, "P-29", 0, (6, 2), ("CLOSED", CONNECTED), "ACK"),
    # H-10: the new SYN looks like the old one, and the challenge ACK acknowledges just that
    ("three-way", CONST, "P-30a", 0, (6, 3), (SYN_SENT, CONNECTED), "SYN ACK"),
    ("three-way", CONST, "P-29", 0, (7, 5), (SYN_SENT, CONNECTED), "SYN ACK"),
]
REPAIRED = [
    ("three-way", LIVE_SIMULTANEOUS, "P-27", 0),
    ("three-way", LIVE_SIMULTANEOUS, "P-30a", 0),
    ("three-way", LIVE_SIMULTANEOUS, "P-30b", 0),
    ("three-way", LIVE_CLOSE, "P-30b", 0),
    ("three-way", LIVE_TIME_WAIT, "P-31", 1),
    ("tw-drop-all", LIVE_REOPEN, "P-30b", 0),
    ("three-way", LIVE_HALF_OPEN, "P-29", 0),
    ("three-way", LIVE_HALF_OPEN, "P-30a", 0),
    ("three-way", LIVE_HALF_OPEN, "P-30b", 0),
]


def named(value: object) -> str:
    return value.name + ("" if value != CONST else "-const") if isinstance(value, World) else str(value)


@pytest.mark.parametrize(("variant", "world", "name", "number", "long", "states", "bits"), KNOWN, ids=named)
def test_a_known_endless_run_is_found_as_short_as_it_is_and_replays(
    variant: str, world: World, name: str, number: int, long: tuple[int, int], states: tuple[str, str], bits: str
) -> None:
    found = part(variant, world, name, number)
    trace = found.trace
    assert trace is not None
    replay(trace, VARIANTS[variant].relation, found.part)
    assert lengths(trace) == long
    assert found.steps == long[0]
    assert pairs(trace) == {states}
    assert round_about(trace) == set(bits.split())
    if found.part.kind == "no_cycle":
        assert {step.kind for step in trace.steps[trace.loop :]} == {DELIVER}


@pytest.mark.parametrize(("variant", "world", "name", "number"), REPAIRED, ids=named)
def test_what_repairs_it_leaves_no_endless_run(variant: str, world: World, name: str, number: int) -> None:
    found = part(variant, world, name, number)
    assert found.given
    assert found.trace is None


def test_without_users_that_close_a_half_closed_connection_may_stay() -> None:
    """P-28: FIN-WAIT-2 and CLOSE-WAIT are left because FA says that the user whose peer has closed closes."""
    polite = PROPERTIES["P-28"]
    rude = replace(polite, parts=tuple(replace(p, fairness=("FC", "FT", "FF")) for p in polite.parts))
    run = explore_world(VARIANTS["three-way"].relation, LIVE_CLOSE, [polite, rude], variant="three-way")
    assert all(found.given for found in run.parts)
    held, failed = run.parts[:2], run.parts[2:]
    assert [found.trace for found in held] == [None, None]
    for found in failed:
        assert found.trace is not None
        replay(found.trace, VARIANTS["three-way"].relation, found.part)
        assert lengths(found.trace)[1] == 0
        ((one, other),) = pairs(found.trace)
        assert {one, other} == {"FIN-WAIT-2", "CLOSE-WAIT"}


# --- every lasso replays --------------------------------------------------------------------------------------------

TINY = World(
    "tiny",
    "A client opens and closes, a listener persists.",
    (User((active_open(), close())), User((close(),), listens=True)),
    Network(capacity=2),
    Faults(retransmissions=None),
)
ODD = {
    "as it is": TINY,
    "any losses": replace(TINY, faults=Faults(losses=None, retransmissions=None)),
    "any duplicates": replace(TINY, faults=Faults(duplicates=None, retransmissions=None)),
    "gives up": replace(TINY, faults=Faults(losses=2, retransmissions=1, r2=True)),
    "queue that loses": replace(TINY, network=Network(FIFO, 1, "lose")),
    "bag that loses": replace(TINY, network=Network(capacity=1, overflow="lose")),
    "set that loses": replace(TINY, network=Network(SET, 2, "lose")),
    "ageing": replace(TINY, network=Network(capacity=2, lifetime=2), faults=Faults(losses=None, retransmissions=None)),
    "ageing, one loss": replace(TINY, network=Network(capacity=2, lifetime=2), faults=Faults(1, 0, None)),
    "a crash": replace(TINY, faults=Faults(crashes=1, retransmissions=None), incarnations=(1, 2)),
    "quiet after a crash": replace(
        TINY, network=Network(capacity=1, lifetime=2), faults=Faults(None, 0, None, crashes=1), quiet_time=True
    ),
}
ASSUMED: tuple[tuple[str, ...], ...] = ((), ("FT",), ("FC", "FT"), ("FC", "FT", "FF"), ALL)


def left(fairness: tuple[str, ...]) -> Property:
    """Return the claim that every state is left, for all of them."""
    here = {state: STATE.isin((state,)) for state in STATES}
    parts = tuple(leads_to(negated(here[s]), given=(here[s],), fairness=fairness) for s in STATES)
    return Property("P-0", "left", "", "", parts)


@pytest.mark.parametrize("world", ODD.values(), ids=list(ODD))
def test_every_endless_run_that_is_found_replays_whatever_is_assumed(world: World) -> None:
    relation = VARIANTS["three-way"].relation
    run = explore_world(relation, world, [left(fairness) for fairness in ASSUMED], variant="three-way")
    traces = [(found.trace, found.part) for found in run.parts if found.trace is not None]
    for trace, claim in traces:
        replay(trace, relation, claim)
    assert any(lengths(trace)[1] for trace, _ in traces) or world.faults.r2
    assert any(not lengths(trace)[1] for trace, _ in traces)


# --- what can happen: the engine and replay agree -------------------------------------------------------------------

ANY = leads_to(STATE == "CLOSED", given=(), fairness=ALL)


def explored(world: World, variant: str = "three-way") -> tuple[TcpMachine, Graph]:
    machine = TcpMachine(VARIANTS[variant].relation, world, [Property("P-0", "any", "", "", (ANY,))])
    return machine, searched(machine)


def searched(machine: TcpMachine) -> Graph:
    world, ages = machine.world, machine.world.network.lifetime
    bag = None if ages is None else AgeingNetwork(world.network, ages)
    network = bag or PackedNetwork(world.network, machine.destination)
    network.alike = machine.alike
    return explore(
        machine,
        network,
        losses=world.faults.losses,
        duplicates=world.faults.duplicates,
        tick=None if ages is None else machine.tick,
        edges=True,
    )


def kind_of(machine: TcpMachine, action: int) -> Class | None:
    """Return the fairness class of a step by its description: what the engine numbers, by name."""
    if action_kind(action) in (LOSE, TICK):
        return ("FT", "tick") if action_kind(action) == TICK else None
    record = machine.records[action_subject(action)]
    if record.segment is not None:
        return "FC", (record.end, machine.segments[record.segment])
    if record.event in ("SEND", "CLOSE"):
        waits = machine.locals[record.end][record.before].tcb[0] == "CLOSE-WAIT"
        return ("FS", record.end) if record.event == "SEND" else ("FA", record.end) if waits else None
    spontaneous = ("RETRANSMISSION TIMEOUT", "TIME-WAIT TIMEOUT", "SEGMENTIZE")
    return ("FT", (record.end, record.event)) if record.event in spontaneous else None


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[Lasso]:
    """Return where replay puts what it works out; it judges nothing."""
    seen: list[Lasso] = []

    def judge(lasso: Lasso) -> None:
        seen.append(lasso)

    monkeypatch.setattr(Lasso, "judge", judge)
    return seen


AGREED = {
    **ODD,
    "queue": replace(TINY, network=Network(FIFO, 2)),
    "crash": CRASH,
    "live-close": LIVE_CLOSE,
    "live-crashes": replace(LIVE_CRASHES, network=Network(capacity=1)),
    "live-half-open-const": CONST,
    "live-time-wait": LIVE_TIME_WAIT,
    "give-up": replace(GIVE_UP, users=(User((active_open(), send(1), close())), User((), listens=True))),
}


@pytest.mark.parametrize("world", AGREED.values(), ids=list(AGREED))
def test_what_must_happen_sooner_or_later_is_the_same_to_the_engine_and_to_replay(
    world: World, looked: list[Lasso]
) -> None:
    machine, graph = explored(world)
    endings = Endings(machine, graph)
    steps, _ = endings.steps(ALL)
    writer = TraceWriter(machine, graph, machine.relation, "three-way")
    for state in islice(range(endings.expanded), 0, None, max(1, endings.expanded // 60)):
        own = np.flatnonzero(endings.source == state).tolist()
        named_classes = {n: kind_of(machine, int(endings.action[n])) for n in own}
        assert {n for n in own if steps.classes[n] >= 0} == {n for n in own if named_classes[n] is not None}
        possible = {named_classes[n] for n in own if endings.target[n] != state} - {None}
        replay(writer.write(graph.path(state), "P-0", 0, ()), machine.relation, ANY)
        assert looked[-1].moments[-1].enabled == possible


def test_steps_have_one_number_for_one_class() -> None:
    machine, graph = explored(LIVE_CLOSE)
    endings = Endings(machine, graph)
    numbers = endings.steps(ALL)[0].classes.tolist()
    names = [kind_of(machine, action) for action in endings.action.tolist()]
    assert len(set(zip(names, numbers, strict=True))) == len(set(names)) == len(set(numbers))


# --- searches that end early ----------------------------------------------------------------------------------------


class Small(TcpMachine):
    """A machine whose tables are full after some rows."""

    rows = 0
    limit = 0

    def arrivals(self, end: int, local: int, segment: int) -> tuple[Row, ...]:
        self.rows += 1
        if self.rows > self.limit:
            raise TablesFull("full")
        return super().arrivals(end, local, segment)


@pytest.mark.parametrize("limit", range(1, 42, 4))
def test_a_state_left_half_expanded_is_not_taken_for_one_in_which_nothing_happens(limit: int) -> None:
    claim: Part = leads_to(STATE != SYN_SENT, given=(STATE == SYN_SENT,), fairness=ALL)
    machine = Small(VARIANTS["three-way"].relation, LIVE_SIMULTANEOUS, [Property("P-0", "left", "", "", (claim,))])
    machine.limit = limit
    graph = searched(machine)
    assert graph.stopped == "full"
    endings = Endings(machine, graph)
    assert endings.missing(machine.watch.parts[0]) is None
    assert endings.delivery_cycle() is None


def test_a_world_in_which_only_time_passes_goes_on_without_fault() -> None:
    idle = replace(TINY, users=(User(()), User(())), network=Network(lifetime=2))
    claim = leads_to(STATE != "CLOSED", given=(STATE == "CLOSED",), fairness=ALL)
    run = explore_world(VARIANTS["three-way"].relation, idle, [Property("P-0", "left", "", "", (claim,))])
    trace = run.parts[0].trace
    assert trace is not None
    assert lengths(trace) == (0, 0)


def test_a_death_of_age_is_a_loss_that_comes_only_finitely_often() -> None:
    """A SYN that dies whenever it was sent keeps SYN-SENT for ever, unless FF is assumed."""
    world = replace(ODD["ageing"], users=(User((active_open(),)), User((), listens=True)))
    for fairness, loops in ((("FT",), True), (("FT", "FF"), False)):
        claim = leads_to(STATE != SYN_SENT, given=(STATE == SYN_SENT,), fairness=fairness)
        run = explore_world(VARIANTS["three-way"].relation, world, [Property("P-0", "left", "", "", (claim,))])
        trace = run.parts[0].trace
        assert (trace is not None) == loops
