"""The concrete reader of what stands beside the relation: ghosts and the formulas of properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from checker.concrete import Outcome, Scope, Values, compiled, source
from spec.language import Expr
from spec.language.beside import Ghost


class StepView(NamedTuple):
    """One event of one end as formulas beside the relation see it: before, after, and what happened.

    `segment` is the arriving segment with its ghosts, or None; `sent` holds the segments sent, without ghosts.
    """

    tcb: Values
    ghosts: Values
    new_tcb: Values
    new_ghosts: Values
    segment: Values | None
    call: Values
    event: str
    chain: tuple[str, ...]
    assigned: frozenset[str]
    sent: tuple[Values, ...]


class StateView(NamedTuple):
    """A state as formulas see it from one end; `flying` holds the segments in flight, with their ghosts."""

    tcb: Values
    ghosts: Values
    peer_tcb: Values
    peer_ghosts: Values
    flying: tuple[Values, ...] = ()


def step_view(tcb: Values, ghosts: Values, segment: Values | None, call: Values, outcome: Outcome) -> StepView:
    """Return the view of an event; its ghosts afterwards are still those before (see `GhostWriter.written`)."""
    told = (outcome.event, outcome.chain, outcome.assigned, outcome.sent)
    return StepView(tcb, ghosts, outcome.tcb, ghosts, segment, call, *told)


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
        """Return the expression as a function of a StepView (and, inside some_sent(...), of a segment sent)."""
        scope = Scope(
            {"TCB": "v.tcb", "GHOST": "v.ghosts", "SEG": "v.segment", "SENT": "o", "CALL": "v.call"},
            self._fields(),
            {"after": {"TCB": "v.new_tcb", "GHOST": "v.new_ghosts"}},
        )
        return compiled("v, o=None", source(expression, scope), self.bits)

    def on_state(self, expression: Expr) -> Callable[..., Any]:
        """Return the expression as a function of a StateView."""
        peer = {"TCB": "v.peer_tcb", "GHOST": "v.peer_ghosts"}
        names = {"TCB": "v.tcb", "GHOST": "v.ghosts", "SENT": "o"}
        scope = Scope(names, self._fields(), {"peer": peer})
        return compiled("v", source(expression, scope), self.bits)

    def from_tcb(self, expression: Expr) -> Callable[..., Any]:
        """Return the expression as a function of a TCB alone."""
        return compiled("t", source(expression, Scope({"TCB": "t"}, self._fields(), {})), self.bits)


class GhostWriter:
    """Computes ghosts from steps."""

    def __init__(self, ghosts: Sequence[Ghost], layout: Layout, message_ghosts: Mapping[str, Expr]) -> None:
        self.initial: Values = tuple(ghost.initial for ghost in ghosts)
        self._updates = [
            [(layout.on_step(when), layout.on_step(value)) for when, value in ghost.updates] for ghost in ghosts
        ]
        self._of_message = [layout.on_step(value) for value in message_ghosts.values()]

    def written(self, view: StepView) -> StepView:
        """Return the view with the ghosts as they are after the step."""
        new = list(view.ghosts)
        growing = view._replace(new_ghosts=new)  # type: ignore[arg-type]  # each ghost may read those before it
        for i, updates in enumerate(self._updates):
            for when, value in updates:
                if when(growing):
                    new[i] = value(growing)
                    break
        return view._replace(new_ghosts=tuple(new))

    def tag(self, view: StepView, sent: Values) -> Values:
        """Return a segment sent in the step with its ghosts behind its fields."""
        return sent + tuple(value(view, sent) for value in self._of_message)
