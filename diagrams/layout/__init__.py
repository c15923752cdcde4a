"""Where everything of a picture stands: models laid out as scenes, in points, with the origin at the top left."""

from __future__ import annotations

from diagrams.flow import Flow
from diagrams.grid import Grid
from diagrams.layout import figure5, flow, grid, ladder, side_by_side
from diagrams.layout.scene import Scene
from diagrams.sequence import Ladder, SideBySide
from diagrams.states import StateDiagram

Drawn = StateDiagram | Ladder | SideBySide | Flow | Grid
"""The models that are laid out here; a graph of pairs is laid out by Graphviz."""


def scene_of(picture: Drawn) -> Scene:
    """Return a model laid out."""
    match picture:
        case StateDiagram():
            return figure5.laid_out(picture)
        case Ladder():
            return ladder.laid_out(picture)
        case SideBySide():
            return side_by_side.beside(picture)
        case Flow():
            return flow.laid_out(picture)
        case Grid():
            return grid.laid_out(picture)
