"""The pcapng format: all blocks with packets, clocks, sections, interfaces; what is corrupt, and where a file ends."""

from __future__ import annotations

import struct
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.usage import UsageError
from tests.checker.capture import building as b
from tests.checker.capture.reads import frames_of, read

FRAMES = b.stream(4)
PLAIN = b.Interface()


def numbers(octets: bytes) -> list[tuple[int, int]]:
    """Return frame and SEG.SEQ of each segment."""
    return [(s.frame, s.seq) for s in read(octets)[0]]


@pytest.mark.parametrize("order", "<>")
def test_every_block_that_holds_a_packet_gives_it(order: str) -> None:
    head = b.section(order) + b.interface(order, PLAIN)
    one, two, three, _ = FRAMES
    file = head + b.enhanced(order, one) + b.old_packet(order, two) + b.simple(order, three)
    found, notes = read(file)
    assert [(s.frame, s.seq) for s in found] == [(1, 1000), (2, 1003), (3, 1006)]
    assert [s.time for s in found] == [one.time, two.time, two.time]
    assert notes.lines() == ["recorded without a time, so that of the frame before stands in: once (frame 3)"]


def test_a_simple_block_holds_as_much_as_its_interface_keeps() -> None:
    head = b.section() + b.interface("<", b.Interface(snaplen=60))
    cut = b.Recorded(FRAMES[0].octets[:60], wire=len(FRAMES[0].octets))
    assert frames_of(head + b.simple("<", cut))[0][0][3:] == (cut.octets, cut.on_wire)


@pytest.mark.parametrize("resolution", [None, 0, 3, 6, 9, 12, 0x80 | 10, 0x80 | 30, 127, 255])
@pytest.mark.parametrize("offset", [None, 1_000_000, -5])
def test_an_interfaces_clock_is_read_as_exactly_as_it_ticks(resolution: int | None, offset: int | None) -> None:
    clock = b.Interface(resolution=resolution, offset=offset)
    finest = resolution in {127, 0x80 | 127}  # 64 bits of such ticks are no second
    one = replace(FRAMES[0], time=(0 if finest else 10**16) + (offset or 0) * 10**9)
    assert read(b.Ng(interfaces=[clock]).file([one]))[0][0].time == one.time


def test_each_packet_is_its_own_interfaces() -> None:
    other = b.Interface(link=b.RAW, resolution=9, offset=100)
    raw = b.Recorded(b.ipv4(b.tcp(seq=77)), interface=1)
    found, _ = read(b.Ng(interfaces=[PLAIN, other]).file([FRAMES[0], raw, FRAMES[1]]))
    assert [(s.seq, s.time) for s in found] == [(1000, FRAMES[0].time), (77, raw.time), (1003, FRAMES[1].time)]


def test_sections_of_both_byte_orders_follow_each_other_and_frames_count_on() -> None:
    raw = [b.Recorded(b.ipv4(b.tcp(seq=n))) for n in (5, 6)]
    file = b.Ng(">").file(FRAMES[:2]) + b.Ng("<", [b.Interface(b.RAW)]).file(raw) + b.Ng(">").file(FRAMES[2:])
    assert numbers(file) == [(1, 1000), (2, 1003), (3, 5), (4, 6), (5, 1006), (6, 1009)]


def test_an_interface_of_the_section_before_is_none_of_this_one() -> None:
    file = (
        b.Ng(interfaces=[PLAIN, PLAIN]).file(FRAMES[:1])
        + b.Ng().file([])
        + b.enhanced("<", replace(FRAMES[1], interface=1))
    )
    found, notes = read(file)
    assert len(found) == 1
    assert notes.counts["corrupt"] == 1


def test_options_of_a_packet_and_blocks_of_other_kinds_are_passed_over() -> None:
    comment = struct.pack("<HH8sHH", 1, 8, b"a remark", 0, 0)
    other = b.block("<", 5, bytes(20)) + b.block("<", 4, bytes(8)) + b.block("<", 10, bytes(16))
    file = b.Ng().file([]) + other + b.enhanced("<", FRAMES[0], options=comment) + other + b.enhanced("<", FRAMES[1])
    assert numbers(file) == [(1, 1000), (2, 1003)]


@pytest.mark.parametrize(("kind", "counts"), [(0xBAD, 1), (0x40000BAD, 1), (9, 1), (0x204, 1), (77, 0), (7, 0)])
def test_a_block_without_a_packet_counts_as_a_frame_where_wireshark_counts_it(kind: int, counts: int) -> None:
    other = b.block("<", kind, struct.pack("<I", 32473) + b"data")
    assert numbers(b.Ng().file(FRAMES[:1]) + other + b.enhanced("<", FRAMES[1])) == [(1, 1000), (2 + counts, 1003)]


def test_a_long_block_of_another_kind_is_passed_over_without_being_held() -> None:
    secrets = b.block("<", 10, bytes(6 << 20))
    assert numbers(b.Ng().file(FRAMES[:1]) + secrets + b.enhanced("<", FRAMES[1])) == [(1, 1000), (2, 1003)]


def test_a_long_block_may_be_the_last() -> None:
    head = b.Ng().file(FRAMES)
    for kind in (10, 77):
        long = b.block("<", kind, bytes(2 << 20))
        assert not read(head + long)[1].counts
        assert read(head + long[:-4])[1].counts == {"truncated": 1}


@pytest.mark.parametrize("version", [0, 2])
def test_another_version_is_refused(version: int) -> None:
    with pytest.raises(UsageError, match="byte order or version that is not read"):
        read(b.section(version=version))


def test_a_file_is_used_as_far_as_it_goes() -> None:
    head = b.Ng().file([])
    size = len(b.enhanced("<", FRAMES[0]))
    whole = b.Ng().file(FRAMES)
    for length in range(len(head) + size, len(whole)):
        found, notes = read(whole[:length])
        full, rest = divmod(length - len(head), size)
        assert len(found) == full
        assert notes.counts["truncated"] == (rest > 0), length
        assert notes.counts["corrupt"] == 0


def test_a_file_without_one_whole_frame_is_refused() -> None:
    whole = b.Ng().file(FRAMES[:1])
    for length in range(len(whole)):
        with pytest.raises(UsageError):
            read(whole[:length])


@pytest.mark.parametrize("length", [0, 8, 13, 30, 0xFFFFFFFC, 0xFFFFFFFF, 1 << 20, 400])
@pytest.mark.parametrize("broken", range(3))
def test_a_block_with_an_absurd_length_is_skipped_and_reading_goes_on(length: int, broken: int) -> None:
    head, frames = b.Ng().file([]), b.stream(8)
    file = bytearray(b.Ng().file(frames))
    at = len(head) + broken * len(b.enhanced("<", frames[0])) + 4
    file[at : at + 4] = length.to_bytes(4, "little")
    found, notes = read(bytes(file))
    assert [(s.frame, s.seq) for s in found] == [(n + 1, 1000 + 3 * n) for n in range(8) if n != broken]
    assert notes.lines() == [
        f"records that cannot be what they say, skipped: once (frame {broken + 1}: a block of {length:,} octets)"
    ]


def test_a_packet_longer_than_its_block_is_skipped() -> None:
    long = bytearray(b.enhanced("<", FRAMES[0]))
    long[20:24] = (len(FRAMES[0].octets) + 5).to_bytes(4, "little")
    found, notes = read(b.Ng().file([]) + bytes(long) + b.enhanced("<", FRAMES[1]))
    assert [(s.frame, s.seq) for s in found] == [(2, 1003)]
    assert notes.counts["corrupt"] == 1


def test_blocks_that_claim_4_gib_take_no_memory() -> None:
    for kind in (6, 3, 2, 1, 5, 0x0A0D0D0A, 77):
        file = b.Ng().file(FRAMES) + struct.pack("<II", kind, 0xFFFFFFFC) + bytes(100)
        tracemalloc.start()
        found, notes = read(file)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(found) == len(FRAMES)
        assert notes.counts["truncated"] + notes.counts["corrupt"] == 1
        assert peak < 4 << 20


def test_endless_interfaces_take_no_endless_memory() -> None:
    many = b.section() + b.interface("<", PLAIN) * 70_000 + b.enhanced("<", FRAMES[0])
    assert numbers(many) == [(1, 1000)]


@given(st.lists(st.tuples(st.binary(max_size=90), st.integers(0, 1)), max_size=12), st.sampled_from("<>"))
def test_whatever_frames_are_written_are_read_again(parts: list[tuple[bytes, int]], order: str) -> None:
    clocks = [PLAIN, b.Interface(link=b.RAW, resolution=9)]
    wanted = [b.Recorded(part, n * 1000, len(part) + n, which) for n, (part, which) in enumerate(parts)]
    found, notes = frames_of(b.Ng(order, clocks).file(wanted))
    assert found == [
        (n + 1, one.time, clocks[one.interface].link, one.octets, one.on_wire) for n, one in enumerate(wanted)
    ]
    assert not notes.counts
