"""Rules: rows of data. A rule says when it applies, what it changes, what it sends and where it goes.

Conditions and updates read the state before the rule. A segment is formed in the state after it, as the RFC
updates first and then forms <ACK=RCV.NXT>; `before(x)` reads the old value there. What is not assigned keeps
its value (docs/decisions/0001).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from spec.language.errors import SpecError
from spec.language.expressions import BoolExpr, Expr, Update
from spec.language.variables import CALL, GHOST, SENT, TCB, name_of

S = TypeVar("S", bound=str)


@dataclass(frozen=True)
class Event:
    """What an endpoint responds to: a user call, an arriving segment, or a timeout (RFC 9293 §3.10).

    `kind` is "call", "segment", "timeout", "idle" (a timeout after so long that nothing which it sends can still be in
    flight), "internal" (an endpoint acting on what it has queued) or "attack" (what others do to it; only some variants
    know such events).
    """

    name: str
    kind: str
    cite: str

    @property
    def spontaneous(self) -> bool:
        """Whether the endpoint does it by itself: it needs no user and no segment."""
        return self.kind in ("timeout", "idle", "internal")

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Step:
    """One check of an event's processing, in the RFC's order; at most one rule of a step fires."""

    event: Event
    name: str
    title: str
    cite: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Flow:
    """Where processing goes on after a rule: RETURN, CONTINUE, or at a named later step."""

    word: str
    step: Step | None = None


RETURN = Flow("return")
CONTINUE = Flow("continue")


def continue_at(step: Step) -> Flow:
    """Return the flow that skips to a later step, as in "continue processing at the sixth step"."""
    return Flow("continue at", step)


@dataclass(frozen=True, eq=False)
class Message:
    """A segment to send: one expression per field of the message schema."""

    fields: Mapping[str, Expr]

    def key(self) -> tuple[object, ...]:
        """Return a structural key."""
        return tuple((name, value.key()) for name, value in self.fields.items())


def _location() -> str:
    """Return the file and line that wrote the rule down, for reports: "spec/user_calls.py:31"."""
    frame = sys._getframe(2)  # noqa: SLF001  # past this function and the generated __init__
    while frame.f_code.co_filename.endswith("typing.py") and frame.f_back is not None:
        frame = frame.f_back  # Rule[State](...) goes through typing's alias
    path = frame.f_code.co_filename.replace("\\", "/").split("/")
    return f"{'/'.join(path[-2:])}:{frame.f_lineno}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Rule(Generic[S]):
    """One sentence of the specification.

    id      the public name, never reused; title a sentence; cite the section and step of its source.
    on      the step (or the one-step events' steps) in which it is considered.
    state   the states in which it is considered.
    when    conditions, all of which must hold; one a line.
    then    assignments; what is not assigned keeps its value.
    send    the segments sent, in order, formed in the state after the rule.
    goto    the state entered; None stays.
    signal  what the user is told, in the RFC's words.
    flow    RETURN (the default), CONTINUE, or continue_at(step).
    note    a reading, an erratum, a doubt.
    """

    id: str
    title: str
    cite: str
    on: Step | tuple[Step, ...]
    state: tuple[S, ...]
    when: tuple[BoolExpr, ...] = ()
    then: tuple[Update, ...] = ()
    send: tuple[Message, ...] = ()
    goto: S | None = None
    signal: str | None = None
    flow: Flow = RETURN
    note: str = ""
    where: str = field(default_factory=_location, repr=False)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in which the rule is considered."""
        return self.on if isinstance(self.on, tuple) else (self.on,)

    @cached_property
    def reads(self) -> frozenset[tuple[str, str]]:
        """The variables that conditions, assigned values and fields sent read, each as (owner, name)."""
        sent = (value for message in self.send for value in message.fields.values())
        expressions = (*self.when, *(update.value for update in self.then), *sent)
        return frozenset(part.payload for e in expressions for part in e.walk() if part.op == "var")

    def __post_init__(self) -> None:
        self._check_shape()
        self._check_conditions()
        self._check_updates()
        self._check_sends()

    def _error(self, sentence: str) -> SpecError:
        return SpecError(f"rule {self.id} ({self.where}): {sentence}")

    def _check_shape(self) -> None:
        for name in ("id", "title", "cite"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name).strip():
                raise self._error(f"{name}= must be a non-empty string.")
        for name in ("state", "when", "then", "send"):
            value = getattr(self, name)
            if not isinstance(value, tuple):
                raise self._error(f"{name}= is '{value}', not a tuple: write {name}=(x,), with a comma even for one.")
        if not self.state or not self.steps:
            raise self._error("state= and on= each need at least one member.")

    def _check_conditions(self) -> None:
        conditions: tuple[object, ...] = self.when
        for condition in conditions:
            if not isinstance(condition, BoolExpr):
                raise self._error(f"when= holds '{condition}', which is not a condition: compare it with something.")
            self._check_scope(condition, "when=", (TCB, "SEG", CALL), ())

    def _check_updates(self) -> None:
        assigned: set[str] = set()
        updates: tuple[object, ...] = self.then
        for update in updates:
            if not isinstance(update, Update):
                raise self._error(f"then= holds '{update}': write variable.becomes(value).")
            name = name_of(update.variable)
            if name in assigned:
                raise self._error(f"{name} is assigned twice: all updates are simultaneous, keep one.")
            assigned.add(name)
            if update.variable.payload[0] == GHOST:
                raise self._error(f"{name} is a ghost: ghosts are written beside the relation, never by a rule.")
            self._check_scope(update.value, "then=", (TCB, "SEG", CALL), ())

    def _check_sends(self) -> None:
        messages: tuple[object, ...] = self.send
        for message in messages:
            if not isinstance(message, Message):
                raise self._error(f"send= holds '{message}', not a segment: write segment(...) + segment(...) for two.")
            for name, value in message.fields.items():
                self._check_scope(value, f"send= {name}", (TCB, "SEG", CALL), ("before",))

    def _check_scope(self, value: Expr, where: str, owners: tuple[str, ...], extra: tuple[str, ...]) -> None:
        beside = {"after", "peer", "event", "fired", "assigned", "arrived", "some_sent", "every_sent", "before"}
        beside |= {"sent_count", "in_flight"}
        for part in value.walk():
            if part.op == "var" and part.payload[0] not in owners:
                kind = "a ghost" if part.payload[0] == GHOST else f"a {SENT} variable"
                raise self._error(f"{where} reads {part}, {kind}: rules read the TCB, the segment and the call only.")
            if part.op in beside and part.op not in extra:
                raise self._error(f"{where} uses {part.op}(...), which has no meaning there.")
