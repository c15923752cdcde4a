"""Writing pictures down: one function a format and kind of picture, found through a registry.

    @writes("mermaid", Ladder)
    def ladder(picture: Ladder) -> str: ...

A new format is one such function for each kind that it can show. `render` asks the registry and falls back to what
works for everything: SVG from a layout, PNG and PDF through Graphviz.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from diagrams.flow import Flow
from diagrams.grid import Grid
from diagrams.layout import Drawn, scene_of
from diagrams.pairs import PairGraph
from diagrams.pictured import Pictured
from diagrams.render import dot, mermaid, text
from diagrams.render.graphviz import draw
from diagrams.render.svg import svg
from diagrams.sequence import Ladder, SideBySide
from diagrams.states import StateDiagram

Writer = Callable[[Any], str | bytes]
W = TypeVar("W", bound=Writer)

FORMATS: dict[str, str] = {
    "text": "txt", "svg": "svg", "mermaid": "mmd", "dot": "dot", "png": "png", "pdf": "pdf",
}  # fmt: skip
"""The formats, each with its suffix."""
_WRITERS: dict[tuple[str, type], Writer] = {}


class CannotShow(Exception):
    """A format has no way to show a kind of picture; the message says which formats have."""


def writes(form: str, kind: type, suffix: str = "") -> Callable[[W], W]:
    """Register a function that writes pictures of a kind in a format; a new format names its suffix."""

    def register(writer: W) -> W:
        if suffix:
            FORMATS[form] = suffix
        _WRITERS[form, kind] = writer
        return writer

    return register


for _kind, _writer in (
    (StateDiagram, text.state_diagram), (Ladder, text.ladder), (SideBySide, text.side_by_side), (Flow, text.flow),
    (Grid, text.grid), (PairGraph, text.pair_graph),
):  # fmt: skip
    writes("text", _kind)(_writer)
writes("mermaid", StateDiagram)(mermaid.state_diagram)
writes("mermaid", Ladder)(mermaid.ladder)
writes("mermaid", Flow)(mermaid.flow)
writes("mermaid", PairGraph)(mermaid.pair_graph)
writes("dot", StateDiagram)(dot.state_diagram)
writes("dot", PairGraph)(dot.pair_graph)


def render(picture: Pictured, form: str) -> bytes:
    """Return a picture in a format. Raise CannotShow or diagrams.render.graphviz.NoGraphviz where that cannot be."""
    written = _written(picture, form)
    return written.encode() if isinstance(written, str) else written


def _written(picture: Pictured, form: str) -> str | bytes:
    writer = _WRITERS.get((form, type(picture)))
    if writer is not None:
        return writer(picture)
    if form in ("svg", "png", "pdf") and isinstance(picture, PairGraph):
        return draw(dot.pair_graph(picture), form)
    if not isinstance(picture, Drawn) or form not in ("svg", "dot", "png", "pdf"):
        able = [each for each in FORMATS if (each, type(picture)) in _WRITERS]
        able += [each for each in ("svg", "dot", "png", "pdf") if each not in able]
        raise CannotShow(f"{form} cannot show this kind of picture; {', '.join(able)} can")
    scene = scene_of(picture)
    if form == "svg":
        return svg(scene)
    return dot.pinned(scene) if form == "dot" else draw(dot.pinned(scene), form, "neato")


def form_of(name: str) -> str | None:
    """Return the format that a file's name asks for by its suffix, or None."""
    suffix = name.rpartition(".")[2].lower()
    return next((form for form, known in FORMATS.items() if suffix in (known, form)), None)
