"""Traces saved as ITF, the Informal Trace Format (Apalache ADR-015), and read back.

The states are for any ITF viewer; "#meta" carries what a replay needs: property, world, segments, steps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from checker.usage import UsageError
from spec.digest import digest
from spec.environment import ENDS, World
from spec.ghosts import GHOSTS, MESSAGE_GHOSTS
from spec.language import Relation, nearest
from spec.trace import ATTACKER, FORGE, EventRecord, Record, SentSegment, Trace, TraceStep
from spec.variants import VARIANTS
from spec.vocabulary import CALL_FIELDS, State
from spec.world_data import world_from_data, world_to_data

FORMAT = 1


class TraceFileError(UsageError):
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
    lasso = {} if trace.loop is None else {"loop": trace.loop}
    return {"#meta": meta, "vars": variables, "states": states, **lasso}


def _state(trace: Trace, number: int) -> dict[str, Any]:
    step = trace.steps[number - 1] if number else None
    rules = [rule for event in step.events for rule in event.chain] if step else []
    return {
        "A": _plain(trace.tcb(0, number)),
        "B": _plain(trace.tcb(1, number)),
        "network": list(trace.in_flight(number)),
        "step": {
            "kind": step.kind if step else "initial",
            "end": ENDS[step.end] if step else "",
            "events": [event.event for event in step.events] if step else [],
            "rules": rules,
        },
    }


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
        "loop": trace.loop,
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
        return loads(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise TraceFileError(f"{path}: cannot be read ({error.strerror}); give a saved .itf.json trace.") from error
    except UnicodeDecodeError as error:
        raise TraceFileError(f"{path}: is not text ({error.reason}); give a saved .itf.json trace.") from error


def loads(text: str, source: str = "trace") -> Trace:
    """Return the trace that `dumps` made this text of. Raise TraceFileError, naming `source`, if it did not."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TraceFileError(f"{source}: is not JSON ({error}); give a saved .itf.json trace.") from error
    try:
        payload = data["#meta"]["synproof"]
        schema = payload["schema"]
    except (KeyError, TypeError) as error:
        raise TraceFileError(f'{source}: is not a trace of ours: "#meta" has no "synproof" entry.') from error
    if schema != FORMAT:
        raise TraceFileError(
            f"{source}: has trace format {schema!r}, this program reads format {FORMAT}; save it anew."
        )
    try:
        trace = _trace(payload, _relation(source, payload))
        told = json.loads(dumps(trace))
        same = told.get("loop") == data.get("loop") and all(told[key] == data[key] for key in ("vars", "states"))
        whole = told["#meta"]["synproof"] == payload and same
    except _DAMAGE as error:
        raise TraceFileError(f"{source}: is damaged: {type(error).__name__}: {error}.") from error
    if not whole:
        raise TraceFileError(f"{source}: is damaged: what it says of its steps and what it says of its states differ.")
    return trace


_DAMAGE = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError)


def _relation(source: str, payload: Mapping[str, Any]) -> Relation[State]:
    """Return the relation that a trace belongs to, if it is still the same."""
    name, then = str(payload["variant"]), payload["rules"]
    if name not in VARIANTS:
        raise TraceFileError(
            f"{source}: belongs to variant {name!r}, which does not exist here.{nearest(name, VARIANTS)}"
        )
    relation = VARIANTS[name].relation
    now = digest(relation)
    if then != now:
        raise TraceFileError(
            f"{source}: was made with other rules of {name} (digest {then!r}, now {now!r}): run verify again."
        )
    return relation


def _trace(payload: Mapping[str, Any], relation: Relation[State]) -> Trace:
    """Return the trace, every record with the fields that it must have, in their order."""
    kept = [ghost for ghost in GHOSTS if ghost.name in payload["initial"][0][1]]
    tcb, ghosts = [variable.name for variable in relation.variables], [ghost.name for ghost in kept]
    first, second = ((_record(one, tcb), _record(two, ghosts)) for one, two in payload["initial"])
    if any(record[ghost.name] != ghost.initial for record in (first[1], second[1]) for ghost in kept):
        raise ValueError("a ghost does not begin with its initial value")
    tags = [name for name in MESSAGE_GHOSTS if all(name in segment["ghosts"] for segment in payload["segments"])]
    fields = list(relation.message)
    segments = tuple(
        SentSegment(n, _sender(s["sender"]), int(s["step"]), _record(s["fields"], fields), _record(s["ghosts"], tags))
        for n, s in enumerate(payload["segments"])
    )
    steps = tuple(
        TraceStep(
            str(step["kind"]), _end(step["end"]), step["segment"], tuple(_event(e, tcb, ghosts) for e in step["events"])
        )
        for step in payload["steps"]
    )
    forged = [[step.segment] if step.kind == FORGE else [] for step in steps]
    own = [[number for event in step.events for number in event.sent] for step in steps]
    sent = [number for first, second in zip(forged, own, strict=True) for number in (*first, *second)]
    if sent != list(range(len(segments))):
        raise ValueError("the segments listed are not those that the steps send")
    claim = (str(payload["property"]), int(payload["part"]), str(payload["variant"]), str(payload["rules"]))
    loop = payload["loop"]
    if loop is not None and not (type(loop) is int and 0 <= loop <= len(steps)):
        raise ValueError(f"the run cannot go back to step {loop!r}")
    return Trace(*claim, _world(payload["world"]), (first, second), segments, steps, loop)


def _world(data: Mapping[str, Any]) -> World:
    world = world_from_data(data)
    faults, calls = world.faults, [call for user in world.users for call in user.calls]
    bounds = [
        *(world.seq_bits, world.window, *world.incarnations, *(policy.step for policy in world.isn)),
        *(number for call in calls for number in (call.times, call.octets)),
        *(faults.losses or 0, faults.duplicates or 0, faults.retransmissions or 0),
        *(faults.crashes, faults.user_timeouts, world.network.lifetime or 0),
        *(() if world.time_wait is None else (world.time_wait.msls or 0,)),
        *(() if world.attacker is None else (world.attacker.injections,)),
    ]
    if not all(isinstance(bound, int) and bound >= 0 for bound in bounds):
        raise ValueError("a bound of the world is not a number")
    for end in (*faults.crashing, *(() if world.attacker is None else world.attacker.victims)):
        _end(end)
    if not 1 <= world.seq_bits <= 64:
        raise ValueError(f"sequence numbers cannot have {world.seq_bits} bits")
    return world


def _event(data: Mapping[str, Any], tcb: Sequence[str], ghosts: Sequence[str]) -> EventRecord:
    return EventRecord(
        str(data["event"]),
        _record(data["call"], list(CALL_FIELDS)),
        tuple(data["chain"]),
        tuple(int(n) for n in data["sent"]),
        tuple(data["signals"]),
        _record(data["tcb"], tcb),
        _record(data["ghosts"], ghosts),
    )


def _sender(value: Any) -> int:
    return ATTACKER if value == ATTACKER else _end(value)


def _end(value: Any) -> int:
    if value not in (0, 1):
        raise ValueError(f"{value!r} is not an end")
    return int(value)


def _record(data: Mapping[str, Any], names: Sequence[str]) -> Record:
    values = {name: data[name] for name in names}
    return {name: tuple(tuple(pair) for pair in v) if isinstance(v, list) else v for name, v in values.items()}
