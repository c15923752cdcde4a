"""P-38: two explored worlds compared by what their users see, each difference with a run that shows it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace

from checker.explore.graph import (
    DELIVER,
    DELIVER_KEEP,
    NO_LIMITS,
    OWN,
    Edges,
    Graph,
    Limits,
    action_kind,
    action_subject,
)
from checker.explore.machine import TcpMachine
from checker.explore.run import graph_of
from checker.explore.writer import TraceWriter
from checker.observer import Observer
from checker.replay import ReplayError, replay
from checker.weak_traces import MAX_PAIRS, SILENT, UNKNOWN, Labelled, compare, run_of
from spec.environment import World
from spec.properties.equivalence import EQUIVALENCE, Question
from spec.trace import Trace
from spec.variants import VARIANTS, Variant

Labels = dict[str, int]
"""What is seen -> its label, one numbering for the systems that are compared."""


@dataclass(frozen=True)
class Shown:
    """A shortest trace that only one side has: which variant, what is seen, and a run in which it is seen."""

    variant: str
    seen: tuple[str, ...]
    run: Trace


@dataclass(frozen=True)
class Answer:
    """The answer to a question: "equal", "less", "more", "different" or "unknown".

    ours, theirs   what only the question's variant, and only the other one, shows.
    states         how many states each has; pairs how many pairs of sets of states were compared.
    cut            how many steps each lacks because the network was full.
    """

    question: Question
    answer: str
    ours: Shown | None
    theirs: Shown | None
    states: tuple[int, int]
    pairs: int = 0
    cut: tuple[int, int] = (0, 0)
    reason: str = ""

    @property
    def expected(self) -> bool:
        """The answer is the expected one."""
        return self.answer == self.question.expected

    @property
    def trace(self) -> Trace | None:
        """The shorter of the runs that show a difference."""
        shown = [s.run for s in (self.ours, self.theirs) if s is not None]
        return min(shown, key=lambda run: len(run.steps), default=None)


@dataclass(frozen=True)
class Explored:
    """A variant explored in a world, every step kept; `swapped` says that its ends have changed places."""

    variant: Variant
    machine: TcpMachine
    graph: Graph
    swapped: bool


@dataclass(frozen=True)
class Seen:
    """An explored system as its users see it. `actions` are the explorer's, one an edge, -1 inside a step."""

    system: Explored
    watched: Sequence[int]
    labelled: Labelled
    actions: Sequence[int]

    def run(self, trace: Sequence[int]) -> list[int] | None:
        """Return the actions of a shortest run with this trace, or None when there is none."""
        edges = run_of(self.labelled, trace)
        return None if edges is None else [self.actions[edge] for edge in edges if self.actions[edge] >= 0]


def explored(variant: Variant, world: World, *, swapped: bool = False, limits: Limits = NO_LIMITS) -> Explored:
    """Return a variant explored in a world; with `swapped` the ends change places."""
    world = variant.world(world)
    if swapped:
        world = replace(world, users=world.users[::-1], isn=world.isn[::-1], incarnations=world.incarnations[::-1])
    machine = TcpMachine(variant.relation, world)
    graph = graph_of(machine, edges=True, limits=limits)
    return Explored(variant, machine, graph, swapped)


def seen_by(watched: Sequence[int], system: Explored, labels: Labels) -> Seen:
    """Return what the users of the watched ends see of a system that was explored completely. `labels` grows.

    A step in which several things are seen becomes several, one after the other.
    """
    edges, count = system.graph.edges or Edges(), len(system.graph.states)
    rows = _Rows(system, watched, labels)
    begin, target, actions = array("q", edges.begin), array("q", edges.target), array("q", edges.action)
    label = array("q", bytes(8 * len(target)))
    between: dict[tuple[int, int], int] = {}
    for edge, action in enumerate(edges.action):
        words = rows.action(action)
        if words:
            label[edge] = words[0]
            for word in words[:0:-1] if target[edge] >= 0 else ():
                target[edge] = between.setdefault((word, target[edge]), count + len(between))
    for word, reached in between:
        begin.append(len(target))
        target.append(reached)
        label.append(word)
        actions.append(-1)
    begin.append(len(target))
    return Seen(system, watched, Labelled(begin, target, label), actions)


class _Rows:
    """What the watched users see of the steps of one graph, as labels; each row is read once."""

    def __init__(self, system: Explored, watched: Sequence[int], labels: Labels) -> None:
        self.machine, self.swapped = system.machine, system.swapped
        self.watched, self.labels = watched, labels
        self.observer = Observer(system.variant.relation, system.machine.world.seq_bits)
        self.rows: dict[int, tuple[int, ...]] = {}

    def action(self, action: int) -> tuple[int, ...]:
        """Return what is seen of a step: nothing of losses and ticks."""
        if action_kind(action) not in (OWN, DELIVER, DELIVER_KEEP):
            return ()
        row = action_subject(action)
        known = self.rows.get(row)
        if known is None:
            known = self.rows[row] = self.row(row)
        return known

    def row(self, row: int) -> tuple[int, ...]:
        record = self.machine.records[row]
        end = 1 - record.end if self.swapped else record.end
        if not record.events or end not in self.watched:
            return ()
        first, before = record.events[0], self.machine.locals[record.end][record.before].tcb
        words = self.observer.event(end, first.event, first.call, before, first.outcome)
        return tuple(self.labels.setdefault(word, SILENT + 1 + len(self.labels)) for word in words)


def judge_equivalence(variant_name: str, *, limits: Limits = NO_LIMITS, max_pairs: int = MAX_PAIRS) -> list[Answer]:
    """Return the answer to each of P-38's questions about a variant, every run replayed.

    Raise ReplayError when a run that was found is no run of the rules, or does not show what it is to show.
    """
    questions = (EQUIVALENCE.data or {})["questions"]
    return [ask(q, limits=limits, max_pairs=max_pairs) for q in questions if q.variant == variant_name]


def ask(question: Question, *, limits: Limits = NO_LIMITS, max_pairs: int = MAX_PAIRS) -> Answer:
    """Return the answer to one question. Raise KeyboardInterrupt when the search was interrupted."""
    left = explored(VARIANTS[question.variant], question.world, swapped=question.swapped, limits=limits)
    right = explored(VARIANTS[question.other], question.world, limits=limits)
    states = (len(left.graph.states), len(right.graph.states))
    stopped = left.graph.stopped or right.graph.stopped
    if stopped == "interrupted":  # the search keeps what it found; an answer needs all of it
        raise KeyboardInterrupt
    if stopped is not None:
        return Answer(question, UNKNOWN, None, None, states, reason=stopped)
    labels: Labels = {}
    ours, theirs = (seen_by(question.watched, system, labels) for system in (left, right))
    found = compare(ours.labelled, theirs.labelled, max_pairs)
    words = {label: word for word, label in labels.items()}
    shown = [
        None if trace is None else _shown(side, trace, words)
        for side, trace in ((ours, found.only_left), (theirs, found.only_right))
    ]
    cut = (left.graph.cut_capacity, right.graph.cut_capacity)
    return Answer(question, found.answer, shown[0], shown[1], states, found.pairs, cut, found.reason)


def _shown(side: Seen, trace: Sequence[int], words: dict[int, str]) -> Shown:
    """Return a run in which a trace is seen, replayed, and observed anew from what it says itself."""
    system, relation = side.system, side.system.variant.relation
    writer = TraceWriter(system.machine, system.graph, relation, system.variant.name)
    run = writer.write(side.run(trace) or (), EQUIVALENCE.id)
    replay(run, relation)
    seen = tuple(words[label] for label in trace)
    observer = Observer(relation, run.world.seq_bits)
    if observer.trace(run, watched=side.watched, swapped=system.swapped)[: len(seen)] != seen:
        raise ReplayError(f"the run for {EQUIVALENCE.id} replays but does not show {seen}")
    return Shown(system.variant.name, seen, run)
