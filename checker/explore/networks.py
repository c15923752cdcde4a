"""Packed networks: the segments in flight as one integer of 16-bit slots (segment id + 1, 0 an empty slot).

A bag and a set keep their slots sorted, so equal contents are equal integers. A FIFO keeps one queue
per direction, the head in the lowest slot. Nothing here knows what a segment is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from spec.network import BAG, FIFO, SET, Network

SLOT = 16
_MASK = (1 << SLOT) - 1
BLOCKED = -1
MOST_SORTED = 8
"""A multiset of more segments than that is asked, not worked by the kernel: it would not fit three words."""


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
    """What the kernel asks of a network. Its contents are natural numbers, 0 when nothing is in flight.

    `alike`, if set, gives for each segment id the first one that is a copy of it: ids may differ in ghosts alone.
    Where `is_sorted`, the contents are a multiset (or a set) of at most `capacity` segments, and the kernel works it by
    itself; of other networks it asks every content once.
    """

    alike: Sequence[int] = ()
    capacity: int = 0
    is_sorted: bool = False
    is_set: bool = False
    loses: bool = False

    def choices(self, net: int) -> Sequence[tuple[int, int]]:
        """Return (segment id, the network without it) for every segment that may be next to arrive."""

    def losses(self, net: int) -> Sequence[tuple[int, int]]:
        """Return (segment id, the network without it) for every way to lose a segment."""

    def send(self, net: int, segments: tuple[int, ...]) -> int:
        """Return the network after sending the segments in order, or BLOCKED when they do not fit."""

    def content(self, net: int) -> tuple[int, ...]:
        """Return the ids of the segments in flight."""

    def holds(self, net: int, segments: tuple[int, ...]) -> bool:
        """Return whether a copy of one of the segments is in flight already."""
        there = self.content(net)
        if not self.alike:
            return any(segment in there for segment in segments)
        copies = {self.alike[segment] for segment in there}
        return any(self.alike[segment] in copies for segment in segments)

    def aged(self, net: int) -> tuple[int, int]:
        """Return the network one tick later, and how many segments died; by default segments do not age."""
        return net, 0


class PackedNetwork(Channel):
    """The operations of one network on packed contents, remembered by content.

    `destination` gives the end (0 or 1) that each segment id travels to; it may grow while exploring.
    """

    def __init__(self, network: Network, destination: Sequence[int]) -> None:
        self.kind = network.kind
        self.capacity = network.capacity
        self.loses = network.overflow == "lose"
        self.is_set = network.kind == SET
        self.is_sorted = network.kind != FIFO and network.capacity <= MOST_SORTED
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

    def content(self, net: int) -> tuple[int, ...]:
        """Return the ids of the segments in flight."""
        return tuple(value - 1 for value in slots(net) if value)


AGE = 4
"""Bits of a segment's age."""


class AgeingNetwork(Channel):
    """A bag whose segments age: one that was sent `lifetime` ticks ago is gone (RFC 9293 §3.4.2, MSL).

    A slot is the age below the segment id + 1. Results are remembered by content.
    """

    def __init__(self, network: Network, lifetime: int) -> None:
        self.lifetime = lifetime
        self.capacity = network.capacity
        self.loses = network.overflow == "lose"
        self._choices: dict[int, tuple[tuple[int, int], ...]] = {}
        self._aged: dict[int, tuple[int, int]] = {}
        self._sends: dict[tuple[int, tuple[int, ...]], int] = {}

    @staticmethod
    def _slots(net: int) -> list[int]:
        found = []
        while net:
            found.append(net & (1 << SLOT + AGE) - 1)
            net >>= SLOT + AGE
        return found

    @staticmethod
    def _packed(values: Sequence[int]) -> int:
        net = 0
        for value in reversed(values):
            net = net << SLOT + AGE | value
        return net

    def choices(self, net: int) -> tuple[tuple[int, int], ...]:
        """Return (segment id, the network without its oldest copy) for every segment.

        A younger copy can do whatever the older one could, so that it is the older one that arrives loses nothing.
        """
        known = self._choices.get(net)
        if known is None:
            content = self._slots(net)
            oldest = {value >> AGE: i for i, value in enumerate(content)}
            known = self._choices[net] = tuple(
                (segment - 1, self._packed(content[:i] + content[i + 1 :])) for segment, i in oldest.items()
            )
        return known

    def losses(self, net: int) -> tuple[tuple[int, int], ...]:
        """Return (segment id, the network without it) for every way to lose a segment."""
        return self.choices(net)

    def send(self, net: int, segments: tuple[int, ...]) -> int:
        """Return the network after sending the segments, aged 0, or BLOCKED when they do not fit."""
        key = (net, segments)
        known = self._sends.get(key)
        if known is None:
            content = self._slots(net)
            room = self.capacity - len(content)
            fits = segments[:room] if self.loses else segments
            sent = sorted([*content, *((segment + 1) << AGE for segment in fits)])
            known = self._sends[key] = self._packed(sent) if len(sent) <= self.capacity else BLOCKED
        return known

    def content(self, net: int) -> tuple[int, ...]:
        """Return the ids of the segments in flight."""
        return tuple((value >> AGE) - 1 for value in self._slots(net))

    def aged(self, net: int) -> tuple[int, int]:
        """Return the network one tick later, every segment a tick older or gone, and how many are gone."""
        known = self._aged.get(net)
        if known is None:
            there, last = self._slots(net), self.lifetime - 1
            alive = [value + 1 for value in there if value & (1 << AGE) - 1 < last]
            known = self._aged[net] = self._packed(alive), len(there) - len(alive)
        return known


def channel(network: Network, destination: Sequence[int]) -> Channel:
    """Return the operations of a network: with an MSL its segments age."""
    return PackedNetwork(network, destination) if network.lifetime is None else AgeingNetwork(network, network.lifetime)
