"""What the explorer watches for: each part of a property becomes flags on table rows or on pairs of ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from checker.formulas import Layout, StateView, StepView
from spec.language import BoolExpr, Expr
from spec.language.beside import Ghost, Part, Property


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

    For "always", `hit` marks a violation and `given` an instance of the antecedent; for "sometimes", `hit`
    marks a witness and `given` is 0.
    """

    property: Property
    part: Part
    given: int
    hit: int


_Entry = tuple[Callable[..., Any], int, Callable[..., Any], int]
"""When a part says something, its flag; when that decides it, its flag."""


class Watch:
    """Raises flags for the parts of properties."""

    def __init__(self, properties: Sequence[Property], layout: Layout) -> None:
        self.parts: list[Watched] = []
        self._on_state: list[_Entry] = []
        self._on_step: list[_Entry] = []
        bit = 1
        for prop in properties:
            for part in prop.parts:
                watched = Watched(prop, part, bit if part.kind == "always" else 0, bit << 1)
                bit <<= 2
                self.parts.append(watched)
                reader = layout.on_state if part.over == "state" else layout.on_step
                given, holds = (BoolExpr("and", part.holds[0].sort, f) for f in (part.given, part.holds))
                wrong = BoolExpr("not", holds.sort, (holds,)) if part.kind == "always" else holds
                entry = (reader(given), watched.given, reader(wrong), watched.hit)
                (self._on_state if part.over == "state" else self._on_step).append(entry)
        self.mask = bit - 1

    def state(self, view: StateView) -> int:
        """Return the flags of a state, seen from one end."""
        return _raised(self._on_state, view)

    def step(self, view: StepView) -> int:
        """Return the flags of a step."""
        return _raised(self._on_step, view)


def _raised(entries: list[_Entry], view: StateView | StepView) -> int:
    flags = 0
    for given, given_flag, decided, hit in entries:
        if given(view):
            flags |= given_flag
            if decided(view):
                flags |= hit
    return flags
