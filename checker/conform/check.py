"""A whole capture held against the relation: incarnation by incarnation, as the segments come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checker.capture.conversations import Conversation, Told
from checker.conform.machine import Machine
from checker.conform.pair import Pair, Vantage
from checker.conform.result import Incarnation


def check(
    told: Iterable[Told], machine: Machine, vantage: Vantage = "middle", *, keep: bool = True
) -> Iterator[Incarnation]:
    """Yield each incarnation of each conversation when it is over.

    told     segments with their conversations, as checker/capture/conversations.py yields them.
    machine  a profile (checker/conform/profiles.py).
    vantage  at which end, if any, the capture was taken.
    keep     whether steps and frames are kept; without, memory is bounded by the conversations that are open.
    """
    pairs: dict[int, tuple[Conversation, Pair]] = {}
    for conversation, segment in told:
        if segment is None:
            _, pair = pairs.pop(conversation.number, (None, None))
            if pair is not None:
                yield from pair.end()
            continue
        known = pairs.get(conversation.number)
        if known is None:
            pair = Pair(machine, (conversation.name(0), conversation.name(1)), conversation.tags, vantage, keep=keep)
            pairs[conversation.number] = conversation, pair
        else:
            pair = known[1]
        over = pair.feed(conversation.side(segment), segment)
        if over is not None:
            yield over
    for _, pair in pairs.values():
        yield from pair.end()
