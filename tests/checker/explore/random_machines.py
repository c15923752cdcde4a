"""Machines drawn at random, and the plainest search over them: whole tuples in a dictionary, the network asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from checker.explore.graph import DELIVER, DELIVER_KEEP, KIND, LOSE, OWN, TICK, Row
from checker.explore.networks import BLOCKED, Channel, channel
from spec.network import Network

ENDS, LOCALS, SEGMENTS = 2, 4, 5
NO_EDGE = -1
State = tuple[int, int, int, int, int]
"""Both local states, losses, duplicates, the network's contents."""


@dataclass
class Drawn:
    """A machine whose tables are written down, and the world it is in."""

    rows: dict[Any, tuple[Row, ...]]
    destination: list[int]
    alike: list[int]
    pairs: dict[tuple[int, int], int]
    costs: dict[tuple[int, int], int]
    ticks: dict[tuple[int, int], int]
    network: Network
    losses: int | None
    duplicates: int | None

    def initial(self) -> tuple[int, int]:
        return 0, 0

    def own(self, end: int, local: int) -> tuple[Row, ...]:
        return self.rows.get((end, local), ())

    def arrivals(self, end: int, local: int, segment: int) -> tuple[Row, ...]:
        return self.rows.get((end, local, segment), ())

    def joint(self, a: int, b: int) -> int:
        return self.pairs.get((a, b), 0)

    def cost(self, end: int, local: int) -> int:
        return self.costs.get((end, local), 0)

    def tick(self, end: int, local: int) -> int:
        return self.ticks.get((end, local), local)

    def channel(self) -> Channel:
        made = channel(self.network, self.destination)
        made.alike = self.alike
        return made


@st.composite
def machines(draw: st.DrawFn) -> Drawn:
    destination = draw(st.lists(st.integers(0, 1), min_size=SEGMENTS, max_size=SEGMENTS))
    labels = iter(range(10_000))
    locals_ = st.integers(0, LOCALS - 1)

    def row(end: int) -> Row:
        able = [segment for segment in range(SEGMENTS) if destination[segment] != end]
        sent = draw(st.lists(st.sampled_from(able), max_size=3)) if able else []
        target = draw(st.one_of(locals_, locals_, locals_, st.just(-1)))
        flags = draw(st.sampled_from([0, 0, 0, 1, 2, 5]))
        if target < 0:
            return Row(-1, (), next(labels), 0)
        return Row(target, tuple(sent), next(labels), flags, draw(st.booleans()) and bool(sent))

    rows: dict[Any, tuple[Row, ...]] = {}
    for end in range(ENDS):
        for local in range(LOCALS):
            rows[end, local] = tuple(row(end) for _ in range(draw(st.sampled_from([0, 1, 1, 2]))))
            for segment in range(SEGMENTS):
                if destination[segment] == end:
                    many = draw(st.sampled_from([0, 1, 1, 1, 2]))
                    rows[end, local, segment] = tuple(row(end) for _ in range(many))
    kind = draw(st.sampled_from(["bag", "set", "fifo", "ages"]))
    network = Network(
        "bag" if kind == "ages" else kind,
        draw(st.sampled_from([1, 2, 3, 9])) if kind == "set" else draw(st.integers(1, 3)),
        draw(st.sampled_from(["block", "lose"])),
        draw(st.integers(1, 3)) if kind == "ages" else None,
    )
    some = {(end, local): draw(st.integers(0, 2)) for end in range(ENDS) for local in range(LOCALS)}
    return Drawn(
        rows,
        destination,
        [draw(st.integers(0, segment)) for segment in range(SEGMENTS)],
        {(a, b): draw(st.sampled_from([0, 0, 8, 16, 24])) for a in range(LOCALS) for b in range(LOCALS)},
        some,
        {key: draw(st.sampled_from([-1, key[1], (key[1] + 1) % LOCALS])) for key in some},
        network,
        draw(st.sampled_from([0, 1, 2, None])),
        draw(st.sampled_from([0, 1, None] if network.lifetime is None else [0, 1])),
    )


@dataclass
class Plain:
    """What the plainest search finds, in the order found."""

    machine: Drawn
    limit: int = 3000
    states: list[State] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    actions: list[int] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)
    begin: list[int] = field(default_factory=list)
    transitions: int = 0
    lost: int = 0
    blocked: int = 0
    terminal: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    taken: dict[int, int] = field(default_factory=dict)
    first: dict[int, tuple[int, int]] = field(default_factory=dict)
    hits: dict[int, tuple[int, int, int, int | None]] = field(default_factory=dict)
    depths: list[int] = field(default_factory=list)

    def search(self) -> Plain:
        """Search breadth-first; give up (return itself unfinished) beyond the limit."""
        self.channel, self.known = self.machine.channel(), dict[State, int]()
        self.reach(-1, (0, 0, 0, 0, 0), -1)
        number = 0
        while number < len(self.states) <= self.limit:
            self.expand(number)
            number += 1
        return self

    @property
    def complete(self) -> bool:
        return len(self.begin) == len(self.states)

    def reach(self, source: int, state: State, action: int) -> bool:
        if state not in self.known:
            self.known[state] = len(self.states)
            self.states.append(state)
            self.parents.append(source)
            self.actions.append(action)
            self.depths.append(0 if source < 0 else self.depths[source] + 1)
            self.hit(self.machine.joint(*state[:2]), self.depths[-1], state, self.known[state], None)
        if source >= 0:
            self.edges.append((self.known[state], action))
        return self.known[state] != source

    def hit(self, flags: int, depth: int, state: State, number: int, action: int | None) -> None:
        cost = self.machine.cost(0, state[0]) + self.machine.cost(1, state[1]) + state[2] + state[3]
        for bit in (1, 2, 4, 8, 16):
            if flags & bit and (bit not in self.hits or (depth, cost, number) < self.hits[bit][:3]):
                self.hits[bit] = (depth, cost, number, action)

    def expand(self, number: int) -> None:
        machine, (a, b, lost, repeated, net) = self.machine, self.states[number]
        self.begin.append(len(self.edges))
        self.moved = self.cut = False
        may_repeat = machine.duplicates is None or repeated < machine.duplicates
        counted = machine.duplicates is not None
        for end, local in ((0, a), (1, b)):
            for row in machine.own(end, local):
                self.take(number, end, row, OWN, (lost, repeated, net))
        for segment, without in self.channel.choices(net):
            end = machine.destination[segment]
            for row in machine.arrivals(end, (a, b)[end], segment):
                self.take(number, end, row, DELIVER, (lost, repeated, without))
                if may_repeat:
                    self.take(number, end, row, DELIVER_KEEP, (lost, repeated + counted, net))
        if machine.losses is None or lost < machine.losses:
            for segment, without in self.channel.losses(net):
                self.transitions += 1
                self.lost += 1
                after = (a, b, lost + (machine.losses is not None), repeated, without)
                self.moved |= self.reach(number, after, segment << KIND | LOSE)
        if machine.network.lifetime is not None:
            self.tick(number)
        if not self.moved:
            (self.waiting if self.cut else self.terminal).append(number)

    def tick(self, number: int) -> None:
        machine, (a, b, lost, repeated, net) = self.machine, self.states[number]
        later = machine.tick(0, a), machine.tick(1, b)
        aged, dead = self.channel.aged(net)
        if -1 in later or (machine.losses is not None and lost + dead > machine.losses):
            return
        self.transitions += 1
        after = (*later, lost + dead * (machine.losses is not None), repeated, aged)
        self.moved |= self.reach(number, after, TICK)

    def take(self, number: int, end: int, row: Row, kind: int, rest: tuple[int, int, int]) -> None:
        lost, repeated, net = rest
        action = row.label << KIND | kind
        if row.target < 0:
            self.cut = True
            self.taken[row.label] = self.taken.get(row.label, 0) + 1
            self.edges.append((NO_EDGE, action))
            return
        if row.sent:
            if row.once and self.channel.holds(net, row.sent):
                return
            net = self.channel.send(net, row.sent)
            if net == BLOCKED:
                self.blocked += 1
                self.moved = True
                self.edges.append((NO_EDGE, action))
                return
        self.transitions += 1
        self.taken[row.label] = self.taken.get(row.label, 0) + 1
        self.first.setdefault(row.label, (number, action))
        a, b = self.states[number][:2]
        after = (row.target, b, lost, repeated, net) if end == 0 else (a, row.target, lost, repeated, net)
        self.hit(row.flags, self.depths[number] + 1, after, number, action)
        self.moved |= self.reach(number, after, action)
