"""Prove: what z3 is asked of which variant, the answers, and what they mean to the shell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from checker.delivery import Tell
from checker.exits import EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_OK
from checker.symbolic import finding, questions
from checker.symbolic.lifting import lifted
from checker.symbolic.proof import PROVED, REFUTED, UNDECIDED, Proof
from checker.symbolic.queries import ANSWERED, answer
from checker.symbolic.solving import interruptible
from checker.usage import UsageError
from checker.verdict import Verdict, judge
from spec.expected import expected_proof
from spec.language import nearest
from spec.queries import QUERIES
from spec.scenarios import REOPEN
from spec.variants import VARIANTS
from spec.words import FAILS

ABOUT_RELATIONS = (*questions.TWO_ENDS, *questions.ONE_END, *questions.RULES)
"""The properties that z3 is asked of a variant."""
SAME = {"Z-5": ("P-10",), "Z-6": ("P-06", "P-07"), "Z-12": ("P-01", "P-02")}
"""Queries that are answered by proofs of properties, of three-way."""
PROVABLE = tuple(sorted(ABOUT_RELATIONS)) + tuple(QUERIES)
DEFAULT_ASKED = (("three-way", tuple(sorted(ABOUT_RELATIONS))), ("two-way", questions.TWO_ENDS))
"""What is asked when nothing is said, beside the queries: everything of three-way, and whether two-way agrees."""


@dataclass(frozen=True)
class Asked:
    """What to prove: properties by variant and queries, at a width.

    find   lemmas about one end, instead of using the written ones.
    """

    of: tuple[tuple[str, tuple[str, ...]], ...] = DEFAULT_ASKED
    queries: tuple[str, ...] = tuple(QUERIES)
    bits: int = 32
    find: bool = False


@dataclass
class Proofs:
    """The answers so far. `interrupted` by Ctrl-C; `disagree`: where z3 and the explorer contradict each other."""

    found: list[Proof] = field(default_factory=list)
    interrupted: bool = False
    disagree: list[str] = field(default_factory=list)


def asked(variants: Sequence[str], ids: Sequence[str], bits: int) -> Asked:
    """Return what to prove. Raise UsageError for an id that z3 is not asked."""
    folded = {name.upper(): name for name in PROVABLE}
    names = list(PROVABLE) if "all" in ids or not ids else []
    for each in ids:
        if each.upper() in folded:
            names.append(folded[each.upper()])
        elif each != "all":
            hint = nearest(each.upper(), PROVABLE)
            raise UsageError(f"{each!r} is nothing that z3 is asked.{hint} Those are {', '.join(PROVABLE)}.")
    if not variants and not ids:
        return Asked(bits=bits)
    properties = [name for name in dict.fromkeys(names) if name in ABOUT_RELATIONS]
    queries = tuple(name for name in QUERIES if name in names and (ids or "three-way" in variants))
    of = dict.fromkeys(variants or ["three-way"], properties)
    needed = [prop for query in queries for prop in SAME.get(query, ()) if prop not in of.get("three-way", [])]
    if needed:
        of["three-way"] = [*of.get("three-way", []), *dict.fromkeys(needed)]
    return Asked(tuple((variant, tuple(wanted)) for variant, wanted in of.items() if wanted), queries, bits)


def prove(what: Asked, tell: Tell | None = None) -> Proofs:
    """Ask z3 everything; what was established before Ctrl-C is returned."""
    proofs = Proofs()
    with suppress(KeyboardInterrupt):
        with interruptible():
            for variant, names in what.of:
                for proof in _of_variant(variant, names, what, tell):
                    proofs.found.append(proof)
            for name in what.queries:
                proofs.found.append(_query(name, proofs.found, what.bits, tell))
        return proofs
    proofs.interrupted = True
    return proofs


def _of_variant(variant: str, names: Sequence[str], what: Asked, tell: Tell | None) -> Iterator[Proof]:
    relation, bits = VARIANTS[variant].relation, what.bits
    of_rules, one_end, two_ends = (
        [name for name in group if name in names] for group in (questions.RULES, questions.ONE_END, questions.TWO_ENDS)
    )
    if of_rules:
        yield from questions.rules(relation, variant, of_rules, bits, tell)
    if one_end:
        ask = finding.one_step if what.find else questions.one_step
        yield from ask(relation, variant, one_end, bits, tell)
    if two_ends:
        yield from questions.agreement(relation, variant, two_ends, REOPEN, bits, tell)


def _query(name: str, found: Sequence[Proof], bits: int, tell: Tell | None) -> Proof:
    if tell is not None:
        tell(name)
    if name in ANSWERED:
        return answer(name, bits)
    if name == "Z-11":
        return lifted(bits, tell)
    parts = [next(p for p in found if p.property == prop and p.variant == "three-way") for prop in SAME[name]]
    words = [part.verdict for part in parts]
    verdict = PROVED if set(words) == {PROVED} else REFUTED if REFUTED in words else UNDECIDED
    says = "; ".join(f"{part.property}: {part.says}" for part in parts)
    return Proof(
        name, "three-way", verdict, parts[0].method, bits, says, parts[0].unbounded,
        tuple(dict.fromkeys(each for part in parts for each in part.assumptions)), 0.0,
    )  # fmt: skip


def compare(proofs: Proofs, verdicts: Sequence[Verdict]) -> None:
    """Note where z3 and the explorer contradict each other.

    What z3 proves without bounds cannot fail in a world, if its ISNs are fresh. What it refutes by a run of a world
    must fail there by exploring too, in as many steps.
    """
    by_key = {(verdict.about.id, verdict.variant): verdict for verdict in verdicts}
    for proof in proofs.found:
        verdict = by_key.get((proof.property, proof.variant))
        if verdict is not None and verdict.isn == "fresh":
            said = _contradiction(proof, verdict)
            proofs.disagree += [f"{proof.property} of {proof.variant}: {said}"] if said else []


def _contradiction(proof: Proof, verdict: Verdict) -> str:
    word, steps = verdict.judgement.word, verdict.judgement.steps
    if proof.verdict == PROVED and word == FAILS:
        return f"z3 proves it, the explorer has a run of {steps} steps that breaks it"
    same = [run for run in verdict.runs if run.world == REOPEN and run.complete]
    if proof.verdict != REFUTED or proof.steps is None or not same:
        return ""
    here = judge(verdict.about, same)
    if here.word != FAILS:
        return "z3 has a run that breaks it, the explorer finds none in that world"
    if here.steps != proof.steps:
        return f"z3 breaks it in {proof.steps} steps, the explorer in {here.steps} of the same world"
    return ""


def is_expected(proof: Proof) -> bool:
    """Return whether the verdict is the expected one (spec.expected)."""
    return proof.verdict == expected_proof(proof.variant, proof.property)


def exit_code(proofs: Proofs) -> int:
    """Return the exit code of a run: 4 engines disagree, 130 interrupted, 1 not as expected, 3 undecided, else 0."""
    if proofs.disagree:
        return EXIT_INTERNAL
    if proofs.interrupted:
        return EXIT_INTERRUPTED
    if any(proof.verdict != UNDECIDED and not is_expected(proof) for proof in proofs.found):
        return EXIT_FAILED
    if any(proof.verdict == UNDECIDED for proof in proofs.found) or not proofs.found:
        return EXIT_INCONCLUSIVE
    return EXIT_OK
