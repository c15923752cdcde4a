"""Verify: which worlds to explore for which variants, and the verdicts that come out, every trace replayed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from checker.explore.kernel import NO_LIMITS, Graph, Limits
from checker.explore.run import WorldRun, explore_world
from checker.replay import ReplayError, replay
from checker.verdict import Judgement, Verdict, judge, shows
from spec.environment import IsnPolicy, Scenario, World
from spec.expected import SWEPT, expected, expected_in_sweep
from spec.language.beside import Property
from spec.properties import PROPERTIES
from spec.trace import Trace
from spec.variants import VARIANTS, Variant

DEFAULT_VARIANTS = ("three-way", "two-way", "two-way-strict", "four-way-split", "four-way-ack-then-synack")

NEEDS_COVER = ("coverage", "figure-5")
"""Judgements of the whole graph that need a scenario whose worlds together cover every rule."""

Progress = Callable[[str, Graph | None, int], None]
"""Called with what is being explored, the graph so far and the number of states expanded."""


@dataclass(frozen=True)
class Request:
    """What to verify.

    isn       a policy for both ends, instead of the worlds' own (fresh); None leaves them.
    changed   the worlds differ from the named scenario's, so its table of expected verdicts does not apply.
    sweep     also ask P-01 for each of the scenario's server ISN policies.
    """

    variants: tuple[str, ...]
    properties: tuple[str, ...]
    scenario: Scenario
    isn: IsnPolicy | None = None
    changed: bool = False
    sweep: bool = True
    limits: Limits = NO_LIMITS
    fail_fast: bool = False


@dataclass
class Result:
    """All verdicts, in order; `sweep` apart, as they form a table of their own. `interrupted` by Ctrl-C."""

    verdicts: list[Verdict]
    sweep: list[Verdict]
    interrupted: bool = False

    @property
    def all(self) -> list[Verdict]:
        """Every verdict."""
        return [*self.verdicts, *self.sweep]


def verify(request: Request, progress: Progress | None = None) -> Result:
    """Explore what the request names and judge it.

    Raise ReplayError when a trace that an engine found is not a run of the rules: that is an internal error.
    """
    result = Result([], [])
    try:
        for name in request.variants:
            runs = _explore(VARIANTS[name], request, request.scenario.worlds, request.properties, progress)
            result.verdicts += _verdicts(VARIANTS[name], request, runs)
            _go_on(runs, len(request.scenario.worlds), request)
        for verdict in _sweep(request, progress):
            result.sweep.append(verdict)
            _go_on(verdict.runs, 1, request)
    except KeyboardInterrupt:
        result.interrupted = True
    return result


def _go_on(runs: Sequence[WorldRun], worlds: int, request: Request) -> None:
    """Pass an interruption on, now that what it left is judged."""
    cut_short = len(runs) < worlds and not (request.fail_fast and runs[-1].stopped)
    if cut_short or any(run.stopped == "interrupted" for run in runs):
        raise KeyboardInterrupt


def policy_of(variant: Variant, request: Request) -> IsnPolicy | None:
    """Return the ISN policy that replaces the worlds' own, if any."""
    return request.isn if request.isn is not None else variant.isn


def _explore(
    variant: Variant, request: Request, worlds: Sequence[World], properties: Sequence[str], progress: Progress | None
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
                [PROPERTIES[p] for p in properties],
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


def _verdicts(variant: Variant, request: Request, runs: Sequence[WorldRun]) -> Iterator[Verdict]:
    policy = policy_of(variant, request)
    key = variant.name if request.isn is None else f"{variant.name}/{request.isn}"
    for property_id in request.properties:
        prop = PROPERTIES[property_id]
        if prop.graph in NEEDS_COVER and not request.scenario.covers:
            continue
        judgement = judge(prop, runs, len(request.scenario.worlds))
        if judgement.trace is not None and prop.graph:
            judgement = replace(judgement, trace=replace(judgement.trace, property=prop.id))
        if judgement.trace is not None:
            _replayed(judgement, prop, variant, judgement.trace)
        word = None if request.changed else expected(request.scenario.name, key, property_id)
        isn = str(policy) if policy is not None else "fresh"
        yield Verdict(prop, variant.name, request.scenario.name, isn, judgement, word, tuple(runs))


def _replayed(judgement: Judgement, prop: Property, variant: Variant, trace: Trace) -> None:
    replay(trace, variant.relation, prop.parts[judgement.part] if prop.parts else None)
    if prop.graph and not shows(prop, trace):
        raise ReplayError(f"the run for {prop.id} replays but does not show what is wrong by {prop.id}")


def _sweep(request: Request, progress: Progress | None) -> Iterator[Verdict]:
    if not request.sweep or "P-01" not in request.properties or "three-way" not in request.variants:
        return
    for name in SWEPT:
        yield from _sweep_variant(VARIANTS[name], request, progress)


def _sweep_variant(variant: Variant, request: Request, progress: Progress | None) -> Iterator[Verdict]:
    prop = PROPERTIES["P-01"]
    for world in request.scenario.sweep:
        octets = sum(call.octets for call in world.users[1].calls)
        for policy in request.scenario.policies:
            here = replace(world, isn=(IsnPolicy(), policy))
            runs = _explore(variant, replace(request, isn=None), (here,), ("P-01",), progress)
            judgement = judge(prop, runs)
            if judgement.trace is not None:
                _replayed(judgement, prop, variant, judgement.trace)
            word = None if request.changed else expected_in_sweep(variant.name, policy, octets)
            yield Verdict(prop, variant.name, here.name, f"B {policy}", judgement, word, tuple(runs))
