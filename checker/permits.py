"""What a world permits: the environment's half of a replay. Segments in flight, budgets, ISNs, users' calls."""

from __future__ import annotations

from collections.abc import Sequence

from spec.environment import World
from spec.ghosts import CRASH
from spec.network import BAG, FIFO
from spec.trace import DUPLICATE, LOSE, OWN, EventRecord, SentSegment, TraceStep
from spec.vocabulary import OPEN, RETRANSMISSION_TIMEOUT, SEGMENT_ARRIVES, USER_TIMEOUT


class NotPermitted(Exception):
    """The world does not allow what a trace claims; the message says what."""


def demand(condition: object, otherwise: str) -> None:
    """Raise NotPermitted with the sentence unless the condition holds."""
    if not condition:
        raise NotPermitted(otherwise)


class Permits:
    """Follows a trace through its world and refuses what the world does not allow."""

    def __init__(self, world: World, segments: Sequence[SentSegment]) -> None:
        self.world, self.segments = world, segments
        self.flying: list[int] = []
        self.used: dict[tuple[str, int], int] = {}
        self.chosen, self.last = [0, 0], [0, 0]

    def spend(self, what: str, end: int, budget: int | None) -> None:
        """Use up one of a budget; None is without limit."""
        used = self.used[what, end] = self.used.get((what, end), 0) + 1
        demand(budget is None or used <= budget, f"no {what} is left in the budget of {budget}")

    def take(self, step: TraceStep) -> int | None:
        """Return the number of the segment that the step concerns, out of the network unless it is duplicated."""
        if step.kind == OWN:
            return None
        demand(step.segment in self.flying, f"segment {step.segment} is not in flight")
        number = step.segment or 0
        mine = [n for n in self.flying if self.segments[n].sender != step.end]
        demand(number in mine, f"segment {number} does not travel to this end")
        demand(self.world.network.kind != FIFO or number == mine[0], f"segment {number} is not the first in line")
        if step.kind == LOSE:
            self.spend("loss", 0, self.world.faults.losses)
        if step.kind == DUPLICATE:
            self.spend("duplicate", 0, self.world.faults.duplicates)
        else:
            self.flying.remove(number)
        return number

    def allow(self, step: TraceStep, event: EventRecord, position: int) -> None:
        """Check that the world lets this event happen here, with this ISN on offer."""
        end, user, faults = step.end, self.world.users[step.end], self.world.faults
        isn = self.world.next_isn(end, self.chosen[end], self.last[end])
        demand(event.call["ISN"] == isn, f"the ISN on offer is {isn}, not {event.call['ISN']}")
        if position:
            demand(user.listens and event.event == OPEN.name, f"{event.event} cannot follow by itself")
        elif step.kind != OWN:
            demand(event.event == SEGMENT_ARRIVES.name, "a delivery must be SEGMENT ARRIVES")
        elif event.event in {call.step.name for call in user.calls}:
            told = tuple(event.call[name] for name in ("OCTETS", "ACTIVE", "REMOTE"))
            wanted = [(c.octets, c.active, c.remote) for c in user.calls if c.step.name == event.event]
            demand(told in wanted, f"the user never makes this {event.event}")
        budgets = {
            RETRANSMISSION_TIMEOUT.name: faults.retransmissions,
            USER_TIMEOUT.name: faults.user_timeouts,
            CRASH.name: faults.crashes,
        }
        if event.event in budgets:
            self.spend(event.event.lower(), end, budgets[event.event])

    def sent(self, end: int, number: int) -> None:
        """Put a segment into the network."""
        demand(self.segments[number].sender == end, f"segment {number} was not sent by this end")
        self.flying.append(number)
        there = [n for n in self.flying if self.world.network.kind != FIFO or self.segments[n].sender == end]
        fits = len(there) <= self.world.network.capacity or self.world.network.overflow == "lose"
        demand(fits or self.world.network.kind not in (BAG, FIFO), "the network holds more than its capacity")

    def moved(self, end: int, next_number: int, *, gone: bool, chose: bool) -> None:
        """Remember what ISN policies need: the last SND.NXT of a deleted TCB, and ISSs chosen."""
        if gone:
            self.last[end] = next_number
        self.chosen[end] += chose
        demand(self.chosen[end] <= self.world.incarnations[end], "the end chooses more ISSs than the world allows")
