"""Packets: checksums that add up, addresses as they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.export.wire import Endpoint, Segment, checksum, endpoint, packet, pcap
from checker.usage import UsageError
from tests.checker.export.dissected import frames

addresses = st.ip_addresses(v=4) | st.ip_addresses(v=6)
ports = st.integers(1, 0xFFFF)
words = st.integers(0, 0xFFFFFFFF)


def test_the_checksum_is_that_of_rfc_1071() -> None:
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == bytes.fromhex("220d")  # §3's example: the sum is ddf2


@given(
    st.tuples(st.ip_addresses(v=4), st.ip_addresses(v=4)) | st.tuples(st.ip_addresses(v=6), st.ip_addresses(v=6)),
    st.tuples(ports, ports), st.tuples(words, words), st.integers(0, 31), st.integers(0, 0xFFFF),
    st.text(st.characters(max_codepoint=127), max_size=40), st.none() | st.tuples(words, words), words,
)  # fmt: skip
def test_every_packet_is_read_back(
    pair: tuple[object, object], ends: tuple[int, int], numbers: tuple[int, int], flags: int, window: int,
    text: str, stamp: tuple[int, int] | None, number: int,
) -> None:  # fmt: skip
    source, destination = (endpoint(_written(address, port)) for address, port in zip(pair, ends, strict=True))
    segment = Segment(source, destination, *numbers, flags, window, text.encode(), stamp, number)
    (frame,) = frames(pcap([(1_000_001, packet(segment))]))
    assert (frame.time, frame.source, frame.destination) == (
        1_000_001, source.address.packed, destination.address.packed,
    )  # fmt: skip
    assert (frame.ports, frame.seq, frame.ack, frame.window, frame.text) == (ends, *numbers, window, text)
    assert frame.identification in (None, number & 0xFFFF)
    assert frame.options[4:] == (b"" if stamp is None else stamp[0].to_bytes(4) + stamp[1].to_bytes(4))


def _written(address: object, port: int) -> str:
    return f"[{address}]:{port}" if ":" in str(address) else f"{address}:{port}"


@given(addresses, ports)
def test_an_end_is_read_as_it_is_written(address: object, port: int) -> None:
    read = endpoint(_written(address, port))
    assert isinstance(read, Endpoint)
    assert endpoint(str(read)) == read


@pytest.mark.parametrize(
    "text",
    [
        "", "192.0.2.1", "192.0.2.1:", ":80", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.256:80", "2001:db8::1:80",
        "[2001:db8::1]", "[192.0.2.1]:80", "[2001:db8::g]:80", "host:80", "192.0.2.1:80 ", "192.0.2.1:\uff18\uff10",
    ],
)  # fmt: skip
def test_what_is_no_end_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(UsageError, match=r"is no address and port; write 192\.0\.2\.1:80 or \[2001:db8::1\]:80\.$"):
        endpoint(text)
