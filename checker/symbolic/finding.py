"""Properties of one end proved with lemmas that were found: mined from explored states, filtered by Houdini."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from checker.delivery import Tell
from checker.symbolic import questions
from checker.symbolic.houdini import Found, find
from checker.symbolic.proof import UNDECIDED, Proof
from spec.environment import SAFETY
from spec.language import Relation
from spec.properties import PROPERTIES
from spec.scenarios import QUICK

WORLDS = tuple(world for world in QUICK if world.asks == SAFETY)
"""The worlds whose states are mined."""


def one_step(relation: Relation[Any], variant: str, asked: Sequence[str], bits: int, tell: Tell | None) -> list[Proof]:
    """Return the answers about one end and any segment, as `questions.one_step` does, with lemmas found by themselves.

    What is found is proved anew by the engine that takes written lemmas.
    """
    started = time.monotonic()
    if tell is not None:
        tell(f"{', '.join(asked)} of {variant}: mining lemmas")
    found = find(relation, WORLDS, [PROPERTIES[name] for name in asked], bits)
    if not found.proved:
        return [_not_found(name, variant, bits, found) for name in asked]
    figures = (
        f"{found.candidates:,} candidates, {found.survivors:,} true of all explored states, "
        f"{found.inductive:,} kept by every step, {len(found.kept)} needed"
    )
    lines = tuple(f"{lemma.id}: {lemma.sentence}" for lemma in found.kept)
    proofs = questions.one_step(relation, variant, asked, bits, tell, found.kept)
    seconds = round(time.monotonic() - started, 2)
    return [
        replace(proof, says=f"{proof.says}, found by mining: {figures}", witness=lines, seconds=seconds)
        for proof in proofs
    ]


def _not_found(name: str, variant: str, bits: int, found: Found) -> Proof:
    """Return that no lemmas were found that prove a property; a part that fails is shown."""
    mine = [each for each in found.counterexamples if each.part.startswith(name)]
    first = (mine or found.counterexamples)[0]
    says = f"no lemmas found: {first.part} is not kept by {first.step}" + (
        "" if mine else ", which this was to rest on"
    )
    lines = (f"{first.part} after {first.step}:", *(f"  {value}" for value in first.values))
    return Proof(
        name, variant, UNDECIDED, "one-step induction", bits, says, witness=lines, seconds=round(found.seconds, 2)
    )
