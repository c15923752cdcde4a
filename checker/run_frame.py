"""`trace --explain N` of a capture: one frame, the rules at both ends, and what would make it conform."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from checker.capture.conversations import Order, conversations
from checker.capture.notes import Notes
from checker.capture.reading import segments
from checker.capture_stream import Reading
from checker.conform.machine import Machine
from checker.conform.profiles import machine
from checker.conform.result import Incarnation
from checker.delivery import deliver
from checker.report.capture_explain import explained
from checker.report.capture_words import Shown
from checker.usage import UsageError

ALONE = {"segments": "--segments", "ladder": "--ladder", "connection": "--connection", "quiet": "-q"}
"""What does not go together with --explain."""


def explain(flags: argparse.Namespace, relation: Machine) -> Shown:
    """Tell what happened at a frame; return its connection. Raise UsageError when there is no such frame."""
    for name, flag in ALONE.items():
        if getattr(flags, name):
            raise UsageError(f"--explain {flags.explain}: tells of one frame, in text; leave {flag} out.")
    if flags.format == "json":
        raise UsageError(f"--explain {flags.explain}: tells of one frame, in text; leave --format json out.")
    number, path = flags.explain, flags.file
    order: Order = flags.order or "capture"
    conversation = _containing(path, number, order) if path.is_file() else None
    reading = Reading(path, relation, flags.vantage or "middle", order, keep=True)
    if conversation is not None:
        reading.wanted = lambda each: each.number == conversation
    shown = next((each for each in reading.connections() if _has(each.found, number)), None)
    if shown is None:
        raise _no_frame(path, number, reading.notes)
    text = explained(shown, number, relation, verbose=flags.verbose)
    deliver(flags.output, text + _tolerated(reading, shown, flags.profile) if conversation is not None else text)
    return shown


def _has(found: Incarnation, number: int) -> bool:
    return any(frame.frame == number for frame in found.frames)


def _tolerated(reading: Reading, shown: Shown, profile: str | None) -> str:
    """Return what the connection is by the profile with every tolerance, if that is more than it is without."""
    if shown.found.verdict != "DEVIATES" or profile == "linux":
        return ""
    tolerant = replace(reading, machine=machine("linux"), notes=Notes(), segments=0, fins={}, closed={}, keep=False)
    again = next((each for each in tolerant.connections() if each.found.number == shown.found.number), None)
    if again is None or not again.found.tolerances or _frame(again.found) <= _frame(shown.found):
        return ""
    names = ", ".join(again.found.tolerances)
    return f"\nWith --profile linux: {again.verdict}" + ("" if names in again.verdict else f", after {names}") + ".\n"


def _frame(found: Incarnation) -> int:
    """Return where a connection deviates; behind its last frame if it does not."""
    return found.frame if found.verdict == "DEVIATES" and found.frame is not None else found.last_frame + 1


def _containing(path: Path, frame: int, order: Order) -> int:
    """Return the number of the conversation that a frame belongs to. Raise UsageError when it is in none."""
    notes = Notes()
    for conversation, segment in conversations(segments(path, notes), notes, order=order):
        if segment is not None and segment.frame == frame:
            return conversation.number
    raise _no_frame(path, frame, notes)


def _no_frame(path: Path, frame: int, notes: Notes) -> UsageError:
    if not 1 <= frame <= notes.frames:
        return UsageError(f"--explain {frame}: {path} has the frames 1 to {notes.frames}.")
    return UsageError(
        f"--explain {frame}: no TCP segment was taken from that frame of {path}: it is not TCP, it was skipped, or it "
        "is a copy of another one."
    )
