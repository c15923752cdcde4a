"""A naive explorer: plain tuples, a set and a list, no tables, no packing, no numbering.

The search itself is `Naive.explore`, a dozen lines; the rest says again, without tables, what a world permits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from checker.concrete import ConcreteReader
from checker.explore.kernel import explore
from checker.explore.machine import TcpMachine
from checker.explore.networks import AgeingNetwork, Channel, PackedNetwork, slots
from spec.environment import World
from spec.language import Relation
from spec.vocabulary import CALL_FIELDS, OPEN

End = Any
"""An end: TCB, calls left, ISSs chosen, last SND.NXT, (retransmissions, user timeouts, crashes, forged segments), how
long TIME-WAIT and the silence after a crash still last."""
NO_MORE = ("CLOSED", "LISTEN")
BOUNDED = {"TIME-WAIT TIMEOUT", "RETRANSMISSION TIMEOUT", "R2 REACHED", "USER TIMEOUT"}
"""What an end does not do at just any moment, because its world has a clock or a budget for it."""


class Naive:
    """States: two ends, segments in flight as (destination, fields, age), losses, duplicates."""

    def __init__(self, relation: Relation[Any], world: World) -> None:
        self.relation, self.world, self.faults = relation, world, world.faults
        self.readers = [ConcreteReader(relation, 32, CALL_FIELDS, world.initial_values(end)) for end in (0, 1)]
        self.idle = {event.name for event in relation.events if event.kind == "idle"}
        self.lifetime = world.network.lifetime
        wait = world.time_wait
        self.measured = wait is not None and wait.msls is not None
        self.wait = (wait.msls or 0) * (self.lifetime or 0) if wait is not None else 0
        self.rearm = "" if wait is None else wait.rearm

    def start(self) -> tuple[Any, ...]:
        ends = []
        for end, user in enumerate(self.world.users):
            tcb = self.readers[end].initial
            if user.listens:
                opened = self.readers[end].run(tcb, OPEN.name, None, (0, 0, False, True))
                assert opened is not None
                tcb = opened.tcb
            ends.append((tcb, tuple(call.times for call in user.calls), 0, 0, (0, 0, 0, 0), 0, 0))
        return (*ends, (), 0, 0)

    # --- what an end may do -------------------------------------------------------------------------------------

    def own_events(self, end: int, here: End) -> Iterator[tuple[Any, ...]]:
        """Yield (event, what comes with it, calls left, faults) of what an end may do by itself."""
        tcb, calls, chosen, last, faults, wait, quiet = here
        if quiet:
            return
        isn = self.world.next_isn(end, chosen, last)
        for i, call in enumerate(self.world.users[end].calls):
            if calls[i] and (not call.states or tcb[0] in call.states):
                left = (*calls[:i], calls[i] - 1, *calls[i + 1 :])
                yield call.step.name, (isn, call.octets, call.active, call.remote), left, faults
        none = (isn, 0, False, True)
        for event in self.relation.events:
            if event.kind in ("internal", "timeout", "idle") and event.name not in BOUNDED:
                yield event.name, none, calls, faults
            if event.kind == "attack" and self.attacked(end, faults[3], "flood"):
                yield event.name, none, calls, (*faults[:3], faults[3] + 1)
        if self.world.time_wait is None or (self.measured and wait == 0):
            yield "TIME-WAIT TIMEOUT", none, calls, faults
        for event_name, spent in self.bounded(end, tcb, *faults):
            yield event_name, none, calls, spent

    def bounded(
        self, end: int, tcb: Any, rtx: int, timeouts: int, crashes: int, forged: int
    ) -> Iterator[tuple[str, Any]]:
        """Yield what an end may do within budgets, with the faults used then."""
        faults = self.faults
        if faults.retransmissions is None:
            yield "RETRANSMISSION TIMEOUT", (rtx, timeouts, crashes, forged)
        elif rtx < faults.retransmissions:
            yield "RETRANSMISSION TIMEOUT", (rtx + 1, timeouts, crashes, forged)
        elif faults.r2:
            yield "R2 REACHED", (rtx, timeouts, crashes, forged)
        if timeouts < faults.user_timeouts:
            yield "USER TIMEOUT", (rtx, timeouts + 1, crashes, forged)
        if end in faults.crashing and crashes < faults.crashes and tcb[0] not in NO_MORE:
            yield "CRASH", (rtx, timeouts, crashes + 1, forged)

    def attacked(self, end: int, forged: int, *kinds: str) -> bool:
        attacker = self.world.attacker
        return (
            attacker is not None
            and attacker.kind in kinds
            and end in attacker.victims
            and (attacker.injections is None or forged < attacker.injections)
        )

    def forgeries(self, end: int, here: End) -> Iterator[tuple[Any, ...]]:
        """Yield the segments that an attacker can forge, as fields in the order of a segment's."""
        tcb, at = here[0], self.readers[end].index
        if tcb[0] in ("CLOSED", "LISTEN", "SYN-SENT") or not self.attacked(end, here[4][3], "blind", "on-path"):
            return
        sees = self.world.attacker is not None and self.world.attacker.kind == "on-path"
        seq = tcb[at["RCV.NXT"]] if sees else (tcb[at["RCV.NXT"]] + 1) % 2**32
        ack = tcb[at["SND.NXT"] if sees else at["SND.UNA"]]
        plain = {"SEQ": seq, "ACK": 0, "DATA": 0, "WND": 0, "SYN bit": False, "ACK bit": False, "FIN bit": False}
        for told in (
            {"RST bit": True},
            {"SYN bit": True},
            {"ACK": ack, "ACK bit": True, "DATA": 1},
            {"ACK": ack, "ACK bit": True, "FIN bit": True},
        ):
            yield tuple({**plain, "RST bit": False, **told}[name] for name in self.relation.message)

    # --- what that does -----------------------------------------------------------------------------------------

    def after(self, end: int, here: End, event: str, call: Any, calls: Any, faults: Any, segment: Any) -> Any:
        """Return (this end afterwards, segments sent), or None when the step cannot be taken."""
        tcb, old_calls, chosen, last, _, wait, quiet = here
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
        gone = tcb[0] not in NO_MORE and new[0] in NO_MORE
        if gone and self.world.isn[end].kind == "next":
            last = tcb[reader.index["SND.NXT"]]
        wait = self.waits(tcb[0], new[0], wait, done.chain if done else (), segment, sent)
        if event == "CRASH" and self.world.quiet_time:
            quiet = self.lifetime
        if self.world.users[end].listens and new[0] == "CLOSED":
            opened = reader.run(new, OPEN.name, None, (0, 0, False, True))
            assert opened is not None
            new = opened.tcb
        return (new, calls, chosen, last, faults, wait, quiet), sent

    def waits(self, old: str, new: str, wait: int, chain: Any, segment: Any, sent: Any) -> int:
        """Return how long TIME-WAIT still lasts after a step."""
        if new != "TIME-WAIT" or not self.measured:
            return 0
        again = "A-10" in chain or "F-5" in chain
        fin = segment is not None and dict(zip(self.relation.message, segment, strict=True))["FIN bit"]
        if self.rearm == "fin":
            again = again or bool(fin and sent)
        elif self.rearm == "any_emission":
            again = bool(sent)
        return self.wait if old != "TIME-WAIT" or again else wait

    def put(self, net: Any, end: int, sent: Any) -> Any:
        """Return the network after this end sent the segments, or None when it is full."""
        network = self.world.network
        for segment in sent:
            entry = (1 - end, self.fields(segment), 0)
            if network.kind == "set" and entry in net:
                continue
            there = [e for e in net if network.kind != "fifo" or e[0] == 1 - end]
            if len(there) >= network.capacity:
                if network.overflow == "block":
                    return None
                continue
            net = (*net, entry)
        return net

    def fields(self, segment: Any) -> Any:
        return tuple(0 if name == "WND" else v for name, v in zip(self.relation.message, segment, strict=True))

    # --- steps --------------------------------------------------------------------------------------------------

    def successors(self, state: Any) -> Iterator[Any]:
        *ends, net, lost, repeated = state
        for end in (0, 1):
            here = ends[end]
            for event, call, calls, faults in self.own_events(end, here):
                done = self.after(end, here, event, call, calls, faults, None)
                again = event == "RETRANSMISSION TIMEOUT" and self.faults.retransmissions is None
                again = again or event in self.idle
                if done is not None and not (again and self.there(net, end, done[1])):
                    yield from self.join(state, end, done, net, lost, repeated)
            for segment in self.forgeries(end, here):
                faults = (*here[4][:3], here[4][3] + 1)
                done = self.after(end, here, "SEGMENT ARRIVES", self.offer(end, here), here[1], faults, segment)
                yield from self.join(state, end, done, net, lost, repeated)
        for entry in self.next_to_arrive(net):
            end, segment, _ = entry
            at = net.index(entry)
            without = net[:at] + net[at + 1 :]
            here = ends[end]
            if not here[6]:
                done = self.after(end, here, "SEGMENT ARRIVES", self.offer(end, here), here[1], here[4], segment)
                if done is not None:
                    yield from self.join(state, end, done, without, lost, repeated)
                    if self.within(repeated + 1, self.faults.duplicates):
                        yield from self.join(
                            state, end, done, net, lost, self.more(repeated, 1, self.faults.duplicates)
                        )
            if self.within(lost + 1, self.faults.losses):
                yield (*ends, without, self.more(lost, 1, self.faults.losses), repeated)
        yield from self.tick(state)

    def tick(self, state: Any) -> Iterator[Any]:
        *ends, net, lost, repeated = state
        if self.lifetime is None or any(here[0][0] == "TIME-WAIT" and self.measured and not here[5] for here in ends):
            return
        alive = tuple((end, segment, age + 1) for end, segment, age in net if age + 1 < self.lifetime)
        dead = len(net) - len(alive)
        if self.within(lost + dead, self.faults.losses):
            later = [(*here[:5], max(here[5] - 1, 0), max(here[6] - 1, 0)) for here in ends]
            yield (*later, alive, self.more(lost, dead, self.faults.losses), repeated)

    def next_to_arrive(self, net: Any) -> list[Any]:
        if self.world.network.kind == "fifo":
            return [e for e in net if e[0] == 0][:1] + [e for e in net if e[0] == 1][:1]
        return [e for e in set(net) if not any(o[:2] == e[:2] and o[2] > e[2] for o in net)]

    def there(self, net: Any, end: int, sent: Any) -> bool:
        """Return whether a copy of what an end would send is in flight."""
        return any((1 - end, self.fields(segment)) == entry[:2] for segment in sent for entry in net)

    def offer(self, end: int, here: End) -> Any:
        return (self.world.next_isn(end, here[2], here[3]), 0, False, True)

    @staticmethod
    def within(used: int, budget: int | None) -> bool:
        return budget is None or used <= budget

    @staticmethod
    def more(used: int, by: int, budget: int | None) -> int:
        return 0 if budget is None else used + by

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
    faults, lifetime = world.faults, world.network.lifetime
    network: Channel = PackedNetwork(world.network, machine.destination)
    if lifetime is not None:
        network = AgeingNetwork(world.network, lifetime)
    tick = None if lifetime is None else machine.tick
    graph = explore(machine, network, losses=faults.losses, duplicates=faults.duplicates, tick=tick)
    naive = Naive(relation, world)
    states = set()
    for number, packed in enumerate(graph.states):
        ends = []
        for end, local in enumerate(graph.ends(number)):
            here = machine.locals[end][local]
            used = here.used
            counts = (used.retransmissions, used.user_timeouts, used.crashes, used.injections)
            ends.append((here.tcb, used.calls, used.chosen, used.last, counts, used.wait, used.quiet))
        flying = unpacked(graph.network(number), ages=lifetime is not None)
        net = tuple((machine.destination[i], machine.segments[i], age) for i, age in flying)
        states.add(naive.canonical((*ends, net, packed >> 40 & 255, packed >> 48 & 255)))
    assert len(states) == len(graph.states)
    return states, graph.transitions


def unpacked(net: int, *, ages: bool) -> list[tuple[int, int]]:
    """Return the segments in flight as (id, age): slots of 16 bits, or of 16 above 4 of age."""
    if not ages:
        return [(slot - 1, 0) for slot in slots(net) if slot]
    values = [net >> at & 0xFFFFF for at in range(0, net.bit_length(), 20)]
    return [((value >> 4) - 1, value & 15) for value in values]
