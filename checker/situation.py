"""Situations of a script that is being played: both TCBs, what is in the network, what happened, and what can follow.

The concrete reader says what an event does; nothing here knows a rule of TCP. ISNs are the environment's choice, among
the numbers that the script shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from checker.concrete import ConcreteReader, Outcome, Values
from checker.explore.choices import chooses_iss
from checker.reenact import Event, Move, reenact
from spec.environment import FIRST_ISN, Faults, IsnPolicy, User, UserCall, World
from spec.ghosts import CRASH
from spec.language import Relation
from spec.network import Network
from spec.script import Script, Shown
from spec.trace import DELIVER, DUPLICATE, LOSE, OWN, Trace
from spec.vocabulary import CALL_FIELDS, NO_CONNECTION, OPEN, RETRANSMISSION_TIMEOUT, SEGMENT_ARRIVES, USER_TIMEOUT

BITS = 32
ROOM = 16
"""How many segments the network has room for: as many as one can have."""
PENDING, NETWORK, OLD, STALE = "pending", "network", "old", "stale"
"""What a segment in the network is to the figure: sent, and not shown yet; shown departing; an old duplicate that is
to be shown arriving; left over from before the figure, and never shown."""
NOTHING = (0, False, True)
"""OCTETS, ACTIVE and REMOTE of an event that is no user call."""


class Flying(NamedTuple):
    """A segment in the network: its number in order of sending, sender, fields, what it is to the figure.

    by: the rules that fired in the event that sent it; at: how many moves came before that.
    """

    number: int
    sender: int
    fields: Values
    place: str
    by: tuple[str, ...]
    at: int


class Done(NamedTuple):
    """One move: the line of the script (its index) that it belongs to, None outside; whether it is inferred.

    segment: the fields of the one that arrives.
    """

    move: Move
    row: int | None
    inferred: bool
    segment: Values | None = None


@dataclass(frozen=True)
class Situation:
    """Where the play stands.

    isns     the numbers on offer to each end, so far; chosen: how many of them became an ISS.
    known    what was ever sent, with its sender.
    chains   the rules that fired last at each end; arrived, before: the segment that came then (None for an event of
             its own), and the TCB before it.
    """

    tcbs: tuple[Values, Values]
    flying: tuple[Flying, ...] = ()
    isns: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    chosen: tuple[int, int] = (0, 0)
    sent: int = 0
    known: frozenset[tuple[int, Values]] = frozenset()
    done: tuple[Done, ...] = ()
    chains: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    arrived: tuple[Values | None, Values | None] = (None, None)
    before: tuple[Values | None, Values | None] = (None, None)

    def key(self) -> tuple[Any, ...]:
        """Return what decides how things go on."""
        return self.tcbs, tuple(sorted(each[1:4] for each in self.flying)), self.isns, self.chosen

    @property
    def inferred(self) -> int:
        """How many moves the script does not show."""
        return sum(each.inferred for each in self.done)

    def quiet(self, *, but_last: bool) -> bool:
        """Return whether nothing waits to be shown, but for what the last move sent if `but_last` says so."""
        new = len(self.done) - 1 if but_last else len(self.done)
        return all(each.at >= new for each in self.flying if each.place == PENDING)

    def state(self, end: int) -> str:
        """Return the state of an end."""
        return str(self.tcbs[end][0])

    def placed(self, number: int, place: str) -> Situation:
        """Return the situation with a segment at another place in the figure."""
        return replace(self, flying=tuple(f._replace(place=place) if f.number == number else f for f in self.flying))


class Board:
    """Plays single moves of a script by a relation. `offer` holds the ISNs that A and B may choose from."""

    def __init__(self, relation: Relation[Any], script: Script) -> None:
        self.relation, self.script = relation, script
        initial = {"RCV.WND": script.window}
        self.reader = ConcreteReader(relation, BITS, CALL_FIELDS, initial)
        self.fields = {name: i for i, name in enumerate(relation.message)}
        self.index = self.reader.index
        self.offer: tuple[Sequence[int], Sequence[int]] = ((FIRST_ISN[0],), (FIRST_ISN[1],))

    def start(self) -> Situation:
        """Return the situation before anything has happened: CLOSED, or LISTEN where an end listens for ever."""
        tcbs = [self.reader.initial, self.reader.initial]
        for end in (0, 1):
            opened = self.reader.run(tcbs[end], OPEN.name, None, (0, *NOTHING[:2], True))
            if self.script.listens[end] and opened is not None:
                tcbs[end] = opened.tcb
        return Situation((tcbs[0], tcbs[1]))

    def own(self, now: Situation, end: int, event: Event, row: int | None, *, inferred: bool) -> Iterator[Situation]:
        """Yield what an end's own event leads to, for each ISN that it may choose; nothing where no rule allows it."""
        if event[0] == CRASH.name and now.state(end) in NO_CONNECTION:
            return
        for outcome, isns in self._outcomes(now, end, event, None):
            if outcome is not None:
                yield self._after(now, Move(OWN, end, None, (event,)), outcome, isns, row, inferred=inferred)

    def deliver(
        self, now: Situation, number: int, row: int | None, *, inferred: bool, copy: bool = False
    ) -> Iterator[Situation]:
        """Yield what the arrival of a segment leads to; with `copy` another one stays in the network."""
        segment = next(each for each in now.flying if each.number == number)
        end, event = 1 - segment.sender, (SEGMENT_ARRIVES.name, NOTHING)
        left = now if copy else replace(now, flying=tuple(f for f in now.flying if f.number != number))
        for outcome, isns in self._outcomes(now, end, event, segment.fields):
            nothing = Outcome(event[0], now.tcbs[end], (), (), (), frozenset())
            move = Move(DUPLICATE if copy else DELIVER, end, number, (event,))
            yield self._after(left, move, outcome or nothing, isns, row, inferred=inferred, segment=segment.fields)

    def lose(self, now: Situation, number: int, row: int) -> Situation:
        """Return the situation without a segment, which is lost."""
        segment = next(each for each in now.flying if each.number == number)
        done = Done(Move(LOSE, 1 - segment.sender, number, ()), row, inferred=False)
        return replace(now, flying=tuple(f for f in now.flying if f.number != number), done=(*now.done, done))

    def _outcomes(
        self, now: Situation, end: int, event: Event, segment: Values | None
    ) -> Iterator[tuple[Outcome | None, tuple[int, ...]]]:
        """Yield each outcome with the numbers that are then on offer: fixed as soon as something depends on one."""
        isns, chosen = now.isns[end], now.chosen[end]
        if event[0] == CRASH.name:
            yield Outcome(CRASH.name, self.reader.initial, ("E-2",), (), (), frozenset()), isns
            return
        fixed = isns[chosen:] or tuple(self.offer[end])
        found = [(isn, self.reader.run(now.tcbs[end], event[0], segment, (isn, *event[1]))) for isn in fixed]
        first = found[0][1]
        free = all(outcome == first for _, outcome in found) and not (first is not None and chooses_iss(first))
        for isn, outcome in found[:1] if free else found:
            yield outcome, isns if free or isns[chosen:] else (*isns, isn)

    def _after(
        self, now: Situation, move: Move, outcome: Outcome, isns: tuple[int, ...], row: int | None, *,
        inferred: bool, segment: Values | None = None,
    ) -> Situation:  # fmt: skip
        """Return the situation after an event with a known outcome; a listener listens again."""
        end, tcb, sent, chain = move.end, outcome.tcb, outcome.sent, outcome.chain
        if self.script.listens[end] and tcb[0] == "CLOSED":
            opened = self.reader.run(tcb, OPEN.name, None, (0, *NOTHING))
            if opened is not None:
                tcb, move = opened.tcb, replace(move, events=(*move.events, (OPEN.name, NOTHING)))
        flying = now.flying
        for number, fields in enumerate(sent, now.sent):
            if len(flying) < ROOM:
                flying = (*flying, Flying(number, end, fields, PENDING, chain, len(now.done)))
        return Situation(
            _put(now.tcbs, end, tcb),
            flying,
            _put(now.isns, end, isns),
            _put(now.chosen, end, now.chosen[end] + chooses_iss(outcome)),
            now.sent + len(sent),
            now.known | {(end, fields) for fields in sent},
            (*now.done, Done(move, row, inferred, segment)),
            _put(now.chains, end, chain),
            _put(now.arrived, end, segment),
            _put(now.before, end, now.tcbs[end]),
        )

    def fits(self, fields: Values, shown: Shown) -> bool:
        """Return whether a segment is the one shown: every field that is shown, and text only where it is shown."""
        bits = frozenset(
            name.removesuffix(" bit") for name, i in self.fields.items() if name[-4:] == " bit" and fields[i]
        )
        octets = fields[self.fields["DATA"]]
        return (
            (shown.seq is None or fields[self.fields["SEQ"]] == shown.seq)
            and (not shown.acknowledges() or ("ACK" in bits and fields[self.fields["ACK"]] == shown.ack))
            and (shown.controls is None or bits == shown.controls)
            and (octets > 0 if shown.data is None else octets == shown.data)
        )

    def value(self, now: Situation, end: int, name: str) -> Any:
        """Return a variable of an end's TCB."""
        return now.tcbs[end][self.index[name]]

    def trace(self, now: Situation, variant: str) -> Trace:
        """Return the run up to a situation, enacted anew in the world that allows what happened and no more."""
        moves = [each.move for each in now.done]
        return reenact(self.relation, variant, self.world(now), moves)

    def world(self, now: Situation) -> World:
        """Return the world of a run: its users make the calls that were made, its faults are those that happened."""
        moves = [each.move for each in now.done]
        events = [(move.end, move.events[0]) for move in moves if move.kind == OWN]

        def times(name: str) -> int:
            return max(sum(event[0] == name and at == end for at, event in events) for end in (0, 1))

        faults = Faults(
            losses=sum(move.kind == LOSE for move in moves),
            duplicates=sum(move.kind == DUPLICATE for move in moves),
            retransmissions=times(RETRANSMISSION_TIMEOUT.name),
            crashes=times(CRASH.name),
            user_timeouts=times(USER_TIMEOUT.name),
        )
        title = self.script.title or "a script"
        return World(
            self.script.id or "script",
            title,
            (self._user(0, events), self._user(1, events)),
            Network(capacity=ROOM, overflow="lose"),
            faults,
            (
                IsnPolicy("given", values=now.isns[0] or FIRST_ISN[:1]),
                IsnPolicy("given", values=now.isns[1] or FIRST_ISN[1:]),
            ),
            (max(now.chosen[0], 1), max(now.chosen[1], 1)),
            BITS,
            self.script.window,
        )

    def _user(self, end: int, events: Sequence[tuple[int, Event]]) -> User:
        """Return the user who makes the calls of an end, each as often as it was made."""
        steps = {step.event.name: step for step in self.relation.steps if step.event.kind == "call"}
        made = [event for at, event in events if at == end and event[0] in steps]
        calls = tuple(
            UserCall(steps[name], made.count((name, told)), active=told[1], remote=told[2], octets=told[0])
            for name, told in dict.fromkeys(made)
        )
        return User(calls, listens=self.script.listens[end])


def _put(pair: tuple[Any, Any], end: int, value: Any) -> tuple[Any, Any]:
    """Return a pair with another value for one end."""
    return (value, pair[1]) if end == 0 else (pair[0], value)
