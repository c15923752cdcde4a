"""Trace lifting (Z-11): an explored run with other numbers of the full width, and with times of real clocks.

The schedule and the chains of rules stay; initial sequence numbers are solved for, and so are the moments at which
things happen: one way takes 20 ms to an MSL, a retransmission a second, TIME-WAIT two MSL. The run with the numbers
found is replayed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import z3

from checker.durations import MSL, ONE_WAY, RTO
from checker.reenact import Move, reenact, schedule
from checker.replay import replay
from checker.symbolic.proof import Claim, claim
from checker.symbolic.runs import Runs, State
from checker.symbolic.solving import ENDLESS, SAT, UNSAT, answer, ask, solver
from checker.symbolic.terms import Term
from spec import trace as t
from spec.language import Relation
from spec.language.beside import Part
from spec.trace import Trace
from spec.vocabulary import RETRANSMISSION_TIMEOUT, TIME_WAIT_TIMEOUT

LAST = 0xFFFFFFFF
"""The largest sequence number at 32 bits: an ISN from which the numbers wrap round at once."""


@dataclass(frozen=True)
class Lifted:
    """A lifted run, replayed; the time of each step in seconds, or None where real clocks forbid it; claims."""

    trace: Trace
    times: tuple[Fraction, ...] | None
    claims: tuple[Claim, ...]


class LiftError(Exception):
    """The run has no counterpart at this width; the message says where."""


def lift(trace: Trace, relation: Relation[Any], part: Part | None, bits: int = 32) -> Lifted:
    """Return a run with the same chains of rules, numbers of `bits` bits and times. Raise LiftError when none is."""
    runs = Runs(relation, trace.world, [], (), bits)
    state = runs.start()
    for number, (move, step) in enumerate(zip(schedule(trace), trace.steps, strict=True), 1):
        found = next(_followed(runs, state, move, [event.chain for event in step.events]), None)
        if found is None:
            raise LiftError(f"step {number} of the run has no counterpart at {bits} bits")
        state = found
    first = runs.isn(0, 0) == runs.terms.number(LAST % (1 << bits))
    distinct = [runs.isn(0, 0) != runs.isn(1, 0)]
    wrapping = ask(state.conditions, distinct, [first])
    found_numbers = wrapping if wrapping.word == SAT else ask(state.conditions)
    if found_numbers.word != SAT:
        raise LiftError("no numbers fit the run")
    claims = [claim("numbers that fit the run", "query", state.conditions, found_numbers, SAT)]
    world = replace(trace.world, seq_bits=bits, isn=runs.policies(found_numbers.model, state))
    lifted = reenact(relation, trace.variant, world, schedule(trace), (trace.property, trace.part))
    replay(lifted, relation, part)
    times, timed = clocked(lifted)
    return Lifted(lifted, times, (*claims, timed))


def _followed(runs: Runs, state: State, move: Move, chains: list[tuple[str, ...]]) -> Iterator[State]:
    """Yield the states after a move whose events fire these chains."""
    if not move.events:
        yield replace(state, flying=tuple(f for f in state.flying if f.number != move.segment))
        return
    flying = next((f for f in state.flying if f.number == move.segment), None)
    if move.kind == t.DELIVER:
        state = replace(state, flying=tuple(f for f in state.flying if f is not flying))
    event, told = move.events[0]
    segment = None if flying is None else flying.fields
    for after, path, happened in runs.happen(state, move.end, event, told, segment, state.used[move.end]):
        if path.chain != chains[0]:
            continue
        gone = runs.sent(after, move.end, happened)
        rest = replace(move, kind=t.OWN, segment=None, events=move.events[1:])
        yield from _followed(runs, gone, rest, chains[1:]) if rest.events else iter([gone])


def clocked(trace: Trace) -> tuple[tuple[Fraction, ...] | None, Claim]:
    """Return the times of a run's steps in seconds, the last as early as can be, and the claim that there are such."""
    moments = [z3.Real(f"step {number}") for number in range(1, len(trace.steps) + 1)]
    conditions = [moments[0] >= 0, *(later > earlier for earlier, later in pairwise(moments))]
    for number, step in enumerate(trace.steps):
        now = moments[number]
        if step.segment is not None and step.kind in (t.DELIVER, t.DUPLICATE):
            sent = moments[trace.segments[step.segment].step - 1]
            conditions += [now - sent >= z3.Q(ONE_WAY.numerator, ONE_WAY.denominator), now - sent <= MSL]
        for event in step.events:
            conditions += _timer(trace, moments, number, step.end, event.event)
    made = solver("QF_LRA")
    made.add(*conditions)
    found = answer(made)
    said = claim(
        "times of real clocks for the run",
        "query",
        conditions,
        found,
        found.word if found.word == SAT else UNSAT,
        "QF_LRA",
    )
    if found.model is None:
        return None, said
    best = z3.Optimize()
    best.add(*conditions)
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    best.add(*(gap >= z3.Q(1, 1000) for gap in gaps))
    best.minimize(moments[-1])
    model = answer(best, limit=ENDLESS).model or found.model
    return tuple(_fraction(model.eval(moment, model_completion=True)) for moment in moments), said


def _fraction(term: Term) -> Fraction:
    return Fraction(term.numerator_as_long(), term.denominator_as_long())


def _timer(trace: Trace, moments: list[Term], number: int, end: int, event: str) -> list[Term]:
    """Return what a timeout asks of the moment at which it strikes."""
    if event == RETRANSMISSION_TIMEOUT.name:
        sent = [
            i for i, step in enumerate(trace.steps[:number]) if step.end == end and any(e.sent for e in step.events)
        ]
        return [moments[number] - moments[sent[-1]] >= RTO] if sent else []
    if event == TIME_WAIT_TIMEOUT.name:
        entered = [
            i for i in range(number) if trace.tcb(end, i)["STATE"] != "TIME-WAIT" == trace.tcb(end, i + 1)["STATE"]
        ]
        return [moments[number] - moments[entered[-1]] >= 2 * MSL] if entered else []
    return []
