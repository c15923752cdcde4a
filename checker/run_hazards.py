"""The `hazards` command: look for the hazards of the literature, report, and return the exit code."""

from __future__ import annotations

import argparse

from checker.delivery import check_writable, colour, deliver, telling
from checker.hazards import chosen, exit_code, find
from checker.report.hazards import as_json, report
from checker.report.style import Style


def run_hazards(flags: argparse.Namespace) -> int:
    """Look for the hazards that the flags name; print or save the report; return the exit code."""
    hazards = chosen(flags.ids)
    if flags.output is not None:
        check_writable(flags.output)
    with telling() as tell:
        found = find(hazards, repairs=not flags.no_repairs, progress=tell)
    code = exit_code(found)
    if flags.format == "json":
        deliver(flags.output, as_json(found, code))
    else:
        style = Style(colour=colour(flags.color, to_file=flags.output is not None))
        deliver(flags.output, report(found, style, runs=flags.trace))
    return code
