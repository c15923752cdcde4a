"""The graph of pairs of states (of A, of B) that an exploration reached: the life of a connection as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from diagrams.pictured import Pictured

Pair = tuple[str, str]
READABLE = 100
"""So many changes between pairs at most can be read on a page."""


@dataclass(frozen=True)
class Node:
    """A pair of states: in how many states of the world both ends stand so, after how many steps at first.

    first   whether runs begin here; last: whether a run can end here.
    """

    pair: Pair
    states: int
    depth: int
    first: bool = False
    last: bool = False


@dataclass(frozen=True)
class Change:
    """A change from one pair to another: what happened, shortly, and how many steps of the world cause it."""

    source: Pair
    target: Pair
    label: str
    times: int


@dataclass(frozen=True)
class PairGraph(Pictured):
    """Pairs of states and the changes between them, in the order in which they were reached."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Change, ...]
