"""Verdicts: what an exploration says of a property, and what a run of the checker says to the shell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from checker.explore.run import PartFound, WorldRun
from spec.language.beside import Property
from spec.trace import Trace

HOLDS, FAILS, VACUOUS, UNKNOWN = "HOLDS", "FAILS", "VACUOUS", "UNKNOWN"
"""HOLDS: in every state and step within the printed bounds. FAILS: a run is shown. VACUOUS: nothing to say.
UNKNOWN: a limit stopped the exploration before either was established."""

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_INCONCLUSIVE, EXIT_INTERNAL, EXIT_INTERRUPTED = 0, 1, 2, 3, 4, 130


@dataclass(frozen=True)
class Judgement:
    """One property in one set of worlds: the word, why, and the run that shows it (None when none does)."""

    word: str
    reason: str = ""
    steps: int | None = None
    trace: Trace | None = None
    part: int = 0


@dataclass(frozen=True)
class Verdict:
    """A judgement with everything it rests on. `expected_word` is None where no table speaks."""

    about: Property
    variant: str
    scenario: str
    isn: str
    judgement: Judgement
    expected_word: str | None
    runs: tuple[WorldRun, ...] = field(repr=False)

    @property
    def expected(self) -> bool:
        """The word is the expected one; without an expectation, the property holds."""
        return self.judgement.word == (self.expected_word or HOLDS)

    @property
    def complete(self) -> bool:
        """Every world was explored to its bounds."""
        return all(run.complete for run in self.runs)


def judge(prop: Property, runs: Sequence[WorldRun]) -> Judgement:
    """Return what the explored worlds say of a property."""
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
    unfinished = next((run.stopped for run in runs if run.stopped), None)
    if part.kind == "sometimes":
        if shown is not None:
            return Judgement(HOLDS, "witnessed", shown.steps, shown.trace, number)
        return (
            Judgement(UNKNOWN, unfinished) if unfinished else Judgement(FAILS, f"no witness: {part.says}", part=number)
        )
    if shown is not None:
        return Judgement(FAILS, part.says, shown.steps, shown.trace, number)
    if unfinished:
        return Judgement(UNKNOWN, unfinished)
    if not any(f.given for f in found):
        return Judgement(VACUOUS, f"never applies: {part.says}" if part.says else "never applies", part=number)
    return Judgement(HOLDS)


def _part(run: WorldRun, prop: Property, number: int) -> PartFound:
    return next(f for f in run.parts if f.about is prop and f.number == number)


def _judge_terminal(prop: Property, runs: Sequence[WorldRun]) -> Judgement:
    acceptable = (prop.data or {})["acceptable"]
    judged = [run for run in runs if run.world.faults.retransmissions]
    bad = [(trace, pair) for run in judged for pair, trace in run.terminal.items() if pair not in acceptable]
    if bad:
        trace, pair = min(bad, key=lambda found: len(found[0].steps))
        return Judgement(FAILS, f"a run ends in ({', '.join(pair)})", len(trace.steps), trace)
    unfinished = next((run.stopped for run in judged if run.stopped), None)
    if unfinished:
        return Judgement(UNKNOWN, unfinished)
    if not any(run.terminal for run in judged):
        return Judgement(VACUOUS, "no world with retransmission has a run that ends")
    return Judgement(HOLDS)


def _judge_figure(prop: Property, runs: Sequence[WorldRun]) -> Judgement:
    data = prop.data or {}
    allowed = {*data["drawn"], *data["not drawn"]}
    taken = {edge: trace for run in reversed(runs) for edge, trace in run.edges.items()}
    wrong = sorted(edge for edge in taken if edge not in allowed)
    if wrong:
        edge = min(wrong, key=lambda e: (len(taken[e].steps), e))
        return Judgement(FAILS, f"{edge[0]} -> {edge[1]} is taken", len(taken[edge].steps), taken[edge])
    unfinished = next((run.stopped for run in runs if run.stopped), None)
    missing = [f"{a} -> {b}" for a, b in data["drawn"] if (a, b) not in taken]
    if missing:
        return Judgement(UNKNOWN, unfinished) if unfinished else Judgement(FAILS, f"never taken: {', '.join(missing)}")
    return Judgement(HOLDS)


def _judge_coverage(prop: Property, runs: Sequence[WorldRun]) -> Judgement:
    data = prop.data or {}
    fired = {rule for run in runs for rule in run.fired}
    reached = {state for run in runs for state in run.reached}
    missing = [state for state in data["states"] if state not in reached]
    silent = [rule for rule in runs[0].rule_ids if rule not in fired and rule not in data["never fires"]]
    if not missing and not silent:
        return Judgement(HOLDS)
    unfinished = next((run.stopped for run in runs if run.stopped), None)
    if unfinished:
        return Judgement(UNKNOWN, unfinished)
    parts = [f"never reached: {', '.join(missing)}"] if missing else []
    parts += [f"never fired: {', '.join(silent)}"] if silent else []
    return Judgement(FAILS, "; ".join(parts))


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
