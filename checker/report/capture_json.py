"""The JSON report of a capture, schema 1 (checker/report/schema/capture-1.json), written piece by piece."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from checker.conform.result import Deviation, EndResult, Gap, Reset
from checker.report.capture_words import SIDES, Shown, sentence


def opening(about: Mapping[str, Any]) -> str:
    """Return the beginning of the report, up to the first connection."""
    return _text({"schema": 1, "tool": "synproof", **about})[:-2] + ',\n "connections": ['


def entry(shown: Shown) -> str:
    """Return a connection, without the comma that stands before all but the first."""
    return "\n  " + _text(connection(shown)).replace("\n", "\n  ")


def closing(rest: Mapping[str, Any]) -> str:
    """Return the end of the report, after the last connection."""
    return "\n ],\n" + _text(rest)[2:] + "\n"


def _text(data: Any) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False)


def connection(shown: Shown) -> dict[str, Any]:
    """Return what was found about a connection as plain data."""
    found, facts = shown.found, shown.found.facts
    return {
        "number": shown.number,
        "incarnation": found.number,
        "tags": list(found.tags),
        "client": found.client.address,
        "server": found.server.address,
        "verdict": found.verdict,
        "frame": found.frame,
        "sentence": sentence(shown),
        "final_states": list(found.final_states),
        "opened_by": list(facts.opened_by),
        "established": facts.established,
        "closed_first": facts.closed_first,
        "reset_by": facts.reset_by,
        "resets": [_reset(reset) for reset in facts.resets],
        "conn_state": facts.conn_state,
        "completeness": facts.completeness,
        "tolerances": list(found.tolerances),
        "midstream": found.midstream,
        "first_frame": found.first_frame,
        "last_frame": found.last_frame,
        "first_time_ns": found.first_time,
        "last_time_ns": found.last_time,
        "segments": found.segments,
        "octets": list(facts.octets),
        "ends": {side: _end(end) for side, end in zip(SIDES, found.ends, strict=True)},
        "notes": list(dict.fromkeys(found.notes)),
    }


def _reset(reset: Reset) -> dict[str, Any]:
    return {
        "frame": reset.frame,
        "time_ns": reset.time,
        "sender": reset.sender,
        "cause": reset.cause,
        "rule": reset.rule,
        "effective": reset.effective,
        "effect": reset.effect,
    }


def _end(end: EndResult) -> dict[str, Any]:
    return {
        "seen": end.seen,
        "role": end.role,
        "verdict": end.verdict,
        "frame": end.frame,
        "reason": end.reason,
        "state": end.state,
        "possible_states": list(end.possible),
        "tolerances": list(end.tolerances),
        "freedoms": list(end.freedoms),
        "deviation": None if end.deviation is None else _deviation(end.deviation),
        "missing": [_gap(gap) for gap in dict.fromkeys(end.missing)],
    }


def _deviation(deviation: Deviation) -> dict[str, Any]:
    return {
        "frame": deviation.frame,
        "sentence": deviation.sentence,
        "state": deviation.state,
        "nearest": [
            {
                "rule": near.rule,
                "event": near.event,
                "condition": near.condition,
                "numbers": near.numbers,
                "change": near.change,
            }
            for near in deviation.near
        ],
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {"what": gap.what, "seq": gap.seq, "octets": gap.octets, "frame": gap.frame, "later": gap.later}


def rest(counts: Mapping[str, int], segments: int, frames: int, notes: Sequence[str], code: int) -> dict[str, Any]:
    """Return what stands after the connections."""
    return {
        "counts": dict(sorted(counts.items())),
        "segments": segments,
        "frames": frames,
        "notes": list(notes),
        "exit_code": code,
    }
