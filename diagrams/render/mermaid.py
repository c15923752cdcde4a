"""Mermaid: `stateDiagram-v2` for state diagrams, `sequenceDiagram` for ladders, flow charts for the rest.

Mermaid draws neither dashes nor colours of single edges in state diagrams, so what they say is said in words there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from diagrams.flow import Flow
from diagrams.pairs import PairGraph
from diagrams.sequence import ARRIVED, COPY, FLYING, GAP, LOST, PLAIN, Fate, Ladder, Message, Row
from diagrams.states import ADDED, NOT_DRAWN, REMOVED, UNREACHABLE, StateDiagram
from spec.trace import ATTACKER, TICK

_WORDS = {
    NOT_DRAWN: "not drawn in Figure 5", UNREACHABLE: "not reached here", ADDED: "added", REMOVED: "removed",
}  # fmt: skip
_ESCAPED = {"#": "#35;", ";": "#59;", ":": "#58;", "<": "#lt;", ">": "#gt;", '"': "#quot;", "{": "#123;", "}": "#125;"}


def escaped(text: str) -> str:
    """Return a text in which nothing means anything to Mermaid."""
    return "".join(_ESCAPED.get(letter, letter) for letter in text)


def _title(title: str) -> str:
    """Return the line of the front matter that names a picture, in YAML's quotes."""
    return f"title: {json.dumps(title, ensure_ascii=False)}"


def _name(state: str) -> str:
    return state.replace("-", "_").replace(" ", "_")


def state_diagram(diagram: StateDiagram) -> str:
    """Return a state diagram as `stateDiagram-v2`."""
    lines = ["---", _title(diagram.title), "---", "stateDiagram-v2"]
    lines += [f'  state "{escaped(state)}" as {_name(state)}' for state in diagram.states]
    lines.append(f"  [*] --> {_name(diagram.states[0])}")
    for edge in diagram.edges:
        labels = " or ".join(escaped(str(each)) for each in edge.shown)
        words = [_WORDS[edge.kind]] if edge.kind in _WORDS else []
        words += [] if edge.times is None else [f"{edge.times} x"]
        more = f" ({', '.join(words)})" if words else ""
        lines.append(f"  {_name(edge.source)} --> {_name(edge.target)} : {labels}{more}")
    lit = [_name(state) for state in diagram.states if diagram.current.get(state)]
    if lit:
        lines += ["  classDef lit stroke-width:3px,font-weight:bold", f"  class {','.join(lit)} lit"]
    return "\n".join([*lines, ""])


def ladder(picture: Ladder) -> str:
    """Return a ladder as `sequenceDiagram`: arrows at the moments of arrival, since Mermaid's do not slant."""
    lines = ["---", _title(picture.title), "---", "sequenceDiagram"]
    lines += [f"  participant {'AB'[end]} as {escaped(picture.ends[end])}" for end in (0, 1)]
    if any(message.sender == ATTACKER for message in picture.messages):
        lines.append("  participant X as an attacker")
    lines.append(f"  Note over A,B: A {picture.states[0]}, B {picture.states[1]}")
    for row in picture.rows:
        if picture.loop is not None and row.number == picture.loop + 1:
            lines.append("  loop for ever")
        lines += [f"  {line}" for line in _row(picture, row)]
    if picture.loop is not None:
        lines += ["  end"] if picture.loop < len(picture.rows) else ["  Note over A,B: nothing more happens, for ever"]
    for message in picture.messages:
        lines += [f"  {_arrow(message, fate)}" for fate in message.fates if fate.word == FLYING]
    if picture.verdict is not None:
        lines.append(f"  Note over A,B: {'<br/>'.join(escaped(line) for line in picture.verdict.lines)}")
    return "\n".join([*lines, ""])


def _row(picture: Ladder, row: Row) -> Iterator[str]:
    marked = [mark for mark in picture.marks if mark.row == row.number]
    if marked:
        yield "rect rgb(255, 235, 220)"
    if row.kind == TICK:
        yield "Note over A,B: a tick of the clock"
    if row.kind == GAP and row.said:
        yield f"Note over A,B: {escaped(row.said)}"
    for message in picture.messages:
        yield from (_arrow(message, fate) for fate in message.fates if fate.step == row.number and fate.word != FLYING)
    for happening in row.happenings:
        words = [happening.event, happening.state if happening.entered else "", f"[{' '.join(happening.rules)}]"]
        side = ("left", "right")[happening.end]
        yield f"Note {side} of {'AB'[happening.end]}: {row.number}. {escaped(' '.join(filter(None, words)))}"
    if marked:
        yield from (f"Note over A,B: {escaped(mark.text)}" for mark in marked if mark.text)
        yield "end"


def _arrow(message: Message, fate: Fate) -> str:
    sender = "ABX"[message.sender]
    to = "AB"[1 - message.sender] if message.sender != ATTACKER else "AB"[fate.to]
    arrow = {ARRIVED: "->>", COPY: "-->>", FLYING: "-)"}.get(fate.word, "-x")
    words = [*fate.notes] if fate.kind != PLAIN or fate.word == COPY else []
    words += [f"sent in step {message.step}"] if fate.step > message.step + 1 and fate.word != FLYING else []
    words += ["lost"] if fate.word == LOST else [fate.word] if arrow == "-x" else []
    words += ["still in the network"] if fate.word == FLYING else []
    more = f" ({', '.join(words)})" if words else ""
    return f"{sender}{arrow}{to}: {escaped(message.text)}{more}"


def pair_graph(graph: PairGraph) -> str:
    """Return the graph of pairs of states as a flow chart."""
    numbers = {node.pair: number for number, node in enumerate(graph.nodes)}
    lines = ["---", _title(graph.title), "---", "flowchart TD"]
    lines += [
        f'  n{number}["{escaped(node.pair[0])}<br/>{escaped(node.pair[1])}"]' for number, node in enumerate(graph.nodes)
    ]
    for edge in graph.edges:
        lines.append(f'  n{numbers[edge.source]} -->|"{escaped(edge.label)}"| n{numbers[edge.target]}')
    return "\n".join([*lines, ""])


def flow(picture: Flow) -> str:
    """Return a flow chart: checks as diamonds, rules as boxes."""
    lines = ["---", _title(picture.title), "---", "flowchart TD"]
    for number, (states, checks) in enumerate(picture.groups):
        lines.append(f'  subgraph g{number}["{escaped(states)}"]')
        for place, check in enumerate(checks):
            key = f"c{number}_{place}"
            lines.append(f'    {key}{{"{escaped(check.title)}"}}')
            for branch in check.branches:
                rule = f"{key}_{''.join(c for c in branch.id if c.isalnum())}"
                said = "<br/>".join(escaped(text) for text in (f"{branch.id} {branch.title}", branch.does) if text)
                lines.append(f'    {key} --> {rule}["{said}"]')
            if place + 1 < len(checks):
                lines.append(f"    {key} ==> c{number}_{place + 1}")
        lines.append("  end")
    return "\n".join([*lines, ""])
