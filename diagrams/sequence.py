"""Message sequences: what a ladder says of a trace, free of any format.

Read from traces alone: counterexamples, witnesses, lassos, runs saved in files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from diagrams.pictured import Pictured
from spec.network import SET
from spec.time_wait import TimeWait
from spec.trace import ATTACKER, DELIVER, DUPLICATE, FORGE, LOSE, TICK, EventRecord, SentSegment, Trace, TraceStep
from spec.vocabulary import NO_CONNECTION, TIME_WAIT_TIMEOUT

GAP = "gap"
"""The kind of a row that a ladder lacks and another one beside it has."""
ENDS = ("TCP Peer A", "TCP Peer B")
ABSOLUTE, RELATIVE = "absolute", "relative"
ARRIVED, COPY, LOST, TOO_OLD, FLYING = "arrived", "copy", "lost", "too old", "flying"
NO_ROOM, MERGED = "no room in the network", "one with its copy"
"""What became of a segment: it arrived; a copy of it did; it was lost, or died of age; it still flies."""
PLAIN, STALE, FORGED = "plain", "stale", "forged"
"""What a segment is when it arrives: a stale one is from an earlier incarnation, or its sender has no TCB any more."""


@dataclass(frozen=True)
class Fate:
    """What became of a segment at a step (its number, from 1; len(steps)+1 for one still in the network), and notes.

    to   the end that it was going to.
    """

    step: int
    word: str
    to: int
    kind: str = PLAIN
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Message:
    """A segment sent: by which end (2: an attacker) at which step, its text, and its fates, in order."""

    number: int
    sender: int
    step: int
    text: str
    fates: tuple[Fate, ...]


@dataclass(frozen=True)
class Happening:
    """One event at one end in a step: what it is ("" for an arrival), the rules that fired, the state after it.

    entered   whether the state is another one than before; sent: numbers of segments; changed: "NAME=value".
    """

    end: int
    event: str
    rules: tuple[str, ...]
    state: str
    entered: bool
    sent: tuple[int, ...]
    signals: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One step of the run: its number (from 1), kind (spec.trace, or GAP), end, and what happened at that end.

    said   what is written across a row in which nothing happens.
    """

    number: int
    kind: str
    end: int
    segment: int | None
    happenings: tuple[Happening, ...]
    said: str = ""


@dataclass(frozen=True)
class Mark:
    """A row to be marked: its number, the look of the mark (diagrams.layout.scene), and what is written there."""

    row: int
    look: str
    text: str = ""


@dataclass(frozen=True)
class Verdict:
    """What is said below a ladder: lines in a box of a look ("violation", "holds")."""

    lines: tuple[str, ...]
    look: str


@dataclass(frozen=True)
class Ladder(Pictured):
    """A run as a message sequence: rows in time, messages between the ends.

    states   of both ends at the start; loop: the step after which rows repeat for ever, None for a finite run;
    marks    rows that are marked; verdict: what the run shows; source: the trace that it was read from;
    ends     what both ends are called.
    """

    title: str
    states: tuple[str, str]
    rows: tuple[Row, ...]
    messages: tuple[Message, ...]
    loop: int | None = None
    marks: tuple[Mark, ...] = ()
    verdict: Verdict | None = None
    source: Trace | None = None
    ends: tuple[str, str] = ENDS


@dataclass(frozen=True)
class SideBySide(Pictured):
    """Two ladders of one schedule, their rows at the same places (`spread`)."""

    title: str
    subtitle: str
    left: Ladder
    right: Ladder


def show_segment(segment: SentSegment, base: tuple[int, int] | None = None, bits: int = 32) -> str:
    """Return a segment as the RFC's figures write it: <SEQ=100><ACK=300><CTL=FIN,ACK>.

    base   what SEQ and ACK are relative to, at a width of `bits`; None writes them as they are.
    """
    fields = segment.fields
    numbers = (fields["SEQ"], fields["ACK"])
    if base is not None:
        numbers = ((numbers[0] - base[0]) % (1 << bits), (numbers[1] - base[1]) % (1 << bits))
    controls = [name.removesuffix(" bit") for name, on in fields.items() if name.endswith(" bit") and on]
    controls.sort(key=lambda bit: bit == "ACK")
    parts = [f"<SEQ={numbers[0]}>"]
    if "ACK" in controls:
        parts.append(f"<ACK={numbers[1]}>")
    if fields["DATA"]:
        parts.append(f"<DATA={fields['DATA']}>")
    return "".join(parts) + f"<CTL={','.join(controls)}>"


def show_event(event: EventRecord, time_wait: TimeWait | None = None) -> str:
    """Return an event as a figure's comment: (OPEN active), (SEND 1), (2 MSL) or however long TIME-WAIT lasts."""
    length = 2 if time_wait is None else time_wait.msls
    words = [{TIME_WAIT_TIMEOUT.name: f"{length} MSL"}.get(event.event, event.event)]
    if event.event == "OPEN":
        words.append("active" if event.call["ACTIVE"] else "passive")
        if not event.call["REMOTE"]:
            words.append("no remote")
    if event.event == "SEND":
        words.append(str(event.call["OCTETS"]))
    return f"({' '.join(words)})"


def deaths(trace: Trace, number: int) -> Iterator[int]:
    """Yield the segments that a tick leaves too old to arrive."""
    left = trace.in_flight(number)
    yield from (gone for gone in trace.in_flight(number - 1) if gone not in left)


def notes(trace: Trace, number: int, step: TraceStep, segment: SentSegment) -> tuple[str, ...]:
    """Return what is to be said of a segment that arrives at a step: forged, a duplicate, old, stale, delayed."""
    if step.kind == FORGE:
        return ("forged",)
    marks = ["duplicate: a copy stays in the network"] if step.kind == DUPLICATE else []
    sender = trace.ghosts(segment.sender, number - 1)
    if 0 < segment.ghosts.get("INC", 0) < sender.get("INC", 0):
        marks.append("old: from an earlier incarnation")
    elif trace.tcb(segment.sender, number - 1)["STATE"] in NO_CONNECTION and _opens(segment):
        marks.append("stale: its sender has no TCB any more")
    if not marks and segment.step < number - 1:
        marks.append("delayed")
    return tuple(marks)


def _opens(segment: SentSegment) -> bool:
    return bool(segment.fields["SYN bit"] or segment.fields["DATA"] or segment.fields["FIN bit"])


def message_sequence(trace: Trace, *, numbers: str = ABSOLUTE, title: str = "") -> Ladder:
    """Return what a trace's ladder says; numbers are ABSOLUTE, or RELATIVE to the sender's ISS and IRS."""
    fates: dict[int, list[Fate]] = {segment.number: [] for segment in trace.segments}
    rows = []
    for number, step in enumerate(trace.steps, 1):
        rows.append(Row(number, step.kind, step.end, step.segment, tuple(_happenings(trace, number, step))))
        for gone, fate in _fates(trace, number, step):
            fates[gone].append(fate)
    for number in trace.in_flight(len(trace.steps)):
        if not any(fate.word in (ARRIVED, LOST, TOO_OLD) for fate in fates[number]):
            fates[number].append(Fate(len(trace.steps) + 1, FLYING, 1 - trace.segments[number].sender))
    for segment in trace.segments:
        if not fates[segment.number]:
            word = MERGED if trace.world.network.kind == SET else NO_ROOM
            fates[segment.number].append(Fate(segment.step, word, 1 - segment.sender))
    texts = (show_segment(each, _base(trace, each, numbers), trace.world.seq_bits) for each in trace.segments)
    messages = tuple(
        Message(sent.number, sent.sender, sent.step, text, tuple(fates[sent.number]))
        for sent, text in zip(trace.segments, texts, strict=True)
    )
    states = (trace.tcb(0, 0)["STATE"], trace.tcb(1, 0)["STATE"])
    name = title or f"{trace.variant} in world {trace.world.name}"
    return Ladder(name, states, tuple(rows), messages, trace.loop, source=trace)


def _base(trace: Trace, segment: SentSegment, numbers: str) -> tuple[int, int] | None:
    if numbers == ABSOLUTE or segment.sender == ATTACKER:
        return None
    after, before = trace.tcb(segment.sender, segment.step), trace.tcb(segment.sender, segment.step - 1)
    tcb = after if after["STATE"] not in NO_CONNECTION else before
    return None if tcb["STATE"] in NO_CONNECTION else (tcb["ISS"], tcb["IRS"])


def _fates(trace: Trace, number: int, step: TraceStep) -> Iterator[tuple[int, Fate]]:
    if step.kind == TICK:
        yield from ((gone, Fate(number, TOO_OLD, 1 - trace.segments[gone].sender)) for gone in deaths(trace, number))
    if step.segment is None:
        return
    segment = trace.segments[step.segment]
    said = notes(trace, number, step, segment) if step.kind != LOSE else ()
    kind = FORGED if step.kind == FORGE else STALE if any(note.startswith(("old", "stale")) for note in said) else PLAIN
    word = {DELIVER: ARRIVED, FORGE: ARRIVED, DUPLICATE: COPY, LOSE: LOST}[step.kind]
    yield step.segment, Fate(number, word, step.end, kind, tuple(note.partition(":")[0] for note in said))


def _happenings(trace: Trace, number: int, step: TraceStep) -> Iterator[Happening]:
    before = trace.tcb(step.end, number - 1)
    for position, event in enumerate(step.events):
        arrival = step.segment is not None and not position
        changed = (f"{n}={v}" for n, v in event.tcb.items() if before[n] != v and n != "STATE")
        entered = before["STATE"] != event.tcb["STATE"]
        word = "" if arrival else show_event(event, trace.world.time_wait)
        yield Happening(
            step.end, word, event.chain, event.tcb["STATE"], entered, event.sent, event.signals, tuple(changed)
        )
        before = event.tcb


def spread(ladder: Ladder, places: Sequence[int], count: int, gaps: Mapping[int, str]) -> Ladder:
    """Return a ladder with its rows at other places (from 1) among `count`, for runs that stand side by side.

    gaps   what is said at a place where the ladder has no row ("" nothing).
    """
    moved = dict(enumerate(places, 1)) | {len(places) + 1: count + 1}
    rows = {moved[row.number]: replace(row, number=moved[row.number]) for row in ladder.rows}
    empty = (Row(place, GAP, 0, None, ()) for place in range(1, count + 1) if place not in rows)
    rows |= {row.number: replace(row, said=gaps.get(row.number, "")) for row in empty}
    messages = tuple(
        replace(
            message,
            step=moved[message.step],
            fates=tuple(replace(fate, step=moved[fate.step]) for fate in message.fates),
        )
        for message in ladder.messages
    )
    loop = None if ladder.loop is None else moved[ladder.loop] if ladder.loop else 0
    return replace(ladder, rows=tuple(rows[place] for place in sorted(rows)), messages=messages, loop=loop)
