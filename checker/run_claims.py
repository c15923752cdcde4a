"""The `claims` command: decide what tutorials say, report it, and return the exit code."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from checker.claims import Court
from checker.delivery import Tell, check_writable, colour, deliver, telling
from checker.exits import EXIT_INCONCLUSIVE, EXIT_INTERRUPTED, EXIT_OK
from checker.report.claims import Findings, as_json, text
from checker.report.style import Style
from checker.usage import UsageError
from spec.claims import CLAIMS, CONTRADICTIONS, SOURCES, Claim, Contradiction
from spec.language import nearest


def run_claims(flags: argparse.Namespace) -> int:
    """Decide what the flags ask and print or save the report; return the exit code."""
    claims, contradictions = chosen(flags.ids, flags.source or ())
    if flags.output is not None:
        check_writable(flags.output)
    with telling() as tell:
        found = decided(claims, contradictions, tell)
    code = EXIT_INTERRUPTED if found.interrupted else EXIT_OK if found.complete else EXIT_INCONCLUSIVE
    style = Style(colour=colour(flags.color, to_file=flags.output is not None))
    told = text(found, style, verbose=flags.verbose, traces=flags.trace)
    deliver(flags.output, as_json(found, code) if flags.format == "json" else told)
    return code


def chosen(ids: Sequence[str], sources: Sequence[str]) -> tuple[list[Claim], list[Contradiction]]:
    """Return the claims and contradictions named; all of them if none is. Raise UsageError for an id that is not."""
    contradictions = {each.id: each for each in CONTRADICTIONS}
    names = [*CLAIMS, *contradictions]
    wanted = []
    for name in ids:
        if name.upper() not in names:
            raise UsageError(f"{name!r} is neither a claim nor a contradiction.{nearest(name.upper(), names)}")
        wanted.append(name.upper())
    for source in sources:
        if source.upper() not in SOURCES:
            raise UsageError(f"--source: must be one of {', '.join(SOURCES)}, not {source!r}.")
        wanted += [claim.id for claim in CLAIMS.values() if claim.source == source.upper()]
    if not ids and not sources:
        wanted = names
    return [CLAIMS[name] for name in CLAIMS if name in wanted], [e for n, e in contradictions.items() if n in wanted]


def decided(claims: Sequence[Claim], contradictions: Sequence[Contradiction], tell: Tell | None = None) -> Findings:
    """Return the claims and contradictions decided; what was decided before Ctrl-C is returned."""
    court, found = Court(tell), Findings()
    try:
        for each in court.decide(claims):
            found.claims.append(each)
        for settled in court.settle(contradictions):
            found.contradictions.append(settled)
    except KeyboardInterrupt:
        found.interrupted = True
    found.states = court.states
    return found
