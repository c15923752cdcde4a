"""One line of a script: what a figure's line shows, and how it is read. Whole scripts: spec/script.py.

A line is `label left arrow <segment> arrow right`, or states and comments alone. Arrows are those of RFC 9293 §3.5:
`-->` and `<--` at the end that a segment leaves or reaches, `...` where it is in the network, `x` where it is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from spec.ghosts import CRASH
from spec.language import nearest
from spec.vocabulary import (
    ABORT,
    CLOSE,
    OPEN,
    RECEIVE,
    RETRANSMISSION_TIMEOUT,
    SEGMENTIZE,
    SEND,
    STATES,
    TIME_WAIT_TIMEOUT,
    USER_TIMEOUT,
)

BITS = ("SYN", "ACK", "FIN", "RST")
"""The control bits that the relation knows."""
ABBREVIATED = {"ESTAB": "ESTABLISHED", "ESTABL": "ESTABLISHED", "SYN-RCVD": "SYN-RECEIVED"}
"""States as RFC 1337 and RFC 5961 write them."""
UNSAID = ("????", "??", "!!", "???")
"""What stands for a state that a figure does not tell."""
LARGEST = (1 << 32) - 1

Number = int | tuple[str, int]
"""A number, or a letter of Figure 11 and what is added to it: Z+1 is ("Z", 1)."""


class ScriptError(Exception):
    """A script cannot be read: the file, line and column (from 1), and what was expected there."""

    def __init__(self, sentence: str, line: int = 0, column: int = 0, file: str = "") -> None:
        place = ":".join(str(part) for part in (file, line, column) if part)
        super().__init__(f"{place}: {sentence}" if place else sentence)
        self.sentence, self.line, self.column, self.file = sentence, line, column, file


@dataclass(frozen=True)
class Action:
    """What a comment says that an end does: an event, with the octets of a SEND and the kind of an OPEN."""

    end: int
    event: str
    octets: int = 0
    active: bool = False


@dataclass(frozen=True)
class Shown:
    """A segment as a line shows it; None is what is not shown. data: 0 no text; None some, of a length not shown.

    A window is read and not compared: no rule reads it.
    """

    text: str
    seq: Number | None = None
    ack: Number | None = None
    controls: frozenset[str] | None = None
    data: int | None = 0

    def acknowledges(self) -> bool:
        """Return whether the ACK field counts: the ACK bit is shown, or no control bits are."""
        return self.ack is not None and (self.controls is None or "ACK" in self.controls)


@dataclass(frozen=True)
class Row:
    """One line: its place in the file, its label ("5.1", "7a") and number, and what it shows.

    states    of A and of B after it (None: not told); actions: what its comments say that an end does;
    numbers   (send N, receive M) of an end whose connection is open; duplicate: a comment calls the segment one;
    sender    of the segment; departs, arrives, lost: what becomes of it in this line.
    """

    where: int
    label: str
    number: int
    states: tuple[str | None, str | None] = (None, None)
    actions: tuple[Action, ...] = ()
    numbers: tuple[tuple[int, int] | None, tuple[int, int] | None] = (None, None)
    duplicate: bool = False
    segment: Shown | None = None
    sender: int = 0
    departs: bool = False
    arrives: bool = False
    lost: bool = False


_CALLS = {
    "OPEN": Action(0, OPEN.name, active=True), "OPEN ACTIVE": Action(0, OPEN.name, active=True),
    "ACTIVE OPEN": Action(0, OPEN.name, active=True), "OPEN PASSIVE": Action(0, OPEN.name),
    "PASSIVE OPEN": Action(0, OPEN.name), "SEND": Action(0, SEND.name, 1), "RECEIVE": Action(0, RECEIVE.name),
    "CLOSE": Action(0, CLOSE.name), "ABORT": Action(0, ABORT.name), "SEND ABORT": Action(0, ABORT.name),
    "SEGMENTIZE": Action(0, SEGMENTIZE.name), "CRASH": Action(0, CRASH.name), "REBOOT": Action(0, CRASH.name),
    "2 MSL": Action(0, TIME_WAIT_TIMEOUT.name), "TIME-WAIT TIMEOUT": Action(0, TIME_WAIT_TIMEOUT.name),
    "USER TIMEOUT": Action(0, USER_TIMEOUT.name), "RETRANSMISSION": Action(0, RETRANSMISSION_TIMEOUT.name),
    "RETRANSMISSION TIMEOUT": Action(0, RETRANSMISSION_TIMEOUT.name),
}  # fmt: skip
"""Comments that say what happens; any other comment is a remark."""
_ARROWS = {
    ("-->", "-->"): (0, True, True, False), ("<--", "<--"): (1, True, True, False),
    ("-->", "..."): (0, True, False, False), ("...", "<--"): (1, True, False, False),
    ("...", "-->"): (0, False, True, False), ("<--", "..."): (1, False, True, False),
    ("-->", "x"): (0, True, False, True), ("x", "<--"): (1, True, False, True),
}  # fmt: skip
"""What two arrows say: the sender, whether the segment departs, arrives, is lost."""
_LABEL = re.compile(r"\s*(?:(\d{1,4})(?:\.?(\d{1,3}|[a-z]))?\.?|([a-z])\.)(?=\s|\(|$)")
_SEGMENT = re.compile(r"<(?!-)[^<>]*>?(?:\s*<(?!-)[^<>]*>?)*")
_ARROW = re.compile(r"-+>|<-+|\.\.\.|x(?=\s|$)")
_ITEM = re.compile(r"\s*(?:(\([^()]*\))|([^\s()]+)|(.))")
_NUMBER = re.compile(r"([0-9]{1,10})|([A-Z][A-Z0-9]{0,7})(?:\+([0-9]{1,10}))?")
_NUMBERS = re.compile(r"send\s+(\d{1,10})\s*,\s*receive\s+(\d{1,10})", re.IGNORECASE)
_SEND = re.compile(r"SEND (\d{1,9})")


@dataclass
class _Side:
    """What stands on one side of a line."""

    state: str | None = None
    actions: list[Action] = field(default_factory=list)
    numbers: tuple[int, int] | None = None


@dataclass(frozen=True)
class _Word:
    """A state, a comment or the letter of an end, and the column (from 0) in which it stands."""

    text: str
    column: int

    @property
    def comment(self) -> str | None:
        """What stands in parentheses, or None."""
        return self.text[1:-1].strip() if self.text.startswith("(") else None


def label_of(text: str, row: Row | None) -> tuple[str, int, int]:
    """Return a line's label, its number and where the label ends; a line without one belongs to the one before."""
    found = _LABEL.match(text)
    if found is None:
        return (row.label, row.number, 0) if row is not None else ("", 0, 0)
    if found[3]:
        number = row.number if row is not None else 0
        return f"{number}.{found[3]}", number, found.end()
    return found[0].strip().rstrip("."), int(found[1]), found.end()


def read_row(text: str, where: int, middle: int, before: Row | None) -> Row:
    """Return what a line shows. middle: the column from which on a lone state or comment is B's.

    Raise ScriptError with line and column for what cannot be read.
    """
    label, number, start = label_of(text, before)
    found = _SEGMENT.search(text, start)
    if found is None:
        sides = _beside(text, start, where, middle)
        segment, way = None, (0, False, False, False)
    else:
        segment = read_segment(found[0].rstrip(), where, found.start())
        left, one = _arrow(text, start, found.start(), where, left=True)
        right, two = _arrow(text, found.end(), len(text), where, left=False)
        if (one, two) not in _ARROWS:
            raise ScriptError(
                f"{one} {two} is no way for a segment; expected --> -->, <-- <--, --> ..., ... <--, ... -->, "
                "<-- ..., --> x or x <--.", where, left[1] + 1
            )  # fmt: skip
        way = _ARROWS[one, two]
        sides = [_side(_words(text, *span, where), end, where) for end, span in enumerate(((start, left[0]), right))]
    sender, departs, arrives, lost = way
    duplicate = segment is not None and bool(re.search(r"\((old )?dupl", text, re.IGNORECASE))
    return Row(
        where, label, number, (sides[0].state, sides[1].state), (*sides[0].actions, *sides[1].actions),
        (sides[0].numbers, sides[1].numbers), duplicate, segment, sender, departs, arrives, lost,
    )  # fmt: skip


def _arrow(text: str, start: int, stop: int, where: int, *, left: bool) -> tuple[tuple[int, int], str]:
    """Return the arrow next to a segment, and the span left for state and comments: (start, stop), arrow.

    On the right none is needed: the segment is then in the network.
    """
    part = text[start:stop]
    if left:
        cut = part.rstrip()
        found = [each for each in _ARROW.finditer(cut) if each.end() == len(cut)]
        if not found:
            raise ScriptError("expected an arrow before the segment: -->, <--, ... or x.", where, stop + 1)
        return (start + found[0].start(), start + found[0].start()), _plain(found[0][0])
    first = _ARROW.match(part, len(part) - len(part.lstrip()))
    if first is None:
        return (start, stop), "..."
    return (start + first.end(), stop), _plain(first[0])


def _plain(arrow: str) -> str:
    return "-->" if arrow.endswith(">") else "<--" if arrow.startswith("<") else arrow


def _words(text: str, start: int, stop: int, where: int) -> list[_Word]:
    """Return the states, comments and letters in a part of a line."""
    found, at = [], start
    while text[at:stop].strip():
        item = _ITEM.match(text, at, stop)
        if item is None or item[3]:
            column = at + 1 if item is None else item.start(3) + 1
            raise ScriptError("expected a comment in parentheses: ( and ) come in pairs.", where, column)
        found.append(_Word(item[1] or item[2], item.start(1 if item[1] else 2)))
        at = item.end()
    return found


def _side(words: list[_Word], end: int, where: int) -> _Side:
    """Return what stands on one end's side of a line."""
    side, name = _Side(), "AB"[end]
    for word in words:
        if word.comment is not None:
            _comment(side, word, end, where)
        elif word.text in UNSAID or word.text == name:
            continue
        elif side.state is not None:
            raise ScriptError(
                f"expected one state of TCP Peer {name}, found {word.text!r} too.", where, word.column + 1
            )
        else:
            side.state = _state(word, where)
    return side


def _state(word: _Word, where: int) -> str:
    text = word.text.upper().rstrip(".")
    state = ABBREVIATED.get(text, text)
    if state not in STATES:
        known = [*STATES, *ABBREVIATED]
        raise ScriptError(
            f"expected a state, an arrow or a (comment), not {word.text!r}.{nearest(text, known)}",
            where, word.column + 1,
        )  # fmt: skip
    return state


def _comment(side: _Side, word: _Word, end: int, where: int) -> None:
    """Add what a comment says that happens; other comments say nothing to a program."""
    said = " ".join((word.comment or "").upper().split())
    numbers, octets = _NUMBERS.fullmatch(said), _SEND.fullmatch(said)
    if numbers is not None:
        side.numbers = (_bounded(numbers[1], where, word.column), _bounded(numbers[2], where, word.column))
    elif octets is not None:
        side.actions.append(Action(end, SEND.name, int(octets[1])))
    elif said in _CALLS:
        call = _CALLS[said]
        side.actions.append(Action(end, call.event, call.octets, call.active))


def _bounded(digits: str, where: int, column: int) -> int:
    value = int(digits)
    if value > LARGEST:
        raise ScriptError(f"expected a number of 32 bits, not {digits}.", where, column + 1)
    return value


def _beside(text: str, start: int, where: int, middle: int) -> list[_Side]:
    """Return both sides of a line without a segment: by the letters of the ends, else by columns."""
    parts: tuple[list[_Word], list[_Word]] = ([], [])
    words = _words(text, start, len(text), where)
    named: int | None = None
    for word in words:
        if word.text in ("A", "B"):
            named = "AB".index(word.text)
            continue
        parts[int(word.column >= middle) if named is None else named].append(word)
    for one, other in ((0, 1), (1, 0)):
        states = [word for word in parts[one] if word.comment is None]
        if named is None and len(states) == 2 and not [word for word in parts[other] if word.comment is None]:
            moved = parts[one].index(states[1])
            halves = (parts[one][:moved], parts[one][moved:])
            parts = (halves[0] + parts[0] * one, halves[1] + parts[1] * other)
            break
    return [_side(part, end, where) for end, part in enumerate(parts)]


# --- segments ---------------------------------------------------------------------------------------------------


def read_segment(text: str, where: int, column: int) -> Shown:
    """Return a segment in the figures' notation: <SEQ=100><ACK=300><CTL=FIN,ACK>, <DATA> or <DATA=10>, <WND=800>.

    column is where it stands, from 0. Raise ScriptError for a field that is none, or stands there twice.
    """
    shown: dict[str, str] = {}
    places: dict[str, int] = {}
    for at, inside in _fields(text, where, column):
        name, equals, value = (part.strip() for part in inside.partition("="))
        name = {"W": "WND", "W...": "WND"}.get(name.upper(), name.upper())
        if name not in ("SEQ", "ACK", "CTL", "DATA", "WND") or (not equals and name != "DATA"):
            known = [f"{each}=" for each in ("SEQ", "ACK", "CTL", "DATA", "WND")]
            raise ScriptError(f"expected one of <{'..>, <'.join(known)}..>, not <{inside}>.", where, at)
        if name in shown:
            raise ScriptError(f"expected {name} once in a segment.", where, at)
        shown[name], places[name] = value, at + len(inside) - len(value) if value else at
    seq, ack, data, window = (_number(shown.get(n), where, places.get(n, 0)) for n in ("SEQ", "ACK", "DATA", "WND"))
    for name, number in (("DATA", data), ("WND", window)):
        if isinstance(number, tuple):
            raise ScriptError(f"expected {name}= and a number.", where, places[name])
    controls = None if "CTL" not in shown else _controls(shown["CTL"], where, places["CTL"])
    octets = 0 if "DATA" not in shown else data if isinstance(data, int) else None
    return Shown(text, seq, ack, controls, octets)


def _fields(text: str, where: int, column: int) -> Iterator[tuple[int, str]]:
    """Yield the column (from 1) and the inside of each field of a segment."""
    at = 0
    while at < len(text):
        stop = text.find(">", at)
        if stop < 0:
            raise ScriptError("expected > at the end of the field.", where, column + len(text) + 1)
        following = text.find("<", at + 1)
        if 0 <= following < stop:
            raise ScriptError("expected > before the next field.", where, column + following + 1)
        yield column + at + 2, text[at + 1 : stop]
        at = stop + 1 + len(text[stop + 1 :]) - len(text[stop + 1 :].lstrip())


def _number(value: str | None, where: int, column: int) -> Number | None:
    """Return a number or a letter with what is added to it; None where nothing is said."""
    if value is None or value == "":
        return None
    found = _NUMBER.fullmatch(value)
    if found is None:
        raise ScriptError(f"expected a number, or a letter as Z or Z+1, not {value!r}.", where, column)
    if found[2]:
        return found[2], _bounded(found[3] or "0", where, column - 1)
    return _bounded(found[1], where, column - 1)


def _controls(value: str, where: int, column: int) -> frozenset[str]:
    bits = [bit.strip().upper() for bit in value.split(",")]
    for bit in bits:
        if bit not in BITS:
            raise ScriptError(f"expected control bits of {', '.join(BITS)}, not {bit!r}.", where, column)
    return frozenset(bits)
