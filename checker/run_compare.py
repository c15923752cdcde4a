"""The `compare` command: two variants under the same schedule, their verdicts, and how their rules differ."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from checker import pictures, show
from checker.compare import Comparison, comparable, compared
from checker.delivery import Tell, check_writable, colour, deliver, telling
from checker.report.style import Style
from checker.report.text import verdict_table
from checker.run_diagram import chosen_form, save
from checker.usage import UsageError, known
from checker.verdict import Verdict
from checker.verify import Progress, Request, Result, verify
from diagrams.render import render
from spec.language import rule_fields
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
from spec.variants import VARIANTS
from spec.words import FAILS


def run_compare(flags: argparse.Namespace) -> int:
    """Compare what the flags name; print the report and save the picture; return the exit code."""
    names = [known("variant", name, list(VARIANTS)) for name in (flags.a, flags.b)]
    if names[0] == names[1]:
        raise UsageError(f"compare: {names[0]} and itself do not differ; name two variants.")
    about = None if flags.property is None else known("property", flags.property.upper(), list(PROPERTIES))
    scenario = SCENARIOS[known("scenario", flags.scenario, list(SCENARIOS))]
    form = None if flags.picture is None else chosen_form(None, flags.picture)
    if flags.picture is not None:
        check_writable(flags.picture)
    with telling() as tell:
        asked = Request((names[0], names[1]), tuple(PROPERTIES), scenario)
        result = verify(asked, None if tell is None else _labelled(tell))
    if result.interrupted:
        raise KeyboardInterrupt
    found = comparison(result, names, about)
    style = Style(colour=colour(flags.color, to_file=False))
    deliver(None, "\n".join(_report(result, names, found, about, style)))
    if form is not None:
        if found is None:
            raise UsageError(f"--picture {flags.picture}: there is no run to draw.")
        save(pictures.side_by_side(found), form, flags.picture)
    return 0


def _labelled(tell: Tell) -> Progress:
    return lambda label, *_: tell(label)


def comparison(result: Result, names: Sequence[str], about: str | None = None) -> Comparison | None:
    """Return the comparison that shows most: of a property that fails in one variant and not in the other.

    The first such property by id, unless one is named; its shortest run, and what the other variant makes of it.
    """
    by_key = {(verdict.about.id, verdict.variant): verdict for verdict in result.verdicts}
    for name in [about] if about is not None else list(PROPERTIES):
        pair = [verdict for variant in names if (verdict := by_key.get((name, variant))) is not None]
        runs = [verdict for verdict in pair if has_run(verdict)]
        alone = len([verdict for verdict in pair if verdict.judgement.word == FAILS]) == 1
        if runs and (alone or about is not None):
            judgement = runs[0].judgement
            other = VARIANTS[names[1 - names.index(runs[0].variant)]]
            if judgement.trace is not None:
                return compared(runs[0].about, judgement.part, judgement.trace, other)
    return None


def has_run(verdict: Verdict) -> bool:
    """Return whether a verdict fails by a finite run whose schedule another variant can follow."""
    parts = verdict.about.parts
    always = bool(parts) and parts[verdict.judgement.part].kind == "always"
    return verdict.judgement.word == FAILS and always and comparable(verdict.judgement)


def _report(
    result: Result, names: Sequence[str], found: Comparison | None, about: str | None, style: Style
) -> list[str]:
    lines = []
    if found is None:
        what = (
            "no property fails in one of them alone" if about is None else f"{about} fails in neither by a finite run"
        )
        lines += [f"{names[0]} and {names[1]}: {what}.", ""]
    else:
        lines += [render(pictures.side_by_side(found), "text").decode(), *_parting(found), ""]
    lines += [style.head("Verdicts"), verdict_table(result.verdicts, style), ""]
    lines += [style.head("Rules"), show.diff(names[0], names[1])]
    return lines


def _parting(found: Comparison) -> list[str]:
    """Return why they part: the rules that fired there, where they differ."""
    if found.parting is None:
        return ["Both answer every step alike."]
    line = found.lines[found.parting]
    lines = [f"They part at step {found.parting + 1}: {line.parts}."]
    if line.first is None or line.second is None:
        return lines
    steps = (found.first.steps[line.first - 1], found.second.steps[line.second - 1])
    chains = [[rule for event in step.events for rule in event.chain] for step in steps]
    names = (found.first.variant, found.second.variant)
    for rule_id in dict.fromkeys([*chains[0], *chains[1]]):
        texts = [
            rule_fields(VARIANTS[name].relation.rule(rule_id)) if rule_id in chain else {}
            for name, chain in zip(names, chains, strict=True)
        ]
        for field in ("when", "then", "send", "goto", "flow"):
            one, two = (text.get(field, "does not fire") or "nothing" for text in texts)
            if one != two:
                lines += [f"  {rule_id} {field}:", *_indented(names[0], one), *_indented(names[1], two)]
    return lines


def _indented(name: str, text: str) -> list[str]:
    """Return a field of a rule in one variant, its lines below each other."""
    return [f"    {name if not number else '':<14} {line}" for number, line in enumerate(text.splitlines())]
