"""Captures followed by several processes: the same octets as by one, and a sentence when something goes wrong."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

import checker.capture_shares as under_test
import checker.run_capture as command
from checker.capture_shares import MOST, WORTHWHILE, processes
from checker.capture_stream import Reading
from checker.conform import check
from checker.usage import UsageError
from tests.checker.captured import BAD_ACK, CLOSED, HOLE, INJECTED, OPENING, said, written

MANY = [(CLOSED, BAD_ACK, HOLE, OPENING, INJECTED)[number % 5] for number in range(20)]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("captures") / "many.pcap", *MANY)


@pytest.mark.parametrize("flags", [[], ["-q"], ["-v"], ["--format", "json"], ["--order", "time"]])
@pytest.mark.parametrize("jobs", ["2", "3"])
def test_the_report_does_not_depend_on_how_many_processes_follow(
    flags: list[str], jobs: str, many: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "RESTING", 2)
    alone = said(capsys, many, "--jobs", "1", *flags)
    assert said(capsys, many, "--jobs", jobs, *flags) == alone
    assert alone[0] == 1


@pytest.mark.parametrize("count", [1, 3, 4])
def test_few_connections_are_told_in_blocks_whoever_follows_them(
    count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "few.pcap", *MANY[:count])
    assert said(capsys, path, "--jobs", "4") == said(capsys, path, "--jobs", "1")


def test_what_is_let_go_of_keeps_its_number(
    many: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, expected, _ = said(capsys, many)
    monkeypatch.setattr(check, "RESTING", 1)
    _, found, _ = said(capsys, many)
    assert sorted(found.splitlines()) == sorted(expected.splitlines())


def test_a_process_that_is_far_ahead_waits(
    many: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = said(capsys, many, "--jobs", "1")
    monkeypatch.setattr(under_test, "AHEAD", 1)
    monkeypatch.setattr(under_test, "BATCH", 1)
    assert said(capsys, many, "--jobs", "2") == alone


def test_what_is_no_capture_is_refused_as_by_one_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(b"\xd4\xc3\xb2\xa1" + bytes(200))
    one, two = said(capsys, path, "--jobs", "1"), said(capsys, path, "--jobs", "2")
    assert one == two
    assert one[0] == 2


def test_the_user_may_stop_it(many: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[object] = []

    def take(_report: object, piece: object) -> None:
        if len(taken) == 5:
            raise KeyboardInterrupt
        taken.append(piece)

    monkeypatch.setattr(command._Report, "take", take)  # noqa: SLF001  # where the user may stop it
    code, out, _ = said(capsys, many, "--jobs", "2")
    assert code == 130
    assert out.endswith("Interrupted: the rest of the capture was not read.\n")


def test_a_process_that_is_ended_from_outside_is_said_so(
    many: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reading, "connections", lambda _self: os._exit(9))
    code, _, err = said(capsys, many, "--jobs", "2")
    assert (code, err) == (
        2,
        f"synproof: {many}: a process that followed a share of it was ended; --jobs 1 needs less.\n",
    )


# --- how many -----------------------------------------------------------------------------------------------------


def test_small_captures_are_followed_by_one_process_and_large_ones_by_one_a_core(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(5)), raising=False)
    path = tmp_path / "a.pcap"
    path.write_bytes(bytes(WORTHWHILE - 1))
    assert processes(path, None) == 1
    assert processes(path, 3) == 3
    assert processes(path, 1000) == MOST
    path.write_bytes(bytes(WORTHWHILE))
    assert processes(path, None) == 5
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert processes(path, 3) == 1


def test_a_pipe_is_followed_by_one_process(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert processes(tmp_path / "pipe", None) == processes(tmp_path / "pipe", 4) == 1


def test_no_process_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--jobs 0: at least one process"):
        processes(tmp_path, 0)
