"""A page to walk through a world or a run: one file that loads nothing, the same bytes every time.

The page's script replays data (`data`) and knows nothing of TCP. Colours come from diagrams/layout/scene.py.
"""

from __future__ import annotations

import json
from html import escape
from importlib import resources
from string import Template
from typing import Any

from diagrams.layout import figure5, ladder
from diagrams.layout.scene import LOOKS
from diagrams.layout.small import small
from diagrams.render.svg import PAPER, element, stylesheet, svg
from diagrams.sequence import Ladder
from diagrams.walkable import Move, Numbered, Walkable
from spec.vocabulary import NO_CONNECTION

_ASSETS = resources.files("diagrams.render")
_COLOURS = ("plain", "quiet", "lit", "rail", "violation", "holds", "loop", "alive", "stale")
"""The looks whose colours the page uses outside of its pictures too."""


def page(walk: Walkable, still: Ladder | None = None) -> str:
    """Return the page; `still` is the ladder that is seen where scripts do not run."""
    figure = figure5.laid_out(walk.diagram)
    return Template(_asset("page.html")).substitute(
        title=escape(walk.title),
        subtitle=escape(walk.subtitle),
        style="\n".join([_colours(), stylesheet(sorted(LOOKS)), _asset("page.css")]),
        small=element(small(figure)),
        figure=element(figure),
        still=_still(still),
        data=_embedded(data(walk)),
        script="\n".join([_asset("ladder.js"), _asset("page.js")]),
    )


def _asset(name: str) -> str:
    return _ASSETS.joinpath(name).read_text(encoding="utf-8")


def _still(still: Ladder | None) -> str:
    told = "<p>Stepping needs JavaScript, which is switched off here."
    if still is None:
        return f"{told} Below are the changes of state that can happen.</p>"
    return f"{told} This is the whole run.</p>\n{svg(ladder.laid_out(still))}"


def _colours() -> str:
    """Return the colours of looks as CSS variables, for light and dark backgrounds."""
    blocks = []
    for which in (0, 1):
        lines = [f"--paper:{PAPER[which]}"]
        for name in _COLOURS:
            look = LOOKS[name]
            lines.append(f"--{name}:{(look.light, look.dark)[which]}")
            lines += [f"--{name}-fill:{look.fill[which]}"] if look.fill[which] else []
        blocks.append(f":root{{{';'.join(lines)}}}")
    return f"{blocks[0]}\n@media screen and (prefers-color-scheme: dark) {{{blocks[1]}}}"


def _embedded(content: Any) -> str:
    """Return data as JSON that ends no script element."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def data(walk: Walkable) -> dict[str, Any]:
    """Return what the page's script reads.

    Nodes and edges are flat lists of numbers: four a node (both ends, what is in flight, what is broken), two an edge
    (the move, the node that it leads to); the edges of node n begin at `begin[n]`.
    """
    nets, broken = Numbered[tuple[int, ...]](), Numbered[tuple[str, ...]]()
    broken.number(())
    nodes: list[int] = []
    begin, edges = [0], list[int]()
    for node in walk.nodes:
        nodes += [*node.ends, nets.number(node.flying), broken.number(node.breaks)]
        edges += [number for edge in node.edges for number in edge]
        begin.append(len(edges) // 2)
    return {
        "title": walk.title,
        "variables": walk.variables,
        "rules": {rule.id: [rule.title, rule.cite] for rule in walk.rules},
        "properties": walk.properties,
        "noConnection": NO_CONNECTION,
        "again": figure5.TO_AGAIN,
        "measures": _measures(),
        "locals": [[each.note, *each.values] for each in walk.locals],
        "segments": [[each.to, each.text, each.short] for each in walk.segments],
        "moves": [_move(each) for each in walk.moves],
        "nets": nets.things,
        "broken": broken.things,
        "nodes": nodes,
        "begin": begin,
        "edges": edges,
        "path": walk.path,
        "loop": walk.loop,
        "marks": {mark.row: [mark.look, mark.text] for mark in walk.marks},
        "verdict": None if walk.verdict is None else [walk.verdict.look, walk.verdict.lines],
    }


def _move(move: Move) -> list[Any]:
    return [
        move.kind,
        move.end,
        -1 if move.segment is None else move.segment,
        move.says,
        move.brief,
        move.look,
        move.notes,
        [[h.end, h.event, h.rules, h.state, int(h.entered), h.sent, h.signals, h.changed] for h in move.happenings],
        move.changes,
        move.cut_by,
        move.breaks,
    ]


def _measures() -> dict[str, float]:
    """Return where things of a ladder stand: as in a static one."""
    return {
        "side": ladder.SIDE,
        "between": ladder.BETWEEN,
        "departs": ladder.DEPARTS,
        "event": ladder.EVENT,
        "line": ladder.LINE,
        "space": ladder.SPACE,
        "small": LOOKS["quiet"].size,
        "size": LOOKS["plain"].size,
    }
