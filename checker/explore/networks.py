"""Packed networks: the segments in flight as one integer of 16-bit slots (segment id + 1, 0 an empty slot).

A bag and a set keep their slots sorted, so equal contents are equal integers. A FIFO keeps one queue
per direction, the head in the lowest slot. Nothing here knows what a segment is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from spec.network import BAG, FIFO, Network

SLOT = 16
_MASK = (1 << SLOT) - 1
BLOCKED = -1


def slots(net: int) -> list[int]:
    """Return the occupied slots, lowest first."""
    found = []
    while net:
        found.append(net & _MASK)
        net >>= SLOT
    return found


def packed(values: Sequence[int]) -> int:
    """Return the network with these slots, lowest first."""
    net = 0
    for value in reversed(values):
        net = net << SLOT | value
    return net


class Channel(Protocol):
    """What the kernel asks of a network. Its contents are natural numbers, 0 when nothing is in flight."""

    def choices(self, net: int) -> Sequence[tuple[int, int]]:
        """Return (segment id, the network without it) for every segment that may be next to arrive."""

    def losses(self, net: int) -> Sequence[tuple[int, int]]:
        """Return (segment id, the network without it) for every way to lose a segment."""

    def send(self, net: int, segments: tuple[int, ...]) -> int:
        """Return the network after sending the segments in order, or BLOCKED when they do not fit."""


class PackedNetwork:
    """The operations of one network on packed contents, remembered by content.

    `destination` gives the end (0 or 1) that each segment id travels to; it may grow while exploring.
    """

    def __init__(self, network: Network, destination: Sequence[int]) -> None:
        self.kind = network.kind
        self.capacity = network.capacity
        self.loses = network.overflow == "lose"
        self._destination = destination
        self._choices: dict[int, tuple[tuple[int, int], ...]] = {}
        self._sends: dict[tuple[int, tuple[int, ...]], int] = {}

    def losses(self, net: int) -> tuple[tuple[int, int], ...]:
        """Return (segment id, the network without it) for every way to lose a segment: those next to arrive."""
        return self.choices(net)

    def choices(self, net: int) -> tuple[tuple[int, int], ...]:
        """Return (segment id, the network without it) for every segment that may be next to arrive."""
        known = self._choices.get(net)
        if known is None:
            known = self._choices[net] = self._queue_heads(net) if self.kind == FIFO else self._members(net)
        return known

    def _members(self, net: int) -> tuple[tuple[int, int], ...]:
        content = slots(net)
        return tuple(
            (value - 1, packed(content[:i] + content[i + 1 :]))
            for i, value in enumerate(content)
            if i == 0 or content[i - 1] != value
        )

    def _queue_heads(self, net: int) -> tuple[tuple[int, int], ...]:
        queues = self._queues(net)
        return tuple(
            (queue[0] - 1, self._join([queue[1:] if i == end else other for i, other in enumerate(queues)]))
            for end, queue in enumerate(queues)
            if queue
        )

    def _queues(self, net: int) -> list[list[int]]:
        half = SLOT * self.capacity
        return [slots(net & ((1 << half) - 1)), slots(net >> half)]

    def _join(self, queues: Sequence[Sequence[int]]) -> int:
        return packed(queues[0]) | packed(queues[1]) << SLOT * self.capacity

    def send(self, net: int, segments: tuple[int, ...]) -> int:
        """Return the network after sending the segments in order, or BLOCKED when they do not fit."""
        key = (net, segments)
        known = self._sends.get(key)
        if known is None:
            for segment in segments:
                net = self._send(net, segment)
                if net == BLOCKED:
                    break
            known = self._sends[key] = net
        return known

    def _send(self, net: int, segment: int) -> int:
        if self.kind == FIFO:
            queues = self._queues(net)
            end = self._destination[segment]
            if len(queues[end]) >= self.capacity:
                return net if self.loses else BLOCKED
            queues[end].append(segment + 1)
            return self._join(queues)
        content = slots(net)
        if self.kind != BAG and segment + 1 in content:
            return net
        if len(content) >= self.capacity:
            return net if self.loses else BLOCKED
        return packed(sorted([*content, segment + 1]))
