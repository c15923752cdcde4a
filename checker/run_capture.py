"""`trace` of a capture: each connection is held against the relation and told as soon as it is over."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from checker.capture_shares import Ending, Piece, Shares, processes
from checker.capture_stream import Choice, Reading, choice_of, rarely_collected
from checker.conform.machine import Machine
from checker.conform.profiles import machine
from checker.conform.result import Verdict
from checker.delivery import Line, check_writable, colour, deliver, on_terminal
from checker.exits import EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_INTERRUPTED, EXIT_OK, worst
from checker.output import emit
from checker.report import capture_json as as_json
from checker.report import capture_text as as_text
from checker.report.capture_words import Shown
from checker.report.style import Style
from checker.usage import UsageError

FEW = 3
"""So many connections are told in blocks; more in lines."""
CODES: dict[Verdict, int] = {
    "CONFORMS": EXIT_OK, "CONFORMS WITH": EXIT_OK, "CAPTURE INCOMPLETE": EXIT_INCONCLUSIVE,
    "UNKNOWN": EXIT_INCONCLUSIVE, "DEVIATES": EXIT_FAILED,
}  # fmt: skip
"""The exit code that each verdict asks for; the worst of all is returned."""


class _Report:
    """Where connections are told: printed as they come, or kept and written whole to a file."""

    def __init__(self, flags: argparse.Namespace, relation: Machine, line: Line | None) -> None:
        self.flags, self.machine, self.path, self.line = flags, relation, flags.output, line
        self.json, self.blocks = flags.format == "json", flags.verbose or flags.segments
        self.parts: list[str] = []
        self.counts: Counter[str] = Counter()
        self.first: list[Piece] = []
        self.drawn: Shown | None = None
        self.begun = self.headed = False
        self.style = Style(colour=colour(flags.color or "auto", to_file=self.path is not None))

    def say(self, text: str) -> None:
        """Print a part of the report; keep it when there is a file, or a picture that comes first."""
        if self.path is not None or self.flags.ladder is not None:
            self.parts.append(text)
            return
        if self.line is not None:
            self.line.clear()
        emit(text)

    def finish(self) -> None:
        """Write the picture, and what was kept."""
        if self.drawn is not None:
            from checker.capture_ladder import draw

            draw(self.flags.ladder, self.drawn, self.machine, raw=self.flags.raw)
        if self.parts:
            deliver(self.path, "".join(self.parts))

    # --- a connection -----------------------------------------------------------------------------------------

    def piece(self, shown: Shown) -> Piece:
        """Return what is told of a connection: its JSON; its line among many, or its block if that was asked for."""
        verdict = shown.found.verdict
        if self.json:
            return Piece(verdict, as_json.entry(shown), shown)
        conforms = CODES[verdict] == EXIT_OK
        if self.flags.quiet and conforms:
            return Piece(verdict, "", shown)
        if self.blocks:
            return Piece(verdict, self._block(shown), shown)
        return Piece(verdict, f"{as_text.line(shown, self.style)}\n{'' if conforms else as_text.why(shown)}", shown)

    def take(self, piece: Piece) -> None:
        """Tell a connection. Raise UsageError when it is the second for one picture."""
        if self.flags.ladder is not None:
            if self.drawn is not None:
                raise UsageError(f"--ladder {self.flags.ladder}: shows one connection: choose it with --connection.")
            self.drawn = piece.shown
        self.counts[piece.verdict] += 1
        if self.json:
            self.say(("," if self.begun else self._opening()) + piece.text)
            self.begun = True
        elif self.begun:
            self._line(piece)
        else:
            self.first.append(piece)
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
        for piece in self.first:
            self._line(piece)
        self.first = []

    def _line(self, piece: Piece) -> None:
        if piece.text and not self.blocks and not self.headed:
            self.headed = True
            self.say(self.style.head(as_text.HEADING) + "\n")
        if piece.text:
            self.say(piece.text)

    def _block(self, shown: Shown) -> str:
        if self.flags.quiet and CODES[shown.found.verdict] == EXIT_OK:
            return ""
        text = as_text.block(shown, self.style) + "\n"
        if self.flags.segments:
            from checker.report.capture_segments import segments

            text += "\n" + segments(shown.found, self.machine, raw=self.flags.raw, verbose=self.flags.verbose)
        return text + "\n"

    # --- the end ----------------------------------------------------------------------------------------------

    def code(self, *, interrupted: bool) -> int:
        """Return the exit code."""
        return worst(
            EXIT_OK,
            *(CODES[each] for each in CODES if each in self.counts),
            *([EXIT_INTERRUPTED] if interrupted else []),
        )

    def end(self, ending: Ending, *, interrupted: bool) -> None:
        """Tell what is left to tell when the capture has ended."""
        if self.json:
            code = self.code(interrupted=interrupted)
            rest = as_json.rest(self.counts, ending.segments, ending.frames, ending.notes, code)
            self.say(("" if self.begun else self._opening()) + as_json.closing({**rest, "interrupted": interrupted}))
        else:
            for piece in self.first:
                if piece.shown is not None:
                    self.say(self._block(piece.shown))
            before = "\n" if self.headed else ""
            self.say(before + as_text.summary(self.counts, ending.segments, ending.notes, interrupted=interrupted))
        self.finish()


def run_capture(flags: argparse.Namespace) -> int:
    """Hold a capture against the relation and tell what was found; return the exit code."""
    if flags.output is not None:
        check_writable(flags.output)
    if flags.ladder is not None:
        from checker.capture_ladder import form

        form(flags.ladder)
    _refuse(flags)
    choice = None if flags.connection is None else choice_of(flags.connection)
    relation = machine(flags.profile or "rfc9293", flags.tolerate or ())
    if flags.explain is not None:
        from checker.run_frame import explain

        return CODES[explain(flags, relation).found.verdict]
    line = Line() if on_terminal() else None
    report = _Report(flags, relation, line)
    keep = flags.segments or flags.ladder is not None
    reading = Reading(
        flags.file, relation, flags.vantage or "middle", flags.order or "capture",
        None if choice is None else choice.conversation, keep,
    )  # fmt: skip
    several = 1 if choice is not None or keep else processes(flags.file, flags.jobs)
    told: Shares | _Alone = (
        Shares(reading, several, report.piece, FEW) if several > 1 else _Alone(reading, report.piece, choice)
    )
    with rarely_collected():
        interrupted = _told(told.pieces(line), report)
    if choice is not None and not report.counts and not interrupted:
        raise UsageError(f"--connection {choice.text}: there is no such connection in {flags.file}.")
    report.end(told.ending, interrupted=interrupted)
    return report.code(interrupted=interrupted)


class _Alone:
    """A capture followed by this process alone; of its connections those are told that are asked for."""

    def __init__(self, reading: Reading, telling: Callable[[Shown], Piece], choice: Choice | None) -> None:
        self.reading, self.telling, self.choice = reading, telling, choice

    def pieces(self, line: Line | None) -> Iterator[Piece]:
        """Yield what is told of each connection when it is over."""
        if line is not None:
            self.reading.tell = lambda reading: line.tell(reading.progress)
        for shown in self.reading.connections():
            if self.choice is None or self.choice.connection(shown):
                yield self.telling(shown)

    @property
    def ending(self) -> Ending:
        """What there is to say at the end."""
        return Ending.of(self.reading)


def _refuse(flags: argparse.Namespace) -> None:
    """Raise UsageError for options that make no sense together."""
    if flags.raw and not flags.segments and flags.ladder is None:
        raise UsageError("--raw: says how --segments and --ladder write numbers; neither is asked for.")
    if flags.segments and flags.format == "json":
        raise UsageError("--segments: is text; leave --format json out.")


def _told(found: Iterable[Piece], report: _Report) -> bool:
    """Tell connections; return whether the user stopped it."""
    try:
        for piece in found:
            report.take(piece)
    except KeyboardInterrupt:
        return True
    finally:
        if report.line is not None:
            report.line.clear()
    return False
