"""What a world lets its users and its environment do, seen in the tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from checker.explore.graph import Graph
from checker.explore.kernel import explore
from checker.explore.machine import TcpMachine
from checker.explore.networks import PackedNetwork
from spec.environment import (
    Faults,
    IsnPolicy,
    User,
    UserCall,
    World,
    abort,
    active_open,
    close,
    passive_open,
    receive,
    send,
)
from spec.network import Network
from spec.tcp import TCP
from spec.vocabulary import OPEN

QUIET = World("quiet", "", (User((active_open(), close())), User((passive_open(), close()))), Network(capacity=3))


def run(world: World) -> tuple[TcpMachine, Graph]:
    machine = TcpMachine(TCP, world)
    network = PackedNetwork(world.network, machine.destination)
    faults = world.faults
    return machine, explore(machine, network, losses=faults.losses, duplicates=faults.duplicates)


def events(machine: TcpMachine, end: int) -> set[str]:
    return {micro.event for record in machine.records if record.end == end for micro in record.events}


def states(machine: TcpMachine, end: int) -> set[Any]:
    return {local.tcb[0] for local in machine.locals[end]}


def test_an_ordered_user_calls_in_order() -> None:
    ordered = User((active_open(), send(1), close(), active_open()), ordered=True)
    world = replace(QUIET, users=(ordered, User((), listens=True)), incarnations=(2, 2))
    machine, _ = run(world)
    for local in machine.locals[0]:
        position = local.used.calls[0]
        if local.tcb[0] == "SYN-SENT" and local.used.chosen == 1:
            assert position in (1, 2)
        if local.tcb[0] == "FIN-WAIT-1":
            assert position >= 3
    anytime = replace(world, users=(replace(ordered, ordered=False), world.users[1]))
    assert len(run(anytime)[0].locals[0]) > len(machine.locals[0])


def test_a_refused_call_costs_nothing_and_changes_nothing() -> None:
    machine, graph = run(replace(QUIET, users=(User((active_open(), close(3))), QUIET.users[1])))
    refused = [
        record
        for record in machine.records
        if record.events and record.events[0].outcome.signals[:1] == ("error: connection closing",)
    ]
    assert refused
    assert all(record.before == record.after for record in refused)
    assert graph.complete


def test_a_call_may_be_bound_to_states() -> None:
    only = User((passive_open(), close(states=("CLOSE-WAIT",))))
    machine, _ = run(replace(QUIET, users=(QUIET.users[0], only)))
    assert "LAST-ACK" in states(machine, 1)
    assert not {"FIN-WAIT-1", "CLOSING", "TIME-WAIT"} & states(machine, 1)
    assert "CLOSING" not in states(machine, 0)


def test_a_persistent_listener_listens_again_in_the_same_step() -> None:
    machine, _ = run(replace(QUIET, users=(QUIET.users[0], User((close(),), listens=True)), incarnations=(1, 2)))
    assert "CLOSED" not in states(machine, 1)
    assert any([micro.event for micro in record.events] == ["SEGMENT ARRIVES", OPEN.name] for record in machine.records)


def test_incarnations_and_retransmissions_are_cut_and_counted() -> None:
    machine, graph = run(replace(QUIET, users=(User((active_open(2), close(2))), QUIET.users[1])))
    assert {machine.records[label].cut_by for label in graph.cut_rows} == {"incarnations"}
    assert max(local.used.chosen for local in machine.locals[0]) == 1
    machine, graph = run(replace(QUIET, faults=Faults(retransmissions=1)))
    assert "retransmissions" in {machine.records[label].cut_by for label in graph.cut_rows}
    assert "RETRANSMISSION TIMEOUT" not in events(run(QUIET)[0], 0)


def test_r2_gives_up_after_the_last_retransmission() -> None:
    machine, graph = run(replace(QUIET, faults=Faults(losses=2, retransmissions=1, r2=True)))
    assert "R2 REACHED" in events(machine, 0)
    for record in machine.records:
        if record.events and record.events[0].event == "R2 REACHED":
            assert machine.locals[record.end][record.before].used.retransmissions == 1
    assert "retransmissions" not in {machine.records[label].cut_by for label in graph.cut_rows}


def test_crashes_aborts_and_user_timeouts_are_budgets_of_each_end() -> None:
    calls = User((active_open(), abort()))
    machine, _ = run(replace(QUIET, users=(calls, QUIET.users[1]), faults=Faults(crashes=1, user_timeouts=1)))
    assert {"CRASH", "USER TIMEOUT", "ABORT"} <= events(machine, 0)
    assert max(local.used.crashes for local in machine.locals[0]) == 1
    assert max(local.used.user_timeouts for local in machine.locals[1]) == 1


def test_a_late_reader_shrinks_and_opens_the_window() -> None:
    users = (User((active_open(), send(2))), User((passive_open(), receive()), reads=False))
    machine, _ = run(replace(QUIET, users=users, window=2))
    windows = {local.tcb[machine.layout.tcb["RCV.WND"]] for local in machine.locals[1]}
    assert windows == {0, 2}
    assert windows != {local.tcb[machine.layout.tcb["RCV.WND"]] for local in machine.locals[0]}


def test_each_isn_policy() -> None:
    world = replace(QUIET, users=(User((active_open(3), close(3))), User((), listens=True)), incarnations=(3, 3))

    def chosen(policy: IsnPolicy) -> set[int]:
        machine, _ = run(replace(world, isn=(policy, policy)))
        iss = machine.layout.tcb["ISS"]
        return {local.tcb[iss] for local in machine.locals[0] if local.tcb[0] == "SYN-SENT"}

    assert chosen(IsnPolicy("const")) == {100}
    assert chosen(IsnPolicy("clock", 5)) == {100, 105, 110}
    assert chosen(IsnPolicy("fresh")) == {100, 106, 112}
    assert {100, 101} <= chosen(IsnPolicy("next"))
    small = replace(world, seq_bits=4, isn=(IsnPolicy("clock", 5), IsnPolicy()))
    assert {small.next_isn(0, n, 0) for n in range(3)} == {100 % 16, 105 % 16, 110 % 16}


def test_fields_that_nothing_reads_do_not_tell_segments_apart() -> None:
    machine, _ = run(QUIET)
    index = list(TCP.message).index("WND")
    assert {segment[index] for segment in machine.segments} == {0}
    assert any(micro.outcome.sent and micro.outcome.sent[0][index] for r in machine.records for micro in r.events)


def test_a_world_names_all_its_bounds() -> None:
    bounds = replace(QUIET, users=(User((UserCall(OPEN, active=True, remote=False),)), QUIET.users[1])).bounds()
    assert set(bounds) == {
        "users", "network", "faults", "isn", "incarnations", "sequence numbers", "window", "timers",  "attacker",
    }  # fmt: skip
    assert "without remote socket" in bounds["users"]
