"""What the reading commands print: rules, explain, list, trace, diff."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from checker import itf
from checker.config import UsageError, known
from checker.replay import ReplayError, replay
from checker.report import text as report
from checker.report.ladder import ladder
from spec.expected import EXPECTED
from spec.language import Relation, nearest, show, show_rule
from spec.language.beside import Property
from spec.not_modelled import NOT_MODELLED
from spec.properties import PROPERTIES
from spec.scenarios import SCENARIOS
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
        heading = step.name if step.name == step.title else f"{step.event.name}, {step.name}: {step.title}"
        lines += [heading, "-" * len(heading)]
        for rule in inside:
            lines += [show_rule(rule), ""]
    return "\n".join(lines)


def explain(name: str, variant: str) -> str:
    """Return everything about a rule or a property."""
    relation = _relation(variant)
    properties = {prop.id.upper(): prop for prop in PROPERTIES.values()}
    by_id = {rule.id.upper(): rule for rule in relation.rules}
    if name.upper() in properties:
        return _explain_property(properties[name.upper()])
    if name.upper() not in by_id:
        names = [*PROPERTIES, *(rule.id for rule in relation.rules)]
        raise UsageError(f"{name!r} is neither a rule of {variant} nor a property.{nearest(name, names)}")
    rule = by_id[name.upper()]
    users = [v.name for v in VARIANTS.values() if any(c.id == rule.id for c in relation.diff(v.relation))]
    lines = [show_rule(rule), "", f"  written  {rule.where}"]
    if users:
        lines.append(
            textwrap.fill(f"changed in {', '.join(users)}", 110, initial_indent="  ", subsequent_indent="    ")
        )
    return "\n".join(lines) + "\n"


def _explain_property(prop: Property) -> str:
    lines = [f"{prop.id}  {prop.name}", textwrap.fill(prop.sentence, 110, initial_indent="  ", subsequent_indent="  ")]
    lines.append(f"  cite     {prop.cite}")
    if prop.assumes:
        lines.append(textwrap.fill(f"  assumes  {prop.assumes}", 110, subsequent_indent="           "))
    for part in prop.parts:
        lines.append(
            f"  {part.kind} ({'in every state' if part.over == 'state' else 'in every step'}, at each end) {part.says}"
        )
        lines += [f"    given  {show(formula)}" for formula in part.given]
        lines += [f"    holds  {show(formula)}" for formula in part.holds]
    if prop.graph:
        lines.append(f"  judged on the whole explored graph ({prop.graph})")
        for name, value in (prop.data or {}).items():
            items = value.items() if isinstance(value, dict) else ((entry, "") for entry in value)
            lines.append(f"    {name}:")
            lines += [f"      {' -> '.join(k) if isinstance(k, tuple) else k}{f': {v}' if v else ''}" for k, v in items]
    for scenario, rows in EXPECTED.items():
        failing = [f"{key} {words[prop.id]}" for key, words in rows.items() if prop.id in words]
        listed = ", ".join(failing) or "nothing"
        lines.append(textwrap.fill(f"  expected in {scenario} not to hold: {listed}", 110, subsequent_indent="    "))
    return "\n".join(lines) + "\n"


def listing() -> str:
    """Return all scenarios, variants, properties and rules, a line each."""
    lines = ["Scenarios"]
    lines += [f"  {s.name:<12}{s.title} Worlds: {', '.join(w.name for w in s.worlds)}." for s in SCENARIOS.values()]
    lines += ["", "Variants"]
    lines += [f"  {v.name:<26}{v.title} [{v.cite}]" for v in VARIANTS.values()]
    lines += ["", "Properties"]
    lines += [f"  {p.id:<6}{p.name:<38}{p.cite}" for p in PROPERTIES.values()]
    lines += ["", "Rules of three-way"]
    lines += [f"  {r.id:<6}{r.title} [{r.cite}]" for r in VARIANTS["three-way"].relation.rules]
    return "\n".join(lines) + "\n"


def trace(path: Path, *, verbose: bool) -> str:
    """Return a saved trace as a ladder, after replaying it. Raise TraceFileError when it does not replay."""
    loaded = itf.load(path)
    relation = VARIANTS[loaded.variant].relation
    prop = PROPERTIES.get(loaded.property)
    if loaded.property and (prop is None or (prop.parts and not 0 <= loaded.part < len(prop.parts))):
        raise itf.TraceFileError(f"{path}: is about {loaded.property} part {loaded.part}, which does not exist here.")
    part = prop.parts[loaded.part] if prop is not None and prop.parts else None
    try:
        replay(loaded, relation, part)
    except ReplayError as error:
        raise itf.TraceFileError(f"{path}: does not replay: {error}") from error
    about = f"{prop.id} {prop.name}: " if prop is not None else ""
    lines = [f"{about}{loaded.variant} in world {loaded.world.name}, {len(loaded.steps)} steps, replayed", ""]
    lines += [ladder(loaded, verbose=verbose), ""]
    if prop is not None and part is not None and part.kind == "always":
        lines += report.why(loaded, prop, loaded.part)
    lines += ["Rules:", *report.rules_of_trace(loaded, relation)]
    return "\n".join(lines) + "\n"


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
        lines += [f"-  {name}{line}" for line in change.old.splitlines()]
        lines += [f"+  {name}{line}" for line in change.new.splitlines()]
    if not changes:
        lines.append("no rule differs")
    isn = (VARIANTS[a].isn, VARIANTS[b].isn)
    if isn[0] != isn[1]:
        lines += ["", "@@ ISN policy @@", f"-  {isn[0] or 'the world'}", f"+  {isn[1] or 'the world'}"]
    return "\n".join(lines) + "\n"
