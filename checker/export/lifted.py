"""Runs with numbers of the wire: 32 bits, initial sequence numbers as asked, another window; or none such.

The schedule is played again and every event compared: a run that is exported is the run that was saved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from checker.formulas import Layout
from checker.reenact import Move, Stage, schedule
from checker.replay import ReplayError, replay
from checker.usage import UsageError, need_z3
from spec.attackers import FORGED, NOBODY
from spec.environment import IsnPolicy, World
from spec.ghosts import MESSAGE_GHOSTS
from spec.language import SEQ, Relation
from spec.trace import ATTACKER, FORGE, UNREAD, EventRecord, Record, SentSegment, Trace, TraceStep
from spec.variants import VARIANTS
from spec.vocabulary import CALL_FIELDS, OUR_NUMBERS, PEER_NUMBERS

BITS = 32
Numbers = tuple[int, int] | Literal["solve"] | None
"""The first ISNs of A and B, later ones as far from them as in the run; "solve": z3 chooses; None: as they are."""


def on_the_wire(trace: Trace, isn: Numbers = None, window: int | None = None) -> Trace:
    """Return the run with numbers of 32 bits, replayed. An endless one is what its steps show, once round.

    window  the receive buffer of both ends in octets; None: the world's.

    Raise UsageError, with the step, when numbers or window make it another run, and when z3 is needed and missing;
    ReplayError when it is no run to begin with.
    """
    about = replace(trace, property="", part=0, loop=None)
    replay(about, VARIANTS[about.variant].relation)
    if isn == "solve":
        about = _solved(about, "--isn solve")
    elif about.world.seq_bits != BITS:
        try:
            about = _again(about, replace(about.world, seq_bits=BITS), f"at {BITS} bits, with the same ISNs,")
        except Another as error:
            about = _solved(about, str(error).rstrip("."))
    if isinstance(isn, tuple):
        about = _again(about, replace(about.world, isn=_policies(about, isn)), f"with ISNs {isn[0]} and {isn[1]}")
    if window is not None:
        world = replace(about.world, window=window, isn=_policies(about, None))
        about = _again(about, world, f"with a window of {window} octets, not {trace.world.window},")
    return about


class Another(UsageError):
    """In this world the schedule is another run; the message names the first step that differs."""


def selects_iss(relation: Relation[Any]) -> frozenset[str]:
    """Return the ids of the rules that select an initial send sequence number."""
    return frozenset(
        rule.id for rule in relation.rules if any(update.variable.payload[1] == "ISS" for update in rule.then)
    )


def begins(event: EventRecord, selecting: frozenset[str]) -> bool:
    """Return whether an event begins an incarnation: an end that returns to TIME-WAIT takes up its old ISS."""
    return not selecting.isdisjoint(event.chain) and event.tcb["STATE"] != "TIME-WAIT"


def _policies(trace: Trace, first: tuple[int, int] | None) -> tuple[IsnPolicy, IsnPolicy]:
    """Return the run's own ISNs as policies, moved so that they begin at `first`."""
    selecting = selects_iss(VARIANTS[trace.variant].relation)

    def policy(end: int) -> IsnPolicy:
        events = [event for step in trace.steps if step.end == end for event in step.events]
        chosen = [event.call["ISN"] for event in events if begins(event, selecting)]
        chosen = chosen or [trace.world.next_isn(end, 0, 0)]
        shift = 0 if first is None else first[end] - chosen[0]
        return IsnPolicy("given", 0, tuple((number + shift) % (1 << BITS) for number in chosen))

    return policy(0), policy(1)


def _solved(trace: Trace, why: str) -> Trace:
    """Return the run with ISNs that z3 found."""
    need_z3(why)
    from checker.symbolic.lift import LiftError, lift

    try:
        return lift(trace, VARIANTS[trace.variant].relation, None, BITS).trace
    except (LiftError, ValueError) as error:
        raise UsageError(f"{why}, and z3 finds no others: {str(error).rstrip('.')}.") from error


# --- the same schedule in another world ----------------------------------------------------------------------------


class _Again(Stage):
    """A stage on which a saved run is played again, forged segments formed anew."""

    def __init__(self, told: Trace, world: World) -> None:
        super().__init__(VARIANTS[told.variant].relation, told.variant, world)
        self.told = told
        message = {name: i for i, name in enumerate((*self.relation.message, *MESSAGE_GHOSTS))}
        call = {name: i for i, name in enumerate(CALL_FIELDS)}
        self.before = Layout(self.readers[0].index, self.ghost_names, message, call, told.world.seq_bits)

    def take(self, move: Move) -> TraceStep:
        if move.kind == FORGE and move.segment is not None:
            self._forge(move.end, self.told.segments[move.segment])
        return super().take(move)

    def _forge(self, end: int, told: SentSegment) -> None:
        """Form in the victim's TCB what the attacker formed in the saved run's."""
        attacker = self.world.attacker
        victim = tuple(self.told.tcb(end, told.step - 1)[name] for name in self.readers[end].index)
        known = {name: value for name, value in told.fields.items() if name != UNREAD}
        for form in FORGED[attacker.kind] if attacker is not None else ():
            formed = {name: self.before.from_tcb(value)(victim) for name, value in form.fields.items()}
            if formed.items() >= {name: known[name] for name in formed if name != UNREAD}.items():
                new = {name: self.layout.from_tcb(value)(self.tcbs[end]) for name, value in form.fields.items()}
                fields = {name: new.get(name, 0) for name in self.relation.message} | {UNREAD: 0}
                ghosts = {name: NOBODY if name == "INC" else 0 for name in MESSAGE_GHOSTS}
                self.segments.append(SentSegment(told.number, ATTACKER, told.step, fields, ghosts))
                self.values.append((*fields.values(), *ghosts.values()))
                return
        raise UsageError(f"step {told.step}: no attacker forges this segment.")


def _again(told: Trace, world: World, how: str) -> Trace:
    """Return a run's schedule played in another world, replayed. Raise Another at other rules or other effects."""
    stage = _Again(told, world)
    shape = _Shape(stage.relation, told.world.seq_bits)
    for number, (move, step) in enumerate(zip(schedule(told), told.steps, strict=True), 1):
        if list(shape.of(stage.take(move))) != list(shape.of(step)):
            raise Another(f"step {number}: {how} the run goes another way.")
    made = stage.trace()
    try:
        replay(made, stage.relation)
    except ReplayError as error:
        raise Another(f"{str(error).rstrip('.')}, {how} so that it is no run there.") from error
    return made


class _Shape:
    """What is the same of a step wherever numbers begin."""

    def __init__(self, relation: Relation[Any], bits: int) -> None:
        self.mask = (1 << min(bits, BITS)) - 1
        numbers = {variable.name for variable in relation.variables if variable.sort == SEQ}
        self.plain = [v.name for v in relation.variables if v.name not in numbers | {"RCV.WND"}]
        self.from_start = [("ISS", name) for name in OUR_NUMBERS] + [("IRS", name) for name in PEER_NUMBERS]

    def of(self, step: TraceStep) -> Iterator[tuple[Any, ...]]:
        for event in step.events:
            yield (event.event, event.chain, event.signals, event.sent, *self._tcb(event.tcb))

    def _tcb(self, tcb: Record) -> Iterator[Any]:
        yield from (tcb[name] for name in self.plain)
        yield from ((tcb[name] - tcb[first]) & self.mask for first, name in self.from_start)
