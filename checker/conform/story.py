"""The run of one end as steps, and what follows from it: choices made, gaps, roles, what became of each RST."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from checker.conform.endpoint import Entry, Log, Match
from checker.conform.machine import ACK_BIT, ARRIVES, DATA, FIN_BIT, MASK, RST_BIT, SEQ, SYN_BIT
from checker.conform.result import Gap, Sent, Step
from spec.freedoms import FREEDOMS, LETTER
from spec.vocabulary import NO_CONNECTION

Values = tuple[Any, ...]


def entries_of(log: Log, until: Log = None) -> list[Entry | Match]:
    """Return a log in the order in which it happened, without the part that ends at `until`."""
    found: list[Entry | Match] = []
    while log is not None and log is not until:
        if log[0] is not None:
            found.append(log[0])
        log = log[1]
    return found[::-1]


def steps_of(entries: Iterable[Entry | Match]) -> tuple[Step, ...]:
    """Return entries as steps, each knowing in which frames its segments were seen."""
    seen: dict[int, dict[int, int]] = {}
    listed = list(entries)
    for each in listed:
        if isinstance(each, Match):
            seen.setdefault(id(each.entry), {})[each.which] = each.frame
    return tuple(_step(each, seen.get(id(each), {})) for each in listed if isinstance(each, Entry))


def _step(entry: Entry, seen: dict[int, int]) -> Step:
    sent = tuple(Sent(fields, seen.get(which, entry.seen[which])) for which, fields in enumerate(entry.sent))
    arrived = entry.arrived
    captured = arrived.frame if arrived is not None and not entry.gap else None
    shown = captured if arrived is not None else next((each.frame for each in sent if each.frame is not None), None)
    return Step(
        frame=shown, time=entry.time, event=entry.event, arrived=None if arrived is None else arrived.fields,
        arrived_frame=captured, inferred=arrived is None or captured is None, choice=_choice(entry), call=entry.call,
        before=entry.before, after=entry.after, chain=entry.chain, sent=sent, signals=entry.signals, gap=entry.gap,
    )  # fmt: skip


def _choice(entry: Entry) -> str:
    return "" if entry.call[-1] == LETTER else str(entry.call[-1])


@dataclass
class Heard:
    """What an end made of a RST, or why it sent one: by frame."""

    cause: dict[int, tuple[str, str]] = field(default_factory=dict)
    effect: dict[int, str] = field(default_factory=dict)


@dataclass
class Story:
    """What a run tells beside its steps; gathered piece by piece, so that the log need not be kept."""

    origin: int
    tolerances: set[str] = field(default_factory=set)
    freedoms: set[str] = field(default_factory=set)
    gaps: list[tuple[bool, Gap, str]] = field(default_factory=list)
    resets: Heard = field(default_factory=Heard)
    role: str = "none"
    states: set[str] = field(default_factory=set)
    state: str = ""

    def take(self, entries: Iterable[Entry | Match]) -> None:
        """Gather what some more of the run tells. Most entries tell nothing: text and ACKs in an open connection."""
        for each in entries:
            if isinstance(each, Match):
                if each.entry.sent[each.which][RST_BIT]:
                    self.resets.cause[each.frame] = _cause(each.entry)
            elif (
                each.after[0] != self.state
                or each.call[-1] is not LETTER
                or each.gap
                or (each.arrived is not None and each.arrived.fields[RST_BIT])
                or (each.sent and each.sent[0][RST_BIT])
            ):
                self.state = each.after[0]
                self._entry(each)

    def passes(self, tcb: Values) -> None:
        """Take note of a TCB that an event led to which tells nothing else."""
        if tcb[0] != self.state:
            self.state = tcb[0]
            self.states.add(tcb[0])
            if tcb[self.origin] != "none":
                self.role = tcb[self.origin]

    def _entry(self, entry: Entry) -> None:
        choice = entry.call[-1]
        if choice != LETTER:
            (self.freedoms if choice in FREEDOMS else self.tolerances).add(choice)
        self.states |= {entry.before[0], entry.after[0]}
        if entry.after[self.origin] != "none":
            self.role = entry.after[self.origin]
        if entry.gap:
            self.gaps.append(_gap(entry))
        for fields, frame in zip(entry.sent, entry.seen, strict=True):
            if frame is not None and fields[RST_BIT]:
                self.resets.cause[frame] = _cause(entry)
        if entry.arrived is not None and entry.arrived.fields[RST_BIT] and not entry.gap:
            ended = entry.after[0] in NO_CONNECTION and entry.before[0] not in NO_CONNECTION
            challenged = any(sent[ACK_BIT] for sent in entry.sent)
            self.resets.effect[entry.arrived.frame] = (
                "ends the connection" if ended else "challenged" if challenged else "ignored"
            )


def _cause(entry: Entry) -> tuple[str, str]:
    """Return why an entry sent its RST, and the rule."""
    rule = entry.chain[-1]
    if entry.event != ARRIVES:
        return "abort", rule
    return ("reply to a closed port" if entry.before[0] == "CLOSED" else "reply to a bad segment"), rule


def _gap(entry: Entry) -> tuple[bool, Gap, str]:
    """Return what an entry says is missing: whether the other end sent it, the gap, and why it must have been sent."""
    fields = entry.arrived.fields if entry.arrived is not None else entry.sent[0]
    octets = fields[DATA] + fields[SYN_BIT] + fields[FIN_BIT]
    what = "SYN" if fields[SYN_BIT] else "text" if fields[DATA] else "FIN" if fields[FIN_BIT] else "segment"
    return entry.arrived is not None, Gap(fields[SEQ] & MASK, octets, what, entry.frame or 0), entry.gap
