"""The graph that an exploration finds: packed states, where each was found, flags, and every step if asked for."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol, runtime_checkable

LOCAL = 20
LOCAL_MASK = (1 << LOCAL) - 1
FAULT = 8
FAULT_MASK = (1 << FAULT) - 1
LOSS_STEP, DUP_STEP = 1 << (2 * LOCAL), 1 << (2 * LOCAL + FAULT)
NET = 2 * LOCAL + 2 * FAULT

OWN, DELIVER, DELIVER_KEEP, LOSE, TICK = range(5)
"""Kinds of action: an end's own event; a delivery; a delivery that leaves a duplicate; a loss; time passes."""
KIND = 3


class Row(NamedTuple):
    """One table entry: the local state reached, the segments sent, its record's number, its flags.

    A row with target -1 was cut off by a bound and cannot be taken; one with `once` only while none of the segments
    that it sends is in flight already.
    """

    target: int
    sent: tuple[int, ...]
    label: int
    flags: int
    once: bool = False


DEAD, SWAP = "dead", "swap"
REDUCTIONS = (DEAD, SWAP)
"""Reductions by name. dead: a TCB variable that nothing reads any more is reset (checker/explore/dead.py). swap: where
both ends are alike, a state stands for its mirror image, too (checker/explore/twins.py)."""


@dataclass(frozen=True)
class Limits:
    """When to stop early and what to save; None means no limit. Memory is in MiB of the process's own.

    fingerprints   keep no more of a state than a hash of 64 bits, once it is expanded: less memory, but a state whose
                   hash another one has is taken for that one. How likely that is, `Graph.omission` says.
    reductions     what may be done so that there are fewer states: some of REDUCTIONS.
    """

    states: int | None = None
    seconds: float | None = None
    memory: int | None = None
    fingerprints: bool = False
    reductions: tuple[str, ...] = ()


NO_LIMITS = Limits()


@dataclass(frozen=True, order=True)
class Hit:
    """The first place where a flag was seen: at depth `depth`, with `cost` faults used; then order decides.

    `state` is the number of a state; `action` the step out of it that carries the flag, or None.
    """

    depth: int
    cost: int
    state: int
    action: int | None = field(compare=False)


@dataclass
class Edges:
    """Every step out of every expanded state, in order: those of state n begin at `begin[n]`.

    `target` is the state reached, or -1 for a step that is possible but cut off by a bound.
    """

    begin: array[int] = field(default_factory=lambda: array("q"))
    target: array[int] = field(default_factory=lambda: array("q"))
    action: array[int] = field(default_factory=lambda: array("q"))


@runtime_checkable
class Packed(Protocol):
    """States that lie packed in memory: some questions are answered without unpacking them."""

    def ends(self, number: int) -> tuple[int, int]:
        """Return both ends' local states in a state."""

    def pairs(self) -> set[tuple[int, int]]:
        """Return every pair of local states that is reached."""


class RowCounts(NamedTuple):
    """By a row's record's number: how often it was taken, state and kind of its first use, how often it was cut off."""

    taken: list[int]
    uses: list[int]
    cut: dict[int, int]


def _no_rows() -> RowCounts:
    return RowCounts([], [], {})


@dataclass
class Graph:
    """What an exploration found.

    `states` gives each state as one number: from its lowest bit the local states of both ends (LOCAL bits each), losses
    and duplicates (FAULT bits each), then the network. `parents` and `actions` say where it was found, -1 for initial
    states.
    `omission` bounds the probability that a state was taken for another one: 0 where states are compared.
    `terminal` are the states that nothing can leave, `waiting` those that only rows cut off by a bound could leave;
    `count` counts the rows (see `taken`); `edges` holds every step, if that was asked for.
    """

    states: Sequence[int]
    parents: Sequence[int]
    actions: Sequence[int]
    transitions: int = 0
    depth: int = 0
    lost: int = 0
    cut_capacity: int = 0
    terminal: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    count: Callable[[], RowCounts] = _no_rows
    hits: dict[int, Hit] = field(default_factory=dict)
    edges: Edges | None = None
    stopped: str | None = None
    omission: float = 0.0

    @property
    def complete(self) -> bool:
        """Every state within the bounds was expanded."""
        return self.stopped is None

    def ends(self, number: int) -> tuple[int, int]:
        """Return both ends' local states in a state."""
        if isinstance(self.states, Packed):
            return self.states.ends(number)
        state = self.states[number]
        return state & LOCAL_MASK, state >> LOCAL & LOCAL_MASK

    def pairs(self) -> set[tuple[int, int]]:
        """Return every pair of local states that is reached."""
        if isinstance(self.states, Packed):
            return self.states.pairs()
        return {self.ends(number) for number in range(len(self.states))}

    @cached_property
    def rows(self) -> RowCounts:
        """How often rows were taken: counted while exploring, put together when it is asked for."""
        return self.count()

    @property
    def taken(self) -> list[int]:
        """How often each row was taken, by its record's number."""
        return self.rows.taken

    @property
    def cut_rows(self) -> dict[int, int]:
        """How often each row was cut off by a bound, by its record's number."""
        return self.rows.cut

    def first(self, label: int) -> tuple[int, int]:
        """Return the state and the action of the first use of a row that was taken, by its record's number."""
        use = self.rows.uses[label]
        return use >> KIND, label << KIND | action_kind(use)

    def faults(self, number: int) -> int:
        """Return how many losses and duplicates there were up to a state, as far as they are counted."""
        faults = self.states[number] >> 2 * LOCAL
        return (faults & FAULT_MASK) + (faults >> FAULT & FAULT_MASK)

    def network(self, number: int) -> int:
        """Return the packed network of a state."""
        return self.states[number] >> NET

    def path(self, number: int) -> list[int]:
        """Return the actions from the initial state to this one."""
        actions: list[int] = []
        while self.parents[number] >= 0:
            actions.append(self.actions[number])
            number = self.parents[number]
        return actions[::-1]


def action_kind(action: int) -> int:
    """Return OWN, DELIVER, DELIVER_KEEP, LOSE or TICK."""
    return action & (1 << KIND) - 1


def action_subject(action: int) -> int:
    """Return the row's record number, or the lost segment's id; nothing of meaning for a tick."""
    return action >> KIND
