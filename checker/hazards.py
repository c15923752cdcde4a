"""The hazards of the literature looked for: each in its world, its run replayed, then what prevents it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from checker import counting
from checker.exits import EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_INTERRUPTED, EXIT_OK, worst
from checker.explore.graph import Limits
from checker.explore.run import PartFound, WorldRun, explore_world
from checker.replay import replay
from checker.usage import UsageError
from checker.verdict import UNKNOWN as UNDECIDED
from checker.verdict import judge
from spec.ghosts import CRASH
from spec.hazards import HAZARDS, MUST_HOLD, REACHES, Experiment, Hazard, Switch
from spec.language import nearest
from spec.language.beside import Part, Property
from spec.trace import DUPLICATE, FORGE, LOSE, TICK, Trace
from spec.vocabulary import RETRANSMISSION_TIMEOUT, USER_TIMEOUT
from spec.words import FAILS, HOLDS

FOUND, REFUTED, OUTSIDE, UNKNOWN = "found", "refuted", "outside", "unknown"
"""FOUND: a run shows it, or where a recovery must work the property holds and a run recovers. REFUTED: a complete
exploration without it. OUTSIDE: the model cannot be asked. UNKNOWN: a limit came first."""
LIMITS = Limits(states=500_000)

Progress = Callable[[str], None]
_KINDS = {LOSE: "losses", DUPLICATE: "duplicates", FORGE: "forged segments", TICK: "ticks"}
_EVENTS = {
    RETRANSMISSION_TIMEOUT.name: "retransmissions",
    CRASH.name: "crashes",
    USER_TIMEOUT.name: "user timeouts",
}
FAULTS = ("losses", "duplicates", "retransmissions", "crashes", "user timeouts", "forged segments", "ticks")
"""What is counted in a run."""


@dataclass(frozen=True)
class Outcome:
    """What one experiment showed: a word of spec.words, or UNKNOWN when a limit came first; how large it was.

    `states` are those explored, or the segments tried where hits are counted.
    """

    word: str
    states: int
    complete: bool
    trace: Trace | None = None
    part: Part | None = None
    reason: str = ""

    @property
    def steps(self) -> int | None:
        """The steps of the run, without those that it repeats for ever."""
        if self.trace is None:
            return None
        return len(self.trace.steps) if self.trace.loop is None else self.trace.loop


@dataclass(frozen=True)
class Tried:
    """A switch, and what the experiment shows with it."""

    switch: Switch
    outcome: Outcome


@dataclass(frozen=True)
class Result:
    """What became of a hazard. `outcome` is None for those outside the model; `counts` are lines of P-14."""

    hazard: Hazard
    word: str
    outcome: Outcome | None = None
    tried: tuple[Tried, ...] = ()
    counts: tuple[str, ...] = ()

    @property
    def trace(self) -> Trace | None:
        """The run that shows it."""
        return None if self.outcome is None else self.outcome.trace

    @property
    def loop(self) -> int | None:
        """How many steps the run repeats for ever (0: nothing more happens); None for a finite run."""
        trace = self.trace
        return None if trace is None or trace.loop is None else len(trace.steps) - trace.loop

    @property
    def faults(self) -> dict[str, int]:
        """How often what went wrong in the run, by name; a lasso's loop counts once."""
        return {} if self.trace is None else faults_of(self.trace)

    @property
    def turned(self) -> Tried | None:
        """The first switch that prevents the hazard, or that breaks what must hold; None when none does."""
        experiment = self.hazard.experiment
        wanted = FAILS if experiment is not None and experiment.kind == MUST_HOLD else HOLDS
        return next((each for each in self.tried if each.outcome.word == wanted), None)

    @property
    def repaired_by(self) -> str | None:
        """The premise that blocks the hazard."""
        return self._turned_by(must_hold=False)

    @property
    def broken_by(self) -> str | None:
        """The change with which what must hold fails."""
        return self._turned_by(must_hold=True)

    def _turned_by(self, *, must_hold: bool) -> str | None:
        experiment, turned = self.hazard.experiment, self.turned
        asked = experiment is not None and (experiment.kind == MUST_HOLD) == must_hold
        return turned.switch.name if asked and turned is not None else None


@dataclass
class Results:
    """All results in order; `interrupted` by Ctrl-C."""

    results: list[Result] = field(default_factory=list)
    interrupted: bool = False


def chosen(ids: Sequence[str], hazards: Mapping[str, Hazard] = HAZARDS) -> list[Hazard]:
    """Return the hazards of these ids, or all. Raise UsageError for an id that does not exist."""
    names = list(dict.fromkeys(name.upper() for name in ids))
    for name in names:
        if name not in hazards:
            raise UsageError(f"hazard {name!r} does not exist.{nearest(name, hazards)} 'hazards' shows all.")
    return [hazards[name] for name in names] if names else list(hazards.values())


def find(
    hazards: Iterable[Hazard], *, repairs: bool = True, limits: Limits = LIMITS, progress: Progress | None = None
) -> Results:
    """Look for each hazard, and with `repairs` for what prevents it; an interruption keeps what was established.

    Raise ReplayError when a trace that the explorer found is not a run of the rules: that is an internal error.
    """
    found = Results()
    try:
        for hazard in hazards:
            found.results.append(look_for(hazard, repairs=repairs, limits=limits, progress=progress))
    except KeyboardInterrupt:
        found.interrupted = True
    return found


def look_for(
    hazard: Hazard, *, repairs: bool = True, limits: Limits = LIMITS, progress: Progress | None = None
) -> Result:
    """Return what became of one hazard. Raise KeyboardInterrupt when it was interrupted."""
    experiment = hazard.experiment
    if experiment is None:
        return Result(hazard, OUTSIDE)
    tell = progress or _silent
    tell(f"{hazard.id} {hazard.name}")
    outcome = tried_out(experiment, limits)
    wanted = HOLDS if experiment.kind == MUST_HOLD else FAILS
    word = UNKNOWN if outcome.word == UNDECIDED else FOUND if outcome.word == wanted else REFUTED
    tried = tuple(_switches(hazard, experiment, limits, tell)) if repairs and word == FOUND else ()
    return Result(hazard, word, outcome, tried, tuple(_counts(experiment)))


def _silent(_: str) -> None:
    """Tell nobody."""


def _switches(hazard: Hazard, experiment: Experiment, limits: Limits, tell: Progress) -> Iterator[Tried]:
    """Yield switch after switch, up to the first that turns the word."""
    wanted = FAILS if experiment.kind == MUST_HOLD else HOLDS
    for switch in experiment.switches:
        tell(f"{hazard.id} {hazard.name}: {switch.name}")
        outcome = tried_out(experiment.switched(switch), limits)
        yield Tried(switch, outcome)
        if outcome.word == wanted:
            return


def tried_out(experiment: Experiment, limits: Limits = LIMITS) -> Outcome:
    """Return what one experiment shows, its run replayed. A situation that is reached FAILS to be prevented.

    Raise KeyboardInterrupt when the exploration was interrupted.
    """
    if experiment.about.graph == "counting":
        return _counted(experiment)
    asked, variant = replace(experiment.asked, asked=(experiment.world.asks,)), experiment.variant
    recovery = _recovery(experiment)
    world = variant.world(experiment.world)
    run = explore_world(
        variant.relation, world, [asked, *recovery], variant=variant.name, limits=limits, fail_fast=True
    )
    if run.stopped == "interrupted":
        raise KeyboardInterrupt
    judgement = judge(asked, [run])
    if experiment.kind == REACHES:
        return _shown(experiment, run, _TURNED.get(judgement.word, judgement.word), _witness(run, asked))
    if recovery and judgement.word == HOLDS:
        recovered = _witness(run, recovery[0])
        return _shown(experiment, run, FAILS if recovered is None else HOLDS, recovered)
    failing = [found for found in run.parts if found.trace is not None and found.trace is judgement.trace]
    return _shown(experiment, run, judgement.word, failing[0] if failing else None)


_TURNED = {HOLDS: FAILS, FAILS: HOLDS}
"""A situation that is not wanted: reached is FAILS, not reached HOLDS."""


def _recovery(experiment: Experiment) -> list[Property]:
    """Return the recovery to be witnessed as a property of its own, if there is one."""
    if experiment.recovery is None:
        return []
    name = f"{experiment.about.id} recovery"
    return [replace(experiment.about, id=name, parts=(experiment.recovery,), asked=(experiment.world.asks,))]


def _witness(run: WorldRun, about: Property) -> PartFound | None:
    """Return the first part of a property that some run witnesses."""
    return next((found for found in run.parts if found.about is about and found.trace is not None), None)


def _shown(experiment: Experiment, run: WorldRun, word: str, shown: PartFound | None) -> Outcome:
    """Return the outcome with its run, replayed."""
    if shown is None or shown.trace is None:
        return Outcome(word, run.states, run.complete)
    trace = shown.trace
    replay(trace, experiment.variant.relation, shown.part)
    if trace.property == experiment.about.id and experiment.part is not None:
        trace = replace(trace, part=experiment.part)
    return Outcome(word, run.states, run.complete, trace, shown.part)


def _counted(experiment: Experiment) -> Outcome:
    """Return what counting shows: FAILS where more segments hit than the property allows."""
    guesses = experiment.about.data or {}
    counts = counting.count(experiment.variant.relation, guesses=guesses)
    word, reason = counting.judge(experiment.about, experiment.variant.relation)
    return Outcome(word, sum(counts.tried(kind) for kind in guesses), complete=True, reason=reason)


def _counts(experiment: Experiment) -> Iterator[str]:
    """Yield how many forged segments hit, for the variant and for those of the switches."""
    others = [switch.variant for switch in experiment.switches if switch.variant is not None]
    for variant in (experiment.variant, *others) if experiment.counted else ():
        counts = counting.count(variant.relation)
        yield f"{variant.name}: {', '.join(counts.told(kind) for kind in experiment.counted)}"


def faults_of(trace: Trace) -> dict[str, int]:
    """Return how often what went wrong in a run, by name; what did not happen is left out.

    A segment that dies of age is lost.
    """
    events = [event.event for step in trace.steps for event in step.events]
    found = Counter(_KINDS[step.kind] for step in trace.steps if step.kind in _KINDS)
    found.update(_EVENTS[event] for event in events if event in _EVENTS)
    for number, step in enumerate(trace.steps):
        if step.kind == TICK:
            found["losses"] += len(trace.in_flight(number)) - len(trace.in_flight(number + 1))
    return {name: found[name] for name in FAULTS if found[name]}


def exit_code(found: Results) -> int:
    """Return the exit code: 1 for a hazard that is not found or a recovery that fails, 3 for one that is unknown."""
    words = {result.word for result in found.results}
    codes = [EXIT_OK]
    codes += [EXIT_FAILED] if REFUTED in words else []
    codes += [EXIT_INCONCLUSIVE] if UNKNOWN in words else []
    codes += [EXIT_INTERRUPTED] if found.interrupted else []
    return worst(*codes)
