"""Whole captures: damaged in every way, and compared with what dpkt and tshark read in them."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import time
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.capture import source
from checker.capture.conversations import conversations
from checker.capture.notes import Notes
from checker.capture.reading import segments
from checker.capture.segment import ACK, FIN, RST, SYN, Segment, option_list
from checker.usage import UsageError
from tests.checker.capture import building as b
from tests.checker.capture.reads import read
from tests.checker.capture.test_link import FRAMES

CAPTURES = Path(__file__).parents[4] / "shared" / "captures"
"""Captures of others, which are no part of the project."""
TSHARK = shutil.which("tshark")


def varied() -> list[b.Recorded]:
    """Return Ethernet frames of all sorts: tags, IPv6, fragments, options, what is not TCP."""
    octets = [frame for link, frame, _ in FRAMES.values() if link == b.ETHERNET]
    octets += [
        b.ethernet(b.ipv4(b.tcp(flags=flags, options=b"\x02\x04\x05\xb4\x01\x03\x03\x07", text=b"x" * n)))
        for n, flags in enumerate((SYN, SYN | ACK, ACK, FIN | ACK, RST))
    ]
    octets += [
        b.ethernet(b.ipv4(bytes(8), protocol=17)),
        b.ethernet(b.ipv4(b.tcp(), fragment=0x2000)),
        b.ethernet(b.ipv6(bytes([6, 0, 1, 4, 0, 0, 0, 0]) + b.tcp(), following=0), b.IPV6),
        b.ethernet(b.ipv4(b.tcp(), total=0)),
        b.ethernet(bytes(28), 0x0806),
    ]
    return [b.Recorded(one, n * 10**9) for n, one in enumerate(octets)]


FILES = {
    "pcap": b.pcap(varied()),
    "pcap, big-endian, ns": b.pcap(varied(), order=">", nano=True),
    "pcapng": b.Ng().file(varied()),
    "pcapng, two sections": b.Ng(">").file(varied()[:9]) + b.Ng("<", [b.Interface(resolution=9)]).file(varied()[9:]),
}


def survives(octets: bytes) -> None:
    """Read octets, sort them into conversations, and look at all that can be asked of them."""
    notes = Notes()
    try:
        found, notes = read(octets)
    except UsageError as error:
        assert "\n" not in str(error)  # noqa: PT017 - a file that cannot be read is one of two good ends
        return
    for _, segment in conversations(found, notes, order="time"):
        assert segment is None or list(option_list(segment)) is not None
    assert notes.lines(routine=True) is not None


@pytest.mark.parametrize("name", FILES)
def test_a_capture_cut_at_any_octet_is_read_as_far_as_it_goes(name: str) -> None:
    whole = read(FILES[name])[0]
    for length in range(len(FILES[name])):
        try:
            found, _ = read(FILES[name][:length])
        except UsageError:
            continue
        assert found == whole[: len(found)]


@pytest.mark.parametrize("piece", [*range(1, 40), 64, 100, 1000])
def test_in_whatever_pieces_a_file_is_read_it_is_the_same(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {name: read(octets) for name, octets in FILES.items()}
    monkeypatch.setattr(source, "PIECE", piece)
    for name, octets in FILES.items():
        found, notes = read(octets)
        assert (found, notes.lines(routine=True)) == (whole[name][0], whole[name][1].lines(routine=True))
        cut, noted = read(octets[:-7])
        assert (len(found) - len(cut), noted.counts["truncated"], noted.counts["corrupt"]) == (0, 1, 0)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 7)), min_size=1, max_size=9))
def test_flipped_bits_never_give_more_than_a_refusal(name: str, flips: list[tuple[float, int]]) -> None:
    octets = bytearray(FILES[name])
    for where, bit in flips:
        octets[min(int(where * len(octets)), len(octets) - 1)] ^= 1 << bit
    survives(bytes(octets))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.floats(0, 1), st.binary(min_size=1, max_size=40), st.booleans())
def test_foreign_octets_never_give_more_than_a_refusal(
    name: str,
    where: float,
    foreign: bytes,
    instead: bool,  # noqa: FBT001 - drawn
) -> None:
    octets = FILES[name]
    at = int(where * len(octets))
    survives(octets[:at] + foreign + octets[at + len(foreign) * instead :])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([octets[:28] for octets in FILES.values()]), st.binary(max_size=400))
def test_any_octets_after_a_header_never_give_more_than_a_refusal(header: bytes, octets: bytes) -> None:
    survives(header + octets)


@pytest.mark.parametrize("noise", [b"\x00", b"\xff", b"\x06\x00\x00\x00\x20\x00\x00\x00", bytes(range(256))])
@pytest.mark.parametrize("name", ["pcap", "pcapng"])
def test_noise_is_given_up_soon(name: str, noise: bytes) -> None:
    began = time.process_time()
    survives(FILES[name] + noise * ((1 << 20) // len(noise)))
    assert time.process_time() - began < 20


@pytest.mark.parametrize("form", ["pcap", "pcapng"])
def test_a_long_capture_takes_the_memory_of_a_short_one(tmp_path: Path, form: str) -> None:
    frame = b.Recorded(b.ethernet(b.ipv4(b.tcp(text=bytes(60_000)))))
    path = tmp_path / "long"
    path.write_bytes(b.pcap([frame] * 200) if form == "pcap" else b.Ng().file([frame] * 200))
    tracemalloc.start()
    assert sum(1 for _ in segments(path, Notes())) == 200
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 << 20 < path.stat().st_size // 5


def told(s: Segment) -> tuple[int, ...]:
    return (s.frame, s.time, s.source_port, s.destination_port, s.seq, s.ack, s.flags, s.window, s.data, s.ttl)


def by_tshark(path: Path) -> list[tuple[int, ...]]:
    """Return what tshark reads, as `told` gives it."""
    fields = "frame.number frame.time_epoch tcp.srcport tcp.dstport tcp.seq_raw tcp.ack_raw tcp.flags"
    fields += " tcp.window_size_value tcp.len ip.ttl ipv6.hlim"
    options = [word for field in fields.split() for word in ("-e", field)]
    command = [str(TSHARK), "-r", str(path), "-Y", "tcp && !icmp", "-T", "fields", "-E", "occurrence=l", *options]
    found = []
    for line in subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines():
        frame, when, *rest, flags, window, length, ttl, hop_limit = line.split("\t")
        seconds, part = when.split(".")
        time_ = int(seconds) * 10**9 + int(part.ljust(9, "0"))
        found.append(
            (int(frame), time_, *map(int, rest), int(flags, 16) & 255, int(window), int(length), int(ttl or hop_limit))
        )
    return found


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
@pytest.mark.parametrize("name", FILES)
def test_tshark_reads_the_same_segments(tmp_path: Path, name: str) -> None:
    path = tmp_path / "capture"
    path.write_bytes(FILES[name])
    assert [told(s) for s in read(FILES[name])[0]] == by_tshark(path)


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
def test_tshark_reads_the_same_segments_on_every_link(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    for link in sorted({link for link, _, _ in FRAMES.values()}):
        frames = [
            b.Recorded(one) for name, (kind, one, _) in FRAMES.items() if kind == link and not name.endswith(" 10")
        ]
        octets = b.pcap(frames, link=link)  # tshark knows nothing of Linux's number for IPv6, 10
        path.write_bytes(octets)
        assert [told(s) for s in read(octets)[0]] == by_tshark(path), link


@pytest.mark.parametrize("name", ["pcap", "pcap, big-endian, ns", "pcapng"])
def test_dpkt_reads_the_same_segments(name: str) -> None:
    dpkt = pytest.importorskip("dpkt", reason="dpkt is not installed")
    reader = dpkt.pcapng.Reader if "ng" in name else dpkt.pcap.Reader
    found = {s.frame: s for s in read(FILES[name])[0]}
    compared = 0
    for number, (when, octets) in enumerate(reader(io.BytesIO(FILES[name])), 1):
        packet = dpkt.ethernet.Ethernet(octets).data
        if isinstance(packet, dpkt.ip.IP | dpkt.ip6.IP6) and isinstance(packet.data, dpkt.tcp.TCP):
            theirs, ours = packet.data, found.get(number)
            if ours is None:
                assert packet.mf  # a fragment, which dpkt takes for the whole
                continue
            assert (ours.seq, ours.ack, ours.flags, ours.window) == (theirs.seq, theirs.ack, theirs.flags, theirs.win)
            assert (ours.source, ours.destination) == (packet.src, packet.dst)
            assert (ours.options, ours.time // 10**9) == (theirs.opts, int(when))
            compared += 1
    assert compared > 10


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures of others are not beside the project")
def test_the_captures_of_others_hold_what_their_readme_counts() -> None:
    rows = re.findall(
        r"^\| (\S+\.pcap\S*) \|.*\| ([^|]*) \| \w{16} \|$", (CAPTURES / "README.md").read_text(), re.MULTILINE
    )
    assert len(rows) == 39
    for name, counted in rows:
        found = list(segments(CAPTURES / name, Notes()))
        kinds = Counter("SYN-ACK" if s.flags & SYN and s.flags & ACK else "SYN" for s in found if s.flags & SYN)
        kinds.update({"FIN": sum(s.flags & FIN > 0 for s in found), "RST": sum(s.flags & RST > 0 for s in found)})
        for kind in ("SYN", "SYN-ACK", "FIN", "RST"):
            theirs = sum(map(int, re.findall(rf"\b(?<!-){kind} (\d+)", counted)))
            assert kinds[kind] == theirs, (name, kind)
        theirs = sum(map(int, re.findall(r"(\d+) segs", counted)))
        assert len(found) == theirs, name
