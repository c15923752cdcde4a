"""What the reading commands print: rules, explain, list, trace, diff."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from checker import itf
from checker.output import wrapped
from checker.replay import ReplayError, replay
from checker.usage import UsageError, known
from diagrams.render.ladder_text import ladder
from spec.expected import EXPECTED
from spec.fairness import FAIRNESS
from spec.freedoms import GRANTED, granted
from spec.language import GHOST, Relation, nearest, show, show_rule
from spec.language.beside import Part, Property
from spec.not_modelled import NOT_MODELLED
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
from spec.tolerances import TOLERATED, tolerant
from spec.trace import Trace
from spec.variants import VARIANTS
from spec.vocabulary import State


def _relation(variant: str) -> Relation[State]:
    return VARIANTS[known("variant", variant, list(VARIANTS))].relation


def rules(variant: str, ids: Sequence[str], *, not_modelled: bool) -> str:
    """Return the rule table of a variant in the RFC's order, or what is left out on purpose."""
    if not_modelled:
        return "".join(f"{section}: {what}\n    {reason}\n" for section, what, reason in NOT_MODELLED)
    relation = _relation(variant)
    if ids:
        return "\n".join(show_rule(relation.rule(known("rule", i, [r.id for r in relation.rules]))) + "\n" for i in ids)
    lines = [f"{relation.name}: {relation.title}", ""]
    for step in relation.steps:
        inside = [rule for rule in relation.rules if rule.steps[0] == step]
        if not inside:
            continue
        call = step.name == step.title
        heading = f"{step.name}, {step.cite}" if call else f"{step.event.name}, {step.name}: {step.title}"
        lines += [heading, "-" * len(heading)]
        for rule in inside:
            lines += [show_rule(rule), ""]
    return "\n".join(lines)


def explain(name: str, variant: str) -> str:
    """Return everything about a rule, also one of those that captures are held against, a property, or a freedom."""
    relation = _relation(variant)
    properties = {prop.id.upper(): prop for prop in PROPERTIES.values()}
    by_id = {rule.id.upper(): rule for rule in relation.rules}
    if name.upper() in properties:
        return _explain_property(properties[name.upper()])
    choices = {each.name.upper(): each for each in (*GRANTED, *TOLERATED.values())}
    if name.upper() in choices:
        choice = choices[name.upper()]
        return f"{choice.name}\n{wrapped(choice.sentence, first='  ')}\n  cite     {choice.cite}\n"
    if name.upper() not in by_id:
        held_against = tolerant(granted(VARIANTS["three-way"].relation), tuple(TOLERATED))  # captures are
        by_id = {rule.id.upper(): rule for rule in held_against.rules}
    if name.upper() not in by_id:
        names = [*PROPERTIES, *(rule.id for rule in relation.rules)]
        raise UsageError(f"{name!r} is neither a rule of {variant} nor a property.{nearest(name, names)}")
    rule = by_id[name.upper()]
    users = [v.name for v in VARIANTS.values() if any(c.id == rule.id for c in relation.diff(v.relation))]
    lines = [show_rule(rule), "", f"  written  {rule.where}"]
    if users:
        lines.append(wrapped(f"changed in {', '.join(users)}", first="  ", rest="    "))
    return "\n".join(lines) + "\n"


def _explain_property(prop: Property) -> str:
    lines = [f"{prop.id}  {prop.name}", wrapped(prop.sentence, first="  ")]
    lines.append(f"  cite     {prop.cite}")
    if prop.assumes:
        lines.append(wrapped(prop.assumes, first="  assumes  ", rest=" " * 11))
    for part in prop.parts:
        lines.append(f"  {_KINDS[part.kind].format(over=part.over)} {part.says}".rstrip())
        lines += [f"    given  {show(formula)}" for formula in part.given]
        lines += [f"    {'then' if part.kind == 'leads_to' else 'holds':<5}  {show(formula)}" for formula in part.holds]
        lines += [wrapped(f"    under  {FAIRNESS[name]}", rest=" " * 11) for name in part.fairness]
    formulas = [formula for part in prop.parts for formula in (*part.given, *part.holds)]
    named = {str(f.payload): f.args[0] for formula in formulas for f in formula.walk() if f.op == "named"}
    lines += [f"  where    {name}: {show(meaning)}" for name, meaning in named.items()]
    lines += _judged_otherwise(prop)
    for scenario, rows in EXPECTED.items():
        failing = [f"{key} {words[prop.id]}" for key, words in rows.items() if prop.id in words]
        listed = ", ".join(failing) or "nothing"
        lines.append(wrapped(f"expected in {scenario} not to hold: {listed}", first="  ", rest="    "))
    return "\n".join(lines) + "\n"


def _judged_otherwise(prop: Property) -> list[str]:
    """Return how a property is judged that no formula tells, and the data of it."""
    data = prop.data or {}
    if prop.graph == "equivalence":
        questions = [wrapped(f"    {q}: {q.sentence}", rest="      ") for q in data["questions"]]
        return ["  judged by comparing what users see (equivalence)", *questions]
    if prop.graph == "counting":
        counts = [
            f"    {kind}: at most {guess.hits} of all {' and '.join(guess.guessed)}" for kind, guess in data.items()
        ]
        return ["  judged by trying every number (counting): window W, flight F, M numbers", *counts]
    if not prop.graph:
        return []
    if prop.graph == "rules":
        return ["  proved by z3 for all TCBs, segments and calls (prove)"]
    lines = [f"  judged on the whole explored graph ({prop.graph})"]
    for name, value in data.items():
        items = value.items() if isinstance(value, dict) else ((entry, "") for entry in value)
        lines.append(f"    {name}:")
        lines += [f"      {' -> '.join(k) if isinstance(k, tuple) else k}{f': {v}' if v else ''}" for k, v in items]
    return lines


_KINDS = {
    "always": "always (in every {over}, at each end)",
    "sometimes": "sometimes (in every {over}, at each end)",
    "leads_to": "leads to (in every fair run, at each end)",
    "no_cycle": "no cycle of deliveries alone",
    "knows": "the end knows (in every state that looks the same to it)",
    "unsure": "the end does not know",
    "not_common": "never common knowledge",
}
"""How each kind of part is announced."""


def listing() -> str:
    """Return all scenarios, variants, properties and rules, a line each."""
    lines = ["Scenarios"]
    lines += [f"  {s.name:<12}{s.title} Worlds: {', '.join(w.name for w in s.worlds)}." for s in SCENARIOS.values()]
    lines += ["", "Variants"]
    lines += [f"  {v.name:<28}{v.title} [{v.cite}]" for v in VARIANTS.values()]
    lines += ["", "Properties"]
    lines += [f"  {p.id:<6}{p.name:<40}{p.cite}" for p in PROPERTIES.values()]
    lines += ["", "Rules of three-way"]
    lines += [f"  {r.id:<6}{r.title} [{r.cite}]" for r in VARIANTS["three-way"].relation.rules]
    return "\n".join(lines) + "\n"


def trace(path: Path, *, verbose: bool) -> str:
    """Return a saved trace as a ladder, after replaying it. Raise TraceFileError when it does not replay."""
    from checker.report import text as report  # it needs the explorer

    loaded, prop = replayed(path)
    relation = VARIANTS[loaded.variant].relation
    part = prop.parts[loaded.part] if prop is not None and prop.parts else None
    about = f"{prop.id} {prop.name}: " if prop is not None else ""
    lines = [f"{about}{loaded.variant} in world {loaded.world.name}, {len(loaded.steps)} steps, replayed", ""]
    lines += [ladder(loaded, verbose=verbose), ""]
    if prop is not None and part is not None and part.kind == "always":
        lines += [*report.why(loaded, prop, loaded.part), ""]
    lines += ["Rules:", *report.rules_of_trace(loaded, relation)]
    return "\n".join(lines) + "\n"


def replayed(path: Path) -> tuple[Trace, Property | None]:
    """Return a saved trace and the property that it is about. Raise TraceFileError when it does not replay."""
    from checker import verdict  # it needs the explorer

    loaded = itf.load(path)
    relation = VARIANTS[loaded.variant].relation
    prop = PROPERTIES.get(loaded.property)
    parts = 1 if prop is not None and prop.graph else 0 if prop is None else len(prop.parts)
    if loaded.property and not 0 <= loaded.part < parts:
        raise itf.TraceFileError(f"{path}: is about {loaded.property!r} part {loaded.part}, which does not exist here.")
    part = prop.parts[loaded.part] if prop is not None and prop.parts else None
    unknown = sorted(_ghosts(part) - set(loaded.initial[0][1]))
    if unknown:
        raise itf.TraceFileError(
            f"{path}: is damaged: it says nothing of {', '.join(unknown)}, which {loaded.property} reads."
        )
    try:
        replay(loaded, relation, part)
    except ReplayError as error:
        raise itf.TraceFileError(f"{path}: does not replay: {error}") from error
    if prop is not None and prop.graph and not verdict.shows(prop, loaded):
        raise itf.TraceFileError(f"{path}: replays, but does not show what is wrong by {prop.id}.")
    return loaded, prop


def _ghosts(part: Part | None) -> set[str]:
    """Return the ghosts that a part of a property reads."""
    formulas = () if part is None else (*part.given, *part.holds)
    read = [piece.payload for formula in formulas for piece in formula.walk() if piece.op == "var"]
    return {name for owner, name in read if owner == GHOST}


def _differing(old: str, new: str) -> list[str]:
    """Return the lines that only one of two texts has, as "- line" and "+ line"."""
    compared = difflib.ndiff(old.splitlines(), new.splitlines())
    return [line for line in compared if line[:2] in ("- ", "+ ")]


def diff(a: str, b: str) -> str:
    """Return variant `b` as a patch on variant `a`."""
    first, second = _relation(a), _relation(b)
    lines = [f"--- {a}: {first.title}", f"+++ {b}: {second.title}"]
    changes = first.diff(second)
    current = ""
    for change in changes:
        if change.id != current:
            lines += ["", f"@@ {change.id} @@"]
            current = change.id
        name = f"{change.field:<7} " if change.field else ""
        lines += [f"{line[0]}  {name}{line[2:]}" for line in _differing(change.old, change.new)]
    if not changes:
        lines.append("no rule differs")
    isn = (VARIANTS[a].isn, VARIANTS[b].isn)
    if isn[0] != isn[1]:
        lines += ["", "@@ ISN policy @@", f"-  {isn[0] or 'the world'}", f"+  {isn[1] or 'the world'}"]
    return "\n".join(lines) + "\n"
