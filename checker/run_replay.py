"""The `replay` command: a script, or the RFCs' own figures, played by a variant's relation."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from checker.delivery import check_writable, deliver
from checker.exits import EXIT_FAILED, EXIT_OK
from checker.output import wrapped
from checker.script import INFERRED, Played, play
from checker.usage import UsageError, known
from diagrams.render import render
from diagrams.render.ladder_text import ladder
from diagrams.sequence import Fate, Ladder, Mark, Message, Row, Verdict, message_sequence
from spec.figures import NAMES, figure
from spec.language import nearest
from spec.script import Script, ScriptError, parse
from spec.trace import Trace
from spec.variants import VARIANTS

LONGEST = 1 << 20
"""A script is no longer than this, in octets."""
FORMATS = {"text": "txt", "json": "json", "svg": "svg", "mermaid": "mmd"}
"""How a play is written down, each with its suffix."""


def run_replay(flags: argparse.Namespace) -> int:
    """Play what the flags name and print or save what came of it; return the exit code: 1 when one is refused."""
    form = _form(flags)
    scripts = _scripts(flags)
    if flags.output is not None:
        check_writable(flags.output)
    if len(scripts) > 1 and form not in ("text", "json"):
        raise UsageError(f"--format {form}: draws one figure; name it with --figure.")
    played = [play(script, VARIANTS[_variant(script, flags.variant)]) for script in scripts]
    if form == "json":
        text = json.dumps([entry(each) for each in played], indent=2) + "\n"
    elif flags.figures:
        text = table(played)
    else:
        text = report(played[0]) if form == "text" else render(picture(played[0]), form).decode()
    deliver(flags.output, text)
    return EXIT_OK if all(each.accepted for each in played) else EXIT_FAILED


def _form(flags: argparse.Namespace) -> str:
    if flags.format is not None:
        return str(flags.format)
    suffix = "" if flags.output is None else flags.output.suffix.lower().lstrip(".")
    return next((form for form, ending in FORMATS.items() if suffix in (form, ending)), "text")


def _variant(script: Script, named: str | None) -> str:
    return known("variant", named or script.variant, list(VARIANTS))


def _scripts(flags: argparse.Namespace) -> list[Script]:
    """Return what is to be played. Raise UsageError unless one thing is named, and it can be read."""
    asked = [flags.file is not None, flags.figure is not None, flags.figures]
    if sum(asked) != 1:
        raise UsageError("replay: name a script, or --figure ID, or --figures for all of them.")
    if flags.figures:
        return [figure(name) for name in NAMES]
    if flags.figure is not None:
        if flags.figure not in NAMES:
            raise UsageError(
                f"figure {flags.figure!r} does not exist, choose from {', '.join(NAMES)}.{nearest(flags.figure, NAMES)}"
            )
        return [figure(flags.figure)]
    return [read(flags.file)]


def read(path: Path) -> Script:
    """Return the script in a file. Raise UsageError when it cannot be read, with file, line and column."""
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); give a script.") from error
    if len(data) > LONGEST:
        raise UsageError(f"{path}: is longer than {LONGEST:,} octets; scripts are not.")
    try:
        script = parse(data.decode(), str(path))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 text.") from error
    except ScriptError as error:
        raise UsageError(str(error)) from error
    return script if script.id else replace(script, id=path.stem)


# --- words ------------------------------------------------------------------------------------------------------


def entry(played: Played) -> dict[str, Any]:
    """Return what came of a script as plain data."""
    script = played.script
    return {
        "id": script.id,
        "title": script.title,
        "cite": script.cite,
        "shows": script.shows,
        "notes": list(script.notes),
        "variant": played.variant,
        "accepted": played.accepted,
        "line": played.line,
        "label": played.label,
        "rule": played.rule,
        "why": played.why,
        "guard": played.guard,
        "steps": played.steps,
        "inferred": list(played.inferred),
        "instead": None if played.instead is None else len(played.instead.steps) - played.steps,
    }


def verdict(played: Played) -> str:
    """Return in a sentence what came of a script."""
    if not played.accepted:
        return f"Refused at line {played.label}: {played.why}"
    return f"Accepted by {played.variant}: {_counted(played.steps, 'step')}, {len(played.inferred)} of them inferred."


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def report(played: Played) -> str:
    """Return the run of a script as a ladder, and what came of it."""
    script = played.script
    about = f"{script.id}  {script.title}".strip()
    octets = f"window {_counted(script.window, 'octet')}"
    lines = [about, wrapped(script.shows)] if script.shows else [about]
    lines += [wrapped(f"note: {note}") for note in script.notes]
    lines += [f"{name} is {number}" for name, number in script.symbols]
    lines += [f"played by {played.variant}, {octets}", "", *_run(played.trace, played.remarks), ""]
    lines.append(wrapped(verdict(played)))
    if played.guard:
        lines.append(wrapped(f"{played.rule} fires when {played.guard}", first="  ", rest="    "))
    return "\n".join([*lines, *_instead(played), ""])


def _run(trace: Trace | None, remarks: Sequence[str]) -> list[str]:
    return [] if trace is None else [ladder(trace, remarks=dict(enumerate(remarks, 1)))]


def _instead(played: Played) -> Iterator[str]:
    """Yield how things go on after a refusal."""
    states = [f"{'AB'[end]} {state}" for end, state in enumerate(played.script.last_states()) if state is not None]
    if played.accepted or not states:
        return
    where = f"to the states in which the figure ends ({', '.join(states)})"
    if played.instead is None:
        yield f"No way on from there {where} was found."
        return
    more = len(played.instead.steps) - played.steps
    yield f"What {played.variant} allows instead: {_counted(more, 'step')} from there {where}{':' if more else '.'}"
    if more:
        yield ""
        yield from _run(played.instead, played.instead_remarks)


def table(played: Sequence[Played]) -> str:
    """Return a line for each script: id, source, variant, verdict, steps and how many of them are inferred."""
    heads = ("id", "source", "variant", "verdict", "steps", "inferred")
    rows = [heads, *(_cells(each) for each in played)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    refused = [wrapped(f"{each.script.id}: {verdict(each)}") for each in played if not each.accepted]
    return "\n".join([*lines, "", *refused, *([""] if refused else [])])


def _cells(played: Played) -> tuple[str, ...]:
    by = f" by {played.rule}" if played.rule is not None else ""
    word = "accepted" if played.accepted else f"refused at line {played.label}{by}"
    script = played.script
    return script.id, script.cite, played.variant, word, str(played.steps), str(len(played.inferred))


# --- pictures ---------------------------------------------------------------------------------------------------


def picture(played: Played) -> Ladder:
    """Return the run of a script as a ladder to be drawn: inferred steps said so, a refused line marked.

    Raise UsageError when there is no run to draw.
    """
    trace = played.trace
    if trace is None or not trace.steps:
        raise UsageError(f"{played.script.id}: {verdict(played)} There is no run to draw.")
    drawn = message_sequence(trace, title=played.script.title or played.script.id)
    look = "holds" if played.accepted else "violation"
    rows = tuple(_told(row, played.remarks) for row in drawn.rows)
    messages = tuple(_arriving(message, played.remarks) for message in drawn.messages)
    marks = () if played.accepted else (Mark(len(rows), "violation", f"line {played.label}"),)
    lines = tuple(textwrap.wrap(verdict(played), 88))
    return replace(drawn, rows=rows, messages=messages, marks=marks, verdict=Verdict(lines, look))


def _told(row: Row, remarks: Sequence[str]) -> Row:
    """Return a row whose event says that it is inferred."""
    if remarks[row.number - 1] != INFERRED:
        return row
    told = [replace(each, event=f"{each.event} {INFERRED}") if each.event else each for each in row.happenings]
    return replace(row, happenings=tuple(told))


def _arriving(message: Message, remarks: Sequence[str]) -> Message:
    """Return a message whose arrivals say that they are inferred."""

    def told(fate: Fate) -> Fate:
        inferred = fate.step <= len(remarks) and remarks[fate.step - 1] == INFERRED and fate.word in ("arrived", "copy")
        return replace(fate, notes=(*fate.notes, INFERRED)) if inferred else fate

    return replace(message, fates=tuple(told(fate) for fate in message.fates))
