"""A run that the search found, replayed: nothing of the search is used, only the rules and the captured frames.

Every step must be what the rules do; each TCB must be the one that the step before left; every frame of the end must be
sent by exactly one step, and nothing may be taken in before it was captured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checker.concrete import ConcreteReader
from checker.conform.machine import ARRIVES, BITS, BUFFER, WND, Machine
from checker.conform.result import EndResult, Frame, Incarnation, Step
from spec.freedoms import CONFORM_CALL_FIELDS, FREEDOMS, LETTER
from spec.ghosts import CRASH

Values = tuple[Any, ...]


def rechecked(machine: Machine, found: Incarnation) -> list[str]:
    """Return what is wrong with the runs of an incarnation whose steps and frames were kept; nothing if they hold."""
    reader = ConcreteReader(machine.relation, BITS, CONFORM_CALL_FIELDS, {"RCV.WND": BUFFER})
    return [
        f"{end.address}: {wrong}"
        for end, side in zip(found.ends, ("client", "server"), strict=True)
        for wrong in _Run(machine, reader, end, [f for f in found.frames if f.sender == side], found).wrong()
    ]


class _Run:
    """One end's run beside the frames of the capture."""

    def __init__(
        self, machine: Machine, reader: ConcreteReader, end: EndResult, own: Sequence[Frame], found: Incarnation
    ) -> None:
        self.machine, self.reader, self.end = machine, reader, end
        self.begins_anywhere = found.midstream or found.number > 1
        limit = end.frame if end.verdict in ("DEVIATES", "UNKNOWN") and end.frame is not None else found.last_frame + 1
        self.own: Mapping[int, Values] = {frame.frame: frame.fields for frame in own if frame.frame < limit}
        self.all: Mapping[int, Values] = {frame.frame: frame.fields for frame in found.frames}
        self.limit, self.first = limit, found.first_frame

    def wrong(self) -> Iterator[str]:
        """Yield what is wrong."""
        steps = self._steps()
        before: Values | None = None if self.begins_anywhere else self.reader.initial
        for step in steps:
            if before is not None and step.before != before:
                yield f"{self._name(step)} does not begin where the step before it ended."
            yield from self._replayed(step)
            before = step.after
        yield from self._frames(steps)
        yield from self._order(steps)

    def _steps(self) -> list[Step]:
        """Return the steps up to the first deviation."""
        steps = []
        for step in self.end.steps:
            shown = [step.arrived_frame] if step.arrived is not None else [each.frame for each in step.sent]
            if any(frame is not None and frame >= self.limit for frame in shown):
                break
            steps.append(step)
        return steps

    @staticmethod
    def _name(step: Step) -> str:
        return f"{step.event} ({', '.join(step.chain)}) at frame {step.frame}"

    def _replayed(self, step: Step) -> Iterator[str]:
        if step.event == CRASH.name:
            if step.after != self.reader.initial or step.sent:
                yield f"{self._name(step)}: a crash leaves nothing."
            return
        outcome = self.reader.run(step.before, step.event, step.arrived, step.call)
        if outcome is None:
            yield f"{self._name(step)}: no rule fires."
            return
        sent = tuple(each.fields for each in step.sent)
        if (outcome.tcb, outcome.chain, outcome.sent, outcome.signals) != (step.after, step.chain, sent, step.signals):
            yield f"{self._name(step)}: the rules do something else: {', '.join(outcome.chain)}."
        if step.call[-1] not in (LETTER, *FREEDOMS, *self.machine.tolerances):
            yield f"{self._name(step)}: {step.call[-1]} is not allowed."
        frame = step.arrived_frame
        if step.event == ARRIVES and frame is not None and frame >= self.first and self.all.get(frame) != step.arrived:
            yield f"{self._name(step)}: the frame is another one."

    def _frames(self, steps: Sequence[Step]) -> Iterator[str]:
        shown: dict[int, int] = {}
        for step in steps:
            for sent in step.sent:
                if sent.frame is None or sent.frame >= self.limit:
                    continue
                shown[sent.frame] = shown.get(sent.frame, 0) + 1
                seen = self.own.get(sent.frame)
                if seen is None or _compared(seen) != _compared(sent.fields):
                    yield f"{self._name(step)}: frame {sent.frame} is not what it sends."
        for frame in self.own:
            if shown.get(frame, 0) != 1:
                yield f"frame {frame} is sent by {shown.get(frame, 0)} steps."

    def _order(self, steps: Sequence[Step]) -> Iterator[str]:
        """Yield steps that take in what was captured later than what is sent afterwards."""
        latest = 0
        for step in steps:
            frame = step.arrived_frame
            if frame is not None:
                latest = max(latest, frame)
            for sent in step.sent:
                if sent.frame is not None and sent.frame < latest:
                    yield f"{self._name(step)}: frame {sent.frame} was captured before frame {latest}."


def _compared(fields: Values) -> Values:
    return fields[:WND] + fields[WND + 1 :]
