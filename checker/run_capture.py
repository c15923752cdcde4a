"""`trace` of a capture: sorted into connections, each held against the relation and told as soon as it is over."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from checker.capture.conversations import Conversation, Told, conversations
from checker.capture.notes import Notes
from checker.capture.reading import segments
from checker.capture.segment import FIN
from checker.conform.check import check
from checker.conform.machine import Machine
from checker.conform.profiles import machine
from checker.conform.result import Verdict
from checker.delivery import Line, check_writable, colour, on_terminal, write_whole
from checker.exits import EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_INTERRUPTED, EXIT_OK, worst
from checker.output import emit
from checker.report import capture_json as as_json
from checker.report import capture_text as as_text
from checker.report.capture_segments import segments as segments_of
from checker.report.capture_words import Shown
from checker.report.text import Style
from checker.usage import UsageError

FEW = 3
"""So many connections are told in blocks; more in lines."""
CODES: dict[Verdict, int] = {
    "CONFORMS": EXIT_OK, "CONFORMS WITH": EXIT_OK, "CAPTURE INCOMPLETE": EXIT_INCONCLUSIVE,
    "UNKNOWN": EXIT_INCONCLUSIVE, "DEVIATES": EXIT_FAILED,
}  # fmt: skip
"""The exit code that each verdict asks for; the worst of all is returned."""
_TICK = 0x3FFF
"""Progress is told every so many segments, and one more."""


@dataclass
class Reading:
    """One capture while it is read: what it is held against, and what is known of the connections that are open.

    wanted   which conversations are looked at; None: all. keep: whether steps and frames are kept.
    """

    path: Path
    machine: Machine
    vantage: str = "middle"
    order: str = "capture"
    wanted: Callable[[Conversation], bool] | None = None
    keep: bool = False
    line: Line | None = None
    notes: Notes = field(default_factory=Notes)
    segments: int = 0
    current: Conversation | None = None
    fins: dict[int, dict[int, int]] = field(default_factory=dict)

    def told(self) -> Iterator[Told]:
        """Yield segments with their conversations, those that are wanted."""
        order, wanted = self.order, self.wanted
        for pair in conversations(segments(self.path, self.notes), self.notes, order=order):  # type: ignore[arg-type]  # one of ORDERS
            conversation, segment = pair
            if wanted is not None and not wanted(conversation):
                continue
            self.current = conversation
            if segment is not None:
                self.segments += 1
                if segment.flags & FIN:
                    self._fin(conversation.number, segment.frame, segment.time)
                if not self.segments & _TICK and self.line is not None:
                    self.line.tell(self._progress())
            yield pair

    def _fin(self, number: int, frame: int, time: int) -> None:
        """Remember when a FIN came, of each conversation those of an incarnation or so."""
        known = self.fins.setdefault(number, {})
        if len(known) < MOST_FINS:
            known[frame] = time

    def _progress(self) -> str:
        notes = self.notes
        part = f", {notes.octets / notes.size:.0%}" if notes.size else ""
        return f"{self.path.name}: {self.segments:,} segments{part}"

    def connections(self) -> Iterator[Shown]:
        """Yield each connection when it is over."""
        for found in check(self.told(), self.machine, self.vantage, keep=self.keep):  # type: ignore[arg-type]  # one of Vantage's
            number = 0 if self.current is None else self.current.number
            fins = self.fins.pop(number, {})
            later = {frame: time for frame, time in fins.items() if frame > found.last_frame}
            if later:
                self.fins[number] = later
            yield Shown(number, found, fins)


MOST_FINS = 256
"""So many FINs of a conversation are remembered with their times."""


# --- which connection ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """What --connection asks for: a number and perhaps an incarnation, or two ends."""

    text: str
    number: int | None = None
    incarnation: int | None = None
    ends: frozenset[str] = frozenset()

    def conversation(self, conversation: Conversation) -> bool:
        """Return whether it may be in this conversation."""
        if self.number is not None:
            return conversation.number == self.number
        return {conversation.name(0), conversation.name(1)} == self.ends

    def connection(self, shown: Shown) -> bool:
        """Return whether a connection of such a conversation is meant."""
        return self.incarnation is None or shown.found.number == self.incarnation


def choice_of(text: str) -> Choice:
    """Return what --connection asks for. Raise UsageError when it is neither a number nor two ends."""
    number = re.fullmatch(r"(\d+)(?:\.(\d+))?", text)
    if number is not None:
        return Choice(text, int(number[1]), None if number[2] is None else int(number[2]))
    first, dash, second = text.partition("-")
    if not dash or ":" not in first or ":" not in second:
        raise UsageError(
            f"--connection {text}: is neither a number as in the report (3, 3.2) nor two ends, ADDR:PORT-ADDR:PORT."
        )
    return Choice(text, ends=frozenset((first.strip(), second.strip())))


# --- the report ---------------------------------------------------------------------------------------------------


class _Report:
    """Where connections are told: printed as they come, or kept and written whole to a file."""

    def __init__(self, flags: argparse.Namespace, relation: Machine, line: Line | None) -> None:
        self.flags, self.machine, self.path, self.line = flags, relation, flags.output, line
        self.blocks = flags.verbose or flags.segments
        self.parts: list[str] = []
        self.counts: Counter[str] = Counter()
        self.first: list[Shown] = []
        self.begun = False
        self.style = Style(colour=colour(flags.color or "auto", to_file=self.path is not None))

    def say(self, text: str) -> None:
        """Print a part of the report, or keep it for the file."""
        if self.path is None:
            if self.line is not None:
                self.line.clear()
            emit(text)
        else:
            self.parts.append(text)

    def finish(self) -> None:
        """Write the file, if there is one."""
        if self.path is not None:
            write_whole(self.path, "".join(self.parts))

    def take(self, shown: Shown) -> None:
        """Tell a connection."""
        self.counts[shown.found.verdict] += 1
        if self.flags.format == "json":
            self.say(("" if self.begun else self._opening()) + as_json.entry(shown, first=not self.begun))
            self.begun = True
        elif self.begun:
            self._line(shown)
        else:
            self.first.append(shown)
            if len(self.first) > FEW:
                self._begin_lines()

    def _opening(self) -> str:
        flags = self.flags
        about = {
            "file": flags.file.name,
            "profile": flags.profile or "rfc9293",
            "tolerate": sorted(set(flags.tolerate or ())),
            "vantage": flags.vantage or "middle",
            "order": flags.order or "capture",
        }
        return as_json.opening(about)

    def _begin_lines(self) -> None:
        self.begun = True
        if not self.blocks:
            self.say(self.style.head(as_text.HEADING) + "\n")
        for shown in self.first:
            self._line(shown)
        self.first = []

    def _line(self, shown: Shown) -> None:
        conforms = CODES[shown.found.verdict] == EXIT_OK
        if self.flags.quiet and conforms:
            return
        if self.blocks:
            self._block(shown)
            return
        text = as_text.line(shown, self.style) + "\n"
        if not conforms:
            text += as_text.why(shown)
        self.say(text)

    def _block(self, shown: Shown) -> None:
        if self.flags.quiet and CODES[shown.found.verdict] == EXIT_OK:
            return
        text = as_text.block(shown, self.style) + "\n"
        if self.flags.segments:
            text += "\n" + segments_of(shown.found, self.machine, raw=self.flags.raw, verbose=self.flags.verbose)
        self.say(text + "\n")

    def code(self, *, interrupted: bool) -> int:
        """Return the exit code."""
        return worst(
            EXIT_OK,
            *(CODES[each] for each in CODES if each in self.counts),
            *([EXIT_INTERRUPTED] if interrupted else []),
        )

    def end(self, reading: Reading, *, interrupted: bool) -> None:
        """Tell what is left to tell when the capture has ended."""
        notes = reading.notes.lines()
        if self.flags.format == "json":
            rest = as_json.rest(
                self.counts, reading.segments, reading.notes.frames, notes, self.code(interrupted=interrupted)
            )
            self.say(("" if self.begun else self._opening()) + as_json.closing({**rest, "interrupted": interrupted}))
        else:
            for shown in self.first:
                self._block(shown)
            before = "\n" if self.begun and not self.blocks else ""
            self.say(before + as_text.summary(self.counts, reading.segments, notes, interrupted=interrupted))
        self.finish()


def run_capture(flags: argparse.Namespace) -> int:
    """Hold a capture against the relation and tell what was found; return the exit code."""
    if flags.output is not None:
        check_writable(flags.output)
    choice = None if flags.connection is None else choice_of(flags.connection)
    relation = machine(flags.profile or "rfc9293", flags.tolerate or ())
    line = Line() if on_terminal() else None
    report = _Report(flags, relation, line)
    reading = Reading(
        flags.file, relation, flags.vantage or "middle", flags.order or "capture",
        None if choice is None else choice.conversation, flags.segments, line,
    )  # fmt: skip
    interrupted = _told(reading.connections(), report, choice)
    if choice is not None and not report.counts and not interrupted:
        raise UsageError(f"--connection {choice.text}: there is no such connection in {flags.file}.")
    report.end(reading, interrupted=interrupted)
    return report.code(interrupted=interrupted)


def _told(found: Iterable[Shown], report: _Report, choice: Choice | None) -> bool:
    """Tell the connections that are asked for; return whether the user stopped it."""
    try:
        for shown in found:
            if choice is None or choice.connection(shown):
                report.take(shown)
    except KeyboardInterrupt:
        return True
    finally:
        if report.line is not None:
            report.line.clear()
    return False
