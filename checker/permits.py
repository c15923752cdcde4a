"""What a world permits: the environment's half of a replay. Segments in flight, budgets, ISNs, users' calls."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from spec.attackers import FLOOD
from spec.environment import World
from spec.ghosts import CRASH
from spec.language import Event
from spec.network import FIFO, SET
from spec.trace import (
    ATTACKER,
    DELIVER,
    DUPLICATE,
    FORGE,
    LOSE,
    OWN,
    TICK,
    UNREAD,
    EventRecord,
    SentSegment,
    TraceStep,
)
from spec.vocabulary import (
    ABORT,
    CLOSE,
    NO_CONNECTION,
    OPEN,
    R2_REACHED,
    RECEIVE,
    RETRANSMISSION_TIMEOUT,
    SEGMENT_ARRIVES,
    SEND,
    TIME_WAIT_TIMEOUT,
    USER_TIMEOUT,
)

USER_CALLS = {step.name for step in (OPEN, SEND, RECEIVE, CLOSE, ABORT)}
NO_CALL = (0, False, True)
"""What comes with an event that is no user call, and with a persistent listener's passive OPEN."""


class NotPermitted(Exception):
    """The world does not allow what a trace claims; the message says what."""


def demand(condition: object, otherwise: str) -> None:
    """Raise NotPermitted with the sentence unless the condition holds."""
    if not condition:
        raise NotPermitted(otherwise)


class Permits:
    """Follows a trace through its world and refuses what the world does not allow."""

    def __init__(self, world: World, segments: Sequence[SentSegment], events: Collection[Event] = ()) -> None:
        self.world, self.segments = world, segments
        self.attacks, self.idle = ([e.name for e in events if e.kind == kind] for kind in ("attack", "idle"))
        self.ages: dict[int, int] = {}
        self.wait, self.quiet = [0, 0], [0, 0]
        self.flying: list[int] = []
        self.steps_taken = self.segments_sent = 0
        self.used: dict[tuple[str, int], int] = {}
        self.chosen, self.last = [0, 0], [0, 0]
        self.tcbs = [{"STATE": "LISTEN" if user.listens else "CLOSED"} for user in world.users]
        self.left = [{tuple(call.times for call in user.calls)} for user in world.users]

    resends = False
    """What the event being replayed sends must not be in flight already."""

    def spend(self, what: str, end: int, budget: int | None) -> None:
        """Use up one of a budget; None is without limit."""
        if budget is not None:
            used = self.used[what, end] = self.used.get((what, end), 0) + 1
            demand(used <= budget, f"no {what} is left in the budget of {budget}")

    def take(self, step: TraceStep) -> int | None:
        """Return the number of the segment that the step concerns, out of the network unless it is duplicated."""
        self.steps_taken += 1
        known = (OWN, DELIVER, DUPLICATE, LOSE, TICK, FORGE)
        demand(step.kind in known, f"{step.kind!r} is no kind of step")
        if step.kind in (OWN, TICK):
            demand(step.segment is None, "neither an event of an end's own nor a tick concerns a segment")
            if step.kind == TICK:
                self._tick(step)
            return None
        if step.kind == FORGE:
            return self._forge(step)
        there = self._in_flight(step.segment)
        number = step.segment or 0
        mine = [n for n in self.flying if self.segments[n].sender != step.end]
        demand(there in mine, f"segment {number} does not travel to this end")
        demand(self.world.network.kind != FIFO or there == mine[0], f"segment {number} is not the first in line")
        if step.kind == LOSE:
            demand(not step.events, "a lost segment causes no event")
            self.spend("loss", 0, self.world.faults.losses)
        if step.kind == DUPLICATE:
            self.spend("duplicate", 0, self.world.faults.duplicates)
        else:
            self.flying.remove(there)
        return number

    def _tick(self, step: TraceStep) -> None:
        """Let a tick pass: what has lived its life is gone; TIME-WAIT must end when its time is up."""
        lifetime, length = self.world.network.lifetime, self.world.wait_ticks
        demand(lifetime is not None, "no time passes in this world")
        demand(step.end == 0 and not step.events, "a tick concerns both ends and causes no event")
        for end in (0, 1):
            due = self.tcbs[end]["STATE"] == "TIME-WAIT" and length is not None and self.wait[end] == 0
            demand(not due, "a TIME-WAIT is over and has to end before time goes on")
        self.ages = {n: self.ages[n] + 1 for n in self.flying}
        for _ in [n for n in self.flying if self.ages[n] == lifetime]:
            self.spend("loss", 0, self.world.faults.losses)
        self.flying = [n for n in self.flying if self.ages[n] < (lifetime or 0)]
        self.wait, self.quiet = ([max(left - 1, 0) for left in both] for both in (self.wait, self.quiet))

    def _forge(self, step: TraceStep) -> int:
        """Return the number of a forged segment; whether the attacker can form it is the replay's business."""
        attacker = self.world.attacker
        demand(attacker is not None and attacker.kind != FLOOD, "there is no attacker that forges segments")
        demand(attacker is not None and step.end in attacker.victims, "the attacker does not reach this end")
        number = -1 if step.segment is None else step.segment
        demand(number == self.segments_sent, f"segment {number} is not the next one sent")
        told = self.segments[number]
        demand(told.sender == ATTACKER, f"segment {number} was not sent by the attacker")
        demand((told.number, told.step) == (number, self.steps_taken), f"segment {number} is not forged in this step")
        self.segments_sent += 1
        self._attack(step.end)
        return number

    def _attack(self, end: int) -> None:
        attacker = self.world.attacker
        self.spend("injection", end, attacker.injections if attacker is not None else 0)

    def _in_flight(self, number: int | None) -> int:
        """Return the number under which a segment is in flight: its own, or one sent with equal contents.

        A set takes equal segments for one, and a full network may have lost either: which one, nobody can tell.
        """
        if number is not None and number in self.flying:
            return number
        merges = self.world.network.kind == SET or self.world.network.overflow == "lose"
        sent = merges and number in range(self.segments_sent)
        alike = [n for n in self.flying if sent and self._equal(n, number or 0)]
        demand(bool(alike), f"segment {number} is not in flight")
        return alike[0]

    def _equal(self, a: int, b: int, *, ghosts: bool = True) -> bool:
        one, two = (
            (s.sender, {**s.fields, **(s.ghosts if ghosts else {}), UNREAD: 0})
            for s in (self.segments[a], self.segments[b])
        )
        return one == two

    def allow(self, step: TraceStep, event: EventRecord, position: int) -> None:
        """Check that the world lets this event happen here, with this ISN on offer."""
        end, name, listens = step.end, event.event, self.world.users[step.end].listens
        isn = self.world.next_isn(end, self.chosen[end], self.last[end])
        demand(position or not self.quiet[end], "the end is silent after its crash")
        demand(event.call["ISN"] == isn, f"the ISN on offer is {isn}, not {event.call['ISN']}")
        told = tuple(event.call[field] for field in ("OCTETS", "ACTIVE", "REMOTE"))
        if position:
            again = listens and name == OPEN.name and self.tcbs[end]["STATE"] == "CLOSED"
            demand(again and told == NO_CALL, f"{name} cannot follow by itself")
        elif step.kind != OWN:
            demand(name == SEGMENT_ARRIVES.name, "a delivery must be SEGMENT ARRIVES")
        elif name in USER_CALLS:
            self._call(end, event, told)
        else:
            demand(name != SEGMENT_ARRIVES.name, f"{name} happens only by a delivery")
            if name in self.attacks:
                flood = self.world.attacker is not None and self.world.attacker.kind == FLOOD
                demand(flood and self.world.attacker and end in self.world.attacker.victims, f"nobody makes {name}")
                self._attack(end)
        demand(name in USER_CALLS or told == NO_CALL, f"{name} comes with no call of the user")
        self._fault(end, name)
        again = name == RETRANSMISSION_TIMEOUT.name and self.world.faults.retransmissions is None
        self.resends = again or name in self.idle
        self.tcbs[end] = event.tcb
        forgets = listens and event.tcb["STATE"] == "CLOSED" and position + 1 == len(step.events)
        demand(not forgets, "the listener does not listen again")

    def _fault(self, end: int, name: str) -> None:
        """Use up the budget of a retransmission, a user timeout or a crash; R2 comes after the last retransmission."""
        faults, again = self.world.faults, RETRANSMISSION_TIMEOUT.name
        if name == TIME_WAIT_TIMEOUT.name and self.world.time_wait is not None:
            over = self.world.time_wait.msls is not None and self.wait[end] == 0
            demand(over, f"TIME-WAIT lasts {self.world.time_wait}: it is not over")
        if name == R2_REACHED.name:
            spent = self.used.get((again.lower(), end), 0) == faults.retransmissions
            demand(faults.r2 and spent, "R2 is not reached: a retransmission is left, or R2 is off")
        budgets = {
            again: faults.retransmissions,
            USER_TIMEOUT.name: faults.user_timeouts,
            CRASH.name: faults.crashes,
        }
        if name == CRASH.name:
            demand(end in faults.crashing, "this end does not crash")
            demand(self.tcbs[end]["STATE"] not in NO_CONNECTION, "an end without a TCB has nothing to lose by a crash")
        if name in budgets:
            self.spend(name.lower(), end, budgets[name])
        if name == CRASH.name:
            self.quiet[end] = self.world.quiet_ticks

    def _call(self, end: int, event: EventRecord, told: tuple[object, ...]) -> None:
        """Use up a user's call; one that is refused with an error is not used up."""
        calls = self.world.users[end].calls
        made = [c for c in calls if c.step.name == event.event and (c.octets, c.active, c.remote) == told]
        demand(bool(made), f"the user never makes this {event.event}")
        before = self.tcbs[end]
        unchanged = before.items() <= event.tcb.items()
        refused = unchanged and bool(event.signals) and event.signals[0].startswith("error:")
        after = {
            left if refused else (*left[:i], left[i] - 1, *left[i + 1 :])
            for left in self.left[end]
            for i in self._ready(end, left)
            if calls[i] in made
        }
        demand(bool(after), f"the user makes no {event.event} now: none is left, or it is not its turn")
        self.left[end] = after

    def _ready(self, end: int, left: tuple[int, ...]) -> Iterator[int]:
        """Yield the positions of the calls that a user can make now, `left` telling how often each is left."""
        user, state = self.world.users[end], self.tcbs[end]["STATE"]
        for i, call in enumerate(user.calls):
            if left[i] > 0 and (not call.states or state in call.states):
                yield i
            if user.ordered and left[i] > 0:
                return

    def ready(self, end: int, name: str) -> Iterator[tuple[int, bool, bool]]:
        """Yield (octets, active, remote) of the user's calls of this name that can be made now."""
        calls = self.world.users[end].calls
        for left in sorted(self.left[end]):
            for i in self._ready(end, left):
                if calls[i].step.name == name:
                    yield calls[i].octets, calls[i].active, calls[i].remote

    def sent(self, end: int, number: int) -> None:
        """Put a segment into the network; a full one that loses what does not fit loses it."""
        segment, network = self.segments[number], self.world.network
        demand(segment.sender == end, f"segment {number} was not sent by this end")
        demand(segment.number == number, f"segment {number} says that its number is {segment.number}")
        demand(segment.step == self.steps_taken, f"segment {number} says that it was sent in step {segment.step}")
        self.segments_sent += 1
        if self.resends:
            copies = [n for n in self.flying if self._equal(n, number, ghosts=False)]
            demand(not copies, "a copy of what is sent again is in flight")
        there = [n for n in self.flying if network.kind != FIFO or self.segments[n].sender == end]
        if network.kind == SET and any(self._equal(n, number) for n in there):
            return
        fits = len(there) < network.capacity
        demand(fits or network.overflow == "lose", "the network holds more than its capacity")
        if fits:
            self.flying.append(number)
            self.ages[number] = 0

    def waits(self, end: int, state: str, *, starts: bool) -> None:
        """Follow TIME-WAIT's clock after an event that may have started it (anew)."""
        length = self.world.wait_ticks or 0
        self.wait[end] = 0 if state != "TIME-WAIT" else length if starts else self.wait[end]

    def moved(self, end: int, next_number: int, *, gone: bool, chose: bool) -> None:
        """Remember what ISN policies need: the last SND.NXT of a deleted TCB, and ISSs chosen."""
        if gone:
            self.last[end] = next_number
        self.chosen[end] += chose
        demand(self.chosen[end] <= self.world.incarnations[end], "the end chooses more ISSs than the world allows")
