"""Copies are dropped if the same packet was recorded twice, and nothing is dropped that a sender may have repeated."""

from __future__ import annotations

import time
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from checker.capture.conversations import conversations
from checker.capture.mirror import NEAR
from checker.capture.notes import Notes
from checker.capture.segment import ACK, FIN, RST, SYN, Segment
from tests.checker.capture.talk import MS, Talk


def kept(segments: Iterable[Segment]) -> list[int]:
    """Return the frames that are left."""
    return [s.frame for _, s in conversations(segments, Notes()) if s is not None]


def test_a_packet_with_a_telling_identification_is_recorded_once() -> None:
    talk = Talk()
    bare = [talk.say(0, 0, flags=SYN, ip_id=5), talk.say(0, 1, ip_id=6), talk.say(0, 2, ip_id=6)]
    assert kept([*bare, talk.say(0, 3, ip_id=6, ttl=63)]) == [1, 2]


def test_a_retransmission_has_another_identification_and_is_none() -> None:
    talk = Talk()
    assert kept(talk.say(0, n / 10, data=5, ip_id=n + 1) for n in range(5)) == [1, 2, 3, 4, 5]


def test_what_only_a_timer_repeats_is_a_copy_if_it_comes_next() -> None:
    for flags, data in ((SYN, 0), (SYN | ACK, 0), (FIN | ACK, 0), (ACK, 7)):
        talk = Talk()
        assert kept([talk.say(0, 0, flags=flags, data=data), talk.say(0, 1, flags=flags, data=data)]) == [1]


def test_without_a_telling_identification_an_answer_between_makes_it_a_repetition() -> None:
    talk = Talk()
    said = [talk.say(0, 0, flags=SYN), talk.say(1, 1, flags=ACK), talk.say(0, 2, flags=SYN), talk.say(1, 3, flags=ACK)]
    assert kept(said) == [1, 2, 3, 4]


def test_bare_acks_and_resets_that_repeat_are_none() -> None:
    for flags in (ACK, RST):
        talk = Talk()
        assert kept(talk.say(0, n, flags=flags) for n in range(3)) == [1, 2, 3]


def test_an_identification_that_is_always_the_same_tells_nothing() -> None:
    talk = Talk()
    assert kept(talk.say(0, n, ip_id=1) for n in range(3)) == [1, 2, 3]


def test_an_identification_of_0_tells_nothing_whatever_the_others_are() -> None:
    talk = Talk()
    said = [talk.say(0, 0, ip_id=8), talk.say(0, 10, ip_id=9), talk.say(0, 20, flags=RST), talk.say(0, 21, flags=RST)]
    assert kept(said) == [1, 2, 3, 4]


def test_a_copy_is_found_after_as_much_as_is_remembered_was_renewed() -> None:
    talk = Talk()
    first = [talk.say(0, 1000, ip_id=1), talk.say(0, 1004, seq=5, ip_id=2), talk.say(1, 1006, ip_id=9)]
    assert kept([*first, first[1]._replace(frame=4, time=1007 * MS)]) == [1, 2, 3]


def test_in_a_mirrored_conversation_bare_acks_are_copies_too() -> None:
    talk = Talk()
    twice = [(0, SYN), (1, SYN | ACK), (0, ACK), (0, FIN | ACK), (1, ACK)]
    said = [talk.say(side, n + k / 10, flags=flags) for n, (side, flags) in enumerate(twice) for k in range(2)]
    assert kept(said) == [1, 3, 5, 7, 9]


def test_a_copy_comes_within_a_few_milliseconds_before_or_after() -> None:
    near = NEAR / MS
    for delay, dropped in ((near, True), (near + 0.1, False), (-near, True), (-near - 0.1, False)):
        talk = Talk()
        assert (len(kept([talk.say(0, 500, flags=SYN), talk.say(0, 500 + delay, flags=SYN)])) == 1) == dropped


def test_under_another_tag_it_is_another_conversation() -> None:
    one, two = Talk(tags=(1,)), Talk(tags=(2,))
    assert len(kept([one.say(0, 0, flags=SYN), two.say(0, 0, flags=SYN)])) == 2


def test_the_copies_are_counted_where_they_were_dropped() -> None:
    talk, notes = Talk(), Notes()
    said = [talk.say(0, n // 2, seq=n // 2, data=1) for n in range(20)]
    conversation = next(c for c, s in conversations(said, notes) if s is None)
    assert (conversation.segments, conversation.copies) == (10, 10)
    assert notes.lines() == [
        (
            "recorded twice, as by a mirror port, the second dropped: 10 times"
            " (frame 2; frame 4; frame 6; frame 8; frame 10; ...)"
        )
    ]


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2), st.sampled_from([SYN, ACK, RST, FIN | ACK])), max_size=40)
)
def test_what_is_far_apart_is_never_dropped(said: list[tuple[int, int, int]]) -> None:
    talk = Talk()
    segments = [talk.say(side, 6 * n, seq=seq, flags=flags) for n, (side, seq, flags) in enumerate(said)]
    assert kept(segments) == [s.frame for s in segments]


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(1, 40), st.sampled_from([SYN, ACK, RST, FIN | ACK])), max_size=40)
)
def test_a_capture_recorded_twice_is_the_capture(said: list[tuple[int, int, int]]) -> None:
    talk = Talk()
    once = [talk.say(0, 0, flags=SYN, ip_id=1), talk.say(1, 0, flags=SYN | ACK, ip_id=1)]
    once += [talk.say(side, time, seq=n, flags=flags, ip_id=n + 2) for n, (side, time, flags) in enumerate(said)]
    twice = [one._replace(time=one.time + k * 1000) for one in once for k in range(2)]
    assert kept(twice) == [one.frame for one in once]


def test_millions_of_segments_in_one_millisecond_are_remembered_no_further_than_needed() -> None:
    began = time.process_time()
    talk = Talk()
    assert len(kept(talk.say(0, 0, seq=n, data=1) for n in range(60_000))) == 60_000
    assert time.process_time() - began < 20
