"""What the explorer watches for: each part of a property becomes flags on table rows, on pairs of ends, on states."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from checker.formulas import Layout, StateView, StepView
from spec.language import BoolExpr, Expr
from spec.language.beside import Ghost, Part, Property
from spec.language.sorts import BOOL


def needed(ghosts: Sequence[Ghost], formulas: Iterable[Expr]) -> tuple[Ghost, ...]:
    """Return the ghosts that the formulas read, and those that these read, in the declared order."""
    wanted = {part.payload[1] for f in formulas for part in f.walk() if _is_ghost(part)}
    while True:
        more = {
            part.payload[1]
            for ghost in ghosts
            if ghost.name in wanted
            for pair in ghost.updates
            for expression in pair
            for part in expression.walk()
            if _is_ghost(part)
        }
        if more <= wanted:
            return tuple(ghost for ghost in ghosts if ghost.name in wanted)
        wanted |= more


def _is_ghost(part: Expr) -> bool:
    return part.op == "var" and part.payload[0] == "GHOST"


def formulas_of(properties: Iterable[Property]) -> list[BoolExpr]:
    """Return every formula of the properties."""
    return [f for prop in properties for part in prop.parts for f in (*part.given, *part.holds)]


@dataclass(frozen=True)
class Watched:
    """A part with its flags: `given` is raised where the part says something, `hit` where it is decided.

    For "always", `hit` marks a violation and `given` an instance of the antecedent; for "sometimes", `hit` marks a
    witness and `given` is 0. Parts about runs and knowledge have no `hit`; `ends` holds, for each end, the flags of
    pairs of local states where given holds and where holds holds.
    """

    property: Property
    part: Part
    given: int
    hit: int
    ends: tuple[tuple[int, int], ...] = ()


_Formula = Callable[..., Any]
_Entry = tuple[_Formula, int, _Formula, int]
"""When a part says something, its flag; when that decides it, its flag."""


class Watch:
    """Raises flags for the parts of properties."""

    def __init__(self, properties: Sequence[Property], layout: Layout) -> None:
        self.layout = layout
        self.parts: list[Watched] = []
        self._on_state: list[_Entry] = []
        self._on_step: list[_Entry] = []
        self._on_network: list[_Entry] = []
        self._worth_a_look: list[_Formula] = []
        self._at_each_end: list[tuple[_Formula, _Formula, Watched]] = []
        self.look_flag, self._next = 1, 2
        self.mask = 0
        for prop in properties:
            for part in prop.parts:
                self.parts.append(self._watched(prop, part))

    def _flag(self, *, noted: bool = True) -> int:
        flag, self._next = self._next, self._next << 1
        if noted:
            self.mask |= flag
        return flag

    def _watched(self, prop: Property, part: Part) -> Watched:
        if part.over in ("run", "knowledge"):
            return self._in_the_large(prop, part)
        watched = Watched(prop, part, self._flag() if part.kind == "always" else 0, self._flag())
        reader = self.layout.on_state if part.over == "state" else self.layout.on_step
        given, holds = _all(part.given), _all(part.holds)
        wrong = BoolExpr("not", holds.sort, (holds,)) if part.kind == "always" else holds
        entry = (reader(given), watched.given, reader(wrong), watched.hit)
        if _reads_network(given) or _reads_network(holds):
            self._on_network.append(entry)
            local = tuple(formula for formula in part.given if not _reads_network(formula))
            self._worth_a_look.append(reader(_all(local)))
        else:
            (self._on_state if part.over == "state" else self._on_step).append(entry)
        return watched

    def _in_the_large(self, prop: Property, part: Part) -> Watched:
        flags = [(self._flag(noted=False), self._flag(noted=False)) for _ in (0, 1)]
        watched = Watched(prop, part, self._flag(), 0, tuple(flags))
        if part.kind != "no_cycle":
            given, holds = self.layout.on_state(_all(part.given)), self.layout.on_state(_all(part.holds))
            self._at_each_end.append((given, holds, watched))
        return watched

    def pair(self, *views: StateView) -> int:
        """Return the flags of a pair of local states, given as it is seen from each end."""
        flags = 0
        for end, view in enumerate(views):
            flags |= _raised(self._on_state, view)
            if any(worth(view) for worth in self._worth_a_look):
                flags |= self.look_flag
            for given, holds, watched in self._at_each_end:
                if given(view):
                    flags |= watched.given | watched.ends[end][0]
                if holds(view):
                    flags |= watched.ends[end][1]
        return flags

    def network(self, view: StateView) -> int:
        """Return the flags of a state that need the segments in flight, seen from one end."""
        return _raised(self._on_network, view)

    def step(self, view: StepView) -> int:
        """Return the flags of a step."""
        return _raised(self._on_step, view)


def _all(formulas: tuple[BoolExpr, ...]) -> BoolExpr:
    return BoolExpr("and", BOOL, formulas)


def _reads_network(formula: BoolExpr) -> bool:
    return any(part.op == "in_flight" for part in formula.walk())


def _raised(entries: list[_Entry], view: StateView | StepView) -> int:
    flags = 0
    for given, given_flag, decided, hit in entries:
        if given(view):
            flags |= given_flag
            if decided(view):
                flags |= hit
    return flags
