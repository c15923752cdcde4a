"""A captured connection as a picture: the ladder of diagrams/sequence.py, drawn from the runs of both ends."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from checker.conform.machine import Machine
from checker.conform.result import Step
from checker.delivery import check_writable, write_whole
from checker.interleaving import SIDES, Move, first_states, in_order
from checker.report.capture_segments import Numbers, name_of, numbers, segments
from checker.report.capture_words import Shown, sentence
from checker.usage import UsageError
from diagrams.render import FORMATS, form_of, render
from diagrams.render.graphviz import REMEDY, NoGraphviz
from diagrams.sequence import ARRIVED, COPY, FLYING, FORGED, PLAIN, Fate, Happening, Ladder, Mark, Message, Row, Verdict
from spec.trace import DELIVER, OWN

MOST = 400
"""So many frames fit a picture."""
_LINE = 88


def form(path: Path) -> str:
    """Return the format that --ladder asks for by its suffix. Raise UsageError for none, or nowhere to write it."""
    found = form_of(path.name)
    if found is None:
        raise UsageError(f"--ladder {path}: its suffix names no format: {', '.join(FORMATS.values())}.")
    check_writable(path, "--ladder")
    return found


def draw(path: Path, shown: Shown, machine: Machine, *, raw: bool) -> None:
    """Write the picture of a connection whose steps and frames were kept, whole or not at all.

    Raise UsageError when it is too long, or nothing here can draw it.
    """
    found = shown.found
    if len(found.frames) > MOST:
        raise UsageError(f"--ladder {path}: the connection has {found.segments:,} frames; {MOST} fit a picture.")
    kind = form(path)
    if kind == "text":
        write_whole(path, segments(found, machine, raw=raw))
        return
    try:
        write_whole(path, render(ladder(shown, machine, raw=raw), kind))
    except NoGraphviz as error:
        raise UsageError(f"--ladder {path}: {kind} needs Graphviz. {REMEDY}") from error


def ladder(shown: Shown, machine: Machine, *, raw: bool = False) -> Ladder:
    """Return a connection as a ladder; numbers from each ISN on, or as on the wire."""
    return _Drawing(shown, numbers(shown.found, machine, raw=raw)).ladder()


@dataclass
class _Sending:
    """A segment while the ladder is drawn: who sends it, at which row, what is written, what becomes of it."""

    sender: int
    row: int
    text: str
    kind: str = PLAIN
    fates: list[Fate] = field(default_factory=list)


class _Drawing:
    def __init__(self, shown: Shown, written: Numbers) -> None:
        self.shown, self.found, self.written = shown, shown.found, written
        self.rows: list[Row] = []
        self.sent: list[_Sending] = []
        self.of_frame: dict[int, int] = {}
        self.marks: list[Mark] = []
        self.states = [state or "?" for state in first_states(self.found)]
        self.opened = (self.states[0], self.states[1])

    def ladder(self) -> Ladder:
        """Return the picture."""
        for move in in_order(self.found):
            if move.kind == "departs":
                self._departs(move)
            elif move.step is not None and move.step.event != "WINDOW":
                self._step(move, move.step)
        for each in self.sent:
            if not each.fates:
                each.fates.append(Fate(len(self.rows) + 1, FLYING, 1 - each.sender))
        messages = tuple(
            Message(number, each.sender, each.row, each.text, tuple(each.fates))
            for number, each in enumerate(self.sent)
        )
        return Ladder(
            title=f"Connection {self.shown.label}: {self.shown.verdict}", states=self.opened, rows=tuple(self.rows),
            messages=messages, marks=tuple(self.marks), verdict=self._verdict(), ends=self._ends(),
        )  # fmt: skip

    def _ends(self) -> tuple[str, str]:
        client, server = (f"{side} {end.address}" for side, end in zip(SIDES, self.found.ends, strict=True))
        return client, server

    def _verdict(self) -> Verdict:
        lines = [sentence(self.shown)]
        for number, (side, end) in enumerate(zip(SIDES, self.found.ends, strict=True)):
            if end.deviation is not None:
                lines.append(f"{side}: {self.written.sentence(end.deviation, number)}")
            lines += [f"{side}: {end.reason}"] if end.reason else []
        look = {"DEVIATES": "violation", "CONFORMS": "holds"}.get(self.found.verdict, "parting")
        return Verdict(tuple(part for line in lines for part in textwrap.wrap(line, _LINE)), look)

    # --- rows -----------------------------------------------------------------------------------------------------

    def _step(self, move: Move, step: Step) -> None:
        """Add the row of a step, with what it sends."""
        coming = None if step.arrived is None else self._of(move, step)
        number = len(self.rows) + 1
        arriving = None if coming is None else self._arrive(move, step, coming, number)
        sent = tuple(
            self._message(move.end, number, each.fields, each.frame)
            for each in step.sent
            if each.frame is not None or step.gap
        )
        event = "" if step.arrived is not None else f"({name_of(step)}) inferred"
        self._row(move.end, step.after[0], event, step.chain, sent, arriving)

    def _row(
        self, end: int, state: str, event: str, rules: tuple[str, ...], sent: tuple[int, ...], arriving: int | None
    ) -> None:
        entered = state != self.states[end]
        self.states[end] = state
        happening = Happening(end, event, rules, state, entered, sent, (), ())
        kind = OWN if arriving is None else DELIVER
        self.rows.append(Row(len(self.rows) + 1, kind, end, arriving, (happening,)))

    def _departs(self, move: Move) -> None:
        """Add the row of a frame that no run sends; the others leave where they are sent."""
        frame = move.frame
        if frame is None or move.step is not None:
            return
        number = len(self.rows) + 1
        first = frame.frame in [end.frame for end in self.found.ends if end.verdict == "DEVIATES"]
        sent = self._message(move.end, number, frame.fields, frame.frame, FORGED)
        self._row(move.end, self.states[move.end], "DEVIATES" if first else "not explained", (), (sent,), None)
        if first:
            self.marks.append(Mark(number, "violation", f"frame {frame.frame}"))

    def _message(self, sender: int, row: int, fields: Sequence[object], frame: int | None, kind: str = PLAIN) -> int:
        text = self.written.text(fields, sender)
        self.sent.append(_Sending(sender, row, text if frame is None else f"{frame}  {text}", kind))
        if frame is not None:
            self.of_frame[frame] = len(self.sent) - 1
        return len(self.sent) - 1

    def _arrive(self, move: Move, step: Step, number: int, row: int) -> int:
        """Let a segment arrive at a row; return its number."""
        notes: tuple[str, ...] = () if step.arrived_frame is not None else ("not captured",)
        each = self.sent[number]
        each.fates.append(Fate(row, COPY if each.fates else ARRIVED, move.end, each.kind, notes))
        return number

    def _of(self, move: Move, step: Step) -> int:
        """Return the number of the segment that arrives; one that nobody is known to have sent gets a row before."""
        number = self.of_frame.get(step.arrived_frame or 0)
        if number is not None:
            return number
        arrived, sender = step.arrived or (), 1 - move.end
        text = self.written.text(arrived, sender)
        for number, each in enumerate(self.sent):
            if not each.fates and each.sender == sender and each.text == text:
                return number
        number = self._message(sender, len(self.rows) + 1, arrived, None)
        self._row(sender, self.states[sender], "", ("never captured",), (number,), None)
        return number
