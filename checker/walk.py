"""A walk through an explored world: a position in a run, the steps that are enabled there, shortest continuations.

The world is explored completely first, and walked along the edges found: what is enabled is never worked out a second
time. Runs are written as `verify` writes its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from checker.breakable import breakable, why_not
from checker.explore.choices import Used
from checker.explore.graph import LOSE, NO_LIMITS, TICK, Edges, Graph, Limits, action_kind, action_subject
from checker.explore.machine import TcpMachine
from checker.explore.raised import Raised
from checker.explore.run import graph_of
from checker.explore.writer import KINDS, TraceWriter
from checker.replay import ReplayError, replay
from checker.usage import UsageError
from spec.environment import World
from spec.language.beside import Property
from spec.trace import FORGE, UNREAD, Record, Trace, TraceStep
from spec.variants import Variant

NETWORK = "network capacity"
"""What cuts off a step that has no bound of its own: its segments find no room in the network."""


class WalkError(UsageError):
    """A step or a run that is not there; the message is one sentence for the user."""


@dataclass(frozen=True)
class Option:
    """One step out of the present state.

    event     the name of its first event, "" for a loss and a tick.
    run       the run so far with this step as its last; a step that is cut off has no events in it.
    changes   whether it leads to another state.
    cut_by    the bound that forbids it; "" for a step that can be taken.
    """

    event: str
    run: Trace
    changes: bool
    cut_by: str = ""

    @property
    def step(self) -> TraceStep:
        """The step itself."""
        return self.run.steps[-1]


@dataclass(frozen=True)
class Broken:
    """A part of a property that the present state, or the step that led here, breaks: its number, from 0."""

    about: Property
    part: int


@dataclass(frozen=True)
class _Watched:
    broken: Broken
    hit: int


class Walk:
    """A run of a variant in a world, and where in it one stands.

    `position` steps of its `length` lie behind, the others can be had again with `redo`. Exploring may stop early at
    `limits`: then `stopped` says why, and a state that nobody expanded has no steps (`expanded` is False).

    limits, progress   as in checker.explore.kernel.explore. Raise KeyboardInterrupt when that is interrupted.
    """

    def __init__(
        self,
        variant: Variant,
        world: World,
        *,
        limits: Limits = NO_LIMITS,
        progress: Callable[[Graph, int], None] | None = None,
    ) -> None:
        self.variant, self.world = variant, world
        self._machine = TcpMachine(variant.relation, world, breakable(variant, world))
        self.graph = graph_of(self._machine, edges=True, limits=limits, progress=progress)
        if self.graph.stopped == "interrupted":
            raise KeyboardInterrupt
        self._edges = self.graph.edges or Edges()
        complete = self.graph.complete
        self._expanded = len(self._edges.begin) - (not complete)  # the last may be left half expanded
        self._writer = TraceWriter(self._machine, self.graph, variant.relation, variant.name)
        self._raised = Raised(self._machine, self.graph)
        self._taken: list[int] = []
        self.position = 0
        self._found: tuple[list[int], Broken] | None = None

    # --- where one stands -------------------------------------------------------------------------------------

    @property
    def stopped(self) -> str | None:
        """Why the world was not explored to its bounds; None when it was."""
        return self.graph.stopped

    @property
    def unexpanded(self) -> int:
        """How many states were found whose steps nobody knows: 0 in a world that is explored to its bounds."""
        return len(self.graph.states) - self._expanded

    @property
    def length(self) -> int:
        """How many steps the run has, those included that were undone."""
        return len(self._taken)

    @property
    def state(self) -> int:
        """The present state's number in the graph; 0 is the initial one."""
        return self._edges.target[self._taken[self.position - 1]] if self.position else 0

    @property
    def expanded(self) -> bool:
        """Whether the steps out of the present state are known."""
        return self.state < self._expanded

    @property
    def states(self) -> tuple[str, str]:
        """Both ends' TCP states."""
        return self._states(self.state)

    def used(self, end: int) -> Used:
        """Return what an end (0 or 1) has used up, and how long it still waits or is silent."""
        return self._machine.locals[end][self.graph.ends(self.state)[end]].used

    def initial_tcb(self, end: int) -> Record:
        """Return the TCB of an end (0 or 1) before anything happened, not even a persistent listener's OPEN."""
        reader = self._machine.readers[end]
        return {name: reader.initial[index] for name, index in reader.index.items()}

    def trace(self) -> Trace:
        """Return the run up to the present position.

        Where `until_broken` ended just here, it is said to show what that found.
        """
        actions = self._actions()
        if self._found is not None and self._found[0] == actions:
            return self._writer.write(actions, self._found[1].about.id, self._found[1].part)
        return self._writer.write(actions)

    # --- steps ------------------------------------------------------------------------------------------------

    def enabled(self) -> tuple[Option, ...]:
        """Return the steps that can be taken now, each once: those that change something first, else in graph order."""
        return self._here[0]

    def cut_off(self) -> tuple[Option, ...]:
        """Return the steps that would be possible now if no bound of the world forbade them."""
        return self._here[1]

    def option(self, number: int) -> Option:
        """Return the step with this number in `enabled()`, from 1. Raise WalkError when there is none."""
        self._edge(number)
        return self.enabled()[number - 1]

    def take(self, number: int) -> None:
        """Take the step with this number in `enabled()`, from 1; what was undone is forgotten unless it begins so.

        Raise WalkError when there is no such step.
        """
        self._extend([self._edge(number)])

    def undo(self, steps: int = 1) -> None:
        """Go back. Raise WalkError when the run does not begin so early."""
        self.jump(self.position - steps, f"only {self.position} of the run can be undone")

    def redo(self, steps: int = 1) -> None:
        """Go forward again along what was undone. Raise WalkError when that is not so long."""
        self.jump(self.position + steps, f"only {self.length - self.position} undone can be done again")

    def jump(self, position: int, otherwise: str = "") -> None:
        """Go to a position of the run, from 0 to `length`. Raise WalkError (saying `otherwise`) when it has none."""
        if not 0 <= position <= self.length:
            raise WalkError(f"{otherwise or f'the run has steps 0 to {self.length}, not {position}'}.")
        self._move(position)

    def restart(self) -> None:
        """Begin a new run."""
        self._taken = []
        self._move(0)

    # --- shortest continuations -------------------------------------------------------------------------------

    def goto(self, first: str | None, *second: str | None) -> int | None:
        """Go on, by as few steps as possible, until an end is in state `first`; with a second one A and B are in them.

        None is any state. Return the number of steps, 0 when it is so already; None, and stay, when no continuation
        that was explored leads there.
        """

        def there(number: int) -> bool:
            a, b = self._states(number)
            if not second:
                return first in (None, a, b)
            return first in (None, a) and second[0] in (None, b)

        return self._follow(self._nearest(there, lambda _: False))

    def until_broken(self, prop: Property) -> tuple[int, Broken] | None:
        """Go on, by as few steps as possible, until a state or a step breaks a property.

        Return the number of steps, 0 when it is broken here already, and what breaks; None, and stay, when no
        continuation that was explored does. Raise WalkError for a property that is not judged so, or not in this world.
        """
        watched = [w for w in self._watched if w.broken.about is prop]
        if not watched:
            raise WalkError(why_not(prop, self.variant, self.world))
        hits = sum(w.hit for w in watched)
        if any(broken.about is prop for broken in self.broken()):
            path: list[int] | None = []
        else:
            path = self._nearest(
                lambda number: bool(self._raised.in_state(number) & hits),
                lambda edge: bool(self._raised.in_step(self._edges.action[edge]) & hits),
            )
        steps = self._follow(path)
        if steps is None:
            return None
        found = next(broken for broken in self.broken() if broken.about is prop)
        self._found = (self._actions(), found)
        return steps, found

    def broken(self) -> tuple[Broken, ...]:
        """Return what the present state breaks, or the step that led to it, in the order of the properties."""
        flags = self._raised.in_state(self.state)
        if self.position:
            flags |= self._raised.in_step(self._edges.action[self._taken[self.position - 1]])
        return tuple(w.broken for w in self._watched if w.hit & flags)

    def follow(self, trace: Trace) -> None:
        """Make a saved run of this variant and world the present one, positioned at its end; a loop is gone once.

        Raise WalkError, and stay, when it does not replay or is no run of the explored world.
        """
        if (trace.variant, trace.world) != (self.variant.name, self.world):
            raise WalkError(f"the run is one of {trace.variant} in world {trace.world.name}, which differs from this.")
        plain = replace(trace, property="", part=0, loop=None)
        try:
            replay(plain, self.variant.relation)
        except ReplayError as error:
            raise WalkError(f"the run does not replay: {error}") from error
        path: list[int] = []
        for number, step in enumerate(trace.steps, 1):
            state = self._edges.target[path[-1]] if path else 0
            found = next((edge for edge in self._order(state) if self._is(path, edge, trace, step)), None)
            if found is None:
                beyond = f": {self.stopped}" if state >= self._expanded else ""
                raise WalkError(f"step {number} of the run is not among those explored here{beyond}.")
            path.append(found)
        self._taken = path
        self._move(len(path))

    # --- inside -----------------------------------------------------------------------------------------------

    def _states(self, number: int) -> tuple[str, str]:
        a, b = self.graph.ends(number)
        return self._machine.locals[0][a].tcb[0], self._machine.locals[1][b].tcb[0]

    def _actions(self) -> list[int]:
        return [self._edges.action[edge] for edge in self._taken[: self.position]]

    def _edges_of(self, state: int) -> range:
        """Return the edges out of a state; none when it was not expanded."""
        begin = self._edges.begin
        if state >= self._expanded:
            return range(0)
        return range(begin[state], begin[state + 1] if state + 1 < len(begin) else len(self._edges.target))

    def _edge(self, number: int) -> int:
        edges = self._order(self.state)
        if not 1 <= number <= len(edges):
            raise WalkError(f"step {number} does not exist here: {_choices(len(edges))}.")
        return edges[number - 1]

    def _order(self, state: int) -> list[int]:
        """Return the edges that can be taken, those that change something first."""
        able = [edge for edge in self._edges_of(state) if self._edges.target[edge] >= 0]
        return sorted(able, key=lambda edge: self._edges.target[edge] == state)

    @cached_property
    def _here(self) -> tuple[tuple[Option, ...], tuple[Option, ...]]:
        """The options of the present state, and those cut off."""
        cut = [edge for edge in self._edges_of(self.state) if self._edges.target[edge] < 0]
        return tuple(map(self._option, self._order(self.state))), tuple(map(self._option, cut))

    def _option(self, edge: int) -> Option:
        action, target = self._edges.action[edge], self._edges.target[edge]
        run = self._writer.write([*self._actions(), action])
        if action_kind(action) in (LOSE, TICK):
            return Option("", run, target != self.state)
        record = self._machine.records[action_subject(action)]
        return Option(record.event, run, target != self.state, "" if target >= 0 else record.cut_by or NETWORK)

    def _move(self, position: int) -> None:
        self.position = position
        self.__dict__.pop("_here", None)

    def _extend(self, path: Sequence[int]) -> None:
        if self._taken[self.position : self.position + len(path)] != list(path):
            self._taken = [*self._taken[: self.position], *path]
        self._move(self.position + len(path))

    def _follow(self, path: Sequence[int] | None) -> int | None:
        if path is None:
            return None
        self._extend(path)
        return len(path)

    def _nearest(self, good_state: Callable[[int], bool], good_edge: Callable[[int], bool]) -> list[int] | None:
        """Return the edges of a shortest continuation to a good state or through a good edge, or None.

        As in `verify`, the fewest faults decide between equally short ones, then the order in which they are found.
        """
        if good_state(self.state):
            return []
        came: dict[int, tuple[int, int]] = {self.state: (-1, -1)}
        frontier = [self.state]
        while frontier:
            following: list[int] = []
            found: list[tuple[int, int, int]] = []
            for state in frontier:
                for edge in self._edges_of(state):
                    reached = self._edges.target[edge]
                    if reached < 0:
                        continue
                    new = reached not in came
                    if new:
                        came[reached] = (state, edge)
                        following.append(reached)
                    if (new and good_state(reached)) or good_edge(edge):
                        found.append((self._raised.faults(reached), state, edge))
            if found:
                _, state, edge = min(found, key=lambda each: each[0])
                return [*_back(came, state), edge]
            frontier = following
        return None

    @cached_property
    def _watched(self) -> tuple[_Watched, ...]:
        """What can break: parts about every state or step, with the flags that say that it does."""
        numbers: dict[str, int] = {}
        watched = []
        for each in self._machine.watch.parts:
            number = numbers[each.property.id] = numbers.get(each.property.id, -1) + 1
            if each.part.kind == "always":
                watched.append(_Watched(Broken(each.property, number), each.hit))
        return tuple(watched)

    def _is(self, path: Sequence[int], edge: int, trace: Trace, told: TraceStep) -> bool:
        """Return whether an edge after a path is this step of a trace."""
        action = self._edges.action[edge]
        if not self._resembles(action, told):
            return False
        run = self._writer.write([*(self._edges.action[before] for before in path), action])
        mine = run.steps[-1]
        if (mine.kind, mine.end, mine.segment) != (told.kind, told.end, told.segment):
            return False
        if mine.segment is not None and _fields(run, mine.segment) != _fields(trace, mine.segment):
            return False
        same = [(event.event, event.call, event.chain, event.sent, event.tcb) for event in mine.events]
        return same == [(event.event, event.call, event.chain, event.sent, event.tcb) for event in told.events]

    def _resembles(self, action: int, told: TraceStep) -> bool:
        """Return whether an action is of a step's kind, at its end, with its event: a question that costs little."""
        kind, subject = action_kind(action), action_subject(action)
        if kind == TICK:
            return told.kind == KINDS[kind]
        if kind == LOSE:
            return (told.kind, told.end) == (KINDS[kind], self._machine.destination[subject])
        record = self._machine.records[subject]
        mine = (FORGE if record.forged else KINDS[kind], record.end, record.event)
        return mine == (told.kind, told.end, told.events[0].event if told.events else "")


def _choices(number: int) -> str:
    return {0: "nothing can be done", 1: "there is only 1"}.get(number, f"choose from 1 to {number}")


def _back(came: dict[int, tuple[int, int]], state: int) -> list[int]:
    path: list[int] = []
    while came[state][1] >= 0:
        state, edge = came[state]
        path.append(edge)
    return path[::-1]


def _fields(trace: Trace, number: int) -> Record:
    """Return the fields of a segment by which it can be told."""
    return {**trace.segments[number].fields, UNREAD: 0}
