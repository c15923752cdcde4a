"""Hazards as text and as data: a table, each run with why and what prevents it, and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from checker.hazards import FOUND, OUTSIDE, UNKNOWN, Outcome, Result, Results
from checker.output import wrapped
from checker.report.style import Style
from checker.report.text import rules_of_trace, why
from diagrams.render.ladder_text import ladder
from spec.hazards import MUST_HOLD, REACHES, Experiment
from spec.language import show
from spec.words import FAILS, HOLDS

SCHEMA = 1
_WORDS = {HOLDS: "prevents it", FAILS: "does not prevent it"}
_WORDS_IF_MUST_HOLD = {HOLDS: "it still holds", FAILS: "it fails"}


def report(found: Results, style: Style, *, runs: bool) -> str:
    """Return the table, or with `runs` every run with why and what prevents it; then a summary."""
    lines = []
    if runs:
        for result in found.results:
            lines += [*_told(result, style), ""]
    elif found.results:
        lines += [*_table(found.results, style), ""]
    return "\n".join([*lines, _summary(found, style)]) + "\n"


def _table(results: Sequence[Result], style: Style) -> list[str]:
    """Return one row a hazard."""
    rows = [cells(result) for result in results]
    head = ("hazard", "", "found", "steps", "faults", "states", "prevented by")
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head) - 1)]
    lines = [style.head(_spread(head, widths))]
    for result, row in zip(results, rows, strict=True):
        paint = {FOUND: style.good, OUTSIDE: style.soft}.get(result.word, style.bad)
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        padded[2] = paint(padded[2])
        lines.append("  ".join([*padded, row[-1]]).rstrip())
    return lines


def _spread(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
    return "  ".join([*padded, cells[-1]]).rstrip()


def cells(result: Result) -> tuple[str, ...]:
    """Return what a row says: id, name, found, steps, faults, states, what prevents it."""
    hazard, outcome = result.hazard, result.outcome
    states = "" if outcome is None else f"{outcome.states:,}"
    return hazard.id, hazard.name, _word(result), _steps(result), _faults(result), states, _premise(result)


def _word(result: Result) -> str:
    """Return the word of a result; where a recovery must work, that it does."""
    experiment = result.hazard.experiment
    recovers = experiment is not None and experiment.kind == MUST_HOLD and result.word == FOUND
    return "recovers" if recovers else result.word


def _steps(result: Result) -> str:
    if result.outcome is None or result.outcome.steps is None:
        return "-" if result.outcome is None or result.word != FOUND else "counted"
    return f"{result.outcome.steps}" + ("" if result.loop is None else f"+{result.loop}")


def _faults(result: Result) -> str:
    if result.trace is None:
        return "-"
    return ", ".join(f"{number} {_one(name, number)}" for name, number in result.faults.items()) or "none"


def _one(name: str, number: int) -> str:
    """Return a name of faults in the right number."""
    if number != 1:
        return name
    return {"losses": "loss", "crashes": "crash"}.get(name, name.removesuffix("s"))


def _premise(result: Result) -> str:
    if result.broken_by is not None:
        return f"(fails with {result.broken_by})"
    return result.repaired_by or ("-" if result.word != OUTSIDE else "")


def _told(result: Result, style: Style) -> list[str]:
    """Return everything about one hazard: what it is, its run, why, what prevents it, its rules."""
    hazard, experiment, outcome = result.hazard, result.hazard.experiment, result.outcome
    lines = [style.head(f"{hazard.id} {hazard.name}: {_word(result)}"), wrapped(hazard.title), f"  {hazard.cite}"]
    if experiment is None or outcome is None:
        return [*lines, wrapped(f"It is outside the model: it needs {hazard.outside}.")]
    lines += _asked(experiment)
    lines += [wrapped(hazard.note, first="  ")] if hazard.note else []
    lines += _run(result, experiment, outcome)
    lines += _switches(result, experiment)
    lines += ["", "Forged segments that hit (P-14, counted):", *(f"  {line}" for line in result.counts)] * bool(
        result.counts
    )
    if outcome.trace is not None:
        lines += ["", "Rules:", *rules_of_trace(outcome.trace, experiment.variant.relation)]
    return lines


def _asked(experiment: Experiment) -> list[str]:
    about = experiment.about
    name = about.id if about.name == "as this hazard needs it" else f"{about.id} {about.name}"
    lines = [f"  {experiment.kind}: {name}, {experiment.variant.name} in world {experiment.world.name}"]
    lines += [wrapped(about.sentence, first="    ", rest="    ")]
    return lines if about.graph else [*lines, wrapped(experiment.world.title, first="    ", rest="    ")]


def _run(result: Result, experiment: Experiment, outcome: Outcome) -> list[str]:
    """Return the run, what it shows, and how much was explored."""
    trace, part = outcome.trace, outcome.part
    if trace is None or part is None:
        seen = "segments tried" if experiment.about.graph else "states explored"
        return [wrapped(f"  {outcome.states:,} {seen}. {outcome.reason}".rstrip())]
    lines = ["", ladder(trace), ""]
    if part.kind == "sometimes":
        says = part.says or experiment.about.sentence
        lines += [wrapped(f"Here it is so: {says}"), *(f"    {show(formula)}" for formula in part.holds)]
    else:
        lines += why(trace, replace(experiment.about, parts=(part,)), 0)
    how = "all of them" if outcome.complete else "up to this run"
    return [*lines, f"{_steps(result)} steps, faults: {_faults(result)}; {outcome.states:,} states explored, {how}."]


def _switches(result: Result, experiment: Experiment) -> list[str]:
    """Return what was changed, one premise at a time, and what came of it."""
    if not result.tried:
        return []
    words = _WORDS_IF_MUST_HOLD if experiment.kind == MUST_HOLD else _WORDS
    if experiment.kind == REACHES:
        words = {HOLDS: "it is not reached", FAILS: "it is still reached"}
    lines = ["", "One premise changed at a time:"]
    for tried in result.tried:
        outcome = tried.outcome
        word = words.get(outcome.word, "says nothing there" if outcome.word != UNKNOWN.upper() else "not decided")
        steps = "" if outcome.steps is None else f" (@{outcome.steps})"
        size = f"{outcome.states:,} states, {'complete' if outcome.complete else 'up to the run'}"
        lines.append(f"  {tried.switch.name}: {word}{steps}; {size}")
    return lines


def _summary(found: Results, style: Style) -> str:
    words = [result.word for result in found.results]
    counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    prevented = sum(result.repaired_by is not None for result in found.results)
    text = f"{len(words)} hazard{'s' * (len(words) != 1)}: {counts or 'none'}; for {prevented} one premise prevents it"
    if found.interrupted:
        text += ". Interrupted: what is shown was established before"
    fine = not found.interrupted and all(word in (FOUND, OUTSIDE) for word in words)
    return (style.good if fine else style.bad)(text + ". Every run was replayed.")


# --- JSON ---------------------------------------------------------------------------------------------------------


def as_json(found: Results, code: int) -> str:
    """Return the results as JSON."""
    data = {
        "schema": SCHEMA,
        "tool": "synproof",
        "exit_code": code,
        "interrupted": found.interrupted,
        "hazards": [_entry(result) for result in found.results],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _entry(result: Result) -> dict[str, Any]:
    hazard, experiment, outcome = result.hazard, result.hazard.experiment, result.outcome
    entry: dict[str, Any] = {
        "id": hazard.id,
        "name": hazard.name,
        "title": hazard.title,
        "source": hazard.cite,
        "kind": None if experiment is None else experiment.kind,
        "variant": None if experiment is None else experiment.variant.name,
        "world": None if experiment is None else experiment.world.name,
        "property": None if experiment is None else experiment.about.id,
        "result": result.word,
        "found": {FOUND: True, OUTSIDE: None, UNKNOWN: None}.get(result.word, False),
        "steps": None if outcome is None else outcome.steps,
        "loop": result.loop,
        "faults": result.faults,
        "states": None if outcome is None else outcome.states,
        "complete": None if outcome is None else outcome.complete,
        "repaired_by": result.repaired_by,
        "broken_by": result.broken_by,
        "tried": [_tried_entry(tried.switch.name, tried.outcome) for tried in result.tried],
        "counts": list(result.counts),
        "rules": [] if result.trace is None else _rules(result),
        "note": hazard.note,
        "outside": hazard.outside or None,
    }
    return entry


def _rules(result: Result) -> list[str]:
    steps = result.trace.steps if result.trace is not None else ()
    return list(dict.fromkeys(rule for step in steps for event in step.events for rule in event.chain))


def _tried_entry(name: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "switch": name,
        "word": outcome.word,
        "steps": outcome.steps,
        "states": outcome.states,
        "complete": outcome.complete,
    }
