"""Scripts: message sequences written as the RFCs' figures are, read as data. Nothing here knows what TCP does.

    Figure 6: Basic Three-Way Handshake for Connection Synchronization
    variant three-way
        TCP Peer A                                           TCP Peer B
    1.  CLOSED                                               LISTEN
    2.  SYN-SENT    --> <SEQ=100><CTL=SYN>               --> SYN-RECEIVED

The first line is the title. Then lines of a word and what it says (`HEADINGS`), then the figure. States are those
after the departure or arrival that a line shows. Comments stand in parentheses: (CLOSE), (SEND 10), (ABORT), (CRASH),
(2 MSL) and the like are what an end does in that line, (duplicate) is said of a segment, others are remarks. Lines
that begin with # are passed over. Single lines: spec/script_lines.py. checker/script.py plays a script.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from spec.environment import FIRST_ISN
from spec.language import nearest
from spec.script_lines import LARGEST, Action, Number, Row, ScriptError, Shown, read_row
from spec.vocabulary import WINDOW

__all__ = ["HEADINGS", "Action", "Row", "Script", "ScriptError", "Shown", "parse"]

HEADINGS = {
    "id": "a short name",
    "cite": "where the figure is from",
    "shows": "a sentence on what it shows",
    "note": "a sentence on how the script differs from the figure (repeatable)",
    "variant": "the variant that it is played in (three-way)",
    "window": "each end's receive window in octets (as many as the figure sends, at least 4)",
    "listens": "A or B: an end that listens again whenever its TCB is deleted",
}
"""The words that begin lines above the figure, and what follows them."""
MIDDLE = 35
"""The column from which on a lone word is B's where no line names the columns."""
LONGEST = 65535
"""The largest window: the relation knows no window scale."""
_COLUMNS = re.compile(r"\s*TCP\s+(?:Peer\s+)?A\s{2,}(TCP\s+(?:Peer\s+)?B)\s*", re.IGNORECASE)
_LOOKS_LIKE_A_ROW = re.compile(r"\s*\d+(?:\.?(?:\d+|[a-z]))?\.?\s|.*(?:-->|<--|\.\.\.)\s*<|.*<SEQ")


@dataclass(frozen=True)
class Script:
    """A script: what it is called, how it is to be played, its lines.

    variant  a name of spec.variants; window: each end's receive window in octets; listens: whether A, B persist.
    symbols  the numbers that stand for the figure's letters.
    """

    title: str
    rows: tuple[Row, ...]
    id: str = ""
    cite: str = ""
    shows: str = ""
    notes: tuple[str, ...] = ()
    variant: str = "three-way"
    window: int = WINDOW
    listens: tuple[bool, bool] = (False, False)
    symbols: tuple[tuple[str, int], ...] = ()

    def octets(self, row: Row) -> int:
        """Return how long a line's text is: as shown, else up to the next number shown in that direction, else 1."""
        if row.segment is None or row.segment.data is not None:
            return 0 if row.segment is None else row.segment.data or 0
        first = row.segment.seq
        later = [number for number in self.numbers_of(row.sender) if isinstance(first, int) and number > first]
        return min(later) - first if later and isinstance(first, int) else 1

    def numbers_of(self, end: int) -> Iterator[int]:
        """Yield the sequence numbers of an end that are shown: its SEQs, and its peer's ACKs."""
        for row in self.rows:
            if row.segment is not None:
                shown = row.segment
                number = shown.seq if row.sender == end else shown.ack if shown.acknowledges() else None
                if isinstance(number, int):
                    yield number

    def last_states(self) -> tuple[str | None, str | None]:
        """Return the states in which the figure leaves A and B, None where it tells none after what happens there."""
        told: list[str | None] = [None, None]
        for row in self.rows:
            for end in (0, 1):
                arrives = row.segment is not None and row.arrives and row.sender != end
                if arrives or any(action.end == end for action in row.actions) or row.states[end] is not None:
                    told[end] = row.states[end]
        return told[0], told[1]


def parse(text: str, file: str = "") -> Script:
    """Return the script in a text; `file` is what errors call it.

    Raise ScriptError with file, line, column and what was expected there.
    """
    try:
        return _read(text.splitlines())
    except ScriptError as error:
        raise ScriptError(error.sentence, error.line, error.column, file) from None


def _read(lines: list[str]) -> Script:
    head: dict[str, str] = {}
    notes: list[str] = []
    title, middle, rows = "", MIDDLE, list[Row]()
    for where, raw in enumerate(lines, 1):
        line = raw.expandtabs(8).rstrip()
        columns = _COLUMNS.fullmatch(line)
        if not line.strip() or line.lstrip().startswith("#") or not line.strip("- "):
            continue
        if columns is not None:
            middle = (columns.start(1) + len(line) - len(line.lstrip())) // 2
        elif rows or _LOOKS_LIKE_A_ROW.match(line):
            rows.append(read_row(line, where, middle, rows[-1] if rows else None))
        elif not title and not head and line.split()[0] not in HEADINGS:
            title = line.strip()
        else:
            _heading(line, where, head, notes)
    if not rows:
        raise ScriptError("expected lines as those of RFC 9293, Figure 6: 1. CLOSED LISTEN.", max(len(lines), 1), 1)
    return _complete(title, head, tuple(notes), rows)


def _heading(line: str, where: int, head: dict[str, str], notes: list[str]) -> None:
    """Read a line above the figure. Raise ScriptError for an unknown word or a value that is none."""
    word, _, value = line.strip().partition(" ")
    column = len(line) - len(line.lstrip()) + 1
    value = value.strip()
    if word not in HEADINGS:
        raise ScriptError(
            f"expected {', '.join(HEADINGS)} or the figure's first line, not {word!r}.{nearest(word, HEADINGS)}",
            where, column,
        )  # fmt: skip
    good = {"window": value.isdecimal() and value.isascii() and len(value) <= 5 and 1 <= int(value) <= LONGEST}
    good["listens"] = value.upper() in ("A", "B", "A B", "A, B")
    if not value or not good.get(word, True):
        wanted = {"window": f"a number from 1 to {LONGEST}"}.get(word, HEADINGS[word])
        raise ScriptError(f"expected after {word}: {wanted}.", where, column + len(word) + 1)
    if word == "note":
        notes.append(value)
    elif word in head:
        raise ScriptError(f"expected {word} once.", where, column)
    else:
        head[word] = value


def _complete(title: str, head: dict[str, str], notes: tuple[str, ...], rows: list[Row]) -> Script:
    """Return the script with numbers for letters, and with the window that its text needs."""
    symbols = _symbols(rows)
    listens = head.get("listens", "").upper()
    plain = tuple(replace(row, segment=_resolved(row.segment, symbols)) for row in _numbered(rows))
    script = Script(
        title, plain, head.get("id", ""), head.get("cite", ""), head.get("shows", ""), notes,
        head.get("variant", "three-way"), WINDOW, ("A" in listens, "B" in listens), tuple(symbols.items()),
    )  # fmt: skip
    octets = min(sum(script.octets(row) for row in plain), LONGEST)
    return replace(script, window=int(head["window"]) if "window" in head else max(WINDOW, octets))


def _numbered(rows: list[Row]) -> Iterator[Row]:
    """Yield the lines, those of a figure without numbers numbered by their place in the file.

    A call that stands alone above a numbered line belongs to that, as (Close) does in RFC 1337, Figure 1.
    """
    for before, row, after in zip([None, *rows], rows, [*rows[1:], None], strict=False):
        alone = bool(row.actions) and row.segment is None and row.states == (None, None)
        if after is not None and alone and before is not None and before.label == row.label != after.label:
            yield replace(row, number=after.number, label=after.label)
        else:
            yield row if row.number else replace(row, number=row.where, label=str(row.where))


def _symbols(rows: list[Row]) -> dict[str, int]:
    """Return numbers for a figure's letters: those that its owner, the end in whose numbers it lies, begins with."""
    found: dict[str, int] = {}
    for row in rows:
        if row.segment is not None:
            for number, owner in ((row.segment.seq, row.sender), (row.segment.ack, 1 - row.sender)):
                if isinstance(number, tuple) and number[0] not in found:
                    found[number[0]] = FIRST_ISN[owner] + 1000 * len(found)
    return found


def _resolved(segment: Shown | None, symbols: dict[str, int]) -> Shown | None:
    def value(number: Number | None) -> Number | None:
        return (symbols[number[0]] + number[1]) & LARGEST if isinstance(number, tuple) else number

    return None if segment is None else replace(segment, seq=value(segment.seq), ack=value(segment.ack))
