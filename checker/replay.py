"""Replay: a trace re-executed step by step with the concrete reader, sharing nothing with any engine but the rules.

Every event must do exactly what the trace says, the world must permit every choice (checker/permits.py), and the
last step or state must decide the property's part as the trace claims.
"""

from __future__ import annotations

from typing import Any

from checker.concrete import ConcreteReader, Outcome, Values
from checker.formulas import GhostWriter, Layout, StateView, StepView, step_view
from checker.lasso import Lasso
from checker.permits import NotPermitted, Permits, demand
from spec.attackers import FORGED, NOBODY
from spec.ghosts import CRASH, GHOSTS, MESSAGE_GHOSTS
from spec.language import Relation
from spec.language.beside import Part
from spec.time_wait import REARMS, STARTS
from spec.trace import FORGE, LOSE, TICK, UNREAD, EventRecord, Record, Trace
from spec.vocabulary import CALL_FIELDS, NO_CONNECTION, OPEN, OTHER


class ReplayError(Exception):
    """The trace is not a run of the relation in its world; the message names the step and what differs."""


class _Replay:
    def __init__(self, trace: Trace, relation: Relation[Any], part: Part | None) -> None:
        self.trace, self.world, self.part, self.relation = trace, trace.world, part, relation
        bits = self.world.seq_bits
        self.readers = [ConcreteReader(relation, bits, CALL_FIELDS, self.world.initial_values(e)) for e in (0, 1)]
        groups = ([g.name for g in GHOSTS], [*relation.message, *MESSAGE_GHOSTS], CALL_FIELDS)
        ghosts, message, call = ({name: i for i, name in enumerate(names)} for names in groups)
        self.names = {"TCB": self.readers[0].index, "ghost": ghosts, "segment": message}
        self.layout = Layout(self.readers[0].index, ghosts, message, call, bits)
        self.writer = GhostWriter(GHOSTS, self.layout, MESSAGE_GHOSTS)
        self.permits = Permits(self.world, trace.segments, relation.events)
        rearm = self.world.time_wait.rearm if self.world.time_wait is not None else "letter"
        self.wait_starts = [self.layout.on_step(formula) for formula in (STARTS, REARMS[rearm])]
        self.tcbs, self.ghosts = [reader.initial for reader in self.readers], [self.writer.initial] * 2
        for end in (0, 1):
            opened = self.readers[end].run(self.tcbs[end], OPEN.name, None, (0, 0, False, True))
            if self.world.users[end].listens and opened is not None:
                self.tcbs[end] = opened.tcb
        self.segments: list[Values] = []

    def run(self) -> None:
        for end in (0, 1):
            self.same("TCB", self.tcbs[end], self.trace.initial[end][0])
            self.same("ghost", self.ghosts[end], self.trace.initial[end][1])
        decided = False
        lasso = self.lasso()
        for number_of_step, step in enumerate(self.trace.steps, 1):
            self.where = number_of_step
            if lasso is not None:
                lasso.step(step, self.tcbs)
            demand(step.end in (0, 1), f"{step.end} is not an end")
            number = self.permits.take(step)
            if step.kind == FORGE:
                self.forge(step.end, number or 0)
            segment = None if number is None else self.segments[number]
            demand(bool(step.events) or step.kind in (LOSE, TICK), "nothing happens in it")
            decided = False
            for position, event in enumerate(step.events):
                self.permits.allow(step, event, position)
                decided |= self.event(step.end, event, None if position else segment)
            if lasso is not None:
                lasso.look(self.tcbs, self.ghosts)
        demand(len(self.segments) == len(self.trace.segments), "the trace has segments that no step sends")
        decided |= any(self.decides("state", self.layout.on_state, self.view(end)) for end in (0, 1))
        if lasso is not None:
            lasso.judge()
        lasting = self.part is not None and self.part.over in ("run", "knowledge")
        demand(
            decided or self.part is None or lasting, f"the trace does not show what it says of {self.trace.property}"
        )

    def lasso(self) -> Lasso | None:
        """Return what follows an endless run, begun at its first state; None when the run is finite."""
        endless = self.part is not None and self.part.over == "run"
        demand(endless == (self.trace.loop is not None), "a run about what never ends has a loop, and no other has one")
        if self.part is None or not endless:
            return None
        books = (self.readers, self.permits, self.segments)
        lasso = Lasso(self.trace, self.relation, self.part, *books, lambda f, e: self.layout.on_state(f)(self.view(e)))
        lasso.look(self.tcbs, self.ghosts)
        return lasso

    def view(self, end: int) -> StateView:
        """Return the state as formulas see it from one end."""
        flying = tuple(self.segments[number] for number in self.permits.flying)
        return StateView(self.tcbs[end], self.ghosts[end], self.tcbs[1 - end], self.ghosts[1 - end], flying)

    def forge(self, end: int, number: int) -> None:
        """Take a forged segment into the books, if the attacker can form it in the victim's TCB."""
        told, attacker = self.trace.segments[number], self.world.attacker
        forms = FORGED[attacker.kind] if attacker is not None else ()
        fields = tuple(0 if name == UNREAD else value for name, value in told.fields.items())
        able = [tuple(self.layout.from_tcb(v)(self.tcbs[end]) for v in form.fields.values()) for form in forms]
        names = list(told.fields)
        possible = [tuple(0 if n == UNREAD else v for n, v in zip(names, values, strict=False)) for values in able]
        demand(self.tcbs[end][0] in OTHER, "the attacker knows of no connection here")
        demand(any(fields[: len(values)] == values for values in possible), "the attacker cannot form this segment")
        demand(not any(fields[len(possible[0]) :]), "the attacker knows no further fields")
        tags = {name: NOBODY if name == "INC" else 0 for name in MESSAGE_GHOSTS}
        demand(told.ghosts.items() <= tags.items(), "a forged segment belongs to no incarnation")
        self.segments.append((*fields, *tags.values()))
        self.same("segment", self.segments[-1], {**told.fields, **told.ghosts})

    def decides(self, over: str, reader: Any, view: StateView | StepView) -> bool:
        if self.part is None or self.part.over != over or not all(reader(f)(view) for f in self.part.given):
            return False
        return all(reader(f)(view) for f in self.part.holds) != (self.part.kind == "always")

    def event(self, end: int, record: EventRecord, segment: Values | None) -> bool:
        tcb, ghosts, call = self.tcbs[end], self.ghosts[end], tuple(record.call[name] for name in CALL_FIELDS)
        if record.event == CRASH.name:
            outcome: Outcome | None = Outcome(CRASH.name, self.readers[end].initial, ("E-2",), (), (), frozenset())
        else:
            outcome = self.readers[end].run(tcb, record.event, segment, call)
        demand(outcome or segment is not None, f"no rule lets {record.event} happen")
        outcome = outcome or Outcome(record.event, tcb, (), (), (), frozenset())
        demand(outcome.chain == record.chain, f"the rules that fire are {outcome.chain}, not {record.chain}")
        demand(outcome.signals == record.signals, f"the signals are {outcome.signals}, not {record.signals}")
        view = self.writer.written(step_view(tcb, ghosts, segment, call, outcome))
        self.same("TCB", outcome.tcb, record.tcb)
        self.same("ghost", view.new_ghosts, record.ghosts)
        demand(len(outcome.sent) == len(record.sent), "another number of segments is sent")
        for number, sent in zip(record.sent, outcome.sent, strict=True):
            demand(number == len(self.segments), "segments are not numbered in order of sending")
            self.segments.append(self.writer.tag(view, sent))
            told = self.trace.segments[number]
            self.same("segment", self.segments[-1], {**told.fields, **told.ghosts})
            self.permits.sent(end, number)
        gone = tcb[0] not in NO_CONNECTION and outcome.tcb[0] in NO_CONNECTION
        chose = "ISS" in outcome.assigned and outcome.tcb[0] != "TIME-WAIT"
        self.permits.moved(end, tcb[self.names["TCB"]["SND.NXT"]], gone=gone, chose=chose)
        self.tcbs[end], self.ghosts[end] = view.new_tcb, view.new_ghosts
        self.permits.waits(end, view.new_tcb[0], starts=any(formula(view) for formula in self.wait_starts))
        return self.decides("step", self.layout.on_step, view)

    def same(self, what: str, mine: Values, told: Record) -> None:
        names = self.names[what]
        demand(told.keys() <= names.keys(), f"{what} has unknown fields {sorted(told.keys() - names.keys())}")
        demand(what != "TCB" or told.keys() == names.keys(), f"{what} lacks {sorted(names.keys() - told.keys())}")
        for name, value in told.items():
            demand(value == mine[names[name]], f"{what} {name} is {mine[names[name]]}, not {value}")

    where = 0


def replay(trace: Trace, relation: Relation[Any], part: Part | None = None) -> None:
    """Re-execute `trace` on `relation`; with `part`, check that its end decides that part of the property.

    Raise ReplayError when it is not a run, or does not show what it claims.
    """
    replayed = _Replay(trace, relation, part)
    try:
        replayed.run()
    except (NotPermitted, KeyError, IndexError, TypeError) as error:
        raise ReplayError(f"step {replayed.where} of {len(trace.steps)}: {error}.") from error
