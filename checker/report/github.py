"""GitHub annotations: one line per verdict that is not the expected one, and one per unknown."""

from __future__ import annotations

from collections.abc import Sequence

from checker.verdict import UNKNOWN
from checker.verify import Result
from spec.words import HOLDS


def report(result: Result, disagreements: Sequence[str] = ()) -> str:
    """Return workflow commands (::error, ::warning, ::notice) for the result, and for where z3 contradicts it."""
    lines = []
    for verdict in result.all:
        judgement = verdict.judgement
        where = f"{verdict.about.id} {verdict.about.name}: {verdict.variant}, {verdict.scenario}"
        if judgement.word == UNKNOWN:
            lines.append(_line("warning", where, f"unknown: {judgement.reason}"))
        elif not verdict.expected:
            steps = "" if judgement.steps is None else f" in {judgement.steps} steps"
            wanted = verdict.expected_word or HOLDS
            lines.append(_line("error", where, f"{judgement.word}{steps}, expected {wanted}. {judgement.reason}"))
    lines += [_line("error", "the explorer and z3 disagree", each) for each in disagreements]
    held = sum(v.expected for v in result.all)
    lines.append(_line("notice", "synproof", f"{held} of {len(result.all)} verdicts as expected"))
    return "\n".join(lines) + "\n"


def _line(kind: str, title: str, message: str) -> str:
    clean = message.strip().replace("%", "%25").replace("\n", "%0A")
    return f"::{kind} title={title.replace('%', '%25').replace(',', '%2C').replace(':', '%3A')}::{clean}"
