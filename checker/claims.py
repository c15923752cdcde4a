"""Deciding claims: every question asked of the engine that can answer it, worlds shared, runs replayed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from checker.delivery import Tell
from checker.explore.run import PartFound, WorldRun, explore_world
from checker.replay import replay
from checker.verdict import judge
from checker.verify import Request, verify
from diagrams.states import causes
from spec.claims.claim import (
    Catalogue,
    Claim,
    Contradiction,
    Edges,
    Into,
    Not,
    Query,
    Question,
    Scripted,
    Seen,
    Sends,
    Side,
    Sum,
)
from spec.environment import World
from spec.language.beside import Property
from spec.scenarios import SCENARIOS
from spec.trace import Trace
from spec.variants import VARIANTS
from spec.words import FAILS, HOLDS

TRUE, FALSE, ONLY_IF, NOT_CHECKABLE, UNDECIDED = "TRUE", "FALSE", "ONLY IF", "NOT CHECKABLE", "UNDECIDED"
"""The verdicts on a claim. UNDECIDED: an engine could not answer a question within its bounds."""
YES, NO, UNKNOWN = "yes", "no", "unknown"


@dataclass(frozen=True)
class Answer:
    """What is said to a question: yes, no or unknown; how, in a sentence; the run behind it, if one is.

    evidence   "trace", "exhaustive", "scenario", "proof", "arithmetic" or "edges".
    """

    word: str
    evidence: str
    says: str
    trace: Trace | None = None
    steps: int | None = None


@dataclass(frozen=True)
class Decided:
    """A claim and its verdict: the answers to its questions, and to those of its condition if they were asked."""

    claim: Claim
    verdict: str
    answers: tuple[Answer, ...] = ()
    conditional: tuple[Answer, ...] = ()

    @property
    def deciding(self) -> Answer | None:
        """The answer that decides: the first no for what is false, else the first one with a run, else the first."""
        if self.verdict in (FALSE, ONLY_IF):
            return next((answer for answer in self.answers if answer.word == NO), None)
        told = [answer for answer in self.answers if answer.trace is not None]
        return next(iter([*told, *self.answers]), None)


@dataclass(frozen=True)
class Settled:
    """A contradiction and which of its sides are right, with the answers to each side's questions."""

    contradiction: Contradiction
    right: tuple[Side, ...]
    answers: tuple[tuple[Answer, ...], ...]


@dataclass
class Court:
    """Answers questions, each once; worlds are explored once for all that is asked of them together."""

    tell: Tell | None = None
    states: int = 0
    _answers: dict[int, Answer] = field(default_factory=dict)
    _kept: list[Question] = field(default_factory=list)
    _verdicts: dict[tuple[str, str, str], Answer] = field(default_factory=dict)

    # --- claims ---------------------------------------------------------------------------------------------

    def decide(self, claims: Sequence[Claim]) -> Iterator[Decided]:
        """Yield each claim decided. Raise KeyboardInterrupt when exploring was interrupted."""
        conditions = (claim.only_if.questions for claim in claims if claim.only_if is not None)
        self.explore([*(q for claim in claims for q in claim.true_if), *(q for group in conditions for q in group)])
        for claim in claims:
            yield self._decided(claim)

    def _decided(self, claim: Claim) -> Decided:
        if claim.not_checkable:
            return Decided(claim, NOT_CHECKABLE)
        answers = tuple(self.ask(question) for question in claim.true_if)
        words = [answer.word for answer in answers]
        if NO not in words:
            return Decided(claim, UNDECIDED if UNKNOWN in words else TRUE, answers)
        if claim.only_if is None:
            return Decided(claim, FALSE, answers)
        conditional = tuple(self.ask(question) for question in claim.only_if.questions)
        told = [answer.word for answer in conditional]
        verdict = FALSE if NO in told else UNDECIDED if UNKNOWN in told else ONLY_IF
        return Decided(claim, verdict, answers, conditional)

    def settle(self, contradictions: Sequence[Contradiction]) -> Iterator[Settled]:
        """Yield each contradiction with the sides that are right."""
        self.explore([q for each in contradictions for side in each.sides for q in side.questions])
        for each in contradictions:
            answers = tuple(tuple(self.ask(question) for question in side.questions) for side in each.sides)
            right = [side for side, told in zip(each.sides, answers, strict=True) if all(a.word == YES for a in told)]
            yield Settled(each, tuple(right), answers)

    # --- questions ------------------------------------------------------------------------------------------

    def ask(self, question: Question) -> Answer:
        """Return the answer to a question."""
        if id(question) not in self._answers:
            self._kept.append(question)  # so that its identity stays its own
            if isinstance(question, (Seen, Sends)):
                self.explore([question])
            else:
                self._answers[id(question)] = self._answer(question)
        return self._answers[id(question)]

    def _answer(self, question: Question) -> Answer:
        match question:
            case Not():
                inner = self.ask(question.question)
                word = {YES: NO, NO: YES}.get(inner.word, UNKNOWN)
                return Answer(word, inner.evidence, f"the opposite is asked: {inner.says}", inner.trace, inner.steps)
            case Catalogue():
                return self._catalogue(question)
            case Edges():
                return edges(question)
            case Into():
                return into(question)
            case Sum():
                return arithmetic(question)
            case Scripted():
                return scripted(question)
            case Query():
                return self._query(question)
            case _:
                raise TypeError(f"{question} is no question")

    def _catalogue(self, question: Catalogue) -> Answer:
        key = (question.about, question.variant, question.scenario)
        if key not in self._verdicts:
            self._say(f"{question.about} of {question.variant}")
            result = verify(Request((question.variant,), (question.about,), SCENARIOS[question.scenario]))
            if result.interrupted:
                raise KeyboardInterrupt
            (verdict,) = result.verdicts
            judgement = verdict.judgement
            word = {HOLDS: YES, FAILS: NO}.get(judgement.word, UNKNOWN)
            states = sum(run.states for run in verdict.runs)
            self.states += states
            says = f"{question.about} {verdict.about.name} {judgement.word.lower()} for {question.variant}"
            says += f" ({states:,} states)" if states else ""
            evidence = "trace" if judgement.trace is not None else "exhaustive"
            self._verdicts[key] = Answer(word, evidence, says, judgement.trace, judgement.steps)
        return self._verdicts[key]

    def _query(self, question: Query) -> Answer:
        from checker import prove  # z3 is loaded only when it is asked
        from checker.symbolic.proof import PROVED, REFUTED

        self._say(f"z3: {question.id}")
        proofs = prove.prove(prove.asked(("three-way",), (question.id,), 32))
        if proofs.interrupted:
            raise KeyboardInterrupt
        proof = next(each for each in proofs.found if each.property == question.id)
        word = {PROVED: YES, REFUTED: NO}.get(proof.verdict, UNKNOWN)
        return Answer(word, "proof", f"{question.id}: {proof.says}", None, proof.steps)

    # --- worlds ---------------------------------------------------------------------------------------------

    def explore(self, questions: Iterable[Question]) -> None:
        """Answer all questions about worlds among these, each world explored once for all of them."""
        asked: dict[tuple[str, World], list[Seen | Sends]] = {}
        for question in _worldly(questions):
            if id(question) not in self._answers:
                self._kept.append(question)
                asked.setdefault((question.variant, question.world), []).append(question)
        for (variant, world), group in asked.items():
            self._say(f"{variant} in {world.name}")
            self._explored(variant, world, list({id(question): question for question in group}.values()))

    def _explored(self, variant: str, world: World, group: list[Seen | Sends]) -> None:
        parts = [question.part if isinstance(question, Seen) else question.shows for question in group]
        about = Property("C-0", "claims", "", "", tuple(parts))
        chosen = VARIANTS[variant]
        run = explore_world(chosen.relation, chosen.world(world), [about], variant=variant)
        if run.stopped == "interrupted":
            raise KeyboardInterrupt
        self.states += run.states
        for question, found in zip(group, run.parts, strict=True):
            if found.trace is not None:
                replay(found.trace, chosen.relation, found.part)
            seen = seen_in(found, run, variant)
            self._answers[id(question)] = seen if isinstance(question, Seen) else sends(question, seen)

    def _say(self, text: str) -> None:
        if self.tell is not None:
            self.tell(text)


def _worldly(questions: Iterable[Question]) -> Iterator[Seen | Sends]:
    for question in questions:
        if isinstance(question, Not):
            yield from _worldly([question.question])
        elif isinstance(question, (Seen, Sends)):
            yield question


def seen_in(found: PartFound, run: WorldRun, variant: str) -> Answer:
    """Return what a world shows of one part."""
    about = Property("C-0", "claims", "", "", (found.part,), asked=(run.world.asks,))
    one = PartFound(about, 0, found.part, found.given, found.steps, found.trace)
    alone = WorldRun(run.world, run.states, run.transitions, run.depth, run.stopped, [one], run.rule_ids)
    judgement = judge(about, [alone])
    word = {HOLDS: YES, FAILS: NO}.get(judgement.word, UNKNOWN)
    if found.trace is not None:
        says = f"{_steps(found)}: {variant} in world {run.world.name}"
        return Answer(word, "trace", says, found.trace, found.steps)
    where = f"in all {run.states:,} states of {variant} in world {run.world.name}"
    never = "never so" if found.part.kind == "sometimes" else "always so" if word == YES else "never asked"
    return Answer(word, "exhaustive", f"{never} {where}")


def _steps(found: PartFound) -> str:
    shows = "a run of {} shows it" if found.part.kind == "sometimes" else "a run of {} breaks it"
    loop = "" if found.trace is None or found.trace.loop is None else " and a loop"
    return shows.format(f"{found.steps} step{'s' if found.steps != 1 else ''}{loop}")


def sends(question: Sends, seen: Answer) -> Answer:
    """Return whether the shortest run that shows something sends so many segments."""
    if seen.trace is None:
        return Answer(NO if seen.word == NO else UNKNOWN, seen.evidence, seen.says)
    count = len(seen.trace.segments)
    says = f"the shortest run, of {seen.steps} steps, sends {count} segments"
    return Answer(YES if count == question.count else NO, "trace", says, seen.trace, seen.steps)


def edges(question: Edges) -> Answer:
    """Return whether a variant's rules can cause these changes of state and not those."""
    possible = causes(VARIANTS[question.variant].relation)
    missing = [pair for pair in question.there if pair not in possible]
    wrong = [pair for pair in question.never if pair in possible]
    told = [f"no rule leads from {a} to {b}" for a, b in missing]
    told += [f"{a} to {b} by {' '.join(possible[a, b][0].ids)}" for a, b in wrong]
    if not told:
        told = [f"{a} to {b} by {' '.join(possible[a, b][0].ids)}" for a, b in question.there]
        told += [f"no rule leads from {a} to {b}" for a, b in question.never]
    return Answer(NO if missing or wrong else YES, "edges", "; ".join(told))


def into(question: Into) -> Answer:
    """Return whether the states from which a state is entered are exactly these."""
    possible = causes(VARIANTS[question.variant].relation)
    sources = {a for a, b in possible if b == question.state}
    told = f"{question.state} is entered from {', '.join(sorted(sources))}"
    return Answer(YES if sources == set(question.sources) else NO, "edges", told)


ABOUT = 0.05
"""How far "about" may be off."""


def arithmetic(question: Sum) -> Answer:
    """Return whether a comparison of exact numbers is so."""
    left, right = question.left, question.right
    so = {
        "<": left < right, "<=": left <= right, "=": left == right, "about": abs(left - right) <= ABOUT * abs(right),
    }[question.relation]  # fmt: skip
    return Answer(
        YES if so else NO, "arithmetic", f"{question.says}: {float(left):,.6g} {question.relation} {float(right):,.6g}"
    )


def scripted(question: Scripted) -> Answer:
    """Return whether the relation of a variant allows every line of a script."""
    from checker.script import play
    from spec.script import parse

    played = play(parse(question.text, "claim"), VARIANTS[question.variant])
    steps = None if played.trace is None else len(played.trace.steps)
    says = "every line is allowed" if played.accepted else f"refused at line {played.line}: {played.why}"
    return Answer(YES if played.accepted else NO, "scenario", says, played.trace, steps)
