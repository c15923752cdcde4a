"""DOT drawn: by Graphviz's own programs where they are, else by the Graphviz inside the package pygraphviz."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.util import find_spec

DRAWN = ("svg", "png", "pdf")
"""What Graphviz is asked for."""
REMEDY = (
    "install Graphviz (sudo apt-get install graphviz), or without root the package pygraphviz "
    "(pip install pygraphviz), which carries it"
)
"""What to do where there is no Graphviz."""


class NoGraphviz(Exception):
    """There is nothing that draws DOT; the message says what would finish the job."""


def which() -> str:
    """Return what would draw: "dot", "pygraphviz" or "" for nothing."""
    if shutil.which("dot") and shutil.which("neato"):
        return "dot"
    return "pygraphviz" if find_spec("pygraphviz") else ""


def draw(dot: str, form: str, engine: str = "dot") -> bytes:
    """Return a drawing of DOT as svg, png or pdf by an engine, "dot" or "neato". Raise NoGraphviz where nothing can."""
    drawers: dict[str, Callable[[str, str, str], bytes]] = {"dot": _by_program, "pygraphviz": _by_package}
    found = which()
    if not found:
        raise NoGraphviz(REMEDY)
    return drawers[found](dot, form, engine)


def _by_program(dot: str, form: str, engine: str) -> bytes:
    from graphviz import Source

    return bytes(Source(dot, engine=engine).pipe(format=form))


def _by_package(dot: str, form: str, engine: str) -> bytes:
    from pygraphviz import AGraph

    return bytes(AGraph(string=dot).draw(format=form, prog=engine))
