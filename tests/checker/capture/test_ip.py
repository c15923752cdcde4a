"""IP: lengths by its header, extension headers, fragments, packets in packets, what is cut off or cannot be."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.capture.ip import open_packet
from checker.capture.notes import Kind, Skipped
from tests.checker.capture import building as b
from tests.checker.capture.reads import read

SEGMENT = b.tcp(text=b"hello")


def opened(packet: bytes, *, end: int | None = None, wire: int | None = None) -> tuple[bytes, int, int, int]:
    """Return what was opened: the segment's octets as far as captured, its length, identification, time to live."""
    end = len(packet) if end is None else end
    _, _, at, length, ip_id, ttl = open_packet(packet, 0, end, len(packet) if wire is None else wire)
    return packet[at : at + length], length, ip_id, ttl


def skipped(packet: bytes, end: int | None = None) -> Kind:
    with pytest.raises(Skipped) as why:
        opened(packet, end=end)
    return why.value.kind


def extension(following: int, words: int = 0) -> bytes:
    """Return an IPv6 extension header of 8 octets and so many times 8 more, with padding for options."""
    return bytes([following, words, 1, words * 8 + 4]) + bytes(words * 8 + 4)


def fragment_header(following: int, *, offset: int = 0, more: bool = False) -> bytes:
    return struct.pack(">BBHI", following, 0, offset << 3 | more, 99)


def test_padding_after_a_packet_is_no_text() -> None:
    assert opened(b.ipv4(SEGMENT) + bytes(6)) == (SEGMENT, 25, 7, 64)
    assert opened(b.ipv6(SEGMENT) + bytes(6)) == (SEGMENT, 25, -1, 64)


def test_the_options_of_a_packet_are_passed_over() -> None:
    assert opened(b.ipv4(SEGMENT, options=bytes(8)))[0] == SEGMENT


def test_a_length_counts_whatever_was_captured() -> None:
    assert opened(b.ipv4(SEGMENT), end=40)[1] == 25
    assert opened(b.ipv4(SEGMENT, total=1500))[1] == 1480


def test_without_a_length_the_frame_counts() -> None:
    assert opened(b.ipv4(SEGMENT, total=0), wire=65_000)[1] == 64_980
    assert opened(b.ipv6(SEGMENT, length=0), wire=65_000)[1] == 64_960


def test_a_jumbo_payload_has_its_length_in_an_option() -> None:
    jumbo = bytes([6, 0]) + b"\xc2\x04" + (100_008).to_bytes(4, "big")
    assert opened(b.ipv6(jumbo + SEGMENT, following=0, length=0))[1] == 100_000


@pytest.mark.parametrize("kinds", [(0,), (43,), (60,), (135,), (139,), (140,), (0, 43, 60), (60, 60, 60, 60)])
@pytest.mark.parametrize("words", [0, 1, 3])
def test_extension_headers_are_passed_over(kinds: tuple[int, ...], words: int) -> None:
    chain = b"".join(extension(following, words) for following in (*kinds[1:], 6))
    assert opened(b.ipv6(chain + SEGMENT, following=kinds[0]))[0] == SEGMENT


def test_an_authentication_header_counts_in_words_of_four_octets() -> None:
    assert opened(b.ipv6(bytes([6, 4]) + bytes(22) + SEGMENT, following=51))[0] == SEGMENT


def test_an_unfragmented_packet_may_have_a_fragment_header() -> None:
    assert opened(b.ipv6(fragment_header(6) + SEGMENT, following=44))[0] == SEGMENT


@pytest.mark.parametrize("fragment", [0x2000, 0x0001, 0x2001, 0x1FFF])
def test_fragments_are_skipped(fragment: int) -> None:
    assert skipped(b.ipv4(SEGMENT, fragment=fragment)) == "fragment"


@pytest.mark.parametrize(("offset", "more"), [(0, True), (1, False), (8, True)])
def test_fragments_are_skipped_in_ipv6(offset: int, more: bool) -> None:  # noqa: FBT001 - a row of a table
    packet = b.ipv6(fragment_header(6, offset=offset, more=more) + SEGMENT, following=44)
    assert skipped(packet) == "fragment"


def test_a_packet_in_a_packet_is_opened() -> None:
    four, six = b.ipv4(SEGMENT, source=b.SERVER), b.ipv6(SEGMENT)
    assert opened(b.ipv6(four, following=4))[0] == SEGMENT
    assert opened(b.ipv4(six, protocol=41))[:3] == (SEGMENT, 25, -1)
    assert opened(b.ipv4(b.ipv4(b.ipv4(four, protocol=4), protocol=4), protocol=4))[0] == SEGMENT


def test_packets_in_packets_without_end_are_given_up() -> None:
    packet = b.ipv4(SEGMENT)
    for _ in range(9):
        packet = b.ipv4(packet, protocol=4)
    assert skipped(packet) == "not TCP"


@pytest.mark.parametrize(
    ("packet", "kind"),
    [
        (b.ipv4(bytes(8), protocol=17), "not TCP"),
        (b.ipv6(bytes(8), following=58), "not TCP"),
        (b"\x44" + b.ipv4(SEGMENT)[1:], "malformed"),
        (b.ipv4(SEGMENT, total=19), "malformed"),
        (b.ipv6(extension(6, 9) + SEGMENT, following=0, length=40), "malformed"),
        (b"\x55" + bytes(40), "malformed"),
    ],
)
def test_what_is_not_tcp_or_contradicts_itself_is_skipped(packet: bytes, kind: Kind) -> None:
    assert skipped(packet) == kind


@pytest.mark.parametrize(
    ("packet", "headers"),
    [
        (b.ipv4(SEGMENT), 20),
        (b.ipv6(SEGMENT), 40),
        (b.ipv6(extension(60, 1) + extension(6) + SEGMENT, following=0), 64),
    ],
)
def test_a_header_cut_off_by_the_capture_is_said_to_be(packet: bytes, headers: int) -> None:
    for end in range(headers):
        assert skipped(packet, end) == "cut header"


def test_fragments_are_counted_and_the_rest_is_read() -> None:
    parts = [b.ipv4(SEGMENT), b.ipv4(SEGMENT, fragment=0x2000), b.ipv4(SEGMENT, fragment=5), b.ipv4(SEGMENT)]
    found, notes = read(b.pcap([b.Recorded(one) for one in parts], link=b.RAW))
    assert [s.frame for s in found] == [1, 4]
    assert notes.lines() == [
        (
            "fragments of IP packets, which are not put together, skipped: 2 times"
            " (frame 2: identification 7; frame 3: identification 7)"
        )
    ]


@given(st.sampled_from([b"\x45", b"\x4f", b"\x60", b""]), st.binary(max_size=120), st.integers(0, 1 << 20))
def test_any_octets_are_opened_or_skipped(first: bytes, rest: bytes, wire: int) -> None:
    packet = first + rest
    try:
        _, _, at, length, _, _ = open_packet(packet, 0, len(packet), wire)
    except Skipped:
        return
    assert at >= 20
    assert length >= 0
