"""Verify: which worlds to explore for which variants, and the verdicts that come out, every trace replayed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from checker import counting, weak_traces
from checker.equivalence import judge_equivalence
from checker.explore.graph import NO_LIMITS, Graph, Limits
from checker.explore.run import WorldRun, explore_world
from checker.replay import ReplayError, replay
from checker.verdict import UNKNOWN, Judgement, Verdict, judge, shows
from spec.environment import IsnPolicy, Scenario, World
from spec.expected import expected
from spec.language.beside import Property
from spec.matrices import Cell, Matrix
from spec.properties import PROPERTIES
from spec.trace import Trace
from spec.variants import VARIANTS, Variant
from spec.words import FAILS, HOLDS

DEFAULT_VARIANTS = ("three-way", "two-way", "two-way-strict", "four-way-split", "four-way-ack-then-synack")

NEEDS_COVER = ("coverage", "figure-5")
"""Judgements of the whole graph that need a scenario whose worlds together cover every rule."""

Progress = Callable[[str, Graph | None, int], None]
"""Called with what is being explored, the graph so far and the number of states expanded."""


@dataclass(frozen=True)
class Request:
    """What to verify.

    isn        a policy for both ends, instead of the worlds' own (fresh); None leaves them.
    fairness   assumptions for every property about endless runs, instead of its own; None leaves them.
    changed    the worlds differ from the named scenario's, so its table of expected verdicts does not apply.
    matrices   tables that may be worked out too: see `tables`.
    """

    variants: tuple[str, ...]
    properties: tuple[str, ...]
    scenario: Scenario
    isn: IsnPolicy | None = None
    fairness: tuple[str, ...] | None = None
    changed: bool = False
    matrices: tuple[Matrix, ...] = ()
    limits: Limits = NO_LIMITS
    fail_fast: bool = False

    @property
    def tables(self) -> list[Matrix]:
        """The matrices to work out: those whose property is asked, if three-way is among the variants."""
        asked = self.matrices if "three-way" in self.variants else ()
        return [matrix for matrix in asked if matrix.about in self.properties]


@dataclass
class Table:
    """A matrix and the verdicts of its cells, as far as they are worked out."""

    matrix: Matrix
    cells: dict[tuple[str, str], Verdict] = field(default_factory=dict)


@dataclass
class Result:
    """All verdicts, in order, and the tables. `interrupted` by Ctrl-C."""

    verdicts: list[Verdict]
    tables: list[Table]
    interrupted: bool = False

    @property
    def all(self) -> list[Verdict]:
        """Every verdict."""
        return [*self.verdicts, *(verdict for table in self.tables for verdict in table.cells.values())]

    def runs_of(self, variant: str) -> list[WorldRun]:
        """Return every world explored for a variant's verdicts, once."""
        runs = [run for verdict in self.verdicts if verdict.variant == variant for run in verdict.runs]
        return list({id(run): run for run in runs}.values())


def verify(request: Request, progress: Progress | None = None) -> Result:
    """Explore what the request names and judge it.

    Raise ReplayError when a trace that an engine found is not a run of the rules: that is an internal error.
    """
    result = Result([], [])
    properties = [_with_fairness(PROPERTIES[name], request.fairness) for name in request.properties]
    try:
        for name in request.variants:
            worlds = asked_worlds(request.scenario.worlds, properties, VARIANTS[name])
            runs = _explore(VARIANTS[name], request, worlds, properties, progress)
            result.verdicts += _verdicts(VARIANTS[name], request, properties, runs)
            _go_on(runs, len(worlds), request)
        for matrix in request.tables:
            result.tables.append(Table(matrix))
            _fill(result.tables[-1], request, progress)
    except KeyboardInterrupt:
        result.interrupted = True
    return result


def asked_worlds(
    worlds: Sequence[World], properties: Sequence[Property], variant: Variant | None = None
) -> list[World]:
    """Return the worlds in which one of the properties is judged; for a variant, those whose calls it knows."""
    known = worlds if variant is None else [world for world in worlds if variant.knows(world)]
    return [world for world in known if any(world.asks in prop.asked for prop in properties)]


def is_judged(prop: Property, variant: Variant, scenario: Scenario) -> bool:
    """Return whether a property is judged for a variant in a scenario: it has rules, worlds and coverage for it."""
    if prop.rules and not any(rule.id in prop.rules for rule in variant.relation.rules):
        return False
    if prop.graph == "equivalence":
        return any(question.variant == variant.name for question in (prop.data or {})["questions"])
    if prop.graph in NEEDS_COVER and not scenario.covers:
        return False
    return prop.graph == "counting" or bool(asked_worlds(scenario.worlds, [prop], variant))


def _with_fairness(prop: Property, fairness: tuple[str, ...] | None) -> Property:
    if fairness is None or not any(part.fairness for part in prop.parts):
        return prop
    return replace(prop, parts=tuple(replace(p, fairness=fairness) if p.fairness else p for p in prop.parts))


def _go_on(runs: Sequence[WorldRun], worlds: int, request: Request) -> None:
    """Pass an interruption on, now that what it left is judged."""
    cut_short = len(runs) < worlds and not (request.fail_fast and runs and runs[-1].stopped)
    if cut_short or any(run.stopped == "interrupted" for run in runs):
        raise KeyboardInterrupt


def policy_of(variant: Variant, request: Request) -> IsnPolicy | None:
    """Return the ISN policy that replaces the worlds' own, if any."""
    return request.isn if request.isn is not None else variant.isn


def _explore(
    variant: Variant,
    request: Request,
    worlds: Sequence[World],
    properties: Sequence[Property],
    progress: Progress | None,
) -> list[WorldRun]:
    policy = policy_of(variant, request)
    runs: list[WorldRun] = []
    for world in worlds:
        here = world if policy is None else world.with_isn(policy)
        label = f"{variant.name} in {here.name}"
        try:
            run = explore_world(
                variant.relation,
                here,
                [prop for prop in properties if here.asks in prop.asked],
                variant=variant.name,
                limits=request.limits,
                progress=None if progress is None else _labelled(progress, label),
                fail_fast=request.fail_fast,
            )
        except KeyboardInterrupt:  # between searching and summing up
            if not runs:
                raise
            break
        runs.append(run)
        if run.stopped == "interrupted" or (request.fail_fast and run.stopped):
            break
    if progress is not None:
        progress("", None, 0)
    return runs


def _labelled(progress: Progress, label: str) -> Callable[[Graph, int], None]:
    return lambda graph, done: progress(label, graph, done)


def _verdicts(
    variant: Variant, request: Request, properties: Sequence[Property], runs: Sequence[WorldRun]
) -> Iterator[Verdict]:
    policy = policy_of(variant, request)
    key = variant.name if request.isn is None else f"{variant.name}/{request.isn}"
    for prop in properties:
        if not is_judged(prop, variant, request.scenario):
            continue
        if prop.graph in ("equivalence", "counting"):
            yield (_equivalence if prop.graph == "equivalence" else _counted)(prop, variant, request)
            continue
        worlds = asked_worlds(request.scenario.worlds, [prop], variant)
        mine = tuple(run for run in runs if run.world.asks in prop.asked)
        judgement = judge(prop, mine, len(worlds))
        if judgement.trace is not None and prop.graph:
            judgement = replace(judgement, trace=replace(judgement.trace, property=prop.id))
        if judgement.trace is not None:
            _replayed(judgement, prop, variant, judgement.trace)
        known = not request.changed and request.fairness is None
        word = expected(request.scenario.name, key, prop.id) if known else None
        isn = str(policy) if policy is not None else "fresh"
        yield Verdict(prop, variant.name, request.scenario.name, isn, judgement, word, mine)


def _equivalence(prop: Property, variant: Variant, request: Request) -> Verdict:
    """Return the verdict on a variant's questions: it holds if every answer is the one that the property states."""
    answers = judge_equivalence(variant.name, limits=request.limits)
    unknown = [a for a in answers if a.answer == weak_traces.UNKNOWN]
    wrong = [a for a in answers if not a.expected and a not in unknown]
    word = FAILS if wrong else UNKNOWN if unknown else HOLDS
    reason = "; ".join(f"{a.question}: {a.answer} {a.reason}".strip() for a in (*wrong, *unknown))
    notes = tuple(f"{a.question}. {a.question.sentence}" for a in answers if a.expected)
    worlds = tuple(a.question.world for a in answers)
    judgement = Judgement(word, reason)
    return Verdict(
        prop, variant.name, request.scenario.name, "fresh", judgement, HOLDS, (), None, prop.graph, worlds, notes
    )


def _counted(prop: Property, variant: Variant, request: Request) -> Verdict:
    word, reason = counting.judge(prop, variant.relation)
    judgement = Judgement(word, reason if word == FAILS else "")
    expected_word = expected(request.scenario.name, variant.name, prop.id)
    notes = (f"at {counting.BITS} bits: {reason}",)
    where = (variant.name, request.scenario.name, "fresh")
    return Verdict(prop, *where, judgement, expected_word, (), engine=prop.graph, notes=notes)


def _replayed(judgement: Judgement, prop: Property, variant: Variant, trace: Trace) -> None:
    replay(trace, variant.relation, prop.parts[judgement.part] if prop.parts else None)
    if prop.graph and not shows(prop, trace):
        raise ReplayError(f"the run for {prop.id} replays but does not show what is wrong by {prop.id}")


def filled(matrix: Matrix, limits: Limits = NO_LIMITS, progress: Progress | None = None) -> Table:
    """Return one of the tables of spec/matrices.py, worked out. Raise KeyboardInterrupt when it was interrupted."""
    table = Table(matrix)
    _fill(table, Request((), (), Scenario(matrix.id, matrix.title, ()), limits=limits), progress)
    return table


def _fill(table: Table, request: Request, progress: Progress | None) -> None:
    """Work out the cells of a table; a cell is decided by its first failure."""
    plain = replace(request, isn=None, fail_fast=True)
    for place, cell in table.matrix.cells.items():
        variant, prop = VARIANTS[cell.variant], PROPERTIES[cell.about]
        runs = _explore(variant, plain, (cell.world,), (prop,), progress)
        table.cells[place] = _verdict_of_cell(table.matrix, place, cell, runs)
        _go_on(runs, 1, request)


def _verdict_of_cell(matrix: Matrix, place: tuple[str, str], cell: Cell, runs: Sequence[WorldRun]) -> Verdict:
    variant, prop = VARIANTS[cell.variant], PROPERTIES[cell.about]
    judgement = judge(prop, runs)
    if judgement.trace is not None:
        _replayed(judgement, prop, variant, judgement.trace)
    isn = "fresh" if cell.world.isn[0] == cell.world.isn[1] else f"B {cell.world.isn[1]}"
    return Verdict(prop, variant.name, matrix.id, isn, judgement, cell.expected, tuple(runs), place)
