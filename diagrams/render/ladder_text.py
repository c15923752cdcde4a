"""Traces as text ladders, in the layout of the RFC's own figures (RFC 9293 §3.5, Figures 6 to 13).

States are those after the departure or arrival shown in the line; "..." is a segment still in the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from diagrams.sequence import deaths, notes, show_event, show_segment
from spec.trace import DELIVER, LOSE, OWN, TICK, EventRecord, Record, SentSegment, Trace, TraceStep

_STATE, _SEGMENT = 14, 38
_ARROWS = ("-->", "<--")


@dataclass
class _Line:
    number: str = ""
    left: str = ""
    left_arrow: str = ""
    middle: str = ""
    right_arrow: str = ""
    right: str = ""
    note: str = ""
    segment: int = -1
    looped: bool = False

    def text(self, segment: int, right: int) -> str:
        """Return the line, its segment and its right state in columns this wide; a call may run into blank columns."""
        sent = f"{self.left_arrow:<3} {self.middle:<{segment}} {self.right_arrow:<3}"
        label = f"|{self.number:>3}" if self.looped else f"{self.number:>4}"
        front = f"{label:<5}{self.left:<{_STATE}} {sent} "
        columns = 4 + 1 + _STATE + 1 + len(sent) + 1
        return f"{front[:columns]}{self.right:<{right}} {self.note}".rstrip()

    def put(self, end: int, text: str) -> None:
        if end == 0:
            self.left = text
        else:
            self.right = text


def ladder(
    trace: Trace,
    *,
    verbose: bool = False,
    texts: Mapping[int, str] | None = None,
    remarks: Mapping[int, str] | None = None,
) -> str:
    """Return the trace as a ladder; `verbose` adds the TCB variables that each step changed.

    texts     how segments are written, by number, if not with the numbers that they have;
    remarks   what is said beside a step, by its number (from 1).
    """
    return "\n".join(_Ladder(trace, texts or {}, verbose=verbose).lines(remarks or {}))


class _Ladder:
    def __init__(self, trace: Trace, texts: Mapping[int, str], *, verbose: bool) -> None:
        self.trace, self.texts, self.verbose = trace, texts, verbose
        self.rows: list[_Line] = []
        self.loop_row = 0

    def lines(self, remarks: Mapping[int, str]) -> list[str]:
        head = _Line(left="TCP Peer A", right="TCP Peer B")
        start = _Line("0.", left=self.trace.tcb(0, 0)["STATE"], right=self.trace.tcb(1, 0)["STATE"])
        self.rows = [head, start]
        for number, step in enumerate(self.trace.steps, 1):
            self._begin_loop(number)
            self._step(number, step)
            if self.trace.loop is not None and number > self.trace.loop:
                for row in self.rows[self.loop_row :]:
                    row.looped = True
        if self.trace.loop == len(self.trace.steps):
            self.rows.append(_Line(middle="(nothing more happens, for ever)"))
        said = {f"{number}.": remark for number, remark in remarks.items()}
        for row in self.rows:
            row.note = "; ".join(filter(None, [row.note, said.get(row.number, "")]))
        segment = max([_SEGMENT, *(len(row.middle) for row in self.rows)])
        right = max([_STATE, *(len(row.right) for row in self.rows)])
        return [row.text(segment, right) for row in self.rows]

    def _begin_loop(self, number: int) -> None:
        """Mark where the steps begin that repeat for ever; nothing of them joins an earlier line."""
        if self.trace.loop is not None and number == self.trace.loop + 1:
            self.rows.append(_Line(middle="(from here on, for ever)"))
            self.loop_row = len(self.rows)

    def _step(self, number: int, step: TraceStep) -> None:
        label = f"{number}."
        if step.kind == TICK:
            self.rows.append(_Line(label, middle="(a tick of the clock)"))
            self._deaths(number)
        elif step.kind == OWN:
            self._own(label, number, step)
        else:
            self._arrives(label, number, step)
        for earlier, event in zip(step.events, step.events[1:], strict=False):
            row = _Line(note=self._note(step.end, event, earlier.tcb))
            row.put(step.end, f"{event.tcb['STATE']}")
            self.rows.append(row)

    def _deaths(self, number: int) -> None:
        """Show the segments that a tick leaves too old to arrive."""
        for gone in deaths(self.trace, number):
            segment = self.trace.segments[gone]
            self.rows.append(self._out_of_the_network(1 - segment.sender, segment, "x", note="lost: too old"))

    def _own(self, label: str, number: int, step: TraceStep) -> None:
        event = step.events[0]
        call = _Line(label, note=self._note(step.end, event, self.trace.tcb(step.end, number - 1)))
        call.put(step.end, show_event(event, self.trace.world.time_wait))
        self.rows.append(call)
        if not event.sent:
            after = _Line()
            after.put(step.end, event.tcb["STATE"])
            self.rows.append(after)
        self._departures(step, event)

    def _departures(self, step: TraceStep, event: EventRecord) -> None:
        for number in event.sent:
            row = _Line(middle=self._shown(self.trace.segments[number]), segment=number)
            row.put(step.end, event.tcb["STATE"])
            arrow = _ARROWS[step.end]
            row.left_arrow, row.right_arrow = (arrow, "...") if step.end == 0 else ("...", arrow)
            self.rows.append(row)

    def _arrives(self, label: str, number: int, step: TraceStep) -> None:
        segment = self.trace.segments[step.segment or 0]
        note = "; ".join(notes(self.trace, number, step, segment)) if step.kind != LOSE else ""
        if step.kind == LOSE:
            self.rows.append(self._out_of_the_network(step.end, segment, "x", label, "lost"))
            return
        event = step.events[0]
        row = self._same_line(step, segment)
        if row is None:
            row = self._out_of_the_network(step.end, segment, _ARROWS[1 - step.end])
            self.rows.append(row)
        elif step.end == 1:
            row.right_arrow = "-->"
        else:
            row.left_arrow = "<--"
        row.number = label
        row.put(step.end, event.tcb["STATE"])
        told = self._note(step.end, event, self.trace.tcb(step.end, number - 1))
        row.note = "; ".join(filter(None, [row.note, note, told]))
        self._departures(step, event)

    def _shown(self, segment: SentSegment) -> str:
        return self.texts.get(segment.number) or show_segment(segment)

    def _out_of_the_network(
        self, end: int, segment: SentSegment, arrow: str, number: str = "", note: str = ""
    ) -> _Line:
        """Return the line of a segment that comes out of the network towards an end (or is lost)."""
        left, right = ("...", arrow) if end == 1 else (arrow, "...")
        return _Line(number, "", left, self._shown(segment), right, "", note)

    def _same_line(self, step: TraceStep, segment: SentSegment) -> _Line | None:
        """Return the departure's line when the segment arrives straight away, as RFC figures draw it."""
        last = self.rows[-1]
        waiting = last.left_arrow == "..." or last.right_arrow == "..."
        same = last.segment == segment.number and waiting
        departed_from_peer = (last.left_arrow == "-->") if step.end == 1 else (last.right_arrow == "<--")
        return last if same and departed_from_peer and step.kind == DELIVER else None

    def _note(self, end: int, event: EventRecord, before: Record) -> str:
        rules = f"{'AB'[end]}: {' '.join(event.chain) or 'no rule'}"
        if not self.verbose:
            return rules
        changed = [f"{n}={v}" for n, v in event.tcb.items() if before[n] != v and n != "STATE"]
        signals = [f'"{signal}"' for signal in event.signals]
        return " ".join([rules, *signals, *([f"[{' '.join(changed)}]"] if changed else [])])
