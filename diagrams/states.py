"""The state diagram of a relation: every change of state that its rules can cause, with what causes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from diagrams.chains import Chain, chains
from diagrams.labels import Label, label
from diagrams.pictured import Pictured
from spec.language import Relation
from spec.properties.figure5 import DRAWN

Pair = tuple[str, str]

DRAWN_KIND, NOT_DRAWN, UNREACHABLE, ADDED, REMOVED = "drawn", "not-drawn", "unreachable", "added", "removed"
KINDS: dict[str, str] = {
    DRAWN_KIND: "drawn in Figure 5",
    NOT_DRAWN: "not drawn in Figure 5",
    UNREACHABLE: "drawn in Figure 5, not reached here",
    ADDED: "only in {variant}",
    REMOVED: "not in {variant}",
}
"""How edges are told apart, and the words of the legend."""


@dataclass(frozen=True)
class Edge:
    """A change of state: its labels (most prominent first), the chains of rules behind it, how often it was taken.

    kind    one of KINDS; times is None where nothing was counted.
    """

    source: str
    target: str
    labels: tuple[Label, ...]
    rules: tuple[tuple[str, ...], ...]
    kind: str = DRAWN_KIND
    times: int | None = None

    @property
    def best(self) -> list[Label]:
        """The most prominent labels, one for each cause."""
        prominent = [each for each in self.labels if each.rank == self.labels[0].rank]
        first = {each.cause: each for each in reversed(prominent)}
        return [each for each in prominent if first[each.cause] is each]

    @property
    def shown(self) -> tuple[Label, ...]:
        """The labels that a picture has room for: the most prominent ones, causes of one action together."""
        causes: dict[str, list[str]] = {}
        for each in self.best:
            causes.setdefault(each.action, []).append(each.cause)
        return tuple(Label(_either(words), act) for act, words in causes.items())

    @property
    def all_labels(self) -> tuple[str, ...]:
        """Every label, a line each: for tool tips and texts."""
        return tuple(str(each) for each in self.labels)


def _either(words: list[str]) -> str:
    """Join causes: rcv RST or SYN; active OPEN or SEND."""
    head, *rest = words
    short = [word.removeprefix("rcv ") if head.startswith("rcv ") else word for word in rest]
    return " or ".join([head, *short])


@dataclass(frozen=True)
class StateDiagram(Pictured):
    """States and changes of state of one endpoint: what a picture says, free of any format.

    current   the states to be lit, each with a mark such as "A"; legend: the kinds of edges that occur, with words.
    """

    title: str
    states: tuple[str, ...]
    edges: tuple[Edge, ...]
    legend: tuple[tuple[str, str], ...] = ()
    current: Mapping[str, str] = field(default_factory=dict)

    def edge(self, source: str, target: str) -> Edge:
        """Return an edge; raise KeyError when there is none."""
        for each in self.edges:
            if (each.source, each.target) == (source, target):
                return each
        raise KeyError((source, target))


@cache
def causes(relation: Relation[Any]) -> dict[Pair, tuple[Chain, ...]]:
    """Return the chains behind every change of state, in the order of the relation's states."""
    found: dict[Pair, list[Chain]] = {}
    for source in relation.states:
        for event in relation.events:
            for chain in chains(relation, event, source):
                if chain.target != source:
                    found.setdefault((source, chain.target), []).append(chain)
    order = {state: number for number, state in enumerate(relation.states)}
    return {pair: tuple(found[pair]) for pair in sorted(found, key=lambda pair: (order[pair[0]], order[pair[1]]))}


def _edge(relation: Relation[Any], pair: Pair, kind: str, times: int | None = None) -> Edge:
    behind = causes(relation).get(pair, ())
    plainest = sorted(behind, key=lambda chain: len(chain.rules))
    labels = sorted(dict.fromkeys(label(chain, relation) for chain in plainest), key=lambda each: each.rank)
    return Edge(*pair, tuple(labels), tuple(dict.fromkeys(chain.ids for chain in behind)), kind, times)


def state_diagram(
    relation: Relation[Any],
    *,
    taken: Mapping[Pair, int] | None = None,
    only: Collection[Pair] | None = None,
    title: str = "",
) -> StateDiagram:
    """Return the state diagram of a relation.

    taken   how often each change of state was taken in an exploration; edges drawn in Figure 5 that were not are
            told apart, others that were not are left out.
    only    if given, no other edges than these, as when nothing but Figure 5's own are wanted.
    """
    edges = []
    for pair in (*causes(relation), *(pair for pair in DRAWN if pair not in causes(relation))):
        reached = pair in causes(relation) if taken is None else pair in taken
        if (only is not None and pair not in only) or not (reached or pair in DRAWN):
            continue
        kind = UNREACHABLE if not reached else DRAWN_KIND if pair in DRAWN else NOT_DRAWN
        edges.append(_edge(relation, pair, kind, None if taken is None else taken.get(pair, 0)))
    name = title or f"{relation.name}: {relation.title}"
    return StateDiagram(name, relation.states, tuple(edges), _legend(edges, ""))


def difference(old: Relation[Any], new: Relation[Any]) -> StateDiagram:
    """Return the diagram of two relations in one: edges that only one has, or that have other labels there."""
    edges: list[Edge] = []
    for pair in dict.fromkeys((*causes(old), *causes(new))):
        edges += _changed(_edge(old, pair, DRAWN_KIND), _edge(new, pair, DRAWN_KIND))
    states = (*old.states, *(state for state in new.states if state not in old.states))
    return StateDiagram(f"{old.name} and {new.name}", states, tuple(edges), _legend(edges, new.name))


def _changed(before: Edge, after: Edge) -> list[Edge]:
    """Return an edge of two relations: what both have at it, what only the old one has, what only the new one."""
    if not after.labels:
        return [replace(before, kind=REMOVED)]
    if not before.labels:
        return [replace(after, kind=ADDED)]
    kept = [each for each in after.best if each.words in {other.words for other in before.best}]
    gone = [each for each in before.best if each.words not in {other.words for other in after.best}]
    more = [each for each in after.best if each not in kept]
    drawn = DRAWN_KIND if (after.source, after.target) in DRAWN else NOT_DRAWN
    if not gone and not more:
        return [replace(after, kind=drawn)]
    parts = ((drawn, kept), (REMOVED, gone), (ADDED, more))
    return [replace(after, kind=kind, labels=tuple(labels)) for kind, labels in parts if labels]


def _legend(edges: Iterable[Edge], variant: str) -> tuple[tuple[str, str], ...]:
    there = {edge.kind for edge in edges}
    return tuple((kind, words.format(variant=variant)) for kind, words in KINDS.items() if kind in there)
