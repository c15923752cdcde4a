"""Graphviz: state diagrams and graphs of pairs as graphs to be styled further, scenes pinned point by point."""

from __future__ import annotations

from collections.abc import Iterator

from diagrams.layout.figure5 import AGAIN, PLACES
from diagrams.layout.scene import LOOKS, Box, Line, Scene, Text
from diagrams.pairs import PairGraph
from diagrams.states import StateDiagram

FONT = "DejaVu Sans Mono"
INCH = 72.0
_UPPER = ("LISTEN", "SYN-SENT", "SYN-RECEIVED")
"""The states whose edges to CLOSED lead to the one at the top."""


def quoted(text: str) -> str:
    """Return a text as a DOT string; a line break stays one."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _attributes(**values: object) -> str:
    shown = [f"{name}={quoted(str(value))}" for name, value in values.items() if value not in ("", None)]
    return f" [{', '.join(shown)}]"


def _styled(look: str) -> dict[str, str]:
    """Return how an edge of a look is drawn."""
    drawn = LOOKS[look]
    style = "dashed" if drawn.dash.startswith("7") else "dotted" if drawn.dash else "solid"
    return {"color": drawn.light, "fontcolor": drawn.light, "style": style, "penwidth": f"{drawn.width:g}"}


def state_diagram(diagram: StateDiagram) -> str:
    """Return a state diagram as DOT: states where Figure 5 has them, for `neato`; `dot` may arrange them anew."""
    lines = [
        f"digraph {quoted(diagram.title)} {{",
        f"  graph [label={quoted(diagram.title)}, labelloc=t, layout=neato, splines=true, overlap=true, {_font(15)}];",
        f'  node [shape=box, style="rounded,filled", fillcolor=white, {_font(12)}];',
        f"  edge [{_font(11)}];",
    ]
    height = max(y for _, y in PLACES.values())
    for state in (*diagram.states, AGAIN):
        x, y = PLACES.get(state, (0.0, 0.0))
        place = f"{1.5 * x / INCH:.2f},{1.5 * (height - y) / INCH:.2f}!" if state in PLACES else ""
        lit = {"color": LOOKS["lit"].light, "fillcolor": LOOKS["lit"].fill[0], "penwidth": 3}
        marked, label = diagram.current.get(state, ""), diagram.states[0] if state == AGAIN else ""
        drawn = _attributes(label=label, pos=place, xlabel=marked, **(lit if marked else {}))
        lines.append(f"  {quoted(state)}{drawn};")
    for edge in diagram.edges:
        label = "\n".join(f"{each.cause}\n{each.action}" for each in edge.shown)
        counted = "" if edge.times is None else f"\n{edge.times:,} x"
        tip = "\n".join(edge.all_labels)
        drawn = _attributes(label=label + counted, tooltip=tip, **{"class": edge.kind}, **_styled(edge.kind))
        target = AGAIN if edge.target == diagram.states[0] and edge.source not in _UPPER else edge.target
        lines.append(f"  {quoted(edge.source)} -> {quoted(target)}{drawn};")
    return "\n".join([*lines, "}", ""])


def _font(size: int) -> str:
    return f"fontname={quoted(FONT)}, fontsize={size}"


def pair_graph(graph: PairGraph) -> str:
    """Return the graph of pairs of states as DOT, for `dot`: time goes downwards."""
    lines = [
        f"digraph {quoted(graph.title)} {{",
        f"  graph [label={quoted(graph.title)}, labelloc=t, rankdir=TB, ranksep=0.45, nodesep=0.25, {_font(15)}];",
        f'  node [shape=box, style="rounded,filled", fillcolor=white, {_font(11)}];',
        f"  edge [{_font(10)}];",
    ]
    for number, node in enumerate(graph.nodes):
        look = LOOKS["lit"] if node.first else LOOKS["good"] if node.last else LOOKS["state"]
        tip = f"{node.states:,} states, first after {node.depth} steps"
        shown = _attributes(
            label=f"{node.pair[0]}\n{node.pair[1]}", tooltip=tip, color=look.light, fillcolor=look.fill[0] or "white"
        )
        lines.append(f"  n{number}{shown};")
    numbers = {node.pair: number for number, node in enumerate(graph.nodes)}
    for edge in graph.edges:
        shown = _attributes(label=edge.label, tooltip=f"{edge.times:,} steps", color=LOOKS["drawn"].light)
        lines.append(f"  n{numbers[edge.source]} -> n{numbers[edge.target]}{shown};")
    return "\n".join([*lines, "}", ""])


def pinned(scene: Scene) -> str:
    """Return a scene as DOT with every box, text and corner pinned, for `neato`: what PNG and PDF are made of."""
    lines = [
        f"digraph {quoted(scene.title)} {{",
        "  graph [layout=neato, splines=line, overlap=true, outputorder=edgesfirst, bgcolor=white, pad=0.1];",
        f"  node [margin=0, {_font(12)}];",
        "  edge [arrowsize=0.7];",
        *_corners(scene),
        *(line for number, box in enumerate(scene.boxes) for line in _box(number, box, scene.height)),
        *(line for number, each in enumerate(scene.lines) for line in _line(number, each, scene.height)),
        *(_text(number, text, scene.height) for number, text in enumerate(scene.texts) if text.text),
        "}",
        "",
    ]
    return "\n".join(lines)


def _at(x: float, y: float, height: float) -> str:
    return f"{x / INCH:.4f},{(height - y) / INCH:.4f}!"


def _point(name: str, x: float, y: float, height: float) -> str:
    return f"  {name}{_attributes(shape='point', style='invis', width='0', height='0', pos=_at(x, y, height))};"


def _corners(scene: Scene) -> Iterator[str]:
    """Yield two unseen points that make the picture as large as the scene."""
    yield _point("first", 0, 0, scene.height)
    yield _point("last", scene.width, scene.height, scene.height)


def _box(number: int, box: Box, height: float) -> Iterator[str]:
    look = LOOKS[box.look]
    if not box.lines:  # a mark behind everything else: a node would hide what runs through it, a broad line does not
        left, right = box.x - box.width / 2, box.x + box.width / 2
        yield _point(f"b{number}l", left, box.y, height)
        yield _point(f"b{number}r", right, box.y, height)
        drawn = _attributes(arrowhead="none", penwidth=f"{box.height:g}", color=look.fill[0] or "white")
        yield f"  b{number}l -> b{number}r{drawn};"
        return
    drawn = _attributes(
        shape="box", style="rounded,filled", fixedsize="true", label="\n".join(box.lines), tooltip=box.tip,
        width=f"{box.width / INCH:.4f}", height=f"{box.height / INCH:.4f}", pos=_at(box.x, box.y, height),
        color=look.light, fontcolor=look.light, fillcolor=look.fill[0] or "white", penwidth=f"{look.width:g}",
        fontname=_face(box.look), fontsize=look.size,
    )  # fmt: skip
    yield f"  b{number}{drawn};"


def _face(look: str) -> str:
    return f"{FONT} Bold" if LOOKS[look].bold else FONT


def _line(number: int, line: Line, height: float) -> Iterator[str]:
    for corner, (x, y) in enumerate(line.points):
        yield _point(f"l{number}_{corner}", x, y, height)
    styled = _styled(line.look)
    width = styled["penwidth"] if line.width is None else f"{line.width:g}"
    last = len(line.points) - 2
    for corner in range(last + 1):
        head = "normal" if line.arrow and corner == last else "none"
        drawn = _attributes(arrowhead=head, color=styled["color"], style=styled["style"], penwidth=width)
        yield f"  l{number}_{corner} -> l{number}_{corner + 1}{drawn};"


def _text(number: int, text: Text, height: float) -> str:
    look = LOOKS[text.look]
    middle = text.left + text.width / 2
    drawn = _attributes(
        shape="plain", style="filled", fillcolor="white" if not text.text.isspace() else "", label=text.text,
        pos=_at(middle, text.y, height), fontcolor=look.light, fontname=_face(text.look), fontsize=look.size,
    )  # fmt: skip
    return f"  t{number}{drawn};"
