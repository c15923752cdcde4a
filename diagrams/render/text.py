"""Pictures as plain text, for terminals, mails and those who listen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from diagrams.flow import Flow
from diagrams.grid import Grid
from diagrams.pairs import PairGraph
from diagrams.render import ladder_text
from diagrams.sequence import GAP, LOST, Ladder, SideBySide
from diagrams.states import StateDiagram
from spec.trace import TICK

_MARKS = {"drawn": " ", "not-drawn": "+", "unreachable": "?", "added": ">", "removed": "<"}


def state_diagram(diagram: StateDiagram) -> str:
    """Return a state diagram as a list of edges, state by state."""
    wide = max(len(state) for state in diagram.states)
    lines = [diagram.title, ""]
    for state in diagram.states:
        lit = diagram.current.get(state)
        lines.append(f"{state}{f'   <- {lit}' if lit else ''}")
        for edge in (each for each in diagram.edges if each.source == state):
            taken = "" if edge.times is None else f"{edge.times:>9,} x"
            labels = [f"{each.cause} / {each.action}" for each in edge.shown] or [""]
            lines.append(f"  {_MARKS[edge.kind]} -> {edge.target:<{wide}}{taken}  {labels[0]}".rstrip())
            lines += [f"       {'':<{wide}}{' ' * len(taken)}  {label}" for label in labels[1:]]
    marks = [f"{_MARKS[kind]} {words}" for kind, words in diagram.legend if _MARKS[kind].strip()]
    return "\n".join([*lines, "", *marks, ""]) if marks else "\n".join([*lines, ""])


def pair_graph(graph: PairGraph) -> str:
    """Return the graph of pairs of states as a list of changes."""
    lines = [graph.title, ""]
    for node in graph.nodes:
        ends = ", runs can end here" if node.last else ""
        lines.append(f"({', '.join(node.pair)})  {node.states:,} states, first after {node.depth} steps{ends}")
        lines += [
            f"    -> ({', '.join(edge.target)})  {edge.label}" for edge in graph.edges if edge.source == node.pair
        ]
    return "\n".join([*lines, ""])


def ladder(picture: Ladder) -> str:
    """Return a ladder in the layout of the RFC's figures, with what it shows below."""
    lines = [picture.title, ""]
    texts = {message.number: message.text for message in picture.messages}
    lines += [ladder_text.ladder(picture.source, texts=texts)] if picture.source is not None else []
    if picture.verdict is not None:
        lines += ["", *picture.verdict.lines]
    return "\n".join([*lines, ""])


def side_by_side(pair: SideBySide) -> str:
    """Return two runs of one schedule in two columns, a block for each step."""
    sides = [pair.left, pair.right]
    blocks = [list(_block(side, place)) for place in range(len(pair.left.rows)) for side in sides]
    wide = max(len(line) for line in (pair.left.title, *(line for block in blocks[::2] for line in block))) + 3
    lines = [pair.title, pair.subtitle, "", f"{'':4}{pair.left.title:<{wide}}{pair.right.title}"]
    lines.append(f"{'':4}{_start(pair.left):<{wide}}{_start(pair.right)}")
    for place in range(len(pair.left.rows)):
        marks = [mark.text for mark in pair.left.marks if mark.row == place + 1 and mark.text]
        lines += [f"--- {text} {'-' * (2 * wide - len(text) - 5)}" for text in marks]
        both = zip_longest(*blocks[2 * place : 2 * place + 2], fillvalue="")
        for number, (one, two) in enumerate(both):
            label = f"{place + 1}." if not number else ""
            lines.append(f"{label:<4}{one:<{wide}}{two}".rstrip())
    for side in sides:
        first, *others = side.verdict.lines if side.verdict is not None else ("",)
        lines += ["", f"{side.title}: {first}", *(f"  {line}" for line in others)]
    return "\n".join([*lines, ""])


def _start(side: Ladder) -> str:
    return f"A {side.states[0]}, B {side.states[1]}"


def _block(side: Ladder, place: int) -> Iterator[str]:
    """Yield what a step does, a line each: the event or arrival, the state entered, what is sent."""
    row = side.rows[place]
    if row.kind == GAP:
        yield f"({row.said})" if row.said else ""
        return
    texts = {message.number: message.text for message in side.messages}
    if row.kind == TICK:
        yield "a tick of the clock"
    if row.segment is not None:
        fate = next(f for m in side.messages if m.number == row.segment for f in m.fates if f.step == row.number)
        words = f" ({', '.join(fate.notes)})" if fate.notes else ""
        verb = "is lost" if fate.word == LOST else f"arrives at {'AB'[row.end]}"
        yield f"{texts[row.segment]} {verb}{words}"
    for happening in row.happenings:
        end = "AB"[happening.end]
        if happening.event:
            yield f"{end}: {happening.event.strip('()')}"
        state = f"{end} enters {happening.state}" if happening.entered else f"{end} stays in {happening.state}"
        yield f"  {state}   [{' '.join(happening.rules) or 'no rule'}]"
        yield from (f"  {end} sends {texts[number]}" for number in happening.sent)


def flow(picture: Flow) -> str:
    """Return a flow chart as an indented list."""
    return "\n".join([picture.title, *_groups(picture), ""])


def _groups(picture: Flow) -> Iterator[str]:
    for states, checks in picture.groups:
        yield ""
        yield states
        for check in checks:
            yield f"  {check.title} ({check.cite})"
            for branch in check.branches:
                does = f" [{branch.does}]" if branch.does else ""
                onwards = {"": "ends", "next": "goes on"}.get(branch.onwards, f"goes on at {branch.onwards}")
                yield f"    {branch.id:<6} {branch.title}{does} {onwards}"


def grid(picture: Grid) -> str:
    """Return a table with columns as wide as their words."""
    first = max(len(text) for text in (picture.head, *(label for label, _ in picture.rows)))
    widths = [
        max(len(column), *(len(cells[i].text) for _, cells in picture.rows)) for i, column in enumerate(picture.columns)
    ]
    head = "  ".join(f"{column:<{width}}" for column, width in zip(picture.columns, widths, strict=True))
    lines = [picture.title, "", f"{picture.head:<{first}}  {head}".rstrip()]
    for label, cells in picture.rows:
        words = "  ".join(f"{cell.text:<{width}}" for cell, width in zip(cells, widths, strict=True))
        lines.append(f"{label:<{first}}  {words}".rstrip())
    return "\n".join([*lines, ""])
