"""How TLC counts, in terms of a graph of ours.

distinct    initial states and what is reached from them, each once; a state that a constraint bars is not
            one of them.
generated   initial states, and every step from a distinct state, one for each way to take it: steps to
            known states count, and so do steps that an action constraint or a state constraint bars.
depth       states on the longest of the shortest paths: one more than its steps.
"""

from __future__ import annotations

from dataclasses import dataclass

from checker.explore.graph import Graph


@dataclass(frozen=True)
class Counts:
    """The three figures of a complete run of TLC."""

    distinct: int
    generated: int
    depth: int

    def __str__(self) -> str:
        return f"distinct={self.distinct} generated={self.generated} depth={self.depth}"


def as_tlc_counts(graph: Graph, initial_states: int) -> Counts:
    """Return what TLC would report for a graph explored from so many initial states.

    Barred steps are those that the kernel cut off: rows that the machine barred, and messages that the
    network did not admit.
    """
    barred = sum(graph.cut_rows.values()) + graph.cut_capacity
    return Counts(len(graph.states), initial_states + graph.transitions + barred, graph.depth + 1)
