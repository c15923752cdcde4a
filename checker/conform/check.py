"""A whole capture held against the relation: incarnation by incarnation, as the segments come."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

from checker.capture.conversations import Conversation, Told
from checker.capture.segment import ACK, RST, SYN, Segment
from checker.compiled import program
from checker.compiled.native import NotNative
from checker.conform.fastpath import MODULES, following, running
from checker.conform.fastpath.lane import Beginning, Lane
from checker.conform.follow import PastWanted
from checker.conform.machine import Machine
from checker.conform.pair import Pair, Vantage
from checker.conform.result import Incarnation

SHARES = 16
"""Conversations are followed in so many shares that know nothing of each other: by number, modulo this."""
RESTING, SEEN_TO = 64, 16
"""So many connections that are over are remembered in each share; of older ones what comes later counts as begun in
the middle. Every so many beginnings in a share it is seen to."""
WORTHWHILE = 1000
"""After so many segments the fast lane is opened."""
CALM = 8
"""Every so many segments that a pair took it is asked whether it can go to the lane."""
_LOOPS = program.Text(MODULES, (following.follow, running.run))


def check(
    told: Iterable[Told], machine: Machine, vantage: Vantage = "middle", *, keep: bool = True
) -> Iterator[Incarnation]:
    """Yield each incarnation of each conversation when it is over.

    told     segments with their conversations, as checker/capture/conversations.py yields them.
    machine  a profile (checker/conform/profiles.py).
    vantage  at which end, if any, the capture was taken.
    keep     whether steps and frames are kept; without, memory is bounded by the conversations that are open.
    """
    followed = _Followed(machine, vantage, keep=keep)
    slots, pairs, put = followed.lane.slots, followed.pairs, followed.lane.put
    for conversation, segment in told:
        number = conversation.number
        if segment is None:
            yield from followed.let_go(number)
            continue
        slot = slots.get(number)
        if slot is None and number not in pairs:
            yield from followed.begin(conversation, segment)
            slot = slots.get(number)
        if slot is not None:
            put(slot, segment[3:5] != conversation.ends[0], segment)  # as conversation.side() says, for every segment
            continue
        over = followed.take(conversation, segment)
        if over is not None:
            yield over
    for number in (*pairs, *slots):
        yield from followed.let_go(number)
    followed.lane.keep()


@cache
def loops() -> Mapping[str, Callable[..., int]]:
    """Return the loops of the fast lane, compiled now or by an earlier run. Raise NotNative."""
    return program.ready(_LOOPS) or program.compiled(_LOOPS)


class _Followed:
    """The conversations that are open: by a pair each, or in the lane.

    pairs, numbers   by number: those that a pair follows; how many incarnations there were of those let go of.
    shares         of each share those that are over, the longest over first.
    until_lane     after so many more segments the lane is opened; negative: never.
    """

    def __init__(self, machine: Machine, vantage: Vantage, *, keep: bool) -> None:
        self.machine, self.vantage, self.keep = machine, vantage, keep
        self.pairs: dict[int, Pair] = {}
        self.numbers: dict[int, int] = {}
        self.shares: list[dict[int, None]] = [{} for _ in range(SHARES)]
        self.lane = Lane(machine, self)
        asked = not keep and vantage == "middle" and os.environ.get(program.INTERPRETED) != "1"
        self.until_lane = WORTHWHILE if asked else -1

    # --- segments -------------------------------------------------------------------------------------------------

    def take(self, conversation: Conversation, segment: Segment) -> Incarnation | None:
        """Take a segment of a conversation that a pair follows; return the incarnation that is over, if one is."""
        number = conversation.number
        pair, over = self._fed(number, conversation.side(segment), segment)
        if not self.lane.opened:
            self.until_lane -= 1
            if self.until_lane == 0:
                self._open_lane()
        elif not pair.recent % CALM and self.lane.enter(pair, conversation, self._beginning(conversation)):
            del self.pairs[number]
        return over

    def stray(self, conversation: Conversation, side: int, segment: Segment) -> None:
        """Take a segment that the lane left: from now on a pair follows its conversation."""
        number = conversation.number
        if number in self.lane.slots:
            self.pairs[number] = self.lane.out(number)
        self._fed(number, side, segment)  # it ends no incarnation: a pair that comes from the lane waits for no answer

    def _fed(self, number: int, side: int, segment: Segment) -> tuple[Pair, Incarnation | None]:
        pair = self.pairs[number]
        resting = pair.resting
        try:
            over = pair.feed(side, segment)
        except PastWanted:
            pair, over = pair.whole()
            self.pairs[number] = pair
        if pair.resting != resting:
            self.lane.flush()
            self.rests(number, over=pair.resting)
        return pair, over

    def rests(self, number: int, *, over: bool) -> None:
        """Take note that nothing, or something again, is left to happen in a conversation."""
        resting = self.shares[number % SHARES]
        resting.pop(number, None)
        if over:
            resting[number] = None

    # --- conversations --------------------------------------------------------------------------------------------

    def begin(self, conversation: Conversation, first: Segment) -> Iterator[Incarnation]:
        """Begin to follow a conversation; let go of those of its share that have been over for the longest time."""
        number = conversation.number
        if not number // SHARES % SEEN_TO:
            self.lane.flush()
            resting = self.shares[number % SHARES]
            while len(resting) > RESTING:
                yield from self.let_go(next(iter(resting)), returning=True)
        begun = self._beginning(conversation)
        if self.lane.opened and first.flags & (SYN | ACK | RST) == SYN:
            self.lane.begin(conversation, begun)
        else:
            self.pairs[number] = begun.pair()

    def let_go(self, number: int, *, returning: bool = False) -> Iterator[Incarnation]:
        """Yield what is left to tell of a conversation; `returning`: more of it may come."""
        self.lane.flush()
        self.shares[number % SHARES].pop(number, None)
        told = self._ended(number)
        if returning and told:
            self.numbers[number] = told[-1].number
        elif not returning:
            self.numbers.pop(number, None)
        yield from told

    def _ended(self, number: int) -> list[Incarnation]:
        if number in self.lane.slots:
            told = self.lane.told(number)
            if told is not None:
                return [told]
            self.pairs[number] = self.lane.out(number)
        return self.pairs.pop(number).end() if number in self.pairs else []

    def _beginning(self, conversation: Conversation) -> Beginning:
        names = conversation.name(0), conversation.name(1)
        number = conversation.number
        return Beginning(
            self.machine, names, conversation.tags, number, self.vantage, self.keep, self.numbers.get(number, 0)
        )

    def _open_lane(self) -> None:
        try:
            self.lane.open(loops())
        except NotNative:
            self.until_lane = -1
