"""Models as lines of text: two states and a step, in the RFC's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from checker.symbolic.terms import Pairs, Record, Terms
from spec.language import Sort

if TYPE_CHECKING:
    from checker.symbolic.system import Ends, Step, System


def values(model: Any, record: Record, sorts: dict[str, Sort]) -> dict[str, Any]:
    """Return what a model makes of a record; sets of pairs are left out."""
    return {
        name: Terms.plain(model.eval(record[name], model_completion=True), sort)
        for name, sort in sorts.items()
        if sort.name != "pairs" and not isinstance(record[name], Pairs)
    }


def segment_line(fields: dict[str, Any]) -> str:
    """Return a segment in the RFC's notation: <SEQ=300><ACK=101><CTL=SYN,ACK>, of which incarnation."""
    bits = [bit for bit in ("SYN", "FIN", "RST", "ACK") if fields[f"{bit} bit"]]
    ack = f"<ACK={fields['ACK']}>" if "ACK" in bits else ""
    data = f"<DATA={fields['DATA']}>" if fields["DATA"] else ""
    return f"<SEQ={fields['SEQ']}>{ack}{data}<CTL={','.join(bits)}> of incarnation {fields['INC']}"


def ends_of(system: System, ends: Ends, model: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a model makes of both ends: TCB and ghosts, sets of pairs left out."""
    sorts = {ghost.name: ghost.variable.sort for ghost in system.ghosts}
    a, b = (
        {**values(model, tcb, system.end.sorts), **values(model, ghosts, sorts)}
        for tcb, ghosts in zip(ends.tcb, ends.ghosts, strict=True)
    )
    return a, b


def _end_lines(system: System, ends: Ends, model: Any) -> list[str]:
    lines = []
    for name, here in zip("AB", ends_of(system, ends, model), strict=True):
        state = here.pop("STATE")
        rest = ", ".join(f"{key}={value}" for key, value in here.items() if value not in (False, 0, "none", "not yet"))
        lines.append(f"  {name} {state}: {rest or 'nothing'}")
    return lines


def cti(system: System, step: Step, segments: Sequence[Record], model: Any) -> tuple[str, ...]:
    """Return a counterexample to induction: the state before, the step, the state after; and the segments it names."""
    path, message = step.happened.path, dict(system.message)
    lines = ["before:", *_end_lines(system, system.now, model)]
    arrives = f" {segment_line(values(model, system.arriving, message))}" if path.event == "SEGMENT ARRIVES" else ""
    lines.append(f"A: {path.event}{arrives} (rules {' '.join(path.chain)})")
    lines += [f"  sent: {segment_line(values(model, sent, message))}" for sent in step.happened.sent]
    lines += ["after:", *_end_lines(system, step.after, model)]
    lines += [f"  for the segment {segment_line(values(model, segment, message))}" for segment in segments]
    return tuple(lines)
