"""What is told: each kind once, with its first frames, however many there were."""

from __future__ import annotations

from checker.capture.notes import KEPT, KINDS, Notes


def test_a_kind_is_counted_and_its_first_frames_are_named() -> None:
    notes = Notes()
    for frame in range(1, 1001):
        notes.add("fragment", frame)
    notes.add("unknown link", 7, "link type 147")
    assert notes.lines() == [
        "link types that are not read here, skipped: once (frame 7: link type 147)",
        (
            "fragments of IP packets, which are not put together, skipped: 1,000 times"
            " (frame 1; frame 2; frame 3; frame 4; frame 5; ...)"
        ),
    ]
    assert len(notes.first["fragment"]) == KEPT


def test_what_is_in_every_capture_is_told_only_if_asked_for() -> None:
    notes = Notes()
    notes.add("not IP", 1)
    assert notes.lines() == []
    assert notes.lines(routine=True) == ["neither IPv4 nor IPv6: once (frame 1)"]


def test_every_kind_has_words() -> None:
    notes = Notes()
    for kind in KINDS:
        notes.add(kind, 1)
    assert len(set(notes.lines(routine=True))) == len(KINDS)
