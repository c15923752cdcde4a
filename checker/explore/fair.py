"""Fair runs that never end, in an explored graph, as flat arrays. Nothing here knows what a state is.

A run is fair if every class of steps is treated as its strength demands: weak, what stays enabled is taken again and
again; strong, what is enabled again and again is taken again and again. Sets of states that a fair run can visit for
ever are found by strongly connected components, taken apart where a strong class is enabled and never taken
(Emerson and Lei 1987; Streett's condition). A run may also stop for ever in a state where no class is enabled: it
stutters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
NO_CLASS = -1


@dataclass(frozen=True)
class Steps:
    """The steps of a graph: `source`, `target` (-1 where a bound cut the step off) and fairness class of each.

    They are in the order of their sources. `states` counts the states; `strong` says of each class whether it is
    strongly fair.
    """

    states: int
    source: Ints
    target: Ints
    classes: Ints
    strong: Mask

    @cached_property
    def real(self) -> Mask:
        """Steps that lead to another state."""
        moving: Mask = (self.target >= 0) & (self.target != self.source)
        return moving

    @cached_property
    def enabled(self) -> tuple[Ints, Ints]:
        """The pairs (state, class) such that a step of the class is possible there, cut off or not."""
        counts = (self.classes != NO_CLASS) & (self.target != self.source)
        width = len(self.strong)
        pairs = distinct(self.source[counts] * width + self.classes[counts])
        return pairs // width, pairs % width


def components(states: int, source: Ints, target: Ints) -> Ints:
    """Return the number of each state's strongly connected component."""
    data = np.ones(len(source), dtype=np.int8)
    matrix = csr_array((data, (source, target)), shape=(states, states))
    labels: Ints = connected_components(matrix, directed=True, connection="strong")[1].astype(np.int64)
    return labels


def distinct(values: Ints) -> Ints:
    """Return the distinct values in order. numpy's own `unique` hashes, which is slow on numbers that lie in rows."""
    ordered = np.sort(values)
    found: Ints = ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
    return found


def stuttering(steps: Steps) -> Mask:
    """Return the states in which a fair run may stay for ever: no class is enabled there."""
    still = np.ones(steps.states, dtype=np.bool_)
    still[steps.enabled[0]] = False
    return still


def fair_cycles(steps: Steps, states: Mask, usable: Mask) -> Ints:
    """Return a label for each state that lies on a fair cycle, -1 for the others.

    The cycle stays within `states` and uses only `usable` steps. States with one label form one component, all of
    which a fair run can visit for ever.
    """
    width = len(steps.strong)
    enabled_state, enabled_class = steps.enabled
    alive = states.copy()
    usable = usable & steps.real
    while True:
        inside = np.flatnonzero(usable & alive[steps.source] & alive[np.maximum(steps.target, 0)])
        source, target = steps.source[inside], steps.target[inside]
        label = components(steps.states, source, target)
        inner = label[source] == label[target]
        source, classes = source[inner], steps.classes[inside][inner]
        on_cycle = np.zeros(steps.states, dtype=np.bool_)
        on_cycle[label[source]] = True
        found: Ints = np.where(alive & on_cycle[label], label, -1)

        here = found[enabled_state] >= 0
        state, kind = enabled_state[here], enabled_class[here]
        wanted = label[state] * width + kind
        classed = classes != NO_CLASS
        owed = ~np.isin(wanted, distinct(label[source[classed]] * width + classes[classed]))
        size = np.bincount(label, minlength=steps.states)
        order = np.argsort(wanted, kind="stable")
        first = np.flatnonzero(np.append(True, np.diff(wanted[order]) != 0)[: len(order)])
        times = np.empty(len(wanted), dtype=np.int64)
        times[order] = np.repeat(np.diff(np.append(first, len(order))), np.diff(np.append(first, len(order))))
        always = times == size[label[state]]
        bad = np.zeros(steps.states, dtype=np.bool_)
        bad[state[owed & steps.strong[kind]]] = True  # without these states the rest may still be fair
        unfair = np.zeros(steps.states, dtype=np.bool_)
        unfair[label[state[owed & always]]] = True  # enabled in every state, and never taken
        bad |= (found >= 0) & unfair[label]
        if not bad.any():
            return found
        alive = (found >= 0) & ~bad
