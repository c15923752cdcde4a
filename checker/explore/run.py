"""One world explored: what was found for each part of each property, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from checker.explore import knowledge
from checker.explore.choices import RETRANSMISSIONS
from checker.explore.graph import DEAD, NO_LIMITS, SWAP, Graph, Hit, Limits
from checker.explore.kernel import explore
from checker.explore.machine import TcpMachine
from checker.explore.networks import channel
from checker.explore.unreduced import UnreducedWriter
from checker.explore.watch import Watched
from checker.explore.writer import TraceWriter
from spec import trace as t
from spec.environment import World
from spec.ghosts import CRASH
from spec.language import Relation
from spec.language.beside import Part, Property
from spec.vocabulary import RETRANSMISSION_TIMEOUT, SEGMENT_ARRIVES

if TYPE_CHECKING:
    from checker.explore.progress import Endings


@dataclass(frozen=True)
class PartFound:
    """What one world shows of one part: its antecedent seen, and the shortest run that decides it (or None)."""

    about: Property
    number: int
    part: Part
    given: bool
    steps: int | None
    trace: t.Trace | None


@dataclass
class WorldRun:
    """An explored world.

    fired      how often each rule fired; reached: in how many pairs of states each state stands;
    edges      each change of state, with a run that takes it; moves: how often each was taken;
    terminal   each pair of states in which a run can end, with a shortest run to it: nothing can leave them, or
               only retransmissions beyond the budget that would change nothing;
    cuts       how many steps each bound cut off;
    method     what was done to save states or memory, in words, by name; empty where every state was compared whole.
    """

    world: World
    states: int
    transitions: int
    depth: int
    stopped: str | None
    parts: list[PartFound]
    rule_ids: tuple[str, ...]
    fired: dict[str, int] = field(default_factory=dict)
    edges: dict[tuple[str, str], t.Trace] = field(default_factory=dict)
    moves: dict[tuple[str, str], int] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)
    pairs: int = 0
    method: dict[str, str] = field(default_factory=dict)
    terminal: dict[tuple[str, str], t.Trace] = field(default_factory=dict)
    cuts: dict[str, int] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Every state within the bounds was visited."""
        return self.stopped is None


def explore_world(
    relation: Relation[Any],
    world: World,
    properties: Sequence[Property],
    *,
    variant: str = "",
    limits: Limits = NO_LIMITS,
    progress: Callable[[Graph, int], None] | None = None,
    fail_fast: bool = False,
) -> WorldRun:
    """Explore `relation` in `world`, watching the properties; `fail_fast` stops at the first violation.

    Where endless runs are judged, no reduction is made and no fingerprints are used.
    """
    endless = any(part.over == "run" for prop in properties for part in prop.parts)
    wanted = () if endless else limits.reductions
    machine = TcpMachine(relation, world, properties, reset_dead=DEAD in wanted, swap=SWAP in wanted)
    violations = sum(w.hit for w in machine.watch.parts if w.part.kind == "always")

    def violated(graph: Graph) -> bool:
        return any(bit & violations for bit in graph.hits)

    graph = graph_of(
        machine,
        edges=endless,
        enough=violated if fail_fast else None,
        limits=limits,
        progress=progress,
    )
    return _summary(machine, graph, relation, variant)


def graph_of(
    machine: TcpMachine,
    *,
    edges: bool = False,
    enough: Callable[[Graph], bool] | None = None,
    limits: Limits = NO_LIMITS,
    progress: Callable[[Graph, int], None] | None = None,
) -> Graph:
    """Return every state of a machine's world, with what its properties watch; see checker.explore.kernel.explore."""
    world = machine.world
    network = channel(world.network, machine.destination)
    network.alike = machine.alike
    return explore(
        machine,
        network,
        losses=world.faults.losses,
        duplicates=world.faults.duplicates,
        watched=machine.watch.mask,
        tick=machine.tick if world.network.lifetime is not None else None,
        look=(machine.watch.look_flag, machine.look),
        edges=edges,
        enough=enough,
        limits=limits,
        progress=progress,
        twins=machine.twins,
    )


def _summary(machine: TcpMachine, graph: Graph, relation: Relation[Any], variant: str) -> WorldRun:
    writer = (UnreducedWriter if machine.reduces else TraceWriter)(machine, graph, relation, variant)
    run = WorldRun(
        machine.asked,
        len(graph.states),
        graph.transitions,
        graph.depth,
        graph.stopped,
        [],
        tuple(rule.id for rule in relation.rules),
    )
    if machine.reduces:
        run.method["reduction"] = f"{machine.method} (runs shown are not reduced)"
    if graph.omission:
        run.method["states"] = (
            f"known by 64-bit fingerprints: one is missed with a probability below {graph.omission:.1g}"
        )
    numbers: dict[str, int] = {}
    endings: Endings | None = None
    for watched in machine.watch.parts:
        number = numbers[watched.property.id] = numbers.get(watched.property.id, -1) + 1
        if watched.part.over == "run":
            endings = endings or _endings(machine, graph)
            run.parts.append(_endless(watched, number, writer, endings))
        elif watched.part.over == "knowledge":
            run.parts.append(_known(machine, watched, number, graph, writer))
        else:
            run.parts.append(_found(watched, number, graph, writer))
    _coverage(machine, graph, run, writer)
    ends = [*graph.terminal, *(state for state in graph.waiting if _waits_in_vain(machine, graph, state))]
    for state in sorted(ends):
        a, b = graph.ends(state)
        pair = (machine.locals[0][a].tcb[0], machine.locals[1][b].tcb[0])
        if pair not in run.terminal:
            run.terminal[pair] = writer.write(graph.path(state), "", 0)
    return run


def _waits_in_vain(machine: TcpMachine, graph: Graph, state: int) -> bool:
    """Return whether a state that lacks only retransmissions has ended all the same: none would change anything.

    Each end's segment is sent again and delivered, and so are the answers, until nothing is in flight.
    """
    locals_ = graph.ends(state)
    rows = [row for end in (0, 1) for row in machine.own(end, locals_[end]) if row.target < 0]
    if any(machine.records[row.label].cut_by != RETRANSMISSIONS for row in rows) or graph.network(state):
        return False
    here = [machine.locals[end][locals_[end]] for end in (0, 1)]
    tcbs, calls = [local.tcb for local in here], [machine.choices.call(end, here[end].used) for end in (0, 1)]
    for end in (0, 1):
        again = machine.readers[end].run(tcbs[end], RETRANSMISSION_TIMEOUT.name, None, calls[end])
        flying = [(1 - end, segment) for segment in again.sent] if again else []
        for _ in range(_ANSWERS):
            if not flying:
                break
            there, segment = flying.pop(0)
            answer = machine.readers[there].run(tcbs[there], SEGMENT_ARRIVES.name, segment, calls[there])
            if answer is not None and answer.tcb != tcbs[there]:
                return False
            flying += [(1 - there, sent) for sent in answer.sent] if answer else []
        if flying:
            return False
    return True


_ANSWERS = 16


def _endings(machine: TcpMachine, graph: Graph) -> Endings:
    from checker.explore.progress import Endings  # the only part that needs numpy and scipy

    return Endings(machine, graph)


def _endless(watched: Watched, number: int, writer: TraceWriter, endings: Endings) -> PartFound:
    part = watched.part
    endless = endings.delivery_cycle() if part.kind == "no_cycle" else endings.missing(watched)
    given = part.kind == "no_cycle" or watched.given in endings.graph.hits
    if endless is None:
        return PartFound(watched.property, number, part, given, None, None)
    trace = writer.write(endless.stem, watched.property.id, number, endless.loop)
    return PartFound(watched.property, number, part, given, len(endless.stem), trace)


def _known(machine: TcpMachine, watched: Watched, number: int, graph: Graph, writer: TraceWriter) -> PartFound:
    given, state = knowledge.found(machine, graph, watched)
    if state is None:
        return PartFound(watched.property, number, watched.part, given, None, None)
    path = graph.path(state)
    trace = writer.write(path, watched.property.id, number)
    return PartFound(watched.property, number, watched.part, given, len(path), trace)


def _found(watched: Watched, number: int, graph: Graph, writer: TraceWriter) -> PartFound:
    hit = graph.hits.get(watched.hit)
    trace = None if hit is None else writer.write(_actions(graph, hit), watched.property.id, number)
    given = watched.given in graph.hits
    return PartFound(watched.property, number, watched.part, given, None if hit is None else hit.depth, trace)


def _actions(graph: Graph, hit: Hit) -> list[int]:
    return graph.path(hit.state) + ([] if hit.action is None else [hit.action])


def _coverage(machine: TcpMachine, graph: Graph, run: WorldRun, writer: TraceWriter) -> None:
    for label, times in enumerate(graph.taken):
        if times:
            _taken(machine, graph, run, writer, (label, times))
    named = {(machine.locals[0][a].tcb[0], machine.locals[1][b].tcb[0]) for a, b in graph.pairs()}
    run.pairs = len(named)
    for pair in sorted(named):
        for state in pair:
            run.reached[state] = run.reached.get(state, 0) + 1
    if graph.cut_capacity:
        run.cuts["network capacity"] = graph.cut_capacity
    for label, times in graph.cut_rows.items():
        bound = machine.records[label].cut_by
        run.cuts[bound] = run.cuts.get(bound, 0) + times


def _taken(machine: TcpMachine, graph: Graph, run: WorldRun, writer: TraceWriter, row: tuple[int, int]) -> None:
    """Count what a row (its number, how often it was taken) says of rules and of changes of state."""
    label, times = row
    record = machine.records[label]
    old = machine.locals[record.end][record.before].tcb[0]
    for micro in record.events:
        for rule in micro.outcome.chain:
            run.fired[rule] = run.fired.get(rule, 0) + times
        new = micro.outcome.tcb[0]
        if new != old and micro.event != CRASH.name:
            run.moves[old, new] = run.moves.get((old, new), 0) + times
            if (old, new) not in run.edges:
                state, action = graph.first(label)
                run.edges[old, new] = writer.write([*graph.path(state), action], "", 0)
        old = new
