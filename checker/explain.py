"""Explanations: which conjunct became false and when, and which single switch would have made the property hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from checker.explore.graph import Limits
from checker.explore.run import explore_world
from checker.formulas import Layout, StateView, StepView
from checker.verdict import judge
from spec.environment import IsnPolicy, World
from spec.fairness import FAIRNESS
from spec.ghosts import GHOSTS
from spec.language import Expr, name_of, show
from spec.language.beside import Part, Property
from spec.network import BAG, FIFO
from spec.time_wait import TimeWait
from spec.trace import Trace
from spec.variants import VARIANTS
from spec.vocabulary import CALL_FIELDS
from spec.words import FAILS, HOLDS

REPAIR_LIMITS = Limits(states=300_000)


@dataclass(frozen=True)
class Failure:
    """A conjunct of a property that is false at the end of a trace: where, the formula, the values it reads.

    `ghosts` are sentences on the ghosts among them.
    """

    end: str
    step: int
    formula: str
    values: str
    ghosts: tuple[str, ...]


def failures(trace: Trace, part: Part) -> list[Failure]:
    """Return the conjuncts of an "always" part that are false at the trace's end, where its antecedent holds.

    For a part about steps, that is the event of the last step that decides it.
    """
    last = len(trace.steps)
    readers = _events(trace) if part.over == "step" else [_Reader(trace, end, last) for end in (0, 1)]
    found = []
    for read in readers:
        if all(read.value(formula) for formula in part.given):
            wrong = [formula for formula in part.holds if not read.value(formula)]
            found += [Failure("AB"[read.end], last, show(f), read.values(f), read.ghosts_in(f)) for f in wrong]
    return found


class _Reader:
    """Reads formulas of states in a state of the trace, from one end."""

    def __init__(self, trace: Trace, end: int, step: int) -> None:
        self.end = end
        self.before = (trace.tcb(end, step), trace.ghosts(end, step))
        self.other = (trace.tcb(1 - end, step), trace.ghosts(1 - end, step))
        flying = [trace.segments[number] for number in trace.in_flight(step)]
        self.flying = tuple((*segment.fields.values(), *segment.ghosts.values()) for segment in flying)
        message = trace.segments[0] if trace.segments else None
        fields = [*message.fields, *message.ghosts] if message else []
        tcb, ghosts, segment, call = (_indices(names) for names in (*self.before, fields, CALL_FIELDS))
        self.layout = Layout(tcb, ghosts, segment, call, trace.world.seq_bits)

    def value(self, formula: Expr) -> Any:
        views = [tuple(record.values()) for record in (*self.before, *self.other)]
        return self.layout.on_state(formula)(StateView(views[0], views[1], views[2], views[3], self.flying))

    def values(self, formula: Expr) -> str:
        """Return what the formula reads, as "SND.UNA=100, peer RCV.NXT=101"; "'" marks the value after the step."""
        shown: dict[str, Any] = {}
        for name, owner, moved in _variables(formula, moved=False):
            if owner in ("TCB", "GHOST"):
                record = (self.other if moved else self.before)[0 if owner == "TCB" else 1]
                shown[self.spelling(name) if moved else name] = record.get(name)
        return ", ".join(f"{name}={_plain(value)}" for name, value in shown.items())

    def spelling(self, name: str) -> str:
        return f"peer {name}"

    def ghosts_in(self, formula: Expr) -> tuple[str, ...]:
        names = dict.fromkeys(name for name, owner, _ in _variables(formula, moved=False) if owner == "GHOST")
        return tuple(f"{ghost.name}: {ghost.meaning}" for name in names for ghost in GHOSTS if ghost.name == name)


class _EventReader(_Reader):
    """Reads formulas of steps in one event of the trace's last step."""

    def __init__(self, trace: Trace, position: int) -> None:
        step = trace.steps[-1]
        super().__init__(trace, step.end, len(trace.steps) - 1)
        event = step.events[position]
        if position:
            self.before = (step.events[position - 1].tcb, step.events[position - 1].ghosts)
        self.other = (event.tcb, event.ghosts)
        arrived = None if step.segment is None or position else trace.segments[step.segment]
        segment = None if arrived is None else (*arrived.fields.values(), *arrived.ghosts.values())
        fired = [rule for rule in VARIANTS[trace.variant].relation.rules if rule.id in event.chain]  # a crash has none
        assigned = frozenset(name_of(u.variable) for rule in fired for u in rule.then)
        sent = tuple(tuple(trace.segments[n].fields.values()) for n in event.sent)
        (tcb, ghosts), (new_tcb, new_ghosts) = (
            tuple(tuple(record.values()) for record in records) for records in (self.before, self.other)
        )
        call = tuple(event.call.values())
        self.view = StepView(tcb, ghosts, new_tcb, new_ghosts, segment, call, event.event, event.chain, assigned, sent)

    def value(self, formula: Expr) -> Any:
        return self.layout.on_step(formula)(self.view)

    def spelling(self, name: str) -> str:
        return f"{name}'"


def _events(trace: Trace) -> list[_Reader]:
    return [_EventReader(trace, position) for position in range(len(trace.steps[-1].events))]


def _indices(names: Iterable[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(names)}


def _plain(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return "{" + ", ".join(f"({a}, {b})" for a, b in value) + "}"
    return str(value)


def _variables(formula: Expr, *, moved: bool) -> Iterator[tuple[str, str, bool]]:
    """Yield (name, owner, read at the peer or after the step) of every variable in a formula."""
    if formula.op == "var":
        owner, name = formula.payload
        yield name, owner, moved
    for argument in formula.args:
        yield from _variables(argument, moved=moved or formula.op in ("peer", "after"))


@dataclass(frozen=True)
class Switch:
    """One change to a world or variant, and whether the property then holds there (None: not decided in bounds)."""

    name: str
    holds: bool | None


def repairs(prop: Property, variant: str, world: World, progress: Callable[[str], None] | None = None) -> list[Switch]:
    """Return every single switch tried, in a fixed order: three-way or its patches, fairness, ISN policies, budgets.

    Each is explored completely or up to `REPAIR_LIMITS`.
    """
    tried: list[Switch] = []
    for name, asked, other_variant, other_world in _switches(prop, variant, world):
        if progress is not None:
            progress(name)
        relation = VARIANTS[other_variant].relation
        run = explore_world(relation, other_world, [asked], limits=REPAIR_LIMITS, fail_fast=True)
        word = judge(asked, [run]).word
        tried.append(Switch(name, True if word == HOLDS else False if word == FAILS else None))
        if run.stopped == "interrupted":
            raise KeyboardInterrupt
    return tried


_PATCHES_OF_THREE_WAY = ("rfc1337", "queue-close", "rst-in-window", "merge-fin", "tw-recycle")


def _switches(prop: Property, variant: str, world: World) -> Iterator[tuple[str, Property, str, World]]:
    others = _PATCHES_OF_THREE_WAY if variant == "three-way" else ("three-way",)
    for other in others:
        yield f"variant {other}", prop, other, world
    for name in FAIRNESS:
        if any(part.kind == "leads_to" and name not in part.fairness for part in prop.parts):
            parts = (replace(p, fairness=(*p.fairness, name)) if p.kind == "leads_to" else p for p in prop.parts)
            yield f"fairness {name}", replace(prop, parts=tuple(parts)), variant, world
    for name, changed in _other_worlds(world):
        yield name, prop, variant, changed


def _other_worlds(world: World) -> Iterator[tuple[str, World]]:
    for policy in (IsnPolicy("fresh"), IsnPolicy("const")):
        if world.isn != (policy, policy):
            yield f"ISN policy {policy} at both ends", world.with_isn(policy)
    faults = world.faults
    for name, changed in (
        ("losses", replace(faults, losses=0)),
        ("duplicates", replace(faults, duplicates=0)),
        ("retransmissions", replace(faults, retransmissions=0)),
        ("crashes", replace(faults, crashes=0)),
        ("user timeouts", replace(faults, user_timeouts=0)),
    ):
        if changed != faults:
            yield f"no {name}", replace(world, faults=changed)
    if world.network.kind == BAG and world.network.lifetime is None:
        yield "a network that keeps order", replace(world, network=replace(world.network, kind=FIFO))
    longest = TimeWait(2, "any_emission")
    if world.wait_ticks is not None and world.time_wait != longest:
        yield f"a TIME-WAIT of {longest}", replace(world, time_wait=longest)
