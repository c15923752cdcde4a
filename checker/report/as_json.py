"""The JSON report, schema 1 (checker/report/schema/verify-1.json)."""

from __future__ import annotations

import json
from typing import Any

from checker.verdict import Verdict
from checker.verify import Request, Result
from spec.trace import Trace


def report(request: Request, result: Result, exit_code: int, proved: dict[str, Any] | None = None) -> str:
    """Return the whole report as JSON text, the same bytes for the same result; `proved` is what z3 adds to it."""
    data = {
        "schema": 1,
        "tool": "synproof",
        "scenario": request.scenario.name,
        "changed": request.changed,
        "interrupted": result.interrupted,
        "exit_code": exit_code,
        "verdicts": [_verdict(verdict) for verdict in result.all],
        "coverage": _coverage(result),
        **(proved or {"disagreements": [], "proofs": []}),
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _verdict(verdict: Verdict) -> dict[str, Any]:
    judgement, runs = verdict.judgement, verdict.runs
    return {
        "property": verdict.about.id,
        "name": verdict.about.name,
        "variant": verdict.variant,
        "scenario": verdict.scenario,
        "isn": verdict.isn,
        "cell": None if verdict.cell is None else list(verdict.cell),
        "verdict": judgement.word,
        "reason": judgement.reason,
        "expected_verdict": verdict.expected_word,
        "expected": verdict.expected,
        "complete": verdict.complete,
        "states": sum(run.states for run in runs),
        "transitions": sum(run.transitions for run in runs),
        "depth": max((run.depth for run in runs), default=0),
        "steps": judgement.steps,
        "engine": verdict.engine,
        "bounds": verdict.bounds,
        "notes": list(verdict.notes),
        "cut_off": {run.world.name: run.cuts for run in runs if run.cuts},
        "fairness": list(verdict.fairness),
        "assumptions": [verdict.about.assumes] if verdict.about.assumes else [],
        "cite": verdict.about.cite,
        "trace": _trace(judgement.trace) if judgement.trace is not None else None,
    }


def _trace(trace: Trace) -> dict[str, Any]:
    return {
        "world": trace.world.name,
        "loop": trace.loop,
        "steps": [
            {
                "kind": step.kind,
                "end": "AB"[step.end],
                "events": [event.event for event in step.events],
                "rules": [rule for event in step.events for rule in event.chain],
                "state": step.events[-1].tcb["STATE"] if step.events else None,
            }
            for step in trace.steps
        ],
    }


def _coverage(result: Result) -> list[dict[str, Any]]:
    entries = []
    for variant in dict.fromkeys(v.variant for v in result.verdicts):
        runs = result.runs_of(variant)
        if not runs:
            continue
        fired = {rule: sum(run.fired.get(rule, 0) for run in runs) for rule in runs[0].rule_ids}
        states = sorted({state for run in runs for state in run.reached})
        entries.append(
            {"variant": variant, "rules": fired, "states": states, "state_pairs": max(r.pairs for r in runs)}
        )
    return entries
