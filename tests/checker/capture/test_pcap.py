"""The pcap format: every magic number, what is corrupt, and where a file ends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.capture import source
from checker.capture.source import PIECE
from checker.usage import UsageError
from tests.checker.capture import building as b
from tests.checker.capture.reads import frames_of, read

FRAMES = b.stream(4)
HEADER, RECORD = 24, 16 + len(FRAMES[0].octets)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("form", [{}, {"nano": True}, {"modified": True}], ids=["micro", "nano", "modified"])
def test_every_magic_number_gives_the_same_segments(order: str, form: dict[str, bool]) -> None:
    found, notes = read(b.pcap(FRAMES, order=order, **form))
    assert [(s.frame, s.time, s.seq, s.data) for s in found] == [
        (n + 1, one.time, 1000 + 3 * n, 3) for n, one in enumerate(FRAMES)
    ]
    assert notes.lines(routine=True) == []
    assert notes.frames == len(FRAMES)


def test_nanoseconds_are_kept() -> None:
    odd = [replace(FRAMES[0], time=FRAMES[0].time + 789)]
    assert read(b.pcap(odd, nano=True))[0][0].time == odd[0].time
    assert read(b.pcap(odd))[0][0].time == FRAMES[0].time


def test_the_upper_bits_of_the_link_type_are_no_part_of_it() -> None:
    assert len(read(b.pcap(FRAMES, link=0x5400_0000 | b.ETHERNET))[0]) == len(FRAMES)


def test_another_version_is_refused() -> None:
    with pytest.raises(UsageError, match=r"is pcap of version 3\.4, which is not read"):
        read(b.pcap(FRAMES, version=3))


def test_a_file_is_used_as_far_as_it_goes() -> None:
    whole = b.pcap(FRAMES)
    for length in range(HEADER + RECORD, len(whole)):
        found, notes = read(whole[:length])
        full, rest = divmod(length - HEADER, RECORD)
        assert len(found) == full
        assert notes.counts["truncated"] == (rest > 0), length
        assert notes.counts["corrupt"] == 0


def test_a_file_without_one_whole_frame_is_refused() -> None:
    whole = b.pcap(FRAMES)
    for length in range(HEADER + RECORD):
        with pytest.raises(UsageError):
            read(whole[:length])


@pytest.mark.parametrize("captured", [0xFFFFFFFF, 0x7FFFFFFF, 300_000, 200_000])
@pytest.mark.parametrize("broken", range(4))
def test_a_record_with_an_absurd_length_is_skipped_and_reading_goes_on(captured: int, broken: int) -> None:
    file = bytearray(b.pcap(b.stream(8)))
    at = HEADER + broken * RECORD + 8
    file[at : at + 4] = captured.to_bytes(4, "little")
    found, notes = read(bytes(file))
    assert [(s.frame, s.seq) for s in found] == [(n + 1, 1000 + 3 * n) for n in range(8) if n != broken]
    assert notes.lines() == [
        f"records that cannot be what they say, skipped: once (frame {broken + 1}: {captured:,} octets captured)"
    ]


def test_where_nothing_can_be_found_again_reading_ends_and_it_is_told() -> None:
    file = b.pcap(FRAMES) + bytes([0xFF]) * 1000
    found, notes = read(file)
    assert len(found) == len(FRAMES)
    assert "nothing after it can be read" in notes.lines()[0]


@pytest.mark.parametrize("alike", [1, 5])
def test_records_in_the_text_of_a_broken_one_are_not_taken_for_records(alike: int) -> None:
    when = FRAMES[0].time if alike == 1 else 0  # one that fits, or several of another year
    text = b"\xff" * 9 + b.pcap([b.Recorded(b"text", when)] * alike)[HEADER:] + b"\xff" * 99
    holding = b.Recorded(b.ethernet(b.ipv4(b.tcp(text=text))), FRAMES[0].time)
    file = bytearray(b.pcap([FRAMES[0], holding, *FRAMES[1:]]))
    file[HEADER + RECORD + 8 : HEADER + RECORD + 12] = b"\xff\xff\xff\x7f"
    assert [s.frame for s in read(bytes(file))[0]] == [1, 3, 4, 5]


def test_an_absurd_length_is_one_even_if_the_file_holds_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "PIECE", 1 << 20)
    large = [b.Recorded(b.ethernet(b.ipv4(b.tcp(text=bytes(60_000)))), FRAMES[0].time)] * 12
    file = bytearray(b.pcap(large))
    third = HEADER + 2 * (16 + len(large[0].octets)) + 8
    file[third : third + 4] = (300_000).to_bytes(4, "little")
    assert [s.frame for s in read(bytes(file))[0]] == [1, 2, *range(4, 13)]


def test_a_text_that_holds_a_capture_is_not_mistaken_for_one() -> None:
    inner = b.Recorded(b.ethernet(b.ipv4(b.tcp(seq=5, text=b.pcap(b.stream(9))))))
    found, notes = read(b.pcap([FRAMES[0], inner, FRAMES[1]]))
    assert [s.seq for s in found] == [1000, 5, 1003]
    assert not notes.lines()


@given(st.lists(st.binary(max_size=90), max_size=20), st.sampled_from("<>"), st.booleans())
def test_whatever_frames_are_written_are_read_again(parts: list[bytes], order: str, nano: bool) -> None:  # noqa: FBT001 - drawn
    wanted = [b.Recorded(part, n * 1_000_001_000, wire=len(part) + n) for n, part in enumerate(parts)]
    found, notes = frames_of(b.pcap(wanted, order=order, nano=nano))
    assert found == [(n + 1, one.time, b.ETHERNET, one.octets, one.on_wire) for n, one in enumerate(wanted)]
    assert not notes.counts


def test_records_across_the_pieces_in_which_a_file_is_read_are_whole() -> None:
    wanted = [b.Recorded(bytes([n % 251]) * (n * 37 % 9000), n * 1000) for n in range(300)]
    assert sum(len(one.octets) for one in wanted) > 4 * PIECE
    found, _ = frames_of(b.pcap(wanted))
    assert [frame[3] for frame in found] == [one.octets for one in wanted]
