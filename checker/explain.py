"""Explanations: which conjunct became false and when, and which single switch would have made the property hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from checker.explore.kernel import Limits
from checker.explore.run import explore_world
from checker.formulas import Layout
from checker.verdict import FAILS, HOLDS, judge
from spec.environment import IsnPolicy, World
from spec.language import Expr, show
from spec.language.beside import Part, Property
from spec.trace import Trace
from spec.variants import VARIANTS
from spec.vocabulary import CALL_FIELDS

REPAIR_LIMITS = Limits(states=300_000)


@dataclass(frozen=True)
class Failure:
    """A conjunct of a property that is false at the end of a trace: where, the formula, the values it reads."""

    end: str
    step: int
    formula: str
    values: str


def failures(trace: Trace, part: Part) -> list[Failure]:
    """Return the false conjuncts of an "always" part of states, at each end where its antecedent holds.

    A part of steps is about the last step itself; its conjuncts are returned with the values after that step.
    """
    found = []
    last = len(trace.steps)
    for end in (0, 1):
        if part.over == "step" and trace.steps and trace.steps[-1].end != end:
            continue
        read = _Reader(trace, end, last)
        if part.over == "state" and not all(read.value(formula) for formula in part.given):
            continue
        found += [
            Failure("AB"[end], last, show(formula), read.values(formula))
            for formula in part.holds
            if part.over == "step" or not read.value(formula)
        ]
    return found


class _Reader:
    """Reads formulas of states in the last state of a trace, from one end."""

    def __init__(self, trace: Trace, end: int, step: int) -> None:
        self.here = (trace.tcb(end, step), trace.ghosts(end, step))
        self.there = (trace.tcb(1 - end, step), trace.ghosts(1 - end, step))
        tcb, ghosts = ({name: i for i, name in enumerate(record)} for record in self.here)
        message = trace.segments[0] if trace.segments else None
        fields = [*message.fields, *message.ghosts] if message else []
        self.layout = Layout(
            tcb,
            ghosts,
            {name: i for i, name in enumerate(fields)},
            {name: i for i, name in enumerate(CALL_FIELDS)},
            trace.world.seq_bits,
        )

    def value(self, formula: Expr) -> Any:
        views = [tuple(record.values()) for record in (*self.here, *self.there)]
        return self.layout.on_state(formula)(*views)

    def values(self, formula: Expr) -> str:
        """Return the values of the variables that the formula reads, as "SND.UNA=100, peer RCV.NXT=101"."""
        shown: dict[str, Any] = {}
        for name, owner, at_peer in _variables(formula, at_peer=False):
            if owner in ("TCB", "GHOST"):
                record = (self.there if at_peer else self.here)[0 if owner == "TCB" else 1]
                shown[f"peer {name}" if at_peer else name] = record.get(name)
        return ", ".join(f"{name}={_plain(value)}" for name, value in shown.items())


def _plain(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return "{" + ", ".join(f"({a}, {b})" for a, b in value) + "}"
    return str(value)


def _variables(formula: Expr, *, at_peer: bool) -> Iterator[tuple[str, str, bool]]:
    if formula.op == "var":
        owner, name = formula.payload
        yield name, owner, at_peer
    for argument in formula.args:
        yield from _variables(argument, at_peer=at_peer or formula.op == "peer")


@dataclass(frozen=True)
class Switch:
    """One change to a world or variant, and whether the property then holds there (None: not decided in bounds)."""

    name: str
    holds: bool | None


def repairs(prop: Property, variant: str, world: World, progress: Callable[[str], None] | None = None) -> list[Switch]:
    """Return every single switch tried, in a fixed order: other variants, ISN policies, one fault budget at 0.

    Each is explored completely or up to `REPAIR_LIMITS`.
    """
    tried: list[Switch] = []
    for name, other_variant, other_world in _switches(variant, world):
        if progress is not None:
            progress(name)
        run = explore_world(VARIANTS[other_variant].relation, other_world, [prop], limits=REPAIR_LIMITS, fail_fast=True)
        word = judge(prop, [run]).word
        tried.append(Switch(name, True if word == HOLDS else False if word == FAILS else None))
        if run.stopped == "interrupted":
            break
    return tried


_OTHER_VARIANTS = ("three-way", "rfc1337", "queue-close", "rst-in-window", "merge-fin")


def _switches(variant: str, world: World) -> Iterator[tuple[str, str, World]]:
    for other in _OTHER_VARIANTS:
        if other != variant:
            yield f"variant {other}", other, world
    for policy in (IsnPolicy("fresh"), IsnPolicy("const")):
        if world.isn != (policy, policy):
            yield f"ISN policy {policy} at both ends", variant, world.with_isn(policy)
    faults = world.faults
    for name, changed in (
        ("losses", replace(faults, losses=0)),
        ("duplicates", replace(faults, duplicates=0)),
        ("retransmissions", replace(faults, retransmissions=0)),
        ("crashes", replace(faults, crashes=0)),
        ("user timeouts", replace(faults, user_timeouts=0)),
    ):
        if changed != faults:
            yield f"no {name}", variant, replace(world, faults=changed)
    if world.network.kind != "fifo":
        in_order = replace(world.network, kind="fifo")
        yield "a network that keeps order", variant, replace(world, network=in_order)
