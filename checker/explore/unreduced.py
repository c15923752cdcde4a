"""Runs found under a reduction, taken again without it: what is shown and replayed is a run of the whole relation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checker.explore.graph import DELIVER, DELIVER_KEEP, KIND, LOSE, TICK, Graph, action_kind, action_subject
from checker.explore.machine import Record, TcpMachine
from checker.explore.writer import TraceWriter
from spec import trace as t
from spec.language import Relation


def _is_mirrored(ends: Sequence[int], flying: Sequence[tuple[int, int]]) -> bool:
    """Return whether the kernel keeps the mirror image of a state (core/swapping.py)."""
    slots = [sorted((image ^ turned for image, _ in flying), reverse=True) for turned in (0, 1)]
    return ends[0] > ends[1] or (ends[0] == ends[1] and slots[1] < slots[0])


class UnreducedWriter(TraceWriter):
    """Writes traces of a machine that makes reductions as runs of one that does not.

    Step by step, the same choice is taken: the row of the same event that uses up the same and whose target, its dead
    variables reset, is the one that was found. What is sent is the same: no segment is formed from a dead variable.
    With twins, numbers differ instead, and from a mirror image on the ends are exchanged.
    """

    def __init__(self, reduced: TcpMachine, graph: Graph, relation: Relation[Any], variant: str) -> None:
        plain = TcpMachine(relation, reduced.asked, reduced.properties)
        super().__init__(plain, graph, relation, variant)
        self.reduced = reduced

    def write(
        self, actions: Sequence[int], property_id: str = "", part: int = 0, loop: Sequence[int] | None = None
    ) -> t.Trace:
        """Return the run of these actions of the reduced machine. Raise ValueError for an endless run."""
        if loop is not None:
            raise ValueError("endless runs are not looked for under a reduction")
        return super().write(self.taken_again(actions), property_id, part)

    def taken_again(self, actions: Sequence[int]) -> list[int]:
        """Return the actions of the plain machine that take the same run."""
        ends, turned = list(self.machine.initial()), 0
        images = list(self.reduced.initial())
        flying: list[tuple[int, int]] = []
        found = []
        for action in actions:
            if self.reduced.twins and _is_mirrored(images, flying):
                turned, images = 1 - turned, images[::-1]
                flying = [(image ^ 1, segment) for image, segment in flying]
            kind, subject = action_kind(action), action_subject(action)
            if kind == TICK:
                ends = [self.machine.tick(end, local) for end, local in enumerate(ends)]
                found.append(action)
                continue
            if kind == LOSE:
                lost = next(entry for entry in flying if entry[0] == subject)
                flying.remove(lost)
                found.append(lost[1] << KIND | LOSE)
                continue
            record = self.reduced.records[subject]
            arriving = None
            if kind in (DELIVER, DELIVER_KEEP):
                entry = next(entry for entry in flying if entry[0] == record.segment)
                arriving = entry[1]
                if kind == DELIVER:
                    flying.remove(entry)
            end = record.end ^ turned
            label = self._row(record, end, ends[end], arriving)
            taken = self.machine.records[label]
            ends[end], images[record.end] = taken.after, record.after
            flying += zip(record.sent, taken.sent, strict=True)
            found.append(label << KIND | kind)
        return found

    def _row(self, record: Record, end: int, local: int, arriving: int | None) -> int:
        """Return the label of the plain machine's row for the choice that a record of the reduced one stands for."""
        plain, after = self.machine, self.reduced.locals[record.end][record.after]
        rows = plain.own(end, local) if arriving is None else plain.arrivals(end, local, arriving)
        for row in rows:
            here = plain.records[row.label]
            same = (here.event, here.forged, here.cut_by) == (record.event, record.forged, record.cut_by)
            same = same and [each.call[1:] for each in here.events] == [each.call[1:] for each in record.events]
            target = plain.locals[end][here.after]
            alike = target.used == after.used if self.reduced.twins else self.reduced.image(target) == after
            if same and alike:
                return row.label
        raise AssertionError(f"a reduced run has no counterpart at {record.event}")
