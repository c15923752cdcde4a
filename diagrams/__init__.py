"""Pictures drawn from the relation, never typed in: state diagrams, ladders of runs, checks, pairs of states, tables.

    from diagrams import message_sequence, render, state_diagram
    from spec.variants import VARIANTS

    picture = state_diagram(VARIANTS["three-way"].relation)
    print(f"{picture:mermaid}")            # text, svg, mermaid, dot
    data = render(picture, "png")          # bytes; png and pdf are drawn by Graphviz

Models say what a picture says, free of any format (`states`, `sequence`, `flow`, `pairs`, `grid`); they are read from
relations and traces alone (`chains`, `labels`). `layout` decides where things stand, `render` writes them down.
"""

from diagrams.flow import Flow, segment_arrives
from diagrams.grid import Grid
from diagrams.pairs import PairGraph
from diagrams.render import FORMATS, CannotShow, render, writes
from diagrams.render.graphviz import NoGraphviz
from diagrams.sequence import ABSOLUTE, RELATIVE, Ladder, SideBySide, message_sequence, spread
from diagrams.states import StateDiagram, difference, state_diagram

__all__ = [
    "ABSOLUTE", "FORMATS", "RELATIVE", "CannotShow", "Flow", "Grid", "Ladder", "NoGraphviz", "PairGraph", "SideBySide",
    "StateDiagram", "difference", "message_sequence", "render", "segment_arrives", "spread", "state_diagram", "writes",
]  # fmt: skip
