"""Runs for tests: played by hand, one method a step, or found by the explorer. Playing checks nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from checker.concrete import ConcreteReader, Outcome, Values
from checker.explore.run import explore_world
from checker.formulas import GhostWriter, Layout, StepView, step_view
from checker.replay import ReplayError, replay
from spec.attackers import NOBODY, Attacker
from spec.digest import digest
from spec.environment import Faults, User, World, active_open, close, passive_open
from spec.ghosts import CRASH, GHOSTS, MESSAGE_GHOSTS
from spec.language import Expr
from spec.language.beside import Part, Property
from spec.network import FIFO, Network
from spec.properties import PROPERTIES
from spec.scenarios import LIVE_REOPEN, TUTORIAL_WORLD
from spec.time_wait import TimeWait
from spec.trace import (
    ATTACKER,
    DELIVER,
    DUPLICATE,
    FORGE,
    LOSE,
    OWN,
    TICK,
    EventRecord,
    Record,
    SentSegment,
    Trace,
    TraceStep,
)
from spec.variants import VARIANTS
from spec.vocabulary import CALL_FIELDS

A, B = 0, 1
NO_CALL = {"OCTETS": 0, "ACTIVE": False, "REMOTE": True}


class Play:
    """A run of a world, played step by step; `trace()` is the run so far. It may be one that nothing permits."""

    def __init__(self, world: World, variant: str = "three-way") -> None:
        self.world, self.variant = world, variant
        relation = VARIANTS[variant].relation
        self.readers = [ConcreteReader(relation, world.seq_bits, CALL_FIELDS, world.initial_values(e)) for e in (A, B)]
        self.message = list(relation.message)
        groups = ([ghost.name for ghost in GHOSTS], [*self.message, *MESSAGE_GHOSTS], CALL_FIELDS)
        ghosts, message, call = ({name: i for i, name in enumerate(names)} for names in groups)
        self.names = {"tcb": list(self.readers[A].index), "ghosts": list(ghosts)}
        self.layout = Layout(self.readers[A].index, ghosts, message, call, world.seq_bits)
        self.writer = GhostWriter(GHOSTS, self.layout, MESSAGE_GHOSTS)
        self.views: list[StepView] = []
        self.ghosts, self.chosen, self.last = [self.writer.initial] * 2, [0, 0], [0, 0]
        self.tcbs = [self._start(end) for end in (A, B)]
        self.initial = [(self._record("tcb", self.tcbs[e]), self._record("ghosts", self.ghosts[e])) for e in (A, B)]
        self.contents: list[Values] = []
        self.sent: list[SentSegment] = []
        self.steps: list[TraceStep] = []

    def state(self, end: int) -> str:
        """Return the state of an end now."""
        return str(self.tcbs[end][0])

    def own(self, end: int, event: str, **call: Any) -> tuple[int, ...]:
        """Let an end's user call or its timer expire; return the numbers of the segments sent."""
        return self._step(OWN, end, None, event, call)

    def deliver(self, number: int) -> tuple[int, ...]:
        """Let a segment arrive; return the numbers of the segments sent."""
        return self._step(DELIVER, 1 - self.sent[number].sender, number, "SEGMENT ARRIVES", {})

    def duplicate(self, number: int) -> tuple[int, ...]:
        """Let a copy of a segment arrive, another staying in flight; return the numbers of the segments sent."""
        return self._step(DUPLICATE, 1 - self.sent[number].sender, number, "SEGMENT ARRIVES", {})

    def lose(self, number: int) -> None:
        """Lose a segment."""
        self.steps.append(TraceStep(LOSE, 1 - self.sent[number].sender, number, ()))

    def tick(self, times: int = 1) -> None:
        """Let time pass."""
        self.steps += [TraceStep(TICK, A, None, ())] * times

    def forge(self, end: int, bits: str, **fields: int) -> tuple[int, ...]:
        """Let an attacker's segment with these control bits arrive at an end; fields not given are 0."""
        told: Record = {name: name.removesuffix(" bit") in bits.split() for name in self.message}
        told |= {name: fields.get(name, 0) for name in self.message if not name.endswith(" bit")}
        number = len(self.sent)
        tags = {name: NOBODY if name == "INC" else 0 for name in MESSAGE_GHOSTS}
        self.contents.append((*told.values(), *tags.values()))
        self.sent.append(SentSegment(number, ATTACKER, len(self.steps) + 1, told, tags))
        return self._step(FORGE, end, number, "SEGMENT ARRIVES", {})

    def says(self, formula: Expr) -> Any:
        """Return what a formula about steps says of the last event."""
        return self.layout.on_step(formula)(self.views[-1])

    def trace(self, property_id: str = "", part: int = 0, loop: int | None = None) -> Trace:
        """Return the run so far, with what it is said to show."""
        rules = digest(VARIANTS[self.variant].relation)
        initial, sent = (self.initial[A], self.initial[B]), tuple(self.sent)
        return Trace(property_id, part, self.variant, rules, self.world, initial, sent, tuple(self.steps), loop)

    def _start(self, end: int) -> Values:
        tcb = self.readers[end].initial
        opened = self.readers[end].run(tcb, "OPEN", None, (0, 0, False, True))
        assert opened is not None
        return opened.tcb if self.world.users[end].listens else tcb

    def _step(self, kind: str, end: int, number: int | None, event: str, call: Record) -> tuple[int, ...]:
        events = [self._event(end, event, number, call)]
        if self.world.users[end].listens and self.state(end) == "CLOSED":
            events.append(self._event(end, "OPEN", None, {}))
        self.steps.append(TraceStep(kind, end, number, tuple(events)))
        return tuple(sent for record in events for sent in record.sent)

    def _event(self, end: int, event: str, number: int | None, given: Record) -> EventRecord:
        isn = self.world.next_isn(end, self.chosen[end], self.last[end])
        call = {"ISN": isn, **NO_CALL, **given}
        segment = None if number is None else self.contents[number]
        tcb, old, told = self.tcbs[end], self.ghosts[end], tuple(call.values())
        crashed = Outcome(event, self.readers[end].initial, ("E-2",), (), (), frozenset())
        outcome = crashed if event == CRASH.name else self.readers[end].run(tcb, event, segment, told)
        outcome = outcome or Outcome(event, tcb, (), (), (), frozenset())
        view = self.writer.written(step_view(tcb, old, segment, told, outcome))
        self.views.append(view)
        new = view.new_ghosts
        sent = tuple(self._send(end, self.writer.tag(view, values)) for values in outcome.sent)
        if outcome.tcb[0] in ("CLOSED", "LISTEN") and tcb[0] not in ("CLOSED", "LISTEN"):
            self.last[end] = tcb[self.readers[end].index["SND.NXT"]]
        self.chosen[end] += "ISS" in outcome.assigned and outcome.tcb[0] != "TIME-WAIT"
        self.tcbs[end], self.ghosts[end] = outcome.tcb, new
        after = (self._record("tcb", outcome.tcb), self._record("ghosts", new))
        return EventRecord(event, call, outcome.chain, sent, outcome.signals, *after)

    def _send(self, end: int, values: Values) -> int:
        number, split = len(self.sent), len(self.message)
        fields = dict(zip(self.message, values, strict=False))
        ghosts = dict(zip(MESSAGE_GHOSTS, values[split:], strict=True))
        self.contents.append(values)
        self.sent.append(SentSegment(number, end, len(self.steps) + 1, fields, ghosts))
        return number

    def _record(self, what: str, values: Values) -> Record:
        return dict(zip(self.names[what], values, strict=True))


def world(a: User, b: User, faults: Faults | None = None, network: Network | None = None, **rest: Any) -> World:
    """Return a world with these users; a FIFO without faults unless told otherwise."""
    return World("by-hand", "A world of the tests.", (a, b), network or Network(FIFO, 4), faults or Faults(), **rest)


def opened(where: World) -> Play:
    """Return a play in which B listens and A has sent its SYN, segment 0."""
    play = Play(where)
    if not where.users[B].listens:
        play.own(B, "OPEN")
    play.own(A, "OPEN", ACTIVE=True)
    return play


def open_and_close() -> Play:
    """Return RFC 9293's Figures 6 and 12 in the tutorial's world: open, one octet of text, close."""
    play = Play(TUTORIAL_WORLD)
    play.own(B, "OPEN")
    (syn,) = play.own(A, "OPEN", ACTIVE=True)
    (syn_ack,) = play.deliver(syn)
    (ack,) = play.deliver(syn_ack)
    play.deliver(ack)
    (text,) = play.own(A, "SEND", OCTETS=1)
    (ack,) = play.deliver(text)
    play.deliver(ack)
    (fin,) = play.own(A, "CLOSE")
    (ack,) = play.deliver(fin)
    play.deliver(ack)
    (fin,) = play.own(B, "CLOSE")
    (ack,) = play.deliver(fin)
    play.deliver(ack)
    play.own(A, "TIME-WAIT TIMEOUT")
    return play


def timed() -> Play:
    """Return a close in a world with a clock: two segments die of age, a FIN comes again, an attacker is answered."""
    client = User((active_open(), close()))
    clock, allowed = Network(capacity=3, lifetime=2), Faults(losses=None, retransmissions=1)
    play = opened(
        world(
            client, User((passive_open(), close())), allowed, clock,
            time_wait=TimeWait(2, "fin"), attacker=Attacker("on-path", 1, (A,)),
        )
    )  # fmt: skip
    play.tick()
    for number in range(3):
        play.deliver(number)
    (fin,) = play.own(A, "CLOSE")
    play.deliver(fin)
    play.tick(2)
    (again,) = play.own(A, "RETRANSMISSION TIMEOUT")
    (ack,) = play.deliver(again)
    play.deliver(ack)
    (fin,) = play.own(B, "CLOSE")
    play.deliver(fin)
    play.tick(2)
    (again,) = play.own(B, "RETRANSMISSION TIMEOUT")
    (ack,) = play.deliver(again)
    (_challenge,) = play.forge(A, "SYN", SEQ=302)
    play.deliver(ack)
    play.tick(4)
    play.own(A, "TIME-WAIT TIMEOUT")
    return play


def war() -> Trace:
    """Return three-way's shortest cycle of deliveries in LIVE_REOPEN: a lasso."""
    run = explore_world(VARIANTS["three-way"].relation, LIVE_REOPEN, [PROPERTIES["P-30b"]], variant="three-way")
    trace = run.parts[0].trace
    assert trace is not None, "three-way holds P-30b in LIVE_REOPEN"
    return trace


def found(where: World, part: Part, variant: str = "three-way") -> Trace:
    """Return the shortest run of a variant in a world that decides `part`."""
    prop = Property("P-0", "found", "", "", parts=(part,))
    trace = explore_world(VARIANTS[variant].relation, where, [prop], variant=variant).parts[0].trace
    assert trace is not None, "the explorer finds no such run"
    return trace


def ghost_connection() -> Trace:
    """Return the two-way handshake's shortest violation of P-01 in the tutorial's world."""
    run = explore_world(VARIANTS["two-way"].relation, TUTORIAL_WORLD, [PROPERTIES["P-01"]], variant="two-way")
    trace = run.parts[0].trace
    assert trace is not None, "two-way holds P-01 in the tutorial"
    return trace


def check(trace: Trace) -> None:
    """Replay a trace with what it claims."""
    prop = PROPERTIES.get(trace.property)
    replay(trace, VARIANTS[trace.variant].relation, None if prop is None else prop.parts[trace.part])


def refused(trace: Trace, words: str, step: int | None = None) -> None:
    """Check that a trace is refused, at its last step unless told otherwise, with a sentence that has these words."""
    with pytest.raises(ReplayError) as caught:
        check(trace)
    sentence = str(caught.value)
    where = len(trace.steps) if step is None else step
    assert sentence.startswith(f"step {where} of {len(trace.steps)}: "), sentence
    assert re.search(words, sentence), sentence
    assert sentence.endswith("."), sentence
    assert "\n" not in sentence, sentence


def with_step(trace: Trace, number: int, **changes: Any) -> Trace:
    """Return the trace with its step `number` (from 1) changed."""
    steps = list(trace.steps)
    steps[number - 1] = replace(steps[number - 1], **changes)
    return replace(trace, steps=tuple(steps))


def with_event(trace: Trace, number: int, **changes: Any) -> Trace:
    """Return the trace with the first event of its step `number` changed."""
    events = trace.steps[number - 1].events
    return with_step(trace, number, events=(replace(events[0], **changes), *events[1:]))


def cut(trace: Trace, steps: int) -> Trace:
    """Return the first steps of a trace."""
    sent = tuple(segment for segment in trace.segments if segment.step <= steps)
    return replace(trace, steps=trace.steps[:steps], segments=sent)
