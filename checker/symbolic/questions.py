"""The questions that `prove` puts to z3, each answered by a Proof: rules alone, one end, two ends, a world unrolled."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from checker.delivery import Tell
from checker.symbolic.induction import Broken, Induction
from checker.symbolic.one_step import OneStep
from checker.symbolic.proof import PROVED, REFUTED, UNDECIDED, Claim, Proof, verdict_of
from checker.symbolic.reached import outlines
from checker.symbolic.rule_level import RuleLevel
from checker.symbolic.system import System
from checker.symbolic.unroll import Unroll, Unrolled
from diagrams.render.ladder_text import ladder
from spec.environment import World
from spec.language import Relation
from spec.language.beside import Part, Property
from spec.lemmas import Assumption, Lemma, one_end, two_ends
from spec.not_modelled import UNANSWERED
from spec.properties import PROPERTIES
from spec.properties.whole_graph import NEVER_FIRES

ANY_NETWORK = ("loss", "duplication", "reordering", "delay", "incarnations", "text", "users' calls", "crashes")
"""What the induction over two ends does not bound."""
ONE_END = ("P-06", "P-07", "P-19", "P-20")
TWO_ENDS = ("P-01", "P-02")
RULES = ("P-10", "P-25", "P-47")
SHALLOW, DEEPER = 4, 7
"""How many steps are unrolled before an induction is tried, and after one has failed."""


def _since(started: float) -> float:
    return round(time.monotonic() - started, 2)


def _collected(claims: Iterable[Claim], tell: Tell | None) -> tuple[Claim, ...]:
    found = []
    for each in claims:
        if tell is not None:
            tell(each.name)
        found.append(each)
    return tuple(found)


# --- rules alone ------------------------------------------------------------------------------------------------


def rule_level(relation: Relation[Any], bits: int) -> RuleLevel:
    """Return the rules of a relation, with what P-10 assumes."""
    tcb_only = [lemma for lemma in one_end.LEMMAS if lemma.id in one_end.OF_TCB]
    return RuleLevel(relation, bits, one_end.SIZES.holds, tcb_only, UNANSWERED)


def rules(relation: Relation[Any], variant: str, asked: Sequence[str], bits: int, tell: Tell | None) -> list[Proof]:
    """Return the answers about rules alone: P-10, P-25 (which changes of state one event can cause), P-47."""
    level, proofs = rule_level(relation, bits), []
    for name, answer in (("P-10", _deterministic), ("P-25", _edges), ("P-47", _symmetric)):
        if name in asked:
            started = time.monotonic()
            proofs.append(replace(answer(level, variant, bits, tell), seconds=_since(started)))
    return proofs


def _deterministic(level: RuleLevel, variant: str, bits: int, tell: Tell | None) -> Proof:
    claims = _collected(chain(level.disjoint(), level.total()), tell)
    apart = sum("never fire together" in each.name for each in claims)
    says = (
        f"no two rules of a step fire together ({apart} claims), and every call and segment finds a rule; "
        f"{len(level.paths)} chains are possible; dead: {', '.join(level.dead()) or 'none'}"
    )
    lines = [line for fault in level.faults for line in (fault.says, *(f"  {value}" for value in fault.witness))]
    if level.faults:
        says = "; ".join(fault.says for fault in level.faults[:3])
    about = ("any TCB", "any segment", "any call")
    assumed = (one_end.SIZES.id, "origin")
    verdict = verdict_of(claims)
    return Proof(
        "P-10", variant, verdict, "all rules at once", bits, says, about, assumed, witness=tuple(lines), claims=claims
    )


def _edges(level: RuleLevel, variant: str, bits: int, _: Tell | None) -> Proof:
    data = PROPERTIES["P-25"].data or {}
    known, found = {*data["drawn"], *data["not drawn"]}, level.edges()
    wrong = sorted(found.keys() - known)
    missing = sorted(set(data["drawn"]) - found.keys())
    chains = sum(len(paths) for paths in found.values())
    says = f"one event causes {len(found)} changes of state, by {chains} chains of rules; Figure 5's 20 are among them"
    if wrong or missing:
        says = "; ".join([*(f"{a} to {b} is possible" for a, b in wrong), *(f"{a} to {b} is not" for a, b in missing)])
    lines = [f"{a} to {b}: {paths[0].event} by {' '.join(paths[0].chain)}" for (a, b), paths in sorted(found.items())]
    verdict = REFUTED if wrong or missing else PROVED
    about = ("any TCB", "any segment", "any call")
    return Proof("P-25", variant, verdict, "all chains of rules", bits, says, about, witness=tuple(lines))


def _symmetric(level: RuleLevel, variant: str, bits: int, tell: Tell | None) -> Proof:
    if not level.symmetry_is_asked:
        says = "this variant keeps sequence numbers of its own, which the question does not cover"
        return Proof("P-47", variant, UNDECIDED, "all chains of rules", bits, says)
    claims = _collected(level.symmetric(), tell)
    says = f"{len(claims)} chains do the same wherever the numbers of either end begin, the SEQ=0 of a reset apart"
    if verdict_of(claims) != PROVED:
        says = f"{next(each.name for each in claims if not each.stands)}: no"
    return Proof(
        "P-47",
        variant,
        verdict_of(claims),
        "all chains of rules",
        bits,
        says,
        ("any TCB", "any segment"),
        claims=claims,
    )


# --- one end ----------------------------------------------------------------------------------------------------


def one_step(
    relation: Relation[Any], variant: str, asked: Sequence[str], bits: int, tell: Tell | None,
    lemmas: Sequence[Lemma] = one_end.LEMMAS,
) -> list[Proof]:  # fmt: skip
    """Return the answers about one end and any segment: each property inductive together with the lemmas."""
    properties = [PROPERTIES[name] for name in asked]
    started = time.monotonic()
    end = OneStep(relation, bits, lemmas, properties, one_end.ASSUMPTIONS)
    goals: list[tuple[str, Lemma | Part]] = [*end.lemma_goals(), *(g for prop in properties for g in end.goals(prop))]
    claims = _collected(chain(end.initiation(), end.consecution(goals)), tell)
    ids = {lemma.id for lemma in lemmas}
    proofs = []
    for prop in properties:
        broken = [c for c in claims if not c.stands and (c.name.startswith(prop.id) or c.name.split()[0] in ids)]
        own = [each for each in broken if each.name.startswith(prop.id)]
        says = f"holds after every step of {len(end.steps)}, whatever arrives, with {len(lemmas)} lemmas"
        if broken:
            says = "not inductive: " + "; ".join(each.name for each in (own or broken)[:3])
        assumed = tuple(assumption.id for assumption in one_end.ASSUMPTIONS)
        proofs.append(
            Proof(
                prop.id, variant, UNDECIDED if broken else PROVED, "one-step induction", bits, says,
                ("steps", "any segment, forged ones too", "users' calls"), assumed, _since(started), claims=claims,
            )
        )  # fmt: skip
    return proofs


# --- two ends ---------------------------------------------------------------------------------------------------


def unrolled(
    relation: Relation[Any], variant: str, world: World, prop: Property, steps: int, bits: int,
    assumptions: Sequence[Assumption] = two_ends.ISN_ASSUMPTIONS, tell: Tell | None = None,
) -> Unrolled:  # fmt: skip
    """Return what unrolling a world finds within so many steps."""
    return Unroll(relation, variant, world, prop, assumptions, bits).search(steps, tell=tell)


def refuted(variant: str, prop: Property, found: Unrolled, world: World, bits: int, started: float) -> Proof:
    """Return the proof that a property fails: a run, replayed, and none shorter."""
    says = f"fails in {found.steps} steps of world {world.name}; no run of fewer steps does ({found.states:,} states)"
    lines = tuple(ladder(found.trace).splitlines()) if found.trace is not None else ()
    assumed = tuple(each.id for each in two_ends.ISN_ASSUMPTIONS)
    return Proof(
        prop.id, variant, REFUTED, "bounded model checking", bits, says, ("numbers",), assumed, _since(started),
        witness=lines, steps=found.steps, claims=found.claims,
    )  # fmt: skip


def agreement(
    relation: Relation[Any], variant: str, asked: Sequence[str], world: World, bits: int, tell: Tell | None
) -> list[Proof]:
    """Return the answers about two ends and any network: P-01 and P-02, by unrolling and then by induction."""
    proofs: dict[str, Proof] = {}
    for name in asked:
        started = time.monotonic()
        found = unrolled(relation, variant, world, PROPERTIES[name], SHALLOW, bits, tell=tell)
        if found.trace is not None:
            proofs[name] = refuted(variant, PROPERTIES[name], found, world, bits, started)
    open_ = [name for name in asked if name not in proofs]
    if open_:
        started = time.monotonic()
        induction, claims = induct(relation, [PROPERTIES[name] for name in open_], bits, tell)
        for name in open_:
            proof = _inducted(relation, variant, PROPERTIES[name], (induction, claims), world, bits, tell)
            proofs[name] = replace(proof, seconds=_since(started))
    return [proofs[name] for name in asked]


def induct(
    relation: Relation[Any], properties: Sequence[Property], bits: int, tell: Tell | None,
    lemmas: Sequence[Lemma] = two_ends.LEMMAS,
) -> tuple[Induction, tuple[Claim, ...]]:  # fmt: skip
    """Return the claims of an induction: initiation, safety, and each step's possibility and consecution."""
    formulas = [f for lemma in (*lemmas, two_ends.ARRIVAL) for f in (*lemma.given, *lemma.holds)]
    system = System(relation, bits, formulas, two_ends.ASSUMPTIONS)
    induction = Induction(system, lemmas)
    claims = [*induction.initiation()]
    for prop in properties:
        claims += [*induction.safety(prop), *induction.applies(prop)]
    for step in system.steps():
        if tell is not None:
            tell(f"induction: {step.happened.path}")
        possible = induction.possible(step)
        if possible is not None:
            induction.possible_rules.update(step.happened.path.chain)
            claims.append(possible)
        claims += induction.consecution(step)
    return induction, tuple(claims)


def _ruled_out(relation: Relation[Any], induction: Induction) -> list[str]:
    """Return the rules that fire in no step that lemmas and assumptions leave possible, dead ones apart."""
    return [
        rule.id for rule in relation.rules if rule.id not in induction.possible_rules and rule.id not in NEVER_FIRES
    ]


def shown(broken: Broken, relation: Relation[Any], world: World) -> tuple[str, ...]:
    """Return a counterexample to induction, and whether the explorer reaches its first state."""
    known = outlines(relation, world)
    word = "reaches" if broken.outline in known else "does not reach"
    last = f"the explorer {word} the first state in world {world.name} ({len(known):,} kinds of states)"
    return (f"{broken.lemma} is not kept by {broken.step}:", *broken.witness, last)


def _inducted(
    relation: Relation[Any], variant: str, prop: Property, found: tuple[Induction, tuple[Claim, ...]], world: World,
    bits: int, tell: Tell | None,
) -> Proof:  # fmt: skip
    induction, claims = found
    verdict = verdict_of([each for each in claims if each.kind != "safety" or each.name.startswith(prop.id)])
    ruled_out = _ruled_out(relation, induction)
    if verdict == PROVED and not ruled_out:
        needed = [a.id for a in two_ends.ASSUMPTIONS if any(a.id in each.assumptions for each in claims)]
        without = unrolled(relation, variant, world, prop, DEEPER, bits, (), tell)
        says = (
            f"holds in every reachable state of any network ({len(claims)} claims, {len(induction.lemmas)} lemmas); "
            f"the unsat cores need {', '.join(needed)}"
        )
        lines: tuple[str, ...] = ()
        if without.trace is not None:
            says += f"; without them it fails in {without.steps} steps"
            lines = ("without assumptions on ISNs:", *ladder(without.trace).splitlines())
        assumed = tuple(each.id for each in two_ends.ASSUMPTIONS)
        return Proof(
            prop.id, variant, PROVED, "induction", bits, says, ANY_NETWORK, assumed, witness=lines, claims=claims
        )
    broken = induction.broken[:1]
    if not broken and verdict == PROVED:
        says = f"vacuous for {', '.join(ruled_out)}: lemmas and assumptions leave no step in which they fire"
        return Proof(prop.id, variant, UNDECIDED, "induction", bits, says, ANY_NETWORK, claims=claims)
    started = time.monotonic()
    deeper = unrolled(relation, variant, world, prop, DEEPER, bits, tell=tell)
    if deeper.trace is not None:
        return refuted(variant, prop, deeper, world, bits, started)
    says = (
        f"neither proved nor refuted: no run of up to {deeper.steps} steps breaks it, and the lemmas are not inductive"
    )
    lines = tuple(line for each in broken for line in shown(each, relation, world))
    return Proof(prop.id, variant, UNDECIDED, "induction", bits, says, ANY_NETWORK, witness=lines, claims=claims)
