"""Runs that never end: those in which what should follow never does, and those of deliveries alone."""

from __future__ import annotations

from array import array
from functools import cached_property
from typing import NamedTuple

import numpy as np

from checker.explore.fair import NO_CLASS, Ints, Mask, Steps, components, distinct, fair_cycles, stuttering
from checker.explore.graph import DELIVER, DELIVER_KEEP, LOSE, TICK, Graph
from checker.explore.lassos import Walker, fair_cycle, inside
from checker.explore.machine import Record, TcpMachine
from checker.explore.networks import AGE, SLOT
from checker.explore.watch import Watched
from spec.fairness import FAIRNESS, FAULTS, STRONG, is_timer
from spec.vocabulary import CLOSE, SEND

_KINDS = 8
FT, FA, FS, FC, FF = "FT", "FA", "FS", "FC", "FF"


class Endless(NamedTuple):
    """A run that never ends: the actions of its stem and of its loop; without a loop it stutters for ever."""

    stem: list[int]
    loop: list[int]


class Endings:
    """The endless runs of one explored world."""

    def __init__(self, machine: TcpMachine, graph: Graph) -> None:
        edges = graph.edges
        if edges is None:
            raise ValueError("the graph was explored without its edges")
        self.machine, self.graph = machine, graph
        begin, self.action, self.target = (_numbers(values) for values in (edges.begin, edges.action, edges.target))
        if not graph.complete and len(begin):  # the last state may have been left half expanded
            self.action, self.target, begin = self.action[: begin[-1]], self.target[: begin[-1]], begin[:-1]
        self.expanded = len(begin)
        counts = np.diff(np.append(begin, len(self.action)))
        self.source = np.repeat(np.arange(self.expanded, dtype=np.int64), counts)
        self.depth = self._depths()
        self._steps: dict[tuple[str, ...], tuple[Steps, Mask]] = {}
        self._timers = {e.name for e in machine.relation.events if is_timer(e)}

    def _depths(self) -> Ints:
        depth = [0] * len(self.graph.states)
        for number, parent in enumerate(self.graph.parents):
            if parent >= 0:
                depth[number] = depth[parent] + 1
        return np.array(depth, dtype=np.int64)

    def steps(self, fairness: tuple[str, ...]) -> tuple[Steps, Mask]:
        """Return the steps with their fairness classes, and those that may happen for ever; worked out once."""
        known = self._steps.get(fairness)
        if known is None:
            known = self._steps[fairness] = self._classified(fairness)
        return known

    def _classified(self, fairness: tuple[str, ...]) -> tuple[Steps, Mask]:
        names: dict[tuple[str, object], int] = {}
        kinds, labels = self.action % _KINDS, self.action // _KINDS
        of_label = np.full(len(self.machine.records) + 1, NO_CLASS, dtype=np.int64)
        faulty = np.zeros(len(of_label), dtype=np.bool_)
        for label, record in enumerate(self.machine.records):
            key = self._class(record)
            if key is not None and key[0] in fairness:
                of_label[label] = names.setdefault(key, len(names))
            faulty[label] = record.event in FAULTS or record.forged
        plain = (kinds != LOSE) & (kinds != TICK)
        safe_labels = np.where(plain, labels, 0)
        classes = np.where(plain, of_label[safe_labels], NO_CLASS)
        if FT in fairness:
            classes = np.where(kinds == TICK, names.setdefault((FT, "tick"), len(names)), classes)
        usable = np.ones(len(self.action), dtype=np.bool_)
        if FF in fairness:
            usable = plain & ~faulty[safe_labels] & (kinds != DELIVER_KEEP) | (kinds == TICK) & ~self._deaths(kinds)
        strong = np.array([FAIRNESS[name].strength == STRONG for name, _ in names], dtype=np.bool_)
        return Steps(len(self.graph.states), self.source, self.target, classes, strong), usable

    def _deaths(self, kinds: Ints) -> Mask:
        """Return the ticks in which a segment dies of age: that is a loss."""
        ticks: Mask = kinds == TICK
        if not ticks.any():
            return ticks
        used = [self.graph.network(number).bit_length() for number in range(len(self.graph.states))]
        flying = -(-np.array(used, dtype=np.int64) // (SLOT + AGE))
        dies: Mask = ticks & (flying[self.target] < flying[self.source])
        return dies

    def _class(self, record: Record) -> tuple[str, object] | None:
        """Return the fairness that a row falls under, and which of its classes."""
        if record.forged:
            return None
        if record.segment is not None:
            return FC, record.segment
        if record.event in self._timers:
            return FT, (record.end, record.event)
        if record.event == SEND.name:
            return FS, record.end
        state = self.machine.locals[record.end][record.before].tcb[0]
        return (FA, record.end) if record.event == CLOSE.name and state == "CLOSE-WAIT" else None

    def masks(self, watched: Watched) -> list[tuple[Mask, Mask]]:
        """Return, for each end, the states in which the part's given holds, and in which what it leads to holds."""
        return [(self._hit(given), self._hit(holds)) for given, holds in watched.ends]

    def _hit(self, bits: int) -> Mask:
        return np.fromiter((bool(flag & bits) for flag in self._flags), dtype=np.bool_, count=len(self._flags))

    @cached_property
    def _flags(self) -> list[int]:
        """What is watched and holds in each state."""
        pairs = [self.graph.ends(number) for number in range(len(self.graph.states))]
        known = {pair: self.machine.joint(*pair) for pair in dict.fromkeys(pairs)}
        return [known[pair] for pair in pairs]

    def missing(self, watched: Watched) -> Endless | None:
        """Return a fair run, shortest stem first, in which the part's given is never followed by what it leads to."""
        steps, usable = self.steps(watched.part.fairness)
        found: list[Endless] = []
        for given, holds in self.masks(watched):
            endless = self._avoiding(steps, usable, given & ~holds, ~holds)
            if endless is not None:
                found.append(endless)
        return min(found, key=lambda e: (len(e.stem), len(e.loop)), default=None)

    def _avoiding(self, steps: Steps, usable: Mask, starts: Mask, stay: Mask) -> Endless | None:
        """Return a shortest run from a start, within `stay`, into something that can go on for ever."""
        stay = stay.copy()
        stay[self.expanded :] = False
        label = fair_cycles(steps, stay, usable)
        last = (label >= 0) | (stuttering(steps) & stay)
        if not last.any():
            return None
        begins = np.flatnonzero(starts & stay)
        walker = Walker(steps, stay[steps.source] & stay[np.maximum(steps.target, 0)])
        distances = {int(state): int(self.depth[state]) for state in begins}
        ends = set(np.flatnonzero(last).tolist())
        found = walker.nearest(distances, ends.__contains__)
        if found is None:
            return None
        start, path = found
        entry = int(steps.target[path[-1]]) if path else start
        stem = [*self.graph.path(start), *(int(self.action[number]) for number in path)]
        if label[entry] < 0:
            return Endless(stem, [])
        component = np.flatnonzero(label == label[entry])
        round_trip = fair_cycle(steps, Walker(steps, usable & inside(steps, component)), component.tolist(), entry)
        return Endless(stem, [int(self.action[number]) for number in round_trip])

    def delivery_cycle(self) -> Endless | None:
        """Return a cycle of deliveries alone, the shortest stem first, then the shortest cycle."""
        usable = (self.action % _KINDS == DELIVER) & (self.target >= 0) & (self.target < self.expanded)
        steps, _ = self.steps(())
        label = components(steps.states, self.source[usable], self.target[usable])
        inner = usable & (label[self.source] == label[np.maximum(self.target, 0)])
        if not inner.any():
            return None
        walker = Walker(steps, inner)
        states = distinct(self.source[inner])
        nearest = states[self.depth[states] == self.depth[states].min()]
        cycles = [(walker.cycle_through(int(state)), int(state)) for state in nearest]
        cycle, start = min(cycles, key=lambda c: (len(c[0]), c[1]))
        return Endless(self.graph.path(start), [int(self.action[number]) for number in cycle])


def _numbers(values: array[int]) -> Ints:
    """Return the same numbers as numpy's; an empty array has no buffer to share."""
    return np.frombuffer(values, dtype=np.int64) if values else np.zeros(0, dtype=np.int64)
