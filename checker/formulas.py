"""The concrete reader of what stands beside the relation: ghosts and the formulas of properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.concrete import Scope, Values, compiled, source
from spec.language import Expr
from spec.language.beside import Ghost


@dataclass(frozen=True)
class StepView:
    """One event of one end, as formulas beside the relation see it."""

    event: str
    chain: tuple[str, ...]
    assigned: frozenset[str]
    sent: tuple[Values, ...]


@dataclass(frozen=True)
class Layout:
    """Field indices of every record that formulas read; `message` includes a segment's ghosts."""

    tcb: Mapping[str, int]
    ghosts: Mapping[str, int]
    message: Mapping[str, int]
    call: Mapping[str, int]
    bits: int

    def _fields(self) -> dict[str, Mapping[str, int]]:
        return {
            "TCB": self.tcb, "GHOST": self.ghosts, "SEG": self.message, "SENT": self.message, "CALL": self.call,
        }  # fmt: skip

    def on_step(self, expression: Expr) -> Callable[..., Any]:
        """Return the expression as a function of a step: (t, g) before, (u, h) after, s segment, c call, e view."""
        scope = Scope(
            {"TCB": "t", "GHOST": "g", "SEG": "s", "SENT": "o", "CALL": "c"},
            self._fields(),
            {"after": {"TCB": "u", "GHOST": "h"}},
        )
        return compiled("t, g, u, h, s, c, e, o=None", source(expression, scope), self.bits)

    def on_state(self, expression: Expr) -> Callable[..., Any]:
        """Return the expression as a function of a state seen from one end: (t, g) here, (p, q) at the peer."""
        scope = Scope({"TCB": "t", "GHOST": "g"}, self._fields(), {"peer": {"TCB": "p", "GHOST": "q"}})
        return compiled("t, g, p, q", source(expression, scope), self.bits)


class GhostWriter:
    """Computes ghosts from steps; `names` are those kept, in the declared order."""

    def __init__(self, ghosts: Sequence[Ghost], layout: Layout, message_ghosts: Mapping[str, Expr]) -> None:
        self.initial: Values = tuple(ghost.initial for ghost in ghosts)
        self._updates = [
            [(layout.on_step(when), layout.on_step(value)) for when, value in ghost.updates] for ghost in ghosts
        ]
        self._of_message = [layout.on_step(value) for value in message_ghosts.values()]

    def after(self, step: Sequence[Any]) -> Values:
        """Return the ghosts after a step (t, g, u, segment, call, view)."""
        t, g, u, s, c, view = step
        new = list(g)
        for i, updates in enumerate(self._updates):
            for when, value in updates:
                if when(t, g, u, new, s, c, view):
                    new[i] = value(t, g, u, new, s, c, view)
                    break
        return tuple(new)

    def tag(self, step: Sequence[Any], ghosts: Values, sent: Values) -> Values:
        """Return a sent segment with its ghosts behind its fields."""
        t, g, u, s, c, view = step
        return sent + tuple(value(t, g, u, ghosts, s, c, view, sent) for value in self._of_message)
