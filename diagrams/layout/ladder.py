"""Ladders: two rails in time, downwards; arrows slant from where a segment leaves to where it arrives.

States, events and rules stand beside the rails, a segment's text above its arrow where it leaves. Several ladders can
be laid out with the same rows, so that runs of one schedule stand side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagrams.layout.scene import LOOKS, Box, Line, Point, Scene, Sheet, Text, text_width
from diagrams.sequence import (
    ARRIVED,
    COPY,
    FLYING,
    FORGED,
    GAP,
    LOST,
    PLAIN,
    STALE,
    Fate,
    Happening,
    Ladder,
    Message,
    Row,
)
from spec.trace import ATTACKER, FORGE, TICK
from spec.vocabulary import NO_CONNECTION

SIDE, BETWEEN = 220.0, 430.0
"""The room beside each rail, and between them."""
HEAD = 96.0
"""The height of titles and of the names of both ends."""
DEPARTS, EVENT, LINE, SPACE = 26.0, 15.0, 13.0, 14.0
"""How far below each other segments leave; the heights of an event's line, of smaller ones, and between rows."""
_LOOK = {PLAIN: "segment", STALE: "stale", FORGED: "forged"}


def heights(*ladders: Ladder) -> list[float]:
    """Return how high each row is, so that it has room in all of the ladders."""
    count = max(len(ladder.rows) for ladder in ladders)
    return [max(_height(ladder, i) for ladder in ladders if i < len(ladder.rows)) for i in range(count)]


def laid_out(ladder: Ladder, rows: Sequence[float] | None = None) -> Scene:
    """Return a ladder as a scene. `rows` are the heights of its rows, if they are those of several ladders."""
    return _Drawing(ladder, rows or heights(ladder)).scene()


def _height(ladder: Ladder, place: int) -> float:
    row, *following = ladder.rows[place : place + 2]
    beside = sum(_lines_beside(happening) for happening in row.happenings)
    leaves = sum(len(happening.sent) for happening in row.happenings)
    forged = LINE + 5 if any(after.kind == FORGE for after in following) else 0  # it comes in above its row
    return max(beside, 8 + DEPARTS * leaves, EVENT) + SPACE + forged


def _lines_beside(happening: Happening) -> float:
    """Return how high the texts beside the rail are: the event, the state if entered, the rules."""
    return EVENT * (bool(happening.event) + happening.entered) + LINE * len(_small(happening))


def _small(happening: Happening) -> list[str]:
    """Return the small lines: the rules, wrapped, and what the user is told."""
    lines, line = [], ""
    for rule in happening.rules:
        if line and text_width(f"{line} {rule}", LOOKS["quiet"].size) > SIDE - 20:
            lines.append(line)
            line = ""
        line = f"{line} {rule}".strip()
    return [*lines, line or "no rule", *(f'"{signal}"' for signal in happening.signals)]


class _Drawing:
    def __init__(self, ladder: Ladder, rows: Sequence[float]) -> None:
        self.ladder = ladder
        self.sheet = Sheet()
        self.rails = (SIDE, SIDE + BETWEEN)
        self.width = 2 * SIDE + BETWEEN
        self.tops = [HEAD]
        for height in rows:
            self.tops.append(self.tops[-1] + height)
        self.departures = self._departures()

    def _departures(self) -> dict[int, float]:
        """Return at which height each segment leaves: below what arrives in the same row."""
        found: dict[int, float] = {}
        for row in self.ladder.rows:
            sent = [number for happening in row.happenings for number in happening.sent]
            found |= {number: self._at(row.number) + 8 + DEPARTS * (i + 0.6) for i, number in enumerate(sent)}
        return found

    def _at(self, row: int) -> float:
        """Return the height at which a row happens; the one after the last is the end."""
        return self.tops[min(row, len(self.tops)) - 1]

    def scene(self) -> Scene:
        """Return everything drawn."""
        self._highlight()
        self._rails()
        for message in self.ladder.messages:
            self._message(message)
        for row in self.ladder.rows:
            self._row(row)
        bottom = self._loop(self.tops[-1] + 10)
        bottom = self._verdict(bottom)
        self.sheet.texts.append(Text(self.width / 2, 22, self.ladder.title, "title"))
        return self.sheet.scene(self.width, bottom, self.ladder.title, self._in_words())

    def _highlight(self) -> None:
        for mark in self.ladder.marks:
            top, bottom = self.tops[mark.row - 1] - 9, self.tops[mark.row] - 9
            self.sheet.boxes.append(
                Box(self.width / 2, (top + bottom) / 2, self.width - 12, bottom - top, look=mark.look, round=6)
            )
            aside = self.ladder.rows[mark.row - 1].end == 1  # where nothing else is written
            x, anchor = (32.0, "start") if aside else (self.width - 12, "end")
            self.sheet.texts.append(Text(x, top + 9, mark.text, mark.look, anchor))

    def _rails(self) -> None:
        bottom = self.tops[-1]
        for end in (0, 1):
            x, anchor = self.rails[end], ("end", "start")[end]
            aside = x + (-12, 12)[end]
            self.sheet.texts.append(Text(x, HEAD - 44, self.ladder.ends[end], "strong"))
            self.sheet.lines.append(Line(((x, HEAD - 30), (x, bottom)), "rail", arrow=False))
            self.sheet.texts.append(Text(aside, HEAD - 22, self.ladder.states[end], "strong", anchor))
            self._alive(end, x)

    def _alive(self, end: int, x: float) -> None:
        """Draw where an end has a connection: where its rail is thick."""
        since = None if self.ladder.states[end] in NO_CONNECTION else HEAD - 30
        for row in self.ladder.rows:
            for happening in (each for each in row.happenings if each.end == end):
                gone = happening.state in NO_CONNECTION
                if since is not None and gone:
                    self.sheet.lines.append(Line(((x, since), (x, self._at(row.number))), "alive", arrow=False))
                    since = None
                elif since is None and not gone:
                    since = self._at(row.number)
        if since is not None:
            self.sheet.lines.append(Line(((x, since), (x, self.tops[-1])), "alive", arrow=False))

    def _row(self, row: Row) -> None:
        y = self._at(row.number)
        if row.kind == TICK:
            self.sheet.lines.append(Line(((self.rails[0], y), (self.rails[1], y)), "clock", arrow=False))
            self.sheet.texts.append(Text(self.width / 2, y, "a tick of the clock", "clock"))
        if row.kind == GAP:
            self.sheet.texts.append(Text(self.width / 2, y, row.said, "lost"))
            return
        self.sheet.texts.append(Text(20, y, f"{row.number}", "quiet", "end"))
        for happening in row.happenings:
            y = self._beside(happening, y)

    def _beside(self, happening: Happening, y: float) -> float:
        """Write an event, the state entered and the rules beside the rail; return where they end."""
        end = happening.end
        x, anchor = self.rails[end] + (-12, 12)[end], ("end", "start")[end]
        lines = [(happening.event, "plain")] if happening.event else []
        lines += [(happening.state, "strong")] if happening.entered else []
        for text, look in lines:
            self.sheet.texts.append(Text(x, y, text, look, anchor))
            y += EVENT
        for text in _small(happening):
            self.sheet.texts.append(Text(x, y, text, "quiet", anchor))
            y += LINE
        return y

    def _message(self, message: Message) -> None:
        to = message.fates[0].to
        stale = next((fate.kind for fate in message.fates if fate.kind != PLAIN), PLAIN)
        if message.sender == ATTACKER:
            start: Point = (self.rails[1 - to] + (40 if to == 1 else -40), self._at(message.step) - 14)
        else:
            start = (self.rails[message.sender], self.departures[message.number])
        for number, fate in enumerate(message.fates):
            self._fate(start, to, fate, stale, first=number == 0)
        outwards = 1 if to == 1 else -1
        label = Text(start[0] + 10 * outwards, start[1] - 8, message.text, _LOOK[stale], "start" if to == 1 else "end")
        self.sheet.texts.append(label)
        words = dict.fromkeys(note for fate in message.fates for note in fate.notes if note != "delayed")
        if words:
            x = label.left + label.width + 8 if to == 1 else label.left - 8
            anchor = "start" if to == 1 else "end"
            self.sheet.texts.append(Text(x, start[1] - 8, f"({', '.join(words)})", "quiet", anchor))

    def _fate(self, start: Point, to: int, fate: Fate, kind: str, *, first: bool) -> None:
        x, y = self.rails[to], self._at(fate.step)
        look = "copy" if fate.word == COPY or not first else _LOOK[kind]
        if fate.word in (ARRIVED, COPY):
            self.sheet.lines.append(Line((start, (x, y)), look))
            return
        part = 0.72 if fate.word == FLYING else 0.55
        stop = (start[0] + (x - start[0]) * part, max(start[1] + 8, y if fate.word != FLYING else start[1] + 14))
        look = "clock" if fate.word == FLYING else _LOOK[kind]
        self.sheet.lines.append(Line((start, stop), look, arrow=False))
        word = {FLYING: "...", LOST: "x lost"}.get(fate.word, f"x {fate.word}")
        look = "quiet" if fate.word == FLYING else "lost"
        anchor = "start" if to == 1 else "end"
        self.sheet.texts.append(Text(stop[0] + (4 if to == 1 else -4), stop[1], word, look, anchor))

    def _loop(self, bottom: float) -> float:
        """Draw a bracket round the rows that repeat for ever; return where it ends."""
        if self.ladder.loop is None:
            return bottom
        if self.ladder.loop == len(self.ladder.rows):
            self.sheet.texts.append(Text(self.width / 2, bottom + 6, "nothing more happens, for ever", "loop"))
            return bottom + 26
        top, x = self._at(self.ladder.loop + 1) - 8, 30.0
        self.sheet.lines.append(Line(((x + 8, top), (x, top), (x, bottom), (x + 8, bottom)), "loop", arrow=False))
        self.sheet.texts.append(Text(x + 14, bottom + 4, "from the bracket's top on, for ever", "loop", "start"))
        return bottom + 24

    def _verdict(self, bottom: float) -> float:
        if self.ladder.verdict is None:
            return bottom + 14
        lines, look = self.ladder.verdict.lines, self.ladder.verdict.look
        height = 20 + 16.0 * len(lines)
        y = bottom + 10 + height / 2
        self.sheet.boxes.append(Box(self.width / 2, y, self.width - 24, height, lines, look))
        return bottom + height + 26

    def _in_words(self) -> str:
        """Return the run for those who cannot see it."""
        said = [f"A is in {self.ladder.states[0]}, B in {self.ladder.states[1]}."]
        for row in self.ladder.rows:
            for happening in row.happenings:
                what = happening.event.strip("()") or "a segment arrives"
                said.append(f"{row.number}: at {'AB'[happening.end]} {what}, {happening.state}.")
        return " ".join(said)
