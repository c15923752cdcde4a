"""One frame explained: the rules are those of the run, their conditions hold, the smallest change conforms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.report.capture_explain import explained
from tests.checker.captured import BAD_ACK, CLOSED, INJECTED, OPENING, RECORDED, kept, written
from tests.checker.conform import wire


def told(path: Path, frame: int, *, verbose: bool = False) -> str:
    """Return what is said of a frame of a capture."""
    relation, connections = kept(path)
    shown = next(each for each in connections if any(one.frame == frame for one in each.found.frames))
    return explained(shown, frame, relation, verbose=verbose)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_every_frame_is_explained_by_the_rules_of_the_runs(path: Path) -> None:
    _, connections = kept(path)
    for shown in connections:
        for frame in shown.found.frames:
            text = told(path, frame.frame)
            for end in shown.found.ends:
                for step in end.steps:
                    concerned = step.arrived_frame == frame.frame or any(s.frame == frame.frame for s in step.sent)
                    fired = re.findall(r"^    (\S+) +[A-Z]", text, re.MULTILINE)
                    assert not concerned or set(step.chain) <= set(fired) or step.event == "CRASH"


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_with_all_rules_told_none_that_fired_is_said_not_to(path: Path) -> None:
    _, connections = kept(path)
    for shown in connections:
        for frame in shown.found.frames[:6]:
            for part in told(path, frame.frame, verbose=True).split("\n\n"):  # of one end each
                fired = set(re.findall(r"^    ([A-Z]+-\w+) ", part, re.MULTILINE))
                assert not fired & set(re.findall(r"^    not ([A-Z]+-\w+),", part, re.MULTILINE))


def test_conditions_stand_with_the_numbers_that_they_read(tmp_path: Path) -> None:
    text = told(written(tmp_path / "a.pcap", CLOSED), 4)
    assert "<SEQ=101><ACK=301><CTL=FIN,ACK>" in text
    assert "<SEQ=1><ACK=1><CTL=FIN,ACK> from each ISN on" in text
    assert "SND.QUEUED = 0  (SND.QUEUED = 0)" in text
    assert "enters CLOSE-WAIT; RCV.NXT = 102" in text


def test_a_deviation_names_the_smallest_change_and_with_it_the_capture_conforms(tmp_path: Path) -> None:
    text = told(written(tmp_path / "a.pcap", BAD_ACK), 4)
    change = re.search(
        r"The smallest change that conforms: <SEQ=(\d+)><ACK=(\d+)>(?:<DATA=(\d+)>)?<CTL=([A-Z,]+)>", text
    )
    assert change is not None, text
    bits = "".join(bit[0] for bit in change[4].split(","))
    mended = [*OPENING, f"A {change[1]}.{change[2]} {bits} {change[3] or 0}"]
    assert [each.verdict for each in wire.found(BAD_ACK)] == ["DEVIATES"]
    assert [each.verdict for each in wire.found(mended)] == ["CONFORMS"]


def test_a_reset_that_nobody_sent_is_compared_with_what_its_sender_sent(tmp_path: Path) -> None:
    text = told(written(tmp_path / "a.pcap", INJECTED), 4)
    assert "Its TTL is 64, as the others have." in text
    assert "What comes nearest:" in text


def test_a_frame_after_the_deviation_says_where_the_run_breaks_off(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pcap", [*INJECTED, "A 6000.301 R"])
    assert "Nothing says why the client sends it: its run breaks off at frame 4." in told(path, 5)
