"""Verdicts: what an exploration says of a property, and what a run of the checker says to the shell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from checker.exits import EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_OK
from checker.explore.run import PartFound, WorldRun
from spec.environment import World
from spec.language.beside import Property
from spec.trace import Trace
from spec.words import FAILS, HOLDS, VACUOUS

UNKNOWN = "UNKNOWN"
"""A limit stopped the exploration before any other word was established."""


@dataclass(frozen=True)
class Judgement:
    """One property in one set of worlds: the word, why, and the run that shows it (None when none does).

    `shortest` is False where a world that was not finished might have a shorter run.
    """

    word: str
    reason: str = ""
    steps: int | None = None
    trace: Trace | None = None
    part: int = 0
    shortest: bool = True


@dataclass(frozen=True)
class Verdict:
    """A judgement with everything it rests on. `expected_word` is None where no table speaks.

    `scenario` is a scenario's name, or the id of a table (spec/matrices.py) whose `cell` (row, column) this is. An
    engine of its own ("equivalence", "counting") has no runs; `worlds` are those it explored, `notes` what it found,
    a line each.
    """

    about: Property
    variant: str
    scenario: str
    isn: str
    judgement: Judgement
    expected_word: str | None
    runs: tuple[WorldRun, ...] = field(repr=False)
    cell: tuple[str, str] | None = None
    engine: str = "explorer"
    worlds: tuple[World, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def bounds(self) -> dict[str, dict[str, str]]:
        """Every bound in words, by world."""
        alone = {world.name: world.bounds() for world in self.worlds}
        return alone | {run.world.name: {**run.world.bounds(), **run.method} for run in self.runs}

    @property
    def fairness(self) -> tuple[str, ...]:
        """The ids of the fairness assumptions that the verdict rests on."""
        return tuple(dict.fromkeys(name for part in self.about.parts for name in part.fairness))

    @property
    def expected(self) -> bool:
        """The word is the expected one; without an expectation, the property holds."""
        return self.judgement.word == (self.expected_word or HOLDS)

    @property
    def complete(self) -> bool:
        """Every world was explored to its bounds."""
        return all(run.complete for run in self.runs) and self.judgement.word != UNKNOWN


def judge(prop: Property, runs: Sequence[WorldRun], worlds: int | None = None) -> Judgement:
    """Return what the explored worlds say of a property.

    Only those count that were explored for such properties. `worlds` is how many were to be explored, if more than
    these: what is not finished is UNKNOWN, whatever the finished worlds say, unless a run already decides it.
    """
    runs = [run for run in runs if run.world.asks in prop.asked]
    found = _judge(prop, runs) if runs else Judgement(UNKNOWN, "no world was explored")
    unfinished = next((run.stopped for run in runs if run.stopped), None)
    if unfinished is None and worlds is not None and len(runs) < worlds:
        unfinished = f"{len(runs)} of {worlds} worlds explored"
    if unfinished is None:
        return found
    if found.trace is None or found.word != FAILS:  # what is missing may still come
        return Judgement(UNKNOWN, unfinished)
    deep_enough = all(run.complete or run.depth >= (found.steps or 0) for run in runs)
    return replace(found, shortest=deep_enough and len(runs) == (worlds or len(runs)))


def _judge(prop: Property, runs: Sequence[WorldRun]) -> Judgement:
    if prop.graph == "terminal":
        return _judge_terminal(prop, runs)
    if prop.graph == "figure-5":
        return _judge_figure(prop, runs)
    if prop.graph == "coverage":
        return _judge_coverage(prop, runs)
    return _worst([_judge_part(prop, number, runs) for number in range(len(prop.parts))])


def _worst(judgements: Sequence[Judgement]) -> Judgement:
    for word in (FAILS, UNKNOWN, VACUOUS):
        found = [j for j in judgements if j.word == word]
        if found:
            return min(found, key=lambda j: (j.steps is None, j.steps or 0))
    return Judgement(HOLDS)


def _judge_part(prop: Property, number: int, runs: Sequence[WorldRun]) -> Judgement:
    found = [_part(run, prop, number) for run in runs]
    part = prop.parts[number]
    shown = min((f for f in found if f.steps is not None), key=lambda f: f.steps or 0, default=None)
    if part.kind == "sometimes":
        if shown is not None:
            return Judgement(HOLDS, "witnessed", shown.steps, shown.trace, number)
        return Judgement(FAILS, f"no witness: {part.says}", part=number)
    if shown is not None:
        return Judgement(FAILS, part.says, shown.steps, shown.trace, number)
    if not any(f.given for f in found):
        return Judgement(VACUOUS, f"never applies: {part.says}" if part.says else "never applies", part=number)
    return Judgement(HOLDS)


def _part(run: WorldRun, prop: Property, number: int) -> PartFound:
    return next(f for f in run.parts if f.about is prop and f.number == number)


def _judge_terminal(prop: Property, runs: Sequence[WorldRun]) -> Judgement:
    judged = [run for run in runs if run.world.faults.retransmissions]
    bad = [
        (trace, pair) for run in judged for pair, trace in run.terminal.items() if not ends_well(prop, pair, run.world)
    ]
    if bad:
        trace, pair = min(bad, key=lambda found: len(found[0].steps))
        return Judgement(FAILS, f"a run ends in ({', '.join(pair)})", len(trace.steps), trace)
    if not any(run.terminal for run in judged):
        return Judgement(VACUOUS, "no world with retransmission has a run that ends")
    return Judgement(HOLDS)


def ends_well(prop: Property, pair: tuple[str, str], world: World) -> bool:
    """Return whether a run in `world` may end with the two ends in these states (P-42)."""
    data = prop.data or {}
    return pair in data["acceptable"] or (pair in data["half-open"] and world.ends_may_vanish)


def _allowed(prop: Property) -> set[tuple[str, str]]:
    data = prop.data or {}
    return {*data["drawn"], *data["not drawn"]}


def _judge_figure(prop: Property, runs: Sequence[WorldRun]) -> Judgement:
    taken = {edge: trace for run in reversed(runs) for edge, trace in run.edges.items()}
    wrong = sorted(taken.keys() - _allowed(prop))
    if wrong:
        edge = min(wrong, key=lambda e: (len(taken[e].steps), e))
        return Judgement(FAILS, f"{edge[0]} -> {edge[1]} is taken", len(taken[edge].steps), taken[edge])
    missing = [f"{a} -> {b}" for a, b in (prop.data or {})["drawn"] if (a, b) not in taken]
    return Judgement(FAILS, f"never taken: {', '.join(missing)}") if missing else Judgement(HOLDS)


def _judge_coverage(prop: Property, runs: Sequence[WorldRun]) -> Judgement:
    data = prop.data or {}
    fired = {rule for run in runs for rule in run.fired}
    reached = {state for run in runs for state in run.reached}
    missing = [state for state in data["states"] if state not in reached]
    silent = [rule for rule in runs[0].rule_ids if rule not in fired and rule not in data["never fires"]]
    parts = [f"never reached: {', '.join(missing)}"] if missing else []
    parts += [f"never fired: {', '.join(silent)}"] if silent else []
    return Judgement(FAILS, "; ".join(parts)) if parts else Judgement(HOLDS)


def shows(prop: Property, trace: Trace) -> bool:
    """Return whether a run shows what is wrong by a property of the whole graph: its last edge, or its last states.

    No run shows what is wrong by P-26.
    """
    if prop.graph == "coverage":
        return False
    if prop.graph == "terminal":
        last = (trace.tcb(0, len(trace.steps))["STATE"], trace.tcb(1, len(trace.steps))["STATE"])
        return not trace.in_flight(len(trace.steps)) and not ends_well(prop, last, trace.world)
    if not trace.steps:
        return False
    step = trace.steps[-1]
    states = [trace.tcb(step.end, len(trace.steps) - 1)["STATE"], *(event.tcb["STATE"] for event in step.events)]
    return any(a != b and (a, b) not in _allowed(prop) for a, b in pairwise(states))


def exit_code(verdicts: Iterable[Verdict], *, interrupted: bool = False, internal_error: bool = False) -> int:
    """Return the exit code of a run: the only place that decides it.

    0 every verdict is the expected one; 1 one is not; 3 one is UNKNOWN; 4 an internal error; 130 interrupted.
    No flag turns 3 or 4 into 0, and a run without a verdict is not a success.
    """
    verdicts = list(verdicts)
    if internal_error:
        return EXIT_INTERNAL
    if interrupted:
        return EXIT_INTERRUPTED
    if any(v.judgement.word != UNKNOWN and not v.expected for v in verdicts):
        return EXIT_FAILED
    if any(v.judgement.word == UNKNOWN for v in verdicts) or not verdicts:
        return EXIT_INCONCLUSIVE
    return EXIT_OK
