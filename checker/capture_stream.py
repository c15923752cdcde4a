"""The connections of a capture as they end, those that are asked for; its frames by number."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from checker.capture.conversations import Conversation, Order, Told, conversations
from checker.capture.notes import Notes
from checker.capture.reading import segments
from checker.capture.segment import FIN, RST, SYN, Segment
from checker.conform.check import SHARES, check
from checker.conform.machine import Machine
from checker.conform.pair import Vantage
from checker.report.capture_words import Shown
from checker.usage import UsageError

COLLECT = 1_000_000, 20, 100
"""When garbage is looked for: what is known of a connection lives long, and looking through it takes time."""
_TICK = 0x3FFF
"""Progress is told every so many segments, and one more."""
_TURNS, _BOTH = FIN | RST | SYN, 0b11
MOST_FINS = 256
"""So many FINs of a conversation are remembered with their times."""


@dataclass
class Reading:
    """One capture while it is read: what it is held against, and what is known of the connections that are open.

    wanted   which conversations are looked at; None: all. keep: whether steps and frames are kept.
    tell     called now and then, to show progress.
    share    (which, of how many): of all conversations those of this share are followed.
    at       how many times conversations have told something: by this, connections come in the order of their ends.
    """

    path: Path
    machine: Machine
    vantage: Vantage = "middle"
    order: Order = "capture"
    wanted: Callable[[Conversation], bool] | None = None
    keep: bool = False
    tell: Callable[[Reading], None] | None = None
    share: tuple[int, int] = (0, 1)
    notes: Notes = field(default_factory=Notes)
    segments: int = 0
    at: int = 0
    fins: dict[int, dict[int, int]] = field(default_factory=dict)
    closed: dict[int, int] = field(default_factory=dict)

    def told(self) -> Iterator[Told]:
        """Yield segments with their conversations, those that are wanted and of this share."""
        wanted, tell, (which, shares) = self.wanted, self.tell, self.share
        captured = segments(self.path, self.notes)
        for at, pair in enumerate(conversations(captured, self.notes, order=self.order)):
            self.at = at
            conversation, segment = pair
            if wanted is not None and not wanted(conversation):
                continue
            if segment is not None:
                if segment[9] & _TURNS:
                    self._turn(conversation, segment)
                self.segments = count = self.segments + 1
                if not count & _TICK and tell is not None:
                    tell(self)
            if shares == 1 or conversation.number % SHARES % shares == which:
                yield pair
            if segment is None:
                self.fins.pop(conversation.number, None)
                self.closed.pop(conversation.number, None)

    def _turn(self, conversation: Conversation, segment: Segment) -> None:
        """Remember when a FIN came; mark a conversation in which all is said, so that it is forgotten before others."""
        number = conversation.number
        if segment.flags & FIN:
            known = self.fins.setdefault(number, {})
            if len(known) < MOST_FINS:
                known[segment.frame] = segment.time
        closed = self.closed.get(number, 0) | (1 << conversation.side(segment)) * bool(segment.flags & FIN)
        self.closed[number] = 0 if segment.flags & SYN else _BOTH if segment.flags & RST else closed
        conversation.over = self.closed[number] == _BOTH

    @property
    def progress(self) -> str:
        """How far the capture is read, in words."""
        notes = self.notes
        part = f", {notes.octets / notes.size:.0%}" if notes.size else ""
        return f"{self.path.name}: {self.segments:,} segments{part}"

    def connections(self) -> Iterator[Shown]:
        """Yield each connection when it is over."""
        for found in check(self.told(), self.machine, self.vantage, keep=self.keep):
            number = found.conversation
            fins = self.fins.pop(number, {})
            later = {frame: time for frame, time in fins.items() if frame > found.last_frame}
            if later:
                self.fins[number] = later
            yield Shown(number, found, fins)


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Look for garbage less often than Python does otherwise, which saves a fifth of the time of a long capture."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*COLLECT)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


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
