"""A captured connection as a ladder: every frame is a message, events of their own are inferred, deviations marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.capture_ladder import MOST, draw, ladder
from checker.usage import UsageError
from diagrams.render import render
from diagrams.sequence import FLYING, FORGED
from tests.checker.captured import BAD_ACK, CLOSED, HOLE, OPENING, RECORDED, kept, written


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_every_frame_is_a_message_and_every_picture_can_be_drawn(path: Path) -> None:
    relation, connections = kept(path)
    for shown in connections:
        picture = ladder(shown, relation)
        numbers = [message.text.split("  ")[0] for message in picture.messages]
        assert {str(frame.frame) for frame in shown.found.frames} <= set(numbers)
        assert [row.number for row in picture.rows] == list(range(1, len(picture.rows) + 1))
        for form in ("svg", "mermaid", "dot"):
            assert render(picture, form)


def test_a_connection_that_conforms_is_drawn_with_its_states_and_what_is_inferred(tmp_path: Path) -> None:
    relation, (shown,) = kept(written(tmp_path / "a.pcap", CLOSED))
    picture = ladder(shown, relation)
    happenings = [each for row in picture.rows for each in row.happenings]
    assert picture.states == ("CLOSED", "CLOSED")
    assert [each.state for each in happenings if each.end == 0 and each.entered][-1] == "TIME-WAIT"
    assert {each.event for each in happenings} >= {"(active OPEN) inferred", "(CLOSE) inferred", ""}
    assert picture.ends[0] == "client 10.0.0.1:40000"
    assert picture.verdict is not None
    assert picture.verdict.look == "holds"


def test_a_deviation_is_marked_and_its_segment_looks_otherwise(tmp_path: Path) -> None:
    relation, (shown,) = kept(written(tmp_path / "a.pcap", BAD_ACK))
    picture = ladder(shown, relation)
    (mark,) = picture.marks
    assert (mark.look, mark.text) == ("violation", "frame 4")
    assert [fate.kind for fate in picture.messages[-1].fates] == [FORGED]
    assert picture.verdict is not None
    assert "<ACK=999699>" in " ".join(picture.verdict.lines)


def test_what_was_never_captured_is_drawn_and_said_so(tmp_path: Path) -> None:
    relation, (shown,) = kept(written(tmp_path / "a.pcap", HOLE))
    picture = ladder(shown, relation)
    assert any("not captured" in fate.notes for message in picture.messages for fate in message.fates)


def test_what_never_arrives_is_still_on_its_way(tmp_path: Path) -> None:
    relation, (shown,) = kept(written(tmp_path / "a.pcap", ["A 100 S"]))
    assert [[fate.word for fate in message.fates] for message in ladder(shown, relation).messages] == [[FLYING]]


def test_too_long_a_connection_is_refused_in_a_sentence(tmp_path: Path) -> None:
    texts = [f"A {101 + number}.301 A 1" for number in range(MOST)]
    relation, (shown,) = kept(written(tmp_path / "a.pcap", [*OPENING, *texts]))
    with pytest.raises(UsageError, match=rf"has {MOST + 3} frames; {MOST} fit a picture"):
        draw(tmp_path / "a.svg", shown, relation, raw=False)
    assert not (tmp_path / "a.svg").exists()
