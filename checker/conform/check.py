"""A whole capture held against the relation: incarnation by incarnation, as the segments come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checker.capture.conversations import Conversation, Told
from checker.conform.machine import Machine
from checker.conform.pair import Pair, Vantage
from checker.conform.result import Incarnation

SHARES = 16
"""Conversations are followed in so many shares that know nothing of each other: by number, modulo this."""
RESTING = 64
"""So many connections that are over are remembered in each share; of older ones what comes later counts as begun in
the middle."""


def check(
    told: Iterable[Told], machine: Machine, vantage: Vantage = "middle", *, keep: bool = True
) -> Iterator[Incarnation]:
    """Yield each incarnation of each conversation when it is over.

    told     segments with their conversations, as checker/capture/conversations.py yields them.
    machine  a profile (checker/conform/profiles.py).
    vantage  at which end, if any, the capture was taken.
    keep     whether steps and frames are kept; without, memory is bounded by the conversations that are open.
    """
    pairs: dict[int, Pair] = {}
    shares: list[dict[int, None]] = [{} for _ in range(SHARES)]
    numbers: dict[int, int] = {}
    for conversation, segment in told:
        number = conversation.number
        if segment is None:
            if number in pairs:
                yield from pairs.pop(number).end()
            shares[number % SHARES].pop(number, None)
            numbers.pop(number, None)
            continue
        pair = pairs.get(number)
        if pair is None:
            pair = pairs[number] = _pair(conversation, machine, vantage, numbers.get(number), keep=keep)
        over = pair.feed(conversation.side(segment), segment)
        if over is not None:
            yield over
        resting = shares[number % SHARES]
        if pair.resting:
            resting[number] = None
            if len(resting) > RESTING:
                oldest = next(iter(resting))
                del resting[oldest]
                numbers[oldest] = pairs[oldest].number
                yield from pairs.pop(oldest).end()
        elif resting and number in resting:
            del resting[number]
    for pair in pairs.values():
        yield from pair.end()


def _pair(conversation: Conversation, machine: Machine, vantage: Vantage, known: int | None, *, keep: bool) -> Pair:
    """Return a pair to follow a conversation with; `known` is the number of its last incarnation, if there was one."""
    names = (conversation.name(0), conversation.name(1))
    return Pair(machine, names, conversation.tags, conversation.number, vantage, keep=keep, known=known)
