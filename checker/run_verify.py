"""The `verify` command: explore, judge, report, save, and return the exit code."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from pathlib import Path

from checker import itf
from checker.explain import Switch, repairs
from checker.explore.graph import Graph
from checker.output import emit
from checker.report import as_json, github
from checker.report import text as text_report
from checker.usage import UsageError
from checker.verdict import exit_code
from checker.verify import Request, Result, verify
from spec.words import FAILS


def run_verify(request: Request, form: str, flags: argparse.Namespace) -> int:
    """Carry out a request and print or save its report; return the exit code."""
    if flags.output is not None:
        _writable(flags.output)
    if flags.traces is not None:
        _directory(flags.traces)
    progress = _Progress() if sys.stderr is not None and sys.stderr.isatty() else None
    result = verify(request, None if progress is None else progress.report)
    try:
        switches = _switches(result, progress) if form == "text" and not flags.quiet else {}
    except KeyboardInterrupt:
        switches, result.interrupted = {}, True
    if progress is not None:
        progress.clear()
    code = exit_code(result.all, interrupted=result.interrupted)
    text = _render(request, result, form, flags, switches, code)
    if flags.output is None:
        emit(text)
    else:
        _write(flags.output, text)
    if flags.traces is not None:
        _save(flags.traces, result)
    return code


def _render(
    request: Request, result: Result, form: str, flags: argparse.Namespace, switches: dict[int, list[Switch]], code: int
) -> str:
    if form == "json":
        return as_json.report(request, result, code)
    if form == "github":
        return github.report(result)
    style = text_report.Style(colour=_colour(flags.color, to_file=flags.output is not None))
    return text_report.report(request, result, style, switches, verbose=flags.verbose, quiet=flags.quiet)


def _colour(choice: str, *, to_file: bool) -> bool:
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and not to_file)


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


class _Progress:
    """One line on a terminal's stderr, rewritten a few times a second."""

    def __init__(self) -> None:
        self.last = 0.0

    def report(self, label: str, graph: Graph | None, done: int) -> None:
        """Show how far the exploration is."""
        now = time.monotonic()
        if graph is not None and now - self.last > 0.2:
            self.last = now
            self._line(f"{label}: {done:,} of {len(graph.states):,} states expanded, depth {graph.depth}")

    def note(self, text: str) -> None:
        """Show what is being tried."""
        self._line(f"trying {text}")

    def clear(self) -> None:
        """Remove the line."""
        self._line("")

    @staticmethod
    def _line(text: str) -> None:
        sys.stderr.write(f"\r\033[K{text[:110]}")
        sys.stderr.flush()


def _directory(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--traces {path}: cannot be made ({error.strerror}).") from error


def _writable(path: Path) -> None:
    """Raise UsageError, before any work is done, when the report could not be written there."""
    if path.is_dir():
        raise UsageError(f"-o {path}: is a folder, not a file.")
    if not path.parent.is_dir():
        raise UsageError(f"-o {path}: the folder {path.parent} does not exist.")
    if not os.access(path if _special(path) else path.parent, os.W_OK):
        raise UsageError(f"-o {path}: cannot be written (Permission denied).")


def _special(path: Path) -> bool:
    """Return whether the path is a device, a pipe or the like: something to write to, not to replace."""
    return path.exists() and not path.is_file()


def _write(path: Path, text: str) -> None:
    """Write all of the text or nothing."""
    target = path if _special(path) else path.resolve()
    scratch = path if _special(path) else target.with_name(f".synproof-{os.getpid()}.part")
    try:
        scratch.write_text(text, encoding="utf-8")
        if scratch != target:
            scratch.replace(target)
    except OSError as error:
        if scratch != target:
            with contextlib.suppress(OSError):
                scratch.unlink()
        raise UsageError(f"{path}: cannot be written ({error.strerror}).") from error


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
            _write(folder / name, itf.dumps(trace))
