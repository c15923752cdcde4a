"""The text report: a table of verdicts, the runs behind the failures, bounds, coverage, what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.explain import Switch, failures
from checker.explore.run import WorldRun
from checker.output import wrapped
from checker.report.style import Style
from checker.verdict import UNKNOWN, Verdict
from checker.verify import Request, Result, Table
from diagrams.render.ladder_text import ladder
from spec.fairness import FAIRNESS
from spec.language import Relation, show
from spec.language.beside import Property
from spec.properties.whole_graph import NEVER_FIRES
from spec.trace import Trace
from spec.variants import VARIANTS
from spec.vocabulary import State
from spec.words import FAILS, HOLDS, VACUOUS

_MARKS = {HOLDS: "holds", FAILS: "FAILS", VACUOUS: "vacuous", UNKNOWN: "unknown"}


COLUMNS = 5
"""How many variants stand side by side in a table."""


def verdict_table(verdicts: Sequence[Verdict], style: Style) -> str:
    """Return properties by variants. A failure shows its number of steps; `!` marks what was not expected."""
    variants = list(dict.fromkeys(v.variant for v in verdicts))
    cells = {(v.about.id, v.variant): v for v in verdicts}
    properties = list({v.about.id: v.about for v in verdicts}.values())
    width = max(len(f"{p.id}  {p.name}") for p in properties) + 1
    widths = [max(len(name), 11, *(len(_word(v)) for v in verdicts if v.variant == name)) for name in variants]
    lines = [" " * width + "  ".join(f"{n:<{w}}" for n, w in zip(variants, widths, strict=True)).rstrip()]
    for prop in properties:
        row = f"{prop.id}  {prop.name}".ljust(width)
        for name, w in zip(variants, widths, strict=True):
            verdict = cells.get((prop.id, name))
            row += (_cell(verdict, w, style) if verdict else "-".ljust(w)) + "  "
        lines.append(row.rstrip())
    return "\n".join(lines)


def _cell(verdict: Verdict, width: int, style: Style) -> str:
    paint = style.good if verdict.judgement.word == HOLDS else style.soft
    return (paint if verdict.expected else style.bad)(_word(verdict).ljust(width))


def _word(verdict: Verdict) -> str:
    """Return what a cell says: "FAILS @13+2 !" fails after 13 steps and 2 for ever, which was not expected."""
    text = _MARKS[verdict.judgement.word]
    if verdict.judgement.word == FAILS and verdict.judgement.steps is not None:
        text += f" @{verdict.judgement.steps}{_loop(verdict.judgement.trace)}"
    return text if verdict.expected else f"{text} !"


def _loop(trace: Trace | None) -> str:
    """Return how many steps a run repeats for ever: "+2"; nothing for a finite run."""
    return "" if trace is None or trace.loop is None else f"+{len(trace.steps) - trace.loop}"


def matrix_table(table: Table, style: Style) -> str:
    """Return a table of spec/matrices.py, its cells as in the table of verdicts."""
    matrix = table.matrix
    front = max(len(label) for label in (matrix.head, *matrix.rows)) + 2
    words = [(column, len(_word(verdict))) for (_, column), verdict in table.cells.items()]
    widths = [max(len(column), 9, *(w for c, w in words if c == column)) + 2 for column in matrix.columns]
    heads = "".join(f"{column:<{width}}" for column, width in zip(matrix.columns, widths, strict=True))
    lines = [f"{matrix.head:<{front}}{heads}".rstrip()]
    for row in matrix.rows:
        line = f"{row:<{front}}"
        for column, width in zip(matrix.columns, widths, strict=True):
            verdict = table.cells.get((row, column))
            line += _cell(verdict, width, style) if verdict is not None else " " * width
        lines.append(line.rstrip())
    return "\n".join(lines)


def counterexample(verdict: Verdict, style: Style, switches: Sequence[Switch] = (), *, verbose: bool = False) -> str:
    """Return a run that decides a verdict: what it is about, the ladder, why, and what would prevent it."""
    judgement, prop = verdict.judgement, verdict.about
    trace = judgement.trace
    if trace is None:
        return ""
    count = f"{judgement.steps} steps, the shortest" + ("" if judgement.shortest else " in this world")
    count += _for_ever(trace)
    title = f"{prop.id} {prop.name}: {verdict.variant} in world {trace.world.name}, {count}"
    lines = [style.head(title), wrapped(prop.sentence), "", ladder(trace, verbose=verbose), ""]
    lines += why(trace, prop, judgement.part) or [f"What is wrong: {judgement.reason}."]
    if switches:
        lines += ["", *_switch_lines(switches)]
    lines += ["", "Rules:", *rules_of_trace(trace, VARIANTS[verdict.variant].relation)]
    return "\n".join(lines)


def _for_ever(trace: Trace) -> str:
    if trace.loop is None:
        return ""
    again = len(trace.steps) - trace.loop
    return f", then {again} steps for ever" if again else ", then nothing more for ever"


def why(trace: Trace, prop: Property, part: int) -> list[str]:
    """Return the false conjuncts at the trace's end, in words."""
    if not prop.parts:
        return []
    if prop.parts[part].over in ("run", "knowledge"):
        return _why_endless(trace, prop, part)
    lines = []
    for failure in failures(trace, prop.parts[part]):
        where = f"After step {failure.step}, at {failure.end}"
        verb = "this is false" if prop.parts[part].over == "state" else "the step must satisfy this and does not"
        lines += [f"{where}, {verb}:", f"    {failure.formula}"]
        lines += [f"    with {failure.values}"] if failure.values else []
        lines += [f"         {ghost}" for ghost in failure.ghosts]
    return lines


def _why_endless(trace: Trace, prop: Property, part: int) -> list[str]:
    """Return what an endless run shows, and the fairness under which it may go on."""
    asked = prop.parts[part]
    if asked.kind == "no_cycle":
        return [f"Steps {(trace.loop or 0) + 1} to {len(trace.steps)} are deliveries alone, and repeat for ever."]
    if asked.over == "knowledge":
        return [f"{asked.says}: in a state that looks the same to this end it is otherwise."]
    given, holds = (" and ".join(show(f) for f in formulas) for formulas in (asked.given, asked.holds))
    rest = "nothing more happens" if trace.loop == len(trace.steps) else "the steps in the bracket repeat"
    lines = [f"At some moment {given};", f"from then on it is never so that {holds}: {rest} for ever."]
    return [*(wrapped(line) for line in lines), *fairness_lines(asked.fairness)]


def fairness_lines(ids: Sequence[str]) -> list[str]:
    """Return the fairness assumptions of a verdict, a line each."""
    return [wrapped(f"Under {FAIRNESS[name]}", rest="    ") for name in ids]


def rules_of_trace(trace: Trace, relation: Relation[State]) -> list[str]:
    """Return the rules that fired in a trace, each once, with title and citation."""
    ids = dict.fromkeys(r for step in trace.steps for event in step.events for r in event.chain)
    known = {rule.id: rule for rule in relation.rules}
    return [f"  {i:<6}{known[i].title}  ({known[i].cite})" for i in ids if i in known]


def _switch_lines(switches: Iterable[Switch]) -> list[str]:
    switches = list(switches)
    good = [s.name for s in switches if s.holds]
    lines = ["It holds in this world with one switch: " + ("; ".join(good) if good else "none of those tried") + "."]
    bad = [s.name for s in switches if s.holds is False]
    if bad:
        lines.append(f"It still fails with: {'; '.join(bad)}.")
    unknown = [s.name for s in switches if s.holds is None]
    if unknown:
        lines.append(f"Vacuous or not decided with: {'; '.join(unknown)}.")
    return [wrapped(line) for line in lines]


def bounds(verdicts: Sequence[Verdict], tables: Sequence[Table] = ()) -> list[str]:
    """Return what the verdicts rest on: every world with its bounds, and per variant its size and what was cut off.

    The cells of a table are summed up in one line.
    """
    worlds: dict[str, list[str]] = {}
    for verdict in verdicts:
        for run in verdict.runs:
            lines = worlds.setdefault(run.world.name, _world(run))
            size = _size(verdict, run)
            if size not in lines:
                lines.append(size)
    return [line for lines in worlds.values() for line in lines] + [_sizes(table) for table in tables if table.cells]


def _sizes(table: Table) -> str:
    """Return the bounds of a table's worlds in short."""
    runs = [run for verdict in table.cells.values() for run in verdict.runs]
    states = [run.states for run in runs]
    worlds = ", ".join(dict.fromkeys(run.world.name for run in runs))
    first = runs[0].world
    text = (
        f"table {table.matrix.id}: {len(runs)} worlds ({worlds}), {min(states):,} to {max(states):,} states each, "
        f"complete or up to a first failure; {first.network}; users, faults and clock as the table says"
    )
    return wrapped(text, first="  ", rest="      ")


def _world(run: WorldRun) -> list[str]:
    b = run.world.bounds()
    return [
        f"  {run.world.name}: {run.world.title}",
        f"      {b['users']}",
        f"      {b['network']}; {b['faults']}",
        f"      incarnations {b['incarnations']}; {b['sequence numbers']}; window {b['window']}; timers {b['timers']}"
        + ("" if run.world.attacker is None else f"; attacker {b['attacker']}"),
    ]


def _size(verdict: Verdict, run: WorldRun) -> str:
    cut = ", ".join(f"{bound} {times:,}" for bound, times in run.cuts.items()) or "nothing"
    state = "complete" if run.complete else f"stopped: {run.stopped}"
    return (
        f"      {verdict.variant}, ISN {verdict.isn}: {run.states:,} states, {run.transitions:,} transitions, "
        f"depth {run.depth}, {state}; cut off: {cut}"
    )


def report(
    request: Request, result: Result, style: Style, switches: dict[int, list[Switch]], *, verbose: bool, quiet: bool
) -> str:
    """Return the whole text report."""
    scenario = request.scenario
    lines = [style.head(f"Scenario {scenario.name}: {scenario.title}"), ""]
    variants = list(dict.fromkeys(v.variant for v in result.verdicts))
    for first in range(0, len(variants), COLUMNS):
        some = variants[first : first + COLUMNS]
        lines += [verdict_table([v for v in result.verdicts if v.variant in some], style), ""]
    for table in result.tables:
        lines += [style.head(wrapped(table.matrix.title)), "", matrix_table(table, style), ""]
    if not quiet:
        lines += _runs(result, style, switches, verbose=verbose)
        lines += [
            style.head("Bounds (holds means: in every state, step and run within these)"),
            *bounds(result.verdicts, result.tables),
            "",
            *_fairness(result, style),
            *_notes(result, style),
        ]
        lines += _coverage(result, style)
    lines += _findings(result, style)
    lines.append(_summary(request, result, style))
    return "\n".join(lines) + "\n"


def _fairness(result: Result, style: Style) -> list[str]:
    """Return which fairness each verdict about endless runs rests on."""
    resting = {v.about.id: v.fairness for v in result.all if v.fairness}
    if not resting:
        return []
    used = [name for name in FAIRNESS if any(name in names for names in resting.values())]
    lines = [style.head("Fairness"), *(wrapped(f"  {FAIRNESS[name]}", rest="      ") for name in used)]
    return [*lines, *(f"  {prop} rests on {', '.join(names)}" for prop, names in resting.items()), ""]


def _notes(result: Result, style: Style) -> list[str]:
    """Return what the engines other than the explorer found."""
    lines: list[str] = []
    for verdict in (v for v in result.all if v.notes):
        lines.append(style.head(f"{verdict.about.id} {verdict.about.name}: {verdict.variant}"))
        lines += [wrapped(f"  {note}", rest="      ") for note in verdict.notes]
    return [*lines, ""] if lines else []


def _runs(result: Result, style: Style, switches: dict[int, list[Switch]], *, verbose: bool) -> list[str]:
    lines: list[str] = []
    for verdict in shown(result):
        found = switches.get(id(verdict), [])
        lines += [counterexample(verdict, style, found, verbose=verbose), ""]
    return lines


def shown(result: Result) -> list[Verdict]:
    """Return the verdicts whose runs are printed: every unexpected failure, and the first failure of P-01."""
    failing = [v for v in result.all if v.judgement.word == FAILS and v.judgement.trace is not None]
    surprises = [v for v in failing if not v.expected]
    flagship = [v for v in failing if v.about.id == "P-01" and v.expected][:1]
    alone = failing[:1] if len({v.about.id for v in result.verdicts}) == 1 else []
    return list({id(v): v for v in [*flagship, *alone, *surprises]}.values())


def _coverage(result: Result, style: Style) -> list[str]:
    lines = [style.head("Coverage")]
    for variant in dict.fromkeys(v.variant for v in result.verdicts):
        runs = result.runs_of(variant)
        if not runs:
            continue
        fired = {rule for run in runs for rule in run.fired}
        ids = runs[0].rule_ids
        silent = [rule for rule in ids if rule not in fired]
        states = {state for run in runs for state in run.reached}
        listed = [rule for rule in silent if rule in NEVER_FIRES]
        text = f"  {variant}: {len(states)} of 11 states, {len(ids) - len(silent)} of {len(ids)} rules fired"
        if listed:
            text += f"; {len(listed)} never fire for a listed reason"
        others = [rule for rule in silent if rule not in NEVER_FIRES]
        if others:
            text += f"; not in these worlds: {', '.join(others)}"
        lines.append(wrapped(text))
    return [*lines, ""]


def _findings(result: Result, style: Style) -> list[str]:
    lines = []
    for verdict in result.all:
        if not verdict.expected:
            word, wanted = verdict.judgement.word, verdict.expected_word or HOLDS
            reason = f" ({verdict.judgement.reason})" if verdict.judgement.reason else ""
            what = f"{verdict.about.id} for {verdict.variant}, ISN {verdict.isn}: {word}{reason}, expected {wanted}"
            lines.append(style.bad(wrapped(what)))
    return [*lines, ""] if lines else []


def _summary(request: Request, result: Result, style: Style) -> str:
    every = result.all
    as_expected = sum(v.expected for v in every)
    fails = sum(v.judgement.word == FAILS and v.expected for v in every)
    unknown = sum(v.judgement.word == UNKNOWN for v in every)
    count = "1 verdict" if len(every) == 1 else f"{len(every)} verdicts"
    text = f"{count}: {as_expected} as expected ({fails} of them failures that are meant to be)"
    if len(every) > as_expected:
        text += f", {len(every) - as_expected} not"
    if unknown:
        text += f" ({unknown} of them unknown)"
    if not request.changed and any(v.expected_word is None for v in every):
        text += ". Where the table of expected verdicts has no row, all should hold"
    if request.changed:
        text += ". The bounds were changed: the table of expected verdicts does not apply, all should hold"
    if result.interrupted:
        text += ". Interrupted: what is shown was established before"
    paint = style.good if as_expected == len(every) and not result.interrupted else style.bad
    return paint(text + ". Every run shown was replayed.")
