"""The kernel: exact breadth-first search over packed states. It evaluates no guard and knows nothing of TCP.

A state is one integer: network, faults used, the two ends' local states (ids into the machine's tables).
Rows come from the machine: local state x event -> local state, segments, flags. States are numbered in the
order found, so traces are shortest and every run gives the same numbers.
"""

from __future__ import annotations

import gc
import resource
import time
from array import array
from collections.abc import Callable, Sequence
from typing import Protocol

from checker.explore.graph import (
    DELIVER,
    DELIVER_KEEP,
    DUP_STEP,
    FAULT,
    FAULT_MASK,
    KIND,
    LOCAL,
    LOCAL_MASK,
    LOSE,
    LOSS_STEP,
    NET,
    NO_LIMITS,
    OWN,
    TICK,
    Edges,
    Graph,
    Hit,
    Limits,
    Row,
)
from checker.explore.networks import BLOCKED, Channel


class TablesFull(Exception):
    """The machine's tables hold no more local states or segments; the search ends there, undecided."""


class Machine(Protocol):
    """What the kernel explores: two ends as tables, filled as they are asked for."""

    destination: list[int]

    def initial(self) -> tuple[int, int]:
        """Return the local states of both ends at the start."""

    def own(self, end: int, local: int) -> tuple[Row, ...]:
        """Return the rows of an end's own events: user calls, timeouts."""

    def arrivals(self, end: int, local: int, segment: int) -> tuple[Row, ...]:
        """Return the rows for a segment arriving: one for each way to take it, none if it has to wait."""

    def joint(self, a: int, b: int) -> int:
        """Return the flags of a pair of local states."""

    def cost(self, end: int, local: int) -> int:
        """Return how many faults the local state has used: retransmissions, crashes, timeouts."""


Tick = Callable[[int, int], int]
"""For an end and its local state: the local state one tick later, or -1 when something must happen before that."""
Look = Callable[[int, int, tuple[int, ...]], int]
"""The flags of a state that depend on what is in flight: both local states, the segments in flight."""

Start = tuple[int, int, tuple[int, ...]]
"""An initial state: both ends' local states and the segments in flight, in the order they were sent."""


class _Search:
    """One search; `explore` is its only user."""

    def __init__(
        self, machine: Machine, network: Channel, losses: int | None, duplicates: int | None, watched: int
    ) -> None:
        self.machine, self.network = machine, network
        self.max_loss = FAULT_MASK if losses is None else losses
        self.max_dup = FAULT_MASK if duplicates is None else duplicates
        self.loss_step = 0 if losses is None else LOSS_STEP
        self.dup_step = 0 if duplicates is None else DUP_STEP
        self.graph = Graph([], array("q"), array("q"))
        self.index: dict[int, int] = {}
        self.own: tuple[dict[int, tuple[Row, ...]], dict[int, tuple[Row, ...]]] = ({}, {})
        self.arrivals: dict[int, tuple[Row, ...]] = {}
        self.joint: dict[int, int] = {}
        self.settled = ~watched
        self.tick: Tick | None = None
        self.later: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.look: Look | None = None
        self.look_flag = 0

    def begin(self, starts: Sequence[Start]) -> None:
        """Add the initial states."""
        for a, b, segments in starts:
            self.reach(-1, self.network.send(0, segments) << NET | b << LOCAL | a, -1, 0)

    def joint_flags(self, state: int) -> int:
        pair = state & (1 << 2 * LOCAL) - 1
        flags = self.joint.get(pair)
        if flags is None:
            flags = self.joint[pair] = self.machine.joint(pair & LOCAL_MASK, pair >> LOCAL)
        return flags

    def note(self, number: int, state: int, flags: int, action: int | None, depth: int) -> None:
        """Note flags that are new, or that this place reaches with fewer faults at the same depth.

        `state` is the state that has the flags, or to which `action` out of state `number` leads.
        """
        graph = self.graph
        flags &= ~self.settled
        cost = self.machine.cost(0, state & LOCAL_MASK) + self.machine.cost(1, state >> LOCAL & LOCAL_MASK)
        cost += (state >> 2 * LOCAL & FAULT_MASK) + (state >> 2 * LOCAL + FAULT & FAULT_MASK)
        hit = Hit(depth, cost, number, action)
        while flags:
            bit = flags & -flags
            flags ^= bit
            best = graph.hits.get(bit)
            if best is None or hit < best:
                graph.hits[bit] = hit

    def settle(self) -> None:
        """Forget flags already seen at a smaller depth: nothing later can be shorter."""
        for bit, hit in self.graph.hits.items():
            if hit.depth <= self.graph.depth:
                self.settled |= bit

    def expand(self, number: int) -> None:
        """Add every successor of a state."""
        graph, network = self.graph, self.network
        if graph.edges is not None:
            graph.edges.begin.append(len(graph.edges.target))
        state = graph.states[number]
        net, rest = state >> NET, state & (1 << NET) - 1
        ends = (state & LOCAL_MASK, state >> LOCAL & LOCAL_MASK)
        self.moved = self.cut = False
        for end in (0, 1):
            for row in self.own_rows(end, ends[end]):
                self.take(number, end, rest, net, row, OWN)
        may_repeat = (rest >> 2 * LOCAL + FAULT & FAULT_MASK) < self.max_dup
        for segment, without in network.choices(net):
            end = self.machine.destination[segment]
            for row in self.arrival_rows(end, ends[end], segment):
                self.take(number, end, rest, without, row, DELIVER)
                if may_repeat:
                    self.take(number, end, rest + self.dup_step, net, row, DELIVER_KEEP)
        if (rest >> 2 * LOCAL & FAULT_MASK) < self.max_loss:
            self.lose(number, rest, net)
        if self.tick is not None:
            self.pass_time(number, ends, rest, net)
        if not self.moved:
            (graph.waiting if self.cut else graph.terminal).append(number)

    def lose(self, number: int, rest: int, net: int) -> None:
        """Lose each segment that may be lost."""
        graph = self.graph
        for segment, without in self.network.losses(net):
            graph.transitions += 1
            graph.lost += 1
            self.reach(number, without << NET | rest + self.loss_step, segment << KIND | LOSE, graph.depth + 1)

    def pass_time(self, number: int, ends: tuple[int, int], rest: int, net: int) -> None:
        """Let one tick pass everywhere, unless something must happen first; a segment that dies is a loss."""
        after = rest >> 2 * LOCAL << 2 * LOCAL
        for end in (0, 1):
            local = self.later[end].get(ends[end])
            if local is None and self.tick is not None:
                local = self.later[end][ends[end]] = self.tick(end, ends[end])
            if local is None or local < 0:
                return
            after |= local << LOCAL * end
        net, dead = self.network.aged(net)
        if (rest >> 2 * LOCAL & FAULT_MASK) + dead > self.max_loss and self.loss_step:
            return
        self.graph.transitions += 1
        self.reach(number, net << NET | after + dead * self.loss_step, TICK, self.graph.depth + 1)

    def own_rows(self, end: int, local: int) -> tuple[Row, ...]:
        rows = self.own[end].get(local)
        if rows is None:
            rows = self.own[end][local] = self.machine.own(end, local)
        return rows

    def arrival_rows(self, end: int, local: int, segment: int) -> tuple[Row, ...]:
        key = segment << LOCAL | local
        rows = self.arrivals.get(key)
        if rows is None:
            rows = self.arrivals[key] = self.machine.arrivals(end, local, segment)
        return rows

    def take(self, number: int, end: int, rest: int, net: int, row: Row, kind: int) -> None:
        """Follow one row out of state `number`, unless a bound cuts it off."""
        graph = self.graph
        action = row.label << KIND | kind
        if row.target < 0:
            graph.cut_rows[row.label] = graph.cut_rows.get(row.label, 0) + 1
            self.cut = True
            self.edge(-1, action)
            return
        if row.sent:
            if row.once and self.network.holds(net, row.sent):
                return
            net = self.network.send(net, row.sent)
            if net == BLOCKED:
                graph.cut_capacity += 1
                self.moved = True
                self.edge(-1, action)
                return
        graph.transitions += 1
        taken = graph.taken
        while row.label >= len(taken):
            taken.append(0)
            graph.first.append((-1, -1))
        if not taken[row.label]:
            graph.first[row.label] = (number, action)
        taken[row.label] += 1
        shift = LOCAL * end
        after = net << NET | (rest & ~(LOCAL_MASK << shift)) | row.target << shift
        if row.flags & ~self.settled:
            self.note(number, after, row.flags, action, graph.depth + 1)
        self.reach(number, after, action, graph.depth + 1)

    def edge(self, target: int, action: int) -> None:
        """Write down a step out of the state being expanded, if that was asked for."""
        edges = self.graph.edges
        if edges is not None:
            edges.target.append(target)
            edges.action.append(action)

    def reach(self, number: int, state: int, action: int, depth: int) -> None:
        """Add a state if it is new."""
        known = self.index.get(state)
        if self.graph.edges is not None and number >= 0:
            self.edge(len(self.graph.states) if known is None else known, action)
        if known is not None:
            if known != number:
                self.moved = True
            return
        self.moved = True
        graph = self.graph
        known = len(graph.states)
        self.index[state] = known
        graph.states.append(state)
        graph.parents.append(number)
        graph.actions.append(action)
        flags = self.joint.get(state & (1 << 2 * LOCAL) - 1)
        if flags is None:
            flags = self.joint_flags(state)
        if flags & self.look_flag and self.look is not None:
            pair = (state & LOCAL_MASK, state >> LOCAL & LOCAL_MASK)
            flags |= self.look(*pair, self.network.content(state >> NET))
        if flags & ~self.settled:
            self.note(known, state, flags, None, depth)


def explore(
    machine: Machine,
    network: Channel,
    *,
    starts: Sequence[Start] = (),
    losses: int | None = 0,
    duplicates: int | None = 0,
    watched: int = 0,
    tick: Tick | None = None,
    look: tuple[int, Look] | None = None,
    edges: bool = False,
    enough: Callable[[Graph], bool] | None = None,
    limits: Limits = NO_LIMITS,
    progress: Callable[[Graph, int], None] | None = None,
) -> Graph:
    """Return the graph reachable from the initial states.

    starts               the initial states; none, and it is the machine's own with nothing in flight.
    losses, duplicates   budgets for the whole run; None means without limit.
    watched              the flags whose first occurrence is to be noted.
    tick                 makes time pass: what a tick does to a local state. Without it there is no time.
    look                 a flag of pairs of local states and what it asks for: the flags that need the network.
    edges                keep every step in the graph.
    enough               asked after each level: stop here, complete or not.
    progress             called now and then with the graph and the number of states expanded.
    """
    search = _Search(machine, network, losses, duplicates, watched)
    graph = search.graph
    search.tick = tick
    if look is not None:
        search.look_flag, search.look = look
    if edges:
        graph.edges = Edges()
    collects = gc.isenabled()
    gc.disable()  # there are no cycles to find among millions of numbers
    try:
        search.begin(starts or ((*machine.initial(), ()),))
        graph.stopped = _levels(search, enough, limits, progress)
    except KeyboardInterrupt:
        graph.stopped = "interrupted"
    except MemoryError:
        graph.stopped = "out of memory"
    except TablesFull as full:
        graph.stopped = str(full)
    finally:
        if collects:
            gc.enable()
    return graph


def _levels(
    search: _Search,
    enough: Callable[[Graph], bool] | None,
    limits: Limits,
    progress: Callable[[Graph, int], None] | None,
) -> str | None:
    """Expand level after level; return why that stopped early, or None."""
    graph = search.graph
    started = time.monotonic()
    number = 0
    while number < len(graph.states):
        search.settle()
        level_end = len(graph.states)
        while number < level_end:
            search.expand(number)
            number += 1
            if not number & 0x1FFF:
                if progress is not None:
                    progress(graph, number)
                if reason := _over(limits, graph, started):
                    return reason
        if len(graph.states) > level_end:
            graph.depth += 1
        if enough is not None and number < len(graph.states) and enough(graph):
            return "stopped at the first failure, as asked"
        if number < len(graph.states) and (reason := _over(limits, graph, started)):
            return reason
    return None


def _over(limits: Limits, graph: Graph, started: float) -> str | None:
    if limits.states is not None and len(graph.states) > limits.states:
        return f"limit of {limits.states:,} states"
    if limits.seconds is not None and time.monotonic() - started > limits.seconds:
        return f"limit of {limits.seconds:g} seconds"
    if limits.memory is not None and _peak_mebibytes() > limits.memory:
        return f"limit of {limits.memory:,} MiB"
    return None


def _peak_mebibytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
