"""Shortest lassos in an explored graph: a stem to a set of states, and a cycle that treats every class fairly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from checker.explore.fair import NO_CLASS, Ints, Mask, Steps


@dataclass(frozen=True)
class Lasso:
    """Steps by number: from `start` to the cycle's first state, and round the cycle (none: the run stutters)."""

    start: int
    stem: tuple[int, ...]
    cycle: tuple[int, ...]


class Walker:
    """Walks along some steps of a graph, lowest step number first, so that every run finds the same path."""

    def __init__(self, steps: Steps, usable: Mask) -> None:
        self.steps = steps
        kept = np.flatnonzero(usable & (steps.target >= 0))
        begin = np.searchsorted(steps.source[kept], np.arange(steps.states + 1))
        self.number: list[int] = kept.tolist()
        self.target: list[int] = steps.target[kept].tolist()
        self.begin: list[int] = begin.tolist()

    def nearest(
        self,
        starts: Mapping[int, int],
        good_state: Callable[[int], bool],
        good_step: Callable[[int], bool] | None = None,
    ) -> tuple[int, list[int]] | None:
        """Return a start and the steps from it to the nearest good state, or through the nearest good step.

        `starts` gives each start's distance. Of several equally near states the lowest is taken.
        """
        waiting: dict[int, list[int]] = {}
        for state, distance in starts.items():
            waiting.setdefault(distance, []).append(state)
        came: dict[int, tuple[int, int]] = {}
        seen: set[int] = set()
        frontier: list[int] = []
        distance = min(waiting, default=0)
        while frontier or waiting:
            frontier = sorted({s for s in (*frontier, *waiting.pop(distance, ())) if s not in seen})
            seen.update(frontier)
            for state in frontier:
                if good_state(state):
                    return self._back(state, came)
            following: list[int] = []
            for state in frontier:
                for i in range(self.begin[state], self.begin[state + 1]):
                    target = self.target[i]
                    if good_step is not None and good_step(self.number[i]):
                        start, path = self._back(state, came)
                        return start, [*path, self.number[i]]
                    if target not in seen and target not in came and starts.get(target, distance + 1) > distance:
                        came[target] = (state, self.number[i])
                        following.append(target)
            frontier, distance = following, distance + 1
        return None

    @staticmethod
    def _back(state: int, came: Mapping[int, tuple[int, int]]) -> tuple[int, list[int]]:
        path: list[int] = []
        while state in came:
            state, number = came[state]
            path.append(number)
        return state, path[::-1]

    def cycle_through(self, state: int) -> list[int]:
        """Return the steps of a shortest cycle through a state, empty when there is none."""
        shortest: list[int] = []
        for i in range(self.begin[state], self.begin[state + 1]):
            found = self.nearest({self.target[i]: 0}, lambda there: there == state)
            if found is not None and (not shortest or len(found[1]) + 1 < len(shortest)):
                shortest = [self.number[i], *found[1]]
        return shortest


def fair_cycle(steps: Steps, walker: Walker, component: Iterable[int], start: int) -> list[int]:
    """Return the steps of a cycle through `start` in a fair component that treats every class fairly.

    Each class that is owed something gets it at the nearest place, one after the other.
    """
    states = set(component)
    able = _enabled_classes(steps, states)
    owed = {kind for there in able.values() for kind in there}
    path: list[int] = []

    def settle(here: int) -> None:
        owed.difference_update([kind for kind in owed if not steps.strong[kind] and kind not in able[here]])

    def gives(number: int) -> bool:
        return int(steps.target[number]) in states and int(steps.classes[number]) in owed

    def frees(state: int) -> bool:
        return any(not steps.strong[kind] and kind not in able[state] for kind in owed)

    here = start
    settle(here)
    while owed:
        found = walker.nearest({here: 0}, frees, gives)
        if found is None:
            raise AssertionError("a fair component owes nothing that it cannot give")
        for number in found[1]:
            owed.discard(int(steps.classes[number]))
            here = int(steps.target[number])
            settle(here)
        path += found[1]
    if not path:
        return walker.cycle_through(start)
    back = walker.nearest({here: 0}, lambda there: there == start)
    return path + (back[1] if back is not None else [])


def _enabled_classes(steps: Steps, states: set[int]) -> dict[int, set[int]]:
    """Return the classes enabled in each of these states."""
    able: dict[int, set[int]] = {state: set() for state in states}
    chosen = np.isin(steps.source, np.fromiter(states, dtype=np.int64)) & (steps.classes != NO_CLASS)
    for number in np.flatnonzero(chosen & (steps.target != steps.source)).tolist():
        able[int(steps.source[number])].add(int(steps.classes[number]))
    return able


def inside(steps: Steps, states: Sequence[int] | Ints) -> Mask:
    """Return the steps that lead from one to another of some states."""
    member = np.zeros(steps.states + 1, dtype=np.bool_)  # the last place is for steps cut off
    member[np.asarray(states, dtype=np.int64)] = True
    both: Mask = member[steps.source] & member[steps.target] & steps.real
    return both
