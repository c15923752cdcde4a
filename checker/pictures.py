"""What is drawn of explorations, traces, comparisons and tables: models of `diagrams`, filled by the engines."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import replace

from checker.compare import Comparison
from checker.explore.graph import Edges, Graph, action_subject
from checker.explore.machine import TcpMachine
from checker.explore.run import WorldRun, explore_world, graph_of
from checker.usage import UsageError
from checker.verdict import Verdict
from checker.verify import Request, Table, verify
from diagrams.grid import Cell, Grid
from diagrams.labels import controls
from diagrams.pairs import Change, Node, PairGraph
from diagrams.sequence import ABSOLUTE, Ladder, Mark, SideBySide, message_sequence, spread
from diagrams.sequence import Verdict as Said
from diagrams.states import StateDiagram, state_diagram
from spec.environment import World
from spec.language.beside import Property
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
from spec.trace import Trace
from spec.variants.variant import Variant
from spec.words import FAILS, HOLDS

_WIDE = 88
"""How many characters of a sentence stand in a line below a ladder."""


def reached(variant: Variant, worlds: Sequence[World]) -> StateDiagram:
    """Return a variant's state diagram, with what was reached in the worlds and how often each edge was taken."""
    taken: dict[tuple[str, str], int] = {}
    worlds = [world for world in worlds if variant.knows(world)]
    for world in worlds:
        for pair, times in explored(variant, world).moves.items():
            taken[pair] = taken.get(pair, 0) + times
    names = ", ".join(world.name for world in worlds)
    title = f"{variant.name}: what is reached in {names if len(names) < 60 else f'{len(worlds)} worlds'}"
    return state_diagram(variant.relation, taken=taken, title=title)


def explored(variant: Variant, world: World) -> WorldRun:
    """Return a variant explored in a world, nothing watched."""
    return explore_world(variant.relation, variant.world(world), [], variant=variant.name)


def pair_graph(variant: Variant, world: World) -> PairGraph:
    """Return the pairs of states that a variant reaches in a world."""
    machine = TcpMachine(variant.relation, variant.world(world))
    graph = graph_of(machine, edges=True)
    pairs = [_pair(machine, graph, number) for number in range(len(graph.states))]
    nodes: dict[tuple[str, str], Node] = {}
    for number, pair in enumerate(pairs):
        known = nodes.get(pair) or Node(pair, 0, len(graph.path(number)), first=number == 0)
        nodes[pair] = replace(known, states=known.states + 1, last=known.last or number in graph.terminal)
    title = f"{variant.name} in world {world.name}: pairs of states (A, B)"
    return PairGraph(title, tuple(nodes.values()), tuple(_changes(machine, graph, pairs)))


def _pair(machine: TcpMachine, graph: Graph, number: int) -> tuple[str, str]:
    a, b = graph.ends(number)
    return machine.locals[0][a].tcb[0], machine.locals[1][b].tcb[0]


def _changes(machine: TcpMachine, graph: Graph, pairs: Sequence[tuple[str, str]]) -> list[Change]:
    """Return the changes between pairs, each with the words of what causes it most."""
    found: dict[tuple[tuple[str, str], tuple[str, str]], dict[str, int]] = {}
    edges = graph.edges or Edges()
    ends = [*edges.begin[1:], len(edges.target)]
    for source, (first, last) in enumerate(zip(edges.begin, ends, strict=True)):
        for edge in range(first, last):
            target = edges.target[edge]
            if target >= 0 and pairs[target] != pairs[source]:
                words = found.setdefault((pairs[source], pairs[target]), {})
                label = _cause(machine, edges.action[edge])
                words[label] = words.get(label, 0) + 1
    return [
        Change(*pair, " or ".join(sorted(words, key=lambda word: (-words[word], word))[:2]), sum(words.values()))
        for pair, words in found.items()
    ]


def _cause(machine: TcpMachine, action: int) -> str:
    """Return what a step is, in the words of the state diagram: A rcv SYN,ACK; B CLOSE."""
    record = machine.records[action_subject(action)]
    end = "AB"[record.end]
    if record.segment is None:
        return f"{end} {record.events[0].event}"
    fields = zip(machine.relation.message, machine.segments[record.segment], strict=False)
    bits = {name.removesuffix(" bit") for name, value in fields if name.endswith(" bit") and value}
    return f"{end} rcv {controls(bits, machine.relation)}"


# --- runs -------------------------------------------------------------------------------------------------------


def run(trace: Trace, *, numbers: str = ABSOLUTE) -> Ladder:
    """Return the ladder of a run; where it shows something of a property, that is marked and said."""
    ladder = message_sequence(trace, numbers=numbers)
    about = PROPERTIES.get(trace.property)
    if about is None or not trace.steps:
        return ladder
    part = about.parts[trace.part] if about.parts else None
    shows_it = part is not None and part.kind == "sometimes"
    look, word = ("holds", "is witnessed") if shows_it else ("violation", "fails")
    marks = () if trace.loop is not None else (Mark(len(trace.steps), look),)
    return replace(ladder, marks=marks, verdict=said(about, word, look))


def breaking(variant: Variant, about: str, scenario: str) -> Trace:
    """Return the shortest run of a variant that decides a property in a scenario. Raise UsageError where none does."""
    result = verify(Request((variant.name,), (about,), SCENARIOS[scenario]))
    traces = [verdict.judgement.trace for verdict in result.verdicts]
    trace = next((each for each in traces if each is not None), None)
    if trace is None:
        words = ", ".join(verdict.judgement.word for verdict in result.verdicts) or "not judged there"
        raise UsageError(f"{about} of {variant.name} in {scenario}: {words}; there is no run to draw.")
    return trace


def said(about: Property, word: str, look: str) -> Said:
    """Return what is said of a property below a ladder."""
    return Said((f"{about.id} {about.name}: {word}", *textwrap.wrap(about.sentence, _WIDE)), look)


def side_by_side(found: Comparison) -> SideBySide:
    """Return the picture of a comparison: both runs in the same rows, and where they part."""
    about, count = found.about, len(found.lines)
    ladders = []
    for trace, broken, which in zip((found.first, found.second), found.broken, ("first", "second"), strict=True):
        places = [place for place, line in enumerate(found.lines, 1) if getattr(line, which) is not None]
        gaps = {place: line.why for place, line in enumerate(found.lines, 1) if getattr(line, which) is None}
        ladder = spread(message_sequence(trace, title=trace.variant), places, count, gaps)
        marks = () if found.parting is None else (Mark(found.parting + 1, "parting", "here they part"),)
        word = "holds after every step" if broken is None else f"fails after step {broken}"
        verdict = said(about, word, "holds" if broken is None else "violation")
        ladders.append(replace(ladder, marks=marks, verdict=verdict))
    title = f"{found.first.variant} and {found.second.variant}: the same calls, arrivals and losses in both"
    return SideBySide(title, f"world {found.first.world.name}: {found.first.world.title}", ladders[0], ladders[1])


# --- tables -----------------------------------------------------------------------------------------------------


def grid(table: Table) -> Grid:
    """Return the picture of a table that was worked out."""
    matrix = table.matrix
    cells = {row: tuple(_cell(table.cells.get((row, column))) for column in matrix.columns) for row in matrix.rows}
    return Grid(matrix.title, matrix.head, matrix.columns, tuple(cells.items()))


def _cell(verdict: Verdict | None) -> Cell:
    if verdict is None:
        return Cell("")
    judgement = verdict.judgement
    steps = "" if judgement.steps is None or judgement.word != FAILS else f" @{judgement.steps}"
    mood = {HOLDS: "good", FAILS: "bad"}.get(judgement.word, "")
    return Cell(f"{judgement.word.lower()}{steps}", mood)
