"""The explorer against a naive one: plain tuples, a set and a list, no tables, no packing, no numbering.

The search itself is `Naive.explore`, a dozen lines; the rest says again, without tables, what a world permits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from checker.concrete import ConcreteReader
from checker.explore.kernel import explore
from checker.explore.machine import TcpMachine
from checker.explore.networks import PackedNetwork, slots
from spec.environment import Faults, IsnPolicy, User, UserCall, World, abort, active_open, close, send
from spec.language import Relation
from spec.network import Network
from spec.variants import VARIANTS
from spec.vocabulary import CALL_FIELDS, OPEN, SEND

SMALL = World(
    "naive",
    "",
    (User((active_open(), send(1), close())), User((close(),), listens=True)),
    Network(capacity=2),
    Faults(duplicates=1),
    (IsnPolicy(), IsnPolicy("clock", 1)),
    (1, 2),
)
QUIET = replace(SMALL, users=(User((active_open(2), close())), User((close(),), listens=True)), incarnations=(2, 2))
WORLDS = {
    "lossy": replace(QUIET, faults=Faults(losses=1, duplicates=0, retransmissions=1)),
    "fifo": replace(QUIET, network=Network("fifo", 2), faults=Faults(losses=1, duplicates=1)),
    "set that loses": replace(QUIET, network=Network("set", 2, "lose"), faults=Faults(duplicates=1)),
    "next and const": replace(QUIET, isn=(IsnPolicy("next"), IsnPolicy("const"))),
    "crash": replace(
        QUIET, users=(User((active_open(),)), User((), listens=True)), faults=Faults(crashes=1, user_timeouts=1)
    ),
    "abort": replace(
        QUIET, users=(User((active_open(), abort())), User((UserCall(SEND, octets=2), abort()), listens=True))
    ),
}
AT_ANY_MOMENT = (
    "SEGMENTIZE", "TIME-WAIT TIMEOUT", "DELAYED ACK TIMEOUT", "HALF-OPEN TIMEOUT", "FIN-WAIT-2 TIMEOUT",
    "KEEP-ALIVE TIMEOUT", "ACCEPT", "CONNECT RETURNS", "ACCEPT CALLED",
)  # fmt: skip


class Naive:
    """States: two ends (TCB, calls left, ISSs chosen, last SND.NXT, faults), segments in flight, losses, duplicates."""

    def __init__(self, relation: Relation[Any], world: World) -> None:
        self.relation, self.world = relation, world
        self.readers = [ConcreteReader(relation, 32, CALL_FIELDS, world.initial_values(end)) for end in (0, 1)]

    def start(self) -> tuple[Any, ...]:
        ends = []
        for end, user in enumerate(self.world.users):
            tcb = self.readers[end].initial
            if user.listens:
                opened = self.readers[end].run(tcb, OPEN.name, None, (0, 0, False, True))
                assert opened is not None
                tcb = opened.tcb
            ends.append((tcb, tuple(call.times for call in user.calls), 0, 0, (0, 0, 0)))
        return (*ends, (), 0, 0)

    def own_events(self, end: int, here: Any) -> Iterator[tuple[Any, ...]]:
        _, calls, chosen, last, (rtx, timeouts, crashes) = here
        isn = self.world.next_isn(end, chosen, last)
        for i, call in enumerate(self.world.users[end].calls):
            if calls[i]:
                left = (*calls[:i], calls[i] - 1, *calls[i + 1 :])
                yield call.step.name, (isn, call.octets, call.active, call.remote), left, (rtx, timeouts, crashes)
        none, faults = (isn, 0, False, True), self.world.faults
        for event in AT_ANY_MOMENT:
            if event in {e.name for e in self.relation.events}:
                yield event, none, calls, (rtx, timeouts, crashes)
        if rtx < faults.retransmissions:
            yield "RETRANSMISSION TIMEOUT", none, calls, (rtx + 1, timeouts, crashes)
        if timeouts < faults.user_timeouts:
            yield "USER TIMEOUT", none, calls, (rtx, timeouts + 1, crashes)
        if crashes < faults.crashes and here[0][0] not in ("CLOSED", "LISTEN"):
            yield "CRASH", none, calls, (rtx, timeouts, crashes + 1)

    def after(self, end: int, here: Any, event: str, call: Any, calls: Any, faults: Any, segment: Any) -> Any:
        """Return (this end afterwards, segments sent), or None when the step cannot be taken."""
        tcb, old_calls, chosen, last, _ = here
        reader = self.readers[end]
        done = None if event == "CRASH" else reader.run(tcb, event, segment, call)
        if done is None and segment is None and event != "CRASH":
            return None
        new = done.tcb if done else reader.initial if event == "CRASH" else tcb
        sent, assigned, signals = (done.sent, done.assigned, done.signals) if done else ((), frozenset(), ())
        if new == tcb and signals and signals[0].startswith("error:"):
            calls = old_calls
        if "ISS" in assigned and new[0] != "TIME-WAIT":
            if chosen == self.world.incarnations[end]:
                return None
            chosen += 1
        gone = tcb[0] not in ("CLOSED", "LISTEN") and new[0] in ("CLOSED", "LISTEN")
        if gone and self.world.isn[end].kind == "next":
            last = tcb[reader.index["SND.NXT"]]
        if self.world.users[end].listens and new[0] == "CLOSED":
            opened = reader.run(new, OPEN.name, None, (0, 0, False, True))
            assert opened is not None
            new = opened.tcb
        return (new, calls, chosen, last, faults), sent

    def put(self, net: Any, end: int, sent: Any) -> Any:
        """Return the network after this end sent the segments, or None when it is full."""
        network = self.world.network
        for segment in sent:
            entry = (
                1 - end,
                tuple(0 if name == "WND" else v for name, v in zip(self.relation.message, segment, strict=True)),
            )
            if network.kind == "set" and entry in net:
                continue
            there = [e for e in net if network.kind != "fifo" or e[0] == 1 - end]
            if len(there) >= network.capacity:
                if network.overflow == "block":
                    return None
                continue
            net = (*net, entry)
        return net

    def successors(self, state: Any) -> Iterator[Any]:
        *ends, net, lost, repeated = state
        for end in (0, 1):
            for event, call, calls, faults in self.own_events(end, ends[end]):
                done = self.after(end, ends[end], event, call, calls, faults, None)
                if done is not None:
                    yield from self.join(state, end, done, net, lost, repeated)
        heads = [e for e in net if e[0] == 0][:1] + [e for e in net if e[0] == 1][:1]
        for entry in heads if self.world.network.kind == "fifo" else set(net):
            end, segment = entry
            at = net.index(entry)
            without = net[:at] + net[at + 1 :]
            here = ends[end]
            call = (self.world.next_isn(end, here[2], here[3]), 0, False, True)
            done = self.after(end, here, "SEGMENT ARRIVES", call, here[1], here[4], segment)
            if done is not None:
                yield from self.join(state, end, done, without, lost, repeated)
                if repeated < (self.world.faults.duplicates or 0):
                    yield from self.join(state, end, done, net, lost, repeated + 1)
            if lost < (self.world.faults.losses or 0):
                yield (*ends, without, lost + 1, repeated)

    def join(self, state: Any, end: int, done: Any, net: Any, lost: int, repeated: int) -> Iterator[Any]:
        here, sent = done
        after = self.put(net, end, sent)
        if after is not None:
            yield (here, state[1], after, lost, repeated) if end == 0 else (state[0], here, after, lost, repeated)

    def explore(self) -> tuple[set[Any], int]:
        start = self.start()
        seen, todo, transitions = {self.canonical(start)}, [start], 0
        for state in todo:
            for after in self.successors(state):
                transitions += 1
                if self.canonical(after) not in seen:
                    seen.add(self.canonical(after))
                    todo.append(after)
        return seen, transitions

    def canonical(self, state: Any) -> Any:
        a, b, net, lost, repeated = state
        if self.world.network.kind == "fifo":
            return a, b, tuple(tuple(e for e in net if e[0] == end) for end in (0, 1)), lost, repeated
        return a, b, frozenset(Counter(net).items()), lost, repeated


def explored(relation: Relation[Any], world: World) -> tuple[set[Any], int]:
    """Return the explorer's states, unpacked into the naive explorer's form, and its transitions."""
    machine = TcpMachine(relation, world)
    faults = world.faults
    network = PackedNetwork(world.network, machine.destination)
    graph = explore(machine, network, losses=faults.losses, duplicates=faults.duplicates)
    naive = Naive(relation, world)
    states = set()
    for number, packed in enumerate(graph.states):
        ends = []
        for end, local in enumerate(graph.ends(number)):
            here = machine.locals[end][local]
            used = here.used
            ends.append(
                (here.tcb, used.calls, used.chosen, used.last, (used.retransmissions, used.user_timeouts, used.crashes))
            )
        ids = [slot - 1 for slot in slots(graph.network(number)) if slot]
        net = tuple((machine.destination[i], machine.segments[i]) for i in ids)
        states.add(naive.canonical((*ends, net, packed >> 40 & 255, packed >> 48 & 255)))
    assert len(states) == len(graph.states)
    return states, graph.transitions


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_state_for_state(name: str) -> None:
    relation = VARIANTS[name].relation
    assert explored(relation, SMALL) == Naive(relation, SMALL).explore()


@pytest.mark.parametrize("world", WORLDS.values(), ids=list(WORLDS))
def test_every_kind_of_network_and_fault(world: World) -> None:
    relation = VARIANTS["three-way"].relation
    states, transitions = explored(relation, world)
    assert (states, transitions) == Naive(relation, world).explore()
    assert len(states) > 50
