"""Steps of a run in words, a line each: whose choice, what changes, which rules fire, what is sent and said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from diagrams.render.ladder_text import ladder
from diagrams.sequence import deaths, notes, show_event, show_segment
from spec.environment import ENDS
from spec.ghosts import CRASH
from spec.language import Relation
from spec.trace import LOSE, OWN, TICK, Record, SentSegment, Trace
from spec.vocabulary import State

__all__ = ["Row", "flying", "ladder", "row", "table", "unfolded"]

_WIDTH = 110
_NOT_WORTH_A_WORD = "delayed"


@dataclass(frozen=True)
class Row:
    """One step as the columns of a table: its number, the choice, what changes, the rules, what else it does."""

    number: str
    choice: str
    change: str = ""
    rules: str = ""
    effects: str = ""


def row(number: str, run: Trace, at: int, event: str = "") -> Row:
    """Return step `at` (from 1) of a run, under a number; `event` names that of a step which is cut off."""
    step = run.steps[at - 1]
    if step.kind == TICK:
        return Row(number, "a tick of the clock", effects=_deaths(run, at))
    if step.kind == LOSE:
        return Row(number, f"the network loses {_to(run, at, step.segment or 0)}")
    end = ENDS[step.end]
    if step.kind == OWN:
        called = show_event(step.events[0], run.world.time_wait) if step.events else f"({event})"
        return Row(number, f"{end} {called}", *_done(run, at))
    return Row(number, f"{end} receives {_arriving(run, at)}", *_done(run, at))


def _arriving(run: Trace, at: int) -> str:
    """Return the segment that arrives in a step, with what there is to be said of it: duplicate, old, stale, forged."""
    step = run.steps[at - 1]
    number = step.segment or 0
    marks = [note.partition(":")[0] for note in notes(run, at, step, run.segments[number])]
    told = ", ".join(mark for mark in marks if mark != _NOT_WORTH_A_WORD)
    return _named(run, at, number) + (f" ({told})" if told else "")


def _done(run: Trace, at: int) -> tuple[str, str, str]:
    """Return how the end changes in a step, the rules that fire, and what it sends and says."""
    step = run.steps[at - 1]
    if not step.events:
        return "", "", ""
    before, after = run.tcb(step.end, at - 1), step.events[-1].tcb
    states = [before["STATE"], *(event.tcb["STATE"] for event in step.events)]
    path = [state for state, _ in groupby(states)]
    change = " -> ".join(path) if len(path) > 1 else ", ".join([f"stays {path[0]}", *_changed(before, after)])
    chain = " ".join(rule for event in step.events for rule in event.chain)
    sent = [show_segment(run.segments[number]) for event in step.events for number in event.sent]
    said = [f'"{signal}"' for event in step.events for signal in event.signals]
    effects = [f"sends {', '.join(sent)}"] if sent else []
    return change, chain or "no rule", "; ".join(effects + ([f"says {', '.join(said)}"] if said else []))


def _changed(before: Record, after: Record) -> list[str]:
    return [f"{name}={value}" for name, value in after.items() if before[name] != value]


def _to(run: Trace, at: int, number: int) -> str:
    segment = run.segments[number]
    return f"{_named(run, at, number)} to {ENDS[1 - segment.sender]}"


def _named(run: Trace, at: int, number: int) -> str:
    """Return a segment before step `at`; if others in flight look like it, with the step that sent it."""
    segment = run.segments[number]
    alike = [n for n in run.in_flight(at - 1) if _looks(run.segments[n]) == _looks(segment)]
    return show_segment(segment) + (f" of step {segment.step}" if len(alike) > 1 else "")


def _looks(segment: SentSegment) -> tuple[int, str]:
    return segment.sender, show_segment(segment)


def _deaths(run: Trace, at: int) -> str:
    gone = [_to(run, at, number) for number in deaths(run, at)]
    return f"too old: {', '.join(gone)}" if gone else ""


def table(rows: Sequence[Row]) -> list[str]:
    """Return rows in columns; effects that would make a line too long stand below theirs."""
    if not rows:
        return []
    widths = [max(len(cell) for cell in cells) for cells in zip(*(_cells(each) for each in rows), strict=True)]
    front = 2 + sum(width + 2 for width in widths if width)
    beside = all(front + len(each.effects) <= _WIDTH for each in rows)
    lines = []
    for each in rows:
        number, *cells = _cells(each)
        told = [f"{number:>{widths[0]}}", *(f"{c:<{w}}" for c, w in zip(cells, widths[1:], strict=True) if w)]
        if each.effects and beside:
            told.append(each.effects)
        lines.append(("  " + "  ".join(told)).rstrip())
        if each.effects and not beside:
            lines.append(" " * (6 + widths[0]) + each.effects)
    return lines


def _cells(row: Row) -> tuple[str, str, str, str]:
    return row.number, row.choice, row.change, row.rules


def flying(run: Trace) -> list[str]:
    """Return what is in flight at the end of a run, a line each: where to, the segment, the step that sent it."""
    last = len(run.steps)
    sent = [run.segments[number] for number in run.in_flight(last)]
    width = max((len(show_segment(segment)) for segment in sent), default=0)
    return [f"to {ENDS[1 - s.sender]}  {show_segment(s):<{width}}  sent in step {s.step}" for s in sent]


def unfolded(run: Trace, relation: Relation[State]) -> list[str]:
    """Return the last step of a run rule by rule: title and citation, what each event changes, sends and says."""
    step, known = run.steps[-1], {rule.id: rule for rule in relation.rules}
    if not step.events:
        return ["  the environment's choice; no end notices"]
    lines = []
    before = run.tcb(step.end, len(run.steps) - 1)
    for event in step.events:
        if event.event == CRASH.name:
            lines.append(f"  {event.event}, the environment's: no rule of TCP  ({CRASH.cite})")
        elif not event.chain:
            lines.append("  no rule: the segment passes every step of SEGMENT ARRIVES")
        lines += [f"  {i:<6}{known[i].title}  ({known[i].cite})" for i in event.chain if i in known]
        lines += [
            f"        {name:<15}{before[name]} -> {new}" for name, new in event.tcb.items() if before[name] != new
        ]
        lines += [f"        sends {show_segment(run.segments[number])}" for number in event.sent]
        lines += [f'        tells the user "{signal}"' for signal in event.signals]
        before = event.tcb
    return lines
