"""Runs to be drawn: everything that fails in the quick scenario, for some variants."""

from __future__ import annotations

from functools import cache

from checker.verdict import Verdict
from checker.verify import Request, verify
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
from spec.trace import Trace

VARIANTS_DRAWN = ("three-way", "two-way", "rfc793", "hold", "four-way-split", "continue-after-bad-ack")


@cache
def failing(variant: str) -> list[Verdict]:
    """Return the verdicts of a variant that a run decides."""
    result = verify(Request((variant,), tuple(PROPERTIES), SCENARIOS["quick"]))
    return [verdict for verdict in result.verdicts if verdict.judgement.trace is not None]


def traces() -> list[Trace]:
    """Return all runs."""
    found = [verdict.judgement.trace for variant in VARIANTS_DRAWN for verdict in failing(variant)]
    return [trace for trace in found if trace is not None]
