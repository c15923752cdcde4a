"""What a world lets one end do: its user's calls, timers, crashes; and what that uses up.

Every choice is the environment's. What an event does to the end is the relation's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from checker.concrete import Outcome, Values
from spec.attackers import FLOOD
from spec.environment import UserCall, World
from spec.ghosts import CRASH
from spec.language import Relation
from spec.vocabulary import NO_CONNECTION, R2_REACHED, RETRANSMISSION_TIMEOUT, TIME_WAIT_TIMEOUT, USER_TIMEOUT

RETRANSMISSIONS, INCARNATIONS = "retransmissions", "incarnations"
"""The bounds of a world that cut steps off."""


class Used(NamedTuple):
    """What one end has used up: its user's calls, ISSs chosen (and the last SND.NXT), faults.

    `calls` holds how often each call may still be made; for an ordered user, how many calls it has made. `wait` and
    `quiet` are ticks: how long TIME-WAIT and the silence after a crash still last.
    """

    calls: tuple[int, ...]
    chosen: int = 0
    last: int = 0
    retransmissions: int = 0
    user_timeouts: int = 0
    crashes: int = 0
    injections: int = 0
    wait: int = 0
    quiet: int = 0

    @property
    def faults(self) -> int:
        """How many faults this end has used or suffered."""
        return self.retransmissions + self.user_timeouts + self.crashes + self.injections


Choice = tuple[str, Values, Used]
"""An event's name, what comes with it, and what is used up once it happens."""


def chooses_iss(outcome: Outcome) -> bool:
    """Return whether an end chose an ISS: one that returns to TIME-WAIT takes up its old one."""
    return "ISS" in outcome.assigned and outcome.tcb[0] != "TIME-WAIT"


class Choices:
    """The choices of a world for the events of a relation."""

    def __init__(self, relation: Relation[Any], world: World) -> None:
        self.world = world
        self._known = set(relation.steps)
        self._events = [event for event in relation.events if event.spontaneous]
        self._attacks = [event for event in relation.events if event.kind == "attack"]

    def unused(self, end: int) -> Used:
        """Return what an end has used at the start: nothing."""
        user = self.world.users[end]
        return Used((0,) if user.ordered else tuple(call.times for call in user.calls))

    def call(self, end: int, used: Used, wanted: UserCall | None = None) -> Values:
        """Return what comes with an event: the ISN on offer, and a user call's own words."""
        isn = self.world.next_isn(end, used.chosen, used.last)
        return (isn, 0, False, True) if wanted is None else (isn, wanted.octets, wanted.active, wanted.remote)

    def own(self, end: int, state: str, used: Used) -> Iterator[Choice]:
        """Yield everything an end may do by itself: user calls, output and timeouts, a crash."""
        if used.quiet:
            return
        yield from self._user_calls(end, state, used)
        yield from self._timeouts(used, self.call(end, used))
        may_crash = end in self.world.faults.crashing and used.crashes < self.world.faults.crashes
        if may_crash and state not in NO_CONNECTION:
            crashed = used._replace(crashes=used.crashes + 1, quiet=self.world.quiet_ticks)
            yield CRASH.name, self.call(end, used), crashed
        attacker = self.world.attacker
        if attacker is not None and attacker.kind == FLOOD and self.may_forge(end, used):
            for event in self._attacks:
                yield event.name, self.call(end, used), self.forged(used)

    def _timeouts(self, used: Used, call: Values) -> Iterator[Choice]:
        """Yield timeouts and the sending of what is queued, as far as budgets and clock allow."""
        faults = self.world.faults
        for event in self._events:
            if event == RETRANSMISSION_TIMEOUT.event:
                if faults.retransmissions is None:
                    yield event.name, call, used
                elif faults.retransmissions:  # beyond the budget the step is there, cut off: the state is not terminal
                    yield event.name, call, used._replace(retransmissions=used.retransmissions + 1)
            elif event == TIME_WAIT_TIMEOUT.event:
                if self.wait_is_over(used):
                    yield event.name, call, used
            elif event == USER_TIMEOUT.event:
                if used.user_timeouts < faults.user_timeouts:
                    yield event.name, call, used._replace(user_timeouts=used.user_timeouts + 1)
            elif event != R2_REACHED.event or (faults.r2 and used.retransmissions == faults.retransmissions):
                yield event.name, call, used

    def wait_is_over(self, used: Used) -> bool:
        """Return whether TIME-WAIT may end now, by the world's clock if it has one."""
        length = self.world.time_wait
        return length is None or (length.msls is not None and used.wait == 0)

    def may_forge(self, end: int, used: Used) -> bool:
        """Return whether an attacker can forge one more segment to this end."""
        attacker = self.world.attacker
        if attacker is None or end not in attacker.victims:
            return False
        return attacker.injections is None or used.injections < attacker.injections

    def forged(self, used: Used) -> Used:
        """Return what is used up after one more forged segment."""
        endless = self.world.attacker is not None and self.world.attacker.injections is None
        return used if endless else used._replace(injections=used.injections + 1)

    def tick(self, state: str, used: Used) -> Used | None:
        """Return what is left a tick later, or None when TIME-WAIT is over and must end before time goes on."""
        timed = state == "TIME-WAIT" and self.world.wait_ticks is not None
        if timed and used.wait == 0:
            return None
        return used._replace(wait=max(used.wait - 1, 0), quiet=max(used.quiet - 1, 0))

    def _user_calls(self, end: int, state: str, used: Used) -> Iterator[Choice]:
        user = self.world.users[end]
        for i, wanted in enumerate(user.calls):
            available = used.calls[0] == i if user.ordered else used.calls[i] > 0
            if wanted.step not in self._known:
                continue  # a call of the socket layer, which few relations have
            if available and (not wanted.states or state in wanted.states):
                calls = (i + 1,) if user.ordered else (*used.calls[:i], used.calls[i] - 1, *used.calls[i + 1 :])
                yield wanted.step.name, self.call(end, used, wanted), used._replace(calls=calls)

    def cut_by(self, end: int, used: Used, outcome: Outcome) -> str:
        """Return the bound that forbids a step which would leave `used`, or "" when it may happen."""
        budget = self.world.faults.retransmissions
        if budget is not None and used.retransmissions > budget:
            return RETRANSMISSIONS
        too_many = chooses_iss(outcome) and used.chosen == self.world.incarnations[end]
        return INCARNATIONS if too_many else ""

    def after(self, end: int, before: Used, used: Used, tcb: Values, outcome: Outcome, next_number: int) -> Used:
        """Return what is used up after a step from `tcb`; a call refused with an error costs nothing.

        `next_number` is SND.NXT before the step, which the policy "next" remembers of a deleted TCB.
        """
        if outcome.tcb == tcb and outcome.signals and outcome.signals[0].startswith("error:"):
            used = before
        if chooses_iss(outcome):
            used = used._replace(chosen=used.chosen + 1)
        gone = tcb[0] not in NO_CONNECTION and outcome.tcb[0] in NO_CONNECTION
        return used._replace(last=next_number) if gone and self.world.isn[end].kind == "next" else used
