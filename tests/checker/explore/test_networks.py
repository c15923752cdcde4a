"""Packed networks against plain lists."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from checker.explore.networks import BLOCKED, PackedNetwork, packed, slots
from spec.network import Network

DESTINATION = [0, 1] * 8
SEGMENTS = st.lists(st.integers(0, 15), max_size=6)


def contents(net: int) -> list[int]:
    return [slot - 1 for slot in slots(net) if slot]


@given(SEGMENTS)
def test_packing_keeps_the_slots(segments: list[int]) -> None:
    values = [segment + 1 for segment in segments]
    assert slots(packed(values)) == values


@given(SEGMENTS, SEGMENTS)
def test_a_bag_is_a_multiset_whatever_the_order(first: list[int], second: list[int]) -> None:
    bag = PackedNetwork(Network("bag", 12), DESTINATION)
    net = bag.send(bag.send(0, tuple(first)), tuple(second))
    assert Counter(contents(net)) == Counter(first + second)
    assert net == bag.send(0, tuple(reversed(first + second)))
    assert sorted(segment for segment, _ in bag.choices(net)) == sorted(set(first + second))
    for segment, without in bag.choices(net):
        assert Counter(contents(without)) == Counter(first + second) - Counter([segment])


@given(SEGMENTS)
def test_a_set_holds_each_segment_once(segments: list[int]) -> None:
    network = PackedNetwork(Network("set", 16), DESTINATION)
    assert contents(network.send(0, tuple(segments))) == sorted(set(segments))


@given(SEGMENTS)
def test_a_fifo_delivers_in_order_in_each_direction(segments: list[int]) -> None:
    fifo = PackedNetwork(Network("fifo", 6), DESTINATION)
    net = fifo.send(0, tuple(segments))
    arrived: list[int] = []
    while fifo.choices(net):
        segment, net = fifo.choices(net)[0]
        arrived.append(segment)
    assert net == 0
    for end in (0, 1):
        assert [s for s in arrived if s % 2 == end] == [s for s in segments if s % 2 == end]


@given(SEGMENTS, st.sampled_from(["bag", "set", "fifo"]), st.integers(1, 3))
def test_a_full_network_blocks_whole_or_loses_single(segments: list[int], kind: str, capacity: int) -> None:
    blocking = PackedNetwork(Network(kind, capacity), DESTINATION)
    losing = PackedNetwork(Network(kind, capacity, "lose"), DESTINATION)
    kept = contents(losing.send(0, tuple(segments)))
    fits = blocking.send(0, tuple(segments)) != BLOCKED
    distinct = len(set(segments)) if kind == "set" else len(segments)
    assert fits == (len(kept) == distinct)
    for end in (0, 1):
        inside = [s for s in kept if kind != "fifo" or s % 2 == end]
        assert len(inside) <= capacity
