"""What a file may be: gzip, and what is no capture is refused in one sentence that says what to do."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from pathlib import Path

import pytest

from checker.capture.notes import Notes
from checker.capture.reading import segments
from checker.usage import UsageError
from tests.checker.capture import building as b
from tests.checker.capture.reads import read

WHOLE = {"pcap": b.pcap(b.stream(40)), "pcapng": b.Ng().file(b.stream(40))}


@pytest.mark.parametrize("name", WHOLE)
def test_a_compressed_capture_is_the_capture(name: str) -> None:
    packed = gzip.compress(WHOLE[name], mtime=0)
    assert read(packed)[0] == read(WHOLE[name])[0]
    assert read(packed)[1].octets == len(packed)


@pytest.mark.parametrize("name", WHOLE)
def test_a_capture_compressed_in_parts_is_one_capture(name: str) -> None:
    whole = WHOLE[name]
    assert len(read(gzip.compress(whole[:500], mtime=0) + gzip.compress(whole[500:], mtime=0))[0]) == 40


@pytest.mark.parametrize("name", WHOLE)
def test_a_compressed_capture_that_is_cut_or_damaged_is_used_as_far_as_it_goes(name: str) -> None:
    packed = gzip.compress(WHOLE[name], compresslevel=0, mtime=0)
    whole = read(packed)[0]
    for end in range(400, len(packed), 97):
        found, _ = read(packed[:end])
        assert len(found) > (end - 400) // 100
        assert found == whole[: len(found)]
        damaged, _ = read(packed[:end] + b"\xff" * 50 + packed[end + 50 :])
        assert damaged[: len(found)] == found
    found, notes = read(packed[:-4])
    assert found == whole
    assert "gzip" in notes.lines()[0]


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        (b"", "is empty: no capture."),
        (b"a text\n", "is no capture: it is neither pcap nor pcapng."),
        (b"\xd4\xc3\xb2\xa1", "its file header ends after 4 of 24 octets."),
        (b"\x0a\x0d\x0d\x0a", "begins like pcapng, but with a byte order or version that is not read."),
        (bz2.compress(b"capture"), "is compressed with bzip2: unpack it first."),
        (lzma.compress(b"capture"), "is compressed with xz: unpack it first."),
        (
            gzip.compress(gzip.compress(WHOLE["pcap"], mtime=0), mtime=0),
            "is compressed with gzip twice: unpack it first.",
        ),
        (gzip.compress(b"a text", mtime=0), "is no capture: it is neither pcap nor pcapng."),
        (gzip.compress(b"", mtime=0), "is empty: no capture."),
        (b"\x1f\x8b\x08", "holds nothing that can be read (gzip: Compressed file ended"),
        (b"\x1f\x8b\x77" + bytes(20), "holds nothing that can be read (gzip: Unknown compression method"),
        (b.pcap([]), "no TCP segment can be read in it: it holds no frame."),
        (b.pcap(b.stream(2), link=105), "no TCP segment can be read in it: link types that are not read here"),
        (b.pcap([b.Recorded(b.ethernet(bytes(28), 0x806))]), "no TCP segment can be read in it: neither IPv4 nor IPv6"),
    ],
)
def test_what_is_no_capture_of_tcp_is_refused_in_one_sentence(tmp_path: Path, octets: bytes, says: str) -> None:
    path = tmp_path / "thing"
    path.write_bytes(octets)
    with pytest.raises(UsageError) as error:
        list(segments(path, Notes()))
    assert str(error.value).startswith(f"{path}: {says}")
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read \(No such file or directory\)\."):
        list(segments(tmp_path / "absent", Notes()))
    with pytest.raises(UsageError, match="is a folder, not a capture"):
        list(segments(tmp_path, Notes()))


def test_a_pipe_is_read_too() -> None:
    reader, writer = os.pipe()
    os.write(writer, WHOLE["pcap"])
    os.close(writer)
    notes = Notes()
    assert len(list(segments(Path(f"/dev/fd/{reader}"), notes))) == 40
    os.close(reader)
    assert (notes.size, notes.octets) == (0, 0)


def test_how_far_reading_is_can_be_told() -> None:
    octets = b.pcap([b.Recorded(b.ethernet(b.ipv4(b.tcp(text=bytes(1000)))))] * 2000)
    _, notes = read(octets)
    assert notes.octets == notes.size == len(octets)
