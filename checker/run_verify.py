"""The `verify` command: explore, judge, report, save, and return the exit code."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from checker import itf
from checker.config import Options, options, request
from checker.delivery import Line, check_writable, colour, deliver, make_folder, on_terminal, write_whole
from checker.exits import worst
from checker.explain import Switch, repairs
from checker.explore.graph import Graph
from checker.report import as_json, github
from checker.report import text as text_report
from checker.report.style import Style
from checker.usage import need_z3
from checker.verdict import exit_code
from checker.verify import Request, Result, verify
from spec.words import FAILS

if TYPE_CHECKING:
    from checker.run_prove import Beside


def run(flags: argparse.Namespace) -> int:
    """Carry out `verify` with the engine that is asked for; return the exit code."""
    chosen = options(flags, Path.cwd())
    if chosen.engine != "explore":
        need_z3(f"--engine {chosen.engine}")
    if chosen.engine == "z3":
        from checker.run_prove import run_engine  # z3 is loaded only when it is asked

        return run_engine(chosen, flags)
    return run_verify(chosen, flags)


def run_verify(chosen: Options, flags: argparse.Namespace) -> int:
    """Explore what was chosen and print or save the report; return the exit code."""
    asked, form = request(chosen), chosen.format
    if flags.output is not None:
        check_writable(flags.output)
    if flags.traces is not None:
        make_folder("--traces", flags.traces)
    progress = _Progress() if on_terminal() else None
    result = verify(asked, None if progress is None else progress.report)
    try:
        switches = _switches(result, progress) if form == "text" and not flags.quiet else {}
    except KeyboardInterrupt:
        switches, result.interrupted = {}, True
    code = exit_code(result.all, interrupted=result.interrupted)
    proved = None
    if chosen.engine == "both":
        from checker.run_prove import beside  # z3 is loaded only when it is asked

        proved = beside(chosen, asked, result, flags, None if progress is None else progress.tell)
        code = worst(code, proved.exit_code)
    if progress is not None:
        progress.clear()
    deliver(flags.output, _render(asked, result, form, flags, switches, code, proved))
    if flags.traces is not None:
        _save(flags.traces, result)
    return code


def _render(
    request: Request,
    result: Result,
    form: str,
    flags: argparse.Namespace,
    switches: dict[int, list[Switch]],
    code: int,
    proved: Beside | None,
) -> str:
    if form == "json":
        return as_json.report(request, result, code, None if proved is None else proved.data)
    if form == "github":
        return github.report(result, () if proved is None else proved.proofs.disagree)
    style = Style(colour=colour(flags.color, to_file=flags.output is not None))
    told = text_report.report(request, result, style, switches, verbose=flags.verbose, quiet=flags.quiet)
    return told if proved is None else f"{told}\n{proved.text(style)}"


def _switches(result: Result, progress: _Progress | None) -> dict[int, list[Switch]]:
    """Return, for each run that the report shows, which single switches make its property hold."""
    if result.interrupted:
        return {}
    found = {}
    for verdict in text_report.shown(result)[:3]:
        trace = verdict.judgement.trace
        if trace is not None and verdict.about.parts:
            tell = None if progress is None else progress.note
            found[id(verdict)] = repairs(verdict.about, verdict.variant, trace.world, tell)
    return found


class _Progress(Line):
    """How far an exploration is."""

    def report(self, label: str, graph: Graph | None, done: int) -> None:
        """Show how far the exploration is."""
        if graph is not None and self.due:
            self.show(f"{label}: {done:,} of {len(graph.states):,} states expanded, depth {graph.depth}")

    def note(self, text: str) -> None:
        """Show what is being tried."""
        self.show(f"trying {text}")


def _save(folder: Path, result: Result) -> None:
    for verdict in result.all:
        trace = verdict.judgement.trace
        if trace is not None and verdict.judgement.word == FAILS:
            isn = (
                ""
                if verdict.isn == "fresh"
                else "-" + "".join(c if c.isalnum() else "-" for c in verdict.isn).strip("-")
            )
            name = f"{verdict.about.id}-{verdict.variant}-{trace.world.name}{isn}.itf.json"
            write_whole(folder / name, itf.dumps(trace))
