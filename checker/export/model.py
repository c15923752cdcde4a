"""What is exported: a relation between two ends and a network, bounded by a world, in no language yet.

Everything is read off the relation and the world; the start of a listening end is worked out by the rules themselves.
Counters count what is used up from 0; a network is that of spec.network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from checker.concrete import ConcreteReader, Values
from checker.explore.machine import TcpMachine
from checker.explore.watch import formulas_of, needed
from checker.export.reach import OutOfReach
from spec.environment import ENDS, IsnPolicy, User, UserCall, World
from spec.ghosts import CRASH, GHOSTS, MESSAGE_GHOSTS
from spec.language import Event, Expr, Relation, Rule, Sort, Variable
from spec.language.beside import Ghost, Property
from spec.network import Network
from spec.vocabulary import (
    NO_CONNECTION,
    OPEN,
    R2_REACHED,
    RETRANSMISSION_TIMEOUT,
    TIME_WAIT_TIMEOUT,
    USER_TIMEOUT,
)

SEGMENT = "segment"
"""The kind of the event that an arriving segment causes."""
CALLS, CHOSEN, RETRANSMISSIONS, USER_TIMEOUTS, CRASHES, LAST = (
    "CALLS", "CHOSEN", "RETRANSMISSIONS", "USER.TIMEOUTS", "CRASHES", "LAST.NXT",
)  # fmt: skip


@dataclass(frozen=True)
class Counter:
    """How often something has happened, from 0 to `limit`, at one end (or -1: in the whole run)."""

    name: str
    end: int
    limit: int
    says: str


@dataclass(frozen=True)
class Own:
    """One way in which an end acts by itself, if some rule fires (a crash needs none).

    call     what comes with the event, the ISN apart.
    counter  the counter that must be `below` a number, or `at` one; `spends` adds 1, unless a rule refuses the call.
    states   only in these states; empty means in any.
    once     only while no segment that it sends is in flight.
    """

    end: int
    event: Event
    says: str
    call: Mapping[str, Any] = field(default_factory=dict)
    counter: Counter | None = None
    below: int | None = None
    at: int | None = None
    spends: bool = False
    states: tuple[str, ...] = ()
    once: bool = False


@dataclass(frozen=True)
class Numbering:
    """How an end chooses its ISSs: the n-th is base + n * step, or `values`, or, by policy "next", the last SND.NXT."""

    base: int
    step: int
    limit: int
    values: tuple[int, ...] = ()
    follows: bool = False


@dataclass(frozen=True, eq=False)
class Model:
    """A relation and all that surrounds it.

    starts     each end's first TCB, the variables in the relation's order; `blank` the one after a crash.
    fields     the fields of a segment that anything reads, and then the ghosts `tags`.
    losses, duplicates   budgets of the whole run; None means without limit.
    numbering  how each end chooses its ISSs; None where no rule chooses one.
    listens    whether a passive OPEN follows at once where an end's TCB is deleted.
    """

    name: str
    title: str
    bounds: Mapping[str, str]
    relation: Relation[Any]
    bits: int
    network: Network
    losses: int | None
    duplicates: int | None
    starts: tuple[Values, Values]
    blanks: tuple[Values, Values]
    own: tuple[Own, ...]
    numbering: tuple[Numbering, Numbering] | None
    listens: tuple[bool, bool]
    fields: Mapping[str, Sort]
    ghosts: tuple[Ghost, ...] = ()
    tags: Mapping[str, Expr] = field(default_factory=dict)
    properties: tuple[Property, ...] = ()

    @property
    def arrival(self) -> Event:
        """The event that an arriving segment causes."""
        return next(event for event in self.relation.events if event.kind == SEGMENT)

    @property
    def events(self) -> tuple[Event, ...]:
        """The events that can happen here, in the relation's order."""
        names = {own.event.name for own in self.own} | {self.arrival.name}
        names |= {OPEN.name} if any(self.listens) else set()
        return tuple(event for event in self.relation.events if event.name in names)

    @property
    def rules(self) -> tuple[Rule[Any], ...]:
        """The rules of these events."""
        return tuple(rule for rule in self.relation.rules if any(step.event in self.events for step in rule.steps))

    def rules_of(self, event: Event) -> tuple[Rule[Any], ...]:
        """Return the rules of an event, step by step."""
        steps = self.relation.steps_of(event)
        return tuple(rule for step in steps for rule in self.relation.rules if step in rule.steps)

    @property
    def counters(self) -> tuple[Counter, ...]:
        """Everything that is counted."""
        return tuple(dict.fromkeys(own.counter for own in self.own if own.counter is not None))

    @property
    def assigned(self) -> tuple[Variable, ...]:
        """The variables that a rule can change; all others keep their initial values."""
        names = {update.variable.payload[1] for rule in self.rules for update in rule.then}
        state = self.relation.state
        return tuple(v for v in self.relation.variables if v is state or v.name in names)

    @property
    def constants(self) -> dict[str, tuple[Any, Any]]:
        """The variables that nothing can change: name -> value at either end."""
        names = {variable.name for variable in self.assigned}
        values = zip(self.relation.variables, *self.blanks, strict=True)
        return {variable.name: (a, b) for variable, a, b in values if variable.name not in names}

    @property
    def most_sent(self) -> int:
        """How many segments one event can send at most."""
        return max([1, *(_most_sent(self.relation, event) for event in self.events)])

    def initial(self, end: int, name: str) -> Any:
        """Return a variable's value after a crash, or when a state forgets it."""
        return self.blanks[end][[v.name for v in self.relation.variables].index(name)]

    def start(self, end: int, name: str) -> Any:
        """Return a variable's value at the start."""
        return self.starts[end][[v.name for v in self.relation.variables].index(name)]


def _most_sent(relation: Relation[Any], event: Event) -> int:
    """Return how many segments an event's chain can send at most, whatever the conditions."""
    steps = relation.steps_of(event)
    most = [0] * (len(steps) + 1)
    for i in reversed(range(len(steps))):
        most[i] = most[i + 1]
        for rule in relation.rules:
            if steps[i] in rule.steps:
                later = i + 1 if rule.flow.step is None else steps.index(rule.flow.step)
                most[i] = max(most[i], len(rule.send) + (0 if rule.flow.word == "return" else most[later]))
    return most[0]


def of_world(relation: Relation[Any], world: World, properties: Sequence[Property] = ()) -> Model:
    """Return a relation in a world, with the ghosts that the properties need.

    Raise OutOfReach for a world with a clock or an attacker.
    """
    _within_reach(world)
    formulas = formulas_of(properties)
    ghostly = bool(needed(GHOSTS, formulas)) or any(_is_tag(part) for formula in formulas for part in formula.walk())
    ghosts = needed(GHOSTS, [*formulas, *MESSAGE_GHOSTS.values()]) if ghostly else ()
    tags = MESSAGE_GHOSTS if ghostly else {}
    machine = TcpMachine(relation, world)
    locals_ = [machine.locals[end][number] for end, number in enumerate(machine.initial())]
    blanks = [reader.initial for reader in machine.readers]
    read = _read(relation, [*formulas, *_formulas(GHOSTS if ghostly else ())])
    return Model(
        relation.name,
        relation.title,
        {"world": f"{world.name}: {world.title}", **world.bounds()},
        relation,
        world.seq_bits,
        world.network,
        world.faults.losses,
        world.faults.duplicates,
        (locals_[0].tcb, locals_[1].tcb),
        (blanks[0], blanks[1]),
        tuple(own for end in (0, 1) for own in _own(relation, world, end)),
        (_numbering(world, 0), _numbering(world, 1)),
        (world.users[0].listens, world.users[1].listens),
        {name: sort for name, sort in relation.message.items() if name in read},
        ghosts,
        tags,
        tuple(properties),
    )


def of_rules(
    relation: Relation[Any],
    bits: int,
    initial: tuple[Mapping[str, Any], Mapping[str, Any]],
    network: Network,
    properties: Sequence[Property] = (),
) -> Model:
    """Return a relation without users and budgets: whatever a rule allows may happen, as often as it likes."""
    readers = [ConcreteReader(relation, bits, {}, values) for values in initial]
    read = _read(relation, formulas_of(properties))
    owns = [Own(end, e, e.name) for end in (0, 1) for e in relation.events if e.kind != SEGMENT]
    return Model(
        relation.name,
        relation.title,
        {"network": str(network), "sequence numbers": f"{bits} bits"},
        relation,
        bits,
        network,
        None,
        None,
        (readers[0].initial, readers[1].initial),
        (readers[0].initial, readers[1].initial),
        tuple(owns),
        None,
        (False, False),
        {name: sort for name, sort in relation.message.items() if name in read},
        properties=tuple(properties),
    )


def _within_reach(world: World) -> None:
    if world.network.lifetime is not None:
        raise OutOfReach(f"world {world.name} has a clock by which segments age; only untimed worlds are exported.")
    if world.attacker is not None:
        raise OutOfReach(f"world {world.name} has an attacker ({world.attacker}); only worlds without are exported.")


def _is_tag(part: Expr) -> bool:
    return part.op == "var" and part.payload[0] in ("SEG", "SENT") and part.payload[1] in MESSAGE_GHOSTS


def _formulas(ghosts: Sequence[Ghost]) -> list[Expr]:
    return [formula for ghost in ghosts for pair in ghost.updates for formula in pair]


def _read(relation: Relation[Any], formulas: Sequence[Expr]) -> set[str]:
    """Return the segment fields that a rule or a formula reads; the others cannot tell states apart."""
    reads = {payload for rule in relation.rules for payload in rule.reads}
    reads |= {part.payload for formula in formulas for part in formula.walk() if part.op == "var"}
    return {name for owner, name in reads if owner in ("SEG", "SENT")}


def _numbering(world: World, end: int) -> Numbering:
    policy: IsnPolicy = world.isn[end]
    base, limit = world.next_isn(end, 0, 0), world.incarnations[end]
    step = {"fresh": world.fresh_step(end), "clock": policy.step}.get(policy.kind, 0)
    return Numbering(base, step, limit, policy.values if policy.kind == "given" else (), policy.kind == "next")


def _own(relation: Relation[Any], world: World, end: int) -> list[Own]:
    """Return every way in which an end acts by itself, in the explorer's order."""
    found = [own for own in _calls(world.users[end], end) if own.event in relation.events]
    for event in relation.events:
        if event.spontaneous:
            found += _timeout(event, world, end)
    faults = world.faults
    if faults.crashes and end in faults.crashing:
        counter = Counter(CRASHES, end, faults.crashes, f"crashes of {ENDS[end]}")
        there = tuple(state for state in relation.states if state not in NO_CONNECTION)
        found.append(Own(end, CRASH, "CRASH", {}, counter, faults.crashes, spends=True, states=there))
    return found


def _calls(user: User, end: int) -> list[Own]:
    counted = Counter(CALLS, end, len(user.calls), f"calls that {ENDS[end]}'s user has made")
    found = []
    for i, call in enumerate(user.calls):
        one = counted if user.ordered else Counter(f"{CALLS}.{i + 1}", end, call.times, f"{ENDS[end]}'s user: {call}")
        at, below = (i, None) if user.ordered else (None, call.times)
        found.append(Own(end, call.step.event, str(call), _said(call), one, below, at, spends=True, states=call.states))
    return found


def _said(call: UserCall) -> dict[str, Any]:
    return {"OCTETS": call.octets, "ACTIVE": call.active, "REMOTE": call.remote}


NOTHING_SAID = {"OCTETS": 0, "ACTIVE": False, "REMOTE": True}
"""What comes with an event that is no user's call."""


def _timeout(event: Event, world: World, end: int) -> list[Own]:
    """Return how an event that an end causes by itself may happen: not at all, or in one way."""
    faults, who = world.faults, ENDS[end]
    again = Counter(RETRANSMISSIONS, end, faults.retransmissions or 0, f"retransmissions of {who}")
    plain = Own(end, event, event.name, NOTHING_SAID, once=event.kind == "idle")
    if event == RETRANSMISSION_TIMEOUT.event:
        return [replace(plain, once=True)] if faults.retransmissions is None else _budgeted(plain, again)
    if event == TIME_WAIT_TIMEOUT.event:
        return [plain] if world.time_wait is None else []
    if event == USER_TIMEOUT.event:
        return _budgeted(plain, Counter(USER_TIMEOUTS, end, faults.user_timeouts, f"user timeouts of {who}"))
    if event == R2_REACHED.event:
        return _r2(plain, again, world)
    return [plain]


def _budgeted(own: Own, counter: Counter) -> list[Own]:
    return [replace(own, counter=counter, below=counter.limit, spends=True)] if counter.limit else []


def _r2(own: Own, again: Counter, world: World) -> list[Own]:
    """Return R2: once the last retransmission is spent, never when there is no last one."""
    if not world.faults.r2 or world.faults.retransmissions is None:
        return []
    return [replace(own, counter=again, at=again.limit)] if again.limit else [own]
