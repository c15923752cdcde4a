"""Packed networks against plain lists."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.explore.networks import BLOCKED, AgeingNetwork, Channel, PackedNetwork, packed, slots
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


# --- segments that age ----------------------------------------------------------------------------------------------

Flying = list[tuple[int, int]]
"""Segments in flight as (id, age), in any order."""
FEW = st.integers(0, 3)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.lists(FEW, min_size=1, max_size=3).map(tuple)),
        st.tuples(st.sampled_from(["arrive", "lose"]), FEW),
        st.tuples(st.just("tick"), st.none()),
    ),
    max_size=25,
)


def sent(flying: Flying, segments: tuple[int, ...], capacity: int, overflow: str) -> Flying | None:
    """Return what is in flight after sending, None when it does not fit."""
    for segment in segments:
        if len(flying) < capacity:
            flying = [*flying, (segment, 0)]
        elif overflow == "block":
            return None
    return flying


def oldest_out(flying: Flying, segment: int) -> Flying:
    """Return what is in flight without the oldest copy of a segment."""
    oldest = max(age for other, age in flying if other == segment)
    return [pair for i, pair in enumerate(flying) if i != flying.index((segment, oldest))]


def made(ageing: AgeingNetwork, flying: Flying) -> int:
    """Return the network with these segments, sent one after the other, each as long ago as it is old."""
    net = 0
    for age in range(max((age for _, age in flying), default=0), -1, -1):
        if net:
            net, _ = ageing.aged(net)
        net = ageing.send(net, tuple(segment for segment, old in flying if old == age))
    return net


def check(ageing: AgeingNetwork, net: int, flying: Flying) -> None:
    """Compare all that a network tells with plain pairs."""
    assert (net == 0) == (not flying)
    assert Counter(ageing.content(net)) == Counter(segment for segment, _ in flying)
    there = {segment for segment, _ in flying}
    for told in (ageing.choices(net), ageing.losses(net)):
        assert Counter(segment for segment, _ in told) == Counter(there)
        for segment, without in told:
            assert without == made(ageing, oldest_out(flying, segment))
    older = [(segment, age + 1) for segment, age in flying if age + 1 < ageing.lifetime]
    assert ageing.aged(net) == (made(ageing, older), len(flying) - len(older))
    for segment in range(4):
        assert ageing.holds(net, (segment,)) == (segment in there)
    assert ageing.holds(net, (0, 1)) == bool(there & {0, 1})
    assert not ageing.holds(net, ())


@given(ACTS, st.integers(1, 8), st.integers(1, 5), st.sampled_from(["block", "lose"]))
def test_an_ageing_network_is_a_bag_of_segments_with_ages(
    acts: list[tuple[str, object]], lifetime: int, capacity: int, overflow: str
) -> None:
    ageing = AgeingNetwork(Network("bag", capacity, overflow, lifetime), lifetime)
    net, flying = 0, list[tuple[int, int]]()
    for act, what in acts:
        if act == "send":
            assert isinstance(what, tuple)
            after = sent(flying, what, capacity, overflow)
            told = ageing.send(net, what)
            assert (told == BLOCKED) == (after is None)
            if after is not None:
                net, flying = told, after
        elif act == "tick":
            (net, dead), before = ageing.aged(net), len(flying)
            flying = [(segment, age + 1) for segment, age in flying if age + 1 < lifetime]
            assert dead == before - len(flying)
        else:
            for segment, without in ageing.choices(net) if act == "arrive" else ageing.losses(net):
                if segment == what:
                    net, flying = without, oldest_out(flying, segment)
        check(ageing, net, flying)


@given(st.permutations([(0, 0), (0, 0), (0, 2), (1, 2), (1, 1), (3, 0)]))
def test_equal_contents_are_equal_numbers_whatever_the_order(flying: Flying) -> None:
    ageing = AgeingNetwork(Network("bag", 6, lifetime=3), 3)
    assert made(ageing, flying) == made(ageing, sorted(flying))


def test_the_oldest_copy_is_the_one_that_arrives() -> None:
    ageing = AgeingNetwork(Network("bag", 3, lifetime=3), 3)
    net = made(ageing, [(5, 2), (5, 0), (7, 1)])
    assert dict(ageing.choices(net)) == {5: made(ageing, [(5, 0), (7, 1)]), 7: made(ageing, [(5, 2), (5, 0)])}


def test_ids_and_ages_as_large_as_they_can_be_do_not_meet() -> None:
    ageing = AgeingNetwork(Network("bag", 2, lifetime=8), 8)
    largest = 0xFFFE
    net = made(ageing, [(largest, 7), (0, 7)])
    assert sorted(ageing.content(net)) == [0, largest]
    assert ageing.aged(net) == (0, 2)


@pytest.mark.parametrize("lifetime", [None, 2])
def test_ids_that_are_alike_count_as_copies(lifetime: int | None) -> None:
    network = Network("bag", 3, lifetime=lifetime)
    channel: Channel = PackedNetwork(network, DESTINATION) if lifetime is None else AgeingNetwork(network, lifetime)
    net = channel.send(0, (2,))
    assert [channel.holds(net, (segment,)) for segment in range(4)] == [False, False, True, False]
    channel.alike = (0, 1, 0, 1)
    assert [channel.holds(net, (segment,)) for segment in range(4)] == [True, False, True, False]


@given(SEGMENTS, st.sampled_from(["bag", "set", "fifo"]))
def test_where_nothing_ages_a_tick_changes_nothing(segments: list[int], kind: str) -> None:
    network = PackedNetwork(Network(kind, 12), DESTINATION)
    net = network.send(0, tuple(segments))
    assert network.aged(net) == (net, 0)
    assert network.losses(net) == network.choices(net)
    assert sorted(network.content(net)) == sorted(set(segments) if kind == "set" else segments)
    for segment in range(16):
        assert network.holds(net, (segment,)) == (segment in segments)
