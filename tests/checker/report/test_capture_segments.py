"""A line a frame, as the RFC's figures are drawn: numbers, states, rules, and what is inferred."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.report.capture_segments import bases, numbers, sections, segments
from spec.variants import VARIANTS
from tests.checker.captured import BAD_ACK, CLOSED, HOLE, OPENING, RECORDED, kept, written

FRAME = re.compile(r"^ *(\d+) +-?\d+\.\d{6}  ", re.MULTILINE)


def shown_of(path: Path, *, raw: bool = False, verbose: bool = False) -> str:
    """Return the segments of a capture of one connection."""
    relation, (shown,) = kept(path)
    return segments(shown.found, relation, raw=raw, verbose=verbose)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
@pytest.mark.parametrize("raw", [False, True], ids=["relative", "raw"])
def test_every_frame_has_one_line(path: Path, raw: bool) -> None:  # noqa: FBT001  # a parameter of the test
    relation, connections = kept(path)
    for shown in connections:
        text = segments(shown.found, relation, raw=raw, verbose=True)
        assert [int(number) for number in FRAME.findall(text)] == [frame.frame for frame in shown.found.frames]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_raw_numbers_are_those_on_the_wire(path: Path) -> None:
    relation, connections = kept(path)
    for shown in connections:
        written_so = numbers(shown.found, relation, raw=True)
        for frame in shown.found.frames:
            assert f"<SEQ={frame.fields[0]}>" in written_so.text(frame.fields, 0)


def test_numbers_count_from_each_syn_on(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pcap", CLOSED)
    text = shown_of(path)
    assert "1    0.000000  SYN-SENT      --> <SEQ=0><CTL=SYN>" in text
    assert "<-- <SEQ=0><ACK=1><CTL=SYN,ACK>        <-- SYN-RECEIVED  client: SS-5 [§3.10.7.3]" in text
    assert "--> <SEQ=1><ACK=1><CTL=FIN,ACK>" in text
    assert "<SEQ=100><CTL=SYN>" in shown_of(path, raw=True)


def test_without_a_syn_they_count_from_the_first_that_was_seen(tmp_path: Path) -> None:
    _, (shown,) = kept(written(tmp_path / "a.pcap", ["A 501.901 A 10", "B 901.511 A"]))
    assert bases(shown.found) == (500, 900)


def test_a_reset_of_a_closed_port_has_the_number_zero(tmp_path: Path) -> None:
    assert "<SEQ=0><ACK=1><CTL=RST,ACK>" in shown_of(written(tmp_path / "a.pcap", ["A 100 S", "B 0.101 RA"]))


def test_what_no_frame_shows_is_inferred(tmp_path: Path) -> None:
    text = shown_of(written(tmp_path / "a.pcap", CLOSED))
    for inferred in ("active OPEN", "passive OPEN", "CLOSE"):
        assert f"({inferred}, inferred)" in text
    assert "WINDOW" not in text
    assert "(WINDOW, inferred)" in shown_of(tmp_path / "a.pcap", verbose=True)


def test_what_was_not_captured_says_why_it_must_have_been(tmp_path: Path) -> None:
    text = shown_of(written(tmp_path / "a.pcap", HOLE))
    assert "not captured: " in text
    assert "<SEQ=11><ACK=1><DATA=10><CTL=ACK>" in text


def test_a_deviation_is_marked_and_what_follows_is_not_judged(tmp_path: Path) -> None:
    text = shown_of(written(tmp_path / "a.pcap", [*BAD_ACK, "A 101.999999 A"]))
    assert "DEVIATES: no rule of the client sends it" in text
    assert "not judged: no run of the client sends it" in text


def test_rules_stand_with_the_sections_that_they_cite() -> None:
    relation = VARIANTS["three-way"].relation
    assert sections(("A-1", "A-3"), relation) == ["[§3.10.7.4]"]
    assert sections((), relation) == []
    every = {rule.id: sections((rule.id,), relation)[0] for rule in relation.rules}
    assert not [rule for rule, shown in every.items() if not re.fullmatch(r"\[[^\]]+\]", shown)]


def test_states_are_those_of_the_end_of_the_run(tmp_path: Path) -> None:
    relation, (shown,) = kept(written(tmp_path / "a.pcap", [*OPENING, "A 101.301 AF", "B 301.102 A"]))
    last = segments(shown.found, relation).splitlines()[-1]
    assert last.split()[2] == "FIN-WAIT-2"
    assert "CLOSE-WAIT" in last
