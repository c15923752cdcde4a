"""A captured connection in the layout of the RFC's figures: a line a frame, both states, the rules that fired.

States are those after the departure or arrival shown in the line; "..." is a segment on its way. What no frame shows
is marked as inferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from checker.conform.machine import Machine
from checker.conform.result import Deviation, Frame, Incarnation, Sent, Step
from checker.interleaving import SIDES, Move, first_states, in_order
from diagrams.sequence import show_segment
from spec.freedoms import FREEDOMS
from spec.language import Relation
from spec.trace import SentSegment
from spec.vocabulary import State

MASK = 0xFFFFFFFF
_ARROWS = ("-->", "<--")
_STATE, _SEGMENT = 13, 34


@dataclass(frozen=True)
class Numbers:
    """How segments are written: SEQ and ACK from each end's first number on, or as on the wire."""

    names: tuple[str, ...]
    bases: tuple[int, int] | None

    def text(self, fields: Sequence[object], sender: int) -> str:
        """Return a segment as the RFC's figures write it."""
        segment = SentSegment(0, sender, 0, dict(zip(self.names, fields, strict=True)), {})
        return show_segment(segment, None if self.bases is None else (self.bases[sender], self.bases[1 - sender]))

    def sentence(self, deviation: Deviation, end: int) -> str:
        """Return what is said of a segment by which an end deviates, with the segment written so."""
        wire = replace(self, bases=None).text(deviation.segment, end)
        return deviation.sentence.replace(wire, self.text(deviation.segment, end))


def numbers(found: Incarnation, machine: Machine, *, raw: bool) -> Numbers:
    """Return how the segments of a connection are written."""
    return Numbers(tuple(machine.relation.message), None if raw else bases(found))


def bases(found: Incarnation) -> tuple[int, int]:
    """Return the number from which each end's are counted: that of its SYN, or one less than the first one seen."""
    client, server = (_base(found.frames, side) for side in SIDES)
    return client, server


def _base(frames: Sequence[Frame], side: str) -> int:
    own = [frame.fields for frame in frames if frame.sender == side]
    told = [fields[0] for fields in own if fields[4]] or [fields[0] - 1 for fields in own if not fields[7]]
    told += [frame.fields[1] - 1 for frame in frames if frame.sender != side and frame.fields[5]]
    return int(told[0]) & MASK if told else 0


@dataclass(frozen=True)
class _Line:
    frame: str = ""
    time: str = ""
    left: str = ""
    before: str = ""
    segment: str = ""
    after: str = ""
    right: str = ""
    notes: tuple[str, ...] = ()

    def text(self, widths: tuple[int, int]) -> str:
        """Return the line with its frame, time and segment this wide."""
        frame, segment = widths
        return (
            f"{self.frame:>{frame}} {self.time:>11}  {self.left:<{_STATE}} {self.before:<3} {self.segment:<{segment}} "
            f"{self.after:<3} {self.right:<{_STATE}} {'; '.join(self.notes)}"
        ).rstrip()


def segments(found: Incarnation, machine: Machine, *, raw: bool = False, verbose: bool = False) -> str:
    """Return the connection, a line a frame. Steps and frames must have been kept.

    raw      numbers as on the wire; verbose: also windows announced, and answers that were never captured.
    """
    teller = _Teller(found, machine, numbers(found, machine, raw=raw), verbose=verbose)
    lines = [teller.head(), teller.start(), *teller.lines(in_order(found))]
    widths = max(5, *(len(line.frame) for line in lines)), max(_SEGMENT, *(len(line.segment) for line in lines))
    return "\n".join(line.text(widths) for line in lines) + "\n"


class _Teller:
    def __init__(self, found: Incarnation, machine: Machine, written: Numbers, *, verbose: bool) -> None:
        self.found, self.relation, self.written, self.verbose = found, machine.relation, written, verbose
        self.deviations = {
            end.deviation.frame: (side, end.deviation)
            for side, end in zip(SIDES, found.ends, strict=True)
            if end.deviation is not None
        }

    def head(self) -> _Line:
        return _Line("frame", "time", "client", segment="", right="server", notes=("rules [section]",))

    def start(self) -> _Line:
        left, right = (state or "?" for state in first_states(self.found))
        return _Line(left=left, right=right)

    def lines(self, moves: Sequence[Move]) -> Iterator[_Line]:
        """Yield lines; a segment that arrives straight away has one, as in the RFC's figures."""
        waiting: tuple[_Line, Frame] | None = None
        for move in moves:
            if waiting is not None and move.kind == "arrives" and move.frame is waiting[1]:
                yield self._joined(waiting[0], move)
                waiting = None
                continue
            if move.kind == "own" and not self._told(move):
                continue
            if waiting is not None and move.kind != "own":
                yield waiting[0]
                waiting = None
            yield from self._own(move) if move.kind == "own" else ()
            if move.kind == "departs" and move.frame is not None:
                waiting = self._departs(move, move.frame), move.frame
            elif move.kind == "arrives":
                yield self._arrives(move)
            yield from self._unseen(move)
        if waiting is not None:
            yield waiting[0]

    def _told(self, move: Move) -> bool:
        """Return whether an event of an end's own has a line of its own: where no frame of it was captured."""
        step = move.step
        if step is None or any(sent.frame is not None for sent in step.sent):
            return False
        return self.verbose or step.event != "WINDOW"

    def _own(self, move: Move) -> Iterator[_Line]:
        step = move.step
        if step is not None:
            yield self._states(move, _Line(notes=(self._rules(move.end, step),)), only=move.end)

    def _states(self, move: Move, line: _Line, only: int | None = None) -> _Line:
        left, right = (state or "?" for state in move.states)
        return replace(line, left="" if only == 1 else left, right="" if only == 0 else right)

    def _departs(self, move: Move, frame: Frame) -> _Line:
        notes = [self._rules(move.end, move.step)] if move.step is not None and move.step.arrived is None else []
        if move.step is None:
            notes = [self._unexplained(move.end, frame)]
        before, after = ("-->", "...") if move.end == 0 else ("...", "<--")
        line = _Line(str(frame.frame), self._time(frame), "", before, self._text(frame), after, "", tuple(notes))
        return self._states(move, line, only=move.end)

    def _joined(self, line: _Line, move: Move) -> _Line:
        line = self._states(move, line)
        line = replace(line, after="-->") if move.end == 1 else replace(line, before="<--")
        return replace(line, notes=(*line.notes, *self._arrival(move)))

    def _arrives(self, move: Move) -> _Line:
        step = move.step
        fields = move.frame.fields if move.frame is not None else step.arrived if step is not None else None
        text = "" if fields is None else self.written.text(fields, 1 - move.end)
        before, after = ("...", "-->") if move.end == 1 else ("<--", "...")
        number = "" if move.frame is None else f"({move.frame.frame})"
        line = _Line(number, "", "", before, text, after, "", tuple(self._arrival(move)))
        return self._states(move, line, only=move.end)

    def _arrival(self, move: Move) -> Iterator[str]:
        if move.step is not None:
            yield self._rules(move.end, move.step)

    def _unseen(self, move: Move) -> Iterator[_Line]:
        """Yield the segments that a step sent and no frame shows."""
        step = move.step
        if step is None or move.kind == "departs":
            return
        for sent in step.sent:
            if sent.frame is None and (self.verbose or step.gap):
                yield self._never(move, sent)

    def _never(self, move: Move, sent: Sent) -> _Line:
        before, after = ("-->", "...") if move.end == 0 else ("...", "<--")
        line = _Line("", "", "", before, self.written.text(sent.fields, move.end), after, "", ("not captured",))
        return self._states(move, line, only=move.end)

    def _text(self, frame: Frame) -> str:
        return self.written.text(frame.fields, SIDES.index(frame.sender))

    def _time(self, frame: Frame) -> str:
        return f"{(frame.time - self.found.first_time) / 1e9:.6f}"

    def _rules(self, end: int, step: Step) -> str:
        return f"{SIDES[end]}: {told(step, self.relation)}"

    def _unexplained(self, end: int, frame: Frame) -> str:
        side, deviation = self.deviations.get(frame.frame, ("", None))
        if deviation is not None and side == SIDES[end]:
            return f"DEVIATES: no rule of the {side} sends it"
        return f"not judged: no run of the {SIDES[end]} sends it"


def told(step: Step, relation: Relation[State]) -> str:
    """Return the rules of a step with their sections; what is inferred, chosen or missing."""
    words = [f"{name_of(step)}, inferred"] if step.arrived is None else []
    if step.choice:
        words.append(f"{'freedom' if step.choice in FREEDOMS else 'tolerated'}: {step.choice}")
    if step.gap:
        words.append(f"not captured: {step.gap}")
    parts = [" ".join(step.chain) or "no rule", *([f"({'; '.join(words)})"] if words else [])]
    return " ".join([*parts, *sections(step.chain, relation)])


def name_of(step: Step) -> str:
    """Return what an event is called: active OPEN, CLOSE."""
    return f"{'active' if step.call[2] else 'passive'} OPEN" if step.event == "OPEN" else step.event


def sections(chain: Sequence[str], relation: Relation[State]) -> list[str]:
    """Return the sections that rules cite, in brackets, each once: [§3.10.7.4]."""
    known = {rule.id: rule.cite for rule in relation.rules}
    cited = dict.fromkeys(_section(known[rule]) for rule in chain if rule in known)
    return [f"[{', '.join(cited)}]"] if cited else []


def _section(cite: str) -> str:
    """Return where a rule is from in short: the section of RFC 9293, or the source's first words."""
    found = re.match(r"RFC 9293 (§[\d.]*\d)", cite)
    return found[1] if found else re.split(r"[,;(]", cite)[0].strip()
