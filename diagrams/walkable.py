"""What a page walks through: states of a world and the steps between them, free of any format.

A trace is one path of such a graph; an exploration is a whole one. Whatever several states or steps share stands once
and is referred to by its number. Nothing here knows what TCP does: steps say what happened and where they lead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from diagrams.sequence import (
    ARRIVED,
    PLAIN,
    Fate,
    Happening,
    Ladder,
    Mark,
    Row,
    Verdict,
    message_sequence,
    show_segment,
)
from diagrams.states import Pair, StateDiagram, causes, state_diagram
from spec.environment import ENDS
from spec.ghosts import CRASH
from spec.language import Relation
from spec.trace import FORGE, LOSE, TICK, Record, SentSegment, Trace

T = TypeVar("T", bound=Hashable)
NOT_WORTH_A_WORD = "delayed"
"""The note on an arriving segment that a ladder shows without words."""


@dataclass(frozen=True)
class Local:
    """What an end remembers: the value of each TCB variable, in words, and a note, such as how long it waits."""

    values: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Segment:
    """A segment: which end it goes to, how the RFC's figures write it, and its control bits alone."""

    to: int
    text: str
    short: str


@dataclass(frozen=True)
class Move:
    """What a step is and does; `says` and `brief` name it in words.

    kind         as in spec.trace; end: where it happens; segment: the one that arrives or is lost.
    look, notes  what the segment is when it arrives: stale, forged, old, a duplicate.
    changes      the changes of state that rules made, in order.
    cut_by       the bound that forbids the step; "" for one that can be taken.
    breaks       the properties that the step itself breaks.
    """

    kind: str
    end: int
    segment: int | None
    says: str
    brief: str
    look: str = PLAIN
    notes: tuple[str, ...] = ()
    happenings: tuple[Happening, ...] = ()
    changes: tuple[Pair, ...] = ()
    cut_by: str = ""
    breaks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    """A state: both ends, the segments in flight, the properties that it breaks, and the steps out of it.

    edges   each step and the node that it leads to (-1 where a bound cuts it off), in the order of being offered.
    """

    ends: tuple[int, int]
    flying: tuple[int, ...]
    edges: tuple[tuple[int, int], ...]
    breaks: tuple[str, ...] = ()


@dataclass(frozen=True)
class RuleNote:
    """What is said of a rule: its id, title and citation."""

    id: str
    title: str
    cite: str


@dataclass(frozen=True)
class Walkable:
    """A world to be walked through; node 0 is its beginning.

    variables    of the TCB: name, meaning, initial value; properties: name and sentence, by id.
    path         which edge of each node the page begins with having taken; loop, marks, verdict: as a ladder's.
    """

    title: str
    subtitle: str
    variables: tuple[tuple[str, str, str], ...]
    rules: tuple[RuleNote, ...]
    properties: Mapping[str, tuple[str, str]]
    locals: tuple[Local, ...]
    segments: tuple[Segment, ...]
    moves: tuple[Move, ...]
    nodes: tuple[Node, ...]
    diagram: StateDiagram
    path: tuple[int, ...] = ()
    loop: int | None = None
    marks: tuple[Mark, ...] = ()
    verdict: Verdict | None = None


@dataclass
class Numbered(Generic[T]):
    """Things by number, each once, in the order of being met."""

    numbers: dict[T, int] = field(default_factory=dict)

    def number(self, thing: T) -> int:
        """Return a thing's number."""
        return self.numbers.setdefault(thing, len(self.numbers))

    @property
    def things(self) -> tuple[T, ...]:
        """All of them, by number."""
        return tuple(self.numbers)


def from_trace(trace: Trace, relation: Relation[Any], ladder: Ladder) -> Walkable:
    """Return a trace as a graph that is one path; marks, verdict and title are its ladder's."""
    there = Numbered[Local]()
    steps = tuple(moves(trace, relation))
    last = len(trace.steps)
    nodes = tuple(
        Node(
            (there.number(local(trace.tcb(0, number))), there.number(local(trace.tcb(1, number)))),
            trace.in_flight(number),
            ((number, number + 1),) if number < last else (),
        )
        for number in range(last + 1)
    )
    ends = {segment.number: 1 - segment.sender for segment in trace.segments}
    ends |= {step.segment: step.end for step in trace.steps if step.kind == FORGE and step.segment is not None}
    return Walkable(
        ladder.title,
        f"{trace.world.title} A run of {last} steps, replayed.",
        variables(relation),
        rules_of(steps, relation),
        {},
        there.things,
        tuple(segment_of(sent, ends[sent.number]) for sent in trace.segments),
        steps,
        nodes,
        diagram_of(steps, relation),
        (0,) * last,
        ladder.loop,
        ladder.marks,
        ladder.verdict,
    )


def moves(trace: Trace, relation: Relation[Any]) -> Iterator[Move]:
    """Yield what each step of a trace is and does; segments have the trace's numbers."""
    ladder = message_sequence(trace)
    for row in ladder.rows:
        fate = _fate(ladder, row)
        notes = tuple(note for note in fate.notes if note != NOT_WORTH_A_WORD)
        sent = None if row.segment is None else trace.segments[row.segment]
        words = ("", "") if sent is None else (show_segment(sent), _short(sent))
        aside = f" ({', '.join(notes)})" if notes else ""
        says, brief = (_said(row, word) + aside for word in words)
        changes = tuple(_changes(trace, row.number, relation))
        yield Move(row.kind, row.end, row.segment, says, brief, fate.kind, notes, row.happenings, changes)


def _fate(ladder: Ladder, row: Row) -> Fate:
    """Return what became of the row's segment in the row."""
    fates = () if row.segment is None else ladder.messages[row.segment].fates
    return next((fate for fate in fates if fate.step == row.number), Fate(row.number, ARRIVED, row.end))


def _said(row: Row, segment: str) -> str:
    if row.kind == TICK:
        return "a tick of the clock"
    if row.kind == LOSE:
        return f"the network loses {segment} to {ENDS[row.end]}"
    if row.segment is not None:
        return f"{ENDS[row.end]} receives {segment}"
    return own_words(row.end, row.happenings[0].event)


def own_words(end: int, event: str) -> str:
    """Return how an end's own event is named: A (OPEN active)."""
    return f"{ENDS[end]} {event}"


def _short(sent: SentSegment) -> str:
    """Return a segment's control bits, and its text: FIN,ACK; ACK DATA=1."""
    bits = show_segment(sent).rpartition("<CTL=")[2].rstrip(">")
    return f"{bits} DATA={sent.fields['DATA']}" if sent.fields["DATA"] else bits


def _changes(trace: Trace, number: int, relation: Relation[Any]) -> Iterator[Pair]:
    """Yield the changes of state in a step that a state diagram draws: rules made them, the environment did not."""
    step = trace.steps[number - 1]
    before = trace.tcb(step.end, number - 1)["STATE"]
    for event in step.events:
        pair = (before, event.tcb["STATE"])
        if event.event != CRASH.name and pair in causes(relation):
            yield pair
        before = event.tcb["STATE"]


def segment_of(sent: SentSegment, to: int) -> Segment:
    """Return what is shown of a segment."""
    return Segment(to, show_segment(sent), _short(sent))


def local(tcb: Record, note: str = "") -> Local:
    """Return what is shown of a TCB."""
    return Local(tuple(_value(value) for value in tcb.values()), note)


def _value(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def variables(relation: Relation[Any]) -> tuple[tuple[str, str, str], ...]:
    """Return what is said of each TCB variable: its name, its meaning, its initial value."""
    return tuple((each.name, each.meaning, _value(each.initial)) for each in relation.variables)


def rules_of(steps: Iterable[Move], relation: Relation[Any]) -> tuple[RuleNote, ...]:
    """Return the rules that fire in some steps, in the relation's order, then what is no rule of TCP."""
    fired = dict.fromkeys(rule for step in steps for happening in step.happenings for rule in happening.rules)
    known = [RuleNote(rule.id, rule.title, rule.cite) for rule in relation.rules if rule.id in fired]
    ids = {note.id for note in known}
    others = [RuleNote(rule, f"{CRASH.name}: no rule of TCP", CRASH.cite) for rule in fired if rule not in ids]
    return (*known, *others)


def diagram_of(steps: Iterable[Move], relation: Relation[Any]) -> StateDiagram:
    """Return the state diagram with the changes of state that some steps make; Figure 5's others are told apart."""
    taken = Counter(pair for step in steps for pair in step.changes)
    counted = state_diagram(relation, taken=taken)
    return replace(counted, edges=tuple(replace(edge, times=None) for edge in counted.edges))
