"""TCP's header: every field, options cut off, and that the quick way through most packets is the plain way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.capture.ip import open_packet
from checker.capture.notes import Skipped
from checker.capture.segment import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG, Segment
from checker.capture.tcp import open_segment, plain_segment
from checker.usage import UsageError
from tests.checker.capture import building as b
from tests.checker.capture.reads import read


def raw(*packets: bytes, cut: int | None = None) -> bytes:
    return b.pcap([b.Recorded(one[:cut], wire=len(one)) for one in packets], link=b.RAW)


@given(
    seq=st.integers(0, 2**32 - 1),
    ack=st.integers(0, 2**32 - 1),
    flags=st.integers(0, 255),
    window=st.integers(0, 65_535),
    ports=st.tuples(st.integers(0, 65_535), st.integers(0, 65_535)),
    options=st.integers(0, 10).flatmap(lambda words: st.binary(min_size=4 * words, max_size=4 * words)),
    text=st.binary(max_size=20),
    ip_id=st.integers(0, 65_535),
    ttl=st.integers(0, 255),
    old=st.booleans(),
)
def test_every_field_is_read_as_it_was_on_the_wire(
    seq: int, ack: int, flags: int, window: int, ports: tuple[int, int], options: bytes, text: bytes,
    ip_id: int, ttl: int, old: bool,  # noqa: FBT001 - drawn
) -> None:  # fmt: skip
    segment = b.tcp(seq, ack, flags=flags, ports=ports, window=window, options=options, text=text)
    packet = b.ipv4(segment, ip_id=ip_id, ttl=ttl) if old else b.ipv6(segment, hop_limit=ttl)
    ends = (b.CLIENT, ports[0], b.SERVER, ports[1]) if old else (b.CLIENT_6, ports[0], b.SERVER_6, ports[1])
    [found] = read(raw(packet))[0]
    assert found == Segment(
        1, b.Recorded(b"").time, (), *ends, seq, ack, flags, window, len(text), options, False,
        ip_id if old else -1, ttl,
    )  # fmt: skip


def test_the_control_bits_have_the_values_of_the_header() -> None:
    assert (FIN, SYN, RST, PSH, ACK, URG, ECE, CWR) == (1, 2, 4, 8, 16, 32, 64, 128)


def test_a_capture_may_end_anywhere_after_the_window() -> None:
    packet = b.ipv4(b.tcp(options=b"\x01" * 12, text=b"x" * 100))
    for cut in range(36, len(packet)):
        [found], notes = read(raw(packet, cut=cut))
        assert found.data == 100
        assert found.options == b"\x01" * max(0, min(12, cut - 40))
        assert found.options_cut == (cut < 52) == (notes.counts["cut options"] == 1)
    for cut in range(36):
        with pytest.raises(UsageError, match="no TCP segment can be read in it: headers that the capture cut off"):
            read(raw(packet, cut=cut))


@pytest.mark.parametrize(
    "packet",
    [
        b.ipv4(b.tcp(offset=4)),
        b.ipv4(b.tcp(offset=0)),
        b.ipv4(b.tcp(offset=6)),
        b.ipv4(b.tcp()[:12]) + bytes(20),
        b.ipv6(b.tcp(offset=15)),
    ],
)
def test_a_header_that_does_not_fit_its_segment_is_skipped(packet: bytes) -> None:
    found, notes = read(raw(packet, b.ipv4(b.tcp())))
    assert [s.frame for s in found] == [2]
    assert notes.counts["malformed"] == 1


@given(
    flipped=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 255)), max_size=4),
    end=st.integers(0, 70),
    begin=st.integers(0, 9),
)
def test_the_quick_way_gives_what_the_plain_way_gives(flipped: list[tuple[int, int]], end: int, begin: int) -> None:
    packet = bytearray(b.ipv4(b.tcp(options=b"\x01" * 8, text=b"hello text!!")))
    for place, octet in flipped:
        packet[place] = octet
    buffer = bytes(begin) + bytes(packet)
    quick = plain_segment(1, 2, (3,), buffer, begin, min(begin + end, len(buffer)))
    if quick is not None:
        end = min(begin + end, len(buffer))
        assert quick == open_segment(1, 2, (3,), buffer, open_packet(buffer, begin, end, len(buffer)), end)


def test_the_quick_way_is_taken_for_most_packets_and_for_no_others() -> None:
    packet = b.ipv4(b.tcp(options=b"\x01" * 12, text=b"x"))
    assert plain_segment(1, 2, (), packet, 0, len(packet)) is not None
    for other in (b.ipv6(b.tcp()), b.ipv4(b.tcp(), options=bytes(4)), b.ipv4(b.tcp(), protocol=17), packet[:50]):
        assert plain_segment(1, 2, (), other, 0, len(other)) is None
    with pytest.raises(Skipped):
        open_packet(packet, 0, 10, 10)
