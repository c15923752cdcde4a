"""Captures on the command line: exit codes, blocks and lines, JSON to its schema, one connection, one picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import checker.run_capture as under_test
from checker.capture_stream import Reading, choice_of
from checker.conform.profiles import machine
from checker.conform.result import WORST_FIRST
from checker.report import capture_json
from checker.usage import UsageError
from tests.checker.captured import (
    BAD_ACK,
    CLOSED,
    HOLE,
    OPENING,
    RECORDED,
    VERDICTS,
    data_of,
    octets_of,
    said,
    written,
)

SCHEMA = json.loads((Path(capture_json.__file__).parent / "schema" / "capture-1.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
EXPECTED = {"CONFORMS": 0, "CONFORMS WITH": 0, "DEVIATES": 1, "CAPTURE INCOMPLETE": 3, "UNKNOWN": 3}


# --- exit codes ---------------------------------------------------------------------------------------------------


def test_every_verdict_has_its_exit_code() -> None:
    assert under_test.CODES == EXPECTED
    assert set(under_test.CODES) == set(WORST_FIRST)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_the_exit_code_follows_from_the_verdict(
    verdict: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "a.pcap", VERDICTS[verdict])
    code, out, _ = said(capsys, path)
    assert code == EXPECTED[verdict]
    assert f": {verdict}" in out.splitlines()[0]
    data = data_of(capsys, path)
    assert (data["exit_code"], [each["verdict"] for each in data["connections"]]) == (code, [verdict])


@pytest.mark.parametrize(
    ("conversations", "code"),
    [((CLOSED, HOLE), 3), ((CLOSED, BAD_ACK), 1), ((HOLE, BAD_ACK), 1), ((CLOSED, CLOSED), 0)],
)
def test_of_several_connections_the_worst_counts(
    conversations: tuple[list[str], ...], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, written(tmp_path / "a.pcap", *conversations))[0] == code


def test_what_a_tolerance_explains_conforms_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "a.pcap", [*OPENING, "A 101.301 A 5", "B 301.106 A", "B 301.106 A", "A 106.301 A t=2"])
    code, out, _ = said(capsys, "--vantage", "server", path)
    assert (code, out.splitlines()[0].endswith(": DEVIATES at frame 6")) == (1, True)
    for option in (("--tolerate", "OWED_ACK"), ("--profile", "linux")):
        code, out, _ = said(capsys, "--vantage", "server", *option, path)
        assert (code, out.splitlines()[0].endswith(": CONFORMS WITH OWED_ACK")) == (0, True)
    (found,) = data_of(capsys, "--vantage", "server", "--profile", "linux", path)["connections"]
    assert (found["verdict"], found["tolerances"], found["frame"]) == ("CONFORMS WITH", ["OWED_ACK"], None)


def test_ctrl_c_prints_what_was_found_so_far(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "a.pcap", CLOSED, CLOSED)
    whole = Reading.connections

    def interrupted(reading: Reading) -> object:
        yield next(whole(reading))
        raise KeyboardInterrupt

    monkeypatch.setattr(Reading, "connections", interrupted)
    code, out, _ = said(capsys, path)
    assert code == 130
    assert "1 connection, " in out
    assert out.endswith("Interrupted: the rest of the capture was not read.\n")
    data = data_of(capsys, path)
    VALIDATOR.validate(data)
    assert (data["exit_code"], data["interrupted"], len(data["connections"])) == (130, True, 1)


# --- text ---------------------------------------------------------------------------------------------------------


def test_few_connections_are_told_in_blocks_and_many_in_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = said(capsys, written(tmp_path / "few.pcap", *[CLOSED] * under_test.FEW))[1]
    many = written(tmp_path / "many.pcap", *[CLOSED] * (under_test.FEW + 1), BAD_ACK)
    lines = said(capsys, many)[1]
    assert few.count("final states") == under_test.FEW
    assert lines.splitlines()[0].split()[:3] == ["#", "client", "server"]
    assert lines.count("CONFORMS") == under_test.FEW + 1
    assert "--explain" in lines
    assert "final states" not in lines
    assert said(capsys, "-v", many)[1].count("final states") == under_test.FEW + 2
    assert lines.splitlines()[-1] == "5 connections, 28 segments: 4 conform, 1 deviates."


def test_quiet_tells_only_what_does_not_conform(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "-q", written(tmp_path / "a.pcap", *[CLOSED] * 5, BAD_ACK))[1]
    assert "CONFORMS" not in out
    assert "DEVIATES at frame 34" in out
    only = said(capsys, "-q", written(tmp_path / "b.pcap", *[CLOSED] * 5))[1]
    assert only == "5 connections, 30 segments: 5 conform.\n"


def test_colour_is_only_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "a.pcap", BAD_ACK)
    painted = said(capsys, "--color", "always", path)[1]
    assert "\033[" in painted
    plain = painted
    for code in ("31;1", "32", "33", "1", "0"):
        plain = plain.replace(f"\033[{code}m", "")
    assert plain == said(capsys, path)[1]


def test_a_report_goes_to_a_file_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, report = written(tmp_path / "a.pcap", CLOSED), tmp_path / "report.txt"
    printed = said(capsys, path)[1]
    assert said(capsys, path, "-o", report) == (0, "", "")
    assert report.read_text(encoding="utf-8") == printed
    assert said(capsys, path, "-o", tmp_path / "no" / "where")[0] == 2


# --- JSON ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_json_is_as_its_schema_says(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = data_of(capsys, path)
    VALIDATOR.validate(data)
    assert sum(data["counts"].values()) == len(data["connections"]) > 0
    assert data["segments"] == sum(each["segments"] for each in data["connections"])


@pytest.mark.parametrize("lines", VERDICTS.values(), ids=list(VERDICTS))
def test_so_it_is_for_every_verdict(lines: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "a.pcap", lines)
    VALIDATOR.validate(data_of(capsys, path))
    assert said(capsys, "--format", "json", path) == said(capsys, "--format", "json", path)


def test_the_schema_allows_no_other_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    data = data_of(capsys, written(tmp_path / "a.pcap", BAD_ACK))
    (found,) = data["connections"]
    for place in (data, found, found["ends"]["client"], found["ends"]["client"]["deviation"]):
        place["more"] = 1
        assert not VALIDATOR.is_valid(data)
        del place["more"]
    VALIDATOR.validate(data)


# --- one connection, one picture, one frame -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "ports"),
    [
        ("2", [40001]),
        ("1.1", [40000]),
        ("10.0.0.1:40002-10.0.0.2:80", [40002]),
        ("10.0.0.2:80-10.0.0.1:40000", [40000]),
    ],
)
def test_one_connection_is_chosen_by_number_or_by_ends(
    choice: str, ports: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "a.pcap", CLOSED, CLOSED, CLOSED)
    data = data_of(capsys, "--connection", choice, path)
    assert [int(each["client"].rpartition(":")[2]) for each in data["connections"]] == ports


def test_incarnations_are_chosen_by_a_second_number(capsys: pytest.CaptureFixture[str]) -> None:
    path = next(each for each in RECORDED if each.stem == "time-wait-reuse")
    both = data_of(capsys, "--connection", "1", path)["connections"]
    second = data_of(capsys, "--connection", "1.2", path)["connections"]
    assert [each["incarnation"] for each in both] == [1, 2]
    assert second == both[1:]


@pytest.mark.parametrize("text", ["x", "1.2.3", "10.0.0.1-10.0.0.2", "", "-1"])
def test_any_other_choice_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is neither a number as in the report"):
        choice_of(text)


REFUSED = {
    "a connection that is not there": (["--connection", "7"], "there is no such connection in "),
    "incarnation that is not there": (["--connection", "1.5"], "there is no such connection in "),
    "a picture of two connections": (["--ladder", "x.svg"], "shows one connection: choose it with --connection"),
    "a picture of no format": (["--ladder", "x.gif"], "its suffix names no format"),
    "a picture nowhere": (["--ladder", "no/x.svg"], "the folder no does not exist"),
    "numbers of nothing": (["--raw"], "neither is asked for"),
    "segments as JSON": (["--segments", "--format", "json"], "is text; leave --format json out"),
    "a frame beyond the end": (["--explain", "99"], "has the frames 1 to 12"),
    "a frame before the beginning": (["--explain", "0"], "has the frames 1 to 12"),
    "a frame and segments": (["--explain", "1", "--segments"], "tells of one frame, in text; leave --segments out"),
    "a frame as JSON": (["--explain", "1", "--format", "json"], "leave --format json out"),
    "a tolerance that is not there": (["--tolerate", "OWED_AKC"], "Did you mean 'OWED_ACK'?"),
    "a profile that is not there": (["--profile", "lixun"], "there is no profile 'lixun'. Did you mean 'linux'?"),
}


@pytest.mark.parametrize(("options", "words"), REFUSED.values(), ids=list(REFUSED))
def test_what_makes_no_sense_is_refused_in_a_sentence(
    options: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path / "a.pcap", CLOSED, CLOSED)
    code, out, err = said(capsys, path, *options)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert words in err
    assert [each.name for each in tmp_path.iterdir()] == ["a.pcap"]


@pytest.mark.parametrize(
    ("name", "begins"), [("a.svg", "<svg"), ("a.mmd", "---"), ("a.dot", "digraph"), ("a.txt", "frame")]
)
def test_a_picture_is_written_beside_the_report(
    name: str, begins: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "a.pcap", CLOSED)
    report = said(capsys, path)[1]
    assert said(capsys, "--ladder", tmp_path / name, path)[1] == report
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)


def test_segments_stand_below_each_connection(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "--segments", written(tmp_path / "a.pcap", CLOSED, CLOSED, CLOSED, CLOSED))[1]
    assert out.count("rules [section]") == out.count("final states") == 4


def test_one_frame_is_told_with_the_exit_code_of_its_connection(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "a.pcap", CLOSED, BAD_ACK)
    assert said(capsys, "--explain", "1", path)[0] == 0
    code, out, _ = said(capsys, "--explain", "10", path)
    assert (code, out.splitlines()[0].split(",")[0]) == (1, "frame 10")
    assert "The smallest change that conforms" in out


# --- streaming ----------------------------------------------------------------------------------------------------


def test_what_is_over_is_marked_so_that_it_is_forgotten_first(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pcap", CLOSED, OPENING, [*OPENING, "A 101.301 RA"])
    reading = Reading(path, machine())
    seen = {}
    for conversation, _ in reading.told():
        seen[conversation.number] = conversation.over
    assert seen == {1: True, 2: False, 3: True}
    assert not reading.fins
    assert not reading.closed


def test_the_same_octets_give_the_same_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.pcap").write_bytes(octets_of(CLOSED, BAD_ACK, HOLE))
    assert said(capsys, tmp_path / "a.pcap") == said(capsys, tmp_path / "a.pcap")
