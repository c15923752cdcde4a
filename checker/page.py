"""A world explored as a graph to be walked through on a page: every state, every step, what each does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from checker.breakable import breakable
from checker.explore.graph import LOSE, TICK, Edges, Graph, Limits, action_kind, action_subject
from checker.explore.machine import TcpMachine
from checker.explore.networks import channel
from checker.explore.raised import Raised
from checker.explore.run import graph_of
from checker.explore.writer import KINDS, TraceWriter
from checker.usage import UsageError
from diagrams.walkable import (
    Local,
    Move,
    Node,
    Numbered,
    Segment,
    Walkable,
    diagram_of,
    local,
    moves,
    own_words,
    rules_of,
    segment_of,
    variables,
)
from spec.environment import World
from spec.properties import PROPERTIES
from spec.trace import FORGE, SentSegment
from spec.variants import Variant

MOST_STATES = 50_000
"""The most states that a page holds: with as many it has some five million bytes."""
NO_ROOM = "network capacity"
"""What cuts off a step whose segments find no room in the network."""


def page_of(
    variant: Variant, world: World, *, most: int = MOST_STATES, progress: Callable[[Graph, int], None] | None = None
) -> Walkable:
    """Return a variant explored in a world. Raise UsageError when it has more states than a page holds."""
    machine = TcpMachine(variant.relation, world, breakable(variant, world))
    graph = graph_of(machine, edges=True, limits=Limits(states=min(most, MOST_STATES)), progress=progress)
    if graph.stopped == "interrupted":
        raise KeyboardInterrupt
    if graph.stopped is not None or len(graph.states) > min(most, MOST_STATES):
        raise UsageError(_too_many(variant, world, most))
    return _Page(machine, graph, variant).walkable()


def _too_many(variant: Variant, world: World, most: int) -> str:
    bound = f"--max-states {most:,}" if most < MOST_STATES else f"the {MOST_STATES:,} that a page holds"
    remedy = f"raise it (to at most {MOST_STATES:,})" if most < MOST_STATES else "choose a smaller --world"
    return (
        f"--html: {variant.name} in world {world.name} has more states than {bound}: {remedy}, or walk it at the "
        "prompt, without --html."
    )


class _Page:
    def __init__(self, machine: TcpMachine, graph: Graph, variant: Variant) -> None:
        self.machine, self.graph, self.variant = machine, graph, variant
        self.edges = graph.edges or Edges()
        self.writer = TraceWriter(machine, graph, variant.relation, variant.name)
        self.network = channel(machine.world.network, machine.destination)
        self.raised = Raised(machine, graph)
        self.locals, self.moves = Numbered[Local](), Numbered[Move]()
        self.shown: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.known: dict[tuple[int, int, bool], int] = {}
        self.broken: dict[int, tuple[str, ...]] = {}

    def walkable(self) -> Walkable:
        """Return the whole graph."""
        relation, world = self.variant.relation, self.machine.world
        nodes = tuple(self._node(number) for number in range(len(self.graph.states)))
        segments = self._segments()
        steps = self.moves.things
        broken = {id_ for node in nodes for id_ in node.breaks} | {id_ for step in steps for id_ in step.breaks}
        return Walkable(
            f"{self.variant.name} in world {world.name}",
            f"{world.title} {len(nodes):,} states, {self.graph.transitions:,} steps between them.",
            variables(relation),
            rules_of(steps, relation),
            {id_: (PROPERTIES[id_].name, PROPERTIES[id_].sentence) for id_ in sorted(broken)},
            self.locals.things,
            segments,
            steps,
            nodes,
            diagram_of(steps, relation),
        )

    def _node(self, number: int) -> Node:
        a, b = self.graph.ends(number)
        target = self.edges.target
        edges = sorted(self._edges_of(number), key=lambda edge: (target[edge] < 0, target[edge] == number))
        return Node(
            (self._local(0, a), self._local(1, b)),
            self.network.content(self.graph.network(number)),
            tuple((self._move(number, edge), target[edge]) for edge in edges),
            self._breaks(self.raised.in_state(number)),
        )

    def _edges_of(self, number: int) -> range:
        begin = self.edges.begin
        return range(begin[number], begin[number + 1] if number + 1 < len(begin) else len(self.edges.target))

    def _local(self, end: int, number: int) -> int:
        """Return the number of what is shown of a local state."""
        known = self.shown[end].get(number)
        if known is None:
            here = self.machine.locals[end][number]
            told = [f"{here.used.wait} ticks to wait"] if here.used.wait else []
            told += [f"silent for {here.used.quiet} ticks"] if here.used.quiet else []
            tcb = {name: here.tcb[index] for name, index in self.machine.layout.tcb.items()}
            known = self.shown[end][number] = self.locals.number(local(tcb, ", ".join(told)))
        return known

    def _breaks(self, flags: int) -> tuple[str, ...]:
        """Return the properties that flags say are broken."""
        known = self.broken.get(flags)
        if known is None:
            watched = (each for each in self.machine.watch.parts if each.part.kind == "always")
            known = self.broken[flags] = tuple(dict.fromkeys(w.property.id for w in watched if w.hit & flags))
        return known

    def _move(self, number: int, edge: int) -> int:
        """Return the number of what an edge does: the same wherever the ends are the same as far as it tells."""
        action, fits = self.edges.action[edge], self.edges.target[edge] >= 0
        key = (action, self._sender(number, action), fits)
        known = self.known.get(key)
        if known is None:
            step = self._step(number, action)
            if not fits and not step.cut_by:
                step = replace(step, cut_by=NO_ROOM)
            known = self.known[key] = self.moves.number(step)
        return known

    def _sender(self, number: int, action: int) -> int:
        """Return the local state of the end that sent what arrives: by it a segment is told to be stale or not."""
        if action_kind(action) in (LOSE, TICK):
            return -1
        record = self.machine.records[action_subject(action)]
        return -1 if record.segment is None else self.graph.ends(number)[1 - record.end]

    def _step(self, number: int, action: int) -> Move:
        kind, subject = action_kind(action), action_subject(action)
        if kind not in (LOSE, TICK):
            record = self.machine.records[subject]
            if record.cut_by:
                return self._cut(number, action)
            ids = [*([] if record.segment is None else [record.segment]), *record.sent]
        else:
            ids = [subject]
        (step,) = moves(self.writer.one(number, action), self.variant.relation)
        return replace(
            step,
            segment=None if step.segment is None else ids[step.segment],
            happenings=tuple(replace(each, sent=tuple(ids[n] for n in each.sent)) for each in step.happenings),
            breaks=self._breaks(self.raised.in_step(action)),
        )

    def _cut(self, number: int, action: int) -> Move:
        """Return a step that a bound of the world cuts off: what it would do, nobody worked out."""
        record = self.machine.records[action_subject(action)]
        kind = FORGE if record.forged else KINDS[action_kind(action)]
        if record.segment is None:
            words = own_words(record.end, f"({record.event})")
            return Move(kind, record.end, None, words, words, cut_by=record.cut_by)
        (step,) = moves(self.writer.one(number, action), self.variant.relation)
        return replace(step, segment=record.segment, cut_by=record.cut_by)

    def _segments(self) -> tuple[Segment, ...]:
        names, found = list(self.variant.relation.message), []
        for number, (values, to) in enumerate(zip(self.machine.segments, self.machine.destination, strict=True)):
            fields = dict(zip(names, values, strict=False))  # ghosts follow
            found.append(segment_of(SentSegment(number, 1 - to, 0, fields, {}), to))
        return tuple(found)
