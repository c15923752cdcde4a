"""`trace` decides by a file's first octets; options of the other kind of file are refused in a sentence."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from threading import Thread

import pytest

from checker.itf import dumps
from checker.run_trace import CAPTURE, FLAGS, SAVED, kind_of
from checker.usage import UsageError
from tests.checker.captured import CLOSED, RECORDED, octets_of, said, written
from tests.checker.runs import open_and_close


def test_files_are_known_by_their_first_octets_whatever_their_name(tmp_path: Path) -> None:
    octets, text = octets_of(CLOSED), dumps(open_and_close().trace()).encode()
    for name, content, kind in (
        ("a.json", octets, CAPTURE), ("b", gzip.compress(octets, mtime=0), CAPTURE), ("c.txt", text, SAVED),
        ("d", b"\n [", SAVED), ("e.pcap", b"no capture at all", CAPTURE), ("f.txt", b"\x0a\x0d\x0d\x0a", CAPTURE),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        assert kind_of(tmp_path / name) == kind, name


@pytest.mark.parametrize("content", [b"", b"   \n", b"#!/bin/sh", b"\x7fELF"])
def test_what_is_neither_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(UsageError, match=r"x: is neither a capture .* nor a saved trace"):
        kind_of(tmp_path / "x")


@pytest.mark.parametrize("name", ["missing", "."])
def test_what_cannot_be_read_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read \(.*\); give a saved trace or a capture"):
        kind_of(tmp_path / name)


def test_a_pipe_is_a_capture_that_is_read_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_bytes, args=(octets_of(CLOSED),))
    writer.start()
    code, out, _ = said(capsys, pipe)
    writer.join()
    assert code == 0
    assert "1 connection, 6 segments: 1 conforms." in out


VALUES = {
    "--html": ["x.html"], "--explain": ["1"], "--profile": ["linux"], "--tolerate": ["OWED_ACK"],
    "--vantage": ["client"], "--order": ["time"], "--connection": ["1"], "--ladder": ["x.svg"], "--format": ["json"],
    "-o": ["x.txt"], "--color": ["never"], "--jobs": ["2"],
}  # fmt: skip


@pytest.mark.parametrize(("flag", "needs"), FLAGS.values(), ids=[flag for flag, _ in FLAGS.values()])
def test_options_of_the_other_kind_of_file_are_refused(
    flag: str, needs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    saved = tmp_path / "run.itf.json"
    saved.write_text(dumps(open_and_close().trace()), encoding="utf-8")
    path, kind = (saved, SAVED) if needs == CAPTURE else (RECORDED[0], CAPTURE)
    code, out, err = said(capsys, path, flag, *VALUES.get(flag, []))
    assert (code, out) == (2, "")
    assert err == f"synproof: {flag}: is for {needs}; {path} is {kind}.\n"
    assert [each.name for each in tmp_path.iterdir()] == ["run.itf.json"]


def test_a_saved_trace_is_shown_as_ever(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "run.itf.json"
    saved.write_text(dumps(open_and_close().trace()), encoding="utf-8")
    code, out, _ = said(capsys, saved, "-v")
    assert code == 0
    assert "steps, replayed" in out


def test_a_capture_that_is_cut_inside_its_header_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "a.pcap", CLOSED)
    path.write_bytes(path.read_bytes()[:10])
    code, out, err = said(capsys, path)
    assert (code, out, err.count("\n")) == (2, "", 1)
