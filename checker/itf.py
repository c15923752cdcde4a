"""Traces saved as ITF, the Informal Trace Format (Apalache ADR-015), and read back.

The states are for any ITF viewer; "#meta" carries what a replay needs: property, world, segments, steps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spec.digest import digest
from spec.environment import ENDS
from spec.trace import LOSE, EventRecord, Record, SentSegment, Trace, TraceStep
from spec.variants import VARIANTS
from spec.world_data import world_from_data, world_to_data

FORMAT = 1


class TraceFileError(Exception):
    """A file that is not a trace of ours, or one of other rules; the message is one sentence for the user."""


def to_itf(trace: Trace) -> dict[str, Any]:
    """Return the trace as ITF data."""
    variables = ["A", "B", "network", "step"]
    states = [{"#meta": {"index": n}, **_state(trace, n)} for n in range(len(trace.steps) + 1)]
    meta = {
        "format": "ITF",
        "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
        "description": f"{trace.property or 'run'} for {trace.variant} in world {trace.world.name}",
        "synproof": _payload(trace),
    }
    return {"#meta": meta, "vars": variables, "states": states}


def _state(trace: Trace, number: int) -> dict[str, Any]:
    step = trace.steps[number - 1] if number else None
    rules = [rule for event in step.events for rule in event.chain] if step else []
    return {
        "A": _plain(trace.tcb(0, number)),
        "B": _plain(trace.tcb(1, number)),
        "network": [segment.number for segment in _in_flight(trace, number)],
        "step": {
            "kind": step.kind if step else "initial",
            "end": ENDS[step.end] if step else "",
            "events": [event.event for event in step.events] if step else [],
            "rules": rules,
        },
    }


def _in_flight(trace: Trace, number: int) -> list[SentSegment]:
    gone = {step.segment for step in trace.steps[:number] if step.kind in ("deliver", LOSE)}
    return [s for s in trace.segments if s.step <= number and s.number not in gone]


def _plain(record: Record) -> Record:
    return {name: [list(pair) for pair in v] if isinstance(v, tuple) else v for name, v in record.items()}


def _payload(trace: Trace) -> dict[str, Any]:
    return {
        "schema": FORMAT,
        "property": trace.property,
        "part": trace.part,
        "variant": trace.variant,
        "rules": trace.rules,
        "world": world_to_data(trace.world),
        "initial": [[_plain(tcb), _plain(ghosts)] for tcb, ghosts in trace.initial],
        "segments": [
            {"sender": s.sender, "step": s.step, "fields": s.fields, "ghosts": s.ghosts} for s in trace.segments
        ],
        "steps": [
            {
                "kind": step.kind,
                "end": step.end,
                "segment": step.segment,
                "events": [
                    {
                        "event": event.event,
                        "call": event.call,
                        "chain": list(event.chain),
                        "sent": list(event.sent),
                        "signals": list(event.signals),
                        "tcb": _plain(event.tcb),
                        "ghosts": _plain(event.ghosts),
                    }
                    for event in step.events
                ],
            }
            for step in trace.steps
        ],
    }


def dumps(trace: Trace) -> str:
    """Return the trace as ITF text, the same bytes for the same trace."""
    return json.dumps(to_itf(trace), indent=1, ensure_ascii=False) + "\n"


def load(path: Path) -> Trace:
    """Return the trace in a file. Raise TraceFileError when it cannot be read, is damaged, or is of other rules."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TraceFileError(f"{path}: cannot be read ({error.strerror}); give a saved .itf.json trace.") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise TraceFileError(f"{path}: is not JSON ({error}); give a saved .itf.json trace.") from error
    try:
        payload = data["#meta"]["synproof"]
        schema = payload["schema"]
    except (KeyError, TypeError) as error:
        raise TraceFileError(f'{path}: is not a trace of ours: "#meta" has no "synproof" entry.') from error
    if schema != FORMAT:
        raise TraceFileError(f"{path}: has trace format {schema!r}, this program reads format {FORMAT}; save it anew.")
    try:
        trace = _trace(payload)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TraceFileError(f"{path}: is damaged: {type(error).__name__}: {error}.") from error
    _check_rules(path, trace)
    return trace


def _check_rules(path: Path, trace: Trace) -> None:
    if trace.variant not in VARIANTS:
        raise TraceFileError(f"{path}: belongs to variant {trace.variant!r}, which does not exist here.")
    now = digest(VARIANTS[trace.variant].relation)
    if trace.rules != now:
        raise TraceFileError(
            f"{path}: was made with other rules of {trace.variant} (digest {trace.rules}, now {now}): run verify again."
        )


def _trace(payload: Mapping[str, Any]) -> Trace:
    first, second = ((_record(tcb), _record(ghosts)) for tcb, ghosts in payload["initial"])
    segments = tuple(
        SentSegment(n, _end(s["sender"]), int(s["step"]), dict(s["fields"]), dict(s["ghosts"]))
        for n, s in enumerate(payload["segments"])
    )
    steps = tuple(
        TraceStep(str(step["kind"]), _end(step["end"]), step["segment"], tuple(_event(e) for e in step["events"]))
        for step in payload["steps"]
    )
    for step in steps:
        numbers = [n for event in step.events for n in event.sent] + ([] if step.segment is None else [step.segment])
        if any(not 0 <= n < len(segments) for n in numbers):
            raise ValueError("a step names a segment that is not there")
    return Trace(
        str(payload["property"]),
        int(payload["part"]),
        str(payload["variant"]),
        str(payload["rules"]),
        world_from_data(payload["world"]),
        (first, second),
        segments,
        steps,
    )


def _event(data: Mapping[str, Any]) -> EventRecord:
    return EventRecord(
        str(data["event"]),
        dict(data["call"]),
        tuple(data["chain"]),
        tuple(int(n) for n in data["sent"]),
        tuple(data["signals"]),
        _record(data["tcb"]),
        _record(data["ghosts"]),
    )


def _end(value: Any) -> int:
    if value not in (0, 1):
        raise ValueError(f"{value!r} is not an end")
    return int(value)


def _record(data: Mapping[str, Any]) -> Record:
    return {
        str(name): tuple(tuple(pair) for pair in value) if isinstance(value, list) else value
        for name, value in data.items()
    }
