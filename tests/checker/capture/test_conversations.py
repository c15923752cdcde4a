"""Conversations: who belongs together, in which order, and how many are kept."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.capture.conversations import IDLE, LINGER, Conversation, by_time, conversations
from checker.capture.notes import Notes
from checker.capture.segment import SYN, Segment
from tests.checker.capture import building as b
from tests.checker.capture.reads import read
from tests.checker.capture.talk import MS, Talk


def numbers(segments: Iterable[Segment], limit: int = 100) -> list[int]:
    """Return the number of each segment's conversation."""
    return [c.number for c, s in conversations(segments, Notes(), limit=limit) if s is not None]


def test_both_directions_are_one_conversation() -> None:
    talk = Talk()
    told = list(conversations([talk.say(1, 0), talk.say(0, 20), talk.say(1, 40)], Notes()))
    [conversation] = {c for c, _ in told}
    assert [conversation.side(s) for _, s in told if s is not None] == [0, 1, 0]
    assert (conversation.name(0), conversation.name(1)) == ("10.0.0.2:80", "10.0.0.1:40000")
    assert (conversation.began, conversation.last, conversation.segments) == (0, 40 * MS, 3)


def test_ports_addresses_and_tags_tell_conversations_apart() -> None:
    frames = [
        b.Recorded(b.ethernet(packet, between=tag))
        for packet in (b.ipv4(b.tcp()), b.ipv4(b.tcp(ports=(80, 40000))), b.ipv4(b.tcp(), source=b.SERVER))
        for tag in (b"", b.vlan(1), b.vlan(2))
    ]
    assert numbers(read(b.pcap(frames))[0]) == list(range(1, 10))


def test_an_end_that_speaks_to_itself_has_one_conversation() -> None:
    packet = b.ipv4(b.tcp(ports=(5000, 5000)), source=b.CLIENT, destination=b.CLIENT)
    segments, _ = read(b.pcap([b.Recorded(packet, n * 10**9) for n in range(3)], link=b.RAW))
    assert numbers(segments) == [1, 1, 1]


def test_each_conversation_ends_once_and_in_the_order_in_which_they_began() -> None:
    talks = [Talk(ports=(n, 80)) for n in (7, 3, 5)]
    told = list(conversations([t.say(0, n * 10) for n in range(3) for t in talks], Notes()))
    assert [c.number for c, s in told if s is None] == [1, 2, 3]
    assert [c.ends[0][1] for c, s in told[-3:]] == [7, 3, 5]
    assert all(s is not None for _, s in told[:-3])


def test_they_come_while_the_capture_is_still_read() -> None:
    taken = []

    def growing() -> Iterable[Segment]:
        talk = Talk()
        for n in range(5):
            taken.append(n)
            yield talk.say(0, n * 10)

    for expected, (_, segment) in enumerate(conversations(growing(), Notes())):
        if segment is not None:
            assert len(taken) == expected + 1


def test_segments_are_sorted_by_time_if_asked_for() -> None:
    talk, notes = Talk(), Notes()
    mixed = [talk.say(0, when) for when in (30, 10, 20, 10, 0)]
    in_order = conversations(mixed, notes, order="time")
    assert [s.frame for _, s in in_order if s is not None] == [5, 2, 4, 3, 1]
    assert not notes.counts
    assert [s.frame for _, s in conversations(mixed, notes) if s is not None] == [1, 2, 3, 4, 5]
    assert notes.lines() == [
        "earlier than the segment before, as if captured out of order: 3 times (frame 2; frame 4; frame 5)"
    ]


@given(st.lists(st.integers(0, 50), max_size=60), st.integers(1, 10))
def test_the_look_ahead_sorts_what_is_no_further_out_of_order(times: list[int], look_ahead: int) -> None:
    talk, notes = Talk(), Notes()
    segments = [talk.say(0, when) for when in times]
    found = list(by_time(segments, notes, look_ahead))
    assert sorted(found) == segments
    inversions = sum(
        1 for n, one in enumerate(segments) if sum(other.time > one.time for other in segments[:n]) > look_ahead
    )
    descents = sum(found[n].time < max(s.time for s in found[:n]) for n in range(1, len(found)))
    assert descents == notes.counts["late"]
    assert (descents == 0) == (inversions == 0)


def test_at_the_limit_the_longest_silent_is_forgotten_and_it_is_told() -> None:
    notes = Notes()
    talks = [Talk(ports=(n, 80)) for n in range(5)]
    segments = [talk.say(0, n * 10) for n, talk in enumerate(talks[:4])] + [talks[0].say(0, 50), talks[4].say(0, 60)]
    told = list(conversations(segments, notes, limit=4))
    assert [(c.number, s is None) for c, s in told[4:7]] == [(1, False), (2, True), (5, False)]
    assert notes.lines() == [
        (
            "conversations forgotten because too many were open, so that what comes later counts as another: once"
            " (frame 1: 10.0.0.1:1 and 10.0.0.2:80)"
        )
    ]


def test_at_the_limit_a_quarter_is_forgotten_at_once() -> None:
    talks = [Talk(ports=(n, 80)) for n in range(9)]
    told = list(conversations((talk.say(0, n * 10) for n, talk in enumerate(talks)), Notes(), limit=8))
    assert [c.number for c, s in told[8:11]] == [1, 2, 9]


def test_what_comes_after_it_was_forgotten_is_another_conversation() -> None:
    talks = [Talk(ports=(n, 80)) for n in range(3)]
    segments = [talks[n].say(0, when * 10) for when, n in enumerate((0, 1, 2, 0, 2))]
    assert numbers(segments, limit=2) == [1, 2, 3, 4, 3]


def test_what_its_reader_says_is_over_is_forgotten_first_and_silently() -> None:
    notes = Notes()
    talks = [Talk(ports=(n, 80)) for n in range(4)]
    forgotten = []
    for conversation, segment in conversations((t.say(0, n * 10) for n, t in enumerate(talks)), notes, limit=3):
        conversation.over = conversation.number == 2
        if segment is None:
            forgotten.append(conversation.number)
    assert forgotten[0] == 2
    assert not notes.counts


@pytest.mark.parametrize("over", [False, True])
def test_long_silence_counts_only_when_many_are_open(over: bool) -> None:  # noqa: FBT001 - both cases
    silence = (LINGER if over else IDLE) / MS
    notes = Notes()

    def said(count: int) -> Iterable[Segment]:
        for n in range(count):
            yield Talk(ports=(n, 80)).say(0, n)
        for n in range(count):
            yield Talk(ports=(n, 81)).say(0, silence + 2 * count + n)

    for count, open_at_most in ((100, 200), (5000, 8192)):
        alive = most = 0
        seen: set[int] = set()
        for conversation, segment in conversations(said(count), notes):
            conversation.over = over
            alive += (conversation.number not in seen) - (segment is None)
            seen.add(conversation.number)
            most = max(most, alive)
        assert most <= open_at_most
        assert len(seen) == 2 * count
    assert (notes.counts["idle"] == 0) == over


def test_many_thousand_short_conversations_are_never_open_together() -> None:
    alive, most = set[Conversation](), 0
    segments = (Talk(ports=(n % 60_000, 80 + n // 60_000)).say(0, n, flags=SYN) for n in range(40_000))
    for conversation, segment in conversations(segments, Notes(), limit=5000):
        alive.add(conversation)
        if segment is None:
            alive.discard(conversation)
        most = max(most, len(alive))
    assert most <= 5000
    assert not alive
